"""People who do anything at any moment, at real telephones, in virtual time: callers, users and agents of the house,
somebody outside, supervisors, and whoever changes the queues meanwhile.

After every step the books of the queues balance, nobody is linked who is in no call, and no line or station is held by
a call that has ended. In the end every port is idle, every link, player and recorder is given back, nobody is left on
hold, parked or in a room, every call has ended once, and every answered second is recorded once (H7, by the audit).
"""

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from drivers.binding._core import lib
from drivers.binding.engine import Engine
from drivers.binding.events import LineState
from drivers.binding.simcard import SimCard
from firmware.acd.model import Queues
from firmware.agents.intents import AgentIntents
from firmware.api.agents import AGENTS
from firmware.api.messages import Refused, SetupChanged
from firmware.box import Box, Wiring
from firmware.clock import SteppedLoop, TickClock
from firmware.config import load_board, load_country
from firmware.dialplan.permission import Fuse
from firmware.lines import Line
from firmware.outbound.section import Dialling
from firmware.people import People
from firmware.prompts import Prompts
from firmware.recording.audit import audit_recordings
from firmware.setup.store import Setup
from firmware.stations import Station
from firmware.switching.section import Diversion, Telephones
from firmware.training.caller import Caller
from firmware.training.subscribers import Callee, Sounds, Subscriber
from firmware.training.telephone import Telephone
from firmware.training.world import World
from tests.journeys.conftest import BEGIN, LOST, Town

NUMBER = "13900139000"
STATIONS = ("801", "802", "803", "804")
DIALLED = (*STATIONS, f"9{NUMBER}", "*8#", "*8801", "*20", "*211#", "*30802", "*31801", "*32803", "*33802", "*34801",
           "*35801803", "*4070#", "*66", "*5", "*70", "*71", "*72803#", "*72#", "*97", "*12", "*13", "*141#", "*15",
           "9", "99", "2", "#", "1", "3")  # fmt: skip
STAFF = {"people": [{"id": f"p{number}", "name": f"P {number}", "number": number} for number in ("3001", "3002")]}
SALES = {
    "id": "sales", "wrap_up_s": 5,
    "members": [{"agent": "3001"}, {"station": "802"}, {"station": "803", "tier": 1}],
    "keys": {"9": {"kind": "hang_up"}, "0": {"kind": "station", "station": "804"}},
    "overflow": [{"when": "waited", "after_s": 20, "to": {"kind": "voicemail", "box": "general"}}],
}  # fmt: skip
BOTH = Queues.model_validate({"queues": [SALES, {"id": "operator", "strategy": "ring_all"}]})
ALONE = Queues.model_validate({"queues": [{**SALES, "strategy": "ring_all", "overflow": []}]})

STATION, LINE = st.sampled_from(STATIONS), st.sampled_from([1, 2, 3])
WAIT = st.sampled_from([0.0, 0.02, 0.3, 1.0, 2.5])


class Links:
    """Who is linked with whom, as it was ordered: of ports only, players and recorders are counted by the core."""

    def __init__(self, engine: Engine) -> None:
        self.now: set[tuple[int, int]] = set()
        self._ends = {port.source for port in engine.ports} | {port.sink for port in engine.ports}
        post = engine.post

        def seen(what: str, kind: int, *args: Any, **more: Any) -> Any:
            pair = more.get("source", -1), more.get("sink", -1)
            if kind == lib.LC_CMD_LINK and set(pair) <= self._ends:
                self.now.add(pair)
            elif kind == lib.LC_CMD_UNLINK:
                self.now.discard(pair)
            elif kind == lib.LC_CMD_CLEAR:
                self.now = {one for one in self.now if not set(one) & set(pair)}
            return post(what, kind, *args, **more)

        engine.post = seen  # type: ignore[method-assign]


