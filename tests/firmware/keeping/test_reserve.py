"""A box that is started on a disk without a free byte answers calls."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from firmware.api.client import ApiClient
from firmware.keeping import reserve
from firmware.settings import SettingsFile
from firmware.store.database import StoreError, open_store


def _fill(disk: Path) -> None:
    for size in (4096, 1):
        with (disk / "filler").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(size))
    assert os.statvfs(disk).f_bfree == 0


def _start(data: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("callbox: the page is at"), process.wait(20)
    return process


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_started_on_a_full_disk(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("240m")
    data = disk / "data"
    _stop(_start(data))
    SettingsFile(data).ensure()
    reserve.keep(data)
    assert (data / reserve.FILE).stat().st_size == reserve.BYTES
    _fill(disk)
    process = _start(data)
    try:
        left = (data / reserve.FILE).stat().st_size
        assert 0 < left < reserve.BYTES  # there is some for the next start, too
        with ApiClient(data / "callboxd.sock", timeout=60) as box:
            box.request("training.call", number="13800138000", line=3)
            for push in box.subscribe():
                if any(call["stage"] == "greeting" for call in push["snapshot"]["calls"]):
                    break
        _fill(disk)
    finally:
        _stop(process)
    with closing(sqlite3.connect(data / "callbox.sqlite")) as store:
        kinds = [kind for (kind,) in store.execute("SELECT kind FROM event ORDER BY seq DESC LIMIT 40")]
    assert "call.ended" in kinds and "box.stopping" in kinds  # what only the memory had is not lost with the stop
    assert (data / reserve.FILE).stat().st_size < left


def test_without_that_room_it_is_told_that_the_disk_is_full(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("20m")
    open_store(disk).dispose()
    _fill(disk)
    with pytest.raises(StoreError, match="the disk is full. Nothing was changed"):
        open_store(disk)


def test_only_where_there_is_plenty(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("100m")
    reserve.keep(disk)
    assert not list(disk.iterdir()) and not reserve.use_if_full(disk)


def test_not_used_before_it_is_needed(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("240m")
    reserve.keep(disk)
    assert not reserve.use_if_full(disk) and (disk / reserve.FILE).exists()
    _fill(disk)
    for _ in range(reserve.BYTES // reserve.FULL_BYTES):
        assert reserve.use_if_full(disk) and not reserve.use_if_full(disk)
        _fill(disk)
    assert not reserve.use_if_full(disk)
    (disk / "filler").unlink()
    reserve.keep(disk)
    assert (disk / reserve.FILE).stat().st_size == reserve.BYTES
