"""Whatever a flow is like, the caller comes to a place within its limits, and hears why; no flow raises."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.calls.places import HangUp, Target, ToQueue
from firmware.clock import run_stepped
from firmware.ivr.checks import check
from firmware.ivr.document import Document, read, written
from firmware.ivr.interpreter import Run
from firmware.ivr.ports import CallerGone, Fetched, Refused, Sound, Unplayable
from firmware.ivr.problems import WORDS
from firmware.ivr.way import Published
from tests.firmware.ivr.walking import Everything, Keys, Walk, flow, prompt

OPERATOR = ToQueue(queue="operator")
LOOP = {
    "a": {"kind": "play", "prompt": prompt("x"), "exits": {"next": "b"}},
    "b": {"kind": "set", "values": {"n": {"do": "add", "left": "${n}", "right": "1"}}, "exits": {"next": "a"}},
}


def test_a_flow_in_a_circle_ends(walk: Walk) -> None:
    done = walk(flow(LOOP, limits={"steps": 20}))
    assert done.place == OPERATOR and done.caller.heard == ["x"] * 10 + ["flow_excuse"]
    assert done.caller.faults() == ["steps"] and done.variable("n") == "10"


def test_a_flow_that_takes_too_long_ends(walk: Walk) -> None:
    done = walk(flow(LOOP, limits={"seconds": 60, "steps": 2000}))
    assert done.place == OPERATOR and done.caller.faults() == ["seconds"]
    assert 60 <= done.seconds <= 63 and done.caller.heard[-1] == "flow_excuse"


def test_an_exit_that_leads_nowhere(walk: Walk) -> None:
    for exits in ({}, {"next": "gone"}):
        done = walk(flow({"a": {"kind": "play", "prompt": prompt("x"), "exits": exits}}))
        assert done.place == OPERATOR and done.caller.heard == ["x", "flow_excuse"] and done.caller.faults() == ["exit"]


def test_a_start_that_is_not_there(walk: Walk) -> None:
    done = walk(flow(LOOP, start="gone"))
    assert done.place == OPERATOR and done.caller.heard == ["flow_excuse"]


def test_a_fallback_that_is_not_there_ends_in_words(walk: Walk) -> None:
    done = walk(flow(LOOP, start="gone"), box=Everything(away={"queue"}))
    assert done.place == HangUp(prompt="flow_excuse") and done.caller.faults() == ["exit", "fallback"]


def test_an_own_excuse(walk: Walk) -> None:
    done = walk(flow(LOOP, start="gone", excuse=prompt("sorry"), fallback={"kind": "hang_up"}))
    assert done.caller.heard == ["sorry"] and done.place == HangUp()


MENU = {"kind": "menu", "prompt": prompt("greeting"), "exits": {"1": "a", "otherwise": "b"}}
ENDS = {name: {"kind": "queue", "queue": name} for name in "ab"}


def test_a_menu_whose_prompt_is_broken_is_an_excuse_and_no_silence(walk: Walk) -> None:
    done = walk(flow({"menu": MENU, **ENDS}), "1", box=Everything(broken={"greeting"}))
    assert done.place == ToQueue(queue="b") and done.caller.heard == ["flow_excuse"]
    assert done.caller.faults() == ["prompt", "prompt"] and done.seconds <= 3


def test_a_prompt_that_breaks_while_it_plays(walk: Walk) -> None:
    class Broken(Keys):
        async def ask(self, sounds: Sequence[Sound], wait_s: float, *, secret: bool = False) -> str | None:
            raise Unplayable("the file ends too soon")

    done = walk(flow({"menu": MENU, **ENDS}), caller=Broken())
    assert done.place == ToQueue(queue="b") and done.caller.heard == ["flow_excuse"]


def test_a_prompt_in_the_other_language_is_better_than_none(walk: Walk) -> None:
    class Chinese(Everything):
        def playable(self, sound: Sound) -> bool:
            return sound.language == "zh"

    choice = {"kind": "language", "language": "en", "exits": {"next": "menu"}}
    done = walk(flow({"choice": choice, "menu": MENU, **ENDS}), "1", box=Chinese())
    assert done.place == ToQueue(queue="a") and done.caller.heard == ["greeting"] and done.caller.faults() == []


def test_what_cannot_be_said_is_left_out(walk: Walk) -> None:
    parts = [*prompt("order"), {"kind": "number", "value": "${name}"}, {"kind": "money", "value": "12.50"}]
    done = walk(flow({"say": {"kind": "play", "prompt": parts, "exits": {"next": "a"}}, **ENDS}))
    assert done.place == ToQueue(queue="a") and done.caller.faults() == ["unsayable"]
    assert done.caller.heard == ["order", "ten", "digit_2", "cny_1", "digit_5", "jiao"]


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("number", "-20", ["minus", "digit_2", "ten"]),
        ("ordinal", "3", ["ordinal", "digit_3"]),
        ("position", "3", ["ordinal", "digit_3", "place"]),
        ("digits", "10#", ["digit_1", "digit_0", "hash"]),
        ("telephone", "110", ["digit_yao", "digit_yao", "digit_0"]),
        ("date", "2026-10-01", ["digit_2", "digit_0", "digit_2", "digit_6", "year", "ten", "month", "digit_1",
                                "day_of_month"]),
        ("weekday", "${today}", ["weekday_7"]),
        ("time", "${now}", ["afternoon", "liang", "clock", "digit_0", "digit_5", "clock_minute"]),
        ("duration", "61.2", ["digit_1", "minutes", "digit_1", "seconds"]),
    ],
)  # fmt: skip
def test_what_is_said_from_parts(walk: Walk, part: str, value: str, said: list[str]) -> None:
    say = {"kind": "play", "prompt": [{"kind": part, "value": value}], "exits": {"next": "a"}}
    assert walk(flow({"say": say, **ENDS})).caller.heard == said


def test_a_fault_of_the_box_is_not_the_callers(walk: Walk) -> None:
    class Faulty(Everything):
        def entry(self, schedule: str) -> str | None:
            raise RuntimeError("nobody thought of it")

    hours = {"kind": "hours", "schedule": "office", "exits": {"otherwise": "a"}}
    done = walk(flow({"hours": hours, **ENDS}), box=Faulty())
    assert done.place == OPERATOR and done.caller.faults() == ["error"] and done.caller.heard == ["flow_excuse"]


def test_a_caller_who_goes_ends_the_flow(walk: Walk) -> None:
    class Gone(Keys):
        async def ask(self, sounds: Sequence[Sound], wait_s: float, *, secret: bool = False) -> str | None:
            raise CallerGone

    with pytest.raises(CallerGone):
        walk(flow({"menu": MENU, **ENDS}), caller=Gone())


def test_a_caller_who_is_cancelled_hears_nothing_more() -> None:
    async def story() -> Keys:
        caller = Keys()
        run = Run("main", {"main": Published(1, flow(LOOP))}, caller, Everything())
        task = asyncio.create_task(run.walk())
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return caller

    assert run_stepped(story(), []).heard == ["x"] * 3


@pytest.mark.parametrize(("why", "place"), [("busy", ToQueue(queue="a")), ("no_answer", None), ("bored", None)])
def test_a_caller_comes_back_from_a_transfer(why: str, place: Target | None) -> None:
    transfer = {"kind": "transfer", "to": "station", "address": "801", "exits": {"busy": "a", "bored": "b"}}

    async def story() -> Target | None:
        run = Run("main", {"main": Published(3, flow({"go": transfer, **ENDS}))}, Keys(), Everything())
        await run.walk()
        return await run.walk() if run.came_back(why) else None

    assert run_stepped(story(), []) == place


def test_coming_back_again_and_again_ends() -> None:
    transfer = {"kind": "transfer", "to": "station", "address": "801", "exits": {"busy": "go"}}

    async def story() -> tuple[Target, int]:
        run = Run("main", {"main": Published(3, flow({"go": transfer}))}, Keys(), Everything())
        for times in range(1000):
            place = await run.walk()
            if place == OPERATOR:
                return place, times
            assert run.came_back("busy")
        raise AssertionError("it never ended")

    assert run_stepped(story(), []) == (OPERATOR, 300)


def test_a_run_keeps_to_the_flows_it_began_with() -> None:
    flows = {
        "main": Published(1, flow({"menu": MENU | {"exits": {"1": "go"}}, "go": {"kind": "flow", "flow": "next"}})),
        "next": Published(1, flow({"end": {"kind": "queue", "queue": "old"}})),
    }

    async def story() -> Target:
        run = Run("main", dict(flows), Keys(["1"]), Everything())
        flows["main"] = flows["next"] = Published(2, flow({"end": {"kind": "queue", "queue": "new"}}))
        return await run.walk()

    assert run_stepped(story(), []) == ToQueue(queue="old")


def test_every_step_is_told(walk: Walk) -> None:
    done = walk(flow({"menu": MENU, **ENDS}), "1")
    assert done.caller.told == [
        ("call.flow", {"flow": "main", "version": 1}),
        ("call.flow_step", {"flow": "main", "node": "menu", "exit": "1", "to": ""}),
        ("call.flow_step", {"flow": "main", "node": "a", "exit": "", "to": "queue a"}),
    ]


# -- any flow at all ------------------------------------------------------------------------------------------

IDS = [f"n{index}" for index in range(8)]
TEXTS = st.sampled_from(["", "x", "${number}", "${a}${a}${a}", "$", "${", "${b} ${c}", "9" * 60, "-1", "1e9"])
NAMES = st.sampled_from(["a", "b", "c"])
PARTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("prompt"), "name": st.sampled_from(["ok", "broken"])}),
    st.fixed_dictionaries({"kind": st.sampled_from(["number", "digits", "date", "duration"]), "value": TEXTS}),
)
PROMPTS = st.lists(PARTS, min_size=1, max_size=3)


def node(kind: str, exits: list[str], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A node with any of its exits, leading anywhere, even to nothing."""
    ways = st.dictionaries(
        st.sampled_from([*exits, "strange"]), st.sampled_from([*IDS, "gone"]), max_size=len(exits) + 1
    )
    return st.fixed_dictionaries({"kind": st.just(kind), "exits": ways, **fields})


