"""What a self-call found, and how it waits for what the box tells."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.binding.engine import Engine
from drivers.binding.plan import Plan
from firmware.bus import Bus, Event
from firmware.lines import Line
from firmware.stations import Station

NUMBER, NAME = "0000000000", "SELF-CALL"  # nobody's; shown on the station

# Everything that can be looked at, in a call's order. What is not in a result was not tested.
CHECKS = (
    "ring", "caller_id", "answer", "greeting", "key", "queue", "station", "talk", "caller_hears", "station_hears",
    "recording", "playback", "release",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """What a self-call may touch of the box. `keys`: pressed in the menu, they must lead to a queue; `data`: where the
    paths of recordings begin; `records`: whether talks are recorded at all."""

    engine: Engine
    bus: Bus
    plan: Plan
    lines: dict[int, Line]
    stations: dict[str, Station]
    data: Path
    keys: str
    records: bool


@dataclass
class Result:
    """`add` what was looked at; `ok` None: it could not be made, `why` says so."""

    way: str
    checks: list[dict[str, Any]] = field(default_factory=list)
    call: str | None = None
    why: str | None = None

    def add(self, name: str, ok: bool, measured: Any = None) -> bool:
        """One check of CHECKS; whether it held."""
        if name not in CHECKS:
            raise ValueError(f"no such check: {name}")
        self.checks.append({"name": name, "ok": bool(ok), "measured": measured})
        return bool(ok)

    @property
    def untested(self) -> list[str]:
        """What nobody looked at."""
        seen = {check["name"] for check in self.checks}
        return [name for name in CHECKS if name not in seen]

    @property
    def failed(self) -> list[str]:
        """What did not hold."""
        return [check["name"] for check in self.checks if not check["ok"]]

    @property
    def ok(self) -> bool | None:
        """All that was looked at held."""
        return None if not self.checks else not self.failed

    def data(self) -> dict[str, Any]:
        """As `selfcall.done` carries it."""
        return {
            "ok": self.ok, "way": self.way, "why": self.why, "checks": self.checks, "untested": self.untested,
            "of": self.call,
        }  # fmt: skip


class Watch:
    """Hears the bus while it is open."""

    def __init__(self, bus: Bus) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self._leave: Callable[[], None] = bus.subscribe(self._heard)

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def first(self, kind: str, **what: Any) -> Event | None:
        """The first event of the kind with these attributes (call, line, station)."""
        for event in self.events:
            if event.kind == kind and all(getattr(event, key) == value for key, value in what.items()):
                return event
        return None

    async def until(self, kind: str, within: float, **what: Any) -> Event | None:
        """Waits for it, also if it was told already; None after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while (event := self.first(kind, **what)) is None:
                    self._news.clear()
                    await self._news.wait()
                return event
        except TimeoutError:
            return None


async def until(met: Callable[[], bool], within: float) -> bool:
    """Waits until a condition that no event tells is met."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not met():
        if loop.time() >= end:
            return False
        await asyncio.sleep(0.1)
    return True
