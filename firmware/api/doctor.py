"""Intents of the line doctor: examinations, what a port does just now, captures, reports."""

from typing import Annotated

from pydantic import Field, model_validator

from firmware.api.message import Message
from firmware.calls.places import Number, StationNumber

LineNumber = Annotated[int, Field(ge=1, le=64)]
Who = Annotated[str, Field(max_length=64)]
ReportId = Annotated[str, Field(pattern=r"^[0-9]{8}-[0-9]{9}-[a-z0-9]{1,12}$")]


class AtLine(Message):
    """At this outside line. `who` wants it, for the log."""

    line: LineNumber
    who: Who = ""


class Examine(AtLine):
    """Examines an idle line. `quick`: battery, dial tone, one digit and noise, about five seconds; else echo, too."""

    quick: bool = False


class FromLine(AtLine):
    """Calls `to`, another line of this box, whose own number is `number`."""

    to: LineNumber
    number: Number


class OfPort(Message):
    """An outside line or a station."""

    line: LineNumber | None = None
    station: StationNumber | None = None

    @model_validator(mode="after")
    def _one(self) -> "OfPort":
        if (self.line is None) is (self.station is None):
            raise ValueError("name either a line or a station")
        return self


class Look(OfPort):
    """Level, state and news of a port; `after`: the number of the last news that is known already."""

    after: Annotated[int, Field(ge=0)] = 0


class Capture(OfPort):
    """What a port hears and sends, into a file, for so long. `who` wants it, for the log."""

    seconds: Annotated[float, Field(ge=1, le=30)] = 10.0
    who: Who = ""


class Reports(Message):
    """What was found, the newest first; of one line, or of all."""

    line: LineNumber | None = None
    most: Annotated[int, Field(ge=1, le=200)] = 50


class OneReport(Message):
    """One report or capture."""

    id: ReportId


DOCTOR: dict[str, type[Message]] = {
    "doctor.examine": Examine,
    "doctor.call": AtLine,
    "doctor.hang_up": AtLine,
    "doctor.loop": FromLine,
    "doctor.stop": AtLine,
    "doctor.capture": Capture,
    "doctor.look": Look,
    "doctor.reports": Reports,
    "doctor.report": OneReport,
}
