"""Where a caller may be sent, and what becomes of him where he cannot be kept: never lost, never let in on others."""

import asyncio
from collections.abc import Callable

import pytest

from drivers.binding.events import Kind
from firmware.api.messages import Refused
from firmware.api.switching import Send, Transfer
from firmware.calls.places import Target, ToFlow, ToQueue, ToRoom, ToStation, ToVoicemail
from firmware.people import People
from firmware.switching.section import Diversion
from tests.journeys.conftest import Town
from tests.journeys.test_handset import calls, hear_each_other, hears, in_talk
from tests.journeys.test_outgoing import NUMBER
from tests.journeys.test_switching import done, setup

Play = Callable[..., None]


def test_nobody_is_left_listening_to_others(play: Play) -> None:
    """A supervisor in talk listens to a colleague meanwhile and puts down: the one on hold comes back to him."""

    async def story(town: Town) -> None:
        setup(town, supervisors=["801"])
        zhao = town.agent("802")
        sun = await calls(town, zhao, "803")
        wang, li, call = await in_talk(town)
        await li.flash("*30802")
        await town.until("call.listening")
        await li.hang_up()
        await town.until("call.moved", call=call, why="recalled")
        assert not await hears(wang.line.handset, zhao.handset, "5")
        await li.rings()
        await li.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await done(town, li, zhao, sun)

    play(story)


def test_nobody_hears_anothers_messages(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("*97")
        await town.until("call.prompt", prompt="voicemail_new digit_0")
        await li.hang_up()
        await li.rings()
        assert [event.data["why"] for event in town.told("call.moved", call=call)] == ["recalled"]
        await wang.hangs_up()

    play(story)


def test_a_caller_is_put_into_a_conference_room(play: Play) -> None:
    """The agent is in the room, with whoever is there, and puts down: the one on hold comes in for him."""

    async def story(town: Town) -> None:
        zhao = town.agent("802")
        await zhao.dial("70")
        await town.until("call.room")
        wang, li, call = await in_talk(town)
        await li.flash("70")
        await asyncio.sleep(2)
        assert await hear_each_other(li.handset, zhao.handset)
        await li.hang_up()
        await town.until("call.room", call=call)
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await wang.hangs_up()
        await done(town, zhao)

    play(story)


NOWHERE: list[Target] = [
    ToStation(station="899"), ToQueue(queue="nope"), ToFlow(flow="nope"), ToRoom(room="79"), ToVoicemail(box="nope")
]  # fmt: skip


def test_a_transfer_to_nowhere_is_refused_before_anybody_is_lost(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, _ = await in_talk(town)
        desk = town.box.desk.intents()
        for to in NOWHERE:
            for intent, wanted in (("desk.transfer", Transfer), ("call.send", Send)):
                with pytest.raises(Refused, match="there is no"):
                    await desk[intent](wanted(station="801", to=to))
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await done(town, li)

    play(story)


def room_has_gone(town: Town) -> Target:
    setup(town, rooms=[])
    return ToRoom(room="70")


def goes_round(town: Town) -> Target:
    setup(town, diversions={"802": Diversion(always="803"), "803": Diversion(always="802")})
    return ToStation(station="802")


@pytest.mark.parametrize("somewhere", [room_has_gone, goes_round])
def test_who_cannot_be_kept_there_comes_back(play: Play, somewhere: Callable[[Town], Target]) -> None:
    """The place was there when he was sent. Whoever sent him has him again, once his own handset is down."""

    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        leg = town.box.calls.handsets["801"].active
        assert leg is not None
        town.box.calls.handsets["801"].send(leg, somewhere(town), "transferred")
        await town.until("call.moved", call=call, why="came_back")
        await wang.line.handset.until(Kind.TONE, "ringback", within=10)
        await li.hang_up()
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", call=call, station="801", by=None)
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await done(town, li)

    play(story)


def test_back_from_an_outside_number_that_may_not_be(play: Play) -> None:
    """The fuse lets nobody from outside be put through to the outside: told, and back to the agent."""

    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash(f"9{NUMBER}#")
        await town.until("call.dialling")
        await li.hang_up()
        await town.until("call.refused", origin="outside")
        await li.rings()
        await li.pick_up()
        await town.until("call.moved", call=call, why="came_back")
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await done(town, li)

    play(story)


def test_he_comes_back_once_and_then_leaves_a_message(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        leg = town.box.calls.handsets["801"].active
        assert leg is not None
        setup(town, rooms=[])
        town.box.calls.handsets["801"].send(leg, ToRoom(room="70"), "transferred")
        await li.hang_up()
        await town.until("call.prompt", call=call, prompt="voicemail_greeting", within=90)
        assert len(town.told("call.moved", call=call, why="came_back")) == 1
        await wang.hangs_up()

    play(story)


def test_call_back_of_somebody_who_sits_nowhere_is_refused(play: Play) -> None:
    """*5 after a person's number: heard, not silence."""

    async def story(town: Town) -> None:
        one = {"id": "p1", "name": "Sun", "number": "3001"}
        town.box.setup.change(People, lambda _: People.model_validate({"people": [one]}), who="test")
        town.box.changes.changed("people")
        li = town.agent("801")
        await li.dial("3001")
        await li.other_party_gone(within=10)
        await li.hang_up()
        await asyncio.sleep(2)
        await li.dial("*5")
        refused = await town.until("station.refused", station="801")
        assert "not to a telephone of the house" in refused.data["text"]
        await done(town, li)

    play(story)


def test_a_fault_of_the_box_is_busy_tone_and_no_silence(play: Play) -> None:
    """As when its disk is full while a user sets a forward."""

    async def story(town: Town) -> None:
        li = town.agent("801")

        def broken(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        town.box.setup.change = broken  # type: ignore[method-assign, assignment]
        await li.dial("*72802#")
        refused = await town.until("station.refused", station="801")
        assert "No space left" in refused.data["text"]
        await li.other_party_gone(within=10)
        await done(town, li)

    play(story)
