"""What a crash left behind is put in order: files, records and the event log agree again."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from firmware.bus import Event
from firmware.recording.audit import audit_recordings
from firmware.recording.recorder import recording_path
from firmware.recording.repair import Repair, repair_recordings
from firmware.recording.wav import header
from firmware.store.database import next_seq, open_store
from firmware.store.models import CallRecord
from firmware.store.records import Records
from firmware.store.repair import close_open_calls
from firmware.store.writer import Ledger

BEGIN = 1_767_600_000.0
SECOND = b"\1\2\3\4" * 8000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


def _write(store: Engine, *events: tuple[float, str, str | None, dict[str, Any]]) -> None:
    first = next_seq(store)
    Ledger(store).write(
        [Event(first + i, BEGIN + at, kind, call, 1, None, data) for i, (at, kind, call, data) in enumerate(events)]
    )


def _open_call(store: Engine, call: str, path: Path | None, at: float = 0.0) -> None:
    """A call of which the box died after five seconds of talk."""
    _write(
        store, (at, "call.started", call, {"direction": "inbound"}), (at + 1, "call.answered", call, {}),
        (at + 2, "call.connected", call, {"station": "801"}),
        *([(at + 2, "call.recording", call, {"path": str(path), "mode": "talk"})] if path else []),
        (at + 7, "call.digit", call, {"digit": "1"}),
    )  # fmt: skip


def _file(data: Path, path: Path, content: bytes) -> Path:
    (data / path).parent.mkdir(parents=True, exist_ok=True)
    (data / path).write_bytes(content)
    return data / path


def _repair(data: Path, store: Engine) -> Repair:
    return repair_recordings(data, store, close_open_calls(store))


def _record(store: Engine, call: str) -> CallRecord:
    record = Records(store).get(call)
    assert record is not None
    return record


def test_a_recording_cut_in_mid_call(tmp_path: Path, store: Engine, caplog: pytest.LogCaptureFixture) -> None:
    path = recording_path("c1", BEGIN)
    _open_call(store, "c1", path)
    _file(tmp_path, path, header(8000) + 5 * SECOND + b"\1")
    assert _repair(tmp_path, store) == Repair(recovered=(("c1", 5000),), corrected=(str(path),))
    assert "call c1: recording recovered 0:05" in caplog.text
    record = _record(store, "c1")
    assert (record.recovered, record.recording, record.recording_ms, record.recording_error) == (
        True, str(path), 5000, None,
    )  # fmt: skip
    told = [(event.kind, event.data) for event in Records(store).events("c1")][-2:]
    assert told[0][0] == "call.ended"
    assert told[1] == ("call.recorded", {"path": str(path), "ms": 5000, "error": None, "recovered": True})
    assert audit_recordings(tmp_path)["ok"]
    assert _repair(tmp_path, store) == Repair(), "a second start finds everything in order"


def test_the_event_of_its_beginning_was_lost(tmp_path: Path, store: Engine) -> None:
    path = recording_path("c1", BEGIN)
    _open_call(store, "c1", None)
    _file(tmp_path, path, header(0) + 5 * SECOND)
    assert _repair(tmp_path, store).recovered == (("c1", 5000),)
    assert (_record(store, "c1").recording, _record(store, "c1").recording_ms) == (str(path), 5000)


def test_the_file_never_came_to_be(tmp_path: Path, store: Engine) -> None:
    _open_call(store, "c1", recording_path("c1", BEGIN))
    assert _repair(tmp_path, store).recovered == (("c1", 0),)
    assert _record(store, "c1").recording_error == "No such file or directory"
    found = audit_recordings(tmp_path)
    assert not found["ok"] and found["missing"][0]["seconds"] == 5.0


def test_a_call_without_recording_stays_without(tmp_path: Path, store: Engine) -> None:
    _open_call(store, "c1", None)
    assert _repair(tmp_path, store) == Repair()
    assert _record(store, "c1").recording is None and _record(store, "c1").recovered


def test_a_header_behind_the_data_of_an_ended_call(tmp_path: Path, store: Engine) -> None:
    path = recording_path("c1", BEGIN)
    _open_call(store, "c1", path)
    _write(
        store, (7, "call.recorded", "c1", {"path": str(path), "ms": 5000, "error": None}),
        (7, "call.ended", "c1", {"side": "agent", "cue": "onhook", "result": "answered"}),
    )  # fmt: skip
    file = _file(tmp_path, path, header(4000) + 5 * SECOND)
    assert _repair(tmp_path, store) == Repair(corrected=(str(path),))
    assert file.read_bytes() == header(40_000) + 5 * SECOND
    record = _record(store, "c1")
    assert record.recording_ms == 5000 and not record.recovered


def test_files_of_no_call_are_told_and_kept(tmp_path: Path, store: Engine) -> None:
    _open_call(store, "c1", None)
    path = recording_path("nobody", BEGIN)
    file = _file(tmp_path, path, header(0) + SECOND)
    repair = _repair(tmp_path, store)
    assert repair.orphans == (str(path),) and file.exists()
    files = f"1 ({path})"
    assert repair.alarms() == [
        {"name": "orphan_recordings", "text": f"recordings that belong to no call: {files}", "files": files}
    ]
    assert audit_recordings(tmp_path)["orphans"] == (str(path),)


def test_files_before_the_last_day_are_left_to_the_audit(tmp_path: Path, store: Engine) -> None:
    _open_call(store, "c1", None)
    path = recording_path("old", BEGIN - 3 * 86_400)
    _file(tmp_path, path, header(0) + SECOND)
    assert _repair(tmp_path, store) == Repair()
    assert audit_recordings(tmp_path)["orphans"] == (str(path),)


def test_recordings_without_any_store(tmp_path: Path, store: Engine) -> None:
    path = recording_path("c1", BEGIN)
    _file(tmp_path, path, header(8000) + SECOND)
    assert _repair(tmp_path, store).orphans == (str(path),)


def test_a_stranger_in_the_place_of_a_recording(tmp_path: Path, store: Engine) -> None:
    path = recording_path("c1", BEGIN)
    _open_call(store, "c1", path)
    file = _file(tmp_path, path, b"ID3 a song" + bytes(100))
    repair = _repair(tmp_path, store)
    assert repair.damaged == (str(path),) and len(repair.alarms()) == 1
    assert file.read_bytes().startswith(b"ID3") and _record(store, "c1").recording_error == "Bad message"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written(tmp_path: Path, store: Engine) -> None:
    path = recording_path("c1", BEGIN)
    _open_call(store, "c1", path)
    _file(tmp_path, path, header(0) + SECOND).chmod(0o400)
    assert _repair(tmp_path, store).damaged == (str(path),)
