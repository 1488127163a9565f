"""Callbacks and missed calls: who asked for one keeps his place and is called; who was not served is not forgotten."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.api.messages import INTENTS, Refused
from firmware.owed.intents import OwedIntents
from firmware.training.caller import Caller
from tests.journeys.conftest import Town
from tests.journeys.test_outgoing import answers, greets, subscriber
from tests.journeys.test_queue import comes, members, parted, queues, results, talks

Play = Callable[..., None]
NUMBER = "13800138000"
ONE_AGENT = queues(members=members("801"), keys='{ 1 = { kind = "callback" } }', callback="{ tries = 2, retry_s = 60 }")


async def asks(town: Town, intent: str, **args: Any) -> dict[str, Any]:
    handlers = OwedIntents(town.box.owed, town.box.calls, town.box.bus).handlers()
    return await handlers[intent](INTENTS[intent].model_validate(args))


async def wants_callback(town: Town, wang: Caller, *keys: str) -> str:
    """He waits, presses 1, and answers what he is asked."""
    call = await comes(town, wang)
    await asyncio.sleep(5)
    await wang.presses("1")
    for count, key in enumerate(keys):
        await town.until("call.prompt", call=call, prompt="callback_own" if not count else "callback_enter")
        await asyncio.sleep(1)
        await wang.presses(key)
    await town.until("call.callback_wanted", call=call, within=30)
    await wang.hears_hang_up()
    await wang.hangs_up()
    return call


def test_wang_keeps_his_place_and_is_called_back(play: Play) -> None:
    """Before Chen, who came later and waits on the line."""

    async def story(town: Town) -> None:
        li, wang, chen = town.agent("801"), town.caller(line=1), town.caller(line=2, number="13900139000")
        person = subscriber(town, NUMBER)
        await li.pick_up()
        call = await wants_callback(town, wang, "1")
        second = await comes(town, chen)
        assert [debt["kind"] for debt in (await asks(town, "owed.list"))["owed"]] == ["callback"]
        assert town.box.hall.place(second)[0] == 2
        await li.hang_up()
        await li.rings()
        assert (await li.shows(within=8)).number == NUMBER  # type: ignore[union-attr]
        await li.pick_up()
        callee = await answers(person)
        await greets(town, callee)
        assert not town.told("call.offered", call=second)
        await li.hang_up()
        await town.until("owed.closed", id=call, how="called_back")
        await talks(town, li, second)
        await parted(li, chen)
        tally = town.box.hall.tallies["sales"]
        assert (tally.entered, tally.served, tally.overflowed) == (3, 2, 1)
        assert not (await asks(town, "owed.list"))["owed"]

    play(story, queues=ONE_AGENT)


def test_another_number_is_keyed_and_nobody_answers_there(play: Play) -> None:
    """Tried twice, then he stays on the list for people."""

    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        subscriber(town, "13900139000", becomes="busy")
        await li.pick_up()
        call = await wants_callback(town, wang, "2", "13900139000#")
        await li.hang_up()
        for count in (1, 2):
            await li.rings()
            await li.pick_up()
            tried = await town.until("owed.tried", id=call, tries=count)
            assert (tried.station, tried.data["result"], tried.data["number"]) == ("801", "busy", "13900139000")
            await asyncio.sleep(1)
            await li.hang_up()
        first, second = town.told("owed.tried", id=call)
        assert 60 <= town.told("call.offered", call=f"{call}-back2")[0].at - first.at < 62
        await asyncio.sleep(120)
        assert not li.ringing
        (debt,) = (await asks(town, "owed.list"))["owed"]
        assert (debt["kind"], debt["tries"]) == ("callback", second.data["tries"])

    play(story, queues=ONE_AGENT)


def test_who_does_not_want_it_goes_on_waiting_in_his_place(play: Play) -> None:
    async def story(town: Town) -> None:
        li, wang, chen = town.agent("801"), town.caller(line=1), town.caller(line=2, number="13900139000")
        await li.pick_up()
        call = await comes(town, wang)
        second = await comes(town, chen)
        await wang.presses("1")
        await town.until("call.prompt", call=call, prompt="callback_own")
        await asyncio.sleep(45)  # he says nothing
        assert town.box.hall.place(call)[0] == 1
        await chen.hangs_up()
        await town.until("call.ended", call=second)
        await li.hang_up()
        await talks(town, li, call)
        await parted(li, wang)

    play(story, queues=ONE_AGENT)


def test_who_calls_again_and_is_served_is_not_called(play: Play) -> None:
    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        await li.pick_up()
        call = await wants_callback(town, wang, "1")
        await asyncio.sleep(2)
        again = town.caller(line=3)
        await town.agent("802").pick_up()
        await again.dials()
        await asyncio.sleep(3)
        await again.presses("2")  # another queue, another agent
        await talks(town, town.agent("803"), town.told("call.answered")[-1].call or "")
        await town.until("owed.closed", id=call, how="served")
        await parted(town.agent("803"), again)
        await li.hang_up()
        await asyncio.sleep(10)
        assert not li.ringing and not town.box.hall.waiting("sales")
        await town.agent("802").hang_up()

    play(
        story,
        queues=queues(members=members("801"), keys='{ 1 = { kind = "callback" } }')
        + 'members = [{ station = "801" }]\n',
    )


def test_a_callback_is_offered_after_a_while(play: Play) -> None:
    """Once; who says nothing goes on waiting."""

    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        await town.agent("801").pick_up()
        call = await comes(town, wang)
        await town.until("call.left_queue", call=call, to="callback")
        await asyncio.sleep(90)
        assert len(town.told("call.prompt", call=call, prompt="callback_own")) == 1
        await wang.hangs_up()
        await town.until("owed.opened", number=NUMBER, why="missed")
        await town.agent("801").hang_up()

    rules = '[{ when = "waited", after_s = 20, to = { kind = "callback" } }]'
    play(story, queues=queues(members=members("801"), overflow=rules))


def test_a_missed_caller_is_called_back_with_one_click(play: Play) -> None:
    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1, name="Wang")
        person = subscriber(town, NUMBER)
        call = await comes(town, wang)
        await li.rings()
        await wang.hangs_up()
        await town.until("owed.opened", id=call, why="missed", number=NUMBER)
        assert results(town) == [("801", "caller_gone")]
        await asyncio.sleep(5)
        await asks(town, "owed.call", id=call, station="801")
        await li.rings()
        await li.pick_up()
        callee = await answers(person)
        await greets(town, callee)
        await li.hang_up()
        await town.until("owed.closed", id=call, how="called_back")
        with pytest.raises(Refused, match="owed this call any more"):
            await asks(town, "owed.call", id=call, station="801")

    play(story, queues=queues(members=members("801")))


def test_taken_off_the_list_by_hand(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1, number="")
        call = await comes(town, wang)
        await wang.hangs_up()
        await town.until("owed.opened", id=call)
        with pytest.raises(Refused, match="withheld"):
            await asks(town, "owed.call", id=call, station="802")
        await asks(town, "owed.close", id=call, who="chen")
        assert not (await asks(town, "owed.list"))["owed"]

    play(story)


def test_the_list_outlives_a_restart_and_a_lost_file(play: Play, tmp_path: Path) -> None:
    async def misses(town: Town) -> None:
        wang = town.caller(line=1)
        await comes(town, wang)
        await wang.hangs_up()
        await town.until("owed.opened")

    async def knows(town: Town) -> None:
        (debt,) = (await asks(town, "owed.list"))["owed"]
        assert (debt["number"], debt["queue"], debt["calls"]) == (NUMBER, "sales", 1)

    play(misses)
    play(knows)
    (tmp_path / "owed.json").write_text("{")
    play(knows)
    (tmp_path / "owed.json").unlink()
    play(knows)


def test_surge_a_full_queue_harvests_callbacks(play: Play) -> None:
    """The second caller hears that all are busy, leaves his number, and is called when Li is free."""

    async def story(town: Town) -> None:
        li, wang, chen = town.agent("801"), town.caller(line=1), town.caller(line=2, number="13900139000")
        person = subscriber(town, "13900139000")
        await li.pick_up()
        first = await comes(town, wang)
        second = await comes(town, chen)
        await town.until("call.left_queue", call=second, to="flow surge")
        await town.until("call.prompt", call=second, prompt="surge")
        await town.until("call.prompt", call=second, prompt="callback_own")
        await asyncio.sleep(1)
        await chen.presses("1")
        await town.until("call.callback_wanted", call=second)
        await chen.hears_hang_up()
        await chen.hangs_up()
        await wang.hangs_up()
        await town.until("call.ended", call=first)
        await li.hang_up()
        await li.rings()
        await li.pick_up()
        callee = await answers(person)
        await greets(town, callee)
        await li.hang_up()
        await town.until("owed.closed", id=second, how="called_back")

    rules = '[{ when = "length", most = 1, to = { kind = "flow", flow = "surge" } }]'
    other = 'members = [{ station = "801" }]\n'  # the flow names the queue operator, the document's last table
    play(story, queues=queues(members=members("801"), overflow=rules) + other)
