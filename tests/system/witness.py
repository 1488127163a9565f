"""Runs beside the box during the power cuts: makes traffic, and tells what the box has promised to keep.

`python witness.py DATA PIPE NUMBER SEQ`: one line each into the pipe, in a virtual box a virtual port to the host;
NUMBER and SEQ are the last setting and event that were told before the cut of before:

    T time stall    the guest's clock, twenty times a second: the last one heard is when the power went; and how long
                    the disk has just taken for one small write and its sync, or takes already: what waits in the
                    emulated disk or in its host is in no program's power
    E seq count     so many events up to this number are committed, seen by another reader of the database
    C time ticks    so many ticks had the card's clock made at that moment of the guest's: where the emulator stood,
                    the guest's clock leaps afterwards, and what the card never clocked can be in no recording
    S number        this change of the settings has been made
    A               a caller has been answered since the box last started
"""

import contextlib
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import SOCKET, Refused
from firmware.settings import SettingsFile
from firmware.store.database import FILE

TELL_S = 0.05
PROBE_S = 1.0
TICKS_S = 0.1
CALL_S = 1.0
FIRST_PORT = 10_000  # the settings' field `http` is not used on the appliance: its port carries the number


class Disk:
    """How long it takes: `stall` is what the newest finished sync took, or the one under way takes already."""

    def __init__(self) -> None:
        self._took = 0.0
        self._since: float | None = None

    @property
    def stall(self) -> float:
        """Seconds."""
        since = self._since
        return self._took if since is None else max(self._took, time.monotonic() - since)

    def probe(self, data: Path) -> None:
        """For ever. A file of its own, written as a recording is: it grows."""
        with data.with_name("witness").open("ab", buffering=0) as file:
            while True:
                self._since = began = time.monotonic()
                file.write(bytes(4096))
                os.fdatasync(file.fileno())
                self._took, self._since = time.monotonic() - began, None
                time.sleep(PROBE_S)


def tell_committed(data: Path, pipe: int, before: int, disk: Disk) -> None:
    """For ever. WAL: what a reader sees has been synced (synchronous=FULL)."""
    with contextlib.closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=30)) as database:
        # What has been counted is not counted again: that would be a large part of an emulated processor's work.
        known, count, started, answered = 0, 0, False, False
        while True:
            fresh = database.execute("SELECT seq, kind FROM event WHERE seq > ? ORDER BY seq", (known,)).fetchall()
            lines = ""
            if fresh:
                known, count = fresh[-1][0], count + len(fresh)
                lines = f"E {known} {count}\n"
            for seq, kind in fresh if not answered else ():
                started = started or (seq > before and kind == "box.started")
                if started and kind == "call.connected":
                    answered = True
                    lines += "A\n"
                    break
            os.write(pipe, f"{lines}T {time.time():.3f} {disk.stall:.3f}\n".encode())
            time.sleep(TELL_S)


def change_settings(data: Path, pipe: int, number: int) -> None:
    """For ever, one more each time."""
    file = SettingsFile(data)
    while True:
        number = (number + 1) % 50_000
        file.change(lambda _, port=FIRST_PORT + number: {"http": f"127.0.0.1:{port}"})  # type: ignore[misc]
        os.write(pipe, f"S {number}\n".encode())
        time.sleep(CALL_S)


def tell_ticks(data: Path, pipe: int) -> None:
    """For ever."""
    while True:
        with contextlib.suppress(BoxAway, Refused), ApiClient(data / SOCKET) as client:
            while True:
                ticks = client.request("counters")["box"]["ticks"]
                os.write(pipe, f"C {time.time():.3f} {ticks}\n".encode())
                time.sleep(TICKS_S)
        time.sleep(CALL_S)


def make_calls(data: Path) -> None:
    """For ever, whenever a line is free."""
    number = 0
    while True:
        with contextlib.suppress(BoxAway, Refused), ApiClient(data / SOCKET) as client:
            client.request("training.call", number=f"1380000{number % 10_000:04}")
            number += 1
        time.sleep(CALL_S)


def main() -> None:
    """Until the power goes."""
    data, pipe = Path(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY)
    disk = Disk()
    works = (
        (change_settings, (data, pipe, int(sys.argv[3]))),
        (make_calls, (data,)),
        (disk.probe, (data,)),
        (tell_ticks, (data, pipe)),
    )
    for work in works:
        threading.Thread(target=work[0], args=work[1], daemon=True).start()
    tell_committed(data, pipe, int(sys.argv[4]), disk)


if __name__ == "__main__":
    main()
