"""Queues, told as they happen: who is rung, who is not, and how callers leave."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.acd.model import Member, Queue, Queues
from firmware.acd.vip import Vip
from firmware.api.messages import SetupChanged
from firmware.ivr.answering import Answering
from firmware.people import hash_secret
from firmware.setup.store import Setup
from firmware.training.caller import Caller
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town

Play = Callable[..., None]
OTHERS = '[queues.service]\nlabel = { en = "Service" }\n[queues.operator]\nlabel = { en = "Operator" }\n'


def queues(**sales: str) -> str:
    """A document in which the queue of key 1 is as said (TOML), the others as usual."""
    lines = [f"{key} = {value}" for key, value in sales.items()]
    return "\n".join(["[queues.sales]", 'label = { en = "Sales" }', *lines, OTHERS])


def members(*stations: str) -> str:
    return "[" + ", ".join(f'{{ station = "{station}" }}' for station in stations) + "]"


async def comes(town: Town, caller: Caller, key: str = "1") -> str:
    """The caller dials and presses a key; his call once he is in the queue."""
    assert await caller.dials()
    call = town.told("call.answered")[-1].call
    assert call is not None
    await asyncio.sleep(1.5)
    await caller.presses(key)
    await town.until("call.queued", call=call)
    return call


async def talks(town: Town, agent: Telephone, call: str) -> None:
    """The agent is rung and picks up."""
    await agent.rings()
    await agent.pick_up()
    await town.until("call.connected", call=call)


async def parted(agent: Telephone, caller: Caller) -> None:
    """The agent ends the call."""
    await agent.hang_up()
    await caller.hears_hang_up()
    await caller.hangs_up()


def results(town: Town) -> list[tuple[str | None, Any]]:
    return sorted((event.station, event.data["result"]) for event in town.told("call.offer_ended"))


def test_a_queue_rings_its_own_agents_only(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, chen = town.caller(line=1), town.caller(line=2, number="13900139000")
        call = await comes(town, wang)
        await talks(town, town.agent("804"), call)
        await comes(town, chen)
        await asyncio.sleep(25)  # nobody else is rung for him
        assert {event.station for event in town.told("call.offered")} == {"804"}
        await chen.hangs_up()
        await parted(town.agent("804"), wang)

    play(story, queues=queues(members=members("804")))


def test_queues_are_set_up_anew_while_callers_wait(play: Play) -> None:
    """The next choice goes by it; Wang's queue is taken away under him, and he is served by its agent all the same."""

    async def story(town: Town) -> None:
        wang, chen, li = town.caller(line=1), town.caller(line=2, number="13900139000"), town.agent("804")
        await li.pick_up()
        first = await comes(town, wang)
        both = Queues(queues=(Queue(id="operator", members=(Member(station="805"),)),))
        town.box.setup.change(Queues, lambda _: both, who="wang")
        await town.box.setup_changed(SetupChanged(section="queues"))
        second = await comes(town, chen)  # the flow still says sales: the first queue there is takes him
        await talks(town, town.agent("805"), second)
        assert not town.told("call.offered", call=first)
        await li.hang_up()
        await talks(town, li, first)
        assert (await town.until("call.offered", call=first)).station == "804"
        await parted(li, wang)
        await parted(town.agent("805"), chen)
        assert town.told("alarm.raised", name="flow_main")  # it names queues that are no longer there

    play(story, queues=queues(members=members("804")))


