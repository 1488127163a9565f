"""What the programs in the guest share: the two cards on the loop-back spans, and somebody who writes down events."""

import asyncio
import faulthandler
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.binding.dahdicard import DahdiLoop
from drivers.binding.engine import Engine, Port
from drivers.binding.events import Kind, PortEvent
from drivers.binding.media import Media
from firmware.config import load_board, load_country

RESULTS = Path("/results")
BOARD = "sim-8x8"  # lines 1 to 8 on channels 1 to 8, stations 801 to 808 on 9 to 16
BOX = tuple(range(1, 17))
FAR = tuple(range(17, 33))
TAPS = {"exchange": range(33, 41), "station": range(41, 49)}  # hear what exchange and box's stations send
LINE_TAPS = range(49, 57)  # once they are made (spanwork.tap_lines()): hear what the box's lines send

LOST = ("ticks_missed", "card_errors", "surprises", "events_lost", "play_starved", "record_lost", "commands_refused")


def loop_cards(flash_max_ms: int | None = None) -> DahdiLoop:
    """The box's card and the far ends', in China; `flash_max_ms`: with another longest flash than the country's."""
    plan = load_country("cn")
    if flash_max_ms is not None:
        plan = plan.model_copy(update={"timers": plan.timers | {"flash_max": flash_max_ms}})
    return DahdiLoop(load_board(BOARD).port_specs, BOX, FAR, plan)


@contextmanager
def running(*engines: Engine) -> Iterator[Media]:
    """The media thread over the engines, and their news to this loop."""
    loop = asyncio.get_running_loop()
    for engine in engines:
        engine.attach(loop)
    media = Media(engines)
    try:
        yield media
    finally:
        media.close()


class Witness:
    """Writes down a port's events and lets one wait for the next of a kind."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.seen: list[tuple[float, PortEvent]] = []
        self._news = asyncio.Event()
        self._looked_at = 0
        port.on_event = self._event

    def _event(self, event: PortEvent) -> None:
        self.seen.append((asyncio.get_running_loop().time(), event))
        self._news.set()

    async def next(self, kind: Kind, within: float = 5.0) -> tuple[float, PortEvent]:
        """The next event of the kind that was not waited for yet; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                while self._looked_at < len(self.seen):
                    when, event = self.seen[self._looked_at]
                    self._looked_at += 1
                    if event.kind is kind:
                        return when, event
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        """What came until now is not waited for any more."""
        self._looked_at = len(self.seen)

    def kinds(self) -> list[str]:
        """Everything that came, in words."""
        return [f"{event.kind.name} {event.value}" for _, event in self.seen]


def lost(engine: Engine) -> dict[str, int]:
    """The counters that are zero on a healthy box, and how long the longest tick took."""
    counters = engine.counters()
    return {name: counters[name] for name in (*LOST, "ticks", "tick_us_max")}


def report(name: str, program: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Runs a program that fills a dictionary; what it found so far is kept even if it fails. One that crashes tells
    where on the console."""
    faulthandler.enable()
    found: dict[str, Any] = {}
    try:
        asyncio.run(_whole(program, found))
    except Exception as error:
        found["failed"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        text = json.dumps(found, indent=1, ensure_ascii=False, default=str)
        (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


async def _whole(program: Callable[[dict[str, Any]], Awaitable[None]], found: dict[str, Any]) -> None:
    await program(found)
