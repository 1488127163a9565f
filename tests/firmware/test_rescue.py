"""A box that cannot use its database: backups alone, and after a restore it is the box again."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from firmware.api.client import ApiClient
from firmware.api.messages import Refused
from firmware.cli import main
from firmware.keeping.backup import BACKUPS, backup
from firmware.keeping.command import restore
from firmware.rescue import reason
from tests.firmware.keeping.conftest import BEGIN, keep_call, tree

COMMAND = [sys.executable, "-m", "firmware.cli"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Calls with recordings, and a backup of them."""
    data = tmp_path / "data"
    for number in range(3):
        keep_call(data, f"c{number}", BEGIN + number, seconds=1)
    (data / BACKUPS).mkdir()
    backup(data, data / BACKUPS, now=BEGIN)
    return data


def _lost(file: Path) -> None:
    file.unlink()


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _no_file(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 64)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _damaged(file: Path) -> None:
    """Where only reading it finds it."""
    with closing(sqlite3.connect(file)) as database:
        (root,) = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'call_record'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((root - 1) * size)
        opened.write(b"\x5a" * size)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_lost, "is missing, but this box had one with calls in it"),
        (_newer, "was written by a newer version"),
        (_damaged, "If the file is damaged, restore a backup"),
    ],
)
def test_a_backup_is_taken_in_place_of_what_is_lost(data: Path, harm: Callable[[Path], None], words: str) -> None:
    harm(data / "callbox.sqlite")
    before = tree(data)
    waiting = subprocess.Popen(
        [*COMMAND, "rescue", "--no-page", "--data", str(data)], text=True, stdout=subprocess.PIPE
    )
    try:
        name = _until_it_waits(data, waiting, words)
        file = data / BACKUPS / name
        whole = file.read_bytes()
        file.write_bytes(whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:])
        assert main(["restore", "--data", str(data), str(file)]) == 2  # damaged: nothing was changed, and it waits on
        file.write_bytes(whole)
        assert {key: value for key, value in tree(data).items() if key in before} == before
        assert restore(data, file)["calls"] == 0
        assert waiting.wait(60) == 0
        assert waiting.stdout is not None
        assert ("the data of before lie in" in waiting.stdout.read()) == ("callbox.sqlite" in before)
    finally:
        waiting.kill()
        waiting.wait()
        waiting.stdout.close()  # type: ignore[union-attr]
    with closing(sqlite3.connect(data / "callbox.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM call_record").fetchone() == (3,)
    aside = [tree(folder)["callbox.sqlite"] for folder in data.glob("replaced-*")]
    assert aside == [content for name, content in before.items() if name == "callbox.sqlite"]
    assert main(["rescue", "--no-page", "--data", str(data)]) == 2  # nothing to rescue any more


def _until_it_waits(data: Path, waiting: "subprocess.Popen[str]", words: str) -> str:
    """The name of the backup that it offers; whatever else is asked for is refused with the reason."""
    while not (data / "callboxd.sock").exists():
        assert waiting.poll() is None
    with ApiClient(data / "callboxd.sock", timeout=60) as box:
        for intent in ("snapshot", "subscribe", "counters", "training.call"):
            with pytest.raises(Refused, match=words) as refused:
                box.request(intent)
            assert refused.value.code == "stopped"
        (kept,) = box.request("backup.state")["kept"]
    return str(kept["name"])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_empty, "is empty, but this box had one with calls in it"),
        (_half, "database disk image is malformed. Nothing was changed. If the file is damaged, restore a backup"),
        (_no_file, "is not a database. Nothing was changed. If the file is damaged, restore a backup"),
    ],
)
def test_what_else_may_be_wrong_with_it(data: Path, harm: Callable[[Path], None], words: str) -> None:
    file = data / "callbox.sqlite"
    assert reason(data) is None
    harm(file)
    content = file.read_bytes()
    assert words in str(reason(data)) and file.read_bytes() == content


def test_it_may_be_ended_and_nothing_is_changed(data: Path) -> None:
    _lost(data / "callbox.sqlite")
    before = tree(data)
    waiting = subprocess.Popen(
        [*COMMAND, "rescue", "--no-page", "--data", str(data)], stdout=subprocess.PIPE, text=True
    )
    try:
        _until_it_waits(data, waiting, "is missing")
        waiting.terminate()
        assert waiting.wait(60) == 1
    finally:
        waiting.kill()
        waiting.communicate()
    assert {name: value for name, value in tree(data).items() if not name.endswith(".lock")} == {
        name: value for name, value in before.items() if not name.endswith(".lock")
    }


@pytest.mark.parametrize("there", [True, False])
def test_a_box_that_never_had_calls_needs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: bool) -> None:
    if there:
        (tmp_path / "data").mkdir()
    assert main(["rescue", "--no-page", "--data", str(tmp_path / "data")]) == 2
    assert ("start it with callbox run" if there else "Choose the directory") in capsys.readouterr().err
    assert not (tmp_path / "data" / "callbox.sqlite").exists()
