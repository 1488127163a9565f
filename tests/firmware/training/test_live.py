"""Whom a running box in training mode can call."""

from pathlib import Path
from random import Random

import pytest

from firmware.training.live import subscriber, whole


@pytest.mark.parametrize(
    ("number", "becomes", "who", "answers"),
    [
        ("13900139000", "busy", "person", False),
        ("13900139001", "vacant", "person", False),
        ("13900139002", "rings", "person", False),
        ("13900139003", "rings", "machine", True),
        ("13900139004", "rings", "fax", True),
        ("13900139005", "congestion", "person", False),
        ("13900139006", "rings", "person", True),
        ("110", "rings", "person", True),
        ("", "rings", "person", True),
    ],
)
def test_by_the_last_digit(number: str, becomes: str, who: str, answers: bool) -> None:
    found = subscriber(number, Random(1), Path("says.wav"))
    assert (found.becomes, found.who, found.after_s is not None) == (becomes, who, answers)


def test_when_a_number_is_complete() -> None:
    """The exchange waits for no more digits; those of its own town it cannot know, unless somebody has the number."""
    own = {"", "65521188"}
    for number in ("13900139000", "01065521188", "110", "65521188"):
        assert [whole(number[:count], "cn", own) for count in range(1, len(number) + 1)].index(True) == len(number) - 1
    assert not whole("65521189", "cn", own)
