"""Texts with variables: there is nothing to escape from, and nothing grows without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ivr.values import COMPARE, TEXT_MOST, VALUE_MOST, Calculate, ToText, fill, named, number, worked_out
from tests.firmware.ivr.walking import Walk, flow


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7*7 }}", "${7*7}", "${number.__class__}", "${number!r}", "${number:>1000000000}", "{number}", "%(number)s",
        "${__class__}", "${NUMBER}", "${number", "$number", "${ number }", "${number[0]}", "${}", "#{number}",
        "{% for x in range(10**9) %}x{% endfor %}", "__import__('os').system('id')", "\x00${", "$" * 1000,
    ],
)  # fmt: skip
def test_nothing_but_a_variables_name_means_anything(text: str) -> None:
    assert fill(text, {"number": "138"}) == text and named(text) == set()


def test_what_a_variable_holds_is_not_looked_at_again() -> None:
    assert fill("${a}", {"a": "${b}", "b": "secret"}) == "${b}"
    assert fill("$${a}", {"a": "1"}) == "${a}"


def test_a_text_does_not_grow_without_end(walk: Walk) -> None:
    double = {"kind": "set", "values": {"a": {"do": "text", "text": "${a}" * 400}}, "exits": {"next": "double"}}
    done = walk(flow({"double": double}, variables={"a": "x" * 900}, limits={"steps": 50}))
    assert len(done.variable("a")) == VALUE_MOST
    assert len(fill("${a}" * 500, {"a": "x" * VALUE_MOST})) == TEXT_MOST


def test_variables_do_not_become_ever_more(walk: Walk) -> None:
    nodes = {
        f"n{index}": {
            "kind": "set", "exits": {"next": f"n{index + 1}"},
            "values": {f"v{index}_{other}": {"do": "text", "text": "x"} for other in range(30)},
        }
        for index in range(8)
    }  # fmt: skip
    done = walk(flow(nodes))
    assert len(done.run._way.frame.variables) == 200 and "variables" in done.caller.faults()


@given(st.text(max_size=300), st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=50)))
def test_any_text_is_filled(text: str, variables: dict[str, str]) -> None:
    assert len(fill(text, variables)) <= TEXT_MOST
    assert worked_out(ToText(text=text), variables) == fill(text, variables)[:VALUE_MOST]


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(sorted(COMPARE)))
def test_anything_can_be_compared_and_added(left: str, right: str, how: str) -> None:
    assert COMPARE[how](left, right) in (True, False)
    added = worked_out(Calculate(do="add", left=left, right=right), {})
    assert (len(added) <= 80 and number(added) is not None) or len(added) > 40


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", "1E+3"), (" 12.50 ", "12.50"), ("1e999", None), ("inf", None), ("", None), ("9" * 41, None)],
)
def test_numbers(text: str, value: str | None) -> None:
    found = number(text)
    assert (None if found is None else str(found)) == value
