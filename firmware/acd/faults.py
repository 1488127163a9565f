"""Alarms of what queues name and this box has not: told at the start and after each change, cleared when mended."""

from firmware.acd.queue import Hall
from firmware.bus import Bus


class Faults:
    """`look()` compares what is wrong with what was told."""

    def __init__(self, hall: Hall, bus: Bus) -> None:
        self._hall = hall
        self._bus = bus
        self._told: dict[str, str] = {}

    def look(self) -> None:
        """Raises alarms for what is new, clears those of what is mended."""
        wrong, stations = self._hall.faults(), self._hall.unknown_stations()
        found = {f"queue_{name}": f"queue {name}: {'; '.join(words)}" for name, words in wrong.items()}
        for name in self._told.keys() - found.keys():
            self._bus.publish("alarm.cleared", name=name)
        for name, text in found.items():
            if self._told.get(name) != text:
                queue = name.removeprefix("queue_")
                self._bus.publish("alarm.raised", name=name, text=text, queue=queue, stations=stations.get(queue, []))
        self._told = found
