"""The command: its table, its exit status, its report; and that the measurements find what is planted."""

import json

import numpy as np
import pytest

from drivers.binding.engine import Player
from drivers.binding.events import Kind
from firmware.cli import main
from firmware.config import load_country
from firmware.conformance import callerid, companding, dtmf, echo, keys, mixing, progress, signals, talkoff, timing
from firmware.conformance.command import GROUPS
from firmware.conformance.rows import Row, Scale
from firmware.conformance.signals import Press

KEYS = {"group", "requirement", "clause", "bound", "limit", "measured", "unit", "pass", "compare", "note"}


def test_the_command_prints_every_row_and_tells_by_its_status_whether_all_pass(capsys, tmp_path):
    report = tmp_path / "report.md"
    status = main(["conformance", "--quick", "--only", "companding", "mixing", "--json", "--report", str(report)])
    found = json.loads(capsys.readouterr().out)
    assert found["mode"] == "quick" and found["groups"] == ["mixing", "companding"]
    assert all(set(row) == KEYS for row in found["rows"])
    assert found["failing"] == sum(not row["pass"] for row in found["rows"])
    assert status == (0 if found["failing"] == 0 else 1) and found["ok"] == (status == 0)
    text = report.read_text()
    assert found["machine"]["cpu"] in text and "| 16 ports, all speak" in text


def test_an_unknown_group_is_answered_in_words(capsys):
    assert main(["conformance", "--only", "fax"]) == 2
    assert "dtmf" in capsys.readouterr().err


def test_every_group_has_jobs_at_both_scales():
    from importlib import import_module

    for name in GROUPS:
        group = import_module(f"firmware.conformance.{name}")
        assert len(group.jobs(Scale(True))) <= len(group.jobs(Scale(False)))


def test_keys_that_cannot_be_heard_are_counted_as_missed():
    found = dtmf.tally("test", dtmf.Trial(Press(low=-60, high=-60)), 32, 1)
    assert found.pressed == found.missed == 32 and found.right == 0


def test_a_key_broken_for_long_is_counted_as_doubled():
    press = Press(on_ms=200, off_ms=60, gap_at=80, gap_ms=45)
    found = dtmf.tally("test", dtmf.Trial(press), 32, 1)
    assert found.doubled == 32 and found.right == 0


def test_a_prompt_that_yields_is_silent_in_time_and_one_that_does_not_would_be_seen(monkeypatch):
    found = keys.silenced("usual", 8, 1)
    assert len(found.ms) == 8 and max(found.ms) <= keys.SILENT_MS and found.dips == 0
    monkeypatch.setattr(Player, "files", lambda player, paths, yields_to: player.file(paths[0]))
    assert max(keys.silenced("usual", 8, 1).ms) > keys.SILENT_MS


def test_keys_typed_normally_are_right():
    found = dtmf.tally("test", dtmf.CLEAN, 32, 1)
    assert found.right == 32 and len(found.late_ms) == 32


def test_a_damaged_caller_id_is_never_counted_as_right():
    found = callerid.fsk_heard("test", "bell202", callerid.Trial(damage=3), 20, 1)
    assert found.right == 0 and found.sent == 20


def test_digits_hidden_in_the_corpus_would_be_found(monkeypatch):
    def planted(part, seconds=0.0):
        wave = signals.exactly_typed("5" * 4, Press(on_ms=80, off_ms=80), signals.rng_of(1))
        return "music", signals.coded(np.concatenate([wave, np.zeros(8000)]), "alaw")

    monkeypatch.setattr(talkoff, "corpus", planted)
    found = talkoff.hear(0, 1.0, True, ["cn", "us"])
    assert found.digits["cn"] == found.digits["us"] == 4
    rows = talkoff._digits("cn", "music", [found])
    assert not rows.passed and "cn digit 5" in rows.note


def test_busy_tone_is_heard_and_timed_in_cycles():
    found = progress.hear("cn", "busy", "test", progress.NOMINAL, 2)
    assert found.right == 2 and all(2 < cycles < 3 for cycles in found.cycles)


def test_a_made_tone_keeps_the_plans_cadence():
    tone = load_country("cn").tones["busy"]
    wave, cycle = progress.sent(tone, 1.4, progress.NOMINAL, signals.rng_of(1))
    assert cycle == 700 and np.any(wave[:2800]) and not np.any(wave[2800:5600])


def test_a_window_that_the_box_does_not_keep_makes_a_row_fail():
    count = timing.Count()
    count.add(True, "100 ms")
    count.add(False, "110 ms: nothing")
    row = count.row("flash", "window")
    assert not row.passed and row.measured == 50.0 and "110 ms: nothing" in row.note


@pytest.mark.parametrize("function", [timing.station, timing.line])
def test_lines_and_stations_are_measured_for_a_country(function):
    rows = function("cn")
    assert len(rows) >= 7 and all(isinstance(row, Row) and row.requirement.startswith("cn: ") for row in rows)
    assert all("0 times" not in row.note for row in rows)


def test_a_note_names_what_was_told():
    from drivers.binding.events import PortEvent

    assert timing._words([PortEvent(1, 0, Kind.FLASH, 0, 120, 0, ())]) == "flash 120"
    assert timing._words([]) == "nothing"


def test_code_points_survive_the_wire():
    found = companding.carried("alaw", False)
    assert found.points_same == found.points == 256


def test_saturation_really_saturates():
    found = mixing.saturation()
    assert found.at_limit > 1000 and found.wrapped == 0


def test_without_a_canceller_there_is_echo_and_with_it_next_to_none():
    with_it, without = (echo._received(6.0, cancel, 4.0, None, 0.0) for cancel in (True, False))
    assert signals.dbm0_of(without) == pytest.approx(echo.PROMPT_DBM0 - 6, abs=1.5)
    assert echo._enhancement(without, with_it, 1.1, 2.1) > 15


def test_the_longest_common_subsequence_counts_what_arrived_in_order():
    assert echo._in_order("1234", "1234") == 4
    assert echo._in_order("1234", "124") == 3
    assert echo._in_order("1234", "") == 0


@pytest.mark.parametrize("to_handset", [False, True])
def test_caller_id_of_a_whole_call(to_handset):
    found = callerid.over_wire("us", to_handset, 2)
    assert found.right == found.sent == 2


def test_only_the_countries_asked_for_are_measured(capsys):
    assert main(["conformance", "--quick", "--only", "sending", "--country", "jp", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["countries"] == ["jp"]
    assert main(["conformance", "--country", "xx"]) == 2
    assert "jp" in capsys.readouterr().err
