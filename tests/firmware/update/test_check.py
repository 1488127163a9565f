"""The self-check against a box that runs, one that is not there, and a page that fails."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware.api.messages import BUSY, SOCKET, Nothing, Refused, Snapshot
from firmware.api.server import ApiServer
from firmware.update import check as module
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


@contextmanager
def answering(data: Path, answers: list[dict[str, Any] | Refused]) -> Iterator[None]:
    """A box that answers the wish for a self-call so, the last for ever."""

    async def make(_: Nothing) -> dict[str, Any]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def serve() -> None:
        server = ApiServer(data / SOCKET, lambda: Snapshot.model_validate({}), {"selfcall.make": make})
        await server.start()
        ready.set()
        await asyncio.to_thread(over.wait)
        await server.stop()

    ready, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        over.set()
        thread.join()


ON_THE_LINE = Refused("somebody is on the line", code=BUSY)
BROKEN_OFF: dict[str, Any] = {"ok": None, "why": BUSY, "way": "looped", "checks": []}
GOOD: dict[str, Any] = {"ok": True, "why": None, "way": "looped", "checks": [{"name": "ring", "ok": True}]}
BAD: dict[str, Any] = {"ok": False, "why": None, "way": "looped", "checks": [{"name": "ring", "ok": False}]}


@pytest.mark.parametrize(
    ("answers", "ok", "words"),
    [
        ([GOOD], True, "looped: 1 checks"),
        ([ON_THE_LINE, BROKEN_OFF, GOOD], True, "looped: 1 checks"),
        ([ON_THE_LINE, BAD], False, "looped: ring"),
        ([Refused("this box does not do selfcall.make")], False, "this box does not do selfcall.make"),
    ],
)
def test_an_update_is_not_given_up_because_somebody_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[Any], ok: bool, words: str
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    with answering(tmp_path, answers):
        assert module._call(tmp_path) == Finding("call", ok, words)


def test_nor_where_somebody_always_calls(tmp_path: Path) -> None:
    with answering(tmp_path, [ON_THE_LINE]):
        assert module._call(tmp_path, 0) == Finding("call", True, "not made: somebody was on the line for 0 s")


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
