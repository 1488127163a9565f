"""The town around the box: callers and agents with names, in virtual time.

`play(story)` runs a story, a coroutine function of one Town, and afterwards sees to it that nothing was left behind.
"""

import asyncio
import contextlib
import tomllib
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from drivers.binding.simcard import SimCard
from firmware.acd.model import Queues
from firmware.acd.takeover import queues_of
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.clock import TickClock, run_stepped
from firmware.config import load_board, load_country
from firmware.config.board import Sound
from firmware.lines import Line
from firmware.prompts import Prompts
from firmware.recording.modes import Mode
from firmware.setup.store import Setup
from firmware.sound.sockets import headsets, inlets
from firmware.stations import Station
from firmware.store.models import CallRecord
from firmware.training.caller import Caller
from firmware.training.exchange import Release
from firmware.training.telephone import Telephone
from firmware.training.world import World

BEGIN = 1_767_600_000.0  # 2026-01-05 08:00 UTC
LOST = ("events_lost", "play_starved", "record_lost", "surprises", "card_errors", "commands_refused", "orders_refused",
        "handler_errors")  # fmt: skip


class Town:
    """Wang and the others call in; Li and the others sit at the stations."""

    def __init__(self, card: SimCard, box: Box, world: World, prompts: Prompts, data: Path) -> None:
        self.card, self.box, self.world, self.prompts, self.data = card, box, world, prompts, data
        self.events: list[Event] = []
        self.allowed: set[str] = set()  # counters that the story means to raise
        self.miscounted: list[Event] = []  # after which a queue's callers did not add up
        self._news = asyncio.Event()
        box.bus.subscribe(self._heard)

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        if any(self.box.hall.missing(queue) for queue in self.box.hall.tallies):
            self.miscounted.append(event)
        self._news.set()

    def caller(self, line: int, number: str = "13800138000", name: str = "", **how: Any) -> Caller:
        return Caller(self.world.lines[line], number, name, **how)

    def agent(self, station: str) -> Telephone:
        return self.world.telephones[station]

    async def until(self, kind: str, within: float = 60.0, **what: Any) -> Event:
        """Waits for an event of the box; one that was told already counts."""
        seen = 0
        async with asyncio.timeout(within):
            while True:
                for event in self.events[seen:]:
                    if event.kind == kind and all(_value(event, key) == value for key, value in what.items()):
                        return event
                seen = len(self.events)
                await self._next()

    async def _next(self, within: float | None = None) -> None:
        """Waits for any event of the box, or so long."""
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), within)

    def told(self, kind: str, **what: Any) -> list[Event]:
        return [
            e for e in self.events if e.kind == kind and all(_value(e, key) == value for key, value in what.items())
        ]

    async def quiet(self) -> None:
        """Every port is idle; TimeoutError if that never comes."""
        ports: list[Line | Station] = [*self.box.lines.values(), *self.box.stations.values()]
        async with asyncio.timeout(60):
            while len(self.box.calls) or not all(port.free for port in ports):
                await self._next(within=0.1)
        await asyncio.sleep(0.01)  # what the last events set off has been done

    async def record(self, call: str | None = None) -> CallRecord:
        """What the store keeps of a call, by default the first."""
        await self.box.writer.flushed()
        record = self.box.records.get(call or self.told("call.started")[0].call or "")
        assert record is not None
        return record


def _value(event: Event, key: str) -> Any:
    return getattr(event, key) if key in ("line", "station", "call") else event.data.get(key)


class Witness:
    """Counts a queue's callers by the events alone: what the box says it did, against what it says it counts."""

    def __init__(self, events: list[Event]) -> None:
        self.inside: set[str] = set()
        self.counted = {"entered": 0, "served": 0, "abandoned": 0, "overflowed": 0}
        for event in events:
            if event.kind == "call.queued":
                self.counted["entered"] += 1
                self.inside.add(event.call or "")
            elif event.kind == "owed.closed":  # who was to be called back is owed nothing any more
                withdrawn = {call for call in self.inside if call.startswith(f"{event.data['id']}-back")}
                self.counted["overflowed"] += len(withdrawn)
                self.inside -= withdrawn
            elif event.call in self.inside and (fate := _fate(event)) is not None:
                self.counted[fate] += 1
                self.inside.remove(event.call)


def _fate(event: Event) -> str | None:
    match event.kind:
        case "call.offer_ended" if event.data["result"] == "answered":
            return "served"
        case "call.moved":
            return "served" if event.data["to"]["kind"] == "joined" else "overflowed"
        case "call.left_queue":
            return "overflowed"
        case "call.ended":
            return "abandoned"
    return None


Story = Callable[[Town], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    runs = count()

    def play(
        story: Story, *, country: str = "cn", ring_s: float = 20.0, release: Release = "busy", recording: Mode = "talk",
        queues: str | None = None, exchange: str | None = None, fresh: bool = False, sound: Sound | None = None,
    ) -> None:  # fmt: skip
        data = tmp_path / f"run{next(runs)}" if fresh else tmp_path
        data.mkdir(exist_ok=True)
        if queues is not None:
            section = queues_of(tomllib.loads(queues))
            Setup(data).change(Queues, lambda _: section, who="wang")
        board, plan = load_board("sim-8x8").model_copy(update={"sound": sound}), load_country(country)
        far_plan = None if exchange is None else load_country(exchange)  # the box is set to another country
        card = SimCard(
            board.port_specs, board.wires, plan, far_plan=far_plan, record_sync_ms=0, inlets=inlets(board),
            headsets=headsets(board),
        )  # fmt: skip

        async def whole() -> None:
            language = "zh" if country == "cn" else "en"
            clock = TickClock(card.box, BEGIN)
            box = Box(Wiring(card.box, board, "sim-8x8", plan, language, data, clock, False, ring_s, recording))
            world = World(card.far, board, release=release)
            town = Town(card, box, world, Prompts(language), data)
            free = len(card.box.players_free), len(card.box.recorders_free)
            await box.start()
            try:
                await story(town)
                await town.quiet()
                assert (len(card.box.players_free), len(card.box.recorders_free)) == free
                assert not town.miscounted, "callers in were not served + abandoned + overflowed + inside"
                witness, tallies = Witness(town.events), box.hall.tallies.values()
                assert witness.counted == {name: sum(getattr(one, name) for one in tallies) for name in witness.counted}
                assert {call.partition("-back")[1] for call in witness.inside} <= {"-back"}, (
                    "only callbacks may wait on"
                )
                for engine in (card.box, card.far):
                    lost = {name: engine.counters()[name] for name in LOST if name not in town.allowed}
                    assert not any(lost.values()), lost
            finally:
                await world.close()
                await box.stop("the story is over")
            assert {task.get_name() for task in asyncio.all_tasks()} == {asyncio.current_task().get_name()}  # type: ignore[union-attr]

        try:
            run_stepped(whole(), [card.box, card.far])
        finally:
            card.close()

    return play
