"""The self-check against a box that runs, one that is not there, and a page that fails."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from firmware.update.check import Finding, alarms, as_data, report, self_check


def test_a_running_box(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware.cli", "run", "--data", str(tmp_path / "d"), "--http", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        found = self_check(tmp_path / "d", f"{address}/healthz", 20)
        assert {finding.name: finding.ok for finding in found} == dict.fromkeys(("box", "card", "store", "page"), True)
        failing = self_check(tmp_path / "d", f"{address}/nowhere/at/all", 0)
        assert [finding.name for finding in failing if not finding.ok] == ["page"]
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait()


def test_what_stands_is_told_and_is_no_fault() -> None:
    standing = [
        {"name": "disk_low", "args": {"text": "0.1 GB free"}},
        {"name": "update", "args": {}},
        {"name": "x", "args": {}},
    ]
    assert alarms({"alarms": standing}) == [
        Finding("alarm disk_low", True, "0.1 GB free"),
        Finding("alarm x", True, "stands"),
    ]


def test_no_box(tmp_path: Path) -> None:
    found = self_check(tmp_path, "http://127.0.0.1:1/healthz", 0)
    result = as_data(found)
    assert result["ok"] is False and [finding.name for finding in found] == ["box", "page"]
    assert report(result).count("FAILED") == 2
