"""`callbox backup`: everything the box keeps, in one file, while calls run. The box need not know of it."""

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from firmware.keeping.archive import FORMAT, FRESH, BackupError, Manifest, write
from firmware.keeping.reserve import FILE as RESERVE
from firmware.logfile import FOLDER as LOGS
from firmware.recording.recorder import FOLDER as RECORDINGS
from firmware.store.database import BUSY_MS, FILE
from firmware.store.handover import KEPT as VERSIONS
from firmware.store.presence import MARKER

BACKUPS = "backups"  # where the nightly ones lie, below the data directory
REPLACED = "replaced-"  # what a restore has put aside
RESTORING = ".restor"  # what a restore is preparing
# Of the machine or the moment, not of the box.
NEVER = frozenset({BACKUPS, VERSIONS, MARKER, LOGS, RESERVE, "captures", "lost+found", "far-ends", "update", "network"})
DATABASE = ".sqlite"
NAMES = "callbox-*.zip"
COPIED = 1.5  # a database is copied, and the copy packed
SPARE_BYTES = 50_000_000  # left free on the box's own disk
LEFT_OUT = (".lock", ".sock", FRESH, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")


def belongs(name: str, *, recordings: bool) -> bool:
    """Whether an entry of the data directory is part of a backup, and is replaced by a restore."""
    if name in NEVER or name.startswith((REPLACED, RESTORING)) or (name == RECORDINGS and not recordings):
        return False
    return not name.endswith(LEFT_OUT)


def backup(data: Path, target: Path, *, recordings: bool = False, now: float | None = None) -> dict[str, Any]:
    """Makes a backup in `target`, a new file or a directory; what it holds. BackupError in words; on any error
    nothing is left behind."""
    now = time.time() if now is None else now
    if not (data / FILE).exists():
        raise BackupError(
            f"there is no box's data in {data}: {FILE} is missing. Choose the directory with --data", code="no_data"
        )
    if target.is_dir():
        target = target / name_of(now)
    if target.exists():
        raise BackupError(
            f"{target} exists already and was not touched. Choose another name, or a directory.", code="exists"
        )
    try:
        _room(data, target.parent, recordings)
        with tempfile.TemporaryDirectory(prefix=".callbox-", suffix=FRESH, dir=target.parent) as folder:
            about = Manifest(
                format=FORMAT, product="callbox", version=version("callbox"), tables="", made=now,
                recordings=recordings, files={},
            )  # fmt: skip
            tables = _snapshot(data / FILE, Path(folder) / FILE)
            members = _members(data, Path(folder), recordings)
            manifest = write(target, members, about.model_copy(update={"tables": tables}))
    except OSError as error:
        raise _fault(target, error) from error
    except sqlite3.Error as error:
        words = f"cannot copy the database of {data}: {error}. No backup was made."
        raise BackupError(words, code="no_data") from error
    return {
        "file": str(target), "bytes": target.stat().st_size, "files": len(manifest.files), "made": now,
        "version": manifest.version, "recordings": recordings,
    }  # fmt: skip


def name_of(now: float) -> str:
    """What a backup of that moment is called; names sort by time."""
    return time.strftime("callbox-%Y%m%d-%H%M%S.zip", time.localtime(now))


def report(result: dict[str, Any]) -> str:
    """For people."""
    what = "with recordings" if result["recordings"] else "without recordings"
    return f"{result['file']}: {result['files']} files, {result['bytes'] / 1e6:.1f} MB, {what}, checked"


def _room(data: Path, folder: Path, recordings: bool) -> None:
    """BackupError unless the backup surely fits: on the box's own disk it must not take what calls need just now."""
    wanted = 0.0
    for entry in data.iterdir():
        if belongs(entry.name, recordings=recordings):
            for path in entry.rglob("*") if entry.is_dir() else [entry]:
                with contextlib.suppress(FileNotFoundError):
                    copied = COPIED if path.suffix == DATABASE else 1.0
                    wanted += copied * path.stat().st_size if path.is_file() else 0
    if folder.stat().st_dev == data.stat().st_dev:
        wanted += SPARE_BYTES
    if shutil.disk_usage(folder).free < wanted:
        raise _too_full(folder)


def _members(data: Path, folder: Path, recordings: bool) -> Iterator[tuple[str, Path]]:
    """Name below the data directory, and where to read it: databases from their copies in `folder`."""
    yield FILE, folder / FILE
    for entry in sorted(data.iterdir()):
        if not belongs(entry.name, recordings=recordings):
            continue
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            name = str(path.relative_to(data))
            if name == FILE or path.name.endswith(LEFT_OUT) or path.is_symlink() or not path.is_file():
                continue
            if path.suffix == DATABASE:
                copy = folder / "other.sqlite"
                copy.unlink(missing_ok=True)
                _snapshot(path, copy)
                path = copy
            yield name, path


def _snapshot(source: Path, copy: Path) -> str:
    """SQLite's own online backup: one moment of a database that is being written. The revision of its tables."""
    with (
        contextlib.closing(sqlite3.connect(source, timeout=BUSY_MS / 1000)) as live,
        contextlib.closing(sqlite3.connect(copy)) as kept,
    ):
        live.backup(kept)
        kept.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        (well,) = kept.execute("PRAGMA quick_check(1)").fetchone()
        if well != "ok":
            raise sqlite3.DatabaseError(f"{source.name} is damaged: {well}")
        try:
            (revision,) = kept.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return ""
        return str(revision)


def _too_full(folder: Path) -> BackupError:
    return BackupError(
        f"the disk of {folder} is too full for a backup. Make room, or choose another place.", code="disk_full"
    )


def _fault(target: Path, error: OSError) -> BackupError:
    if error.errno == errno.ENOSPC:
        return _too_full(target.parent)
    where = error.filename or target
    return BackupError(
        f"cannot make a backup in {target}: {error.strerror} ({os.fsdecode(where)}). Nothing was left behind."
    )
