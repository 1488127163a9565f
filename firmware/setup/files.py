"""Documents that survive a power cut: replaced as a whole, locked while they change, private."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from firmware.errors import UserError


class AtomicStorage(Storage):
    """TinyDB storage: temporary file, fsync, rename, fsync of the directory. Private: it holds secrets."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def read(self) -> dict[str, dict[str, Any]] | None:
        """None before the first write; ValueError if the file is not a JSON object of tables."""
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return None
        found = json.loads(text)
        if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
            raise ValueError("it is not an object of tables")
        return found

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replaces the file; on any error the old one stands."""
        replace(self._path, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def replace(path: Path, text: str) -> None:
    """Writes a whole file, private and on the disk; on any error the old one stands. OSError."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with open(fresh, "w", encoding="utf-8", opener=private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def private(path: str, flags: int) -> int:
    """An opener: nobody but the box may read what is made."""
    return os.open(path, flags, rights(Path(path).parent))


def rights(folder: Path) -> int:
    """Mode of a private file in `folder`. On the appliance the box and its page run as two users: there the data
    directory has the setgid bit, which says that its group is theirs and nobody else's. Elsewhere: the owner's."""
    return 0o660 if folder.stat().st_mode & stat.S_ISGID else 0o600


def folder_rights(folder: Path) -> int:
    """Mode of a private folder in `folder`, likewise."""
    return 0o770 if rights(folder) == 0o660 else 0o700


def sync_directory(folder: Path) -> None:
    """So that a name made or changed in `folder` outlives a power cut."""
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process and one thread at a time may change `path`."""
    with open(path.with_suffix(".lock"), "w", opener=private) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def in_words(path: Path, doing: str, kind: type[UserError]) -> Iterator[None]:
    """Errors of disk and content of `path` as a `kind` that says what happened and what to do."""
    try:
        yield
    except OSError as error:
        raise kind(
            f"cannot {doing} {path}: {error.strerror}. Give the user who runs the box the right to do so, "
            f"or choose another directory with --data.",
            code="not_read" if doing == "read" else "not_written",
            why=error.strerror,
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise kind(
            f"{path} is damaged ({error}). It was not changed. Put a copy back, or move it away to start "
            f"with standard settings.",
            code="file_damaged",
            name=path.name,
        ) from error
