"""What the hall keeps of each station: reservation, rest, wrap-up, and the work done for each queue."""

import asyncio
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
    queue: str
    wrap_up_s: float
    began: float  # when the station began to ring for it
    connected: float
    ended: bool = False


@dataclass(slots=True)
class Seat:
    """One station. Times are the loop's."""

    away: bool = False
    reserved: bool = False
    wraps_up_until: float = 0.0
    rests_until: float = 0.0
    serving: _Serving | None = None
    done: dict[str, Work] = field(default_factory=dict)

    def work(self, queue: str) -> Work:
        """What was done for a queue."""
        return self.done.setdefault(queue, Work())


class Seats:
    """Seats by station number; `on_ready` is called when a wrap-up is over."""

    def __init__(self, stations: Iterable[str], bus: Bus, on_ready: Callable[[], None]) -> None:
        self._seats = {number: Seat() for number in stations}
        self._bus = bus
        self._on_ready = on_ready
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __getitem__(self, station: str) -> Seat:
        return self._seats[station]

    def reserve(self, stations: Iterable[str]) -> None:
        """They are chosen for a call."""
        for number in stations:
            self._seats[number].reserved = True

    def release(self, stations: Iterable[str]) -> None:
        """They are no longer chosen: the offer is over."""
        for number in stations:
            self._seats[number].reserved = False

    def did_not_answer(self, station: str, rest_s: float) -> None:
        """It is spared for a while."""
        self._seats[station].rests_until = asyncio.get_running_loop().time() + rest_s

    def picked_up(self, station: str, call: str, queue: str, wrap_up_s: float, began: float) -> None:
        """It has a queue's call; it was rung from `began` on."""
        now = asyncio.get_running_loop().time()
        seat = self._seats[station]
        seat.serving = _Serving(call, queue, wrap_up_s, began, now)
        seat.work(queue).calls += 1

    def talk_ended(self, call: str) -> None:
        """The call is over; the agent may still hold the handset."""
        for seat in self._seats.values():
            serving = seat.serving
            if serving is not None and serving.call == call and not serving.ended:
                serving.ended = True
                seat.work(serving.queue).talk_s += asyncio.get_running_loop().time() - serving.connected

    def left(self, station: str) -> None:
        """The station's part in its call is over."""
        serving = self._seats[station].serving
        if serving is not None:
            self.talk_ended(serving.call)

    def idle(self, station: str) -> tuple[str, float] | None:
        """The handset is down and no call rings it. If that ends a queue's call: which queue's, and how long the agent
        was taken by it, wrap-up included."""
        seat = self._seats[station]
        serving = seat.serving
        if serving is None or not serving.ended:
            return None
        seat.serving = None
        now = asyncio.get_running_loop().time()
        if serving.wrap_up_s:
            self._wrap_up(station, seat, now, serving)
        return serving.queue, now + serving.wrap_up_s - serving.began

    def close(self) -> None:
        """Ends the wrap-ups."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wrap_up(self, station: str, seat: Seat, now: float, serving: _Serving) -> None:
        seat.wraps_up_until = now + serving.wrap_up_s
        self._bus.publish("station.wrap_up", call=serving.call, station=station, seconds=serving.wrap_up_s)
        loop = asyncio.get_running_loop()
        self._timers[station] = loop.call_at(seat.wraps_up_until, self._ready, station)

    def _ready(self, station: str) -> None:
        del self._timers[station]
        self._seats[station].wraps_up_until = 0.0
        self._bus.publish("station.ready", station=station)
        self._on_ready()
