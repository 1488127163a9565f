"""What people say about agents: section "agents" of the setup."""

from typing import Annotated

from pydantic import Field, model_validator

from firmware.people import Number, People
from firmware.setup.base import Problem, Reads, Section, Strict, wrong

Code = Annotated[str, Field(pattern=r"^[0-9]{1,2}$")]
Words = Annotated[str, Field(min_length=1, max_length=24)]
Station = Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]


class BusyReason(Strict):
    """Why an agent takes no calls for a while; `code` is what he keys after *14."""

    code: Code
    zh: Words
    en: Words


STANDARD = (
    BusyReason(code="1", zh="小休", en="Break"),
    BusyReason(code="2", zh="用餐", en="Meal"),
    BusyReason(code="3", zh="会议", en="Meeting"),
    BusyReason(code="4", zh="培训", en="Training"),
    BusyReason(code="5", zh="处理工单", en="Tickets"),
)


class Agents(Section):
    """`sign_in`: queues ring only stations where somebody has signed in; otherwise a station where nobody has signed in
    is an agent of its own. `stations`: whose a station is for good, by his number: he need not sign in, and nobody else
    can there. `away_after`: an agent who lets so many calls of queues ring in a row is set away (0: never)."""

    sign_in: bool = False
    stations: dict[Station, Number] = Field(default_factory=dict)
    reasons: Annotated[tuple[BusyReason, ...], Field(max_length=20)] = STANDARD
    away_after: Annotated[int, Field(ge=0, le=20)] = 0

    @model_validator(mode="after")
    def _fits(self) -> "Agents":
        codes = [one.code for one in self.reasons]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise wrong("There are two reasons with the code {code}.", field="code", code=twice[0])
        owners = list(self.stations.values())
        if twice := sorted({number for number in owners if owners.count(number) > 1}):
            raise wrong("The agent {number} can have only one station.", field="stations", number=twice[0])
        return self

    def reason(self, code: str) -> BusyReason | None:
        """The reason with this code."""
        return next((one for one in self.reasons if one.code == code), None)


def owners_are_there(setup: Reads) -> list[Problem]:
    """Whoever has a station for good is one of the people."""
    people = setup.load(People)
    return [
        Problem(
            "agents", f"stations/{station}", "Station {station} belongs to the number {number}, which nobody has.",
            {"station": station, "number": number},
        )
        for station, number in setup.load(Agents).stations.items()
        if people.by_number(number) is None
    ]  # fmt: skip
