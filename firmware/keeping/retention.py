"""Which recordings go, and how: by age and for room on the disk, the oldest unmarked first. Choosing is pure.

A removal is told before it is done, and known to the store if the disk lets it: where the power goes between the two,
the next night finds a file whose call says that it is gone, and removes it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from firmware.bus import Bus
from firmware.recording.recorder import FOLDER
from firmware.store.models import CallRecord

log = logging.getLogger(__name__)

Why = Literal["age", "space"]
DAY_S = 86_400.0
SPOKEN = "spoken"  # below the data directory (firmware/ivr/caller.py): CALL-NUMBER.wav by day
BATCH = 50
SPARE = 1.1  # so much more than is needed is freed, so that it does not begin anew at once


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording on the disk; `started` is its call's, `path` below the data directory."""

    call: str
    path: str
    started: float
    bytes: int
    marked: bool
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal came to. `failed`: files that could not be removed."""

    count: int = 0
    bytes: int = 0
    failed: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(self.count + other.count, self.bytes + other.bytes, self.failed + other.failed)


def too_old(kept: Iterable[Kept], now: float, days: int | None) -> list[Kept]:
    """Those whose age the settings do not allow, oldest first."""
    if days is None:
        return []
    return _oldest_first(one for one in kept if now - one.started > days * DAY_S)


def for_room(kept: Iterable[Kept], bytes_wanted: float) -> list[Kept]:
    """The oldest that together free so much; all if that is not enough."""
    chosen: list[Kept] = []
    freed = 0
    for one in _oldest_first(kept):
        if freed >= bytes_wanted:
            break
        chosen.append(one)
        freed += one.bytes
    return chosen


def _oldest_first(kept: Iterable[Kept]) -> list[Kept]:
    return sorted((one for one in kept if not one.marked), key=lambda one: (one.started, one.call))


class Retention:
    """Reads what there is and removes what was chosen. `flushed` waits until all that was told is on the disk."""

    def __init__(self, data: Path, store: Engine, bus: Bus, flushed: Callable[[], Awaitable[bool]]) -> None:
        self._data = data
        self._store = store
        self._bus = bus
        self._flushed = flushed
        self.marks: dict[str, bool] = {}  # put on or taken off since the start: the store may not know yet

    async def kept(self) -> list[Kept]:
        """Every recording of a call that has ended, with its size on the disk."""
        return await asyncio.to_thread(self._read)

    async def remove(self, chosen: list[Kept], why: Why) -> Removed:
        """Tells and removes them, some at a time, so that calls under way are not held up."""
        removed = Removed()
        for begin in range(0, len(chosen), BATCH):
            # Somebody may have marked one since they were chosen.
            batch = [one for one in chosen[begin : begin + BATCH] if not self.marks.get(one.call, one.marked)]
            for one in batch:
                self._bus.publish("call.recording_removed", call=one.call, line=one.line, path=one.path, why=why)
            if not await self._flushed():
                log.warning("recordings are removed though the store cannot write: the disk is full")
            removed += await asyncio.to_thread(self._unlink, [(one.path, one.bytes) for one in batch])
        return removed

    async def finish(self) -> Removed:
        """Removes the files of calls whose recording was told to be removed: the power went between the two."""
        return await asyncio.to_thread(self._finish)

    async def spoken(self, now: float, days: int | None) -> Removed:
        """Removes what callers said to menus so long ago, unless their call is marked."""
        return Removed() if days is None else await asyncio.to_thread(self._spoken, now - days * DAY_S)

    # -- in a thread ---------------------------------------------------------------------------------------

    def _read(self) -> list[Kept]:
        columns = (CallRecord.id, CallRecord.recording, CallRecord.started, CallRecord.marked, CallRecord.line)
        chosen = select(*columns).where(CallRecord.recording.is_not(None), CallRecord.ended.is_not(None))
        with Session(self._store) as session:
            rows = session.execute(chosen.order_by(CallRecord.started)).all()
        found = []
        for call, path, started, marked, line in rows:
            with contextlib.suppress(FileNotFoundError):  # the audit tells of those
                size = (self._data / str(path)).stat().st_size
                found.append(Kept(call, str(path), started, size, self.marks.get(call, marked), line))
        return found

    def _finish(self) -> Removed:
        files = {path.stem: path for path in (self._data / FOLDER).rglob("*.wav")}
        with Session(self._store) as session:
            gone = session.scalars(
                select(CallRecord.id).where(CallRecord.recording_removed.in_(("age", "space")))
            ).all()
        left = [files[call] for call in gone if call in files]
        return self._unlink([(str(path.relative_to(self._data)), path.stat().st_size) for path in left])

    def _spoken(self, before: float) -> Removed:
        found = [(path, path.stat()) for path in sorted((self._data / SPOKEN).rglob("*.wav"))]
        old = [(path, stat.st_size) for path, stat in found if stat.st_mtime < before]
        with Session(self._store) as session:
            marked = set(session.scalars(select(CallRecord.id).where(CallRecord.marked.is_(True))).all())
        calls = ((path.stem.rpartition("-")[0], path, size) for path, size in old)
        chosen = [(path, size) for call, path, size in calls if not self.marks.get(call, call in marked)]
        return self._unlink([(str(path.relative_to(self._data)), size) for path, size in chosen])

    def _unlink(self, files: list[tuple[str, int]]) -> Removed:
        count = freed = failed = 0
        for path, size in files:
            file = self._data / path
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                failed += 1
                log.error("%s cannot be removed: %s", path, error.strerror)
                continue
            count, freed = count + 1, freed + size
            for folder in list(file.relative_to(self._data).parents)[:3]:  # day, month, year
                with contextlib.suppress(OSError):  # not empty
                    (self._data / folder).rmdir()
        return Removed(count, freed, failed)
