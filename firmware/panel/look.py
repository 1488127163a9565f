"""What lamp and buzzer show: a pure function of what is wrong, and of who has heard it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Lamp = Literal["green", "red"]

SOUNDS_S = 10.0  # for a new alarm
REMINDS_EVERY_S = 600.0  # while one stands that nobody has silenced
REMINDS_S = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """The lamp's colour, and whether the buzzer sounds now. `again_s`: when to look again, seconds from now; None:
    not before something happens."""

    lamp: Lamp
    buzzer: bool
    again_s: float | None = None


def look(standing: Collection[str], newest: float | None, silenced: bool, now: float) -> Look:
    """`standing`: names of the alarms; `newest`: when the last new one came; `silenced`: since then somebody has."""
    if not standing:
        return Look("green", False)
    if silenced or newest is None:
        return Look("red", False)
    since = max(0.0, now - newest)
    if since < SOUNDS_S:
        return Look("red", True, SOUNDS_S - since)
    phase = since % REMINDS_EVERY_S
    if since >= REMINDS_EVERY_S and phase < REMINDS_S:
        return Look("red", True, REMINDS_S - phase)
    return Look("red", False, REMINDS_EVERY_S - phase)
