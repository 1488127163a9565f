"""What systemd is told: that the box is ready, and, as long as ticks and orders go round, that it is alive.

On the appliance `WatchdogSec` of callboxd.service kills a box that says nothing, and starts it anew; systemd itself
feeds the hardware watchdog. Elsewhere nobody listens, and nothing is done.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drivers.binding.engine import Engine
from firmware.notify import tell

log = logging.getLogger(__name__)


def wanted_s() -> float | None:
    """How often systemd wants to hear from this process, in seconds; None: not at all."""
    if os.environ.get("WATCHDOG_PID") not in (None, str(os.getpid())):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() and int(microseconds) else None


@asynccontextmanager
async def watched(engine: Engine) -> AsyncIterator[None]:
    """Ready from here on; inside, systemd is told that the box is alive, four times as often as it wants."""
    tell("READY=1")
    within = wanted_s()
    feeding = None if within is None else asyncio.create_task(feed(engine, within / 4), name="watchdog")
    try:
        yield
    finally:
        if feeding is not None:
            feeding.cancel()
            await asyncio.wait([feeding])
        tell("STOPPING=1")


async def feed(engine: Engine, every_s: float) -> None:
    """Feeds for ever, but not while an order does not come back, nor while the card makes less than half of its ticks.

    The order goes the whole way that those of calls go: command ring, tick, event ring, loop. It concerns a tap that
    nothing is linked to, so it changes nothing.
    """
    loop = asyncio.get_running_loop()
    with engine.tap() as tap:
        while True:
            ticks, began = engine.tick, loop.time()
            await asyncio.sleep(every_s)
            await tap.clear()
            made, due = engine.tick - ticks, (loop.time() - began) * 1000 / engine.tick_ms
            if 2 * made >= due:
                tell("WATCHDOG=1")
            else:
                log.error("the card made %d of %.0f ticks: the watchdog is not fed", made, due)
