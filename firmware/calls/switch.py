"""The switch: all calls under way, the handsets, and who serves which place. It decides nothing."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, TypeVar

from drivers.binding.engine import Engine
from firmware.bus import Bus
from firmware.calls.call import Call, Direction, Joined, Place, Server
from firmware.calls.handset import Features, Handset
from firmware.calls.party import Party
from firmware.calls.places import HangUp
from firmware.calls.voice import Sound
from firmware.lines import CallerId, Line
from firmware.prompts import Prompts
from firmware.recording.recorder import Recordings
from firmware.stations import Station
from firmware.tasks import ended

log = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
CALL_BACK_S = 1800.0
CALL_BACK_AFTER_S = 2.0  # its user has time to lift the handset again

T = TypeVar("T")
Entry = Callable[[Line], Place | None]
"""Where a call that rings on a line begins; None: it is left ringing."""


class Switch:
    """`serve` says who serves a kind of place; `entry` where a call from outside begins. `may_join` tells whether two
    parties may be put through to each other without anybody of the house: by default an outside caller may not come to
    an outside line."""

    def __init__(
        self, engine: Engine, bus: Bus, now: Callable[[], float], prompts: Prompts, recordings: Recordings,
        lines: Mapping[int, Line], stations: Mapping[str, Station], features: Features,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.bus = bus
        self.now = now
        self.sound = Sound(engine, prompts, bus)
        self.recordings = recordings
        self.lines = lines
        self.stations = stations
        self.features = features
        self.calls: dict[str, Call] = {}
        self.entry: Entry | None = None
        self.may_join: Callable[[Party, Party], bool] = _not_both_outside
        self.messages_for: Callable[[str], int] = _no_messages  # how many wait for a station's user
        self.agent_at: Callable[[str], str | None] = lambda station: station  # the number of who sits there
        self.station_of: Callable[[str], str | None] = lambda number: number  # where an inside number rings
        self.people: Callable[[], Collection[str]] = tuple  # inside numbers that are no station's
        self.numbers: Callable[[], Mapping[str, Place]] = dict  # inside numbers that lead to other places
        self.on_released: list[Callable[[str], None]] = []  # told the station that a call has let go
        self._servers: dict[type, Server] = {Joined: _joined, HangUp: _hang_up}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self.handsets = {number: Handset(self, station) for number, station in stations.items()}

    def __len__(self) -> int:
        return len(self.calls)

    # -- places ----------------------------------------------------------------------------------------

    def serve(self, place: type, server: Server) -> None:
        """Says who serves places of this kind."""
        self._servers[place] = server

    def server(self, place: Place) -> Server:
        """Who serves a place. KeyError: nobody does."""
        return self._servers[type(place)]

    def can_serve(self, place: Any) -> bool:
        """Whether there is somebody for such a place."""
        return type(place) in self._servers

    def inside(self) -> Collection[str]:
        """Every number that can be dialled inside: stations', people's, and those of queues, rooms and the like."""
        return {*self.stations, *self.people(), *self.numbers()}

    # -- calls -----------------------------------------------------------------------------------------

    def inbound(self, line: Line) -> None:
        """A new caller. While the box stops, nobody is answered."""
        place = None if self._stopping or self.entry is None or not line.in_use else self.entry(line)
        if place is not None:
            call = self.begin(Party(line), place, "inbound", CallerId())
            line.call = call.id

    def begin(self, guest: Party, place: Place, direction: Direction, caller: CallerId) -> Call:
        """A call begins at a place."""
        call = Call(self, guest, direction, caller)
        self.calls[call.id] = call
        if guest.station is not None:
            guest.station.call = call.id
        self.spawn(self._run(call, place), f"call {call.id}")
        return call

    async def originate(self, station: Station, place: Place, shown: CallerId, seconds: float = 30.0) -> Call | None:
        """Click to dial: the station rings first, showing where it will lead; who picks up is led there. None: it is
        not free, or nobody did."""
        who = f"to-{station.number}"
        if not await station.offer(who, shown, seconds, wanted=True):
            return None
        return self.handsets[station.number].dial(place)

    def call_back(self, station: Station, callee: Station, place: Place, shown: CallerId) -> None:
        """When both stations are free, `station` rings and then goes to the place. Asked again, the older is
        forgotten; it ends after CALL_BACK_S."""
        name = f"call-back for {station.number}"
        for task in self._tasks:
            if task.get_name() == name:
                task.cancel()
        self.spawn(self._call_back(station, callee, place, shown), name)

    async def _call_back(self, station: Station, callee: Station, place: Place, shown: CallerId) -> None:
        idle = asyncio.Event()
        done = self.bus.subscribe(lambda event: idle.set() if event.kind == "station.idle" else None)
        try:
            async with asyncio.timeout(CALL_BACK_S):
                while not (station.free and callee.free):
                    idle.clear()
                    await idle.wait()
                    await asyncio.sleep(CALL_BACK_AFTER_S)
                await self.originate(station, place, shown)
        except TimeoutError:
            log.info("call-back of %s to %s: not both free in time", station.number, callee.number)
        finally:
            done()

    async def _run(self, call: Call, place: Place) -> None:
        try:
            await call.run(place)
        finally:
            del self.calls[call.id]

    def release(self, party: Party) -> None:
        """A call lets a party go: a line is put away, a station is told."""
        if party.line is not None:
            self.spawn(_put_away(party.line), f"putting away line {party.line.number}")
        elif party.station is not None:
            number = party.station.number
            for told in self.on_released:  # first: being released may make the station idle
                told(number)
            self.handsets[number].released(party)

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Work that the box ends when it stops."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Ends every call properly; one that cannot be ended in time is logged and left."""
        self._stopping = True
        for handset in self.handsets.values():
            handset.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
            for task in late:
                log.error("%s did not end within %.0f s", task.get_name(), STOP_WITHIN_S)


async def _joined(call: Call, place: Joined) -> None:
    try:
        await call.answer()
    except BaseException:
        call.switch.release(place.host)
        raise
    await call.talk(place.host)


async def _hang_up(call: Call, place: HangUp) -> None:
    if place.prompt is not None:
        await call.answer()
        await call.voice.say(place.prompt)


async def _put_away(line: Line) -> None:
    """Also when cancelled: no line stays stuck."""
    work = asyncio.ensure_future(_on_hook(line))
    await ended([work])


async def _on_hook(line: Line) -> None:
    await line.hang_up()
    await line.idle()


def _no_messages(_station: str) -> int:
    return 0


def _not_both_outside(one: Party, other: Party) -> bool:
    return one.line is None or other.line is None
