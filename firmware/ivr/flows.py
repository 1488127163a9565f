"""The flows of a box, wired to its calls: which answers a line, and what is wrong with those that may."""

from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import Engine

from firmware.acd.model import Queues
from firmware.calls.places import Target, ToFlow, ToQueue
from firmware.calls.switch import Switch
from firmware.dialplan.hours import load_calendar
from firmware.ivr.answering import Answering
from firmware.ivr.checks import Names, check, errors
from firmware.ivr.document import written
from firmware.ivr.house import House
from firmware.ivr.library import Library, LibraryError
from firmware.ivr.lookups import Lookups
from firmware.ivr.nodes import Language
from firmware.ivr.place import FlowGoesOn, InFlow, TryFlow
from firmware.ivr.texts import speaker
from firmware.ivr.uses import Use, uses
from firmware.jacks.section import OutsideLines
from firmware.lines import CallerId, Line
from firmware.prompts import Prompts
from firmware.setup.changes import Changes
from firmware.surge.section import Surge
from firmware.switching.section import Telephones
from firmware.voicemail.section import Voicemail

HOLIDAYS = "holidays.toml"  # in the data directory: the box's own calendar
TRY_S = 30.0  # so long a line waits for the caller who tries a draft


class Flows:
    """Serves `ToFlow` for a switch. `queues`: their names; `prefer(call, priority)` tells them of a caller's.
    `possible`: whether there is a place of another kind."""

    def __init__(
        self, switch: Switch, queues: Collection[str], prefer: Callable[[str, int | None], None],
        possible: Callable[[Target], bool], changes: Changes, store: Engine, data: Path, country: str, language: str,
    ) -> None:  # fmt: skip
        self._switch = switch
        self._queues = queues
        self._elsewhere = possible
        self.answering = changes.present(Answering)
        self._voicemail = changes.present(Voicemail)
        self._telephones = changes.present(Telephones)
        self._lines = changes.present(OutsideLines)
        self._surge = changes.present(Surge)
        self._waiting = changes.present(Queues)
        self._data = data
        self._alarms: set[str] = set()
        self.on_look: Callable[[], None] = _nobody  # others name flows, too, such as queues
        self._tried: dict[int, tuple[str, float]] = {}  # by line: a draft, and until when
        self.library = Library(data, switch.now, speaker(data / "prompts"))
        self.house = House(
            switch.now, self.answering, load_calendar(country, data / HOLIDAYS),
            switch.sound.prompts, Lookups(store), self._possible,
        )  # fmt: skip
        self._place = InFlow(self.library, self.house, data, "zh" if language == "zh" else "en", prefer, self._called)
        switch.serve(ToFlow, self._place)
        switch.serve(FlowGoesOn, self._place.goes_on)
        switch.serve(TryFlow, self._place.tries)
        switch.entry = self.entry

    def entry(self, line: Line) -> ToFlow | TryFlow:
        """Where a call that rings on a line begins."""
        flow, until = self._tried.pop(line.number, ("", 0.0))
        if self._switch.now() < until:
            return TryFlow(flow=flow)
        return ToFlow(flow=self.house.answer(line.number).entry)

    def after(self, queue: str) -> ToFlow | None:
        """Where a caller of this queue goes when his agent has hung up; None: the call ends."""
        flow = self.answering().surveys.get(queue)
        return None if flow is None else ToFlow(flow=flow)

    def try_out(self, flow: str, station: str) -> None:
        """The station rings; who picks up comes into the draft. LibraryError: there is none, or no such station."""
        self.library.to_try(flow)
        there = self._switch.stations.get(station)
        if there is None:
            raise LibraryError(f"there is no station {station}", code="no_station", name=station)
        if not there.free:
            raise LibraryError(f"station {station} is in use", code="station_in_use", name=station)
        ringing = self._switch.originate(there, TryFlow(flow=flow), CallerId("", flow))
        self._switch.spawn(ringing, f"flow {flow} is tried at {station}")

    def try_outside(self, flow: str, line: int) -> int:
        """The next caller on this line comes into the draft, if he calls within TRY_S; 0: on any that is idle. The
        line. LibraryError as of `try_out`."""
        self.library.to_try(flow)
        idle = [number for number, one in self._switch.lines.items() if one.call is None and line in (0, number)]
        if not idle:
            if line == 0:
                raise LibraryError("every line is in use", code="lines_in_use")
            raise LibraryError(f"line {line} is not there or in use", code="line_not_free", name=line)
        self._tried[idle[0]] = flow, self._switch.now() + TRY_S
        return idle[0]

    def callers(self) -> dict[str, int]:
        """How many are in each flow just now."""
        return dict(self._place.callers())

    def uses(self) -> dict[str, list[Use]]:
        """What leads to each flow, also from drafts."""
        queues = {queue.id: queue.model_dump(mode="json") for queue in self._waiting().queues}
        published = ((name, written(one.document)) for name, one in self.library.published().items())
        drafts = ((name, one.document) for name in self.library.names() if (one := self.library.draft(name)))
        return uses(self.answering(), self._telephones().leads(), queues, (*published, *drafts))

    def names(self) -> Names:
        """What flows may name on this box, for their checks."""
        section = self.answering()
        stations = frozenset(self._switch.stations)
        prompts: dict[Language, frozenset[str]] = {"zh": self._prompts("zh"), "en": self._prompts("en")}
        return Names(
            queues=frozenset(self._queues), stations=stations, schedules=section.schedules,
            boxes=stations | self._voicemail().boxes.keys(),
            rooms=frozenset(room.number for room in self._telephones().rooms),
            flows={name: one.document for name, one in self.library.published().items()}, prompts=prompts,
            http_allowed=section.http_allowed,
        )  # fmt: skip

    def alarms(self) -> list[tuple[str, str]]:
        """What must be mended: flows that answer a line and are not there, or have errors; files that are damaged.
        Names and texts of alarms."""
        names, flows = self.names(), self.library.published()
        found = []
        meanwhile = self._surge().flow
        for name in sorted(self.answering().flows() | ({meanwhile} if meanwhile is not None else set())):
            if name not in flows:
                found.append((f"flow_{name}", f"flow {name} should answer a line, but there is none; main answers"))
                continue
            wrong = errors(check(flows[name].document, names, name))
            if wrong:
                words = "; ".join(f"{one.node or 'flow'}: {one.words('en')}" for one in wrong)
                found.append((f"flow_{name}", f"flow {name}: {words}"))
        damaged = ((f"flow_file_{file.parent.name}", words) for file, words in self.library.damaged.items())
        return [*found, *damaged]

    def look(self) -> None:
        """Raises the alarms there are, and clears those that are mended: at the start, and whenever something of it
        has changed."""
        found = dict(self.alarms())
        for name, text in found.items():
            self._switch.bus.publish("alarm.raised", name=name, text=text)
        for name in self._alarms - found.keys():
            self._switch.bus.publish("alarm.cleared", name=name)
        self._alarms = set(found)
        self.on_look()

    def close(self) -> None:
        """Requests under way are left to their end."""
        self.house.close()

    def _possible(self, target: Target) -> bool:
        return target.queue in self._queues if isinstance(target, ToQueue) else self._elsewhere(target)

    def _called(self, line: int) -> str:
        """The line's own number; without one its name."""
        found = self._lines().line(line)
        return found.number or found.name

    def _prompts(self, language: Language) -> frozenset[str]:
        return frozenset(Prompts(language, own=self._data / "prompts").names())


def _nobody() -> None:
    """Nobody else wants to know."""
