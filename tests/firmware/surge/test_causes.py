"""What is too much."""

import pytest

from firmware.surge.causes import Queued, causes
from firmware.surge.section import Surge


@pytest.mark.parametrize(
    ("lines", "in_use", "full"), [(8, 7, False), (8, 8, True), (2, 2, True), (1, 1, False), (0, 0, False)]
)
def test_lines(lines: int, in_use: int, full: bool) -> None:
    found = causes(Surge(lines_after_s=7), lines, in_use, {})
    assert [(one.why, one.after_s, one.lines) for one in found] == ([("lines", 7, lines)] if full else [])


@pytest.mark.parametrize(
    ("waiting", "agents", "least", "surge"),
    [(4, 0, 5, False), (5, 0, 5, True), (5, 2, 5, True), (5, 3, 5, False), (7, 3, 5, True), (99, 0, 0, False)],
)
def test_callers_who_wait(waiting: int, agents: int, least: int, surge: bool) -> None:
    found = causes(Surge(waiting_least=least), 8, 3, {"sales": Queued(waiting, agents), "service": Queued(1, 1)})
    assert [one.name for one in found] == (["surge_sales"] if surge else [])
    for one in found:
        assert one.words() == f"queue sales: {waiting} callers wait for {agents} agents"
