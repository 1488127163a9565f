"""Settings survive power cuts, two writers and rubbish."""

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from firmware.settings import Settings, SettingsError, SettingsFile
from firmware.setup.files import AtomicStorage


def test_standard_values_before_the_first_change(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path)
    assert settings.load().http == "127.0.0.1:8080"
    assert not settings.path.exists()


def test_changes_stay_and_are_private(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path)
    key = settings.ensure().secret_key
    settings.change(lambda _: {"http": "127.0.0.1:1"})
    again = SettingsFile(tmp_path).load()
    assert (again.http, again.secret_key) == ("127.0.0.1:1", key)
    assert stat.S_IMODE(settings.path.stat().st_mode) == 0o600
    assert json.loads(settings.path.read_text())["box"]["1"]["http"] == "127.0.0.1:1"


def test_wrong_value_names_key_and_changes_nothing(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path)
    settings.ensure()
    before = settings.path.read_bytes()
    with pytest.raises(SettingsError, match=r"http: .*'here'. Nothing was changed"):
        settings.change(lambda _: {"http": "here"})
    with pytest.raises(SettingsError, match="colour: "):
        settings.change(lambda _: {"colour": "red"})
    assert settings.path.read_bytes() == before


@pytest.mark.parametrize(
    "rubbish", [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"box": {"1": {"http": "x"', b'{"box": []}'], ids=repr
)
def test_damaged_file_is_told_and_never_overwritten(tmp_path: Path, rubbish: bytes) -> None:
    settings = SettingsFile(tmp_path)
    settings.path.write_bytes(rubbish)
    for action in (settings.load, settings.ensure, lambda: settings.change(lambda _: {"http": "x:1"})):
        with pytest.raises(SettingsError, match=r"settings\.json is damaged"):
            action()
    assert settings.path.read_bytes() == rubbish


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_power_cut_while_writing_leaves_the_old_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    settings = SettingsFile(tmp_path)
    settings.ensure()
    before = settings.path.read_bytes()

    def cut(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync" if step == "fsync" else "pathlib.Path.replace", cut)
    with pytest.raises(SettingsError, match="No space left on device"):
        settings.change(lambda _: {"http": "x:1"})
    assert settings.path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings.json", "settings.lock"]


def test_the_file_is_synced_before_and_the_directory_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    replace = Path.replace
    monkeypatch.setattr("os.fsync", lambda _: steps.append("fsync"))
    monkeypatch.setattr("pathlib.Path.replace", lambda self, to: steps.append("rename") or replace(self, to))
    AtomicStorage(tmp_path / "x.json").write({"box": {}})
    assert steps == ["fsync", "rename", "fsync"]


def test_two_writers_lose_no_change(tmp_path: Path) -> None:
    ports = SettingsFile(tmp_path)
    ports.change(lambda _: {"http": "127.0.0.1:1"})

    def count_up(now: Settings) -> dict[str, Any]:
        return {"http": f"127.0.0.1:{int(now.http.rpartition(':')[2]) + 1}"}

    def twenty() -> None:
        for _ in range(20):
            SettingsFile(tmp_path).change(count_up)

    threads = [threading.Thread(target=twenty) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ports.load().http == "127.0.0.1:41"
