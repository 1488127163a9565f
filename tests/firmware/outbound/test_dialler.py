"""From a number to an answer, over the lines of a simulated card; and what the fuse makes of it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from firmware.bus import Event
from firmware.dialplan.permission import Fuse, ServiceClass
from firmware.lines import Line
from firmware.outbound.attempt import Bearer
from firmware.outbound.dialler import Dialler, Means, Reached, Who
from firmware.outbound.ledger import OutgoingLedger, read_ledger
from firmware.outbound.section import Dialling, NamedRoute
from firmware.people import People, Person
from firmware.setup.store import Setup, SetupInvalid
from firmware.store.database import open_store
from firmware.store.writer import Ledger as StoreLedger
from firmware.training.caller import Caller

from .conftest import NUMBER, Town

Tell = Callable[..., None]
LI = Who("801")
NIGHT = 1_767_600_000.0 + 14 * 3600  # 22:00 UTC; the tests run in UTC


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def nobody(line: Line, cue: str) -> None:
    raise AssertionError(f"line {line.number} was to be cut: {cue}")


def dialler(town: Town, **setup: Any) -> Dialler:
    return with_end(town, nobody, **setup)


def with_end(town: Town, cut: Any, warn: Any = lambda _: None, **setup: Any) -> Dialler:
    means = Means(town.bus, town.plan, town.clock, town.lines, OutgoingLedger(), lambda: ("801", "802"), cut, warn)
    return Dialler(means, Dialling(**setup))


async def dial(town: Town, dialler: Dialler, number: str = NUMBER, call: str = "call") -> Reached:
    """Dials, and puts the line away."""
    dialled, permission = dialler.may(call, number, LI)
    assert permission.ok, permission
    reached = await dialler.reach(Bearer(call), dialled)
    if reached.line is not None:
        await reached.line.hang_up()
        await reached.line.idle()
    await dialler.close()
    return reached


def lines_tried(town: Town) -> list[int | None]:
    return [event.line for event in town.told("call.dialling")]


@pytest.mark.parametrize("number", [NUMBER, "9" + NUMBER, "+86 139 0013 9000"])
def test_a_number_in_any_form(tell: Tell, number: str) -> None:
    async def story(town: Town) -> None:
        town.subscriber(after_s=6.0)
        reached = await dial(town, dialler(town), number)
        assert reached.result == "answered"
        assert town.world.office.dialled == [NUMBER]
        assert lines_tried(town) == [8], "the last line first: callers come in on the first ones"
        (outcome,) = town.told("call.outcome")
        assert (outcome.data["result"], outcome.data["by"]) == ("answered", "voice")
        assert [event.data["what"] for event in town.told("call.progress")][:3] == ["dial tone", "dialled", "ringback"]

    tell(story)


def test_next_line_without_dial_tone_and_with_a_cut_wire(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes="busy")
        town.world.lines[8].dial_tone_after_s = None
        town.card.cut(6)
        await asyncio.sleep(2)
        reached = await dial(town, dialler(town))
        assert reached.result == "busy"
        assert lines_tried(town) == [8, 6], "line 7 is dead and not even tried"
        (told,) = town.told("line.no_dial_tone")
        assert told.line == 8 and told.data["evidence"][-1]["what"] == "no dial tone for 5 s"
        town.card.cut(6, False)
        await asyncio.sleep(2)

    tell(story)


def test_a_line_that_is_lost_while_dialling(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes="busy")
        running = asyncio.create_task(dial(town, dialler(town)))
        await asyncio.sleep(1)
        town.card.cut(7)
        assert (await running).result == "busy"
        assert lines_tried(town) == [8, 7]
        town.card.cut(7, False)
        await asyncio.sleep(2)

    tell(story)


def test_glare_takes_the_next_line(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes="busy")
        wang = Caller(town.world.lines[8], "13800138000")
        calling = asyncio.create_task(wang.dials())
        await asyncio.sleep(0.05)
        running = asyncio.create_task(dial(town, dialler(town)))
        await asyncio.sleep(0.5)
        assert calling.done(), "the box has answered without knowing"
        await wang.speaks(town.prompts.path("callee_hello"))
        assert (await running).result == "busy"
        assert lines_tried(town) == [8, 7]
        assert town.rung == [8] and town.world.lines[8].offhook, "the caller has the line"
        await town.lines[8].hang_up()
        await town.lines[8].idle()
        await wang.hangs_up()

    tell(story)


def test_every_line_busy(tell: Tell) -> None:
    async def story(town: Town) -> None:
        routes = [NamedRoute(id="mobile", kinds=("mobile",), lines=(3,)), NamedRoute(id="rest", lines=(2,))]
        dials = dialler(town, routes=routes)
        town.subscriber(after_s=5.0)
        one = asyncio.create_task(dial(town, dials, call="one"))
        await asyncio.sleep(0.5)
        two = asyncio.create_task(dial(town, dials, call="two"))
        await asyncio.sleep(0.5)
        assert (await dial(town, dials, call="three")).result == "no_line"
        assert [(await one).result, (await two).result] == ["answered", "answered"]
        assert [event.data["route"] for event in town.told("call.dialling")] == ["mobile", "rest"]

    tell(story)


# -- may it be dialled --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "setup", "why", "alarm"),
    [
        ("0012125550123", {}, "class_forbids", False),
        ("0012125550123", {"otherwise": "all"}, "kind_off", True),
        (NUMBER, {"stations": {"801": "inside"}}, "class_forbids", False),
        (NUMBER, {"classes": {"normal": ServiceClass(barred=("139",))}}, "number_barred", False),
        ("4711", {}, "class_forbids", False),
    ],
)
def test_what_may_not_be_dialled(tell: Tell, number: str, setup: dict[str, Any], why: str, alarm: bool) -> None:
    async def story(town: Town) -> None:
        _, permission = dialler(town, **setup).may("call", number, LI)
        assert not permission.ok
        (told,) = town.told("call.refused")
        assert why in [reason["id"] for reason in told.data["why"]]
        assert bool(town.told("fuse.blown")) is alarm
        assert bool(town.told("alarm.raised")) is alarm

    tell(story)


def test_a_caller_from_outside_is_not_put_through(tell: Tell) -> None:
    async def story(town: Town) -> None:
        dials = dialler(town)
        assert not dials.may("call", NUMBER, Who("801", "outside"))[1].ok
        assert [event.data["name"] for event in town.told("alarm.raised")] == ["fraud_fuse"]
        dials.quiet()
        assert town.told("alarm.cleared")
        dials.setup = Dialling(fuse=Fuse(outside_to_outside=True))
        assert dials.may("call", NUMBER, Who("801", "outside"))[1].ok

    tell(story)


def test_at_most_so_many_dear_calls_at_once(tell: Tell) -> None:
    async def story(town: Town) -> None:
        dials = dialler(town, otherwise="all", fuse=Fuse(international=True, at_once=1))
        number = "0012125550123"
        town.subscriber(number)
        running = asyncio.create_task(dial(town, dials, number))
        await asyncio.sleep(1)
        assert not dials.may("other", number, LI)[1].ok
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await dials.close()
        assert dials.may("other", number, LI)[1].ok

    tell(story)


# -- the night's minutes ------------------------------------------------------------------------------------------


class Talk:
    """Talks until the fuse ends it: when it warned and when it ended, seconds from the answer."""

    def __init__(self, town: Town, **fuse: Any) -> None:
        self.town = town
        self.warned: dict[int, float] = {}
        self.ended: dict[int, float] = {}
        self.dials = with_end(town, self.cut, self.warn, fuse=Fuse(**fuse))

    def begin(self, line: int) -> None:
        town, call = self.town, f"call {line}"
        town.bus.publish(
            "call.dialling", call=call, line=line, number=NUMBER, number_kind="mobile", route="all", why=[]
        )
        self.dials.answered(call, self.dials.classify(NUMBER), town.lines[line], "voice")

    def warn(self, line: Line) -> None:
        self.warned[line.number] = asyncio.get_running_loop().time()

    def cut(self, line: Line, cue: str) -> None:
        assert cue == "fuse"
        self.ended[line.number] = asyncio.get_running_loop().time()
        self.town.bus.publish("line.released", line=line.number)


@pytest.mark.parametrize(("calls", "ends"), [(1, 600.0), (2, 300.0)])
def test_the_fuse_ends_calls_by_night(tell: Tell, calls: int, ends: float) -> None:
    async def story(town: Town) -> None:
        town.clock._started += 14 * 3600  # 22:00
        talk = Talk(town, night_minutes=10)
        for line in range(1, calls + 1):
            talk.begin(line)
        await asyncio.sleep(ends + 5)
        assert len(talk.warned) == len(talk.ended) == calls
        for line in range(1, calls + 1):
            assert talk.warned[line] == pytest.approx(ends - 60, abs=2)
            assert talk.ended[line] == pytest.approx(ends, abs=2)
        assert len(town.told("fuse.blown")) == calls
        assert [event.data["name"] for event in town.told("alarm.raised")] == ["fraud_fuse"] * calls
        dials = talk.dials
        assert dials.means.ledger.use(dials.setup.fuse, dials._moment()).night_minutes == pytest.approx(10, abs=0.1)
        assert not dials.may("late", NUMBER, LI)[1].ok
        assert dials.may("late", "110", LI)[1].ok

    tell(story)


def test_a_call_that_lasts_into_the_night(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.clock._started += 11 * 3600 + 55 * 60  # 19:55
        talk = Talk(town, night_minutes=3)
        talk.begin(1)
        await asyncio.sleep(500)
        assert talk.ended[1] == pytest.approx(5 * 60 + 3 * 60, abs=2)

    tell(story)


def test_by_day_there_is_no_limit(tell: Tell) -> None:
    async def story(town: Town) -> None:
        talk = Talk(town)
        talk.begin(1)
        await asyncio.sleep(7200)
        town.bus.publish("line.released", line=1)
        assert not talk.warned and not talk.ended
        assert talk.dials.means.ledger.held_s(1, talk.dials._moment()) == pytest.approx(7200, abs=1)
        assert talk.dials.means.ledger.charged_now() == 0

    tell(story)


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    events, seq = [], 0

    def tell(at: float, kind: str, call: str, line: int | None = None, **data: Any) -> None:
        nonlocal seq
        seq += 1
        events.append(Event(seq, at, kind, call, line, None, data))

    for number, (began, ended) in enumerate([(0, 600), (900, 1200), (1500, None)]):
        call = f"call {number}"
        tell(NIGHT + began - 60, "call.started", call, direction="outbound")
        tell(NIGHT + began - 30, "call.dialling", call, 8, number_kind="mobile")
        tell(NIGHT + began, "call.far_answered", call, 8, number_kind="mobile")
        if ended is None:  # the box died half an hour after the night's begin
            tell(NIGHT + 1800, "call.digit", call, 8)
            tell(NIGHT + 1800, "line.idle", call, 7)
        else:
            tell(NIGHT + ended, "line.released", call, 8)
            tell(NIGHT + ended, "call.ended", call, result="answered", side="agent", cue="onhook")
    kept = StoreLedger(store)
    kept.write(events)
    ledger = read_ledger(store, NIGHT + 3600, month=True)
    moment = datetime.fromtimestamp(NIGHT + 1800, UTC).replace(tzinfo=None)
    assert ledger.use(Fuse(), moment).night_minutes == pytest.approx(10 + 5 + 5)
    assert ledger.charged_now() == 0
    assert ledger.held_s(8, moment) == pytest.approx(630 + 330 + 330)
    assert read_ledger(store, NIGHT + 10 * 86_400, month=False).charged_now() == 0
    store.dispose()


# -- emergencies --------------------------------------------------------------------------------------------------


def test_emergency_over_busy_lines(tell: Tell) -> None:
    async def story(town: Town) -> None:
        ended: list[int] = []

        def cut(line: Line, cue: str) -> None:
            assert cue == "emergency"
            ended.append(line.number)
            line.call = None
            cutting.append(asyncio.create_task(line.hang_up()))

        cutting: list[asyncio.Task[None]] = []
        dials = with_end(town, cut)
        town.subscriber("110", after_s=3.0)
        callers = [Caller(line, f"1380013800{number}") for number, line in town.world.lines.items()]
        calling = []
        for caller in (*callers[4:], *callers[:4]):  # line 4 is the youngest
            calling.append(asyncio.create_task(caller.dials()))
            await asyncio.sleep(1)
            await town.lines[town.rung[-1]].seize()
        assert all([await one for one in calling])
        leaving = asyncio.create_task(_leaves(callers[3]))
        assert (await dial(town, dials, "110")).result == "answered"
        assert ended == [4]
        await leaving
        for caller in callers:
            await caller.hangs_up()
        for line in town.lines.values():
            await line.hang_up()
            await line.idle()

    tell(story)


async def _leaves(caller: Caller) -> None:
    await caller.hears_hang_up()
    await caller.hangs_up()


def test_emergency_whatever_the_line_looks_like(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber("110", after_s=3.0)
        for line in town.world.lines.values():
            line.dial_tone_after_s = None
        dials = dialler(town, stations={"801": "inside"})
        dials.out_of_use = set(town.lines)
        assert (await dial(town, dials, "9110")).result == "answered"
        assert lines_tried(town) == [8, 7, 6, 5, 4, 3, 2, 1, 8], "then without waiting for dial tone"

    tell(story)


# -- the setup ----------------------------------------------------------------------------------------------------


def test_the_setup_out_of_the_box() -> None:
    setup = Dialling()
    assert setup.prefix == "9" and setup.automatic
    assert setup.fuse == Fuse() and not setup.fuse.international
    assert setup.service("801").allows == ServiceClass().allows
    assert setup.routes_for([1, 2])["all"].lines == (2, 1)
    assert Dialling.model_validate_json(setup.model_dump_json()) == setup


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"otherwise": "nobody"}, "class nobody, which is not there"),
        ({"stations": {"801": "nobody"}}, "Station 801 has class nobody"),
        ({"routes": [{"id": "a", "lines": [1]}, {"id": "a", "lines": [2]}]}, "two routes with the name a"),
        ({"routes": [{"id": "a", "lines": [1, 1]}]}, "Each line may stand once"),
        ({"lines": {"0": {}}}, "lines"),
    ],
)
def test_a_wrong_setup(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Dialling.model_validate(wrong)


def test_nobody_inside_begins_with_the_prefix(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    with pytest.raises(SetupInvalid, match="Wang has the number 901, but 9 is dialled for an outside line"):
        setup.change(People, lambda _: People(people=[Person(id="wang", name="Wang", number="901")]), who="test")
    assert setup.load(Dialling).numbering("cn", ("801", "901")).inside == ("801",)
