"""Work for the hours when nobody calls: one job after the other, at a time of day, once a night.

The clock is the box's own. A night that was missed because the box was switched off is made up for, once it has been
on for a while.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

log = logging.getLogger(__name__)

MISSED_S = 25 * 3600.0  # the last night's work is so long ago: one was missed
MAKE_UP_S = 600.0
LOOK_S = 60.0  # the clock may be set meanwhile


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does it and tells by itself; what it raises is logged and told, and the next job runs."""

    name: str
    run: Callable[[], Awaitable[None]]


def next_time(now: float, at: str, last: float | None) -> float:
    """When work begins next: at `at` (HH:MM, local time), or soon if a night was missed since `last`."""
    if last is not None and now - last > MISSED_S:
        return now + MAKE_UP_S
    hour, minute = at.split(":")
    today = datetime.fromtimestamp(now)  # noqa: DTZ006 - people say when, on their clock
    when = today.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if when <= today:
        when += timedelta(days=1)
    return when.timestamp()


class Nightly:
    """`start()` in the loop, `await stop()`. `at` tells the time of day, read anew each minute; `last`: when the work
    was done before, or the box's life began."""

    def __init__(
        self, now: Callable[[], float], at: Callable[[], str], jobs: Sequence[Job], *,
        last: float | None = None, failed: Callable[[str, Exception], None],
    ) -> None:  # fmt: skip
        self._now = now
        self._at = at
        self._jobs = jobs
        self._last = last
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on."""
        self._task = asyncio.create_task(self._nights(), name="nightly work")

    async def stop(self) -> None:
        """Cancels what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def run(self) -> None:
        """All of it, now."""
        for job in self._jobs:
            try:
                await job.run()
            except Exception as error:
                log.exception("nightly work: %s failed", job.name)
                self._failed(job.name, error)

    async def _nights(self) -> None:
        at = self._at()
        due = next_time(self._now(), at, self._last)
        while True:
            left = due - self._now()
            if left > 0:
                await asyncio.sleep(min(LOOK_S, left))
            if self._at() != at:
                at = self._at()
                due = next_time(self._now(), at, None)
            elif due - self._now() > 24 * 3600 + LOOK_S:  # the clock was set back
                due = next_time(self._now(), at, None)
            elif self._now() >= due:
                await self.run()
                due = next_time(self._now(), at, None)
