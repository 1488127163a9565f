"""One box, or one restore, per data directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.errors import UserError

LOCK = "callbox.lock"


class AlreadyRunning(UserError):
    """A box runs with this data."""


class NoRight(UserError):
    """The directory cannot be written in."""


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Holds the data directory. AlreadyRunning if another does; NoRight."""
    try:
        lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise NoRight(f"cannot write in {data}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(f"already running with this data (pid {owner}): {data}") from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)