COMPARISON = st.fixed_dictionaries({"left": TEXTS, "is": st.sampled_from(["equal", "less", "empty"]), "right": TEXTS})
VALUE = st.one_of(
    st.fixed_dictionaries({"do": st.sampled_from(["add", "subtract"]), "left": TEXTS, "right": TEXTS}),
    st.fixed_dictionaries({"do": st.just("text"), "text": TEXTS}),
)
NODES = st.one_of(
    node("play", ["next"], prompt=PROMPTS),
    node("menu", ["1", "2", "otherwise"], prompt=PROMPTS, into=NAMES),
    node("digits", ["next", "otherwise"], prompt=PROMPTS, into=NAMES),
    node("language", ["next"]),
    node("survey", ["next", "no_answer"], comment_s=st.sampled_from([0, 9])),
    node("callback", ["next", "no_number"], queue=NAMES),
    node("record", ["next", "empty", "failed"], into=NAMES),
    node("condition", ["yes", "otherwise"], branches=st.lists(
        st.fixed_dictionaries({"exit": st.just("yes"), "when": st.lists(COMPARISON, min_size=1, max_size=2)}),
        min_size=1, max_size=2)),
    node("hours", ["day", "night", "otherwise"], schedule=NAMES),
    node("set", ["next"], values=st.dictionaries(NAMES, VALUE, min_size=1, max_size=3)),
    node("lookup", ["found", "not_found", "failed"], query=NAMES),
    node("http", ["next", "failed"], url=st.sampled_from(["http://x/${a}", "https://${number}/"])),
    node("sub_flow", ["next", "failed", "other"], flow=st.sampled_from(["main", "second", "nothing"])),
    node("flow", [], flow=st.sampled_from(["main", "second", "nothing"])),
    node("return", [], by=st.sampled_from(["next", "other"])),
    node("sms", ["next", "not_available"], text=st.just("x")),
    node("queue", ["left"], queue=NAMES),
    node("transfer", ["busy", "no_answer", "not_possible"], to=st.sampled_from(["station", "number"]),
         address=st.sampled_from(["801", "${a}", "${name}"])),
    node("hang_up", []),
)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {
        "start": st.sampled_from([*IDS, "gone"]),
        "nodes": st.dictionaries(st.sampled_from(IDS), NODES, min_size=1, max_size=8),
        "limits": st.fixed_dictionaries({"steps": st.integers(1, 200), "seconds": st.sampled_from([1, 30, 300])}),
        "fallback": st.sampled_from([{"kind": "queue", "queue": "operator"}, {"kind": "hang_up"}]),
    }
)


