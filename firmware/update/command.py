"""`callbox update FILE`: refuses what does not fit, writes the other slot, and rehearses what comes at its start."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from firmware.update import trial
from firmware.update.bundle import UpdateError, check_fits, examine, install, this_version

SLOTS = {"A": Path("/dev/disk/by-partlabel/root-a"), "B": Path("/dev/disk/by-partlabel/root-b")}
BOOTLOADER = "/usr/lib/callbox/bootloader"


def update(path: Path, data: Path, *, allow_older: bool) -> dict[str, Any]:
    """Installs the bundle; what is to be started next. UpdateError in words, and then what runs now goes on and is
    what the next start takes, too."""
    bundle = examine(path)
    check_fits(path, bundle, allow_older=allow_older)
    if os.geteuid() != 0:
        raise UpdateError(
            "installing an update needs root's rights: sudo callbox update FILE. Nothing was changed.",
            code="update_no_right",
        )
    running = this_version()
    other = "B" if _bootloader("get-current") == "A" else "A"
    install(path)
    trial.note(data, running, bundle.version, other)
    try:
        rehearsal = _rehearse(SLOTS[other], data)
    except UpdateError:
        _bootloader("set-state", other, "bad")
        trial.forget(data)
        raise
    return {"from": running, "to": bundle.version, "slot": other, "database": rehearsal}


def report(result: dict[str, Any]) -> str:
    """For people."""
    return (
        f"version {result['to']} is in slot {result['slot']} and is what the next start takes; its rehearsal with this "
        f"box's database went well. It is kept if it passes its self-check, else the box goes back to {result['from']}."
    )


def _rehearse(slot: Path, data: Path) -> Any:
    """Has the new version, from its slot, take over a copy of the database."""
    command = ["/usr/bin/callbox", "rehearse", "--json", "--data", str(data)]
    with _mounted(slot) as root:
        done = subprocess.run(["chroot", str(root), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise UpdateError(
            f"the new version cannot take over this box's database: {said[-1].removeprefix('callbox: ')} "
            f"The box goes on with what runs now.",
            code="update_no_takeover",
        )
    return json.loads(done.stdout)


@contextlib.contextmanager
def _mounted(slot: Path) -> Iterator[Path]:
    """The slot with what a program needs beside it, and nothing of it writable but the data."""
    with TemporaryDirectory(prefix="callbox-slot-", dir="/run") as folder, contextlib.ExitStack() as mounted:
        beside = [("--bind", name, f"{folder}{name}") for name in ("/data", "/proc", "/dev")]
        for option, source, target in [("-r", str(slot), folder), *beside]:
            done = subprocess.run(["mount", option, source, target], capture_output=True, text=True, check=False)
            if done.returncode:
                raise UpdateError(
                    f"the new slot cannot be looked at: {done.stderr.strip()}. The box goes on as it is.",
                    code="update_slot",
                )
            mounted.callback(subprocess.run, ["umount", "-l", target], check=False)
        yield Path(folder)


def _bootloader(*arguments: str) -> str:
    done = subprocess.run([BOOTLOADER, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UpdateError(f"the boot loader's state cannot be used: {done.stderr.strip()}", code="update_bootloader")
    return done.stdout.strip()
