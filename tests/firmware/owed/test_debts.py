"""Whom the box owes a call: cases, and random days against an account that goes through the whole story at once."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from firmware.bus import Event
from firmware.owed.debts import Debts


class Day:
    """Tells a day's events, and the debts that follow."""

    def __init__(self) -> None:
        self.debts = Debts()
        self.events: list[Event] = []

    def tell(self, kind: str, call: str | None = None, **data: Any) -> None:
        event = Event(len(self.events) + 1, float(len(self.events)), kind, call, data=data)
        self.events.append(event)
        self.debts.apply(event, lambda number: number.removeprefix("0"))

    def comes(self, call: str, number: str | None, queue: str | None = "sales", direction: str = "inbound") -> None:
        self.tell("call.started", call, direction=direction)
        self.tell("call.caller", call, number=number or "", name="", withheld=None)
        if queue:
            self.tell("call.queued", call, queue=queue)

    def missed(self, call: str, number: str | None) -> None:
        self.comes(call, number)
        self.tell("call.ended", call, result="abandoned")

    def served(self, call: str, number: str) -> None:
        self.comes(call, number)
        self.tell("call.connected", call)
        self.tell("call.ended", call, result="answered")

    @property
    def owed(self) -> list[tuple[str, str | None, int]]:
        return [(debt.kind, debt.number, debt.calls) for debt in self.debts.debts.values()]


def test_who_gives_up_is_missed_until_he_is_served() -> None:
    day = Day()
    day.missed("c1", "13800138000")
    day.missed("c2", "13800138000")
    assert day.owed == [("missed", "13800138000", 2)]
    day.served("c3", "013800138000")
    assert day.owed == []


def test_who_is_called_back_and_reached_is_owed_nothing() -> None:
    day = Day()
    day.missed("c1", "13800138000")
    day.tell("call.far_answered", "c2", number="13900139000")
    assert day.owed
    day.tell("call.far_answered", "c3", number="13800138000")
    assert not day.owed


@pytest.mark.parametrize("kind", ["call.selfcall", "call.screened"])
def test_the_boxes_own_calls_and_refused_ones_are_not_missed(kind: str) -> None:
    day = Day()
    day.comes("c1", "13800138000")
    day.tell(kind, "c1")
    day.tell("call.ended", "c1", result="failed")
    assert not day.owed


def test_calls_inside_and_outgoing_are_nobodys_debt() -> None:
    day = Day()
    for direction in ("inside", "outbound"):
        day.comes(direction, "801", None, direction)
        day.tell("call.ended", direction, result="no_answer")
    assert not day.owed


def test_each_withheld_number_is_a_debt_of_its_own_and_goes_by_hand() -> None:
    day = Day()
    day.missed("c1", None)
    day.missed("c2", None)
    assert len(day.owed) == 2
    day.tell("owed.closed", id="c1", number=None, how="hand", who="wang")
    assert list(day.debts.debts) == ["c2"]


def test_a_wish_keeps_its_place_and_stays_one() -> None:
    day = Day()
    day.comes("c1", "13800138000")
    day.tell("call.callback_wanted", "c1", number="13900139000", queue="sales", waited_s=2.0)
    day.tell("call.ended", "c1", result="failed")
    (debt,) = day.debts.debts.values()
    assert (debt.kind, debt.number, debt.queue, debt.since) == ("callback", "13900139000", "sales", 1.0)
    day.missed("c2", "13900139000")
    assert day.owed == [("callback", "13900139000", 2)]
    day.tell("owed.tried", id="c1", number="13900139000", result="busy", tries=1, next_at=700.0)
    assert day.debts.debts["c1"].tries == 1
    day.comes("c3", "13900139000")
    day.tell("call.callback_wanted", "c3", number="13900139000", queue="sales", waited_s=0.0)
    assert day.debts.debts["c1"].tries == 0


NUMBERS = st.sampled_from(["1", "2", "3", None])
STEPS = st.lists(
    st.tuples(st.sampled_from(["missed", "served", "reached", "wants", "hand", "unreached"]), NUMBERS), max_size=40
)


@given(STEPS, st.integers(0, 200))
def test_nobody_is_forgotten(steps: list[tuple[str, str | None]], cut: int) -> None:
    """For every number: owed if and only if his last call that nobody took came after all that pays it. And a box that
    restarts anywhere between knows the same."""
    day, owed, nameless = Day(), set(), set()
    for index, (what, number) in enumerate(steps):
        call = f"c{index}"
        if what == "missed" or (what in ("served", "reached", "wants", "unreached") and number is None):
            day.missed(call, number)
            if number is None:
                nameless.add(call)
            else:
                owed.add(number)
        elif what == "served":
            day.served(call, str(number))
            owed.discard(str(number))
        elif what == "reached":
            day.tell("call.far_answered", call, number=number)
            owed.discard(str(number))
        elif what == "unreached":
            day.comes(call, number, None, "outbound")
            day.tell("call.ended", call, result="busy")
        elif what == "wants":
            day.comes(call, number)
            day.tell("call.callback_wanted", call, number=number, queue="sales", waited_s=1.0)
            day.tell("call.ended", call, result="failed")
            owed.add(str(number))
        else:
            for debt in [debt for debt in day.debts.debts.values() if debt.number == number]:
                day.tell("owed.closed", id=debt.id, number=number, how="hand", who="wang")
                nameless.discard(debt.id)
                owed.discard(str(number))
        assert {debt.number for debt in day.debts.debts.values() if debt.number} == owed
        assert {debt.id for debt in day.debts.debts.values() if not debt.number} == nameless
    assert not day.debts.running
    once = Debts()
    for event in day.events[:cut]:
        once.apply(event, lambda number: number.removeprefix("0"))
    again: Debts = TypeAdapter(Debts).validate_python(asdict(once))
    for event in day.events[cut:]:
        again.apply(event, lambda number: number.removeprefix("0"))
    assert again == day.debts