class Moody(Everything):
    """Now it works, now it does not."""

    def __init__(self, moods: list[int]) -> None:
        super().__init__(broken={"broken"}, clock=datetime.fromisoformat("2026-02-17 09:00"))
        self.moods = moods

    def mood(self, most: int) -> int:
        self.moods.append(self.moods.pop(0))
        return self.moods[-1] % most

    def entry(self, schedule: str) -> str | None:
        return (None, "day", "night")[self.mood(3)]

    def possible(self, target: Target) -> bool:
        return self.mood(4) > 0

    async def look_up(self, *_: Any) -> dict[str, str] | None:
        await asyncio.sleep(self.mood(5))
        return self._any({"calls": "1"}, None)

    async def fetch(self, *_: Any) -> Fetched:
        await asyncio.sleep(self.mood(5))
        return self._any(Fetched(200, [1]), Fetched(500, None))

    def _any(self, *answers: Any) -> Any:
        mood = self.mood(len(answers) + 2)
        if mood == 0:
            raise Refused("not now")
        if mood == 1:
            raise RuntimeError("nobody thought of it")
        return answers[mood - 2]


@settings(max_examples=400, deadline=None)
@given(
    DOCUMENTS, DOCUMENTS, st.lists(st.sampled_from([*"1234567890*#", None]), max_size=40),
    st.lists(st.integers(0, 59), min_size=1, max_size=20), st.lists(st.sampled_from(["busy", "left", "x"]), max_size=3),
)  # fmt: skip
def test_any_flow_ends_within_its_limits(
    first: dict[str, Any], second: dict[str, Any], keys: list[str | None], moods: list[int], backs: list[str]
) -> None:
    documents = {"main": Document.model_validate(first), "second": Document.model_validate(second)}
    limits = documents["main"].limits

    async def story() -> None:
        flows = {name: Published(1, one) for name, one in documents.items()}
        caller = Keys(list(keys))
        run = Run("main", flows, caller, Moody(list(moods)))
        clock = asyncio.get_running_loop().time
        for why in [*backs, ""]:
            began = clock()
            await run.walk()
            assert clock() - began <= limits.seconds + 25  # an excuse may be under way
            assert len(run.trail.nodes) <= limits.steps
            if not run.came_back(why):
                return

    run_stepped(story(), [])


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_any_flow_is_checked_and_written_as_it_was_read(document: dict[str, Any]) -> None:
    flow_ = Document.model_validate(document)
    assert read(json.dumps(written(flow_))) == flow_
    for found in check(flow_):
        assert found.name in WORDS and "{" not in found.words("zh") + found.words("en")


