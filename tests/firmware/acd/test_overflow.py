"""When a caller leaves the queue: tables, and what must hold for any rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.acd.model import Exit, Queue, exit_words
from firmware.acd.overflow import Leave, Situation, Stay, overflow, pressed
from firmware.acd.queue import queues_only
from firmware.calls.places import ToQueue

SERVICE = {"kind": "queue", "queue": "service"}
MOBILE = {"kind": "number", "number": "13800138000"}
BYE = {"kind": "hang_up"}


def queue(*rules: dict[str, Any], **keys: Any) -> Queue:
    return Queue.model_validate({"id": "sales", "overflow": rules, "keys": keys})


def at(waited_s: float = 0.0, *, entering: bool = True, ahead: int = 0, present: int = 2, **more: Any) -> Situation:
    return Situation(waited_s, entering, ahead, present, **more)


@pytest.mark.parametrize(
    ("rule", "situation", "leaves"),
    [
        ({"when": "waited", "after_s": 60}, at(59.9, entering=False), False),
        ({"when": "waited", "after_s": 60}, at(60, entering=False), True),
        ({"when": "waited", "after_s": 0}, at(0), True),
        ({"when": "length", "most": 3}, at(ahead=2), False),
        ({"when": "length", "most": 3}, at(ahead=3), True),
        ({"when": "length", "most": 3}, at(ahead=3, entering=False), False),
        ({"when": "expected_wait", "most_s": 120}, at(expected_s=121.0), True),
        ({"when": "expected_wait", "most_s": 120}, at(expected_s=120.0), False),
        ({"when": "expected_wait", "most_s": 120}, at(expected_s=None), False),
        ({"when": "expected_wait", "most_s": 120}, at(expected_s=121.0, entering=False), False),
        ({"when": "closed"}, at(open=False), True),
        ({"when": "closed"}, at(), False),
        ({"when": "closed"}, at(open=False, entering=False), False),
        ({"when": "closed", "leave": True}, at(open=False, entering=False), True),
        ({"when": "no_agents"}, at(present=0), True),
        ({"when": "no_agents"}, at(present=1), False),
        ({"when": "no_agents"}, at(present=0, entering=False), False),
        ({"when": "no_agents", "leave": True}, at(present=0, entering=False), True),
    ],
)
def test_each_rule(rule: dict[str, Any], situation: Situation, leaves: bool) -> None:
    decision = overflow(queue(rule | {"to": SERVICE}), situation, queues_only)
    assert isinstance(decision, Leave) is leaves
    if isinstance(decision, Leave):
        assert decision.to == ToQueue(kind="queue", queue="service")
        assert decision.why[0].words()


def test_the_first_rule_that_applies_wins() -> None:
    rules = ({"when": "length", "most": 0, "to": SERVICE}, {"when": "closed", "to": BYE})
    decision = overflow(queue(*rules), at(ahead=1, open=False), queues_only)
    assert isinstance(decision, Leave) and exit_words(decision.to) == "queue service"


def test_what_is_not_possible_is_passed_over_and_said() -> None:
    rules = ({"when": "waited", "after_s": 0, "to": MOBILE}, {"when": "waited", "after_s": 0, "to": BYE})
    decision = overflow(queue(*rules), at(), queues_only)
    assert isinstance(decision, Leave) and exit_words(decision.to) == "hang up"
    decision = overflow(queue(rules[0]), at(), queues_only)
    assert isinstance(decision, Stay)
    assert decision.passed[1].words() == "number 13800138000 is not possible on this box"


def test_nobody_goes_in_circles() -> None:
    rule = {"when": "waited", "after_s": 0, "to": SERVICE}
    decision = overflow(queue(rule), at(visited=["service", "sales"]), queues_only)
    assert isinstance(decision, Stay)
    assert decision.passed[1].words() == "has already waited in queue service"


@pytest.mark.parametrize(
    ("key", "visited", "leaves"), [("0", [], True), ("1", [], False), ("0", ["service"], False), ("9", [], False)]
)
def test_a_key(key: str, visited: list[str], leaves: bool) -> None:
    one = queue(**{"0": SERVICE, "9": MOBILE})
    decision = pressed(one, key, visited, queues_only)
    assert isinstance(decision, Leave) is leaves
    assert not isinstance(decision, Leave) or decision.why[0].words() == "the caller pressed 0"


TARGETS = st.sampled_from([SERVICE, MOBILE, BYE])
RULES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"when": st.just("waited"), "after_s": st.floats(0, 100), "to": TARGETS}),
        st.fixed_dictionaries({"when": st.just("length"), "most": st.integers(0, 5), "to": TARGETS}),
        st.fixed_dictionaries({"when": st.just("no_agents"), "leave": st.booleans(), "to": TARGETS}),
        st.fixed_dictionaries({"when": st.just("closed"), "leave": st.booleans(), "to": TARGETS}),
    ), max_size=6,
)  # fmt: skip
SITUATIONS = st.builds(
    Situation, waited_s=st.floats(0, 100), entering=st.booleans(), ahead=st.integers(0, 6), present=st.integers(0, 2),
    open=st.booleans(), visited=st.sampled_from([(), ("sales",), ("sales", "service")]),
)  # fmt: skip


@given(RULES, SITUATIONS, st.floats(0, 1))
def test_any_rules(rules: list[dict[str, Any]], situation: Situation, part: float) -> None:
    """Nobody is sent where he was or where nothing is; who stays has nothing to expect before the time told."""
    one = queue(*rules)

    def decide(waited: float) -> Leave | Stay:
        return overflow(
            one, Situation(waited, situation.entering, situation.ahead, situation.present, open=situation.open,
                           visited=situation.visited), queues_only,
        )  # fmt: skip

    decision = decide(situation.waited_s)
    if isinstance(decision, Leave):
        assert not isinstance(decision.to, ToQueue) or decision.to.queue not in situation.visited
        assert may_go(decision.to)
        return
    until = 1000.0 if decision.again_at_s is None else decision.again_at_s
    assert until > situation.waited_s
    later = situation.waited_s + (until - situation.waited_s) * part
    assert later >= until or isinstance(decide(later), Stay)


def may_go(target: Exit) -> bool:
    return target.kind in ("queue", "hang_up")
