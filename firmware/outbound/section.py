"""How people may dial out: section "dialling" of the setup."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from firmware.calls.places import Name, StationNumber
from firmware.dialplan.numbers import Numbering
from firmware.dialplan.permission import Fuse, ServiceClass
from firmware.dialplan.routes import Route
from firmware.outbound.linedialling import LineDialling
from firmware.people import People
from firmware.setup.base import Problem, Reads, Section, Slug, wrong

LineKey = Annotated[str, Field(pattern=r"^[1-9][0-9]?$")]


class NamedRoute(Route):
    """A route; the first that takes a number and has a free line carries it."""

    id: Slug


class Dialling(Section):
    """`area`: our own area code without its 0. `prefix`: for an outside line; with `automatic` a number that cannot be
    an inside one goes out without it, too. `stations`: the class of service of each, `otherwise` that of all others.
    Without routes every line carries every number, the last line first: callers come in on the first ones. `lines`: how
    numbers are dialled on a line, if not in the usual way."""

    area: Annotated[str, Field(pattern=r"^\d{0,6}$")] = ""
    prefix: Annotated[str, Field(pattern=r"^\d{1,2}$")] | None = "9"
    automatic: bool = True
    classes: Annotated[dict[Name, ServiceClass], Field(min_length=1)] = Field(
        default_factory=lambda: {
            "normal": ServiceClass(),
            "inside": ServiceClass(allows=("inside",)),
            "all": ServiceClass(
                allows=("inside", "special", "toll_free", "local", "national", "mobile", "premium", "international")
            ),
        }
    )
    stations: dict[StationNumber, Name] = Field(default_factory=dict)
    otherwise: Name = "normal"
    routes: Annotated[list[NamedRoute], Field(max_length=64)] = Field(default_factory=list)
    lines: dict[LineKey, LineDialling] = Field(default_factory=dict)
    fuse: Fuse = Fuse()

    @field_validator("area", mode="before")
    @classmethod
    def _as_people_write_it(cls, area: object) -> object:
        """010 is 10: no area code begins with the 0 that is dialled before it."""
        return area.strip().lstrip("0") if isinstance(area, str) else area

    @model_validator(mode="after")
    def _fits(self) -> "Dialling":
        for station, name in (*self.stations.items(), ("", self.otherwise)):
            if name in self.classes:
                continue
            if station:
                raise wrong("Station {station} has class {name}, which is not there.", station=station, name=name)
            raise wrong("All other stations have class {name}, which is not there.", name=name)
        ids = [route.id for route in self.routes]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise wrong("There are two routes with the name {id}.", id=twice[0])
        return self

    def service(self, station: str) -> ServiceClass:
        """What this station may dial."""
        return self.classes[self.stations.get(station, self.otherwise)]

    def routes_for(self, lines: list[int]) -> dict[str, Route]:
        """In their order; `lines`: those of the box."""
        if self.routes:
            return {route.id: route for route in self.routes}
        return {"all": Route(lines=tuple(sorted(lines, reverse=True)))} if lines else {}

    def numbering(self, country: str, inside: tuple[str, ...]) -> Numbering:
        """How numbers are read. An inside number that begins with the prefix cannot be dialled: `prefix_is_free` tells
        whoever sets that up."""
        free = tuple(number for number in inside if self.prefix is None or not number.startswith(self.prefix))
        return Numbering(country=country, area=self.area, prefix=self.prefix, automatic=self.automatic, inside=free)


def prefix_is_free(setup: Reads) -> list[Problem]:
    """Nobody inside has a number that begins as outside numbers do."""
    prefix = setup.load(Dialling).prefix
    return [
        Problem(
            "people", f"people/{person.id}/number",
            "{name} has the number {number}, but {prefix} is dialled for an outside line.",
            {"name": person.name, "number": person.number, "prefix": prefix}, blocks=True,
        )
        for person in setup.load(People).people
        if prefix is not None and person.number.startswith(prefix)
    ]  # fmt: skip
