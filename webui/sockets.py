"""The box's own sound sockets on the screen Health: what each has lost, in words. A pure function."""

from dataclasses import dataclass

from firmware.api.messages import Counters
from webui.jacks import station_called
from webui.translate import _


@dataclass(frozen=True, slots=True)
class Socket:
    """One of them. `well` False: it has gone away at least once."""

    key: str
    name: str
    words: str
    well: bool


def sockets(counters: Counters | None) -> list[Socket]:
    """In the order in which the box tells of them."""
    return [] if counters is None else [_socket(key, values) for key, values in counters.sound.items()]


def _socket(key: str, counted: dict[str, int]) -> Socket:
    names = {"line_in": _("Line-in"), "loudspeaker": _("Loudspeaker")}
    name = names.get(key) or _("Headset %(station)s", station=station_called(key))
    inserted, left_out = (
        sum(ms for what, ms in counted.items() if what.endswith(end)) for end in ("inserted_ms", "left_out_ms")
    )
    lost = counted.get("lost", 0)
    words = _(
        "%(inserted)s s of silence inserted, %(left_out)s s left out", inserted=f"{inserted / 1000:.2f}",
        left_out=f"{left_out / 1000:.2f}",
    )  # fmt: skip
    if lost:
        words = _("%(what)s; gone away %(times)s times", what=words, times=lost)
    return Socket(key, name, words, not lost)
