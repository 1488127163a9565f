"""A trace of a whole call, lived through again: the same news; and what a replay tells when the plan is another."""

from pathlib import Path

import pytest

from firmware.config import load_country
from firmware.tools.trace import TraceError, replay, report
from firmware.training.demo import demo_call

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration call in the United States: caller id, digits, busy tone, ringing, hooks."""
    folder = tmp_path_factory.mktemp("trace")
    result = demo_call(load_country("us"), data=folder / "data", trace=folder / "call.lct")
    assert result["ok"]
    assert result["counters"]["box"]["trace_lost"] == 0
    assert result["counters"]["box"]["trace_error"] == 0
    return folder / "call.lct"


def test_the_replay_tells_the_same(recorded: Path) -> None:
    result = replay(recorded)
    assert result["ok"] and result["differences"] == []
    assert result["country"] == "us" and result["missing_ticks"] == result["damaged_bytes"] == 0
    told = [(event["port"], event["kind"]) for event in result["events"]]
    for port, kind in (
        ("line 3", "ring"), ("line 3", "callerid"), ("line 3", "digit"), ("line 3", "tone"), ("station 801", "offhook"),
        ("station 801", "onhook"),
    ):  # fmt: skip
        assert (port, kind) in told
    assert "13800138000" in next(event["text"] for event in result["events"] if event["kind"] == "callerid")
    assert f"the same {len(told)} events" in report(result)


def test_another_country_hears_other_tones(recorded: Path) -> None:
    result = replay(recorded, load_country("de"))
    missed = [event for event in result["differences"] if event["what"] == "missed"]
    assert not result["ok"] and ["busy"] in [event["text"] for event in missed]
    assert "events differ" in report(result)


def test_a_trace_cut_short_is_told(recorded: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.lct"
    cut.write_bytes(recorded.read_bytes()[:-1001])
    result = replay(cut)
    assert result["ok"] and 0 < result["damaged_bytes"] < 5000
    assert "cut short" in report(result)


def test_old_traces_stay_readable() -> None:
    """Written by version 0.1.0 in format 1; the same news ever after, or say so here."""
    result = replay(ROOT / "tests" / "data" / "traces" / "ring-answer-v1.lct")
    assert result["ok"] and result["ports"] == ["line 1", "station 801"]
    assert [event["text"][:2] for event in result["events"] if event["kind"] == "callerid"] == [["02079460000", "WANG"]]


def test_what_is_no_trace_is_told_in_words(tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    strange.write_bytes(b"RIFF and so on")
    with pytest.raises(TraceError, match="it is no trace"):
        replay(strange)
    with pytest.raises(TraceError, match="No such file"):
        replay(tmp_path / "absent")
