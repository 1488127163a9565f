"""A little room that is kept for a start on a full disk: without it SQLite cannot open its log, and nobody would be
answered until somebody makes room by hand."""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "reserve"
BYTES = 16_000_000
FULL_BYTES = 4_000_000  # with less than that a start may fail


def keep(data: Path) -> None:
    """Sets the room aside, if it is not yet and there is plenty."""
    path = data / FILE
    if path.exists() or shutil.disk_usage(data).free < 10 * BYTES:
        return
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, BYTES)


def use_if_full(data: Path) -> bool:
    """To be called before anything is opened: gives the room back if the disk is full; whether it did."""
    path = data / FILE
    if shutil.disk_usage(data).free >= FULL_BYTES or not path.exists():
        return False
    log.error("the disk of %s is full; using the room kept for that", data)
    path.unlink()
    return True
