"""Who may come in, rings that are one call, lines that do not work."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from drivers.binding.events import Kind
from firmware.dialplan.firewall import Firewall, Often
from firmware.guard.section import Callers
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes

Play = Callable[..., None]


def callers(town: Town, how: str = "busy", **rules: Any) -> None:
    wanted = Callers(firewall=Firewall(refused=how, **rules))  # type: ignore[arg-type]
    town.box.setup.change(Callers, lambda _: wanted, who="test")


def test_the_blacklisted_hear_busy_tone(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, blacklist=("138*",))
        wang = town.caller(line=1)
        assert await wang.dials()
        await wang.line.handset.until(Kind.TONE, "busy", within=10)
        ended = await town.until("call.ended", within=30)
        assert (ended.data["result"], ended.data["cue"]) == ("refused", "firewall")
        screened = await town.until("call.screened")
        assert screened.data["why"][0]["id"] == "blacklisted"
        await wang.hangs_up()
        assert not town.told("call.prompt")

    play(story)


def test_left_ringing_costs_the_caller_nothing(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, "ring", anonymous="refuse")
        wang = town.caller(line=1, number="", withheld="private", patience_s=20)
        assert not await wang.dials()
        ended = await town.until("call.ended", within=30)
        assert (ended.data["result"], ended.data["cue"]) == ("refused", "rang_out")
        assert not town.told("line.seized")

    play(story)


def test_too_often(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, "busy", often=Often(most=1, within_s=3600))
        wang = town.caller(line=1)
        await comes(town, wang)
        await wang.hangs_up()
        await town.until("call.ended")
        await asyncio.sleep(3)
        again = town.caller(line=2)
        assert await again.dials()
        await again.line.handset.until(Kind.TONE, "busy", within=10)
        await again.hangs_up()
        assert (await town.until("call.screened")).data["why"][0]["id"] == "too_often"

    play(story)


@pytest.mark.parametrize(("number", "after_s", "twin"), [("13800138000", 8, True), ("13900139000", 8, False)])
def test_a_second_ring_of_one_call(play: Play, number: str, after_s: float, twin: bool) -> None:
    async def story(town: Town) -> None:
        wang, ghost = town.caller(line=1, patience_s=7), town.caller(line=2, number=number)
        first = asyncio.create_task(comes(town, wang))
        await asyncio.sleep(after_s)
        assert await ghost.dials()
        await town.until("call.caller", line=2)
        await asyncio.sleep(0.1)
        twins = town.told("call.twin", line=2)
        assert bool(twins) is twin
        call = await first
        assert not twins or twins[0].data["of"] == call
        await ghost.hangs_up()
        await wang.hangs_up()

    play(story)
