"""After a power cut, once the box has started again: is everything there that it had promised to keep?

`python -m tests.system.aftermath DATA SEQ COUNT SETTING TIME SINCE` prints what was found as JSON; SEQ and COUNT: the
last committed event that was told and how many there were up to it; SETTING: the last change told; TIME: the power
went; SINCE: recordings that ended at this event or before have been looked at already, 0 for none.
"""

import json
import sqlite3
import subprocess
import sys
import wave
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DATABASE, SETTINGS = "callbox.sqlite", "settings.json"
FIRST_PORT = 10_000  # witness.py


@dataclass
class Found:
    """`audio_lost_s`: of each recording that ran when the power went, how much of its end is missing by the clock, and
    `began` when it had begun."""

    events_lost: int = 0
    setting_lost: bool = False
    recovered: int = 0
    audio_lost_s: list[float] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    recordings: int = 0
    unplayable: list[str] = field(default_factory=list)
    open_calls: int = 0
    answered_since: int = 0


def look(data: Path, seq: int, count: int, setting: int, cut_at: float, since: int = 0) -> Found:
    """Reads only."""
    found = Found()
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True, timeout=30)) as database:
        there = database.execute("SELECT count(*) FROM event WHERE seq <= ?", (seq,)).fetchone()[0]
        found.events_lost = count - there
        _recordings(data, database, seq, cut_at, since, found)
        # By number and not by time: the clock of the next start is another one.
        again = database.execute("SELECT max(seq) FROM event WHERE kind = 'box.started' AND seq > ?", (seq,))
        started = again.fetchone()[0] or 1 << 62
        # Begun before that and still without an end: the box has forgotten somebody.
        found.open_calls = database.execute(
            "SELECT count(*) FROM call_record WHERE ended IS NULL AND id IN "
            "(SELECT call FROM event WHERE kind = 'call.started' AND seq < ?)",
            (started,),
        ).fetchone()[0]
        found.answered_since = database.execute(
            "SELECT count(*) FROM event WHERE kind = 'call.connected' AND seq > ?", (started,)
        ).fetchone()[0]
    document = json.loads((data / SETTINGS).read_text("utf-8"))
    (only,) = document["box"].values()
    number = int(str(only["http"]).rpartition(":")[2]) - FIRST_PORT
    found.setting_lost = number < setting
    return found


def _recordings(data: Path, database: sqlite3.Connection, seq: int, cut_at: float, since: int, found: Found) -> None:
    began: dict[str, float] = {}
    last: dict[str, dict[str, Any]] = {}
    rows = database.execute("SELECT seq, at, kind, call, data FROM event WHERE kind LIKE 'call.record%' ORDER BY seq")
    for number, at, kind, call, text in rows:
        told = json.loads(text)
        if kind == "call.recording":
            # What the recovery itself had to tell bears the time of the last event before, not of the beginning.
            began.setdefault(call, at if number <= seq else _born(data / told["path"]))
        elif kind == "call.recorded":
            last[call] = told | {"seq": number}
        elif kind == "call.recording_removed":  # the box makes room by itself
            last.pop(call, None)
    for call, told in last.items():
        if told["seq"] <= since:
            continue
        found.recordings += 1
        ms = _plays(data / told["path"])
        if ms is None or abs(ms - told["ms"]) > 1:
            found.unplayable.append(f"{told['path']}: {ms} ms, told {told['ms']} ({told.get('error')})")
        elif told.get("recovered") and told["seq"] > seq:
            found.recovered += 1
            found.audio_lost_s.append(round(cut_at - began[call] - ms / 1000, 3))
            found.began.append(began[call])


def _born(path: Path) -> float:
    """When the file was made, which the file system keeps."""
    said = subprocess.run(["stat", "--format=%.3W", path], check=True, capture_output=True, text=True).stdout
    return float(said)


def _plays(path: Path) -> float | None:
    """Milliseconds that a player of WAV files finds; None: it finds none."""
    try:
        with wave.open(str(path)) as file:
            frames = file.getnframes()
            while file.readframes(8000):
                pass
            return frames / file.getframerate() * 1000
    except (OSError, EOFError, wave.Error):
        return None


if __name__ == "__main__":
    folder, last_seq, told_count, last_setting, moment, looked = sys.argv[1:]
    seen = look(Path(folder), int(last_seq), int(told_count), int(last_setting), float(moment), int(looked))
    print(json.dumps(asdict(seen)))
