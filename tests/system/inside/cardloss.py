"""The whole box while its lines' card is unplugged in mid-call, and while the driver itself is unloaded and loaded."""

import asyncio
import time
from pathlib import Path
from typing import Any

from drivers.binding.dahdicard import DahdiLoop
from drivers.binding.engine import Engine
from firmware.box import Box, Wiring
from firmware.config import load_board
from firmware.training.world import World
from tests.system.inside.bench import loop_cards, lost, report, running
from tests.system.inside.hangups import BOARD, FLASH_MAX_MS, LINE, STATION, Hall
from tests.system.inside.spanwork import device, give, load, take, unload

DATA = Path("/tmp/cardloss")
INSIDE = ("802", "803")  # talk to each other all the while
REOPENED_S = 20.0  # the box has looked for it by then: it does at least every 8 s


class Loss:
    """The box, its lamps, and what is seen of them."""

    def __init__(self, card: DahdiLoop, box: Box, hall: Hall) -> None:
        self.card, self.box, self.hall = card, box, hall

    def lamps(self, kind: str) -> list[str]:
        """The states of all lines or stations."""
        return sorted({lamp.state for lamp in self.box.live.snapshot(time.time()).lamps if lamp.kind == kind})

    def alarms(self) -> int:
        """How many say that a card is gone."""
        return sum(one.name.endswith("_no_card") for one in self.box.live.snapshot(time.time()).alarms)

    @staticmethod
    def counted(engine: Engine) -> list[int]:
        """Ports lost and come back so far."""
        counters = engine.counters()
        return [counters["ports_lost"], counters["ports_back"]]

    async def healed(self, engine: Engine) -> None:
        """All ports that were lost have come back."""
        async with asyncio.timeout(REOPENED_S):
            while self.counted(engine)[1] < self.counted(engine)[0]:  # noqa: ASYNC110 - a counter tells nobody
                await asyncio.sleep(0.1)

    async def box_healed(self) -> None:
        """The box's are back, and the driver hears rings again."""
        await self.healed(self.card.box)
        await asyncio.sleep(2.5)

    async def inside_call(self) -> str:
        """Two agents call each other."""
        one, other = (self.hall.world.telephones[number] for number in INSIDE)
        await one.pick_up()
        await asyncio.sleep(1)
        await one.dial(INSIDE[1])
        await other.rings()
        await other.pick_up()
        event = await self.hall.next("call.connected")
        return str(event.call)

    async def one_span(self) -> dict[str, Any]:
        """The lines' card goes; the call between two stations goes on."""
        inside = await self.inside_call()
        caller = await self.hall.call()
        outside = (await self.hall.next("call.connected")).call
        span, begin = device(1), time.time()
        await take(span)
        ended = await self.hall.next("call.ended")
        found = {
            "ms": round((ended.at - begin) * 1000), "side": ended.data["side"], "cue": ended.data["cue"],
            "right_one": ended.call == outside, "lines": self.lamps("line"), "alarms": self.alarms(),
        }  # fmt: skip
        await self.hall.world.telephones[STATION].hang_up()
        await asyncio.sleep(4)
        found |= {"inside_goes_on": inside in [call.id for call in self.box.live.snapshot(time.time()).calls]}
        found |= {"lines_later": self.lamps("line"), "free": self.box.lines[LINE].free}
        begin = time.time()
        await give(span, 1, 1)
        await caller.hangs_up()
        await self.box_healed()
        found |= {
            "healed_lines": self.lamps("line"),
            "healed_alarms": self.alarms(),
            "counted": self.counted(self.card.box),
        }
        for number in INSIDE:
            await self.hall.world.telephones[number].hang_up()
        await asyncio.sleep(3)
        return found | {"calls_again": (await self.hall.by_agent())["told_as"]}

    async def whole_driver(self) -> dict[str, Any]:
        """The driver is unloaded in mid-call and loaded again."""
        caller = await self.hall.call()
        for channel in (1, 9, 17, 25):
            await take(device(channel))
        ended = await self.hall.next("call.ended")
        await asyncio.sleep(3)  # by now nothing is open any more
        found: dict[str, Any] = {"cue": ended.data["cue"], "lamps": [self.lamps("line"), self.lamps("station")]}
        found["unload"] = await asyncio.to_thread(unload)
        await asyncio.sleep(2)
        await asyncio.to_thread(load)
        await self.healed(self.card.far)
        await self.box_healed()
        await caller.hangs_up()
        await self.hall.world.telephones[STATION].hang_up()
        await asyncio.sleep(6)
        found |= {
            "healed": [self.lamps("line"), self.lamps("station")],
            "alarms": self.alarms(),
            "counted": self.counted(self.card.box),
        }
        return found | {"calls_again": (await self.hall.by_agent())["told_as"]}


async def program(found: dict[str, Any]) -> None:
    card = loop_cards(FLASH_MAX_MS)
    board = load_board(BOARD)
    box = Box(Wiring(card.box, board, BOARD, card.box.plan, "zh", DATA, time.time, real_time=True, ring_s=60))
    hall = Hall(box, World(card.far, board))
    loss = Loss(card, box, hall)
    await box.start()
    try:
        # Two media threads: only the first card of one looks for itself.
        with running(card.box), running(card.far):
            await asyncio.sleep(3)
            try:
                found["one_span"] = await loss.one_span()
                found["whole_driver"] = await loss.whole_driver()
            finally:
                found["box"] = lost(card.box)
                await hall.world.close()
                await box.stop("the test is over")
    finally:
        card.close()


if __name__ == "__main__":
    report("cardloss", program)
