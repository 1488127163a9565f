"""Since when there is too much, the events and alarms of that, and the flow that callers come into meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.binding.events import LineState
from firmware.acd.queue import Hall
from firmware.bus import Bus, Event
from firmware.calls.call import Place
from firmware.calls.places import ToFlow
from firmware.lines import Line
from firmware.surge.causes import Cause, Queued, causes
from firmware.surge.section import Surge

SOON_S = 0.001  # a timer never asks for the very moment it runs in: rounding may have let it run just before it is due
LOOKS_AT = ("line.", "call.queued", "call.left_queue", "call.offer_ended", "call.ended", "agent.", "setup.changed")


@dataclass(slots=True)
class _Seen:
    """One cause, as long as it is remembered. Times are the loop's."""

    cause: Cause
    since: float
    began: float | None = None  # it is a surge
    calm: float | None = None  # it has not been there since
    most: int = 0  # callers who waited at a time
    came: int = 0  # calls that rang meanwhile


class Watch:
    """`lines` and `hall` are looked at after each event that may change them; time alone changes the rest."""

    def __init__(self, bus: Bus, section: Callable[[], Surge], lines: Mapping[int, Line], hall: Hall) -> None:
        self._bus = bus
        self._section = section
        self._lines = lines
        self._hall = hall
        self._seen: dict[str, _Seen] = {}
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None
        bus.subscribe(self._event)

    @property
    def now(self) -> list[Cause]:
        """The surges there are."""
        return [one.cause for one in self._seen.values() if one.began is not None]

    def entry(self, place: Place | None) -> Place | None:
        """Where a new caller comes in, instead of one of the menus while there is a surge."""
        section = self._section()
        if section.flow is None or not isinstance(place, ToFlow) or place.flow not in section.menus:
            return place
        why = {cause.why for cause in self.now}
        if self._full():
            why.add("last_line")
        return ToFlow(flow=section.flow) if why & set(section.when) else place

    def close(self) -> None:
        """Ends what it does by itself."""
        for timer in (self._soon, self._later):
            if timer is not None:
                timer.cancel()

    # -- inside ------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> None:
        if event.kind == "call.started" and event.line is not None:
            for one in self._seen.values():
                one.came += 1
        if event.kind.startswith(LOOKS_AT) and self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._look)

    def _counted(self) -> tuple[int, int]:
        """Lines that work, and those of them that are in use."""
        work = [line for line in self._lines.values() if line.in_use and line.state is not LineState.DEAD]
        return len(work), sum(not line.free for line in work)

    def _full(self) -> bool:
        lines, in_use = self._counted()
        return 1 < lines <= in_use

    def _look(self) -> None:
        self._soon = None
        section, now = self._section(), asyncio.get_running_loop().time()
        queues = {name: Queued(*found) for name, found in self._hall.load().items()}
        found = {cause.name: cause for cause in causes(section, *self._counted(), queues)}
        for name, cause in found.items():
            one = self._seen.setdefault(name, _Seen(cause, now))
            one.cause, one.calm, one.most = cause, None, max(one.most, cause.waiting)
            if one.began is None and now >= one.since + cause.after_s:
                self._begins(one, section, now)
        for name in [name for name in self._seen if name not in found]:
            one = self._seen[name]
            one.calm = now if one.calm is None else one.calm
            if one.began is None or now >= one.calm + section.calm_s:
                del self._seen[name]
                self._ends(one, now)
        self._again(section, now)

    def _again(self, section: Surge, now: float) -> None:
        """When time alone changes something."""
        due = [one.since + one.cause.after_s for one in self._seen.values() if one.began is None]
        due += [one.calm + section.calm_s for one in self._seen.values() if one.calm is not None]
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_at(max(min(due), now + SOON_S), self._look) if due else None

    def _begins(self, one: _Seen, section: Surge, now: float) -> None:
        one.began = now
        cause = one.cause
        self._bus.publish(
            "surge.began", why=cause.why, queue=cause.queue, waiting=cause.waiting, agents=cause.agents,
            lines=cause.lines,
        )  # fmt: skip
        if section.alarm:
            self._bus.publish(
                "alarm.raised", name=cause.name, text=cause.words(), queue=cause.queue, waiting=cause.waiting,
                agents=cause.agents, lines=cause.lines,
            )  # fmt: skip

    def _ends(self, one: _Seen, now: float) -> None:
        if one.began is None:
            return
        cause = one.cause
        self._bus.publish(
            "surge.ended", why=cause.why, queue=cause.queue, seconds=round(now - one.began, 1), most=one.most,
            came=one.came,
        )  # fmt: skip
        self._bus.publish("alarm.cleared", name=cause.name)
