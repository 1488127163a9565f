"""What a waiting caller is told, and when: estimated wait and the schedule of announcements. Pure functions.

The estimate is the queue-length predictor of Ward Whitt, "Predicting Queueing Delays", Management Science 45 (1999)
870-888: with c busy agents whose handling times have mean h, calls end every h/c seconds, and the caller
at position n (1: next) waits for n of them: n * h / c. It is exact for exponential handling times and no abandoning;
where callers give up it tells too long rather than too short a wait.
"""

from collections import deque
from dataclasses import dataclass, field

from firmware.acd.model import Announce
from firmware.reasons import Reason, reason

MEASURED_MOST = 50  # the mean follows the hour, not the week
MEASURED_LEAST = 5  # fewer say less than the queue's assumption
ROUND_S = 60.0  # callers are told whole minutes, upwards


@dataclass(slots=True)
class Handling:
    """Handling times of a queue as measured: from the choice of an agent until he can take the next call."""

    assumed_s: float
    _last: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED_MOST))

    def measured(self, seconds: float) -> None:
        """One more call was handled."""
        self._last.append(seconds)

    @property
    def mean_s(self) -> float:
        """The mean of the last calls, or the assumption while there are too few."""
        return sum(self._last) / len(self._last) if len(self._last) >= MEASURED_LEAST else self.assumed_s

    def why(self) -> Reason:
        """Where the mean comes from."""
        enough = len(self._last) >= MEASURED_LEAST
        return reason("handling_measured" if enough else "handling_assumed", calls=len(self._last))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds until an agent is rung for the caller, on the mean."""

    seconds: float
    why: tuple[Reason, ...]


def estimated_wait(position: int, free: int, present: int, handling: Handling) -> Estimate | None:
    """For the caller at `position` (1: next), when `free` of `present` agents could take a call; None: nobody there."""
    if present < 1:
        return None
    to_wait_for = position - free
    if to_wait_for <= 0:
        return Estimate(0.0, (reason("free_agent", free=free),))
    seconds = to_wait_for * handling.mean_s / present
    rate = reason("position_over_rate", position=to_wait_for, agents=present, seconds=handling.mean_s)
    return Estimate(seconds, (rate, handling.why()))


def told_minutes(seconds: float) -> int:
    """Whole minutes as they are said to callers: rounded up, at least one."""
    return max(1, -int(-seconds // ROUND_S))


@dataclass(frozen=True, slots=True)
class Heard:
    """When, in seconds of his wait, a caller last heard what; None: not yet."""

    position_s: float | None = None
    message_s: float | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The next announcement: at `at_s` of the wait, the message (or else position and wait)."""

    at_s: float
    message: bool


def next_announcement(announce: Announce, heard: Heard) -> Due | None:
    """When the caller next hears something, and what; None: never."""
    due: list[Due] = []
    if announce.position or announce.wait:
        at = announce.first_s if heard.position_s is None else heard.position_s + announce.every_s
        due.append(Due(at, False))
    if announce.message is not None:
        due.append(Due((heard.message_s or 0.0) + announce.message_every_s, True))
    if not due:
        return None
    first = min(due, key=lambda one: (one.at_s, one.message))
    last = max((at for at in (heard.position_s, heard.message_s) if at is not None), default=None)
    if last is not None and first.at_s < last + announce.at_least_s:
        return Due(last + announce.at_least_s, first.message)
    return first


@dataclass(frozen=True, slots=True)
class Said:
    """What one announcement says: the position, the wait in minutes; None: not said."""

    position: int | None
    minutes: int | None


def what_is_said(announce: Announce, position: int, estimate: Estimate | None, before: Said | None) -> Said:
    """Position and wait as this caller may be told. The position is not told beyond `position_most`, and neither ever
    grows from one announcement to the next: one who is overtaken by a priority is not told so."""
    place = position if announce.position and position <= announce.position_most else None
    minutes = None
    if announce.wait and estimate is not None and estimate.seconds > 0:
        minutes = told_minutes(estimate.seconds)
    if before is not None and place is not None and before.position is not None:
        place = min(place, before.position)
    if before is not None and minutes is not None and before.minutes is not None:
        minutes = min(minutes, before.minutes)
    return Said(place, minutes)
