"""Whole calls from outside, told as they happen."""

import asyncio
import wave
from collections.abc import Callable

import pytest

from drivers.binding.events import Kind
from firmware.config import countries, load_country
from firmware.training.caller import Caller
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town

Play = Callable[..., None]


def test_wang_calls_and_talks_with_li(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=3, name="WANG"), town.agent("801")

        assert await wang.dials()
        await town.until("call.prompt", prompt="greeting")
        await asyncio.sleep(2.5)
        await wang.presses("1")
        await town.until("call.prompt_end", prompt="greeting", cut=True)
        await town.until("call.queued", queue="sales", position=1)

        await li.rings()
        shown = await li.shows(within=6)
        assert shown is not None and (shown.ok, shown.number, shown.name) == (True, "13800138000", "WANG")
        await li.pick_up()
        await town.until("call.connected", station="801")
        await asyncio.gather(
            wang.speaks(town.prompts.path("caller_speech")), li.handset.speak(town.prompts.path("agent_speech"))
        )

        gone = asyncio.create_task(li.other_party_gone(within=10))
        await wang.hangs_up()
        await wang.hears_hang_up()
        await gone
        await town.until("line.idle", line=3)
        await li.hang_up()
        await town.quiet()

        record = await town.record()
        assert (record.line, record.station, record.number, record.name) == (3, "801", "13800138000", "WANG")
        assert (record.result, record.end_side, record.end_cue) == ("answered", "caller", "tone")
        assert record.recording is not None and record.recording_error is None
        with wave.open(str(town.data / record.recording), "rb") as file:
            assert file.getnchannels() == 2
            assert file.getnframes() / 8 == record.recording_ms

    play(story)


def test_nothing_is_said_while_the_card_trains_its_canceller(play: Play) -> None:
    """tests/system trains the real one, and measures that the prompt's begin is heard."""

    async def story(town: Town) -> None:
        town.box.lines[1].deaf_s = 0.43
        wang = town.caller(line=1)
        await wang.dials()
        seized = await town.until("line.seized")
        begun = await town.until("call.prompt", prompt="greeting")
        assert 430 <= round(1000 * (begun.at - seized.at)) < 500
        await wang.hangs_up()
        await town.quiet()

    play(story)


