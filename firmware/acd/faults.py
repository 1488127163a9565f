"""Alarms of what the setup names and this box has not, and of callers whom nobody is there to serve."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from firmware.acd.model import Queue, ToCallback, exit_words
from firmware.acd.queue import Hall
from firmware.bus import Bus, Event
from firmware.calls.places import Target, target_words

Numbers = Callable[[], Mapping[str, Target]]
CHANGES = ("call.queued", "call.left_queue", "call.offer_ended", "call.ended", "agent.", "station.", "setup.changed")


def unknown_stations(queue: Queue, stations: Collection[str]) -> list[str]:
    """The telephones among its members that this box has not."""
    return [one.station for one in queue.members if one.station and one.station not in stations]


class Faults:
    """`look()` compares what is wrong with what was told. `possible`: where a queue may send callers; `numbers`: the
    inside numbers and where they lead, `there`: whether the box has such a place."""

    def __init__(
        self, hall: Hall, bus: Bus, stations: Collection[str], possible: Callable[[Target], bool],
        numbers: Numbers = dict, there: Callable[[Target], bool] = lambda _: True,
    ) -> None:  # fmt: skip
        self._hall = hall
        self._bus = bus
        self._stations = stations
        self._possible = possible
        self._numbers = numbers
        self._there = there
        self._told: dict[str, dict[str, Any]] = {}

    def look(self) -> None:
        """Raises alarms for what is new, clears those of what is mended: at the start, and when the setup or the flows
        have changed."""
        found = {f"queue_{name}": about for name, queue in self._hall.queues.items() if (about := self._queue(queue))}
        for number, target in self._numbers().items():
            if not self._there(target):
                text = f"inside number {number} leads to {target_words(target)}, which is not there"
                found[f"number_{number}"] = {"text": text, "number": number}
        for name in self._told.keys() - found.keys():
            self._bus.publish("alarm.cleared", name=name)
        for name, about in found.items():
            if self._told.get(name) != about:
                self._bus.publish("alarm.raised", name=name, **about)
        self._told = found

    def _queue(self, queue: Queue) -> dict[str, Any]:
        """Rules to such a place are passed over, such members never rung."""
        strange = unknown_stations(queue, self._stations)
        words = [
            *(f"there is no station {one}; stations are {', '.join(self._stations)}" for one in strange),
            *(
                f"{exit_words(target)} is not possible on this box"
                for target in queue.targets()
                if not isinstance(target, ToCallback) and not self._possible(target)
            ),
        ]
        text = f"queue {queue.id}: {'; '.join(dict.fromkeys(words))}"
        return {"text": text, "queue": queue.id, "stations": strange} if words else {}


class Deserted:
    """An alarm for each queue in which callers wait while none of its agents is there, as long as that lasts."""

    def __init__(self, hall: Hall, bus: Bus) -> None:
        self._hall = hall
        self._bus = bus
        self._told: set[str] = set()
        self._soon: asyncio.Handle | None = None
        bus.subscribe(self._event)

    def close(self) -> None:
        """Looks no more."""
        if self._soon is not None:
            self._soon.cancel()

    def _event(self, event: Event) -> None:
        if event.kind.startswith(CHANGES) and self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._soon = None
        found = {queue: waiting for queue, (waiting, agents) in self._hall.load().items() if waiting and not agents}
        for queue in self._told - found.keys():
            self._bus.publish("alarm.cleared", name=f"nobody_{queue}")
        for queue in found.keys() - self._told:
            text = f"queue {queue}: a caller waits, and none of its agents is there"
            self._bus.publish("alarm.raised", name=f"nobody_{queue}", text=text, queue=queue)
        self._told = set(found)
