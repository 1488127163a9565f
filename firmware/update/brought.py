"""An update that the page brought: where the appliance's installer finds it, and how that goes.

The page puts a bundle into `update/` of the data; callbox-update.path starts the installer, which has the rights that
the page has not (image-build/overlay/usr/lib/callbox/update-brought). What it said stays there as `result.json`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from firmware.update.bundle import UpdateError, check_whole, this_version
from firmware.update.trial import FOLDER, NOTE, Trial, given_up, kept_at

BUNDLE, RESULT = "install.raucb", "result.json"
WAITING = "brought.raucb"  # taken, and looked at, but not yet to be installed
MOST = 1_500_000_000  # bytes; a root slot has 1.5 GiB


@dataclass(frozen=True, slots=True)
class Stands:
    """How an update stands. `running`: the version that runs, None where this is no appliance. `waits`: bytes of a
    bundle that was brought and not begun. `since`: when the installer got it, seconds since the epoch. `said`: its
    refusal when it did not install; `next`: the version that the next start takes; `given_up`: why the last one was;
    `kept`: when what runs passed its self-check, None if it came with the disk."""

    running: str | None
    waits: int | None = None
    since: float | None = None
    said: UpdateError | None = None
    next: str = ""
    given_up: str = ""
    kept: float | None = None


def stands(data: Path) -> Stands:
    """As of this moment."""
    folder = data / FOLDER
    back = given_up(data)
    said, following = _result(folder)
    version = running()
    return Stands(
        version, _length(folder / WAITING), _since(folder / BUNDLE), said, following if back is None else "",
        "" if back is None else f"{back.version}: {back.why}", None if version is None else kept_at(data, version),
    )  # fmt: skip


def running() -> str | None:
    """The version of the appliance; None: this is none, so that nothing can be updated by the page."""
    try:
        return this_version()
    except UpdateError:
        return None


def waiting(data: Path) -> Path:
    """Where a bundle is brought to."""
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    return folder / WAITING


def look(data: Path) -> None:
    """Whether what was brought is a bundle at all, and all of it; if not it is removed. UpdateError in words."""
    path = waiting(data)
    try:
        check_whole(path)
    except UpdateError:
        path.unlink(missing_ok=True)
        raise


def hand_over(data: Path) -> None:
    """To the installer, which begins at once. UpdateError if there is nothing to install."""
    path = waiting(data)
    (path.parent / RESULT).unlink(missing_ok=True)
    try:
        path.rename(path.with_name(BUNDLE))
    except FileNotFoundError:
        raise UpdateError("there is no update to install; bring it first", code="no_update") from None


def _since(path: Path) -> float | None:
    try:
        return path.stat().st_ctime  # when it got this name
    except OSError:
        return None


def _length(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _result(folder: Path) -> tuple[UpdateError | None, str]:
    """What the installer said if it failed, and the version that it installed if it did and has not started yet."""
    try:
        text = (folder / RESULT).read_text("utf-8", "replace").strip()
    except OSError:
        return None, ""
    try:
        found = json.loads(text[max(0, text.find("\n{") + 1) :])  # behind warnings of the log and its own words
        if "error" in found:
            return UpdateError(found["error"], code=str(found["code"]), **found["holes"]), ""
        version = str(found["to"])
    except (ValueError, KeyError, TypeError):  # it did not come to an end
        lines = [line.removeprefix("callbox: ") for line in text.splitlines() if line.strip()]
        return UpdateError(lines[-1] if lines else "the installer gave no reason"), ""
    return None, version if _on_trial(folder, version) else ""


def _on_trial(folder: Path, version: str) -> bool:
    try:
        trial = Trial(**json.loads((folder / NOTE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return False
    return trial.version == version
