"""Agents at their handsets: signing in, busy, wrap-up, and whom the queues ring then."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.binding.events import Kind
from firmware.agents.intents import AgentIntents
from firmware.agents.section import Agents
from firmware.api.agents import AGENTS
from firmware.api.messages import Refused
from firmware.people import People, hash_secret
from firmware.setup.store import Setup
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_outgoing import NUMBER, answers, subscriber
from tests.journeys.test_queue import comes, members, parted, queues, talks

Play = Callable[..., None]
PIN = hash_secret("4711")
STAFF: dict[str, Any] = {
    "people": [
        {"id": "li", "name": "李", "number": "3001", "pin_hash": PIN},
        {"id": "zhao", "name": "赵", "number": "3002", "pin_hash": PIN},
        {"id": "sun", "name": "孙", "number": "3003"},
    ]
}
AGENT_LI = queues(members='[{ agent = "3001" }]')


@pytest.fixture
def staff(tmp_path: Path) -> Callable[..., None]:
    """Li, Zhao and Sun work here; what the section says of agents."""

    def staff(**section: Any) -> None:
        setup = Setup(tmp_path)
        setup.change(People, lambda _: STAFF, who="test")
        if section:
            setup.change(Agents, lambda _: section, who="test")

    return staff


async def keys(agent: Telephone, digits: str, *then: str) -> None:
    """Dials, waits for each prompt to have begun, and keys what it asks for."""
    await agent.dial(digits)
    for more in then:
        await asyncio.sleep(5.5)  # the pause that ends the digits, and some of the prompt
        await agent.handset.press(more)


async def signs_in(town: Town, agent: Telephone, number: str = "3001") -> None:
    await agent.dial(f"*11{number}#4711#")
    await town.until("agent.signed_in", agent=number)
    await agent.handset.until(Kind.TONE, "dial", within=10)
    await puts_down(agent)


async def puts_down(agent: Telephone) -> None:
    """And leaves it alone for a moment."""
    await agent.hang_up()
    await asyncio.sleep(3)


async def asks(town: Town, intent: str, **args: Any) -> dict[str, Any]:
    """As the page would."""
    return await AgentIntents(town.box.agents).handlers()[intent](AGENTS[intent].model_validate(args))


def states(town: Town, agent: str) -> list[str]:
    return [event.data["state"] for event in town.told("agent.state", agent=agent)]


def test_li_signs_in_works_and_goes_home(play: Play, staff: Callable[..., None]) -> None:
    """By handset alone; the queue rings him where he sits."""
    staff(sign_in=True)

    async def story(town: Town) -> None:
        li, wang = town.agent("802"), town.caller(line=1)
        await signs_in(town, li)
        assert town.box.live.snapshot(0).agents[0].name == "李"
        call = await comes(town, wang)
        await talks(town, li, call)
        offered = town.told("call.offered")[0]
        assert (offered.station, offered.data["agent"]) == ("802", "3001")
        await parted(li, wang)
        await town.until("station.idle", station="802")
        await li.dial("*12")
        await town.until("agent.signed_out", agent="3001", how="handset")
        await li.handset.until(Kind.TONE, "dial", within=10)
        await li.hang_up()
        assert states(town, "3001") == ["talking", "ready", "ringing", "talking", "ready", "talking"]

    play(story, queues=AGENT_LI)


def test_what_is_missing_is_asked_for(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li = town.agent("801")
        await keys(li, "*11", "3001#", "4711#")
        await town.until("agent.signed_in", agent="3001")
        await li.hang_up()

    play(story)


def test_number_and_pin_in_one_go(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.dial("*1130014711")
        await town.until("agent.signed_in", agent="3001")
        await li.hang_up()

    play(story)


def test_a_wrong_pin_may_be_keyed_again(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.dial("*113001#1234#")
        refused = await town.until("agent.refused")
        assert (refused.station, refused.data["agent"], refused.data["why"]) == ("801", "3001", "pin")
        await asyncio.sleep(4)
        await li.handset.press("4711#")
        await town.until("agent.signed_in", agent="3001")
        await li.hang_up()

    play(story)


def test_after_five_wrong_pins_the_agent_is_locked_for_a_while(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li = town.agent("801")
        for _ in range(2):
            await li.dial("*113001#1111#")
            for _ in range(2):
                await asyncio.sleep(4)
                await li.handset.press("2222#")
            await li.handset.until(Kind.TONE, "dial", within=15)
            await puts_down(li)
        await li.dial("*113001#4711#")
        await town.until("agent.refused", why="locked")
        await puts_down(li)
        await asyncio.sleep(301)
        await signs_in(town, li)

    play(story)


@pytest.mark.parametrize(("number", "why"), [("3003", "no_pin"), ("3009", "unknown")])
def test_who_cannot_sign_in_is_told(play: Play, staff: Callable[..., None], number: str, why: str) -> None:
    staff()

    async def story(town: Town) -> None:
        sun = town.agent("801")
        await sun.dial(f"*11{number}#")
        await town.until("agent.refused", why=why)
        await sun.hang_up()

    play(story)


def test_a_second_sign_in_moves_li_unless_he_talks(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        first, second, wang = town.agent("801"), town.agent("802"), town.caller(line=1)
        await signs_in(town, first)
        call = await comes(town, wang)
        await talks(town, first, call)
        await second.dial("*113001#4711#")
        await town.until("agent.refused", station="802", why="in_call")
        await second.hang_up()
        await parted(first, wang)
        await town.until("station.idle", station="801")
        await second.dial("*113001#4711#")
        await town.until("agent.signed_in", station="802")
        await second.hang_up()
        assert town.told("agent.signed_out")[0].station == "801"

    play(story, queues=AGENT_LI)


def test_busy_with_a_reason_and_ready_again(play: Play, staff: Callable[..., None]) -> None:
    """While Li is at lunch nobody reaches him by the queue; the house still does."""
    staff()

    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        await signs_in(town, li)
        await keys(li, "*14", "2")
        await town.until("agent.state", then="busy", reason="2")
        await puts_down(li)
        await town.until("agent.state", state="busy")
        call = await comes(town, wang)
        await asyncio.sleep(10)
        assert not town.told("call.offered")
        await town.agent("803").dial("801")
        await li.rings()
        await town.agent("803").hang_up()
        await town.until("call.ended")
        await li.dial("*13")
        await town.until("agent.state", then="ready", by="handset", state="talking")
        await li.hang_up()
        await talks(town, li, call)
        await parted(li, wang)

    play(story, queues=AGENT_LI)


def test_the_wrap_up_ends_by_handset(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, chen, li = town.caller(line=1), town.caller(line=2, number="13900139000"), town.agent("801")
        call = await comes(town, wang)
        await talks(town, li, call)
        second = await comes(town, chen)
        await parted(li, wang)
        await town.until("station.wrap_up", station="801", seconds=600.0)
        await li.dial("*15")
        await town.until("station.ready", station="801")
        await li.hang_up()
        await talks(town, li, second)
        await parted(li, chen)
        await town.until("call.ended", call=second)
        assert await asks(town, "agent.wrap_up", agent="801", seconds=5.0)
        ready = await town.until("station.ready", within=6)
        assert ready

    play(story, queues=queues(wrap_up_s="600", members=members("801")))


def test_the_page_does_the_same(play: Play, staff: Callable[..., None]) -> None:
    staff(sign_in=True)

    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        done = await asks(town, "agent.sign_in", agent="3001", station="801")
        assert done == {"agent": "3001", "station": "801", "state": "ready", "then": "ready", "reason": None}
        call = await comes(town, wang)
        await talks(town, li, call)
        assert (await asks(town, "agent.state", agent="3001", state="busy", reason="1"))["state"] == "talking"
        await asks(town, "agent.wrap_up", agent="3001", seconds=3.0)  # of the call under way
        await li.hang_up()
        await town.until("agent.state", state="wrap_up")
        await town.until("agent.state", state="busy", reason="1")
        await wang.hears_hang_up()
        await wang.hangs_up()
        await asks(town, "agent.state", agent="3001", state="away")
        await asks(town, "agent.sign_out", agent="3001")
        with pytest.raises(Refused, match="signed in nowhere"):
            await asks(town, "agent.state", agent="3001", state="ready")
        with pytest.raises(Refused, match="no agent with the number 3099"):
            await asks(town, "agent.sign_in", agent="3099", station="801")

    play(story, queues=queues(wrap_up_s="600", members='[{ agent = "3001" }]'))


def test_who_lets_it_ring_too_often_is_set_away(play: Play, staff: Callable[..., None]) -> None:
    staff(away_after=2)

    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        await signs_in(town, li)
        call = await comes(town, wang)
        await town.until("agent.state", state="away", by="box", within=60)
        assert len(town.told("call.offered")) == 2
        await asyncio.sleep(20)
        assert len(town.told("call.offered")) == 2
        await li.dial("*13")
        await town.until("agent.state", then="ready", by="handset")
        await asyncio.sleep(2)
        await li.hang_up()
        await talks(town, li, call)
        await parted(li, wang)

    play(story, ring_s=10.0, queues=AGENT_LI)


def test_hook_and_state_never_disagree(play: Play, staff: Callable[..., None]) -> None:
    """At every event of the box: off-hook is talking, and nothing else is."""
    staff()

    async def story(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        wrong: list[Any] = []

        def look(event: Any) -> None:
            agent = town.box.agents.at("801")
            telephone = town.box.stations["801"]
            if event.kind.startswith("agent.") and (agent.state == "talking") != telephone.offhook:  # type: ignore[union-attr]
                wrong.append(event)

        await signs_in(town, li)
        town.box.bus.subscribe(look)
        call = await comes(town, wang)
        await talks(town, li, call)
        await li.flash("802")
        await town.agent("802").rings()
        await li.hang_up()
        await town.until("call.moved", call=call)
        await talks(town, town.agent("802"), call)
        await parted(town.agent("802"), wang)
        assert not wrong and not town.box.agents.surprises
        assert states(town, "3001")[-1] == "ready"

    play(story, queues=AGENT_LI)


def test_the_caller_waits_for_the_agent_of_last_time_wherever_he_sits(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li, zhao, wang = town.agent("801"), town.agent("802"), town.caller(line=1)
        await signs_in(town, li)
        await signs_in(town, zhao, "3002")
        call = await comes(town, wang)
        await talks(town, li, call)
        await parted(li, wang)
        await town.until("call.ended", call=call)
        moved = town.agent("805")
        await moved.dial("*113001#4711#")
        await town.until("agent.signed_in", station="805")
        await moved.hang_up()
        await asyncio.sleep(1)
        again = await comes(town, wang)
        offered = await town.until("call.offered", call=again)
        assert (offered.station, offered.data["agent"], offered.data["why"][0]["id"]) == ("805", "3001", "last_agent")
        await talks(town, moved, again)
        await parted(moved, wang)

    play(story, queues=queues(members='[{ agent = "3002" }, { agent = "3001" }]'))


def test_calls_without_an_offer_belong_to_who_sits_there(play: Play, staff: Callable[..., None]) -> None:
    """Passed on to a colleague, and dialled to the outside: the record has the agent's number, not only the station."""
    staff()

    async def story(town: Town) -> None:
        li, zhao, wang = town.agent("801"), town.agent("802"), town.caller(line=1)
        await asks(town, "agent.sign_in", agent="3001", station="801")
        await asks(town, "agent.sign_in", agent="3002", station="802")
        call = await comes(town, wang)
        await talks(town, li, call)
        await li.flash("802")
        await zhao.rings()
        await zhao.pick_up()
        await asyncio.sleep(1)
        await puts_down(li)
        passed = await town.until("call.connected", call=call, station="802")
        assert (passed.data["agent"], passed.data["by"]) == ("3002", "801")
        await wang.hangs_up()
        await zhao.other_party_gone(within=10)
        await zhao.hang_up()
        await town.until("call.ended", call=call)
        assert (await town.record(call)).agent == "3002"
        person = subscriber(town)
        await li.dial(f"9{NUMBER}")
        callee = await answers(person)
        await asyncio.sleep(0.4)
        await callee.speaks(town.prompts.path("callee_hello"))
        out = await town.until("call.connected", station="801", agent="3001", line=8)
        await callee.hangs_up()
        await li.other_party_gone(within=20)
        await li.hang_up()
        await town.until("call.ended", call=out.call)
        record = await town.record(out.call)
        assert (record.agent, record.station, record.direction) == ("3001", "801", "outbound")

    play(story, queues=AGENT_LI)


