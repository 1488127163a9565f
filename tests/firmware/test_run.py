"""`callbox run` as a process: starts, refuses in words, and ends cleanly at a signal in mid-call."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.api.client import ApiClient
from firmware.people import People, Person
from firmware.setup.store import Setup
from tests.firmware.keeping.conftest import BEGIN, keep_call, small_disk

__all__ = ["small_disk"]

COMMAND = [sys.executable, "-m", "firmware.cli", "run"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running box below tmp_path/data."""
    command = [*COMMAND, "--data", str(tmp_path / "data"), "--http", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_database_damaged_in_its_middle(tmp_path: Path) -> None:
    """It opens, as its beginning is well; reading it finds what is wrong. Told once, not in a loop of starts."""
    data = tmp_path / "data"
    for number in range(3):
        keep_call(data, f"c{number}", BEGIN + number)
    with sqlite3.connect(data / "callbox.sqlite") as store:
        (root,) = store.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'call_record'").fetchone()
        (size,) = store.execute("PRAGMA page_size").fetchone()
    with (data / "callbox.sqlite").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x5a" * size)
    before = (data / "callbox.sqlite").read_bytes()
    told = _refused("--data", str(data), "--http", "127.0.0.1:0")
    assert "callbox.sqlite: database disk image is malformed. Nothing was changed" in told and "restore" in told
    assert (data / "callbox.sqlite").read_bytes() == before


def test_on_a_disk_that_is_read_only(small_disk: Callable[[str], Path]) -> None:
    """As the system leaves it after a fault."""
    disk = small_disk("4m")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert "is read-only, so nothing could be kept. Nothing was changed" in _refused("--data", str(disk))


def _refused(*arguments: str) -> str:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_mid_call(started: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    assert started.stdout is not None
    assert started.stdout.readline().startswith("callbox: the page is at http://127.0.0.1:")
    data = tmp_path / "data"
    assert "already running" in _refused("--data", str(data), "--http", "127.0.0.1:0")
    with ApiClient(data / "callboxd.sock", timeout=60) as box:
        box.request("training.call", number="13800138000", line=3)
        for push in box.subscribe():
            calls = push.get("snapshot", {}).get("calls", [])
            if calls and calls[0]["stage"] == "greeting":
                break
        started.send_signal(number)
        assert started.wait(20) == 0
    with sqlite3.connect(data / "callbox.sqlite") as store:
        assert store.execute("select line, number, result, end_side, end_cue from call_record").fetchall() == [
            (3, "13800138000", "failed", "box", "box_stopped")
        ]
    for path in data.rglob("*.wav"):
        with wave.open(str(path)) as file:
            assert file.getnchannels() == 2
    assert not (data / "callboxd.sock").exists()


def test_the_page_is_killed_in_mid_call(started: subprocess.Popen[str], tmp_path: Path) -> None:
    """It comes back where it was; the call has noticed nothing."""
    assert started.stdout is not None
    url = started.stdout.readline().split()[-1]
    with ApiClient(tmp_path / "data/callboxd.sock", timeout=60) as box:
        box.request("training.call", number="13800138000", line=3)
        next(one for one in box.subscribe() if one.get("snapshot", {}).get("calls", []))
        (page,) = (int(pid) for pid in Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split())
        os.killpg(page, signal.SIGKILL)
        while not _answers(url):
            pass  # each try takes as long as the page's start lets it
    with ApiClient(tmp_path / "data/callboxd.sock", timeout=60) as box:
        (call,) = next(iter(box.subscribe()))["snapshot"]["calls"]
        assert call["line"] == 3
        started.send_signal(signal.SIGTERM)
        assert started.wait(20) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_address_is_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "already in use" in _refused("--data", str(tmp_path / "d"), "--http", address)
    assert not (tmp_path / "d" / "callbox.sqlite").exists()


def test_no_address(tmp_path: Path) -> None:
    assert "write HOST:PORT" in _refused("--data", str(tmp_path / "d"), "--http", "nowhere")


def test_unknown_names(tmp_path: Path) -> None:
    where = ("--data", str(tmp_path / "d"), "--http", "127.0.0.1:0")
    assert "unknown board" in _refused(*where, "--board", "nine-by-nine")
    assert "unknown country" in _refused(*where, "--country", "zz")


@pytest.mark.skipif(Path("/dev/dahdi/channel").exists(), reason="this machine has a card's driver")
def test_no_driver_for_the_card(tmp_path: Path) -> None:
    told = _refused("--data", str(tmp_path / "d"), "--http", "127.0.0.1:0", "--board", "dahdi-loop")
    assert "line 1: there is no DAHDI driver; load it (modprobe dahdi" in told


def test_a_data_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot make the data directory" in _refused("--data", str(tmp_path / "file" / "d"))
    assert "too long" in _refused("--data", str(tmp_path / ("d" * 150)))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_without_rights(tmp_path: Path) -> None:
    locked = tmp_path / "d"
    locked.mkdir(mode=0o500)
    assert "no right to write" in _refused("--data", str(locked))


def test_killed_in_mid_call_and_started_again(started: subprocess.Popen[str], tmp_path: Path) -> None:
    """`kill -9`: the next start closes the call with its cause, makes the recording whole, knows who is signed in, and
    answers again."""
    assert started.stdout is not None
    started.stdout.readline()
    data = tmp_path / "data"
    li = Person(id="li", name="Li", number="811", role="agent")
    Setup(data).change(People, lambda now: {"people": [*now.people, li]}, who="test")
    with ApiClient(data / "callboxd.sock", timeout=60) as box:
        box.request("setup.changed", section="people")
        box.request("agent.sign_in", agent="811", station="808")
        box.request("agent.state", agent="811", state="busy", reason="1")
        call = box.request("training.call", number="13800138000", line=3)
        assert call is not None
        for push in box.subscribe():
            calls = push.get("snapshot", {}).get("calls", [])
            if calls and calls[0]["stage"] == "talking":
                break
        with sqlite3.connect(data / "callbox.sqlite") as store:
            while not store.execute("select 1 from event where kind = 'call.connected'").fetchall():
                pass  # it is being written
        os.kill(started.pid, signal.SIGKILL)
    started.wait(20)
    again = subprocess.Popen(
        [*COMMAND, "--data", str(data), "--http", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert again.stdout is not None
        assert again.stdout.readline().startswith("callbox: the page is at")
        with sqlite3.connect(data / "callbox.sqlite") as store:
            (found,) = store.execute(
                "select line, result, end_side, end_cue, recovered, recording, recording_ms from call_record"
            ).fetchall()
        assert found[:5] == (3, "answered", "box", "box_stopped", 1)
        with wave.open(str(data / found[5])) as file:
            assert file.getnframes() * 1000 // 8000 == found[6]
        with ApiClient(data / "callboxd.sock", timeout=60) as box:
            box.request("training.call", number="13900139000", line=3)
            for push in box.subscribe():
                calls = push.get("snapshot", {}).get("calls", [])
                if calls and calls[0]["stage"] == "greeting":
                    break
            signed_in = [one for one in push["snapshot"]["agents"] if one["person"]]
        assert [(one["agent"], one["station"], one["state"]) for one in signed_in] == [("811", "808", "busy")]
    finally:
        again.terminate()
        again.wait(30)
