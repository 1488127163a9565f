"""Who gets the call: a table."""

import pytest

from firmware.acd.choose import Agent, longest_idle


@pytest.mark.parametrize(
    ("agents", "chosen"),
    [
        ([], None),
        ([Agent("801", False, 0)], None),
        ([Agent("801", True, 10)], "801"),
        ([Agent("801", True, 10), Agent("802", True, 5)], "802"),
        ([Agent("801", True, 5), Agent("802", True, 5)], "801"),
        ([Agent("802", True, 5), Agent("801", True, 5)], "801"),
        ([Agent("801", False, 0), Agent("802", True, 90)], "802"),
        ([Agent("801", True, 0, tried=True), Agent("802", True, 90)], "802"),
        ([Agent("801", True, 0, tried=True), Agent("802", False, 0)], None),
    ],
)
def test_longest_idle(agents: list[Agent], chosen: str | None) -> None:
    choice = longest_idle(agents, 100.0)
    assert (choice.station if choice else None) == chosen


def test_the_choice_says_why() -> None:
    choice = longest_idle([Agent("801", True, 40), Agent("802", True, 70), Agent("803", True, 0, tried=True)], 100.0)
    assert choice is not None
    assert choice.why == ("idle for 60 s, longest of 2 free", "did not answer this call: 803")
