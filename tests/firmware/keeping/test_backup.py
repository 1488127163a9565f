"""A backup holds one moment of everything, is whole or not there, and is refused when a single byte of it differs."""

import json
import os
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.bus import Event
from firmware.cli import main
from firmware.keeping.archive import BackupError, check, contents
from firmware.keeping.backup import backup
from firmware.store.database import next_seq, open_store
from firmware.store.presence import MARKER
from firmware.store.writer import Ledger
from tests.firmware.keeping.conftest import BEGIN, keep_call, tree


def test_everything_but_what_is_of_the_moment(data: Path, tmp_path: Path) -> None:
    made = backup(data, tmp_path / "b.zip", now=BEGIN)
    manifest = check(tmp_path / "b.zip")
    assert sorted(manifest.files) == [
        "callbox.sqlite", "prompts/zh/greeting.wav", "settings.json", "setup/queues.json",
    ]  # fmt: skip
    assert (manifest.made, manifest.recordings, made["files"]) == (BEGIN, False, 4)
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600  # it holds the administrator's hash
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:  # any tool opens it
        assert archive.testzip() is None and archive.read("data/setup/queues.json") == b'{"sales": 1}'


def test_recordings_when_asked_for(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b.zip", recordings=True)
    assert [name for name in check(tmp_path / "b.zip").files if name.startswith("recordings/")]


def test_a_directory_gets_a_file_named_by_date(data: Path, tmp_path: Path) -> None:
    made = backup(data, tmp_path, now=BEGIN)
    assert Path(made["file"]).name.startswith("callbox-20260105-") and Path(made["file"]).exists()


def test_while_events_are_written(data: Path, tmp_path: Path) -> None:
    """The copy is of one moment: every event up to some number, and none missing before it."""
    store = open_store(data)
    first, stop = next_seq(store), threading.Event()

    def write() -> None:
        ledger, seq = Ledger(store), first
        while not stop.is_set():
            ledger.write([Event(seq, BEGIN, "line.idle", None, 1, None, {})])
            seq += 1

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            backup(data, tmp_path / f"{number}.zip")
    finally:
        stop.set()
        writing.join()
        store.dispose()
    counts = []
    for number in range(5):
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as archive:
            archive.extract("data/callbox.sqlite", tmp_path / str(number))
        with sqlite3.connect(tmp_path / str(number) / "data" / "callbox.sqlite") as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            most, count = copy.execute("SELECT max(seq), count(*) FROM event").fetchone()
            assert most == count
            counts.append(count)
    assert counts == sorted(counts) and counts[-1] > counts[0]


def _refused(path: Path) -> str:
    with pytest.raises(BackupError) as refused:
        check(path)
    return str(refused.value)


def test_each_single_byte_counts(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    bad = tmp_path / "bad.zip"
    for at in range(len(whole)):
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert "Nothing was changed" in _refused(bad), at
    assert "damaged or changed after it was made" in _refused_at(bad, whole, 1000)
    assert "is no backup" in _refused_at(bad, whole, 0)


def _refused_at(bad: Path, whole: bytes, at: int) -> str:
    bad.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    return _refused(bad)


def test_truncated_anywhere(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    bad = tmp_path / "bad.zip"
    for length in range(len(whole)):
        bad.write_bytes(whole[:length])
        told = _refused(bad)
        assert "is not whole" in told if length >= 4 else "is no backup" in told, length


@pytest.mark.parametrize("content", [b"", b"a shopping list", b"PK\3\4"])
def test_what_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    _refused(tmp_path / "x.zip")


def test_another_zip_and_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("holiday.jpg", b"1")
    assert "is not whole" in _refused(tmp_path / "x.zip")
    assert "cannot read" in _refused(tmp_path / "none.zip")


def test_what_was_put_in_is_compared_again(data: Path, tmp_path: Path) -> None:
    """Also where the seal was right when it was looked at, as when a disk tells something else the second time."""
    backup(data, tmp_path / "b.zip")
    manifest = check(tmp_path / "b.zip")
    facts = manifest.files | {"settings.json": manifest.files["settings.json"].model_copy(update={"size": 1})}
    with pytest.raises(BackupError, match="settings.json is not what was put in"):
        list(contents(tmp_path / "b.zip", manifest.model_copy(update={"files": facts})))


def test_words_instead_of_a_backup(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there.zip").write_text("mine")
    for arguments, words in (
        (["--data", str(tmp_path / "nowhere"), str(tmp_path / "b.zip")], "Choose the directory with --data"),
        (["--data", str(data), str(tmp_path / "there.zip")], "exists already and was not touched"),
        (["--data", str(data), str(tmp_path / "no" / "folder" / "b.zip")], "No such file or directory"),
    ):
        assert main(["backup", *arguments]) == 2
        told = capsys.readouterr().err
        assert words in told and "Traceback" not in told
    assert (tmp_path / "there.zip").read_text() == "mine"


def test_a_damaged_database_is_not_backed_up(data: Path, tmp_path: Path) -> None:
    (data / "callbox.sqlite").write_bytes(b"no database at all " * 500)
    with pytest.raises(BackupError, match="cannot copy the database.*No backup was made"):
        backup(data, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_a_disk_too_full_for_it(data: Path, small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("256k")
    (data / "prompts" / "zh" / "long.wav").write_bytes(os.urandom(400_000))
    with pytest.raises(BackupError, match="too full for a backup"):
        backup(data, disk / "b.zip")
    assert list(disk.iterdir()) == []


def test_on_its_own_disk_room_is_left_for_calls(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("60m")
    open_store(disk / "data").dispose()
    assert backup(disk / "data", disk / "b.zip")["files"] == 1
    (disk / "filler").write_bytes(bytes(13_500_000))
    with pytest.raises(BackupError, match="too full for a backup"):
        backup(disk / "data", disk / "c.zip")
    assert not (disk / "c.zip").exists()


def test_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(data)
    second = keep_call(data, "c2", BEGIN + 100)
    assert main(["backup", "--data", str(data), "--recordings", "--json", str(tmp_path / "b.zip")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recordings"] and told["bytes"] == (tmp_path / "b.zip").stat().st_size
    assert main(["backup", "--data", str(data), str(tmp_path / "c.zip")]) == 0
    assert "c.zip: 4 files" in capsys.readouterr().out
    assert {name for name in tree(data) if name not in before} == {str(second), MARKER}
