"""More calls than lines, and more callers than agents: what callers hear, and what the box tells."""

import asyncio
from collections.abc import Callable
from typing import Any

from firmware.surge.section import Surge
from firmware.training.caller import Caller
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, members, queues

Play = Callable[..., None]


def surge(town: Town, **how: Any) -> None:
    town.box.setup.change(Surge, lambda _: how, who="test")
    town.box.changes.changed("surge")


async def many(town: Town, lines: range) -> list[Caller]:
    """So many call, and wait in the queue."""
    callers = [town.caller(line=line, number=f"139001390{line:02}") for line in lines]
    for caller in callers:
        await comes(town, caller)
    return callers


def test_whoever_takes_the_last_line_leaves_his_number_and_frees_it(play: Play) -> None:
    async def story(town: Town) -> None:
        surge(town, lines_after_s=5, waiting_least=0, calm_s=10, flow="surge")
        others = await many(town, range(1, 8))
        assert {event.data["flow"] for event in town.told("call.flow")} == {"main"}
        wang = town.caller(line=8)
        assert await wang.dials()
        call = town.told("call.started")[-1].call
        assert (await town.until("call.flow", call=call)).data["flow"] == "surge"
        began = await town.until("surge.began")
        assert (began.data["why"], began.data["lines"]) == ("lines", 8)
        (alarm,) = town.told("alarm.raised", name="surge_lines")
        assert "busy tone" in alarm.data["text"] and alarm.data["lines"] == 8
        await town.until("call.prompt", call=call, prompt="callback_own")
        await wang.presses("1")
        wanted = await town.until("call.callback_wanted", call=call)
        assert wanted.data["number"] == "13800138000"
        await wang.hears_hang_up()
        await wang.hangs_up()
        ended = await town.until("surge.ended", within=60)
        assert ended.data["why"] == "lines" and ended.data["seconds"] > 5
        assert town.told("alarm.cleared", name="surge_lines")
        chen = town.caller(line=8, number="13700137000")
        for other in others[:1]:
            await other.hangs_up()
        await asyncio.sleep(3)
        assert await chen.dials()  # it is calm again: he hears the usual menu
        call = town.told("call.started")[-1].call
        assert (await town.until("call.flow", call=call)).data["flow"] == "main"
        for caller in (*others[1:], chen):
            await caller.hangs_up()

    play(story, queues=queues(members=members("801"), callback="{ tries = 0 }"))


def test_too_many_wait_for_too_few(play: Play) -> None:
    async def story(town: Town) -> None:
        surge(town, waiting_least=3, per_agent=2, calm_s=4, flow="surge")
        await town.agent("801").pick_up()  # the only agent talks elsewhere
        others = await many(town, range(1, 4))
        began = await town.until("surge.began")
        assert {key: began.data[key] for key in ("why", "queue", "waiting", "agents")} == {
            "why": "waiting", "queue": "sales", "waiting": 3, "agents": 1,
        }  # fmt: skip
        assert town.told("alarm.raised", name="surge_sales")
        wang = town.caller(line=4)
        assert await wang.dials()
        call = town.told("call.started")[-1].call
        assert (await town.until("call.flow", call=call)).data["flow"] == "surge"
        await wang.hangs_up()
        await others[0].hangs_up()
        ended = await town.until("surge.ended")
        assert (ended.data["queue"], ended.data["most"], ended.data["came"]) == ("sales", 3, 1)
        assert town.told("alarm.cleared", name="surge_sales")
        for caller in others[1:]:
            await caller.hangs_up()
        await town.agent("801").hang_up()

    play(story, queues=queues(members=members("801")))


def test_without_a_flow_nothing_changes_for_callers(play: Play) -> None:
    """As the box comes: it tells, and no more."""

    async def story(town: Town) -> None:
        surge(town, waiting_least=2, calm_s=0, alarm=False)
        await town.agent("801").pick_up()
        others = await many(town, range(1, 5))
        assert town.told("surge.began") and not town.told("alarm.raised", name="surge_sales")
        for caller in others:
            await caller.hangs_up()
        await town.until("surge.ended")
        assert {event.data["flow"] for event in town.told("call.flow")} == {"main"}
        await town.agent("801").hang_up()

    play(story, queues=queues(members=members("801")))
