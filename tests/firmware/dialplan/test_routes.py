"""Over which line a call goes: tables, and what must hold for any lines."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.dialplan.numbers import Dialled, Kind
from firmware.dialplan.routes import LineNow, Route, choose_line

MOBILE, LOCAL, HELP = (
    Dialled("mobile", "13800138000", "+8613800138000"),
    Dialled("local", "88886666"),
    Dialled("emergency", "110"),
)
ROUTES = {"cheap": Route(kinds=("mobile",), lines=(3, 1)), "rest": Route(lines=(2, 4))}


def lines(**states: str) -> list[LineNow]:
    return [LineNow(number, states.get(f"l{number}", "free")) for number in range(1, 5)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dialled", "states", "line", "route"),
    [
        (MOBILE, {}, 3, "cheap"),
        (MOBILE, {"l3": "busy"}, 1, "cheap"),
        (MOBILE, {"l3": "out_of_service"}, 1, "cheap"),
        (MOBILE, {"l3": "busy", "l1": "out_of_service"}, 2, "rest"),
        (MOBILE, {"l1": "busy", "l2": "busy", "l3": "busy", "l4": "busy"}, None, None),
        (LOCAL, {}, 2, "rest"),
        (LOCAL, {"l2": "busy"}, 4, "rest"),
        (LOCAL, {"l2": "busy", "l4": "busy"}, None, None),
        (HELP, {}, 2, "rest"),
        (HELP, {"l2": "busy", "l4": "busy"}, 1, None),  # any line there is
    ],
)
def test_routes(dialled: Dialled, states: dict[str, str], line: int | None, route: str | None) -> None:
    found = choose_line(dialled, ROUTES, lines(**states))
    assert (found.line, found.route, found.take_over) == (line, route, False)
    assert all(one.words() for one in found.why) and found.why


def test_the_choice_says_why() -> None:
    found = choose_line(MOBILE, ROUTES, lines(l3="busy", l1="out_of_service"))
    assert [one.words() for one in found.why] == [
        "route cheap takes mobile numbers", "line 3 is busy", "line 1 is out of service",
        "no line of route cheap is free", "route rest takes mobile numbers",
        "line 2 is the first free one in the route's order",
    ]  # fmt: skip


def test_beginnings() -> None:
    routes = {
        "beijing": Route(beginnings=("010", "+8610"), lines=(1,)),
        "phones": Route(beginnings=("+86138",), lines=(2,)),
    }
    assert choose_line(MOBILE, routes, lines()).line == 2
    assert choose_line(Dialled("local", "01088886666"), routes, lines()).line == 1
    assert choose_line(LOCAL, routes, lines()).why[0].words() == "no route takes local numbers"


@pytest.mark.parametrize(
    ("order", "after", "line"), [("least_used", None, 3), ("in_turn", 2, 3), ("in_turn", 4, 1), ("in_turn", None, 1)]
)
def test_orders(order: Any, after: int | None, line: int) -> None:
    there = [LineNow(1, used_s=90), LineNow(2, used_s=80), LineNow(3, used_s=10), LineNow(4, "busy")]
    assert choose_line(LOCAL, {"all": Route(lines=(1, 2, 3, 4), order=order)}, there, after).line == line


def test_an_emergency_takes_over_the_youngest_call() -> None:
    there = [LineNow(1, "busy", call_s=90), LineNow(2, "busy", call_s=5, emergency=True), LineNow(3, "busy", call_s=10),
             LineNow(4, "out_of_service")]  # fmt: skip
    found = choose_line(HELP, ROUTES, there)
    assert (found.line, found.take_over) == (3, True)
    assert found.why[-1].words() == "every line is busy; line 3 is freed for the emergency call"
    assert choose_line(HELP, {}, [LineNow(1, "out_of_service"), LineNow(2, "busy", emergency=True)]).line is None
    there.append(LineNow(5, "busy", call_s=500, outgoing=True))
    assert choose_line(HELP, ROUTES, there).line == 5, "whose exchange gives the line back at once"


def test_a_line_stands_once() -> None:
    with pytest.raises(ValidationError, match="1 stands more often"):
        Route(lines=(1, 1))


LINES = st.lists(
    st.builds(LineNow, st.integers(1, 8), st.sampled_from(["free", "busy", "out_of_service"]), st.floats(0, 100),
              st.floats(0, 100), st.booleans()), max_size=8, unique_by=lambda line: line.number,
)  # fmt: skip


@given(LINES, st.sampled_from(["mobile", "local", "emergency"]), st.sampled_from(["order", "least_used", "in_turn"]),
       st.none() | st.integers(1, 8))  # fmt: skip
def test_any_lines(there: list[LineNow], kind: Kind, order: Any, after: int | None) -> None:
    routes = {"one": Route(kinds=("mobile",), lines=(1, 2, 3), order=order), "two": Route(lines=(4, 5, 6), order=order)}
    found = choose_line(Dialled(kind, "1"), routes, there, after)
    by_number = {line.number: line for line in there}
    if found.line is not None and not found.take_over:
        assert by_number[found.line].state == "free"
    if found.take_over:
        assert kind == "emergency" and by_number[found.line or 0].state == "busy"
        assert not any(line.state == "free" for line in there)
    if kind == "emergency" and found.line is None:
        assert all(line.state == "out_of_service" or line.emergency for line in there)
    if kind == "mobile" and found.line is None:
        assert not any(line.state == "free" and line.number <= 6 for line in there)
