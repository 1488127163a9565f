"""Callers who are passed on, forwarded or followed to an outside number: who may, who hears whom, who stays."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from drivers.binding.events import Kind
from firmware.api.messages import Refused
from firmware.api.switching import Transfer
from firmware.calls.places import ToNumber
from firmware.dialplan.permission import Fuse
from firmware.switching.desk import Desk
from firmware.switching.section import Diversion, Telephones
from tests.journeys.conftest import Town
from tests.journeys.test_handset import hear_each_other, hears, in_talk
from tests.journeys.test_outgoing import (
    NUMBER,
    answers,
    answers_and_greets,
    clicks,
    greets,
    setup,
    subscriber,
    whole,
)

Play = Callable[..., None]


def test_a_caller_may_not_be_passed_to_the_outside(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, _ = await in_talk(town)
        await li.flash("9" + NUMBER + "#")
        await town.until("call.dialling")
        await li.hang_up()  # while it rings: the caller would go there
        await town.until("call.refused", origin="outside")
        await town.until("alarm.raised", name="fraud_fuse")
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_the_page_says_so_before_the_caller_is_lost(play: Play) -> None:
    """At once to a number, or to one that still rings: refused in words, and he is spoken with as before."""

    async def story(town: Town) -> None:
        box = town.box
        transfer = Desk(box.calls, box.setup, box.park, box.rooms).intents()["desk.transfer"]
        subscriber(town)
        wang, li, _ = await in_talk(town)
        with pytest.raises(Refused, match="may not be put through to an outside number"):
            await transfer(Transfer(station="801", to=ToNumber(number=NUMBER)))
        assert await hear_each_other(wang.line.handset, li.handset)
        await clicks(town, NUMBER)
        await town.until("call.dialling")
        with pytest.raises(Refused, match="may not be put through to an outside number"):
            await transfer(Transfer(station="801"))
        assert not town.told("call.refused")
        await li.hang_up()
        await wang.hangs_up()

    play(story)


@pytest.mark.parametrize("after_s", [0.3, 3.0, 12.0])
def test_a_caller_is_passed_to_the_outside_where_that_is_allowed(play: Play, after_s: float) -> None:
    """The agent puts down while the number is being dialled, or rings: it is not dialled anew, the caller hears it."""

    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=True))
        person = subscriber(town)
        wang, li, call = await in_talk(town)
        await li.flash("9" + NUMBER + "#")
        begun = await town.until("call.dialling")
        await asyncio.sleep(after_s)
        await li.hang_up()
        callee = await person.called()
        await wang.line.handset.until(Kind.TONE, "ringback", within=20)
        callee.answers()
        await asyncio.sleep(0.4)
        await callee.speaks(town.prompts.path("callee_hello"))
        answered = await town.until("call.far_answered", call=call)
        assert answered.line == begun.line and len(town.told("call.dialling")) == 1
        (moved,) = town.told("call.moved", call=call)
        assert moved.data["to"]["carried_from"] == begun.call and moved.data["why"] == "transferred"
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, callee.line.handset)
        zhao = town.agent("802")
        await li.dial("802")  # his telephone is his own again, and hears nothing of the line
        await zhao.rings()
        await zhao.pick_up()
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, zhao.handset)
        assert not await hears(li.handset, callee.line.handset, "8")
        await li.hang_up()
        await zhao.hang_up()
        await callee.hangs_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        assert (await town.record(begun.call)).result != "answered" and (await town.record(call)).result == "answered"

    play(story)


@pytest.mark.parametrize("gone", ["caller", "not_allowed"])
def test_what_an_agent_left_dialling_is_put_away(play: Play, gone: str) -> None:
    """The caller hangs up in the same moment, or may not be put through."""

    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=gone == "caller"))
        person = subscriber(town)
        wang, li, call = await in_talk(town)
        await li.flash("9" + NUMBER + "#")
        await person.called()
        if gone == "caller":
            leg = town.box.calls.handsets["801"].held[0]
            await li.hang_up()
            leg.call.guest.leave("loop_drop")
        else:
            await li.hang_up()
            await town.until("call.refused", call=call)
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()

    play(story)


@pytest.mark.parametrize("allowed", [False, True])
def test_asked_first_and_then_passed_on(play: Play, allowed: bool) -> None:
    """The agent speaks with the called party, then puts down: both are joined, or the caller comes back to him."""

    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=allowed))
        person = subscriber(town)
        wang, li, _ = await in_talk(town)
        await li.flash("9" + NUMBER + "#")
        callee = await answers_and_greets(town, person)
        assert await hear_each_other(li.handset, callee.line.handset)
        ledger = town.box.dialler.means.ledger
        await li.hang_up()
        await asyncio.sleep(2)
        if allowed:
            assert await hear_each_other(wang.line.handset, callee.line.handset)
            assert ledger.charged_now() == 1, "whoever has the line now"
        else:
            await callee.hears_hang_up()
            await li.rings()
            await li.pick_up()
            await asyncio.sleep(0.5)
            assert await hear_each_other(li.handset, wang.line.handset)
            await li.hang_up()
        assert ledger.charged_now() == (1 if allowed else 0)
        await wang.hangs_up()
        await callee.hears_hang_up()
        await callee.hangs_up()
        await town.quiet()
        assert ledger.charged_now() == 0

    play(story)


@pytest.mark.parametrize("allowed", [False, True])
def test_two_from_outside_are_not_left_alone(play: Play, allowed: bool) -> None:
    """All three talk, and the agent puts down."""

    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=allowed))
        person = subscriber(town)
        wang, li, call = await in_talk(town)
        await li.flash("9" + NUMBER + "#")
        callee = await answers_and_greets(town, person)
        await li.flash("3")
        await town.until("call.conference")
        await asyncio.sleep(1)
        assert await hear_each_other(wang.line.handset, callee.line.handset)
        await li.hang_up()
        if allowed:
            await asyncio.sleep(1)
            assert await hear_each_other(wang.line.handset, callee.line.handset)
            await wang.hangs_up()
        await callee.hears_hang_up()
        await wang.hears_hang_up()
        await callee.hangs_up()
        await wang.hangs_up()
        await town.quiet()
        (ended,) = town.told("call.ended", call=call)
        assert ended.data["cue"] == ("tone" if allowed else "not_both_outside")

    play(story)


def diverts(town: Town, station: str, **wanted: Any) -> None:
    """As if its user had set it."""
    diversions = {station: Diversion(**wanted)}
    town.box.setup.change(Telephones, lambda now: now.model_copy(update={"diversions": diversions}), who="test")
    town.box.changes.changed("telephones")


def test_forward_to_the_outside(play: Play) -> None:
    async def story(town: Town) -> None:
        diverts(town, "802", always="9" + NUMBER)
        person = subscriber(town)
        li = town.agent("801")
        await li.dial("802")
        callee = await answers(person)
        await greets(town, callee)
        assert await hear_each_other(li.handset, callee.line.handset)
        assert not town.told("station.ringing")
        await li.hang_up()
        await callee.hears_hang_up()
        await callee.hangs_up()

    play(story)


def test_a_caller_from_outside_follows_him_where_that_is_allowed(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(outside_to_outside=True))
        diverts(town, "802", ring_s=5, follow_me=["913900139001", "913900139002", "9" + NUMBER])
        subscriber(town, "13900139001", becomes="busy")
        subscriber(town, "13900139002")
        person = subscriber(town)
        wang, li, call = await in_talk(town)
        await li.flash("802")
        await town.until("station.ringing", station="802")
        await li.hang_up()  # the caller is on his way
        await town.until("call.outcome", result="busy")
        await town.until("call.outcome", result="no_answer")
        callee = await answers(person)
        await asyncio.sleep(0.4)
        await callee.speaks(town.prompts.path("callee_hello"))
        await town.until("call.far_answered", call=call)
        await town.until("call.prompt", call=call, prompt="follow_ask")
        await asyncio.sleep(1)
        assert not town.told("call.asked")
        await callee.presses("1")
        assert (await town.until("call.asked", call=call)).data == {"number": NUMBER, "taken": True}
        await asyncio.sleep(0.5)
        assert await hear_each_other(wang.line.handset, callee.line.handset)
        await wang.hangs_up()
        await callee.hears_hang_up()
        await callee.hangs_up()
        assert town.world.office.dialled == ["13900139001", "13900139002", NUMBER]

    play(story)


def test_follow_me_is_not_fooled_by_a_machine(play: Play) -> None:
    """It answers and presses nothing: the next number, where music hides the ringback and somebody takes the call."""

    async def story(town: Town) -> None:
        diverts(town, "802", ring_s=5, follow_me=["913900139001", "9" + NUMBER])
        subscriber(town, "13900139001", who="machine", after_s=3)
        person = subscriber(town, music=town.prompts.path("caller_speech"))
        li = town.agent("801")
        await li.dial("802")
        await li.handset.until(Kind.TONE, "ringback", within=20)
        assert (await town.until("call.asked", within=90)).data["taken"] is False
        callee = await answers(person, after_s=24)  # behind the 25 s in which it would have been given up
        await asyncio.sleep(4)
        assert town.told("call.prompt", prompt="follow_ask")
        await callee.presses("1")
        await town.until("call.connected", within=20)
        outcome = town.told("call.outcome")[-1]
        assert (outcome.data["result"], outcome.data["by"]) == ("answered", "digit")
        await asyncio.sleep(0.5)
        assert await hear_each_other(li.handset, callee.line.handset)
        await callee.hangs_up()
        await whole(li)

    play(story)


def test_follow_me_without_asking_does_not_tear_down_what_may_be_an_answer(play: Play) -> None:
    async def story(town: Town) -> None:
        diverts(town, "802", ring_s=5, follow_me=["9" + NUMBER], confirm=False)
        person = subscriber(town, music=town.prompts.path("caller_speech"))
        li = town.agent("801")
        await li.dial("802")
        callee = await answers(person, after_s=15)
        await town.until("call.far_answered", by="assumed", within=60)
        await asyncio.sleep(20)
        assert await hear_each_other(li.handset, callee.line.handset)
        await callee.hangs_up()
        await whole(li)

    play(story)