def test_after_a_restart_he_is_signed_in_and_known_to_his_callers(play: Play, staff: Callable[..., None]) -> None:
    staff(sign_in=True)

    async def before(town: Town) -> None:
        li, wang = town.agent("801"), town.caller(line=1)
        await signs_in(town, li)
        call = await comes(town, wang)
        await talks(town, li, call)
        assert (await town.until("call.connected", call=call)).data["agent"] == "3001"
        await parted(li, wang)
        await town.until("call.ended", call=call)
        record = await town.record(call)
        assert (record.agent, record.station) == ("3001", "801")
        await asks(town, "agent.sign_in", agent="3002", station="802")
        await asks(town, "agent.state", agent="3002", state="busy", reason="1")

    async def after(town: Town) -> None:
        await town.until("agent.signed_in", agent="3001", how="restart")
        assert town.box.agents.takes_calls("3002") == "busy"
        await asks(town, "agent.state", agent="3002", state="ready")
        await asks(town, "agent.sign_in", agent="3001", station="805")
        wang = town.caller(line=2)
        call = await comes(town, wang)
        offered = await town.until("call.offered", call=call)
        assert (offered.station, offered.data["why"][0]["id"]) == ("805", "last_agent")
        await talks(town, town.agent("805"), call)
        await parted(town.agent("805"), wang)

    both = queues(members='[{ agent = "3002" }, { agent = "3001" }]')
    play(before, queues=both)
    play(after, queues=both)


def test_inside_he_is_called_by_his_own_number_wherever_he_sits(play: Play, staff: Callable[..., None]) -> None:
    staff()

    async def story(town: Town) -> None:
        li, zhao = town.agent("805"), town.agent("801")
        await zhao.dial("3001")  # he is not there: busy tone
        await zhao.other_party_gone(within=20)
        await puts_down(zhao)
        await signs_in(town, li)
        await zhao.dial("3001")
        await li.rings()
        await li.pick_up()
        connected = await town.until("call.connected")
        assert (connected.station, connected.data["agent"]) == ("805", "3001")
        await zhao.hang_up()
        await li.other_party_gone(within=5)
        await li.hang_up()

    play(story)
