"""What a power cut or a crash left of recordings is put in order at the next start; nothing is ever deleted.

Looked at: the recordings of the calls that had no end, and every file in the folders of the last days the box lived:
older ones were closed and synced. The audit (audit.py) looks at all.
"""

import errno
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from firmware.bus import Event
from firmware.recording.recorder import FOLDER, day_folder, recording_path
from firmware.recording.wav import NoRecordingError, repair
from firmware.store.database import next_seq
from firmware.store.models import CallRecord, EventRow
from firmware.store.writer import Ledger

log = logging.getLogger(__name__)

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Repair:
    """What was found. `recovered`: call and ms, of calls whose record was completed; `corrected`: files whose header
    or end was not right; `orphans`: files of no call; `damaged`: files that are no recordings, or could not be
    written, left as they were. Files by their path below the data directory."""

    recovered: tuple[tuple[str, int], ...] = ()
    corrected: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def alarms(self) -> list[dict[str, Any]]:
        """Arguments of alarm.raised, for what somebody must look at."""
        found = (
            ("orphan_recordings", "recordings that belong to no call", self.orphans),
            ("damaged_recordings", "files that are no recordings", self.damaged),
        )
        return [
            {"name": name, "text": f"{words}: {_some(paths)}", "files": _some(paths)}
            for name, words, paths in found
            if paths
        ]


def repair_recordings(data: Path, engine: Engine, recovered: Iterable[str]) -> Repair:
    """Repairs; `recovered` are the calls that close_open_calls has just ended. Call before the bus is made."""
    with Session(engine, expire_on_commit=False) as session:
        last = session.scalar(select(func.max(EventRow.at)))
        records = {record.id: record for record in session.scalars(_of(recovered))}
        paths = {path for record in records.values() if (path := _path(data, record)) is not None}
        paths |= set(_recent(data, last))
        ids = [] if last is None else [Path(path).stem for path in paths]
        records |= {record.id: record for record in session.scalars(_of(ids))}
    found = _Found(data, last or 0.0, records)
    for path in sorted(paths):
        found.look(path)
    if found.events:
        first = next_seq(engine)
        Ledger(engine).write([Event(first + index, *event) for index, event in enumerate(found.events)])
    return found.repair()


class _Found:
    def __init__(self, data: Path, at: float, records: dict[str, CallRecord]) -> None:
        self.events: list[tuple[float, str, str, int | None, str | None, dict[str, Any]]] = []
        self._data = data
        self._at = at
        self._records = records
        self._recovered: list[tuple[str, int]] = []
        self._corrected: list[str] = []
        self._orphans: list[str] = []
        self._damaged: list[str] = []

    def look(self, path: str) -> None:
        record = self._records.get(Path(path).stem)
        owned = record is not None and record.recording in (None, path)
        if record is not None and record.recording_removed is not None:
            return  # the power went between the event and the removal; the retention removes it
        ms, error = self._repaired(path)
        if record is None or not owned:
            self._orphans.append(path)
            log.warning("%s belongs to no call", path)
            return
        error = error or record.recording_error
        if record.recording is None:
            self._tell(record, "call.recording", path=path, mode=None)
        if (record.recording_ms, record.recording_error) != (ms, error):
            self._tell(record, "call.recorded", path=path, ms=ms, error=error, recovered=True)
            self._recovered.append((record.id, ms))
            log.warning("call %s: recording recovered %d:%02d", record.id, ms // 60_000, ms // 1000 % 60)

    def repair(self) -> Repair:
        return Repair(tuple(self._recovered), tuple(self._corrected), tuple(self._orphans), tuple(self._damaged))

    def _repaired(self, path: str) -> tuple[int, str | None]:
        """Milliseconds in the file, and words if it is not there or cannot be used."""
        try:
            repaired = repair(self._data / path)
        except NoRecordingError:
            self._damaged.append(path)
            log.warning("%s is no recording; left as it is", path)
            return 0, os.strerror(errno.EBADMSG)
        except FileNotFoundError:
            return 0, os.strerror(errno.ENOENT)
        except OSError as error:
            self._damaged.append(path)
            log.warning("%s cannot be repaired: %s", path, error.strerror)
            return 0, error.strerror
        if repaired.changed:
            self._corrected.append(path)
            log.warning("%s: header and length corrected, %.1f s", path, repaired.ms / 1000)
        return repaired.ms, None

    def _tell(self, record: CallRecord, kind: str, **data: Any) -> None:
        self.events.append((max(self._at, record.started), kind, record.id, record.line, None, data))


def _of(calls: Iterable[str]) -> Any:
    return select(CallRecord).where(CallRecord.id.in_(list(calls)))


def _path(data: Path, record: CallRecord) -> str | None:
    """Where the call's recording is or should be; None if it had none."""
    if record.recording is not None:
        return record.recording
    path = recording_path(record.id, record.started)
    return str(path) if (data / path).exists() else None


def _recent(data: Path, last: float | None) -> Iterable[str]:
    """Files from the day before the last event on; all, if the box has no past it knows of."""
    since = "" if last is None else str(day_folder(last - DAY_S))
    for folder in (data / FOLDER).glob("[0-9]*/[0-9]*/[0-9]*"):
        if str(folder.relative_to(data)) >= since:
            yield from (str(path.relative_to(data)) for path in folder.glob("*.wav"))


def _some(paths: tuple[str, ...]) -> str:
    return f"{len(paths)} ({', '.join(paths[:3])}{' …' if len(paths) > 3 else ''})"