class Person:
    """One telephone; what he wants to do is done if it can be."""

    def __init__(self, telephone: Telephone) -> None:
        self.telephone = telephone
        self._ready_at = 0.0

    async def does(self, what: str) -> None:
        phone = self.telephone
        now = asyncio.get_running_loop().time()
        if what == "down" and phone.offhook:
            await phone.hang_up()
            self._ready_at = now + 2.0  # his own line's guard
        elif what in ("up", "answer") and not phone.offhook and now >= self._ready_at:
            if what == "up" or phone.ringing:
                await phone.pick_up()
        elif what == "flash" and phone.offhook:
            await phone.flash()
        elif what not in ("up", "answer", "down", "flash") and phone.offhook:
            phone.handset.press(what)


class Outsider:
    """A caller on one line, again and again."""

    def __init__(self, town: Town, line: int) -> None:
        self._town, self._line = town, line
        self._caller: Caller | None = None
        self._dialling: asyncio.Task[bool] | None = None

    async def calls(self) -> None:
        if self._caller is None and self._town.world.lines[self._line].idle:
            self._caller = self._town.caller(line=self._line, number=f"1380013800{self._line}")
            self._dialling = asyncio.create_task(self._caller.dials())

    async def presses(self, key: str) -> None:
        if self._caller is not None and self._dialling is not None and self._dialling.done():
            self._caller.line.handset.press(key)

    async def goes(self) -> None:
        if self._caller is None or self._dialling is None:
            return
        caller, self._caller = self._caller, None
        self._dialling.cancel()
        await asyncio.wait([self._dialling])
        await caller.hangs_up()


