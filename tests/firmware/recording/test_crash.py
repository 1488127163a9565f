"""`callbox run` is killed in mid-call, for real; the next start tells how much of the recording there is."""

import re
import signal
import sqlite3
import subprocess
import sys
import wave
from pathlib import Path

from firmware.api.client import ApiClient
from firmware.settings import SettingsFile
from firmware.setup.site import Site
from firmware.setup.store import Setup

COMMAND = [sys.executable, "-m", "firmware.cli"]


def _start(data: Path, log: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, "run", "--data", str(data), "--http", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log.open("w"), text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("callbox: the page is at")
    return process


def _events_until(box: ApiClient, kind: str, **data: object) -> str:
    """The call of the first such event."""
    for push in box.subscribe(events=True):
        event = push.get("event", {})
        if event.get("kind") == kind and all(event["data"].get(key) == value for key, value in data.items()):
            return str(event["call"])
    raise AssertionError("the box went away")


def test_kill_9_in_mid_call(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    Setup(data).change(Site, lambda _: {"recording": "answer"}, who="wang")
    process = _start(data, tmp_path / "first.log")
    try:
        with ApiClient(data / "callboxd.sock", timeout=60) as box, ApiClient(data / "callboxd.sock", timeout=60) as ear:
            box.request("training.call", number="13800138000", line=3)
            call = _events_until(ear, "call.prompt_end")  # some seconds are recorded
            paused = {"call": call, "paused": True}
            assert box.request("call.record", call=call, action="pause") == paused | {"changed": True}
            assert box.request("call.record", call=call, action="pause") == paused | {"changed": False}
            assert box.request("call.record", call=call, action="resume") == paused | {"paused": False, "changed": True}
            process.send_signal(signal.SIGKILL)
            assert process.wait(20) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
    (path,) = (data / "recordings").rglob("*.wav")
    size = path.stat().st_size
    with path.open("r+b") as file:  # the power, unlike a signal, may take the last header with it, and half a frame
        file.seek(40)
        file.write(b"\0\0\0\0")
        file.truncate(size - 1)

    process = _start(data, tmp_path / "second.log")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with sqlite3.connect(data / "callbox.sqlite") as store:
        columns = "id, recovered, recording, recording_ms, recording_error"
        rows = store.execute(f"select {columns} from call_record").fetchall()
    with wave.open(str(path)) as file:
        frames = file.getnframes()
    assert frames == (size - 44 - 1) // 4 and frames > 8000
    assert rows == [(call, 1, str(path.relative_to(data)), frames * 1000 // 8000, None)]
    told = re.search(rf"call {call}: recording recovered 0:(\d\d)", (tmp_path / "second.log").read_text())
    assert told is not None and int(told[1]) == frames // 8000
    audited = subprocess.run(
        [*COMMAND, "audit-recordings", "--data", str(data)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (audited.returncode, audited.stdout) == (0, "1 calls, 1 recordings, 0 orphans\n")


def test_a_wrong_mode_is_refused_in_words(tmp_path: Path) -> None:
    SettingsFile(tmp_path).ensure()
    settings = tmp_path / "settings.json"
    settings.write_text(settings.read_text().replace('"http"', '"recording": "sometimes", "http"'))
    command = [*COMMAND, "run", "--data", str(tmp_path), "--http", "127.0.0.1:0"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    modes = "'ring', 'answer', 'talk', 'voice', 'line' or 'never'"
    assert f'settings.json: recording = "sometimes": must be {modes}' in refused.stderr
