"""The database's tables: which revision they are at, and bringing them to this version's."""

import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from firmware.errors import UserError

BUSY_MS = 5_000
FULL_BYTES = 1_000_000
IN_FILE = "sqlite:///"
MIGRATIONS = Path(__file__).parent / "migrations"


class StoreError(UserError):
    """The store cannot be used; the message says what happened and what to do."""


def connect(url: str, *, read_only: bool = False) -> Engine:
    """An engine without looking at the tables. `read_only` refuses every change (the page's connection), and a file
    that is not there is not made: an empty one would be taken for the box's."""
    if read_only and url.startswith(IN_FILE):
        path = quote(quote(url.removeprefix(IN_FILE)))  # read as a URL by SQLAlchemy, and then by SQLite
        url = f"{IN_FILE}file:{path}?mode=rw&uri=true"
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            cursor.execute("PRAGMA journal_mode=WAL")
            # FULL: in WAL mode NORMAL may lose the last commits when the power goes. Commits are batched to at
            # most ten a second, so the sync after each costs little, and what was committed is on the disk.
            cursor.execute("PRAGMA synchronous=FULL")
            if read_only:
                cursor.execute("PRAGMA query_only=ON")
            cursor.close()

    return engine


def prepare(engine: Engine, where: str) -> Engine:
    """Brings the tables to this version; StoreError if they are from a newer one or the file is no database."""
    known = revisions()
    try:
        current = revision(engine)
        if current is not None and current not in known:
            raise StoreError(
                f"{where} was written by a newer version of callbox (its tables are at {current!r}, this version "
                f"knows up to {known[-1]!r}). Nothing was changed. Install that newer version, or start with "
                f"another --data directory.",
                code="database_newer",
            )
        if current != known[-1]:
            # Not at the top: loading Alembic would be a quarter of the box's start, and there is seldom anything to do.
            from firmware.store.migrate import upgrade

            upgrade(engine, MIGRATIONS)
    except DatabaseError as error:
        engine.dispose()
        raise unusable(where, error) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def revisions() -> list[str]:
    """Those that this version knows, the newest last: what the names of the migrations' files begin with."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision(engine: Engine) -> str | None:
    """What the database's tables are at; None: it has none yet. StoreError."""
    try:
        if not inspect(engine).has_table("alembic_version"):
            return None
        with engine.connect() as connection:
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    except DatabaseError as error:
        raise unusable(str(engine.url.database), error) from error


def unusable(where: str, error: DatabaseError) -> StoreError:
    """In words. SQLite says of a disk without room for its log only that there was an error."""
    with suppress(OSError):
        if shutil.disk_usage(Path(where).parent).free < FULL_BYTES:
            return StoreError(
                f"cannot use {where}: the disk is full. Nothing was changed. Make room on it, or use a larger one.",
                code="database_no_room",
            )
    return damaged(where, str(error.orig))


def damaged(where: str, what: str) -> StoreError:
    """In words; `what` SQLite says of it."""
    return StoreError(
        f"cannot use {where}: {what}. Nothing was changed. If the file is damaged, restore a backup (callbox "
        f"restore FILE), which keeps it aside; recordings are not in it.",
        code="database_damaged",
    )
