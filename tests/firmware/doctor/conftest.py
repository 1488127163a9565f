"""A box whose lines have what the test plants: noise, hum, a bad hybrid, another country's exchange."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.binding.plan import Plan
from drivers.binding.simcard import SimCard
from firmware.api.doctor import Examine, Look, OneReport
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.clock import TickClock, run_stepped
from firmware.config import load_board, load_country
from firmware.training.world import World

BEGIN = 1_767_600_000.0
LOST = ("events_lost", "play_starved", "record_lost", "surprises", "card_errors", "commands_refused", "orders_refused",
        "handler_errors", "tap_lost")  # fmt: skip


@dataclass
class Practice:
    card: SimCard
    box: Box
    world: World
    events: list[Event]
    data: Path

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    async def holds(self, what: Callable[[], bool], within: float = 120.0) -> None:
        """Looks every 10 ms of virtual time."""
        async with asyncio.timeout(within):
            while not what():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until(self, kind: str, within: float = 120.0, times: int = 1) -> Event:
        await self.holds(lambda: len(self.told(kind)) >= times, within)
        return self.told(kind)[-1]

    async def examined(self, line: int, *, quick: bool = False) -> dict[str, Any]:
        """The report of an examination from beginning to end."""
        before = len(self.told("doctor.done"))
        name = (await self.box.doctor.examine(Examine(line=line, quick=quick, who="test")))["id"]
        await self.until("doctor.done", times=before + 1)
        return await self.box.doctor.report(OneReport(id=name))

    async def look(self, line: int, after: int = 0) -> dict[str, Any]:
        return await self.box.doctor.look(Look(line=line, after=after))


Story = Callable[[Practice], Awaitable[None]]
Practise = Callable[..., None]


@pytest.fixture
def practise(tmp_path: Path) -> Practise:
    """Runs a story. `wires`: by line number, what its wire is like; `exchange`: the plan of the other end."""

    def practise(
        story: Story,
        *,
        country: str = "cn",
        wires: dict[int, dict[str, Any]] | None = None,
        exchange: Plan | None = None,
    ) -> None:
        board, plan = load_board("sim-8x8"), load_country(country)
        planted = [
            wire.model_copy(update=(wires or {}).get(index + 1, {})) for index, wire in enumerate(board.wires)
        ]  # fmt: skip
        card = SimCard(board.port_specs, planted, plan, far_plan=exchange, record_sync_ms=0)

        async def whole() -> None:
            clock = TickClock(card.box, BEGIN)
            box = Box(Wiring(card.box, board, "sim-8x8", plan, "en", tmp_path, clock, False))
            world = World(card.far, board)
            events: list[Event] = []
            box.bus.subscribe(events.append)
            free = len(card.box.players_free), len(card.box.recorders_free), len(card.box.taps_free)
            await box.start()
            try:
                await story(Practice(card, box, world, events, tmp_path))
                lost = {name: card.box.counters()[name] for name in LOST}
                assert not any(lost.values()), lost
                assert all(line.free for line in box.lines.values())
            finally:
                await world.close()
                await box.stop("the story is over")
            assert (len(card.box.players_free), len(card.box.recorders_free), len(card.box.taps_free)) == free

        try:
            run_stepped(whole(), [card.box, card.far])
        finally:
            card.close()

    return practise
