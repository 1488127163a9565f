"""Calls through the whole box that end in each way, how long it takes until the line is released; and how long one of
which no number is told rings."""

import asyncio
import time
from pathlib import Path
from typing import Any

from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.config import load_board, load_country
from firmware.training.caller import Caller
from firmware.training.exchange import TONE_AFTER_S, Release
from firmware.training.world import World
from tests.system.inside.bench import loop_cards, lost, report, running

BOARD = "dahdi-loop"
DATA = Path("/tmp/hangups")
FLASH_MAX_MS = 300  # where the R key is short, an on-hook is known sooner
LINE, STATION = 1, "801"
RELEASES: tuple[Release, ...] = ("busy", "congestion", "dial", "loop_drop")


class Hall:
    """A box with its world, and its events."""

    def __init__(self, box: Box, world: World) -> None:
        self.world = world
        self._events: list[Event] = []
        self._news = asyncio.Event()
        box.bus.subscribe(self._told)

    def _told(self, event: Event) -> None:
        self._events.append(event)
        self._news.set()

    async def next(self, kind: str, within: float = 30.0) -> Event:
        """The first event of the kind since the last `forget`."""
        async with asyncio.timeout(within):
            while True:
                for event in self._events:
                    if event.kind == kind:
                        return event
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        """What came until now."""
        self._events.clear()

    async def call(self) -> Caller:
        """An outside caller in talk with the agent."""
        self.forget()
        caller = Caller(self.world.lines[LINE], "13800138000")
        assert await caller.dials()
        await asyncio.sleep(1)
        await caller.presses("1")
        telephone = self.world.telephones[STATION]
        await telephone.rings()
        await asyncio.sleep(1)
        await telephone.pick_up()
        await self.next("call.connected")
        await asyncio.sleep(3)
        return caller

    async def by_caller(self, release: Release) -> dict[str, Any]:
        """The exchange tells of the caller's end as `release` says."""
        self.world.lines[LINE].release = release
        caller = await self.call()
        begin = time.time() + TONE_AFTER_S
        await caller.hangs_up()
        cue = await self.next("line.far_end_gone")
        free = await self.next("line.released")
        await self.world.telephones[STATION].hang_up()
        return await self._over({"tone": cue.data.get("tone"), "ms": round((free.at - begin) * 1000)})

    async def by_agent(self) -> dict[str, Any]:
        """The agent puts the handset down."""
        caller = await self.call()
        begin = time.time()
        await self.world.telephones[STATION].hang_up()
        free = await self.next("line.released")
        await caller.hears_hang_up()
        await caller.hangs_up()
        return await self._over({"ms": round((free.at - begin) * 1000)})

    async def without_number(self) -> dict[str, Any]:
        """A call of which the exchange tells no number: from the ring's begin until the box answers."""
        self.forget()
        caller = Caller(self.world.lines[LINE], "")
        assert await caller.dials()
        ring, answered = await self.next("line.ring"), await self.next("line.seized")
        await caller.hangs_up()
        return await self._over({"ring_to_answer_ms": round((answered.at - ring.at) * 1000)})

    async def _over(self, found: dict[str, Any]) -> dict[str, Any]:
        ended = await self.next("call.ended")
        await self.next("line.idle")
        await asyncio.sleep(3)
        return found | {"side": ended.data.get("side"), "told_as": ended.data.get("cue")}


async def program(found: dict[str, Any]) -> None:
    card = loop_cards(FLASH_MAX_MS)
    plan, board = card.box.plan, load_board(BOARD)
    box = Box(Wiring(card.box, board, BOARD, plan, "zh", DATA, time.time, real_time=True, ring_s=60))
    hall = Hall(box, World(card.far, board))
    await box.start()
    try:
        with running(card.box, card.far):
            await asyncio.sleep(3)
            try:
                found["agent"] = await hall.by_agent()
                for release in RELEASES:
                    found[release] = await hall.by_caller(release)
                found["without_number"] = await hall.without_number()
                found["flash_max_ms"] = plan.timers["flash_max"]
                found["busy_ms"] = [step.ms for step in load_country("cn").tones["busy"].steps]
            finally:
                found["box"], found["far"] = lost(card.box), lost(card.far)
                await hall.world.close()
                await box.stop("the test is over")
    finally:
        card.close()


if __name__ == "__main__":
    report("hangups", program)
