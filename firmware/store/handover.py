"""Hands the database from one version of the box to the next, and back to the one before.

A newer version migrates a copy, looks at what came out, and only then lets the copy take the database's place, in
one rename: whatever happens on the way, the power going or a migration failing, the old database stands. What it
replaced is kept in `versions/`.

If the newer version is given up (the appliance falls back to its other slot), the older one finds a database it does
not know. It takes up the kept one again and adds every event that came since, because the log's form never changes
and a call's record is derived from it: nothing that happened meanwhile is lost. The newer database is kept, too.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from firmware.bus import Event
from firmware.setup.files import sync_directory
from firmware.store.models import EventRow
from firmware.store.schema import BUSY_MS, StoreError, connect, prepare, revision, revisions
from firmware.store.writer import Ledger

log = logging.getLogger(__name__)

KEPT = "versions"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """What must be the same on both sides of a migration."""

    events: int
    last: int | None
    calls: int


def take_over(path: Path) -> None:
    """Brings the database at `path` to this version's tables if it has others; new ones are not its business.
    StoreError in words, and then the database is as it was."""
    engine = connect(f"sqlite:///{path}")
    try:
        found, known = revision(engine), revisions()
    finally:
        engine.dispose()
    if found is None or found == known[-1]:
        return
    try:
        if found in known:
            _forward(path, found, known[-1])
        elif (kept := _kept(path, found)) is not None:
            _back(path, found, kept)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"the database {path} could not be handed to this version: {error}. It was not changed. "
            f"Is there room on the disk? Twice its size is needed."
        ) from error


def rehearse(path: Path) -> dict[str, object]:
    """Does all that this version would do to take over the database at `path`, on a copy that is thrown away; the box
    may run meanwhile. What was found; StoreError if it cannot be taken over."""
    fresh = path.with_name(f".rehearsal.{path.name}")
    try:
        _copy(path, fresh)
        engine = connect(f"sqlite:///{fresh}")
        found, known = revision(engine), revisions()
        engine.dispose()
        if found is not None and found not in known:
            return {"from": found, "to": known[-1], "how": "back"}
        tally = _migrated(fresh)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the database {path} cannot be copied for a rehearsal: {error}") from error
    finally:
        _remove(fresh)
    return {"from": found, "to": known[-1], "how": "forward", **asdict(tally)}


def _forward(path: Path, old: str, new: str) -> None:
    fresh = path.with_name(f".migrating.{path.name}")
    try:
        _copy(path, fresh)
        tally = _migrated(fresh)
        _replace(path, fresh, f"{path.stem}-{old}-before-{new}{path.suffix}")
    finally:
        _remove(fresh)
    log.warning("database migrated from %s to %s: %d events, %d calls", old, new, tally.events, tally.calls)


def _back(path: Path, newer: str, kept: Path) -> None:
    fresh = path.with_name(f".migrating.{path.name}")
    try:
        _copy(kept, fresh)
        engine = prepare(connect(f"sqlite:///{fresh}"), str(fresh))
        try:
            added = _add_events(engine, path)
        finally:
            engine.dispose()
        _settle(fresh)
        _replace(path, fresh, f"{path.stem}-{newer}-given-up{path.suffix}")
    finally:
        _remove(fresh)
    log.warning("database taken back from %s to the one in %s, and %d events that came since", newer, kept, added)


def _kept(path: Path, newer: str) -> Path | None:
    """The newest that was replaced on the way to the revision `newer` and that this version can use."""
    known = revisions()
    found = [
        kept
        for kept in (path.parent / KEPT).glob(f"{path.stem}-*-before-*{path.suffix}")
        if kept.stem.removeprefix(f"{path.stem}-").partition("-before-")[0] in known
    ]
    return max(found, key=lambda kept: kept.stat().st_mtime_ns, default=None)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own online backup, one file without a log beside it."""
    _remove(target)
    shutil.copymode(source, _touched(target))
    with (
        closing(sqlite3.connect(source, timeout=BUSY_MS / 1000)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _migrated(fresh: Path) -> Tally:
    """Migrates a copy and looks at it; StoreError if anything of it is not as it was."""
    before = _tally(fresh)
    prepare(connect(f"sqlite:///{fresh}"), str(fresh)).dispose()
    _settle(fresh)
    after = _tally(fresh)
    with closing(sqlite3.connect(fresh)) as database:
        (well,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if after != before or well != "ok":
        raise StoreError(
            f"the database could not be migrated: {before} became {after}, check: {well}. It was not changed."
        )
    return after


def _tally(path: Path) -> Tally:
    with closing(sqlite3.connect(path)) as database:
        events, last = database.execute("SELECT count(*), max(seq) FROM event").fetchone()
        (calls,) = database.execute("SELECT count(*) FROM call_record").fetchone()
    return Tally(events, last, calls)


def _add_events(engine: Engine, newer: Path) -> int:
    """Every event of the newer database that the kept one does not have; how many."""
    with Session(engine) as session:
        last = session.scalar(select(func.max(EventRow.seq))) or 0
    ledger, added = Ledger(engine), 0
    source = connect(f"sqlite:///{newer}")
    try:
        with Session(source) as session:
            rows = session.scalars(select(EventRow).where(EventRow.seq > last).order_by(EventRow.seq)).yield_per(BATCH)
            for part in rows.partitions():
                ledger.write([Event(r.seq, r.at, r.kind, r.call, r.line, r.station, r.data) for r in part])
                added += len(part)
    except DatabaseError as error:
        raise StoreError(f"{newer} cannot be read: {error.orig}. It was not changed.") from error
    finally:
        source.dispose()
    return added


def _replace(path: Path, fresh: Path, keep: str) -> None:
    """`fresh` takes the place of `path`, which is kept as versions/`keep`. Nobody else has it open."""
    _settle(path)
    folder = path.parent / KEPT
    folder.mkdir(mode=0o750, exist_ok=True)
    kept = folder / keep
    kept.unlink(missing_ok=True)
    os.link(path, kept)
    sync_directory(folder)
    fresh.replace(path)
    sync_directory(path.parent)


def _settle(path: Path) -> None:
    """Its log goes into the file, and the file to the disk: a log left behind would be taken for the next one's."""
    with closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
