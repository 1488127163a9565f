"""Callers whom a queue cannot serve go on elsewhere: to a mailbox, to a number outside, heard at both far ends."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.agents.section import Agents
from firmware.dialplan.permission import Fuse
from firmware.voicemail.section import MailBox
from tests.journeys.conftest import Town
from tests.journeys.test_handset import hear_each_other
from tests.journeys.test_outgoing import NUMBER, answers_and_greets, setup, subscriber
from tests.journeys.test_queue import comes, members, queues, talks
from tests.journeys.test_voicemail import boxes, loudness

Play = Callable[..., None]

TO_BOX = 'to = { kind = "voicemail", box = "sales" }'
TO_NUMBER = f'to = {{ kind = "number", number = "{NUMBER}" }}'


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ('when = "length", most = 1', "queue_full"),
        ('when = "no_agents"', "no_agents"),
        ('when = "waited", after_s = 8', "waited"),
    ],
)
def test_a_caller_leaves_a_message(play: Play, rule: str, why: str) -> None:
    """Full, nobody there, or too long: the box greets him, and his message arrives at those whose box it is."""

    async def story(town: Town) -> None:
        boxes(town, sales=MailBox(stations=["803"]))
        town.box.changes.changed("voicemail")
        assert town.told("alarm.cleared", name="queue_sales")
        li, wang, chen = town.agent("801"), town.caller(line=1), town.caller(line=2, number="13900139000")
        if why == "no_agents":
            town.box.setup.change(Agents, lambda _: {"sign_in": True}, who="test")
            town.box.changes.changed("agents")
        else:
            await li.pick_up()  # the only agent is at his telephone
        if why == "queue_full":
            await comes(town, chen)
        call = await comes(town, wang)
        left = await town.until("call.left_queue", call=call, within=20)
        assert [one["id"] for one in left.data["why"]] == [why] and left.data["to"] == "voicemail sales"
        await town.until("call.prompt_end", call=call, prompt="beep", within=30)
        await wang.line.handset.speak(town.prompts.path("caller_speech"))
        await wang.hangs_up()
        arrived = await town.until("voicemail.left", call=call)
        (message,) = town.box.office.shelf.messages("sales")
        assert (message.id, message.number) == (arrived.data["message"], "13800138000")
        seconds, level = loudness(town.box.office.shelf.file("sales", message.id))
        assert seconds > 2 and level > -30
        await town.until("call.ended", call=call)
        assert (await town.record(call)).result == "voicemail"
        assert town.box.office.new_for("803") == 1 and town.box.office.new_for("801") == 0
        await li.hang_up()
        await chen.hangs_up()

    play(story, queues=queues(members=members("801"), overflow="[{ " + rule + ", " + TO_BOX + " }]"))


def test_a_caller_is_put_through_to_a_number_outside(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=True))
        assert town.told("alarm.cleared", name="queue_sales")
        person, wang, li = subscriber(town), town.caller(line=1), town.agent("801")
        await li.pick_up()
        call = await comes(town, wang)
        left = await town.until("call.left_queue", call=call, within=20)
        assert left.data["to"] == f"number {NUMBER}"
        callee = await answers_and_greets(town, person, call=call)
        assert await hear_each_other(wang.line.handset, callee.line.handset)
        await callee.hangs_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await li.hang_up()

    play(story, queues=queues(members=members("801"), overflow='[{ when = "waited", after_s = 5, ' + TO_NUMBER + " }]"))


def test_where_the_fuse_lets_nobody_out_he_goes_on_waiting(play: Play) -> None:
    async def story(town: Town) -> None:
        (alarm,) = town.told("alarm.raised", name="queue_sales")
        assert f"number {NUMBER} is not possible" in alarm.data["text"]
        wang, li = town.caller(line=1), town.agent("801")
        await li.pick_up()
        call = await comes(town, wang)
        await asyncio.sleep(10)
        assert not town.told("call.left_queue")
        await li.hang_up()
        await talks(town, li, call)
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story, queues=queues(members=members("801"), overflow='[{ when = "waited", after_s = 5, ' + TO_NUMBER + " }]"))
