"""Emergency numbers go out whatever the lines do."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.training.caller import Caller
from tests.journeys.conftest import Town
from tests.journeys.test_outgoing import subscriber

Play = Callable[..., None]


async def _leaves(caller: Caller) -> None:
    await caller.hears_hang_up()
    await caller.hangs_up()


def test_emergency_while_every_line_is_busy(play: Play) -> None:
    async def story(town: Town) -> None:
        subscriber(town, "110", after_s=5.0)
        callers = [town.caller(line, number=f"1380013800{line}") for line in range(1, 9)]
        for caller in callers:
            assert await caller.dials()
            await asyncio.sleep(0.5)
        li = town.agent("801")
        leaving = asyncio.create_task(_leaves(callers[7]))
        await li.dial("110")
        await town.until("call.far_answered", number="110", line=8)
        await leaving
        await li.hang_up()
        for caller in callers[:7]:
            await caller.hangs_up()
        assert town.told("call.ended", cue="emergency")

    play(story)


@pytest.mark.parametrize("screened", [True, False])
def test_emergency_while_every_line_rings(play: Play, screened: bool) -> None:
    """Nobody has answered them yet, or they are left ringing: a ringing line is answered and put down."""

    async def story(town: Town) -> None:
        subscriber(town, "110", after_s=3.0)
        if screened:
            town.box.calls.entry = lambda _: None
        callers = [town.caller(line, number=f"1380013800{line}") for line in range(1, 9)]
        calling = [asyncio.create_task(caller.dials()) for caller in callers]
        li = town.agent("801")
        await town.until("line.ring", line=8)
        await li.dial("110")
        taken = await town.until("call.dialling", number="110")
        caller = next(one for one in callers if one.line is town.world.lines[taken.line or 0])
        leaving = asyncio.create_task(_leaves(caller))
        answered = await town.until("call.far_answered", number="110", within=20)
        assert answered.line == taken.line, "the first that was tried"
        await leaving
        await li.hang_up()
        for one in callers:
            await one.hangs_up()
        for task in calling:
            task.cancel()

    play(story)