def joined(document: dict[str, Any], picks: list[int]) -> Document:
    """The same flow with every exit that it needs, and no other, leading to one of its nodes."""
    found = Document.model_validate(document)
    names, turn = list(found.nodes), itertools.cycle(picks)
    nodes = {
        name: one.model_copy(update={"exits": {exit_: names[next(turn) % len(names)] for exit_ in one.required()}})
        for name, one in found.nodes.items()
    }
    return found.model_copy(update={"nodes": nodes, "start": names[0]})


@settings(max_examples=300, deadline=None)
@given(
    DOCUMENTS, st.lists(st.integers(0, 7), min_size=1, max_size=12),
    st.lists(st.sampled_from([*"1234567890*#", None]), max_size=40),
)  # fmt: skip
def test_where_every_exit_is_joined_none_leads_nowhere(
    document: dict[str, Any], picks: list[int], keys: list[str | None]
) -> None:
    found = joined(document, picks)
    about_exits = {"start_missing", "exit_missing", "exit_unknown", "exit_to_nothing"}
    assert not about_exits & {one.name for one in check(found)}

    async def story() -> list[tuple[str, str]]:
        run = Run("main", {"main": Published(1, found)}, Keys(list(keys)), Everything())
        await run.walk()
        return run.trail.faults

    optional = ("not_possible", "failed", "other")  # nobody must join these
    assert not [words for fault, words in run_stepped(story(), []) if fault == "exit" and not words_of(words, optional)]


def words_of(words: str, exits: tuple[str, ...]) -> bool:
    return any(f"exit {exit_} " in words for exit_ in exits)
