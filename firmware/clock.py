"""Time: the stepped loop of virtual time, and the box's clock.

In virtual time asyncio's timers and the card's ticks come from one counter: when no coroutine is ready, the
selector does not sleep, it has the core make ticks (many at once, in C) until a timer is due or the core has
news. So a day of traffic runs in minutes and repeats exactly. In real time the ordinary loop is used, with
`Engine.attach` and `Media`. Nothing else in the firmware knows which of the two it runs on.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from drivers.binding.engine import Engine
from drivers.binding.media import step

T = TypeVar("T")

MOST_AT_ONCE = 1_000  # ticks per call of the core, so that a signal is noticed between calls
SILENCE_MS = 600_000  # nothing due and no news for so long: nothing will ever come


class NothingToWaitFor(RuntimeError):
    """No timer is set and the core has been silent: every task waits for something that cannot happen."""


class _TickSelector(selectors.DefaultSelector):
    """Polls real file descriptors, but lets virtual time pass instead of sleeping."""

    def __init__(self, wait: Callable[[float | None], None]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        self._wait(timeout)
        return super().select(0)

    def block(self, seconds: float) -> None:
        """Waits in real time until a file descriptor is ready (a worker thread reports through one)."""
        super().select(seconds)


class SteppedLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose clock is the core's tick counter. `engines` may grow and shrink while it runs."""

    def __init__(self, engines: Sequence[Engine] = (), *, tick_ms: int = 10) -> None:
        self.engines = list(engines)
        self.ticks = 0
        self._tick_ms = tick_ms
        self._silent = 0
        self._threads = 0
        self._tick_selector = _TickSelector(self._pass)
        super().__init__(self._tick_selector)
        self._clock_resolution = 1e-6  # absorbs the rounding of ticks to seconds

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.ticks * self._tick_ms / 1000

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """As usual, but virtual time stands still while the thread works."""
        future = super().run_in_executor(executor, func, *args)
        self._threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    async def shutdown_default_executor(self) -> None:
        """As usual; the thread that waits for the others is waited for in real time."""
        self._threads += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._threads -= 1

    def _thread_ended(self, _: object) -> None:
        self._threads -= 1

    def _pass(self, timeout: float | None) -> None:
        """Lets time pass: at most `timeout` seconds, or until the core has news."""
        if self._threads:
            self._tick_selector.block(0.05)
            return
        most = MOST_AT_ONCE
        if timeout is not None:
            most = min(most, max(1, math.ceil(timeout * 1000 / self._tick_ms - 1e-6)))
        engines = [engine for engine in self.engines if engine.core]
        self.ticks += step(engines, most) if engines else most
        news = sum(engine.drain() for engine in engines)
        self._silent = 0 if news or timeout is not None else self._silent + most * self._tick_ms
        if self._silent >= SILENCE_MS:
            self._silent = 0
            raise NothingToWaitFor(self._waiting())

    def _waiting(self) -> str:
        tasks = sorted(_describe(task) for task in asyncio.all_tasks(self))
        return f"at {self.time():.2f} s no timer is set and no news came; waiting: " + "; ".join(tasks or ["no task"])


def _describe(task: "asyncio.Task[Any]") -> str:
    frames = task.get_stack(limit=1)
    where = f" at {frames[-1].f_code.co_qualname}:{frames[-1].f_lineno}" if frames else ""
    return f"{task.get_name()}{where}"


def run_stepped(main: Coroutine[Any, Any, T], engines: Sequence[Engine], *, tick_ms: int = 10) -> T:
    """Runs `main` in virtual time over `engines`; its result. NothingToWaitFor when it can never end."""
    with asyncio.Runner(loop_factory=lambda: SteppedLoop(engines, tick_ms=tick_ms)) as runner:
        return runner.run(main)


class TickClock:
    """The box's clock in virtual time: `started` (seconds since the Unix epoch) plus the ticks made."""

    def __init__(self, engine: Engine, started: float) -> None:
        self._engine = engine
        self._started = started
        self._last = started

    def __call__(self) -> float:
        if self._engine.core:
            self._last = self._started + self._engine.tick * self._engine.tick_ms / 1000
        return self._last
