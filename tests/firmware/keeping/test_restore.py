"""A restore takes everything or nothing, wherever the power goes; what was there is kept aside."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command as alembic
from alembic.config import Config

from firmware.api.client import ApiClient
from firmware.cli import main
from firmware.keeping import archive
from firmware.keeping.archive import BackupError, Manifest, check
from firmware.keeping.backup import backup
from firmware.keeping.command import restore
from firmware.keeping.restore import complete, prepare, ready
from firmware.people import People, secret_fits
from firmware.recording.audit import audit_recordings
from firmware.settings import SettingsFile
from firmware.setup.site import Site
from firmware.setup.store import Setup
from firmware.setup.takeover import take_over
from firmware.store import database
from firmware.store.database import open_store
from firmware.store.presence import MARKER
from firmware.store.records import Records
from tests.firmware.keeping.conftest import BEGIN, keep_call, tree

OF_THE_MOMENT = ("callbox.lock", "settings.lock", "settings.json.77.new", MARKER)


def _kept(data: Path) -> dict[str, str]:
    """What counts: no locks, no database files (a backup's copy is another file), nothing that was put aside."""
    return {
        name: content
        for name, content in tree(data).items()
        if not name.startswith("replaced-") and name not in OF_THE_MOMENT and "sqlite" not in name
    }


def _calls(data: Path) -> list[str]:
    with sqlite3.connect(data / "callbox.sqlite") as store:
        return [call for (call,) in store.execute("SELECT id FROM call_record ORDER BY started DESC")]


@pytest.fixture
def changed(data: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A backup, and the data as they went on: another call, other settings, a new and a changed document."""
    saved = tmp_path / "b.zip"
    backup(data, saved, now=BEGIN + 100)
    keep_call(data, "c2", BEGIN + 200)
    SettingsFile(data).change(lambda _: {"http": "127.0.0.1:1"})
    (data / "setup" / "queues.json").write_text('{"sales": 2}')
    (data / "setup" / "people.json").write_text("{}")
    return saved, data


def test_as_it_was(changed: tuple[Path, Path]) -> None:
    saved, data = changed
    told = restore(data, saved)
    assert told["restored"] and _calls(data) == ["c1"]
    assert SettingsFile(data).load().http == "127.0.0.1:0"
    assert (data / "setup" / "queues.json").read_text() == '{"sales": 1}'
    assert not (data / "setup" / "people.json").exists()  # made later
    old = Path(told["replaced"])
    assert (old / "setup" / "people.json").exists() and _calls(old) == ["c2", "c1"]
    assert not ready(data) and not list(data.glob(".restor*"))


def test_recordings_stay_where_the_backup_has_none(changed: tuple[Path, Path]) -> None:
    saved, data = changed
    restore(data, saved)
    assert len(list((data / "recordings").rglob("*.wav"))) == 2
    found = audit_recordings(data)  # the later call's file is told, not deleted
    assert not found["missing"] and len(found["orphans"]) == 1


def test_on_another_box_recordings_are_told_to_be_missing(changed: tuple[Path, Path], tmp_path: Path) -> None:
    saved, _ = changed
    told = restore(tmp_path / "other", saved)
    assert told["replaced"] is None and not list((tmp_path / "other").glob("replaced-*"))
    store = open_store(tmp_path / "other")
    record = Records(store).get("c1")
    assert record is not None and (record.recording, record.recording_removed) == (None, "not_restored")
    kinds = [event.kind for event in Records(store).events("c1")]
    store.dispose()
    assert kinds[-1] == "call.recording_removed" and audit_recordings(tmp_path / "other")["ok"]


def test_with_recordings_on_another_box(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b.zip", recordings=True)
    restore(tmp_path / "other", tmp_path / "b.zip")
    assert _kept(tmp_path / "other") == _kept(data)
    found = audit_recordings(tmp_path / "other")
    assert found["ok"] and (found["calls"], found["recordings"]) == (1, 1)


def test_from_an_older_version_it_migrates(data: Path, tmp_path: Path) -> None:
    store = open_store(data)
    script = Config()
    script.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with store.begin() as connection:
        script.attributes["connection"] = connection
        alembic.downgrade(script, "0001")
    store.dispose()
    backup(data, tmp_path / "b.zip")
    assert check(tmp_path / "b.zip").tables == "0001"
    restore(tmp_path / "other", tmp_path / "b.zip")
    assert _calls(tmp_path / "other") == ["c1"]


@pytest.mark.parametrize(
    ("commit", "tables"), [("d94924d", "0002"), ("f631f47", "0003"), ("226a0ee", "0004"), ("5205c8a", "0005")]
)
def test_what_earlier_versions_really_made(commit: str, tables: str, tmp_path: Path) -> None:
    """Made by the code of that commit: five calls, settings, and, from the second on, every section of its setup."""
    saved = Path(__file__).parents[2] / "data" / "backups" / f"{commit}.zip"
    assert check(saved).tables == tables
    data = tmp_path / "data"
    restore(data, saved)
    assert _calls(data) == ["c4", "c3", "c2", "c1", "c0"]
    setup = Setup(data)
    take_over(setup, data)
    owner = setup.load(People).by_login("owner")
    assert owner is not None and secret_fits(owner.password_hash, "great wall 99")


# -- refused, and nothing touched ------------------------------------------------------------------------------


def _refused(data: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> str:
    before = tree(data)
    assert main(["restore", "--data", str(data), str(saved)]) == 2
    told = capsys.readouterr().err
    assert "Nothing was changed" in told and "Traceback" not in told
    assert tree(data) == before
    return told


def test_damaged(changed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    saved, data = changed
    whole = saved.read_bytes()
    saved.write_bytes(whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:])
    assert "damaged or changed" in _refused(data, saved, capsys)
    saved.write_bytes(whole[:-1])
    assert "not whole" in _refused(data, saved, capsys)


def _forged(saved: Path, change: Callable[[Manifest], Manifest], extra: dict[str, bytes] | None = None) -> None:
    """The same backup with another manifest, sealed as a newer or hostile program would."""
    with zipfile.ZipFile(saved) as source:
        inside = {name: source.read(name) for name in source.namelist()} | (extra or {})
    inside["manifest.json"] = change(Manifest.model_validate_json(inside["manifest.json"])).model_dump_json().encode()
    with zipfile.ZipFile(saved, "w") as target:
        for name, content in inside.items():
            target.writestr(name, content)
        target.comment = bytes(archive.SEAL_BYTES)
    archive._seal(saved)


def test_of_a_newer_format(changed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    saved, data = changed
    _forged(saved, lambda manifest: manifest.model_copy(update={"format": 2, "version": "9.0"}))
    assert "newer version of callbox (9.0). Install that version" in _refused(data, saved, capsys)


def test_of_newer_tables(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(data / "callbox.sqlite") as raw:
        (now,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        raw.execute("UPDATE alembic_version SET version_num='9999'")
    backup(data, tmp_path / "b.zip")
    with sqlite3.connect(data / "callbox.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num=?", (now,))
    assert "newer version of callbox (its tables are at '9999'" in _refused(data, tmp_path / "b.zip", capsys)


def test_with_settings_that_are_not_understood(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (data / "settings.json").read_text()
    (data / "settings.json").write_text(whole.replace('"http"', '"lingo"'))
    backup(data, tmp_path / "b.zip")
    (data / "settings.json").write_text(whole)
    assert "lingo" in _refused(data, tmp_path / "b.zip", capsys)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "setup/../../outside"])
def test_a_name_that_leads_outside(changed: tuple[Path, Path], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    saved, data = changed
    fact = archive.FileFact(sha256="0" * 64, size=1)
    _forged(saved, lambda manifest: manifest.model_copy(update={"files": manifest.files | {name: fact}}))
    assert "does not belong into a data directory" in _refused(data, saved, capsys)


@pytest.mark.parametrize("name", ["recordings/x.wav", "backups/x.zip", "callbox.lock", "database.json", ".", ""])
def test_what_is_no_part_of_a_backup(changed: tuple[Path, Path], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it stands already it would stop the restore half done, and then the box."""
    saved, data = changed
    fact = archive.FileFact(sha256=sha256(b"x").hexdigest(), size=1)
    extra = {f"data/{name}": b"x"}
    _forged(saved, lambda manifest: manifest.model_copy(update={"files": manifest.files | {name: fact}}), extra)
    assert "is no part of a backup" in _refused(data, saved, capsys)


def test_a_manifest_that_fills_the_memory(changed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    saved, data = changed
    _forged(saved, lambda manifest: manifest.model_copy(update={"version": "9" * 1_000_000}))
    assert "is no backup of callbox" in _refused(data, saved, capsys)


def test_more_comes_out_than_was_said(changed: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A file that unpacks to a thousand times its size must not fill the disk before it is found out."""
    saved, data = changed
    fact = archive.FileFact(sha256="0" * 64, size=1)
    bomb = {"data/setup/bomb.json": bytes(50 * archive.PIECE)}
    _forged(saved, lambda manifest: manifest.model_copy(update={"files": {"setup/bomb.json": fact}}), bomb)
    assert "setup/bomb.json is not what was put in" in _refused(data, saved, capsys)
    given = 0
    with pytest.raises(BackupError):
        for _name, piece in archive.contents(saved, check(saved)):
            given += len(piece)
    assert not given


def test_not_enough_room(changed: tuple[Path, Path], small_disk: Callable[[str], Path]) -> None:
    saved, data = changed
    disk = small_disk("40m")
    shutil.copytree(data, disk / "data")
    before = tree(disk)
    with pytest.raises(BackupError, match="not enough room.*Nothing was changed"):
        restore(disk / "data", saved)
    assert tree(disk) == before


# -- the power goes --------------------------------------------------------------------------------------------


class _PowerCut(Exception):
    pass


def test_the_power_goes_at_any_step(
    changed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each rename in turn: the next start finishes it, and old and new are never mixed."""
    saved, data = changed
    prepare(data, saved)
    prepared = tmp_path / "prepared"
    shutil.copytree(data, prepared)
    rename, cuts = Path.rename, 0
    while True:
        shutil.rmtree(data)
        shutil.copytree(prepared, data)
        left = [cuts]

        def until_the_cut(self: Path, target: Path, left: list[int] = left) -> Path:
            if not left[0]:
                raise _PowerCut
            left[0] -= 1
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", until_the_cut)
        try:
            complete(data)
            break
        except _PowerCut:
            pass
        finally:
            monkeypatch.setattr(Path, "rename", rename)
        log, database_file = data / "callbox.sqlite-wal", data / "callbox.sqlite"
        assert not (log.exists() and database_file.exists() and (data / ".restore-moving").exists())
        complete(data)
        assert _calls(data) == ["c1"] and (data / "setup" / "queues.json").read_text() == '{"sales": 1}'
        (old,) = data.glob("replaced-*")
        assert (old / "setup" / "people.json").exists() and not ready(data)
        cuts += 1
    assert cuts >= 8


def test_the_power_goes_while_unpacking(changed: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    saved, data = changed
    before = _kept(data)
    (data / ".restoring").mkdir()  # what a former one left
    (data / ".restoring" / "callbox.sqlite").write_text("half")
    assert complete(data) is None and not ready(data)
    prepare(data, saved)
    assert {name: value for name, value in _kept(data).items() if not name.startswith(".restor")} == before


# -- beside a running box --------------------------------------------------------------------------------------


def test_a_running_box_restarts_with_it(data: Path, tmp_path: Path) -> None:
    """Backup in mid-call; later a restore, which waits for no call, then the same process lives by the old data."""
    Setup(data).change(Site, lambda _: {"language": "en"}, who="wang")  # its own greeting is no sound
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware.cli", "run", "--data", str(data), "--http", "127.0.0.1:0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None and process.stdout.readline().startswith("callbox: the page is at")
        with ApiClient(data / "callboxd.sock", timeout=60) as box:
            box.request("training.call", number="13800138000", line=3)
            for push in box.subscribe():
                if any(call["stage"] == "greeting" for call in push["snapshot"]["calls"]):
                    break
            backup(data, tmp_path / "b.zip")
            SettingsFile(data).change(lambda _: {"http": "127.0.0.1:1"})
        answer = restore(data, tmp_path / "b.zip")
        assert not answer["restored"] and answer["calls"] == 1
        assert SettingsFile(data).load().http == "127.0.0.1:1"  # not yet
        answer = restore(data, tmp_path / "b.zip", at_once=True)
        assert process.stdout.readline().startswith("callbox: the page is at")  # the second life
        assert SettingsFile(data).load().http == "127.0.0.1:0"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
    with sqlite3.connect(data / "callbox.sqlite") as store:
        ends = store.execute("SELECT id, end_cue FROM call_record ORDER BY started").fetchall()
        kinds = [kind for (kind,) in store.execute("SELECT kind FROM event WHERE kind LIKE 'box.%' ORDER BY seq")]
    assert ends[0] == ("c1", "tone") and ends[1][1] == "box_stopped"  # the call that the backup was made in
    assert kinds == ["box.started", "box.restored", "box.started", "box.stopping"]
