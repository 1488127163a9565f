"""Other people's calls, parking, rooms and diversions, done at handsets. Who hears whom is measured by key tones."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from drivers.binding.events import Kind
from firmware.calls.places import ToQueue
from firmware.dialplan.permission import Fuse
from firmware.switching.section import Diversion, MeetingRoom, Telephones
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_handset import calls, hear_each_other, hears, in_talk
from tests.journeys.test_outgoing import NUMBER, answers_and_greets, subscriber
from tests.journeys.test_outgoing import setup as allows
from tests.journeys.test_queue import comes

Play = Callable[..., None]


def setup(town: Town, **values: Any) -> None:
    town.box.setup.change(Telephones, lambda now: now.model_copy(update=values), who="test")


async def done(town: Town, *telephones: Telephone) -> None:
    """Everybody puts the handset down."""
    for telephone in telephones:
        await telephone.hang_up()


@pytest.mark.parametrize("code", ["*8802", "*8#"])
def test_pick_up_of_a_call_that_rings_elsewhere(play: Play, code: str) -> None:
    async def story(town: Town) -> None:
        li, sun, zhao = town.agent("801"), town.agent("803"), town.agent("802")
        await li.dial("802")
        await zhao.rings()
        await sun.dial(code)
        await town.until("call.moved", why="picked_up", by="803")
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, sun.handset)
        await asyncio.sleep(5)
        assert not zhao.ringing
        await done(town, li, sun)

    play(story)


def test_pick_up_out_of_a_queue_counts_as_served(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, sun = town.caller(line=1), town.agent("803")
        call = await comes(town, wang)
        await town.until("station.ringing", call=call)
        await sun.dial("*8#")
        await town.until("call.connected", call=call, station="803")
        assert town.box.hall.tallies["sales"].served == 1
        await wang.hangs_up()
        await sun.other_party_gone(within=10)
        await sun.hang_up()

    play(story)


def test_nothing_rings(play: Play) -> None:
    async def story(town: Town) -> None:
        sun = town.agent("803")
        await sun.dial("*8#")
        refused = await town.until("station.refused")
        assert refused.data["text"] == "no station rings"
        await sun.handset.until(Kind.TONE, "dial", within=20)
        await sun.hang_up()

    play(story)


def test_a_supervisor_listens_whispers_and_barges_in(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, supervisors=["808"])
        wang, li, call = await in_talk(town)
        boss, ear = town.agent("808"), wang.line.handset
        await boss.dial("*30801")
        await town.until("call.listening", how="listen", other=call)
        await asyncio.sleep(0.5)
        assert await hears(boss.handset, ear, "1")
        assert await hears(boss.handset, li.handset, "2")
        assert not await hears(li.handset, boss.handset, "8")
        await boss.handset.press("5")
        await town.until("call.listening", how="whisper")
        await asyncio.sleep(0.5)
        assert await hears(li.handset, boss.handset, "8")
        assert not await hears(ear, boss.handset, "8")
        await boss.handset.press("6")
        await town.until("call.listening", how="barge")
        await asyncio.sleep(0.5)
        assert await hears(li.handset, boss.handset, "8")
        assert await hears(ear, boss.handset, "8")
        await boss.hang_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, ear)
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story)


def test_who_may_not_listen_is_told_so(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, _ = await in_talk(town)
        boss = town.agent("808")
        await boss.dial("*30801")
        refused = await town.until("station.refused")
        assert "no right to listen" in refused.data["text"]
        await done(town, boss, li)
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_taking_over_and_releasing(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, supervisors=["808"])
        wang, li, call = await in_talk(town)
        boss = town.agent("808")
        await boss.dial("*33801")
        await town.until("call.connected", call=call, station="808")
        await li.other_party_gone(within=5)
        await li.hang_up()
        assert await hear_each_other(boss.handset, wang.line.handset)
        sun = town.agent("803")
        setup(town, rights={"803": ["release"]})
        await sun.dial("*34808")
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"]) == ("box", "released")
        await wang.hears_hang_up()
        await wang.hangs_up()
        await done(town, boss, sun)

    play(story)


def test_a_supervisor_sends_a_caller_elsewhere(play: Play) -> None:
    """To a colleague, and then to an outside number."""

    async def story(town: Town) -> None:
        setup(town, supervisors=["808"])
        allows(town, fuse=Fuse(outside_to_outside=True))
        person = subscriber(town)
        wang, li, call = await in_talk(town)
        boss, zhao = town.agent("808"), town.agent("802")
        await boss.dial("*35801802")
        moved = await town.until("call.moved", call=call, why="sent")
        assert (moved.data["to"]["station"], moved.data["by"]) == ("802", "808")
        await li.other_party_gone(within=5)
        await zhao.rings()
        await zhao.pick_up()
        await town.until("call.connected", call=call, station="802")
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await done(town, li, boss)
        await asyncio.sleep(3)
        await boss.dial(f"*358029{NUMBER}#")
        await zhao.other_party_gone(within=20)
        callee = await answers_and_greets(town, person, call=call)
        assert await hear_each_other(wang.line.handset, callee.line.handset)
        await callee.hangs_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await done(town, boss, zhao)

    play(story)


def test_who_may_not_send_or_sends_nowhere_is_told_so(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        boss, sun = town.agent("808"), town.agent("803")
        await sun.dial("*35801802")
        assert "right" in (await town.until("station.refused", station="803")).data["text"]
        setup(town, supervisors=["808"])
        await boss.dial("*35802801")  # 802 speaks with nobody
        assert "802 speaks with nobody" in (await town.until("station.refused", station="808")).data["text"]
        assert not town.told("call.moved", call=call, why="sent")
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await done(town, li, boss, sun)

    play(story)


def test_park_and_fetch(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("*20")
        parked = await town.until("call.parked", call=call)
        assert parked.data["slot"] == 1
        await asyncio.sleep(3)
        await li.hang_up()
        zhao = town.agent("802")
        await zhao.dial("*211#")
        await town.until("call.connected", call=call, station="802")
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await zhao.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        assert not town.box.park.parked

    play(story)


def test_the_forgotten_one_in_the_car_park_comes_back(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, _ = await in_talk(town)
        await li.flash("*20")
        await town.until("call.parked")
        await li.hang_up()
        await asyncio.sleep(80)
        assert not li.ringing
        await li.rings()
        await li.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, li.handset)
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story)


def test_a_conference_room(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="1234")])
        people = [town.agent(number) for number in ("801", "802", "803")]
        for telephone in people:
            await telephone.dial("*4070#")
            await asyncio.sleep(2)
            await telephone.handset.press("1234")
            await asyncio.sleep(1.5)
        assert len(town.told("call.room")) == 3
        li, zhao, sun = people
        for one, other in ((li, zhao), (zhao, sun), (sun, li)):
            assert await hear_each_other(one.handset, other.handset)
        await sun.handset.press("*1")
        await town.until("call.room_muted", muted=True)
        assert not await hears(li.handset, sun.handset, "7")
        assert await hears(sun.handset, li.handset, "7")
        await li.handset.press("*2")
        await town.until("call.room_locked", locked=True)
        late = town.agent("804")
        await late.dial("*4070#")
        await late.other_party_gone(within=20)
        await late.hang_up()
        town.box.rooms.drop("70", town.told("call.room")[1].call or "")
        await zhao.other_party_gone(within=5)
        await done(town, *people)
        await town.quiet()
        assert not town.box.rooms.meetings

    play(story)


def test_whoever_holds_a_room_and_puts_down_has_left_it(play: Play) -> None:
    """There is nobody in his call whom he could pass on, or who should ring him again."""

    async def story(town: Town) -> None:
        li, boss = town.agent("801"), town.agent("808")
        setup(town, supervisors=["808"])
        await li.dial("*4070#")
        room = await town.until("call.room")
        await boss.dial("*33801")
        assert "speaks with nobody" in (await town.until("station.refused", station="808")).data["text"]
        await boss.hang_up()
        await li.flash()
        await town.until("call.held", call=room.call)
        await li.handset.press("802")
        await town.until("call.offered", station="802")
        await li.hang_up()
        await town.until("call.ended", call=room.call)
        await town.quiet()
        assert not town.box.rooms.meetings and not li.ringing

    play(story)


def test_a_wrong_pin_three_times(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, rooms=[MeetingRoom(number="70", pin="1234")])
        li = town.agent("801")
        await li.dial("*4070#")
        for _ in range(3):
            await asyncio.sleep(4)
            await li.handset.press("9999")
        ended = await town.until("call.ended")
        assert ended.data["cue"] == "wrong_pin"
        await li.hang_up()

    play(story)


def test_forward_set_by_hand_and_taken_back(play: Play) -> None:
    async def story(town: Town) -> None:
        li, zhao, sun = town.agent("801"), town.agent("802"), town.agent("803")
        await zhao.dial("*72803#")
        await asyncio.sleep(4)
        await zhao.hang_up()
        assert town.box.setup.load(Telephones).diversion("802").always == "803"
        await li.dial("802")
        await sun.rings()
        assert not zhao.ringing
        await sun.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, sun.handset)
        await done(town, li, sun)
        await zhao.dial("*72#")
        await asyncio.sleep(4)
        await zhao.hang_up()
        assert town.box.setup.load(Telephones).diversion("802").always is None

    play(story)


def test_forwards_in_a_circle_end(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, diversions={"802": Diversion(always="803"), "803": Diversion(always="802")})
        li = town.agent("801")
        await li.dial("802")
        await li.other_party_gone(within=20)
        await li.hang_up()
        assert len(town.told("call.diverted")) == 2

    play(story)


def test_do_not_disturb_and_no_answer(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, diversions={"802": Diversion(disturb=False), "803": Diversion(no_answer="804", ring_s=6)})
        li, zhao, sun, chen = (town.agent(number) for number in ("801", "802", "803", "804"))
        await li.dial("802")
        await li.other_party_gone(within=5)
        assert not zhao.ringing
        await li.hang_up()
        await asyncio.sleep(2)
        await li.dial("803")
        await sun.rings()
        await chen.rings()
        await chen.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, chen.handset)
        await done(town, li, chen)

    play(story)


def test_call_waiting(play: Play) -> None:
    async def story(town: Town) -> None:
        li, zhao, sun = town.agent("801"), town.agent("802"), town.agent("803")
        await calls(town, li, "802")
        await sun.dial("802")
        await town.until("call.knocking", station="802")
        await asyncio.sleep(1)
        await zhao.flash()
        await town.until("call.held", station="802")
        await asyncio.sleep(0.8)
        assert await hear_each_other(zhao.handset, sun.handset)
        assert not await hears(li.handset, zhao.handset, "9")
        await sun.hang_up()
        await zhao.other_party_gone(within=5)
        await zhao.flash()
        await asyncio.sleep(0.5)
        assert await hear_each_other(zhao.handset, li.handset)
        await done(town, li, zhao)

    play(story)


def test_call_back_when_free(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, diversions={"802": Diversion(waiting=False)})
        li, zhao, sun = town.agent("801"), town.agent("802"), town.agent("803")
        await calls(town, li, "802")
        await sun.dial("802")
        await sun.other_party_gone(within=10)
        await sun.hang_up()
        await asyncio.sleep(2)
        await sun.dial("*5")
        await asyncio.sleep(6)
        await sun.hang_up()
        await asyncio.sleep(5)
        assert not sun.ringing
        await done(town, li, zhao)
        await sun.rings()
        await sun.pick_up()
        await zhao.rings()
        await zhao.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(sun.handset, zhao.handset)
        await done(town, sun, zhao)

    play(story)


def test_inside_numbers_lead_to_queues_and_rooms(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, numbers={"600": ToQueue(queue="sales")})
        wang, li, call = await in_talk(town)
        await li.flash("600")  # passed on to a queue, without waiting for anybody
        await town.until("call.queued", line=None)
        await li.hang_up()
        await town.until("call.queued", call=call, queue="sales")
        zhao = town.agent("802")
        await zhao.rings()
        await zhao.pick_up()
        await town.until("call.connected", call=call, station="802")
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, zhao.handset)
        await wang.hangs_up()
        await zhao.other_party_gone(within=10)
        await zhao.hang_up()
        sun = town.agent("803")
        await sun.dial("70")
        await town.until("call.room", room="70")
        await sun.hang_up()

    play(story)


def test_redial(play: Play) -> None:
    async def story(town: Town) -> None:
        li, zhao = town.agent("801"), town.agent("802")
        await calls(town, li, "802")
        await done(town, zhao, li)
        await asyncio.sleep(2)
        await li.dial("*66")
        await zhao.rings()
        await done(town, li)
        await asyncio.sleep(6)

    play(story)
