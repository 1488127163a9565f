"""What the hall keeps of each agent, by his number: reservation, rest, wrap-up, the work done for each queue."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from firmware.bus import Bus


@dataclass(slots=True)
class Work:
    """Calls taken and time talked for one queue."""

    calls: int = 0
    talk_s: float = 0.0


@dataclass(slots=True)
class _Serving:
    call: str
    station: str
    queue: str
    wrap_up_s: float
    began: float  # when the station began to ring for it
    connected: float
    ended: bool = False


@dataclass(slots=True)
class Seat:
    """One agent. Times are the loop's."""

    reserved: bool = False
    wraps_up_until: float = 0.0
    rests_until: float = 0.0
    serving: _Serving | None = None
    done: dict[str, Work] = field(default_factory=dict)

    def work(self, queue: str) -> Work:
        """What was done for a queue."""
        return self.done.setdefault(queue, Work())


class Seats:
    """Seats by the agents' numbers; `on_ready` is called when a wrap-up is over."""

    def __init__(self, bus: Bus, on_ready: Callable[[], None]) -> None:
        self._seats: dict[str, Seat] = defaultdict(Seat)
        self._bus = bus
        self._on_ready = on_ready
        self._timers: dict[str, tuple[asyncio.TimerHandle, str]] = {}  # by agent: the end of his wrap-up, and where

    def __getitem__(self, agent: str) -> Seat:
        return self._seats[agent]

    def reserve(self, agents: Iterable[str]) -> None:
        """They are chosen for a call."""
        for number in agents:
            self._seats[number].reserved = True

    def release(self, agents: Iterable[str]) -> None:
        """They are no longer chosen: the offer is over."""
        for number in agents:
            self._seats[number].reserved = False

    def did_not_answer(self, agent: str, rest_s: float) -> None:
        """He is spared for a while."""
        self._seats[agent].rests_until = asyncio.get_running_loop().time() + rest_s

    def picked_up(self, agent: str, station: str, call: str, queue: str, wrap_up_s: float, began: float) -> None:
        """He has a queue's call; his station was rung from `began` on."""
        now = asyncio.get_running_loop().time()
        seat = self._seats[agent]
        seat.serving = _Serving(call, station, queue, wrap_up_s, began, now)
        seat.work(queue).calls += 1

    def talk_ended(self, call: str) -> None:
        """The call is over; the agent may still hold the handset."""
        for seat in self._seats.values():
            serving = seat.serving
            if serving is not None and serving.call == call and not serving.ended:
                serving.ended = True
                seat.work(serving.queue).talk_s += asyncio.get_running_loop().time() - serving.connected

    def queue_of(self, call: str) -> str | None:
        """The queue of a call that an agent has."""
        serving = [seat.serving for seat in self._seats.values() if seat.serving is not None]
        return next((one.queue for one in serving if one.call == call and not one.ended), None)

    def left(self, station: str) -> None:
        """The station's part in its call is over."""
        for seat in self._seats.values():
            if seat.serving is not None and seat.serving.station == station:
                self.talk_ended(seat.serving.call)

    def idle(self, station: str, sits: str | None) -> list[tuple[str, float]]:
        """The handset is down and no call rings it. For each queue's call that this ends: which queue's, and how long
        the agent was taken by it, wrap-up included. `sits`: who is there now; one who has gone wraps nothing up."""
        now = asyncio.get_running_loop().time()
        over: list[tuple[str, float]] = []
        for agent, seat in self._seats.items():
            serving = seat.serving
            if serving is None or serving.station != station or not serving.ended:
                continue
            seat.serving = None
            wrap_up_s = serving.wrap_up_s if agent == sits else 0.0
            if wrap_up_s:
                self._wrap_up(agent, station, wrap_up_s, serving.call)
            over.append((serving.queue, now + wrap_up_s - serving.began))
        return over

    def wraps(self, agent: str) -> bool:
        """Whether his wrap-up runs, or begins when his handset is down."""
        serving = self._seats[agent].serving
        return agent in self._timers or (serving is not None and serving.wrap_up_s > 0)

    def wrap_up(self, agent: str, seconds: float, running: bool = False) -> bool:
        """Sets how long it lasts from now on, or after the call under way unless only a `running` one is meant; 0: it
        is over. False: there is none."""
        if agent in self._timers:
            timer, station = self._timers.pop(agent)
            timer.cancel()
            if seconds > 0:
                self._wrap_up(agent, station, seconds, None)
            else:
                self._over(agent, station)
            return True
        serving = self._seats[agent].serving
        if serving is None or running:
            return False
        serving.wrap_up_s = seconds
        return True

    def close(self) -> None:
        """Ends the wrap-ups."""
        for timer, _ in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wrap_up(self, agent: str, station: str, seconds: float, call: str | None) -> None:
        loop = asyncio.get_running_loop()
        seat = self._seats[agent]
        seat.wraps_up_until = loop.time() + seconds
        self._timers[agent] = loop.call_at(seat.wraps_up_until, self._ready, agent), station
        self._bus.publish("station.wrap_up", call=call, station=station, seconds=seconds)

    def _ready(self, agent: str) -> None:
        _, station = self._timers.pop(agent)
        self._over(agent, station)

    def _over(self, agent: str, station: str) -> None:
        self._seats[agent].wraps_up_until = 0.0
        self._bus.publish("station.ready", station=station)
        self._on_ready()
