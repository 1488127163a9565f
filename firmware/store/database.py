"""Opens the box's database: creates or migrates it, and refuses in words what it cannot use."""

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from firmware.errors import UserError
from firmware.store.models import EventRow

FILE = "callbox.sqlite"
BUSY_MS = 5_000


class StoreError(UserError):
    """The store cannot be used; the message says what happened and what to do."""


def open_store(data: Path) -> Engine:
    """The engine on `data`/callbox.sqlite, at this version's tables. Raises StoreError.

    The box calls this once at start, before the page is started.
    """
    path = data / FILE
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
        path.touch(mode=0o640, exist_ok=True)
        with path.open("r+b"):
            pass
    except OSError as error:
        raise StoreError(
            f"cannot keep calls in {path}: {error.strerror}. "
            f"Give the user who runs the box the right to write there, or choose another directory with --data."
        ) from error
    return prepare(connect(f"sqlite:///{path}"), str(path))


def connect(url: str, *, read_only: bool = False) -> Engine:
    """An engine without looking at the tables. `read_only` refuses every change (the page's connection)."""
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
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with engine.begin() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if current is not None and current not in known:
                raise StoreError(
                    f"{where} was written by a newer version of callbox (its tables are at {current!r}, this version "
                    f"knows up to {max(known)!r}). Nothing was changed. Install that newer version, or start with "
                    f"another --data directory."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseError as error:
        engine.dispose()
        raise StoreError(
            f"cannot use {where}: {error.orig}. Nothing was changed. If the file is damaged, move it away; "
            f"recordings are not in it."
        ) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def next_seq(engine: Engine) -> int:
    """The number the next event must have: the bus's `first_seq` after a restart."""
    with Session(engine) as session:
        return (session.scalar(select(func.max(EventRow.seq))) or 0) + 1
