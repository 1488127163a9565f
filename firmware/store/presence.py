"""Remembers, outside the database, that there was one: a box that finds it gone or empty says so and stops.

Without this an office whose database was lost, by a bad disk or a bad update, would come up with no calls, no
customers and no warning, and begin to write over what might still be saved.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from firmware.setup.files import private, sync_directory
from firmware.store.schema import StoreError

MARKER = "database.json"


def mark(path: Path) -> None:
    """From now on the database at `path` must be there, with at least one event in it."""
    marker = path.with_name(MARKER)
    if marker.exists():
        return
    with open(marker, "w", encoding="utf-8", opener=private) as file:
        json.dump({"database": path.name, "since": "its first event was stored"}, file)
        file.write("\n")
    sync_directory(path.parent)


def check(path: Path) -> None:
    """StoreError if there was a database once, and now it is missing or empty."""
    if path.with_name(MARKER).exists() and not _has_events(path):
        what = "is empty" if path.exists() else "is missing"
        raise StoreError(
            f"the database {path} {what}, but this box had one with calls in it. Nothing was changed. "
            f"Put it back, or restore a backup (callbox restore FILE). To begin with an empty one on purpose, "
            f"remove {path.with_name(MARKER)} first.",
            code="database_lost",
        )


def _has_events(path: Path) -> bool:
    """A database that cannot be read is not empty; whoever opens it will tell what it is."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(path)) as database:
            return bool(database.execute("SELECT EXISTS (SELECT 1 FROM event)").fetchone()[0])
    except sqlite3.OperationalError as error:
        return "no such table" not in str(error)
    except sqlite3.DatabaseError:
        return True
