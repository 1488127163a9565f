"""Lines of a box without the box: the exchange at their other ends, a bus, and nothing that answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.binding.plan import Plan
from drivers.binding.simcard import SimCard
from firmware.bus import Bus, Event
from firmware.clock import TickClock, run_stepped
from firmware.config import load_board, load_country
from firmware.lines import Line
from firmware.outbound.answer import Evidence
from firmware.outbound.attempt import Attempt
from firmware.outbound.linedialling import LineDialling
from firmware.prompts import Prompts
from firmware.training.subscribers import Sounds, Subscriber
from firmware.training.world import World

NUMBER = "13900139000"
BEGIN = 1_767_600_000.0  # 2026-01-05 08:00 UTC
LOST = ("events_lost", "surprises", "card_errors", "commands_refused", "orders_refused", "tap_lost")


@dataclass
class Town:
    card: SimCard
    world: World
    bus: Bus
    plan: Plan
    prompts: Prompts
    lines: dict[int, Line]
    clock: TickClock
    events: list[Event] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    rung: list[int] = field(default_factory=list)  # lines on which a call came in

    def attempt(self, digits: str = NUMBER, line: int = 1, ask_who: bool = False, **how: Any) -> Attempt:
        dialling = LineDialling(**how)
        return Attempt(self.lines[line], digits, self.plan, dialling, self.evidence.append, ask_who=ask_who)

    def subscriber(self, number: str = NUMBER, **how: Any) -> Subscriber:
        return self.world.office.subscriber(Subscriber(number, **how))

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def saw(self, what: str) -> bool:
        return any(what in one.what for one in self.evidence)

    async def quiet(self) -> None:
        async with asyncio.timeout(30):
            while not all(line.free for line in self.lines.values()):  # noqa: ASYNC110 - free is no event
                await asyncio.sleep(0.1)


Story = Callable[[Town], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., None]:
    def tell(story: Story, country: str = "cn") -> None:
        board, plan = load_board("sim-8x8"), load_country(country)
        card = SimCard(board.port_specs, board.wires, plan, record_sync_ms=0)

        async def whole() -> None:
            clock = TickClock(card.box, BEGIN)
            bus = Bus(clock)
            world = World(card.far, board)
            prompts = Prompts("zh" if country == "cn" else "en")
            world.office.sounds = Sounds.of(prompts, tmp_path)
            lines = {j.number: Line(j.number, card.box.ports[j.channel], plan, bus) for j in board.lines}
            town = Town(card, world, bus, plan, prompts, lines, clock)
            bus.subscribe(town.events.append)
            for line in lines.values():
                line.on_ringing = lambda line: town.rung.append(line.number)
            free = len(card.box.players_free), len(card.box.taps_free)
            try:
                await story(town)
                await town.quiet()
                assert (len(card.box.players_free), len(card.box.taps_free)) == free
                for engine in (card.box, card.far):
                    lost = {name: engine.counters()[name] for name in LOST}
                    assert not any(lost.values()), lost
            finally:
                await world.close()

        try:
            run_stepped(whole(), [card.box, card.far])
        finally:
            card.close()

    return tell
