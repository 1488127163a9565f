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
        found = {f"queue_{name}": f"queue {name}: {'; '.join(words)}" for name, words in self._hall.faults().items()}
        for name in self._told.keys() - found.keys():
            self._bus.publish("alarm.cleared", name=name)
        for name, text in found.items():
            if self._told.get(name) != text:
                self._bus.publish("alarm.raised", name=name, text=text)
        self._told = found
