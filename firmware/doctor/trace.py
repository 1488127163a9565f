"""The last news of every port, for people who look on. It is kept in memory, and not long."""

from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.binding.events import Kind, PortEvent
from drivers.binding.ports import Port
from firmware.doctor.measure import SILENCE

KEPT = 300
AT_ONCE = 60


def at_jack(port: Port, dbm0: float) -> float:
    """A level that the core measured in what a port receives, without the port's own gain: as it is on the line."""
    return dbm0 if dbm0 <= SILENCE or port.bare else dbm0 - port.gains[0]


class Trace:
    """Of one port. Levels are those on the line."""

    def __init__(self, port: Port, now: Callable[[], float]) -> None:
        self._now, self._port = now, port
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._count = 0
        port.watchers.append(self._heard)

    def _heard(self, event: PortEvent) -> None:
        extra = event.extra
        if event.kind is Kind.VOICE:
            extra = round(at_jack(self._port, extra))
        self._put(event.kind.name.lower(), event.value, extra, list(event.text))

    def came(self, scheme: str, characters: str, checksum: bool | None, dbm0: float) -> None:
        """A caller id as it came over the line: octets in hexadecimal, or keys, which have no checksum."""
        self._put("received", -1 if checksum is None else int(checksum), round(dbm0), [scheme, characters])

    def _put(self, kind: str, value: int, extra: int, text: list[str]) -> None:
        self._count += 1
        self._entries.append({
            "n": self._count, "at": self._now(), "kind": kind, "value": value, "extra": extra, "text": text,
        })  # fmt: skip

    def after(self, number: int, most: int = AT_ONCE) -> list[dict[str, Any]]:
        """The newest entries behind this one, the oldest first."""
        return [one for one in self._entries if one["n"] > number][-most:]

    def since(self, at: float) -> list[dict[str, Any]]:
        """From this moment on."""
        return [one for one in self._entries if one["at"] >= at]
