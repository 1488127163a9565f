"""`callbox restore`: everything is unpacked, checked and migrated beside the data; then names change, and nothing else.

A backup becomes `.restoring/` below the data directory while the box may go on taking calls. Once it is whole it is
renamed `.restore-ready/`: from then on it is certain to be taken. `complete()` does that before the box opens
anything: what was there goes into `replaced-…/`, then what is new takes its place. Each step is a rename and can be
taken up again where the power cut it off, and the old database's log is never found beside the new database.
"""

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.bus import Event
from firmware.errors import UserError
from firmware.keeping.archive import BackupError, Manifest, check, contents, sync
from firmware.keeping.backup import REPLACED, RESTORING, belongs
from firmware.settings import SettingsFile
from firmware.setup.files import folder_rights, rights
from firmware.setup.sections import SECTIONS
from firmware.setup.store import Setup
from firmware.setup.takeover import present
from firmware.store.database import next_seq, open_store
from firmware.store.models import CallRecord
from firmware.store.writer import Ledger

UNPACKING, READY, MOVING = f"{RESTORING}ing", f"{RESTORING}e-ready", f"{RESTORING}e-moving"
NOTE = "restore.json"
SPARE_BYTES = 50_000_000  # left free beside what is unpacked: the box goes on meanwhile


def prepare(data: Path, backup: Path, now: float | None = None) -> Manifest:
    """Checks a backup and makes it ready to be taken by `complete`. BackupError in words; nothing that the box uses is
    touched, whatever happens."""
    now = time.time() if now is None else now
    manifest = check(backup)
    for name in manifest.files:
        top = PurePosixPath(name).parts[:1]
        if not top or not belongs(top[0], recordings=manifest.recordings):
            # Not replaced by a restore, so that it could stand in the way when everything else is put in place.
            raise BackupError(f"{backup}: {name!r} is no part of a backup. Nothing was changed.", code="foreign")
    folder = data / UNPACKING
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
        if shutil.disk_usage(data).free < manifest.bytes + SPARE_BYTES:
            raise BackupError(
                f"{data} has not enough room: {manifest.bytes / 1e6:.0f} MB are needed beside what is there. "
                "Make room. Nothing was changed.",
                code="no_room",
            )
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o750)
        _unpack(backup, manifest, folder)
        _examine(data, folder, manifest, now)
        note = {"recordings": manifest.recordings, "replaced": _free_name(data, now)}
        (folder / NOTE).write_text(json.dumps(note))
        _hand_over(data, folder)
        shutil.rmtree(data / READY, ignore_errors=True)  # one that nobody took
        folder.rename(data / READY)
        sync(data)
    except OSError as error:
        code = "no_room" if error.errno == errno.ENOSPC else "unreadable"
        raise BackupError(
            f"cannot unpack {backup} in {data}: {error.strerror}. Nothing was changed.", code=code
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def complete(data: Path) -> Path | None:
    """Takes what `prepare` made ready, or what a power cut left half taken: to be called before anything is opened, by
    whoever holds the data directory. Where the old data lie now, if there were any; None: there was nothing to do.
    BackupError."""
    ready, moving = data / READY, data / MOVING
    try:
        if not ready.exists() and not moving.exists():
            return None
        note = json.loads(((ready if ready.exists() else moving) / NOTE).read_text())
        old = data / str(note["replaced"])
        if ready.exists():
            old.mkdir(mode=0o750, exist_ok=True)
            for entry in _entries(data, recordings=bool(note["recordings"])):
                entry.rename(old / entry.name)
            sync(data)
            if not any(old.iterdir()):
                old.rmdir()
            ready.rename(moving)
        for entry in moving.iterdir():
            if entry.name != NOTE:
                entry.rename(data / entry.name)
        sync(data)
        shutil.rmtree(moving)
        sync(data)
    except OSError as error:
        raise BackupError(
            f"the restored data could not be put in place: {error.strerror} ({error.filename}). Nothing is lost: "
            "put that right, and start again."
        ) from error
    return old


def ready(data: Path) -> bool:
    """Whether a restored box waits to be taken at the next start."""
    return (data / READY).exists() or (data / MOVING).exists()


def _unpack(backup: Path, manifest: Manifest, folder: Path) -> None:
    for name, piece in contents(backup, manifest):
        path = folder / name
        if piece:
            with path.open("ab") as file:
                file.write(piece)
        else:
            path.parent.mkdir(mode=folder_rights(folder), parents=True, exist_ok=True)
            path.touch(mode=rights(path.parent))


def _examine(data: Path, folder: Path, manifest: Manifest, now: float) -> None:
    """Brings the database to this version and reads the settings, as the box would at its start."""
    try:
        SettingsFile(folder).load()
        setup = Setup(folder)
        present(folder)
        for registered in SECTIONS.values():
            setup.load(registered.model)
        store = open_store(folder)
    except UserError as error:
        words = str(error).replace(str(folder), "the backup's data").replace("Nothing was changed.", "").strip(" \n.")
        raise BackupError(f"this backup cannot be used: {words}. Nothing was changed.", code="unusable") from error
    try:
        with Session(store, expire_on_commit=False) as session:
            having = session.scalars(select(CallRecord).where(CallRecord.recording.is_not(None))).all()
        root = folder if manifest.recordings else data
        first = next_seq(store)
        restored = [Event(first, now, "box.restored", data={"made": manifest.made, "version": manifest.version})]
        lacking = [record for record in having if not (root / str(record.recording)).is_file()]
        for number, record in enumerate(lacking, first + 1):
            why = {"path": record.recording, "why": "not_restored"}
            restored.append(Event(number, now, "call.recording_removed", record.id, record.line, None, why))
        Ledger(store).write(restored)
    finally:
        store.dispose()


def _hand_over(data: Path, folder: Path) -> None:
    """All of it on the disk, and owned by whom the data directory belongs to."""
    owner = data.stat()
    for path in [folder, *folder.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        sync(path)


def _entries(data: Path, *, recordings: bool) -> Iterator[Path]:
    yield from [entry for entry in data.iterdir() if _replaced(entry.name, recordings)]


def _replaced(name: str, recordings: bool) -> bool:
    """Beside what a backup holds, the old database's own files."""
    return belongs(name, recordings=recordings) or name.endswith(("-wal", "-shm", "-journal"))


def _free_name(data: Path, now: float) -> str:
    name = REPLACED + time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    number = 1
    while (data / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return name if number == 1 else f"{name}-{number}"
