"""Which flow answers which line when: a section of the setup, and a pure function of it and of the moment."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, field_validator

from firmware.calls.places import Name, StationNumber
from firmware.dialplan.hours import Answer, Calendar, Schedule, which
from firmware.ivr.fetch import Allowed
from firmware.reasons import reason
from firmware.setup.base import Problem, Reads, Section, Strict

LineNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")]


class LineAnswer(Strict):
    """A line's own: its `schedule` says which flow answers; without one it is always `flow`."""

    schedule: Name | None = None
    flow: Name | None = None


class Answering(Section):
    """`schedules`: hours, holidays and promotions, whose entries are flows where a line has the schedule, and exits
    where a flow asks it. `schedule` or else `flow` answers the lines that are not in `lines`. `night`: by hand, this
    flow answers every line, until it is taken away; `night_by`: stations that may switch that by code, none named is
    all. `surveys`: by queue, the flow of whoever is still there when the agent has hung up. `calendar`: holidays in
    place of the country's that came with the box. `http_allowed`: computers of the own network that flows may ask."""

    schedules: dict[Name, Schedule] = Field(default_factory=dict)
    schedule: Name | None = None
    flow: Name = "main"
    lines: dict[LineNumber, LineAnswer] = Field(default_factory=dict)
    night: Name | None = None
    night_flow: Name = "closed"
    night_by: Annotated[tuple[StationNumber, ...], Field(max_length=100)] = ()
    surveys: dict[Name, Name] = Field(default_factory=dict)
    calendar: Calendar | None = None
    http_allowed: Annotated[tuple[Allowed, ...], Field(max_length=50)] = ()

    @field_validator("lines")
    @classmethod
    def _something(cls, lines: dict[str, Any]) -> dict[str, Any]:
        return {number: one for number, one in lines.items() if one.schedule is not None or one.flow is not None}

    def switched(self, on: bool) -> dict[str, Any]:
        """The fields to set for the night switch."""
        return {"night": self.night_flow if on else None}

    def flows(self) -> set[str]:
        """Every flow that may answer a line, or follows a talk."""
        used = {self.schedule, *(one.schedule for one in self.lines.values())}
        entries = {entry for name in used if name in self.schedules for entry in self.schedules[name].entries()}
        always = {one.flow for one in self.lines.values() if one.flow is not None}
        return {
            *entries,
            *always,
            *self.surveys.values(),
            self.flow,
            self.night_flow,
            *([] if self.night is None else [self.night]),
        }


def answers(section: Answering, line: int, now: datetime, calendar: Calendar) -> Answer:
    """Which flow answers a line at a moment of the local clock, why, and until when at least. The section's own
    calendar wins over `calendar`, the country's."""
    if section.night is not None:
        return Answer(section.night, reason("switched", entry=section.night), None)
    own = section.lines.get(str(line), LineAnswer())
    name = own.schedule or (None if own.flow is not None else section.schedule)
    schedule = section.schedules.get(name) if name is not None else None
    if schedule is not None:
        return which(schedule, now, section.calendar or calendar)
    flow = own.flow or section.flow
    return Answer(flow, reason("line_flow", line=line, flow=flow), None)


def unknown_schedules(setup: Reads) -> list[Problem]:
    """A check of the setup: lines whose schedule is not there."""
    section = setup.load(Answering)
    wanted = {"schedule": section.schedule} | {
        f"lines/{number}/schedule": one.schedule for number, one in section.lines.items()
    }
    return [
        Problem("answering", where, "There is no schedule “{name}”.", {"name": name}, blocks=True)
        for where, name in wanted.items()
        if name is not None and name not in section.schedules
    ]
