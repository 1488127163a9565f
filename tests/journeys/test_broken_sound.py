"""Sounds in broken files: whoever waits hears something all the same, and an alarm says which file it is."""

import asyncio
from collections.abc import Callable

from drivers.binding.events import Kind
from firmware.calls.places import ToVoicemail
from firmware.switching.section import MeetingRoom
from tests.journeys.conftest import Town
from tests.journeys.test_handset import in_talk
from tests.journeys.test_queue import comes
from tests.journeys.test_switching import done, setup

Play = Callable[..., None]


def breaks(town: Town, language: str, name: str) -> None:
    own = town.data / "prompts" / language
    own.mkdir(parents=True, exist_ok=True)
    (own / f"{name}.wav").write_bytes(b"no sound")


def mends(town: Town, language: str, name: str) -> None:
    (town.data / "prompts" / language / f"{name}.wav").unlink()


def test_without_music_a_waiting_caller_hears_it_ring_and_is_told_his_place(play: Play) -> None:
    async def story(town: Town) -> None:
        breaks(town, "any", "music")
        everybody = [town.agent(str(number)) for number in range(801, 809)]
        for agent in everybody:
            await agent.pick_up()
        wang, chen = town.caller(line=1), town.caller(line=2)
        call = await comes(town, wang)
        await wang.line.handset.until(Kind.TONE, "ringback", within=20)
        await town.until("alarm.raised", name="prompt_music")
        for _ in range(2):  # and between the announcements, too
            said = len([one for one in town.told("call.prompt_end", call=call) if "position" in one.data["prompt"]])
            while len([o for o in town.told("call.prompt_end", call=call) if "position" in o.data["prompt"]]) == said:
                await town._next()
            await wang.line.handset.until(Kind.TONE, "ringback", within=20)
        await wang.hangs_up()
        mends(town, "any", "music")
        await comes(town, chen)
        await asyncio.sleep(8)
        await chen.hangs_up()
        await town.until("alarm.cleared", name="prompt_music")
        await done(town, *everybody)

    play(story)


def test_without_music_one_on_hold_hears_it_ring(play: Play) -> None:
    async def story(town: Town) -> None:
        breaks(town, "any", "music")
        wang, li, call = await in_talk(town)
        await li.flash()
        await town.until("call.held", call=call)
        await wang.line.handset.until(Kind.TONE, "ringback", within=10)
        await wang.hangs_up()
        await done(town, li)

    play(story)


def test_one_broken_word_is_named_and_the_alarm_goes_with_it(play: Play) -> None:
    """Of an announcement put together from many files the alarm names the one that is broken."""

    async def story(town: Town) -> None:
        breaks(town, "zh", "queue_position")
        everybody = [town.agent(str(number)) for number in range(801, 809)]
        for agent in everybody:
            await agent.pick_up()
        wang = town.caller(line=1)
        await comes(town, wang)
        await town.until("alarm.raised", name="prompt_queue_position")
        mends(town, "zh", "queue_position")
        await town.until("alarm.cleared", name="prompt_queue_position", within=90)
        await wang.hangs_up()
        await done(town, *everybody)

    play(story)


def test_a_mailbox_whose_greeting_is_broken_still_takes_the_message(play: Play) -> None:
    async def story(town: Town) -> None:
        breaks(town, "zh", "voicemail_greeting")
        town.box.calls.entry = lambda _: ToVoicemail(box="801")
        wang = town.caller(line=1)
        assert await wang.dials()
        call = town.told("call.started")[-1].call or ""
        await town.until("call.prompt_end", call=call, prompt="beep")
        wang.line.handset.speak(town.prompts.path("caller_speech"))
        await asyncio.sleep(5)
        await wang.hangs_up()
        await town.until("voicemail.left", call=call)
        assert town.told("alarm.raised", name="prompt_voicemail_greeting")

    play(story)


def test_a_question_that_cannot_be_asked_is_a_beep(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="1234")])
        breaks(town, "zh", "room_pin")
        li = town.agent("801")
        await li.dial("70")
        await town.until("call.prompt_end", prompt="beep")
        await li.handset.press("1234")
        await town.until("call.room")
        assert town.told("alarm.raised", name="prompt_room_pin")
        await done(town, li)

    play(story)
