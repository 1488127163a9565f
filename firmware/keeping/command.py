"""`callbox backup`, `restore`: what the command line asks for, beside a running box or without one."""

import time
from pathlib import Path
from typing import Any

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import SOCKET, Refused
from firmware.keeping.alone import AlreadyRunning, alone
from firmware.keeping.archive import BackupError, check
from firmware.keeping.restore import complete, prepare


def restore(data: Path, backup: Path, *, at_once: bool = False) -> dict[str, Any]:
    """Restores, or asks the running box to restart with what is ready. BackupError: nothing was changed."""
    data = data.absolute()
    manifest = prepare(data, backup)
    told = {
        "file": str(backup), "made": manifest.made, "version": manifest.version, "files": len(manifest.files),
        "recordings": manifest.recordings,
    }  # fmt: skip
    try:
        with alone(data):
            old = complete(data)
            return told | {"restored": True, "replaced": str(old) if old is not None and old.exists() else None}
    except AlreadyRunning:
        return told | {"restored": False} | _restart(data, at_once)


def look(backup: Path) -> dict[str, Any]:
    """Whether a backup is whole, and what is in it. BackupError in words."""
    manifest = check(backup)
    return {
        "file": str(backup), "made": manifest.made, "version": manifest.version, "files": len(manifest.files),
        "bytes": manifest.bytes, "recordings": manifest.recordings,
    }  # fmt: skip


def report_look(result: dict[str, Any]) -> str:
    """For people."""
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(result["made"]))
    what = "with recordings" if result["recordings"] else "without recordings"
    return f"{result['file']} is whole: made {made} by callbox {result['version']}, {result['files']} files, {what}"


def _restart(data: Path, at_once: bool) -> dict[str, Any]:
    try:
        with ApiClient(data / SOCKET) as box:
            return {"calls": int(box.request("box.restart", when="now" if at_once else "idle")["calls"])}
    except (BoxAway, Refused) as error:
        raise BackupError(
            f"the backup is checked and ready, but the box cannot be asked to restart: {error}. Restart it by hand: it "
            "starts with the backup's data.",
            code="no_restart",
        ) from error


def report(result: dict[str, Any]) -> str:
    """For people."""
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(result["made"]))
    what = f"backup of {made} (callbox {result['version']}, {result['files']} files)"
    if result["restored"]:
        before = f"; the data of before lie in {result['replaced']}" if result["replaced"] else ""
        return f"restored the {what}{before}"
    calls = result["calls"]
    if not calls:
        return f"the {what} is checked; the box restarts with it now"
    return (
        f"the {what} is checked; the box restarts with it when the {calls} calls under way have ended (--now ends them)"
    )
