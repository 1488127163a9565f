"""Setup, Lines and Stations: one entry for each jack of the board, with how it stands right now beside it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from firmware.api.messages import Lamp
from firmware.jacks.section import InsideStation, InsideStations, OutsideLine, OutsideLines
from firmware.setup.base import Section
from firmware.store.records import Wanted
from webui.learned import LearnedLine, learned_lines
from webui.setup.registry import ListPage
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext
from webui.words import number, port_name, state

WEEK_S = 7 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class JackPage(ListPage):
    """A list that has an entry for each jack of the board, also for those that nobody has set up."""

    kind: str

    def heading(self, item: Any) -> str:
        """Line 3, or its name."""
        return port_name(Lamp(kind="line" if self.kind == "line" else "station", port=item.id, name=item.name))

    @property
    def addable(self) -> bool:
        """Jacks are the board's."""
        return False

    def title_of(self, entry: Any) -> str:
        """Line 3, or its name."""
        return self.heading(entry.value)

    def put(self, section: Section, before: Any, key: str, values: dict[str, Any]) -> dict[str, Any]:
        """Only jacks that somebody has set up are kept."""
        kept: list[Any] = [one for one in getattr(section, self.field) if one.id != key]
        return {self.field: [*kept, values]}

    def items(self, section: Section) -> tuple[Any, ...]:
        """In the board's order; then those of a board that the box had before."""
        kept = {one.id: one for one in getattr(section, self.field)}
        there = [kept.pop(lamp.port, self.item(id=lamp.port)) for lamp in lamps(self.kind)]
        return (*there, *kept.values())


def lamps(kind: str) -> list[Lamp]:
    """The jacks of the board as the box last told; none while it has not."""
    snapshot = current_app.extensions["callbox"].hub.snapshot
    return [] if snapshot is None else [lamp for lamp in snapshot.lamps if lamp.kind == kind]


def _lamp(kind: str, port: str) -> Lamp | None:
    return next((lamp for lamp in lamps(kind) if lamp.port == port), None)


def _now(kind: str) -> Any:
    def shown(one: OutsideLine | InsideStation) -> str:
        lamp = _lamp(kind, one.id)
        return _("not on this board") if lamp is None else state(lamp.state)

    return shown


def _state(what: tuple[Any, ...], kind: str) -> str:
    out = sum(not one.in_use for one in what)
    named = sum(bool(one.name) for one in what)
    words = [
        ngettext("%(num)s has a name", "%(num)s have names", named),
        ngettext("%(num)s is out of use", "%(num)s are out of use", out) if out else "",
    ]
    return " · ".join(word for word in words if word) if lamps(kind) or what else ""


def line_stands(line: OutsideLine) -> dict[str, Any]:
    """How the line stands: its lamp, what it has learned, who answers it, how many called."""
    box = current_app.extensions["callbox"]
    lamp = _lamp("line", line.id)
    learned = None if lamp is None else _learned(lamp)
    week = box.records.find(Wanted(line=int(line.id), since=box.hub.box_now() - WEEK_S), 1, 1)
    ends = box.setup.load(box.setup.model_of("hangups")).lines.get(line.id, [])
    return {
        "lamp": lamp, "learned": learned, "calls": week.total, "more": week.more, "answered": _answered(line.id),
        "tones": [_tone(one) for one in ends],
    }  # fmt: skip


def station_stands(station: InsideStation) -> dict[str, Any]:
    """How the station stands: its lamp, who sits there, how many calls it had."""
    box = current_app.extensions["callbox"]
    week = box.records.find(Wanted(station=station.id, since=box.hub.box_now() - WEEK_S), 1, 1)
    agents = box.hub.snapshot.agents if box.hub.snapshot else []
    who = next((one.name or one.agent for one in agents if one.station == station.id), "")
    return {"lamp": _lamp("station", station.id), "calls": week.total, "more": week.more, "who": who}


def _learned(lamp: Lamp) -> LearnedLine | None:
    found = learned_lines(current_app.extensions["callbox"].hub.snapshot)
    return next((one for one in found if one.name == port_name(lamp)), None)


def _answered(line: str) -> str:
    """Who answers calls on it, as the hours are set up."""
    setup = current_app.extensions["callbox"].setup
    answering = setup.load(setup.model_of("answering"))
    own = answering.lines.get(line)
    if answering.night is not None:
        return _("the menu “%(name)s”, because the box is switched to it by hand", name=answering.night)
    schedule = own.schedule if own is not None else None
    if schedule is None and (own is None or own.flow is None):
        schedule = answering.schedule
    if schedule is not None:
        return _("as the schedule “%(name)s” says", name=schedule)
    return _("the menu “%(name)s”", name=own.flow if own is not None and own.flow is not None else answering.flow)


def _tone(tone: Any) -> str:
    times = "/".join(f"{ms / 1000:.2f}" for ms in tone.ms)
    return _("%(hz)s Hz, %(times)s s", hz=tone.hz, times=times)


def _country() -> str:
    snapshot = current_app.extensions["callbox"].hub.snapshot
    return "" if snapshot is None else snapshot.country


LINES = JackPage(
    name="lines",
    kind="line",
    title=_l("Lines"),
    sentence=_l("The outside lines: names, own numbers, and whether the box answers on them."),
    section=OutsideLines,
    state=lambda section: _state(section.lines, "line"),
    field="lines",
    item=OutsideLine,
    beside="setup/_beside_line.html",
    standing=line_stands,
    columns=(
        (_l("Line"), lambda one: one.id),
        (_l("Called"), lambda one: one.name or "–"),
        (_l("Own number"), lambda one: number(one.number, _country()) or "–"),
        (_l("State now"), _now("line")),
        (_l("Recording"), lambda one: CHOICES.get(f"OutsideLine.recording.{one.recording}", _("as the box does"))),
    ),
    empty=_l("The box does not answer, so its lines are not known. They appear here once it runs."),
    new="",
    removable=False,
)

STATIONS = JackPage(
    name="stations",
    kind="station",
    title=_l("Stations"),
    sentence=_l("The telephones inside: names, and which are in use. Their numbers are the board’s."),
    section=InsideStations,
    group="people",
    state=lambda section: _state(section.stations, "station"),
    field="stations",
    item=InsideStation,
    beside="setup/_beside_station.html",
    standing=station_stands,
    columns=(
        (_l("Station"), lambda one: one.id),
        (_l("Called"), lambda one: one.name or "–"),
        (_l("State now"), _now("station")),
        (_l("Recording"), lambda one: _("as the box does") if one.recorded else _("never")),
    ),
    empty=_l("The box does not answer, so its stations are not known. They appear here once it runs."),
    new="",
    removable=False,
)
