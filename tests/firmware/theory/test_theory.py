"""Simulation against theory: the judging on made-up days, the page, and one small day of real signals."""

import statistics
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from firmware.theory.experiment import (
    as_data,
    compare_impatient,
    compare_lines,
    compare_waiting,
    interval,
    report,
)
from firmware.theory.page import write
from firmware.training.traffic import Fate, Load, Seen, run

ONE = Load("1 agent at 50 %", 16, 1, 0.5 / 30, 30.0, None, 3000)


def one_server(seed: int = 1, slower: float = 1.0) -> Seen:
    """A day as theory has it, without a box: `slower` than theory is told, if not 1."""
    random, at, free, fates = Random(seed), 0.0, 0.0, []
    for _ in range(ONE.calls):
        at += random.expovariate(ONE.per_s)
        start = max(at, free)
        handling = random.expovariate(1 / ONE.handling_s)
        free = start + handling * slower
        fates.append(Fate(at, queued=at, offered=start, handled=start + handling, ended=free, freed=free))
    return Seen(ONE, fates, 2.0, 0.4, 0)


def test_what_agrees_agrees() -> None:
    found = compare_waiting(one_server())
    assert found.ok and found.off_s is not None and found.off_s < 1e-6
    assert found.variation == pytest.approx(1.0, abs=0.1)


def test_what_does_not_agree_is_seen() -> None:
    found = compare_waiting(one_server(slower=1.3))
    assert not found.ok and not found.figures[1].ok
    assert found.off_s is not None and found.off_s > 1
    assert "NOT every figure" in report(as_data([found]))


def test_callers_lost_from_the_books_are_seen() -> None:
    seen = one_server()
    seen.missing = 1
    assert not compare_waiting(seen).ok


def test_too_few_lines_are_told() -> None:
    seen = one_server()
    for fate in seen.fates[:100]:
        fate.queued = None
    with pytest.raises(ValueError, match="more lines"):
        compare_waiting(seen)


def test_intervals_cover_as_often_as_they_say() -> None:
    random, inside = Random(3), 0
    for _ in range(500):
        mean, half = interval([random.expovariate(1.0) for _ in range(1100)])
        inside += abs(mean - 1.0) <= half
    assert 0.975 <= inside / 500 <= 1.0
    with pytest.raises(ValueError, match="too few"):
        interval([1.0] * 20)


def test_the_page(tmp_path: Path) -> None:
    found = [compare_waiting(one_server()), compare_lines(one_server())]
    write(found, tmp_path)
    text = (tmp_path / "erlang.md").read_text()
    assert "| C | 1 agent at 50 % |" in text and "| B |" in text and "erlang.svg" in text
    root = ElementTree.parse(tmp_path / "erlang.svg").getroot()
    assert len(root.findall(".//{http://www.w3.org/2000/svg}circle")) == 4


def test_a_small_day_of_real_signals() -> None:
    """Two agents, too many callers: every wait is that of first come, first served, to the tick."""
    seen = run(Load("2 agents, in a rush", 12, 2, 0.15, 10.0, None, 130, 5))
    found = compare_waiting(seen)
    assert found.off_s is not None and found.off_s < 0.005 and not seen.missing
    assert 1.0 < seen.set_up_s < 4.0 and 0.2 < seen.notice_s < 1.0
    assert statistics.fmean([fate.talking - fate.offered for fate in seen.fates if fate.talking and fate.offered]) < 0.5


def test_a_small_day_of_impatient_callers() -> None:
    seen = run(Load("1 agent, in a rush", 12, 1, 0.15, 10.0, 8.0, 130, 6))
    found = compare_impatient(seen)
    assert not seen.missing and found.figures[2].measured > 0.2
