"""The audit as a table: what calls promised against what files hold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmware.recording.audit import Sound, Talk, audit, report
from firmware.recording.modes import BEGINS, MODES, MOMENTS, begins
from firmware.store.database import open_store


def _talk(call: str = "a", **changes: Any) -> Talk:
    """Rings at 0, answered at 5, talk from 20 to 80, recorded whole."""
    sound = (Sound(f"{call}.wav", 20.0),)
    facts: dict[str, Any] = {"mode": "talk", "started": 0.0, "answered": 5.0, "connected": 20.0, "ended": 80.0}
    return Talk(call, **(facts | {"sounds": sound} | changes))


def test_everything_is_there() -> None:
    found = audit([_talk("a"), _talk("b")], {"a.wav": 60.0, "b.wav": 59.9})
    assert found.ok and (found.calls, found.recordings, found.orphans, found.missing_s) == (2, 2, (), 0.0)
    assert found.owed_s == 120.0


@pytest.mark.parametrize(
    ("changes", "files", "missing"),
    [
        ({"sounds": ()}, {}, (60.0, "no recording")),
        ({}, {}, (60.0, "the file is missing")),
        ({}, {"a.wav": 40.0}, (20.0, "the recording is too short")),
        ({"sounds": (Sound("a.wav", 30.0),)}, {"a.wav": 50.0}, (10.0, "the recording is too short")),
        ({"mode": "answer"}, {"a.wav": 60.0}, (15.0, "the recording is too short")),
        ({"mode": "ring"}, {"a.wav": 60.0}, (20.0, "the recording is too short")),
        ({"error": "No space left on device"}, {"a.wav": 60.0}, (0.0, "No space left on device")),
        # A transfer that began a second file too late.
        (
            {"sounds": (Sound("a.wav", 20.0), Sound("b.wav", 45.0))}, {"a.wav": 20.0, "b.wav": 35.0},
            (5.0, "the recording is too short"),
        ),
    ],
)  # fmt: skip
def test_what_is_missing(changes: dict[str, Any], files: dict[str, float], missing: tuple[float, str]) -> None:
    found = audit([_talk(**changes)], files)
    assert not found.ok and [(one.seconds, one.why) for one in found.missing] == [missing]


@pytest.mark.parametrize(
    ("changes", "files", "calls"),
    [
        ({"mode": "never", "sounds": ()}, {}, 0),
        ({"connected": None, "sounds": ()}, {}, 0),  # nobody spoke with him
        ({"mode": "answer", "answered": None, "connected": None, "sounds": ()}, {}, 0),
        ({"mode": "line", "connected": None, "sounds": (Sound("a.wav", 5.0),)}, {"a.wav": 75.0}, 1),
        ({"mode": "voice", "sounds": (Sound("a.wav", 20.0, gap_s=35.0),)}, {"a.wav": 25.0}, 1),
        ({"sounds": (Sound("a.wav", 20.0), Sound("b.wav", 40.0))}, {"a.wav": 20.0, "b.wav": 40.0}, 1),  # a transfer
        ({}, {"a.wav": 61.0}, 1),
    ],
)
def test_what_is_in_order(changes: dict[str, Any], files: dict[str, float], calls: int) -> None:
    found = audit([_talk(**changes)], files)
    assert found.ok and found.calls == calls


def test_orphans() -> None:
    found = audit([_talk("a")], {"a.wav": 60.0, "x.wav": 1.0, "now.wav": 3.0}, known=["now.wav"])
    assert found.orphans == ("x.wav",) and not found.ok and not found.missing


def test_four_hundred_calls_in_one_line() -> None:
    talks = [_talk(str(number)) for number in range(412)]
    found = audit(talks, {f"{number}.wav": 60.0 for number in range(412)})
    result = {"calls": found.calls, "recordings": found.recordings, "orphans": found.orphans, "missing": found.missing}
    assert report(result) == "412 calls, 412 recordings, 0 orphans"


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_begins_at_its_moment_and_not_before(mode: Any) -> None:
    first = BEGINS[mode]
    for moment in MOMENTS:
        wanted = first is not None and MOMENTS.index(moment) >= MOMENTS.index(first)
        assert begins(mode, moment) is wanted


def test_the_command(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "firmware.cli", "audit-recordings", "--data", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    nothing = run()
    assert nothing.returncode == 2 and "Choose the directory with --data" in nothing.stderr
    open_store(tmp_path).dispose()
    clean = run()
    assert (clean.returncode, clean.stdout) == (0, "0 calls, 0 recordings, 0 orphans\n")
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "x.wav").write_bytes(b"")
    orphan = run("--json")
    assert orphan.returncode == 1 and json.loads(orphan.stdout)["orphans"] == ["recordings/x.wav"]
