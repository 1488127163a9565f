"""What makes the ticks: `step` in virtual time, the threads of `Media` in real time."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from typing import Any

from drivers.binding._core import ffi, lib
from drivers.binding.engine import Engine
from drivers.binding.orders import CoreError

NEWS_PRIORITY = 10  # of the thread that reads events: below the media thread's 50 (drivers/core/media.c)


def step(engines: Iterable[Engine], most: int) -> int:
    """Virtual time: ticks the engines in turn until one has events or `most` ticks are made; ticks made."""
    cores = [engine.core for engine in engines]
    return int(lib.lc_step(ffi.new("struct lc_core *[]", cores), len(cores), most))


def hurry() -> None:
    """The calling thread runs before ordinary processes, where permitted; its children do not."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(NEWS_PRIORITY))


class Media:
    """Real time: the media and I/O threads over some engines. `fifo` and `locked` tell what was permitted.

    The thread that makes it is the one that reads the news: until `close` it runs before ordinary processes, too,
    where permitted, so that a busy neighbour does not keep a caller waiting. Its children do not.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        cores = ffi.new("struct lc_core *[]", [engine.core for engine in engines])
        result = ffi.new("int *")
        self._media: Any = lib.lc_media_start(cores, len(engines), result)
        if self._media == ffi.NULL:
            raise CoreError(-result[0], f"cannot start the media thread: {os.strerror(-result[0])}")
        self.fifo = bool(result[0] & 1)
        self.locked = bool(result[0] & 2)
        if self.fifo:
            hurry()

    def close(self) -> None:
        """Ends both threads; in the thread that made it. Twice is fine."""
        media, self._media = self._media, ffi.NULL
        lib.lc_media_stop(media)
        if media != ffi.NULL and self.fifo:
            # The flag stays: taking it off wants a right (CAP_SYS_NICE) that the box has not got where it is a user.
            os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
