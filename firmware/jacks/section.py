"""Sections "lines" and "stations" of the setup: one entry for each jack that is not as it comes.

`receive_db`, `transmit_db`: gains in dB, of what comes in from the jack and of what goes out at it.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from firmware.recording.modes import Mode
from firmware.setup.base import Section, Strict, wrong
from firmware.stations import Headset


def _trimmed(text: object) -> object:
    return text.strip() if isinstance(text, str) else text


def _bare(text: object) -> object:
    """Written with the gaps that people write."""
    return "".join(text.split()).replace("-", "") if isinstance(text, str) else text


Name = Annotated[str, Field(max_length=24), BeforeValidator(_trimmed)]
OwnNumber = Annotated[str, BeforeValidator(_bare), Field(max_length=20, pattern=r"^$|^\+?[0-9]{3,19}$")]
GainDb = Annotated[float, Field(ge=-12, le=12)]


class OutsideLine(Strict):
    """`id`: the board's number of it. `number`: its own, as others dial it. `rings`: so many the caller hears before
    the box answers; 0: as soon as it is known who calls. `recording` None: as the box does."""

    id: Annotated[str, Field(pattern=r"^[1-9][0-9]?$")]
    name: Name = ""
    number: OwnNumber = ""
    in_use: bool = True
    rings: Annotated[int, Field(ge=0, le=8)] = 0
    recording: Mode | None = None
    receive_db: GainDb = 0.0
    transmit_db: GainDb = 0.0


class OutsideLines(Section):
    """Lines that nobody has set up are in use, without a name."""

    lines: Annotated[tuple[OutsideLine, ...], Field(max_length=64)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "OutsideLines":
        _once(self.lines)
        return self

    def line(self, number: int) -> OutsideLine:
        """How it is set up."""
        return next((one for one in self.lines if one.id == str(number)), OutsideLine(id=str(number)))


class InsideStation(Strict):
    """`id`: the number that others dial. `recorded`: False: conversations at it never are, whatever the box does.
    `headset`: what is plugged in is off-hook all day, and its calls begin by the desk's button or by themselves."""

    id: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
    name: Name = ""
    in_use: bool = True
    headset: Headset = "no"
    recorded: bool = True
    receive_db: GainDb = 0.0
    transmit_db: GainDb = 0.0


class InsideStations(Section):
    """Stations that nobody has set up are in use, without a name."""

    stations: Annotated[tuple[InsideStation, ...], Field(max_length=64)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "InsideStations":
        _once(self.stations)
        return self

    def station(self, number: str) -> InsideStation:
        """How it is set up."""
        return next((one for one in self.stations if one.id == number), InsideStation(id=number))


Jack = OutsideLine | InsideStation


def _once(jacks: tuple[Jack, ...]) -> None:
    ids = [one.id for one in jacks]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise wrong("There are two entries for {id}.", field="id", id=twice[0])
