"""Answers told by the voice alone, of people made from a seed."""

import pytest

from firmware.outbound.trial import measure, summary


@pytest.mark.parametrize("country", ["cn", "us"])
def test_answers_are_told(country: str) -> None:
    found = summary(measure(country, 16, -55.0, never=False))
    assert found["results"]["answered voice"] >= 15, found
    assert found["late_s"]["median"] < 2.0


def test_nobody_answers() -> None:
    found = summary(measure("cn", 8, -45.0, never=True))
    assert found["results"] == {"no_answer": 8}
