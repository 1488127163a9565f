"""Opens the box's database: creates or migrates it, and refuses in words what it cannot use."""

from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from firmware.setup.files import rights
from firmware.store import handover, presence
from firmware.store.models import EventRow
from firmware.store.schema import BUSY_MS, StoreError, connect, prepare

__all__ = ["BUSY_MS", "FILE", "StoreError", "connect", "next_seq", "open_store", "prepare"]

FILE = "callbox.sqlite"


def open_store(data: Path) -> Engine:
    """The engine on `data`/callbox.sqlite, at this version's tables. Raises StoreError.

    The box calls this once at start, before the page is started.
    """
    path = data / FILE
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
        presence.check(path)
        path.touch(mode=rights(data), exist_ok=True)
        with path.open("r+b"):
            pass
    except OSError as error:
        raise StoreError(
            f"cannot keep calls in {path}: {error.strerror}. "
            f"Give the user who runs the box the right to write there, or choose another directory with --data."
        ) from error
    handover.take_over(path)
    engine = prepare(connect(f"sqlite:///{path}"), str(path))
    if next_seq(engine) > 1:
        presence.mark(path)
    return engine


def next_seq(engine: Engine) -> int:
    """The number the next event must have: the bus's `first_seq` after a restart."""
    with Session(engine) as session:
        return (session.scalar(select(func.max(EventRow.seq))) or 0) + 1
