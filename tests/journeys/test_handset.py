"""Calls made, held, passed on and joined at a handset. Who hears whom is measured at the telephones, by key tones."""

import asyncio
from collections.abc import Callable

import pytest

from drivers.binding.events import Kind
from firmware.switching.section import Diversion, Telephones
from firmware.training.caller import Caller
from firmware.training.handset import Handset
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, talks

Play = Callable[..., None]


async def hears(ear: Handset, mouth: Handset, key: str) -> bool:
    """Whether a key pressed at one telephone is heard at another."""
    listening = asyncio.ensure_future(ear.until(Kind.DIGIT, key, within=1.5))
    await mouth.press(key)
    try:
        return (await listening).word == key
    except TimeoutError:
        return False


async def hear_each_other(one: Handset, other: Handset) -> bool:
    return await hears(one, other, "5") and await hears(other, one, "6")


async def calls(town: Town, one: Telephone, number: str) -> Telephone:
    """One station dials another, which picks up."""
    other = town.agent(number)
    await one.dial(number)
    await other.rings()
    await other.pick_up()
    await town.until("station.offhook", station=number)
    await asyncio.sleep(0.3)
    return other


async def in_talk(town: Town, agent: str = "801", line: int = 1) -> tuple[Caller, Telephone, str]:
    """Wang called in and talks with an agent."""
    wang, li = town.caller(line=line), town.agent(agent)
    call = await comes(town, wang)
    await talks(town, li, call)
    return wang, li, call


def test_station_calls_station(play: Play) -> None:
    async def story(town: Town) -> None:
        li, zhao = town.agent("801"), town.agent("802")
        await li.dial("802")
        await zhao.rings()
        shown = await zhao.shows(within=8)
        assert shown is not None and shown.number == "801"
        await zhao.pick_up()
        await town.until("call.connected")
        await asyncio.sleep(0.3)
        assert await hear_each_other(li.handset, zhao.handset)
        await li.hang_up()
        await zhao.other_party_gone(within=5)
        await zhao.hang_up()
        await town.until("call.ended")
        record = await town.record()
        assert (record.direction, record.station, record.result, record.end_side, record.end_cue) == (
            "inside", "802", "answered", "caller", "onhook",
        )  # fmt: skip

    play(story)


def test_the_caller_hears_it_ring_and_then_that_nobody_is_there(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.dial("802")
        await li.handset.until(Kind.TONE, "ringback", within=10)
        await li.other_party_gone(within=60)
        await asyncio.sleep(6)
        assert not town.agent("802").ringing
        await li.hang_up()
        ended = await town.until("call.ended")
        assert (ended.data["result"], ended.data["cue"]) == ("no_answer", "onhook")

    play(story)


def test_a_busy_station(play: Play) -> None:
    async def story(town: Town) -> None:
        waits = {"802": Diversion(waiting=False)}
        town.box.setup.change(Telephones, lambda now: now.model_copy(update={"diversions": waits}), who="test")
        li, sun = town.agent("801"), town.agent("803")
        zhao = await calls(town, li, "802")
        await sun.dial("802")
        await sun.other_party_gone(within=10)
        await sun.hang_up()
        assert (await town.until("call.ended")).data["result"] == "busy"
        assert await hear_each_other(li.handset, zhao.handset)
        await zhao.hang_up()
        await li.other_party_gone(within=5)
        await li.hang_up()

    play(story)


@pytest.mark.parametrize("digits", ["7", "*9", "80#", "#"])
def test_a_number_that_does_not_exist(play: Play, digits: str) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.dial(digits)
        await li.handset.until(Kind.TONE, "dial", within=30)  # after the words: again from the beginning
        await li.hang_up()
        assert not town.told("call.started")

    play(story)


def test_dial_tone_ends_in_busy_tone(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.pick_up()
        await li.handset.until(Kind.TONE, "dial", within=5)
        await li.other_party_gone(within=30)
        await li.hang_up()

    play(story)


def test_his_own_number_is_busy(play: Play) -> None:
    """Also with somebody on hold, whom putting down must not join with a telephone that nobody holds."""

    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("801")
        await li.handset.until(Kind.TONE, "busy", within=10)
        await li.hang_up()
        await li.rings()  # the one on hold
        await li.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, wang.line.handset)
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        assert (await town.until("call.ended", result="busy")).call != call

    play(story)


def test_hold_and_retrieve(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash()
        await town.until("call.held", station="801")
        await li.handset.until(Kind.TONE, "dial", within=5)
        assert not await hears(wang.line.handset, li.handset, "5")
        await li.flash()
        await town.until("call.retrieved")
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, wang.line.handset)
        assert len(town.told("call.started")) == 1
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"], ended.data["result"]) == ("agent", "onhook", "answered")

    play(story)


def test_the_one_on_hold_hears_music_and_may_hang_up(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash()
        await town.until("call.held")
        await asyncio.sleep(1)
        level, _ = wang.line.port.level()
        assert -35 < level < -5
        await wang.hangs_up()
        ended = await town.until("call.ended", call=call)
        assert ended.data["side"] == "caller"
        await li.hang_up()

    play(story)


def test_attended_transfer(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("802")
        zhao = town.agent("802")
        await zhao.rings()
        await zhao.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, zhao.handset)
        assert not await hears(wang.line.handset, zhao.handset, "5")
        await li.hang_up()
        connected = await town.until("call.connected", call=call, station="802")
        assert connected.data["by"] == "801"
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        assert town.box.stations["801"].free
        await wang.hangs_up()
        await zhao.other_party_gone(within=10)
        await zhao.hang_up()
        await town.until("call.ended", call=call)
        record = await town.record(call)
        assert (record.station, record.result, record.end_side) == ("802", "answered", "caller")

    play(story)


def test_blind_transfer(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("802")
        zhao = town.agent("802")
        await zhao.rings()
        await li.hang_up()
        await town.until("call.moved", call=call, why="transferred", by="801")
        await asyncio.sleep(1)
        await zhao.rings()
        assert (await zhao.shows(within=8)).number == "13800138000"  # type: ignore[union-attr]
        await zhao.pick_up()
        await town.until("call.connected", call=call, station="802")
        await asyncio.sleep(0.3)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await zhao.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_who_is_left_on_hold_is_brought_back(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash()
        await town.until("call.held")
        await li.hang_up()
        await li.rings()
        await li.pick_up()
        await town.until("call.moved", call=call, why="recalled")
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_to_and_fro_and_all_together(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("802")
        zhao = town.agent("802")
        await zhao.rings()
        await zhao.pick_up()
        await asyncio.sleep(0.5)
        await li.flash("2")
        await town.until("call.retrieved", call=call)
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        assert not await hears(zhao.handset, wang.line.handset, "5")
        await li.flash("3")
        await town.until("call.conference")
        await asyncio.sleep(0.5)
        for one, other in (
            (wang.line.handset, li.handset),
            (wang.line.handset, zhao.handset),
            (li.handset, zhao.handset),
        ):
            assert await hear_each_other(one, other)
        await li.hang_up()  # the others go on
        await asyncio.sleep(1)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await zhao.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_second_party_does_not_answer(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, _ = await in_talk(town)
        await li.flash("802")
        await town.agent("802").rings()
        await li.flash()
        await town.until("call.retrieved")
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await asyncio.sleep(6)
        assert not town.agent("802").ringing
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story)
