"""Does every answered second own audio? `callbox audit-recordings`, by day or by night, beside a running box.

Judging is a pure function over what the calls promised and what the files hold; `gather` reads both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.errors import UserError
from firmware.recording.modes import BEGINS, MODES, Mode, Moment
from firmware.recording.recorder import FOLDER
from firmware.recording.wav import seconds
from firmware.store.database import FILE, connect
from firmware.store.models import CallRecord, EventRow

KINDS = ("box.started", "call.recording", "call.recording_gap")
# The file closes a moment before the call ends, and the card's clock is not the computer's.
LATE_S, DRIFT = 1.0, 0.001


class AuditError(UserError):
    """There is nothing to audit; the message says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One recording: its path below the data directory, when it began, and seconds left out because nobody spoke."""

    path: str
    began: float
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that has ended, in seconds since the epoch; `mode`: what was to be recorded of it."""

    call: str
    mode: Mode
    started: float
    answered: float | None
    connected: float | None
    ended: float
    sounds: tuple[Sound, ...] = ()
    error: str | None = None

    def owed(self) -> tuple[float, float] | None:
        """From when to when there must be audio; None: nothing was to be recorded."""
        moments: dict[Moment, float | None] = {
            "ring": self.started, "line": self.answered, "answer": self.answered, "talk": self.connected,
        }  # fmt: skip
        first = BEGINS[self.mode]
        begin = None if first is None else moments[first]
        return None if begin is None else (begin, self.ended)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a call lacks: seconds without audio (0 if only the recording's error is known), and why."""

    call: str
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Audit:
    """`calls`: those that owe audio; `recordings`: those of them with a file; `orphans`: files of no call."""

    calls: int
    recordings: int
    orphans: tuple[str, ...]
    missing: tuple[Missing, ...]
    owed_s: float
    missing_s: float

    @property
    def ok(self) -> bool:
        """Nothing is missing, and no recording is without its call."""
        return not self.missing and not self.orphans


def audit(talks: Iterable[Talk], files: Mapping[str, float], known: Iterable[str] = ()) -> Audit:
    """Judges calls against files (path → seconds of sound). `known`: files that belong to calls under way."""
    owners = set(known)
    calls = recordings = 0
    owed_s = 0.0
    missing: list[Missing] = []
    for talk in talks:
        owners.update(sound.path for sound in talk.sounds)
        owed = talk.owed()
        if owed is None:
            continue
        calls += 1
        recordings += any(sound.path in files for sound in talk.sounds)
        owed_s += owed[1] - owed[0]
        lack = _lack(talk, owed, files)
        if lack is not None:
            missing.append(lack)
    orphans = tuple(sorted(set(files) - owners))
    return Audit(
        calls, recordings, orphans, tuple(missing), round(owed_s, 3), round(sum(one.seconds for one in missing), 3)
    )


def _lack(talk: Talk, owed: tuple[float, float], files: Mapping[str, float]) -> Missing | None:
    begin, end = owed
    uncovered = 0.0
    at = begin
    for sound in sorted(talk.sounds, key=lambda sound: sound.began):
        if sound.path not in files:
            continue
        uncovered += max(0.0, min(sound.began, end) - at)
        at = max(at, sound.began + files[sound.path] + sound.gap_s)
    uncovered += max(0.0, end - at)
    if uncovered <= LATE_S + DRIFT * (end - begin):
        return None if talk.error is None else Missing(talk.call, 0.0, talk.error)
    if not talk.sounds:
        why = "no recording"
    elif any(sound.path in files for sound in talk.sounds):
        why = "the recording is too short"
    else:
        why = "the file is missing"
    return Missing(talk.call, round(uncovered, 3), talk.error or why)


# -- reading ---------------------------------------------------------------------------------------------------


def gather(data: Path) -> tuple[list[Talk], dict[str, float], set[str]]:
    """Talks, files, and the paths of calls under way or removed. Files first: what is begun meanwhile is known to the
    store. Calls whose recording the retention removed owe none."""
    if not (data / FILE).exists():
        raise AuditError(f"there is no box's data in {data}: {FILE} is missing. Choose the directory with --data")
    files = {str(path.relative_to(data)): seconds(path) for path in (data / FOLDER).rglob("*.wav")}
    engine = connect(f"sqlite:///{data / FILE}", read_only=True)
    try:
        with Session(engine) as session:
            records = session.scalars(select(CallRecord)).all()
            events = session.scalars(select(EventRow).where(EventRow.kind.in_(KINDS)).order_by(EventRow.seq)).all()
            talks = _talks(records, events)
            # A removed one's file may stand for a moment longer than its record says.
            excused = {record.id for record in records if record.ended is None or record.recording_removed is not None}
    finally:
        engine.dispose()
    return talks, files, {path for path in files if Path(path).stem in excused}


def _talks(records: Sequence[CallRecord], events: Sequence[EventRow]) -> list[Talk]:
    sounds: dict[str, list[Sound]] = {}
    chosen: dict[str, Mode] = {}
    starts: list[tuple[float, Mode]] = []
    for event in events:
        mode = event.data.get("mode" if event.kind == "call.recording" else "recording")
        if event.kind == "box.started":
            starts.append((event.at, mode if mode in MODES else "talk"))
        elif event.call is not None and event.kind == "call.recording":
            sounds.setdefault(event.call, []).append(Sound(str(event.data.get("path")), event.at))
            if mode in MODES:
                chosen[event.call] = mode
        elif event.call is not None and sounds.get(event.call):
            last = sounds[event.call][-1]
            gap = last.gap_s + float(event.data.get("ms") or 0) / 1000
            sounds[event.call][-1] = Sound(last.path, last.began, gap)
    return [
        Talk(
            record.id, chosen.get(record.id) or _in_force(starts, record.started), record.started, record.answered,
            record.connected, record.ended, tuple(sounds.get(record.id, ())), record.recording_error,
        )
        for record in records
        if record.ended is not None and record.recording_removed is None
    ]  # fmt: skip


def _in_force(starts: Sequence[tuple[float, Mode]], at: float) -> Mode:
    """The mode that the box ran with at that time."""
    return next((mode for began, mode in reversed(starts) if began <= at), "talk")


# -- the command -------------------------------------------------------------------------------------------------


def audit_recordings(data: Path) -> dict[str, Any]:
    """The audit of one data directory, as `callbox audit-recordings --json` prints it."""
    found = audit(*gather(data))
    return {"ok": found.ok, **asdict(found)}


def report(result: dict[str, Any]) -> str:
    """For people: one line, then what is out of order."""
    lines = [f"{result['calls']} calls, {result['recordings']} recordings, {len(result['orphans'])} orphans"]
    lines += [f"missing  {one['seconds']:9.1f} s  {one['call']}  {one['why']}" for one in result["missing"]]
    lines += [f"orphan   {path}" for path in result["orphans"]]
    return "\n".join(lines)