def test_all_are_rung_and_the_first_wins(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await comes(town, wang)
        li, zhao, sun = (town.agent(number) for number in ("801", "802", "803"))
        for agent in (li, zhao, sun):
            await agent.rings()
        await asyncio.sleep(3)
        await talks(town, zhao, call)
        await asyncio.sleep(6)  # longer than a ringing cycle: the others have stopped
        assert not li.ringing and not sun.ringing
        assert not town.told("station.ringing", station="804")
        assert results(town) == [("801", "other_answered"), ("802", "answered"), ("803", "other_answered")]
        await parted(zhao, wang)

    play(story, queues=queues(strategy='"ring_all"', members=members("801", "802", "803")))


def test_two_pick_up_in_the_same_moment(play: Play) -> None:
    """One has the caller, the other hears busy tone; neither is left in silence."""

    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await comes(town, wang)
        li, zhao = town.agent("801"), town.agent("802")
        await asyncio.gather(li.rings(), zhao.rings())
        await asyncio.gather(li.pick_up(), zhao.pick_up())
        connected = await town.until("call.connected", call=call)
        winner, loser = (li, zhao) if connected.station == "801" else (zhao, li)
        await loser.other_party_gone(within=10)
        await loser.hang_up()
        await parted(winner, wang)

    play(story, queues=queues(strategy='"ring_all"', members=members("801", "802")))


def test_wang_hangs_up_while_all_are_rung(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await asyncio.gather(town.agent("801").rings(), town.agent("802").rings())
        await wang.hangs_up()
        await town.until("call.ended", call=call)
        assert results(town) == [("801", "caller_gone"), ("802", "caller_gone")]
        assert town.box.hall.tallies["sales"].abandoned == 1

    play(story, queues=queues(strategy='"ring_all"', members=members("801", "802")))


def test_li_wraps_up_before_the_next_call(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, chen, li = town.caller(line=1), town.caller(line=2, number="13900139000"), town.agent("801")
        call = await comes(town, wang)
        await talks(town, li, call)
        second = await comes(town, chen)
        await parted(li, wang)
        wrap_up = await town.until("station.wrap_up", station="801", seconds=15.0)
        offered = await town.until("call.offered", call=second)
        assert 15 <= offered.at - wrap_up.at < 15.05
        assert town.told("station.ready")[0].at <= offered.at
        await talks(town, li, second)
        await parted(li, chen)
        await town.until("station.ready", within=20)

    play(story, queues=queues(wrap_up_s="15", members=members("801")))


def test_who_lets_it_ring_is_spared_for_a_while(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        ended = await town.until("call.offer_ended", station="801", result="no_answer")
        await asyncio.sleep(25)
        assert len(town.told("call.offered")) == 1
        await li.rings()
        assert 30 <= town.told("call.offered")[1].at - ended.at < 30.05
        await talks(town, li, call)
        await parted(li, wang)

    play(story, ring_s=10.0, queues=queues(rest_s="30", members=members("801")))


def test_wang_leaves_by_key(play: Play) -> None:
    """From a queue whose agent is busy into another; a key without meaning changes nothing."""

    async def story(town: Town) -> None:
        await town.agent("801").pick_up()  # nobody for sales
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await asyncio.sleep(2)
        await wang.presses("5")
        await asyncio.sleep(2)
        assert not town.told("call.left_queue")
        await wang.presses("0")
        left = await town.until("call.left_queue", call=call)
        assert left.data == {"queue": "sales", "to": "queue operator", "why": [{"id": "pressed", "key": "0"}]}
        await town.until("call.queued", call=call, queue="operator")
        await talks(town, town.agent("802"), call)
        tallies = town.box.hall.tallies
        assert (tallies["sales"].overflowed, tallies["operator"].served) == (1, 1)
        await parted(town.agent("802"), wang)
        await town.agent("801").hang_up()

    play(story, queues=queues(members=members("801"), keys='{ 0 = { kind = "queue", queue = "operator" } }'))


def test_wang_leaves_by_key_while_li_is_rung(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await town.agent("801").rings()
        await wang.presses("9")
        await town.until("call.offer_ended", station="801", result="caller_gone")
        assert (await town.until("call.ended", call=call)).data["cue"] == "left_queue"
        assert town.told("call.prompt", prompt="goodbye")
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story, queues=queues(members=members("801"), keys='{ 9 = { kind = "hang_up" } }'))


def test_after_a_minute_others_help(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        for number in ("801", "802"):
            await town.agent(number).pick_up()
        call = await comes(town, wang)
        left = await town.until("call.left_queue", within=70, call=call)
        assert left.data["to"] == "queue service" and left.data["why"][0]["id"] == "waited"
        assert 60 <= left.at - town.told("call.queued")[0].at < 60.05
        await talks(town, town.agent("803"), call)
        await parted(town.agent("803"), wang)
        for number in ("801", "802"):
            await town.agent(number).hang_up()

    rules = '[{ when = "waited", after_s = 60, to = { kind = "queue", queue = "service" } }]'
    play(story, queues=queues(members=members("801", "802"), overflow=rules))


def test_the_third_finds_the_queue_full(play: Play) -> None:
    async def story(town: Town) -> None:
        await town.agent("801").pick_up()
        callers = [town.caller(line=line, number=f"1380013800{line}") for line in (1, 2, 3)]
        for caller in callers:
            await comes(town, caller)
        left = await town.until("call.left_queue")
        assert left.line == 3 and left.data["why"] == [{"id": "queue_full", "length": 2, "most": 2}]
        await callers[2].hears_hang_up()
        for caller in callers:
            await caller.hangs_up()
        await town.agent("801").hang_up()

    rules = '[{ when = "length", most = 2, to = { kind = "hang_up" } }]'
    play(story, queues=queues(members=members("801"), overflow=rules))


def test_nobody_is_there(play: Play) -> None:
    """Who comes is sent on, and who waits already is, too, when the last agent goes."""

    async def story(town: Town) -> None:
        await town.agent("801").pick_up()
        wang, chen = town.caller(line=1), town.caller(line=2, number="13900139000")
        call = await comes(town, wang)
        town.box.agents.away("801", "box")
        left = await town.until("call.left_queue", call=call, within=10)
        assert left.data["why"] == [{"id": "no_agents"}]
        second = await comes(town, chen)
        await town.until("call.left_queue", call=second)
        for caller in (wang, chen):
            await caller.hears_hang_up()
            await caller.hangs_up()
        await town.agent("801").hang_up()

    rules = '[{ when = "no_agents", leave = true, to = { kind = "hang_up" } }]'
    play(story, queues=queues(members=members("801"), overflow=rules))


def test_a_place_the_box_does_not_have_is_an_alarm_and_no_dead_end(play: Play) -> None:
    async def story(town: Town) -> None:
        assert town.told("alarm.raised", name="queue_sales")
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await talks(town, town.agent("801"), call)
        await parted(town.agent("801"), wang)

    rules = '[{ when = "waited", after_s = 0, to = { kind = "voicemail", box = "nobody" } }]'
    play(story, queues=queues(overflow=rules))


def test_a_vip_is_next(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        first, wang, vip = (town.caller(line=line, number=f"1380013800{line}") for line in (1, 2, 3))
        call = await comes(town, first)
        await talks(town, li, call)
        ordinary = await comes(town, wang)
        important = await comes(town, vip)
        assert town.told("call.queued", call=important)[0].data["position"] == 1
        assert town.box.hall.place(ordinary)[0] == 2
        await parted(li, first)
        await talks(town, li, important)
        await parted(li, vip)
        await talks(town, li, ordinary)
        await parted(li, wang)

    play(story, queues=queues(members=members("801")) + '[vip]\n"13800138003" = 1\n')


def test_wang_calls_back_and_gets_the_agent_of_last_time(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        await town.agent("801").pick_up()
        call = await comes(town, wang)
        await talks(town, town.agent("802"), call)
        await parted(town.agent("802"), wang)
        await town.agent("801").hang_up()
        await asyncio.sleep(5)
        call = await comes(town, wang)
        assert town.told("call.offered", call=call)[0].station == "802"
        assert town.told("call.offered", call=call)[0].data["why"] == [{"id": "last_agent"}]
        await talks(town, town.agent("802"), call)
        await parted(town.agent("802"), wang)
        assert await _remembered(town) == {"13800138000": "802"}

    play(story, queues=queues(strategy='"linear"'))


async def _remembered(town: Town) -> dict[str, str]:
    """What a box that starts on this data would know."""
    await town.until("call.ended", call=town.told("call.started")[-1].call)
    await town.box.writer.flushed()
    return town.box.records.last_agents(0.0)


def test_wang_waits_a_while_for_the_agent_of_last_time(play: Play) -> None:
    async def story(town: Town) -> None:
        town.box.hall.remember("13800138000", "801")
        await town.agent("801").pick_up()
        wang = town.caller(line=1)
        call = await comes(town, wang)
        offered = await town.until("call.offered", call=call)
        assert offered.station == "802" and 20 <= offered.at - town.told("call.queued")[0].at < 20.05
        await talks(town, town.agent("802"), call)
        await parted(town.agent("802"), wang)
        await town.agent("801").hang_up()

    play(story, queues=queues(last_agent_wait_s="20"))


@pytest.mark.parametrize(("opens", "wanted"), [("open", "abandoned"), ("closed", "overflowed")])
def test_a_queue_has_hours(play: Play, tmp_path: Path, opens: str, wanted: str) -> None:
    """Of a schedule of the section "answering"; who comes when they are over goes elsewhere."""
    schedule = {"hours": {}, "otherwise": opens}
    Setup(tmp_path).change(Answering, lambda _: {"schedules": {"office": schedule}}, who="test")

    async def story(town: Town) -> None:
        await town.agent("801").pick_up()
        wang = town.caller(line=1)
        call = await comes(town, wang)
        if wanted == "overflowed":
            left = await town.until("call.left_queue", call=call)
            assert left.data["why"] == [{"id": "queue_closed", "hours": "office: closed"}]
            await wang.hears_hang_up()
        await wang.hangs_up()
        await town.until("call.ended", call=call)
        assert getattr(town.box.hall.tallies["sales"], wanted) == 1
        await town.agent("801").hang_up()

    rules = '[{ when = "closed", to = { kind = "hang_up" } }]'
    play(story, queues=queues(members=members("801"), schedule='"office"', overflow=rules))


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ('{ kind = "station", station = "805" }', "station"),
        ('{ kind = "flow", flow = "surge" }', "flow"),
    ],
)
def test_a_queue_overflows_to_anywhere(play: Play, to: str, where: str) -> None:
    """Mailboxes and numbers outside: test_overflow.py."""

    async def story(town: Town) -> None:
        await town.agent("801").pick_up()
        wang = town.caller(line=1)
        call = await comes(town, wang)
        left = await town.until("call.left_queue", call=call, within=20)
        assert left.data["to"].startswith(where)
        if where == "station":
            await talks(town, town.agent("805"), call)
            await parted(town.agent("805"), wang)
        else:
            await town.until("call.flow", flow="surge")
            await wang.hangs_up()
        await town.agent("801").hang_up()

    rules = f'[{{ when = "waited", after_s = 5, to = {to} }}]'
    play(story, queues=queues(members=members("801"), overflow=rules))


@pytest.mark.parametrize("pin", ["4711", "1234"])
def test_members_come_in_by_card_and_pin(play: Play, tmp_path: Path, pin: str) -> None:
    """To their own agent, and in front; the PIN is told to nobody. Others go elsewhere."""
    card = {"card": "88001", "name": "Wang", "pin_hash": hash_secret("4711"), "priority": 5, "agent": "802"}
    Setup(tmp_path).change(Vip, lambda _: {"cards": [card]}, who="test")

    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        assert await wang.dials()
        call = town.told("call.answered")[-1].call or ""
        await asyncio.sleep(1.5)
        await wang.presses("1")
        await town.until("call.prompt", call=call, prompt="vip_card")
        for _ in range(1 if pin == "4711" else 3):
            for digits in ("88001#", f"{pin}#"):
                await asyncio.sleep(3)
                await wang.presses(digits)
                await asyncio.sleep(3)
        queue = "sales" if pin == "4711" else "operator"
        await town.until("call.queued", call=call, queue=queue)
        shown = "".join(event.data["digit"] for event in town.told("call.digit", call=call))
        assert pin not in shown and "88001" in shown
        if pin == "4711":
            assert town.told("call.member", call=call)[0].data == {"card": "88001", "name": "Wang"}
            assert (await town.until("call.offered", call=call)).station == "802"
        await wang.hangs_up()
        await town.until("call.ended", call=call)

    play(story, queues=queues(door='{ otherwise = { kind = "queue", queue = "operator" } }'))
