"""What is said in a queue: place and wait, who serves, where the caller comes from; and who cuts it short."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, members, parted, queues, talks

Play = Callable[..., None]


def test_the_estimate_comes_from_measured_calls(play: Play) -> None:
    """First the queue's assumption, then what the calls took."""

    async def story(town: Town) -> None:
        li = town.agent("801")
        callers = [town.caller(line=line, number=f"1380013800{line}") for line in range(1, 8)]
        calls = [await comes(town, caller) for caller in callers[:6]]
        assert [event.data["expected_s"] for event in town.told("call.queued")[:3]] == [0.0, 1800.0, 3600.0]
        for caller, call in zip(callers, calls, strict=False):
            await talks(town, li, call)
            await asyncio.sleep(10)
            await parted(li, caller)
        await li.pick_up()
        await comes(town, callers[6])
        expected = town.told("call.queued")[-1].data["expected_s"]
        assert 10 < expected < 25
        await callers[6].hangs_up()
        await li.hang_up()

    play(story, queues=queues(handling_s="1800", members=members("801")))


def said(town: Town, call: str, first: str) -> list[Any]:
    """When prompts that begin with this one were played to the caller."""
    return [event for event in town.told("call.prompt", call=call) if event.data["prompt"].split()[0] == first]


def test_wang_hears_his_position_and_the_wait(play: Play) -> None:
    """Between the music, which goes on afterwards; the queue's message, too."""

    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.pick_up()
        wang, chen = town.caller(line=1), town.caller(line=2, number="13900139000")
        first, second = await comes(town, wang), await comes(town, chen)
        queued = town.told("call.queued")[-1].at
        await asyncio.sleep(70)
        announced = said(town, second, "queue_position")
        assert announced[0].data["prompt"] == "queue_position ordinal digit_2 place queue_wait digit_6 minutes"
        assert [round(event.at - queued) for event in announced] == [15, 60]
        assert [round(event.at - queued) for event in said(town, second, "agents_busy")] == [40]
        await asyncio.sleep(3)
        level, _ = chen.line.port.level()
        assert -35 < level < -5  # music again
        await wang.hangs_up()
        await town.until("call.ended", call=first)
        await asyncio.sleep(45)
        assert (
            said(town, second, "queue_position")[-1].data["prompt"].startswith("queue_position ordinal digit_1 place")
        )
        await chen.hangs_up()
        await li.hang_up()

    announce = '{ message = "agents_busy", message_every_s = 40 }'
    play(story, queues=queues(members=members("801"), handling_s="180", announce=announce))


def test_the_agent_cuts_the_announcement_at_once(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        await li.pick_up()
        call = await comes(town, wang)
        await asyncio.sleep(10)
        await li.hang_up()
        await li.rings()
        prompt = "queue_position ordinal digit_1 place"
        await town.until("call.prompt", call=call, prompt=prompt)
        await asyncio.sleep(0.5)
        await li.pick_up()
        lifted = await town.until("station.offhook", call=call, station="801")
        ended = await town.until("call.prompt_end", call=call, cut=True, prompt=prompt)
        assert ended.at - lifted.at <= 0.01
        await town.until("call.connected", call=call)
        await parted(li, wang)

    play(story, queues=queues(members=members("801"), announce="{ first_s = 14 }"))


def test_wang_hears_who_serves_him_and_li_where_he_comes_from(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        await li.rings()
        await li.pick_up()
        lifted = await town.until("station.offhook", station="801", call=call)
        await asyncio.sleep(1)
        level, _ = li.port.level()
        assert level > -35  # the prompt for him
        connected = await town.until("call.connected", call=call)
        served = said(town, call, "agent_serves")[0]
        assert served.data["prompt"] == "agent_serves digit_8 digit_0 digit_1 agent_serves_you"
        assert 1 < connected.at - lifted.at < 8
        await parted(li, wang)

    play(story, queues=queues(members=members("801"), announce_agent="true", whisper='"queue_entry"'))


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_gone_while_the_agent_is_announced(play: Play, who: str) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        await li.rings()
        await li.pick_up()
        await town.until("station.offhook", station="801", call=call)
        await asyncio.sleep(0.5)
        if who == "caller":
            await wang.hangs_up()
            await li.other_party_gone(within=10)
            await li.hang_up()
        else:
            await li.hang_up()
            await wang.hears_hang_up()
            await wang.hangs_up()
        await town.until("call.ended", call=call)

    play(story, queues=queues(members=members("801"), announce_agent="true"))
