"""A box's data directory with something of everything."""

import os
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from firmware.bus import Event
from firmware.recording.recorder import recording_path
from firmware.recording.wav import header
from firmware.settings import SettingsFile
from firmware.store.database import next_seq, open_store
from firmware.store.writer import Ledger

BEGIN = 1_767_600_000.0  # 2026-01-05 08:00 UTC
DAY = 86_400.0
SECOND = b"\1\2\3\4" * 8000


def keep_call(data: Path, call: str, started: float, *, seconds: int = 2, marked: bool = False) -> Path:
    """A call done with its recording; where that lies below `data`."""
    path = recording_path(call, started)
    told = [
        ("call.started", 0.0, {"direction": "inbound"}),
        ("call.answered", 1.0, {"by": "box"}),
        ("call.connected", 2.0, {"station": "801"}),
        ("call.recording", 2.0, {"path": str(path), "mode": "talk"}),
        ("call.recorded", 2.0 + seconds, {"path": str(path), "ms": 1000 * seconds, "error": None}),
        ("call.ended", 2.0 + seconds, {"side": "caller", "cue": "tone", "result": "answered"}),
    ]
    if marked:
        told.append(("call.marked", 60.0, {"marked": True}))
    store = open_store(data)
    first = next_seq(store)
    Ledger(store).write(
        [Event(first + n, started + at, kind, call, 1, None, what) for n, (kind, at, what) in enumerate(told)]
    )
    store.dispose()
    (data / path).parent.mkdir(parents=True, exist_ok=True)
    (data / path).write_bytes(header(8000 * seconds) + SECOND * seconds)
    return path


def tree(folder: Path) -> dict[str, str]:
    """Every file with its hash; of the lock files only that they are there."""
    return {
        str(path.relative_to(folder)): "" if path.suffix == ".lock" else sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Settings, a set-up document, a prompt of one's own, a call with its recording, and what must not be copied."""
    data = tmp_path / "data"
    open_store(data).dispose()
    SettingsFile(data).change(lambda _: {"http": "127.0.0.1:0"})
    (data / "setup").mkdir()
    (data / "setup" / "queues.json").write_text('{"sales": 1}')
    (data / "prompts" / "zh").mkdir(parents=True)
    (data / "prompts" / "zh" / "greeting.wav").write_bytes(header(800) + bytes(3200))
    keep_call(data, "c1", BEGIN)
    (data / "callbox.lock").write_text("1")
    (data / "settings.json.77.new").write_text("half")
    return data


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a tmpfs of this size: a disk that can really be full. Skipped without the right to mount."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted: list[Path] = []

    def mount(size: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)
