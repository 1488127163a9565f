"""Conference rooms: who comes in, who does not, and when that changes."""

import asyncio
from collections.abc import Callable

from firmware.calls.places import ToRoom
from firmware.switching.section import MeetingRoom
from tests.journeys.conftest import Town
from tests.journeys.test_handset import hear_each_other
from tests.journeys.test_switching import done, setup

Play = Callable[..., None]


def test_two_who_key_the_pin_together_meet(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="1234")])
        li, zhao = town.agent("801"), town.agent("802")
        await li.dial("70")
        await zhao.dial("70")
        await asyncio.sleep(1)
        await li.handset.press("1234")
        await zhao.handset.press("1234")
        await town.until("call.room", parties=2)
        assert await hear_each_other(li.handset, zhao.handset)
        await done(town, li, zhao)
        await town.quiet()
        assert not town.box.rooms.meetings

    play(story)


def test_locked_while_he_keys_the_pin(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="1234")])
        li, zhao = town.agent("801"), town.agent("802")
        await li.dial("70")
        await asyncio.sleep(1)
        await li.handset.press("1234")
        await town.until("call.room", parties=1)
        await zhao.dial("70")
        await asyncio.sleep(1)
        town.box.rooms.lock("70", locked=True)
        await zhao.handset.press("1234")
        await town.until("call.prompt", prompt="room_closed")
        assert len(town.told("call.room")) == 1
        await done(town, li, zhao)

    play(story)


def test_a_room_and_its_pin_are_changed_without_a_restart(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        setup(town, rooms=[MeetingRoom(number="75")])
        await li.dial("75")
        await town.until("call.room", room="75")
        setup(town, rooms=[MeetingRoom(number="75", pin="4711")])
        zhao = town.agent("802")
        await zhao.dial("75")
        await town.until("call.prompt", prompt="room_pin")
        assert len(town.told("call.room")) == 1
        await done(town, li, zhao)

    play(story)


def test_a_callers_pin_is_told_nowhere(play: Play) -> None:
    """From outside its digits would stand in the call's story."""

    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="2468")])
        town.box.calls.entry = lambda _: ToRoom(room="70")
        wang = town.caller(line=1)
        assert await wang.dials()
        await town.until("call.prompt", prompt="room_pin")
        await asyncio.sleep(1)
        await wang.presses("2468")
        await town.until("call.room")
        assert {event.data["digit"] for event in town.told("call.digit")} == {"•"}
        await wang.hangs_up()

    play(story)
