"""Estimated wait and announcements: tables, and what must hold at any time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.acd.model import Announce
from firmware.acd.waiting import (
    Due,
    Estimate,
    Handling,
    Heard,
    Said,
    estimated_wait,
    next_announcement,
    told_minutes,
    what_is_said,
)


def measured(*seconds: float) -> Handling:
    handling = Handling(180.0)
    for one in seconds:
        handling.measured(one)
    return handling


@pytest.mark.parametrize(
    ("handling", "mean"),
    [
        (measured(), 180.0), (measured(10, 10, 10, 10), 180.0), (measured(10, 10, 10, 10, 20), 12.0),
        (measured(*[1000.0] * 50, *[60.0] * 50), 60.0),
    ],
)  # fmt: skip
def test_handling(handling: Handling, mean: float) -> None:
    assert handling.mean_s == mean


@pytest.mark.parametrize(
    ("position", "free", "present", "seconds"),
    [(1, 0, 0, None), (1, 1, 1, 0.0), (1, 0, 1, 180.0), (1, 0, 3, 60.0), (4, 0, 3, 240.0), (4, 1, 3, 180.0)],
)
def test_estimated_wait(position: int, free: int, present: int, seconds: float | None) -> None:
    estimate = estimated_wait(position, free, present, measured())
    assert (estimate.seconds if estimate else None) == seconds
    assert estimate is None or all(one.words() for one in estimate.why)


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 1), (1, 1), (60, 1), (60.1, 2), (119, 2), (3600, 60)])
def test_whole_minutes(seconds: float, minutes: int) -> None:
    assert told_minutes(seconds) == minutes


SILENT = Announce(position=False, wait=False)
TALKATIVE = Announce(message="agents_busy", message_every_s=60)


@pytest.mark.parametrize(
    ("announce", "heard", "due"),
    [
        (SILENT, Heard(), None),
        (Announce(), Heard(), Due(15, False)),
        (Announce(), Heard(15), Due(60, False)),
        (TALKATIVE, Heard(), Due(15, False)),
        (TALKATIVE, Heard(15), Due(60, False)),
        (TALKATIVE, Heard(60), Due(70, True)),  # not one upon the other
        (TALKATIVE, Heard(60, 70), Due(105, False)),
        (SILENT.model_copy(update={"message": "agents_busy"}), Heard(), Due(120, True)),
    ],
)
def test_when_something_is_announced(announce: Announce, heard: Heard, due: Due | None) -> None:
    assert next_announcement(announce, heard) == due


@given(
    st.builds(
        Announce, position=st.booleans(), wait=st.booleans(), first_s=st.floats(0, 60), every_s=st.floats(10, 120),
        at_least_s=st.floats(5, 60), message=st.none() | st.just("agents_busy"), message_every_s=st.floats(10, 120),
    )
)  # fmt: skip
def test_announcements_of_an_hour(announce: Announce) -> None:
    """They keep their distance, neither kind starves the other, and there is an end to them."""
    heard, last, kinds = Heard(), None, list[bool]()
    while (due := next_announcement(announce, heard)) is not None and due.at_s < 3600:
        assert last is None or due.at_s >= last + announce.at_least_s - 1e-6
        heard = Heard(heard.position_s, due.at_s) if due.message else Heard(due.at_s, heard.message_s)
        last = due.at_s
        kinds.append(due.message)
        assert len(kinds) <= 3600 / 5 + 1
    if announce.message is not None:
        assert True in kinds
    if announce.position or announce.wait:
        assert False in kinds


@pytest.mark.parametrize(
    ("position", "seconds", "before", "said"),
    [
        (3, 100.0, None, Said(3, 2)),
        (30, 900.0, None, Said(None, 15)),
        (4, 200.0, Said(3, 2), Said(3, 2)),  # overtaken by a VIP: he is not told so
        (2, 50.0, Said(3, 2), Said(2, 1)),
        (1, 0.0, Said(3, 2), Said(1, None)),
        (1, None, None, Said(1, None)),
    ],
)
def test_what_is_said(position: int, seconds: float | None, before: Said | None, said: Said) -> None:
    estimate = None if seconds is None else Estimate(seconds, ())
    assert what_is_said(Announce(), position, estimate, before) == said
