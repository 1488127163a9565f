"""Overhead paging: a chime, then whoever dials *45 or asks at the desk is heard at the loudspeaker, one at a time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from firmware.api.messages import Refused
from firmware.api.switching import Announce, AtLoudspeaker, AtStation, SayAloud
from firmware.config.board import Sound
from firmware.sound.paging import Paging
from firmware.sound.sockets import LOUDSPEAKER
from firmware.switching.section import Telephones
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_inhand import eventually

Play = Callable[..., None]
SOUND = Sound(loudspeaker="plughw:9")


class Speaker:
    """A loudspeaker whose thread is imitated: what it plays is kept."""

    def __init__(self, town: Town) -> None:
        self.there = True
        self.played = b""
        self._tap = town.card.box.tap()
        town.card.box.loudspeaker = self

    @property
    def sink(self) -> int:
        return int(self._tap.sink)

    async def runs(self) -> None:
        while True:
            self.played += self._tap.read()
            await asyncio.sleep(0.1)

    def close(self) -> None:
        self._tap.close()

    def loud(self, since: int) -> bool:
        """A voice was heard since so many bytes."""
        return bool(np.abs(np.frombuffer(self.played[since:], np.int16).astype(float)).mean() > 100)


@contextmanager
def hung(town: Town) -> Iterator[Speaker]:
    speaker = Speaker(town)
    task = asyncio.create_task(speaker.runs(), name="the loudspeaker")
    try:
        yield speaker
    finally:
        task.cancel()
        speaker.close()
        town.card.box.loudspeaker = None


async def pages(town: Town, who: Telephone) -> str:
    await who.dial("*45")
    return str((await town.until("call.paging")).call)


def test_dialled(play: Play) -> None:
    """Chime at the loudspeaker and in the ear, then the voice; a second one hears busy tone; over when put down."""

    async def story(town: Town) -> None:
        li, zhao = town.agent("801"), town.agent("802")
        with hung(town) as speaker:
            call = await pages(town, li)
            await asyncio.sleep(1.5)
            assert speaker.loud(0), "the chime"
            chimed = len(speaker.played)
            await asyncio.sleep(1)
            assert not speaker.loud(chimed)
            li.handset.speak(town.prompts.path("music"), repeat=True)
            await asyncio.sleep(2)
            assert speaker.loud(chimed)

            await zhao.dial("*45")
            await zhao.other_party_gone(30)
            await zhao.hang_up()
            assert len(town.told("call.paging")) == 1

            await li.hang_up()
            paged = await town.until("call.paged", call=call)
            assert paged.data["why"] == "hung_up" and paged.data["seconds"] > 4
            silent = len(speaker.played)
            await asyncio.sleep(1)
            assert not speaker.loud(silent)
            assert (await town.record(call)).result == "paged"
            await zhao.hang_up()

    play(story, sound=SOUND)


def test_for_too_long_and_without_a_loudspeaker(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        town.box.setup.change(Telephones, lambda now: now.model_dump(mode="json") | {"page_s": 10}, who="test")
        town.box.changes.changed("telephones")
        with hung(town) as speaker:
            call = await pages(town, li)
            paged = await town.until("call.paged", call=call)
            assert (paged.data["why"], paged.data["seconds"]) == ("too_long", 10.0)
            await li.other_party_gone(30)
            await li.hang_up()

            await asyncio.sleep(2)
            call = await pages_again(town, li, call)
            speaker.there = False
            town.box.bus.publish("alarm.raised", name=LOUDSPEAKER, text="", socket="plughw:9")
            assert (await town.until("call.paged", call=call)).data["why"] == "no_loudspeaker"
            await li.other_party_gone(30)
            await li.hang_up()
        await asyncio.sleep(2)
        await li.dial("*45")
        await li.other_party_gone(30)
        await li.hang_up()

    play(story, sound=SOUND)


async def pages_again(town: Town, who: Telephone, before: str) -> str:
    await who.dial("*45")
    await eventually(lambda: town.told("call.paging")[-1].call != before)
    return str(town.told("call.paging")[-1].call)


def test_at_the_desk_and_a_prompt(play: Play) -> None:
    async def story(town: Town) -> None:
        paging, li = town.box.paging, town.agent("801")
        assert isinstance(paging, Paging)
        with pytest.raises(Refused, match="the loudspeaker is not there"):
            await paging.at_desk(AtStation(station="801"))
        with hung(town) as speaker:
            with pytest.raises(Refused, match="no prompt 'nothing'"):
                await paging.play(Announce(prompt="nothing"))
            await paging.play(Announce(prompt="greeting", who="wang"))
            with pytest.raises(Refused, match="the loudspeaker is in use"):
                await paging.play(Announce(prompt="greeting"))
            await town.until("loudspeaker.prompt", prompt="greeting", who="wang")
            await asyncio.sleep(0.5)
            with pytest.raises(Refused, match="the loudspeaker is in use"):
                await paging.at_desk(AtStation(station="801"))
            await asyncio.sleep(30)
            assert speaker.loud(0)
            with pytest.raises(Refused, match="there is no station 999"):
                await paging.at_desk(AtStation(station="999"))
            await paging.at_desk(AtStation(station="801"))
            await li.rings()
            await li.pick_up()
            await town.until("call.paging")
            await li.hang_up()
            await town.until("call.paged")

    play(story, sound=SOUND)


def test_a_text(play: Play) -> None:
    """Chime and voice, twice if wanted; stopped at once; over when the loudspeaker is gone."""

    async def story(town: Town) -> None:
        paging, li = town.box.paging, town.agent("801")
        assert isinstance(paging, Paging)
        wanted = SayAloud(text="Mister Wang, please come to the front desk.", who="wang")
        with pytest.raises(Refused, match="the loudspeaker is not there"):
            await paging.say(wanted)
        with hung(town) as speaker:
            once = await paging.say(wanted)
            assert once["language"] == "en" and 2 < once["seconds"] < 10
            said = await town.until("loudspeaker.text", text=wanted.text, who="wang")
            assert said.data["seconds"] == once["seconds"]
            for refused in (paging.say(wanted), paging.at_desk(AtStation(station="801"))):
                with pytest.raises(Refused, match="the loudspeaker is in use"):
                    await refused
            await asyncio.sleep(once["seconds"] + 0.5)
            assert len(np.trim_zeros(np.frombuffer(speaker.played, np.int16))) / 8000 == pytest.approx(
                once["seconds"], abs=0.6
            )
            twice = await paging.say(SayAloud(text="开饭了", twice=True))
            assert twice["language"] == "zh"
            await asyncio.sleep(1.5)
            await paging.stop(AtLoudspeaker(who="li"))
            await town.until("loudspeaker.cut", why="stopped", who="li")
            with pytest.raises(Refused, match="no text and no prompt"):
                await paging.stop(AtLoudspeaker())
            await asyncio.sleep(0.5)
            silent = len(speaker.played)

            await pages(town, li)
            with pytest.raises(Refused, match="no text and no prompt"):
                await paging.stop(AtLoudspeaker())
            assert speaker.loud(silent), "a person's page is not stopped"
            await li.hang_up()
            await town.until("call.paged")

            await paging.say(wanted)
            town.box.bus.publish("alarm.raised", name=LOUDSPEAKER, text="", socket="plughw:9")
            await town.until("loudspeaker.cut", why="no_loudspeaker")

    play(story, sound=SOUND)


def test_a_text_that_cannot_be_said(play: Play) -> None:
    async def story(town: Town) -> None:
        paging = town.box.paging
        assert isinstance(paging, Paging)
        town.box.setup.change(Telephones, lambda now: now.model_dump(mode="json") | {"page_s": 10}, who="test")
        town.box.changes.changed("telephones")
        with hung(town):
            for text, words in ((" ", "there is no text to speak"), ("one two three " * 30, r"that takes \d\d s")):
                with pytest.raises(Refused, match=words):
                    await paging.say(SayAloud(text=text))
            await paging.say(SayAloud(text="Lunch"))
            await town.until("loudspeaker.text")
            assert len(town.told("loudspeaker.text")) == 1
            await asyncio.sleep(5)

    play(story, sound=SOUND)


def test_a_board_without_one_has_no_code(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        assert town.box.paging is None and not town.box.live.snapshot(0).loudspeaker
        assert "*45" not in town.box.calls.features.codes
        await asyncio.sleep(2)
        await li.dial("*45")
        await li.other_party_gone(60)
        await li.hang_up()

    play(story)
