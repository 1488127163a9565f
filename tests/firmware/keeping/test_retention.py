"""Which recordings go: pure tables; and that they go, told before and known afterwards."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from firmware.bus import Bus
from firmware.keeping.retention import Kept, Removed, Retention, for_room, too_old
from firmware.recording.audit import audit_recordings
from firmware.store.database import next_seq, open_store
from firmware.store.records import Records
from firmware.store.writer import StoreWriter
from tests.firmware.keeping.conftest import BEGIN, DAY, keep_call

NOW = BEGIN + 100 * DAY


def _kept(call: str, days_ago: float, size: int = 100, marked: bool = False) -> Kept:
    return Kept(call, f"{call}.wav", NOW - days_ago * DAY, size, marked)


SHELF = [_kept("new", 1), _kept("old", 40), _kept("older", 90), _kept("oldest", 99, marked=True)]


@pytest.mark.parametrize(
    ("days", "calls"), [(None, []), (100, []), (60, ["older"]), (30, ["older", "old"]), (1, ["older", "old"])]
)
def test_by_age(days: int | None, calls: list[str]) -> None:
    assert [one.call for one in too_old(SHELF, NOW, days)] == calls


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [(-5, []), (0, []), (1, ["older"]), (100, ["older"]), (101, ["older", "old"]), (10_000, ["older", "old", "new"])],
)
def test_for_room(wanted: float, calls: list[str]) -> None:
    assert [one.call for one in for_room(SHELF, wanted)] == calls


class Shelf:
    """Five calls, the third marked, on a real store."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.paths = [keep_call(data, f"c{number}", BEGIN + number * DAY, marked=number == 2) for number in range(5)]
        self.store: Engine = open_store(data)
        self.bus = Bus(lambda: NOW, next_seq(self.store))
        self.writer = StoreWriter(self.store, self.bus, threaded=False)
        self.bus.subscribe(self.writer)
        self.retention = Retention(data, self.store, self.bus, self.writer.flushed)

    def remove(self, *calls: str) -> Removed:
        async def work() -> Removed:
            chosen = [one for one in await self.retention.kept() if one.call in calls]
            return await self.retention.remove(chosen, "age")

        return asyncio.run(work())

    def there(self) -> list[int]:
        return [number for number, path in enumerate(self.paths) if (self.data / path).exists()]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    found = Shelf(tmp_path / "data")
    yield found
    found.store.dispose()


def test_what_is_kept(shelf: Shelf) -> None:
    kept = asyncio.run(shelf.retention.kept())
    assert [one.call for one in kept] == ["c0", "c1", "c2", "c3", "c4"]
    assert [one.marked for one in kept] == [False, False, True, False, False]
    assert all(one.bytes == 64_044 for one in kept)


def test_the_record_tells(shelf: Shelf) -> None:
    removed = shelf.remove("c0", "c1")
    assert (removed.count, removed.bytes, removed.failed) == (2, 2 * 64_044, 0)
    assert shelf.there() == [2, 3, 4]
    assert not (shelf.data / shelf.paths[0]).parent.exists()  # no empty days are left
    record = Records(shelf.store).get("c0")
    assert record is not None
    assert (record.recording, record.recording_removed, record.recording_ms) == (None, "age", 2000)
    assert record.result == "answered" and record.talk_s == 2.0
    assert Records(shelf.store).events("c0")[-1].data == {"path": str(shelf.paths[0]), "why": "age"}
    assert audit_recordings(shelf.data) | {"owed_s": 0} == {
        "ok": True, "calls": 3, "recordings": 3, "orphans": (), "missing": (), "missing_s": 0.0, "owed_s": 0,
    }  # fmt: skip


def test_marked_after_it_was_chosen(shelf: Shelf) -> None:
    """Also where the store could not write it yet."""
    kept = asyncio.run(shelf.retention.kept())
    shelf.retention.marks |= {"c0": True, "c2": False}
    assert asyncio.run(shelf.retention.remove(kept, "space")).count == 4
    assert shelf.there() == [0]
    assert [one.marked for one in asyncio.run(shelf.retention.kept())] == [True]


def test_what_callers_said_to_menus_goes_by_age(shelf: Shelf) -> None:
    folder = shelf.data / "spoken" / "2026" / "01" / "05"
    folder.mkdir(parents=True)
    for call, days_ago in (("c0", 40.0), ("c1", 10.0), ("c2", 40.0), ("gone-7", 40.0)):
        file = folder / f"{call}-1.wav"
        file.write_bytes(b"x" * 100)
        os.utime(file, (NOW - days_ago * DAY, NOW - days_ago * DAY))
    assert asyncio.run(shelf.retention.spoken(NOW, None)) == Removed()
    assert asyncio.run(shelf.retention.spoken(NOW, 30)) == Removed(2, 200, 0)
    assert sorted(file.name for file in folder.iterdir()) == ["c1-1.wav", "c2-1.wav"]  # young; of a marked call
    assert asyncio.run(shelf.retention.spoken(NOW, 5)) == Removed(1, 100, 0)


def test_the_power_goes_between_word_and_deed(shelf: Shelf) -> None:
    """The file is still there though its call says that it was removed: no orphan, and gone the next night."""
    shelf.bus.publish("call.recording_removed", call="c0", line=1, path=str(shelf.paths[0]), why="space")
    assert shelf.writer.flush() and shelf.there() == [0, 1, 2, 3, 4]
    assert audit_recordings(shelf.data)["ok"]
    assert asyncio.run(shelf.retention.finish()).count == 1
    assert shelf.there() == [1, 2, 3, 4]
    assert asyncio.run(shelf.retention.finish()).count == 0


def test_a_file_that_cannot_be_removed_is_counted(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert shelf.remove("c0").failed == 1


def test_a_running_call_is_left(shelf: Shelf) -> None:
    shelf.bus.publish("call.started", call="now", line=2, direction="inbound")
    shelf.bus.publish("call.recording", call="now", line=2, path=str(shelf.paths[0]), mode="talk")
    assert shelf.writer.flush()
    assert "now" not in [one.call for one in asyncio.run(shelf.retention.kept())]


def test_marks_are_kept_by_the_log(shelf: Shelf) -> None:
    record = Records(shelf.store).get("c2")
    assert record is not None and record.marked