class House(RuleBasedStateMachine):
    """The whole box with its town. Each step is run in virtual time, and then some time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        data = Path(self.folder.name)
        setup = Setup(data)
        setup.change(People, lambda _: STAFF, who="test")
        setup.change(Queues, lambda _: BOTH, who="test")
        setup.change(Dialling, lambda _: {"fuse": Fuse(outside_to_outside=True)}, who="test")
        telephones = {
            "supervisors": list(STATIONS),
            "diversions": {"804": Diversion(ring_s=5, follow_me=[f"9{NUMBER}"])},
        }
        setup.change(Telephones, lambda now: now.model_copy(update=telephones), who="test")
        board, plan = load_board("sim-8x8"), load_country("cn")
        self.card = SimCard(board.port_specs, board.wires, plan, record_sync_ms=0)
        self.links = Links(self.card.box)
        engines = [self.card.box, self.card.far]
        self.runner = asyncio.Runner(loop_factory=lambda: SteppedLoop(engines, tick_ms=10))

        async def opens() -> None:
            clock = TickClock(self.card.box, BEGIN)
            self.box = Box(Wiring(self.card.box, board, "sim-8x8", plan, "zh", data, clock, False))
            world = World(self.card.far, board, release="busy")
            self.town = Town(self.card, self.box, world, Prompts("zh"), data)
            world.office.sounds = Sounds.of(self.town.prompts, data)
            self.free = len(self.card.box.players_free), len(self.card.box.recorders_free)
            self.somebody = world.office.subscriber(Subscriber(NUMBER))
            self.callees: list[Callee] = []
            await self.box.start()

        self.does(opens())
        self.people = {number: Person(self.town.agent(number)) for number in STATIONS}
        self.outsiders = {line: Outsider(self.town, line) for line in (1, 2, 3)}

    def does(self, work: Coroutine[Any, Any, None], after_s: float = 0.0) -> None:
        async def step() -> None:
            await work
            await asyncio.sleep(after_s)

        self.runner.run(step())

    # -- what people do ----------------------------------------------------------------------------------

    # Few rules with weights inside: Hypothesis leaves some rules out of each example.

    @rule(line=LINE, what=st.sampled_from(["call", "call", "call", "9", "gone"]), after_s=WAIT)
    def outside(self, line: int, what: str, after_s: float) -> None:
        """Somebody calls in and chooses the queue, presses a key, or hangs up."""
        one = self.outsiders[line]

        async def calls() -> None:
            await one.calls()
            await asyncio.sleep(6.0)
            await one.presses("1")

        does = {"call": calls, "gone": one.goes}.get(what, lambda: one.presses(what))
        self.does(does(), after_s)

    @precondition(lambda self: self.ringing())
    @rule(which=st.integers(0, 3), after_s=WAIT)
    def answers(self, which: int, after_s: float) -> None:
        rung = self.ringing()
        self.does(rung[which % len(rung)].does("answer"), after_s)

    @rule(station=STATION, digits=st.sampled_from(DIALLED + STATIONS * 2 + (f"9{NUMBER}",) * 4), after_s=WAIT)
    def dials(self, station: str, digits: str, after_s: float) -> None:
        """Lifting the handset, if it is down."""

        async def dials() -> None:
            await self.people[station].does("up")
            await asyncio.sleep(0.6)
            await self.people[station].does(digits)

        self.does(dials(), after_s + 0.15 * len(digits))

    @precondition(lambda self: self.talking(connected=True))
    @rule(
        which=st.integers(0, 3),
        digits=st.sampled_from((*DIALLED, *STATIONS * 3, "*20", "", "", "1", "3", "3")),
        after_s=WAIT,
    )
    def holds_and_dials(self, which: int, digits: str, after_s: float) -> None:
        talking = self.talking(connected=True)
        person = talking[which % len(talking)]

        async def dials() -> None:
            await person.does("flash")
            await asyncio.sleep(0.5)
            if digits:
                await person.does(digits)

        self.does(dials(), after_s + 0.15 * len(digits))

    @precondition(lambda self: self.talking())
    @rule(which=st.integers(0, 3), after_s=WAIT)
    def puts_down(self, which: int, after_s: float) -> None:
        self.does(self.talking()[which % len(self.talking())].does("down"), after_s)

    @rule(what=st.sampled_from(["answers", "answers", "answers", "goes", "agents", "agents", "queues"]),
          station=STATION, agent=st.sampled_from(["3001", "3002"]), way=st.integers(0, 3), after_s=WAIT)  # fmt: skip
    def elsewhere(self, what: str, station: str, agent: str, way: int, after_s: float) -> None:
        """The one outside answers, takes a call by key, or goes; agents at the page; the queues are changed."""
        match what:
            case "answers":
                self.does(self.callee_answers(), after_s)
            case "goes":
                self.does(self.callees_go(), after_s)
            case "agents":
                self.does(self.agent_asks(station, agent, way), after_s)
            case "queues":
                self.does(self.queues_change(ALONE if way == 0 else BOTH), after_s)

    @rule(seconds=st.sampled_from([1.0, 3.0, 6.0, 15.0]))
    def time_passes(self, seconds: float) -> None:
        self.does(asyncio.sleep(0), seconds)

    def ringing(self) -> list[Person]:
        return [person for person in self.people.values() if person.telephone.ringing]

    def talking(self, *, connected: bool = False) -> list[Person]:
        """Whoever is in a call, or holds one; `connected`: and hears somebody."""
        handsets = [(number, self.box.calls.handsets[number]) for number in STATIONS]
        return [
            self.people[number]
            for number, one in handsets
            if (one.active is not None and (one.active.call.connected or not connected)) or (one.held and not connected)
        ]

    async def callee_answers(self) -> None:
        if not self.somebody.calls.empty():
            self.callees.append(callee := self.somebody.calls.get_nowait())
            callee.answers()
            await asyncio.sleep(0.5)
            callee.line.handset.speak(self.town.prompts.path("callee_hello"))
        elif self.callees:
            self.callees[-1].line.handset.press("1")

    async def callees_go(self) -> None:
        while self.callees:
            await self.callees.pop().hangs_up()

    async def agent_asks(self, station: str, agent: str, way: int) -> None:
        intent, args = (
            ("agent.sign_out", {"agent": agent}),
            ("agent.state", {"agent": agent, "state": "busy", "reason": "1"}),
        )[way] if way < 2 else ("agent.sign_in", {"agent": agent, "station": station})  # fmt: skip
        with contextlib.suppress(Refused):
            await AgentIntents(self.box.agents).handlers()[intent](AGENTS[intent].model_validate(args))

    async def queues_change(self, queues: Queues) -> None:
        self.box.setup.change(Queues, lambda _: queues, who="test")
        await self.box.setup_changed(SetupChanged(section="queues"))

    # -- what must hold at every moment ------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        assert not self.town.miscounted, "callers in were not served + abandoned + overflowed + inside"
        assert not self.box.bus.subscriber_errors

    @invariant()
    def nothing_is_left_over(self) -> None:
        """What is just being put away has a few ticks for that."""
        if self.left_over():
            self.does(asyncio.sleep(0), 0.1)
            assert not self.left_over(), self.left_over()

    def left_over(self) -> list[str]:
        """Links of a port that is in no call; lines and telephones in a call that has ended."""
        every: list[Line | Station] = [*self.box.lines.values(), *self.box.stations.values()]
        ports = {end: one for one in every for end in (one.port.source, one.port.sink)}
        found = [f"{ports[end].port.name} is linked" for pair in self.links.now for end in pair if ports[end].free]
        calls = self.box.calls.calls
        for line in self.box.lines.values():
            if line.call is not None and line.call not in calls and line.state is LineState.OFFHOOK:
                found.append(f"line {line.number} is held by {line.call}")
        for number, handset in self.box.calls.handsets.items():
            legs = [leg for leg in (handset.active, *handset.held) if leg is not None]
            found += [f"station {number} is in {leg.call.id}" for leg in legs if leg.call.id not in calls]
        return found

    # -- and in the end ----------------------------------------------------------------------------------

    async def everybody_goes(self) -> None:
        for person in self.people.values():
            await person.does("down")
        for outsider in self.outsiders.values():
            await outsider.goes()
        for _ in range(40):  # who is still rung, or led on, goes as well
            while not self.somebody.calls.empty():
                self.callees.append(self.somebody.calls.get_nowait())
                self.callees[-1].refuses()
            if not len(self.box.calls):
                break
            await asyncio.sleep(2)
            await self.callees_go()
            for person in self.people.values():
                await person.does("down")
        await self.callees_go()
        await self.town.quiet()

    def teardown(self) -> None:
        try:
            self.does(self.everybody_goes())
            self.all_is_over()
            self.does(self.town.world.close())
            self.does(self.box.stop("the day is over"))
            found = audit_recordings(Path(self.folder.name))
            assert found["ok"], found
        finally:
            self.runner.close()
            self.card.close()
            self.folder.cleanup()

    def all_is_over(self) -> None:
        self.the_books_balance()
        assert not self.links.now, self.links.now
        assert (len(self.card.box.players_free), len(self.card.box.recorders_free)) == self.free
        started = [event.call for event in self.town.told("call.started")]
        ended = [event.call for event in self.town.told("call.ended")]
        assert sorted(ended, key=str) == sorted(set(started), key=str)
        recorded = Counter(event.call for event in self.town.told("call.recorded"))
        assert set(recorded.values()) <= {1}
        assert {event.call for event in self.town.told("call.connected")} <= set(recorded)
        assert not any(handset.active or handset.held for handset in self.box.calls.handsets.values())
        assert not self.box.park.parked and not self.box.rooms.meetings
        assert not any(self.box.hall.waiting(queue) for queue in self.box.hall.tallies)
        for engine in (self.card.box, self.card.far):
            lost = {name: engine.counters()[name] for name in LOST}
            assert not any(lost.values()), lost


# Not shrunk: that takes minutes, and a failing day reads well enough.
House.TestCase.settings = settings(
    max_examples=16, stateful_step_count=50, deadline=None, report_multiple_bugs=False, phases=[Phase.generate]
)
TestHouse = House.TestCase
