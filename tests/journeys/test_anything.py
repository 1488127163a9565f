"""People who do anything at any moment: random callers and users at real telephones, in virtual time.

Whatever they do, in the end every port is idle, every player and recorder is given back, nobody waits forgotten in a
queue, every answered call is recorded once, and the box has lost nothing (the town sees to the most of it).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.switching.section import Telephones
from firmware.training.caller import Caller
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town

Play = Callable[..., None]

STATIONS = ("801", "802", "803", "804")
DIALLED = (*STATIONS, "*8#", "*8801", "*20", "*211#", "*30802", "*31801", "*32803", "*33802", "*34801", "*35801803", "*4070#", "*66",
           "*5", "*70", "*71", "*72803#", "*72#", "*97", "9", "99", "2", "#", "1", "3")  # fmt: skip


@dataclass(frozen=True)
class Act:
    """`who`: a station, or a line whose caller acts. `what` is done `after_s`."""

    who: str
    what: str
    after_s: float


WAITS = st.sampled_from([0.0, 0.02, 0.3, 1.0, 2.5, 6.0])
ACTS = st.lists(
    st.one_of(
        st.builds(Act, st.sampled_from(STATIONS), st.sampled_from(["up", "up", "down", "flash", "answer"]), WAITS),
        st.builds(Act, st.sampled_from(STATIONS), st.sampled_from(DIALLED), WAITS),
        st.builds(Act, st.sampled_from(["1", "2"]), st.sampled_from(["call", "call", "1", "2", "0", "gone"]), WAITS),
    ),
    min_size=5, max_size=40,
)  # fmt: skip


class Person:
    """One telephone; what he wants to do is done if it can be."""

    def __init__(self, telephone: Telephone) -> None:
        self._telephone = telephone
        self._ready_at = 0.0

    async def does(self, what: str) -> None:
        phone = self._telephone
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

    async def goes(self) -> None:
        await self.does("down")


class Outsider:
    """A caller on one line, again and again."""

    def __init__(self, town: Town, line: int) -> None:
        self._town, self._line = town, line
        self._caller: Caller | None = None
        self._dialling: asyncio.Task[bool] | None = None

    async def does(self, what: str) -> None:
        if what == "call" and self._caller is None and self._town.world.lines[self._line].idle:
            self._caller = self._town.caller(line=self._line, number=f"1380013800{self._line}")
            self._dialling = asyncio.create_task(self._caller.dials())
        elif what == "gone":
            await self.goes()
        elif what != "call" and self._caller is not None and self._dialling is not None and self._dialling.done():
            self._caller.line.handset.press(what)

    async def goes(self) -> None:
        if self._caller is None or self._dialling is None:
            return
        caller, self._caller = self._caller, None
        self._dialling.cancel()
        await asyncio.wait([self._dialling])
        await caller.hangs_up()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_people_do(play: Play, acts: list[Act]) -> None:
    async def story(town: Town) -> None:
        rights = {"supervisors": list(STATIONS)}
        town.box.setup.change(Telephones, lambda now: now.model_copy(update=rights), who="test")
        people: dict[str, Person | Outsider] = {number: Person(town.agent(number)) for number in STATIONS}
        people |= {str(line): Outsider(town, line) for line in (1, 2)}
        for act in acts:
            await people[act.who].does(act.what)
            await asyncio.sleep(act.after_s)
        await asyncio.sleep(1)
        for person in people.values():
            await person.goes()
        await town.quiet()
        started = {event.call for event in town.told("call.started")}
        ended = [event.call for event in town.told("call.ended")]
        assert sorted(ended, key=str) == sorted(started, key=str)
        talked = {event.call for event in town.told("call.connected")}
        assert talked <= {event.call for event in town.told("call.recorded")}
        assert not any(handset.active or handset.held for handset in town.box.calls.handsets.values())
        assert not town.box.park.parked
        assert not town.box.rooms.meetings

    play(story, fresh=True)
