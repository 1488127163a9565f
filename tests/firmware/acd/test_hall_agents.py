"""Hall and roster together, one step after the other: callers come, give up, press keys, are picked up by others and
passed on; agents sign in and out, move, go busy, lift, put down, let it ring; callbacks wait among them.

At every event the books balance and nobody is rung for two calls; after every step hook and state agree, and nobody
waits while somebody could take his call. Stations are real, their ports not; time is virtual.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from firmware.acd.choose import choose
from firmware.acd.model import Queues
from firmware.acd.queue import Fate, Hall
from firmware.agents.kept import Kept
from firmware.agents.roster import AgentError, Roster
from firmware.agents.section import Agents
from firmware.bus import Bus, Event
from firmware.clock import SteppedLoop
from firmware.lines import CallerId, Digit
from firmware.people import People
from firmware.stations import Station
from tests.firmware.acd.test_hall import AgentPlan, Desk

STATIONS = ("801", "802", "803")
PEOPLE = People.model_validate({
    "people": [{"id": f"p{number}", "name": f"P{number}", "number": number} for number in ("3001", "3002", "803")]
})  # fmt: skip
STATION, PERSON = st.sampled_from(STATIONS), st.sampled_from(["3001", "3002", "803"])


def queues(strategy: str, wrap_up_s: float, rest_s: float) -> Queues:
    common = {"strategy": strategy, "ring_s": 10, "rest_s": rest_s}
    return Queues.model_validate({
        "queues": [
            {
                "id": "sales", "wrap_up_s": wrap_up_s, **common,
                "members": [{"agent": "3001"}, {"agent": "3002"}, {"station": "801", "tier": 1}],
                "keys": {"0": {"kind": "queue", "queue": "service"}, "9": {"kind": "callback"}},
            },
            {
                "id": "service", **common,
                "overflow": [{"when": "no_agents", "leave": True, "to": {"kind": "hang_up"}}],
            },
        ],
    })  # fmt: skip


class One:
    """A caller and what became of him."""

    def __init__(self, task: "asyncio.Task[object]", keys: "asyncio.Queue[Digit]", virtual: bool) -> None:
        self.task = task
        self.keys = keys
        self.virtual = virtual
        self.fate: Fate = "abandoned"


class HallMachine(RuleBasedStateMachine):
    """`talks`: the station of each call that has been picked up."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = SteppedLoop()
        asyncio.set_event_loop(self.loop)
        self.folder = tempfile.TemporaryDirectory()
        self.callers: dict[str, One] = {}
        self.talks: dict[str, str] = {}
        self.rung: dict[str, str] = {}
        self.faults: list[str] = []
        self.outcomes = {"served": 0, "abandoned": 0, "overflowed": 0}
        self.count = 0

    @initialize(
        strategy=st.sampled_from(["longest_idle", "ring_all", "round_robin", "linear"]),
        wrap_up_s=st.sampled_from([0, 7]), rest_s=st.sampled_from([0, 5]), sign_in=st.booleans(),
        away_after=st.sampled_from([0, 2]),
    )  # fmt: skip
    def opens(self, strategy: str, wrap_up_s: float, rest_s: float, sign_in: bool, away_after: int) -> None:
        async def build() -> None:
            self.bus = Bus(self.loop.time)
            self.desks = {number: Desk(number, self.bus, AgentPlan(None, 0, 0)) for number in STATIONS}
            section = Agents(sign_in=sign_in, away_after=away_after)
            self.roster = Roster(self.desks, self.bus, Kept(Path(self.folder.name)), PEOPLE, section)
            self.hall = Hall(self.desks, queues(strategy, wrap_up_s, rest_s), self.bus, seating=self.roster)
            self.roster.wire(self.hall)
            self.roster.on_change = self.hall.look
            self.roster.start()
            self.bus.subscribe(self.heard)
            for number, desk in self.desks.items():
                desk.on_down = lambda number=number: self.down(number)

        self.loop.run_until_complete(build())

    def passes(self, does: Callable[[], object] = lambda: None, seconds: float = 0.05) -> None:
        """It is done, in the loop, and time passes."""

        async def work() -> None:
            does()
            await asyncio.sleep(seconds)

        self.loop.run_until_complete(work())

    def heard(self, event: Event) -> None:
        """At every event."""
        if any(self.hall.missing(queue) for queue in self.hall.tallies):
            self.faults.append(f"the books do not balance after {event}")
        if event.kind == "call.offered":
            station = str(event.station)
            agent = self.roster.at(station)
            if station in self.rung or self.desks[station].offhook or agent is None or agent.standing.then != "ready":
                self.faults.append(f"rung at the wrong moment: {event}, {agent}")
            self.rung[station] = str(event.call)
        elif event.kind == "call.offer_ended" and self.rung.pop(str(event.station), None) != event.call:
            self.faults.append(f"ended without having begun: {event}")

    # -- callers -----------------------------------------------------------------------------------------

    @rule(queue=st.sampled_from(["sales", "service"]), number=st.sampled_from(["1", "2", ""]))
    def comes(self, queue: str, number: str) -> None:
        self.begin(queue, number, virtual=False)

    @rule()
    def wants_callback(self) -> None:
        self.begin("sales", "7", virtual=True)

    def begin(self, queue: str, number: str, *, virtual: bool) -> None:
        self.count += 1
        call, keys = f"c{self.count}", asyncio.Queue[Digit]()

        async def waits() -> None:
            outcome = await self.hall.serve(
                call, None, queue, CallerId(number), keys, lambda: self.callers[call].fate,
                waited_s=30.0 if virtual else 0.0, stays=virtual,
            )  # fmt: skip
            if isinstance(outcome, Station):
                self.talks[call] = outcome.number
                if outcome.call != call or not outcome.offhook:
                    self.faults.append(f"{call} was given {outcome.number}, which is not his")
            elif virtual:
                self.faults.append(f"{call} was sent away")
            self.outcomes["served" if isinstance(outcome, Station) else "overflowed"] += 1

        self.callers[call] = One(self.loop.create_task(waits()), keys, virtual)
        self.passes()

    def waiting(self, *, virtual: bool = False) -> list[str]:
        return [call for call, one in self.callers.items() if not one.task.done() and (virtual or not one.virtual)]

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 9), picked_up=st.booleans())
    def leaves(self, which: int, picked_up: bool) -> None:
        """He gives up, or a colleague takes his call as it rings."""
        call = self.waiting()[which % len(self.waiting())]
        one = self.callers[call]
        one.fate = "served" if picked_up else "abandoned"
        self.passes(lambda: self.gone(one))

    def gone(self, one: One) -> None:
        def counted(task: "asyncio.Task[object]") -> None:
            if task.cancelled():
                self.outcomes[one.fate] += 1

        one.task.add_done_callback(counted)
        one.task.cancel()

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 9), key=st.sampled_from("059"))
    def presses(self, which: int, key: str) -> None:
        call = self.waiting()[which % len(self.waiting())]
        self.passes(lambda: self.callers[call].keys.put_nowait(Digit(key, 0)))

    # -- calls -------------------------------------------------------------------------------------------

    def ends(self, call: str) -> None:
        number = self.talks.pop(call)
        self.hall.ended(call)
        self.hall.left(number)
        self.desks[number].leave()

    def down(self, station: str) -> None:
        for call in [call for call, number in self.talks.items() if number == station]:
            self.ends(call)

    @precondition(lambda self: self.talks)
    @rule()
    def caller_hangs_up(self) -> None:
        self.passes(lambda: self.ends(next(iter(self.talks))))

    @precondition(lambda self: self.talks)
    @rule(to=STATION)
    def passed_on(self, to: str) -> None:
        """To a colleague who is free and takes it at once."""
        call, before = next(iter(self.talks.items()))
        desk = self.desks[to]
        if not desk.free or desk.wire.rung:
            return

        def passed() -> None:
            desk.call = call
            desk._off_hook()
            self.talks[call] = to
            self.hall.left(before)
            self.desks[before].leave()

        self.passes(passed)

    # -- agents ------------------------------------------------------------------------------------------

    @rule(station=STATION)
    def lifts(self, station: str) -> None:
        desk = self.desks[station]
        if not desk.offhook:
            desk.wire.rung = False
            self.passes(desk._off_hook)

    @rule(station=STATION)
    def puts_down(self, station: str) -> None:
        if self.desks[station].offhook:
            self.passes(self.desks[station]._on_hook)

    @rule(person=PERSON, station=STATION)
    def signs_in(self, person: str, station: str) -> None:
        self.tries(lambda: self.roster.sign_in(person, station, "handset"))

    @rule(station=STATION)
    def signs_out(self, station: str) -> None:
        self.tries(lambda: self.roster.sign_out(station, "handset"))

    @rule(station=STATION, wish=st.sampled_from(["ready", "busy", "away", "wrapped_up", "longer"]))
    def wants(self, station: str, wish: str) -> None:
        roster = self.roster
        self.tries({
            "ready": lambda: roster.ready(station, "page"), "busy": lambda: roster.busy(station, "1", "page"),
            "away": lambda: roster.away(station, "page"), "wrapped_up": lambda: roster.wrap_up(station, 0),
            "longer": lambda: roster.wrap_up(station, 20),
        }[wish])  # fmt: skip

    def tries(self, what: Callable[[], object]) -> None:
        def tried() -> None:
            with contextlib.suppress(AgentError):
                what()

        self.passes(tried)

    @rule(strategy=st.sampled_from(["longest_idle", "ring_all"]), service=st.booleans())
    def set_up_anew(self, strategy: str, service: bool) -> None:
        """People change the queues meanwhile, or take one away under those who wait there."""
        both = queues(strategy, 7, 5)
        alone = both.queues[0].model_copy(update={"keys": {}})
        self.passes(lambda: self.hall.change(both if service else Queues(queues=(alone,))))

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.passes(seconds=seconds)

    # -- what must hold ----------------------------------------------------------------------------------

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not hasattr(self, "hall"):
            return
        assert not self.faults, self.faults
        assert not self.bus.subscriber_errors and not self.roster.surprises
        for call, one in self.callers.items():
            if one.task.done() and not one.task.cancelled():
                assert one.task.exception() is None, call
        tallies = self.hall.tallies.values()
        assert sum(tally.served for tally in tallies) == self.outcomes["served"]
        assert sum(tally.abandoned for tally in tallies) == self.outcomes["abandoned"]
        assert sum(self.hall.waiting(queue) for queue in self.hall.tallies) == len(self.waiting(virtual=True))

    @invariant()
    def hook_and_state_agree(self) -> None:
        if not hasattr(self, "hall"):
            return
        for agent in self.roster:
            desk = self.desks[agent.station]
            assert (agent.state == "talking") == desk.offhook, agent
            assert (agent.state == "ringing") == (desk.call is not None and not desk.offhook), agent
            if agent.state == "wrap_up":
                assert self.hall.wraps(agent.number), agent
        sitting = [agent.number for agent in self.roster]
        assert len(set(sitting)) == len(sitting)

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        if not hasattr(self, "hall"):
            return
        now = self.loop.time() - 0.011
        for ticket in self.hall._waiting:
            if ticket.choice is not None and not ticket.choice.done():
                queue = self.hall.queue(ticket.queue)
                choice = choose(queue, ticket.as_caller(), self.hall._agents(ticket.queue), now)
                assert not choice.agents, f"{ticket.call} waits while {choice.agents} could take it"

    def everybody_goes(self) -> None:
        for call in self.waiting(virtual=True):
            self.gone(self.callers[call])
        for call in list(self.talks):
            self.ends(call)

    def teardown(self) -> None:
        if hasattr(self, "hall"):
            self.passes(self.everybody_goes)
            for desk in self.desks.values():
                if desk.offhook:
                    self.passes(desk._on_hook)
            self.passes(seconds=30)
            self.nothing_is_wrong()
            assert all(desk.free for desk in self.desks.values()) and not self.rung
            seats = [self.hall._seats[number] for number in (*STATIONS, "3001", "3002")]
            assert not any(seat.reserved or seat.serving for seat in seats)
            self.hall.close()
        self.loop.close()
        asyncio.set_event_loop(None)
        self.folder.cleanup()


# Not shrunk: that takes minutes, and a failing day reads well enough.
HallMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, report_multiple_bugs=False, phases=[Phase.generate]
)
TestHall = HallMachine.TestCase