def test_events_of_a_call_in_their_order(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        await wang.dials()
        await asyncio.sleep(3)
        await wang.presses("1")
        await li.rings()
        await asyncio.sleep(3)
        await li.pick_up()
        await town.until("call.connected")
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        kinds = [event.kind for event in town.events if not event.kind.startswith(("box", "station", "line"))]
        assert kinds == [
            "call.started", "call.caller", "call.answered", "call.flow", "call.prompt", "call.prompt_end",
            "call.flow_step", "call.flow_step", "call.queued", "call.prompt", "call.offered", "call.digit",
            "call.offer_ended", "call.prompt_end", "call.recording", "call.connected", "call.recorded", "call.ended",
        ]  # fmt: skip
        assert len({event.call for event in town.events if event.kind.startswith("call.")}) == 1

    play(story)


def test_wang_gives_up_while_it_rings(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=2, patience_s=1.2)
        assert not await wang.dials()
        await wang.hangs_up()
        ended = await town.until("call.ended")
        assert ended.data == {"side": "caller", "cue": "rang_out", "result": "abandoned"}
        assert not town.told("line.seized")
        await town.quiet()
        assert (await town.record()).result == "abandoned"

    play(story)


def test_wang_hangs_up_during_the_greeting(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=2)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.hangs_up()
        prompt = await town.until("call.prompt_end", prompt="greeting")
        assert prompt.data["cut"]
        ended = await town.until("call.ended")
        assert ended.data == {"side": "caller", "cue": "tone", "result": "abandoned"}

    play(story)


def test_wang_hangs_up_while_li_is_rung(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=2), town.agent("801")
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        await li.rings()
        await wang.hangs_up()
        await town.until("call.offer_ended", result="caller_gone")
        ended = await town.until("call.ended")
        assert ended.data["result"] == "abandoned"
        await town.quiet()
        assert not li.offhook
        record = await town.record()
        assert record.recording is None and record.queued is not None

    play(story)


def test_wang_hangs_up_while_all_agents_talk(play: Play) -> None:
    async def story(town: Town) -> None:
        for station in town.world.telephones.values():
            await station.pick_up()
        wang = town.caller(line=8)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        await town.until("call.queued")
        await asyncio.sleep(20)
        assert not town.told("call.offered")
        await wang.hangs_up()
        assert (await town.until("call.ended")).data["result"] == "abandoned"
        for station in town.world.telephones.values():
            await station.hang_up()

    play(story)


def test_li_hangs_up_first(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=5), town.agent("801")
        await connected(town, wang, li)
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        ended = await town.until("call.ended")
        assert ended.data == {"side": "agent", "cue": "onhook", "result": "answered"}
        await town.quiet()
        assert not town.told("station.tone")

    play(story)


def test_li_does_not_answer_so_zhao_is_rung(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, zhao = town.caller(line=5), town.agent("801"), town.agent("802")
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        await li.rings()
        await town.until("call.offer_ended", station="801", result="no_answer")
        await zhao.rings()
        assert town.told("call.offered")[1].data["why"][1] == {"id": "did_not_answer", "stations": "801"}
        await asyncio.sleep(3)
        await zhao.pick_up()
        await town.until("call.connected", station="802")
        await wang.hangs_up()
        await zhao.other_party_gone(within=10)
        await zhao.hang_up()
        await town.quiet()
        assert (await town.record()).station == "802"

    play(story, ring_s=10.0)


def test_wang_says_nothing_and_comes_to_the_operator(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        await wang.dials()
        await town.until("call.queued", queue="operator", within=120)
        assert [event.data["prompt"] for event in town.told("call.prompt")][:3] == ["greeting", "no_input", "greeting"]
        await wang.hangs_up()
        await town.until("call.ended")

    play(story)


def test_wang_presses_a_wrong_key_then_the_right_one(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("7")
        await town.until("call.prompt", prompt="wrong_input")
        await town.until("call.prompt_end", prompt="wrong_input")
        await asyncio.sleep(2)
        await wang.presses("2")
        await town.until("call.queued", queue="service")
        await wang.hangs_up()
        await town.until("call.ended")

    play(story)


def test_two_calls_at_once(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, chen = town.caller(line=1, number="13800138000"), town.caller(line=2, number="13900139000")
        li, zhao = town.agent("801"), town.agent("802")
        await asyncio.gather(wang.dials(), chen.dials())
        await asyncio.sleep(2)
        await asyncio.gather(wang.presses("1"), chen.presses("1"))
        await asyncio.gather(li.rings(), zhao.rings())
        shown = [await li.shows(within=6), await zhao.shows(within=6)]
        assert {one.number for one in shown if one is not None} == {"13800138000", "13900139000"}
        await asyncio.gather(li.pick_up(), zhao.pick_up())
        await town.until("call.connected", station="801")
        await town.until("call.connected", station="802")
        await asyncio.sleep(5)
        await wang.hangs_up()
        await chen.hangs_up()
        await asyncio.gather(li.other_party_gone(within=10), zhao.other_party_gone(within=10))
        await asyncio.gather(li.hang_up(), zhao.hang_up())
        await town.quiet()
        records = [await town.record(event.call) for event in town.told("call.started")]
        assert {record.station for record in records} == {"801", "802"}
        assert len({record.recording for record in records}) == 2

    play(story)


def test_zhao_picks_up_as_chen_waits_for_the_only_agent(play: Play) -> None:
    """Two callers, one agent: the first is served first, the second when the agent is free again."""

    async def story(town: Town) -> None:
        for number, telephone in town.world.telephones.items():
            if number != "801":
                await telephone.pick_up()
        wang, chen, li = town.caller(line=1), town.caller(line=2, number="13900139000"), town.agent("801")
        for caller in (wang, chen):
            await caller.dials()
            await asyncio.sleep(2)
            await caller.presses("1")
        await town.until("call.queued", position=2)
        await li.shows(within=6)
        await li.pick_up()
        await town.until("call.connected", line=1)
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        assert not town.told("call.offered", line=2)
        await li.hang_up()
        await town.until("call.offered", line=2, station="801")
        await chen.hangs_up()
        await town.until("call.ended", line=2)
        for telephone in town.world.telephones.values():
            await telephone.hang_up()

    play(story)


@pytest.mark.parametrize(
    ("release", "cue"), [("loop_drop", "loop_drop"), ("congestion", "tone"), ("busy", "tone"), ("dial", "tone")]
)
def test_how_the_box_learns_that_wang_has_gone(play: Play, release: str, cue: str) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        await wang.hangs_up()
        assert (await town.until("line.far_end_gone")).data["cue"] == cue
        await li.other_party_gone(within=10)
        await li.hang_up()
        await town.quiet()
        assert (await town.record()).end_cue == cue

    play(story, release=release)


def test_an_exchange_that_tells_nothing(play: Play) -> None:
    """The agent notices the silence and hangs up: the line is free again."""

    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        await wang.hangs_up()
        await asyncio.sleep(30)
        assert not town.told("line.far_end_gone")
        await li.hang_up()
        await town.until("line.idle")

    play(story, release="silence")


def test_polarity_that_turns_at_the_answer_means_nothing(play: Play) -> None:
    async def story(town: Town) -> None:
        town.world.lines[4].reverse_on_answer = True
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        await wang.hangs_up()
        assert (await town.until("line.far_end_gone")).data["cue"] == "tone"
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story)


def test_li_picks_up_without_a_call(play: Play) -> None:
    """Dial tone, then busy tone, then the howler; a call that comes meanwhile is not offered here."""

    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.pick_up()
        assert (await li.handset.until(Kind.TONE, within=5)).word == "dial"
        assert (await li.handset.until(Kind.TONE, within=40)).word == "busy"
        wang = town.caller(line=1)
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        assert (await town.until("call.offered")).station == "802"
        await wang.hangs_up()
        await town.until("call.ended")
        await asyncio.sleep(120)
        await li.hang_up()
        await town.until("station.idle", station="801")

    play(story)


def test_chen_calls_in_the_moment_after_wang(play: Play) -> None:
    """The line rings again while the box still guards it: the next call is its own."""

    async def story(town: Town) -> None:
        wang, chen = town.caller(line=4), town.caller(line=4, number="13900139000")
        await wang.dials()
        await asyncio.sleep(2)
        await wang.hangs_up()
        await wang.hears_hang_up()
        assert await chen.dials()
        await asyncio.sleep(2)
        await chen.hangs_up()
        await town.until("call.ended", call=town.told("call.started")[1].call)
        assert [event.data["number"] for event in town.told("call.caller")] == ["13800138000", "13900139000"]

    play(story)


@pytest.mark.parametrize("country", ["cn", "us", "hk"])
def test_chen_is_put_through_as_wang_gives_up(play: Play, country: str) -> None:
    """Wang gives up with the first burst, Chen's begins 130 ms later: two calls, each with its own number."""

    async def story(town: Town) -> None:
        line, first = town.world.lines[4], load_country(country).ring[0] / 1000
        line.port.ring("110")
        await asyncio.sleep(first)
        line.port.stop_ring()
        await asyncio.sleep(0.13)
        chen = town.caller(line=4, number="13900139000")
        assert await chen.dials()
        await asyncio.sleep(2)
        await chen.hangs_up()
        calls = [event.call for event in town.told("call.started")]
        assert len(calls) == 2
        await town.until("call.ended", call=calls[1])
        assert town.told("line.rang_out", line=4)[0].data["bursts"] == 1
        assert town.told("line.callerid")[-1].data["number"] == "13900139000"
        assert [(await town.record(call)).number for call in calls] == [None, "13900139000"]

    play(story, country=country)


def test_withheld_number(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=4, number="", withheld="private"), town.agent("801")
        await connected(town, wang, li)
        caller = town.told("call.caller")[0]
        assert caller.data == {"number": "", "name": "", "withheld": "private"}
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_no_caller_id_is_answered_at_the_second_ring(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=4, number="")
        await wang.dials()
        second = await town.until("line.ring", burst=2)
        assert (await town.until("line.seized")).at - second.at < 0.1
        await wang.hangs_up()
        await town.until("call.ended")

    play(story)


@pytest.mark.parametrize("country", countries())
def test_every_country(play: Play, country: str) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=3), town.agent("801")
        await connected(town, wang, li)
        if load_country(country).caller_id.comes:
            assert town.told("line.callerid", ok=True, number="13800138000")
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story, country=country)


async def connected(town: Town, caller: Caller, agent: Telephone) -> None:
    """The usual way from dialling to talking."""
    assert await caller.dials()
    await asyncio.sleep(2)
    await caller.presses("1")
    await agent.rings()
    await asyncio.sleep(3)
    await agent.pick_up()
    await town.until("call.connected", call=town.told("call.started", line=line_of(town, caller))[-1].call)


def line_of(town: Town, caller: Caller) -> int:
    return next(number for number, line in town.world.lines.items() if line is caller.line)
