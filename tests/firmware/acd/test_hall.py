"""The hall under random callers and agents who do the worst at the worst moment. Stations are real, their ports not.

Hypothesis draws the people; time is virtual. At every event the books must balance; at every quiet moment nobody may
wait while an agent could take his call; at the end nothing may be left over.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.binding.engine import Port
from firmware.acd.choose import choose
from firmware.acd.model import Queues
from firmware.acd.queue import Hall
from firmware.bus import Bus, Event
from firmware.calls.places import HangUp
from firmware.clock import run_stepped
from firmware.lines import CallerId, Digit
from firmware.stations import Station

STATIONS = ("801", "802", "803")


class SilentPort:
    """A port that does nothing: the story works the station's hook itself."""

    on_event: Any = None

    def __init__(self) -> None:
        self.rung = False

    def __getattr__(self, name: str) -> Any:
        """Whatever else a port is told."""
        return lambda *_: None

    def ring(self, *who: Any) -> None:
        self.rung = True

    def stop_ring(self) -> None:
        self.rung = False


class Desk(Station):
    """A station without sound, and its agent: picks up after `answers_s` (None: never), ends after `talks_s`, puts the
    handset down `lingers_s` after the other party has gone."""

    def __init__(self, number: str, bus: Bus, agent: "AgentPlan") -> None:
        self.wire = SilentPort()
        port: Any = self.wire
        assert not isinstance(port, Port)
        super().__init__(number, port, bus)
        self.agent = agent
        self.left = asyncio.Event()

    def _play_tones(self, tones: list[tuple[str, float]]) -> None: ...

    def leave(self) -> None:
        super().leave()
        self.left.set()

    async def works(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            if not self.wire.rung or self.agent.answers_s is None:
                continue
            await asyncio.sleep(self.agent.answers_s)
            if not self.wire.rung:
                continue
            self.wire.rung = False
            self.left.clear()
            self._off_hook()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.left.wait(), self.agent.talks_s)
                await asyncio.sleep(self.agent.lingers_s)
            self._on_hook()


@dataclass(frozen=True)
class AgentPlan:
    answers_s: float | None
    talks_s: float
    lingers_s: float


@dataclass(frozen=True)
class CallerPlan:
    comes_s: float
    queue: str
    patience_s: float
    keys: tuple[tuple[float, str], ...]
    vip: bool


TENTHS = st.integers(0, 300).map(lambda tenths: tenths / 10)
AGENTS = st.lists(
    st.builds(AgentPlan, st.none() | TENTHS, TENTHS.map(lambda s: s + 0.3), TENTHS.map(lambda s: s / 10)),
    min_size=3, max_size=3,
)  # fmt: skip
CALLERS = st.lists(
    st.builds(CallerPlan, TENTHS, st.sampled_from(["sales", "service"]), TENTHS.map(lambda s: 4 * s),
              st.lists(st.tuples(TENTHS, st.sampled_from("059")), max_size=2).map(tuple), st.booleans()),
    max_size=8,
)  # fmt: skip
QUEUES = st.builds(
    lambda strategy, wrap_up, rest, last, after: Queues.model_validate({
        "vip": {"1": 1},
        "queues": [
            {
                "id": "sales", "strategy": strategy, "ring_s": 10, "wrap_up_s": wrap_up, "rest_s": rest,
                "last_agent_wait_s": last, "members": [{"station": "801"}, {"station": "802", "tier": 1}],
                "keys": {"0": {"kind": "queue", "queue": "service"}, "9": {"kind": "hang_up"}},
                "overflow": [{"when": "waited", "after_s": after, "to": {"kind": "queue", "queue": "service"}}],
            },
            {
                "id": "service", "strategy": strategy, "ring_s": 10, "rest_s": rest,
                "keys": {"0": {"kind": "queue", "queue": "sales"}},
                "overflow": [{"when": "length", "most": 3, "to": {"kind": "hang_up"}}],
            },
        ],
    }),
    st.sampled_from(["longest_idle", "ring_all", "round_robin", "linear", "random", "weighted", "fewest_calls"]),
    st.sampled_from([0, 3, 12]), st.sampled_from([0, 5, 20]), st.sampled_from([None, 0, 8]),
    st.sampled_from([0, 15, 60]),
)  # fmt: skip


