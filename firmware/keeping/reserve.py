"""A little room that is kept for a full disk: without it SQLite cannot open its log at a start, and nobody would be
answered until somebody makes room by hand; and a stop would lose what happened since the disk was full.

It is given back in pieces, as recordings fill each of them again within minutes."""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "reserve"
BYTES = 16_000_000
FULL_BYTES = 4_000_000  # with less than that a start may fail; so much is free after each use
BLOCK = 65_536  # a disk gives room back in blocks


def keep(data: Path) -> None:
    """Sets the room aside, if it is not yet and there is plenty."""
    path = data / FILE
    had = path.stat().st_size if path.exists() else 0
    if had >= BYTES or shutil.disk_usage(data).free < 10 * BYTES:
        return
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, BYTES)


def use_if_full(data: Path) -> bool:
    """To be called before anything is opened, and before what was kept in memory is stored at a stop: gives some of the
    room back if the disk is full; whether it did."""
    path, free = data / FILE, shutil.disk_usage(data).free
    if free >= FULL_BYTES or not path.exists():
        return False
    log.error("the disk of %s is full; using the room kept for that", data)
    left = path.stat().st_size - (FULL_BYTES - free)
    left -= left % BLOCK
    if left > 0:
        os.truncate(path, left)
    else:
        path.unlink()
    return True