class Story:
    """One run."""

    def __init__(self, queues: Queues, agents: list[AgentPlan]) -> None:
        self.queues = queues
        self.bus = Bus(asyncio.get_running_loop().time)
        self.bus.subscribe(self.heard)
        self.desks = {number: Desk(number, self.bus, plan) for number, plan in zip(STATIONS, agents, strict=True)}
        self.hall: Hall | None = None
        self.hall = Hall(self.desks, queues, self.bus)
        self.ringing: dict[str, str] = {}
        self.outcomes: list[str] = []
        self.queued = 0

    def heard(self, event: Event) -> None:
        if self.hall is not None:
            assert not any(self.hall.missing(queue) for queue in self.hall.tallies), event
        self.queued += event.kind == "call.queued"
        if event.kind == "call.offered":
            assert event.station is not None and event.call is not None
            assert event.station not in self.ringing, f"{event.station} is rung for two"
            assert not self.desks[event.station].offhook
            self.ringing[event.station] = event.call
        if event.kind == "call.offer_ended":
            assert self.ringing.pop(str(event.station)) == event.call

    async def caller(self, index: int, plan: CallerPlan) -> None:
        await asyncio.sleep(plan.comes_s)
        assert self.hall is not None
        keys: asyncio.Queue[Digit] = asyncio.Queue()
        for after, key in plan.keys:
            asyncio.get_running_loop().call_later(after, keys.put_nowait, Digit(key, 0))
        number, call = ("1" if plan.vip else str(index % 3 + 2)), f"c{index}"
        station: Station | None = None
        outcome = "gave up"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(plan.patience_s):
                found = await self.hall.serve(call, index, plan.queue, CallerId(number), keys)
                if isinstance(found, Station):
                    station, outcome = found, "served"
                    assert station.call == call and station.offhook
                    await station.hung_up()
                else:
                    assert isinstance(found.to, HangUp)
                    outcome = "left"
        self.hall.ended(call)
        if station is not None:
            station.leave()
        self.outcomes.append(outcome)

    async def watch(self) -> None:
        """At quiet moments: nobody waits while somebody could take his call."""
        hall = self.hall
        assert hall is not None
        while True:
            await asyncio.sleep(1)
            await asyncio.sleep(0.01)  # what this moment's timers set off has been done
            now = asyncio.get_running_loop().time()
            for ticket in hall._waiting:
                if ticket.choice is not None and not ticket.choice.done():
                    queue = self.queues.by_name()[ticket.queue]
                    choice = choose(queue, ticket.as_caller(), hall._agents(ticket.queue), now - 0.011)
                    assert not choice.agents, f"{ticket.call} waits at {now} while {choice.agents} could"


@given(QUEUES, AGENTS, CALLERS)
@settings(max_examples=40, deadline=None)
def test_random_days(queues: Queues, agents: list[AgentPlan], callers: list[CallerPlan]) -> None:
    async def day() -> None:
        story = Story(queues, agents)
        hall = story.hall
        assert hall is not None
        workers = [asyncio.create_task(desk.works(), name=desk.number) for desk in story.desks.values()]
        workers.append(asyncio.create_task(story.watch(), name="watch"))
        async with asyncio.TaskGroup() as people:
            for index, plan in enumerate(callers):
                people.create_task(story.caller(index, plan), name=f"caller {index}")
        await asyncio.sleep(60)
        for worker in workers:
            assert not worker.done(), worker
            worker.cancel()
        await asyncio.wait(workers)
        assert story.bus.subscriber_errors == 0
        assert not story.ringing and not any(hall.waiting(queue) for queue in hall.tallies)
        assert len(story.outcomes) == len(callers)
        tallies = hall.tallies.values()
        assert sum(tally.entered for tally in tallies) == story.queued
        assert sum(tally.served for tally in tallies) == story.outcomes.count("served")
        assert sum(tally.abandoned for tally in tallies) == story.outcomes.count("gave up")
        moved = story.queued - len(callers)
        assert sum(tally.overflowed for tally in tallies) == moved + story.outcomes.count("left")
        assert all(desk.free and not desk.wire.rung for desk in story.desks.values())
        assert not any(hall._seats[number].reserved or hall._seats[number].serving for number in STATIONS)
        hall.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_stepped(day(), [])


@pytest.mark.parametrize("passes", range(10))
def test_gone_in_the_moment_of_picking_up(passes: int) -> None:
    """However many steps of the loop lie between the agent's off-hook and the caller's end: the agent is not left alone
    with a dead call, and the books balance."""

    async def moment() -> None:
        bus = Bus(asyncio.get_running_loop().time)
        desk = Desk("801", bus, AgentPlan(None, 0, 0))
        document = {"queues": [{"id": "sales", "strategy": "ring_all"}]}
        hall = Hall({"801": desk}, Queues.model_validate(document), bus)
        call = asyncio.create_task(hall.serve("c1", 1, "sales", CallerId("1"), asyncio.Queue()))
        await asyncio.sleep(1)
        assert desk.wire.rung
        desk._off_hook()
        for _ in range(passes):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
        tally = hall.tallies["sales"]
        if call.cancelled():
            assert desk.call is None and (tally.served, tally.abandoned) == (0, 1)
        else:
            assert desk.call == "c1" and (tally.served, tally.abandoned) == (1, 0)
            hall.ended("c1")
            desk.leave()
        desk._on_hook()
        assert desk.free and not hall.missing("sales") and not hall._seats["801"].reserved
        hall.close()

    run_stepped(moment(), [])
