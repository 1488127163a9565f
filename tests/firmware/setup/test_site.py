"""Section "box": what an earlier version kept elsewhere is taken over once; what could not start is not let in."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.config import config_folder
from firmware.people import People, hash_secret
from firmware.settings import SettingsError, SettingsFile
from firmware.setup.first import FirstSteps
from firmware.setup.site import Site
from firmware.setup.store import Setup, SetupInvalid
from firmware.setup.takeover import WHO, present, take_over

OLD = {"board": "sim-8x8", "country": "us", "language": "en", "recording": "never"}
FIRST = {"first": {"1": {"company": "长城电器", "steps": {"place": "done"}, "over": False}}}


def earlier(data: Path, **changed: str) -> str:
    """Both files as an earlier version left them; the first one's text."""
    document = {"box": {"1": {**OLD, **changed, "http": "127.0.0.1:1", "secret_key": "k" * 64}}}
    (data / "settings.json").write_text(json.dumps(document))
    (data / "setup.json").write_text(json.dumps(FIRST))
    return (data / "settings.json").read_text()


def test_the_only_password_is_the_owners(tmp_path: Path) -> None:
    """As the very first versions kept it (commit d94924d): without an owner the box would belong to whoever comes."""
    password = hash_secret("great wall 99")
    earlier(tmp_path, admin_password=password)
    setup = Setup(tmp_path)
    assert SettingsFile(tmp_path).load().http == "127.0.0.1:1"
    assert take_over(setup, tmp_path) and not take_over(setup, tmp_path)
    (owner,) = setup.load(People).people
    assert (owner.id, owner.role, owner.number, owner.password_hash) == ("owner", "owner", "700", password)


def test_taken_over_once(tmp_path: Path) -> None:
    old = earlier(tmp_path)
    wanted = Site.model_validate({**OLD, "company": "长城电器"})
    assert present(tmp_path) == wanted
    setup = Setup(tmp_path)
    assert take_over(setup, tmp_path) and setup.load(Site) == wanted
    assert setup.history("box")[0].who == WHO
    assert setup.load(FirstSteps).steps == {"place": "done"}
    setup.change(Site, lambda _: {"country": "de"}, who="wang")
    assert not take_over(setup, tmp_path) and setup.load(Site).country == present(tmp_path).country == "de"
    assert SettingsFile(tmp_path).load().http == "127.0.0.1:1"
    SettingsFile(tmp_path).change(lambda _: {"http": "127.0.0.1:2"})
    kept = json.loads((tmp_path / "settings.json").read_text())["box"]["1"]
    assert kept == {**json.loads(old)["box"]["1"], "http": "127.0.0.1:2"}, "for the version to which a box falls back"


def test_a_new_box_has_nothing_to_be_taken_over(tmp_path: Path) -> None:
    SettingsFile(tmp_path).ensure()
    assert not take_over(Setup(tmp_path), tmp_path) and present(tmp_path) == Site()
    assert not (tmp_path / "setup.json").exists()


def test_what_was_never_right_is_told_and_nothing_changed(tmp_path: Path) -> None:
    earlier(tmp_path, recording="sometimes")
    before = (tmp_path / "setup.json").read_bytes()
    with pytest.raises(SettingsError, match=r'settings.json: recording = "sometimes": must be .*\nNothing was changed'):
        take_over(Setup(tmp_path), tmp_path)
    assert (tmp_path / "setup.json").read_bytes() == before


def test_a_board_that_is_gone_is_taken_over_all_the_same(tmp_path: Path) -> None:
    """So that the page can tell of it, and another be chosen."""
    earlier(tmp_path, board="mine")
    setup = Setup(tmp_path)
    assert take_over(setup, tmp_path) and setup.load(Site).board == "mine"
    assert [one.words() for one in setup.problems()] == ["There is no board mine on this box: it cannot start."]
    setup.change(Site, lambda _: {"company": "Great Wall"}, who="wang")
    setup.change(Site, lambda _: {"board": "sim-8x8"}, who="wang")
    assert setup.problems() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"board": "gone"}, "There is no board gone"),
        ({"country": "xx"}, "There is no country xx"),
        ({"board": "broken"}, "boards/broken.toml: "),
    ],
)
def test_what_could_not_start_is_not_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], words: str
) -> None:
    shutil.copytree(config_folder(), tmp_path / "board-config")
    (tmp_path / "board-config" / "boards" / "broken.toml").write_text('card = "none"')
    monkeypatch.setenv("CALLBOX_BOARD_CONFIG", str(tmp_path / "board-config"))
    setup = Setup(tmp_path)
    with pytest.raises(SetupInvalid, match=words):
        setup.change(Site, lambda _: fields, who="wang")
    assert setup.load(Site) == Site()


def test_the_command_that_tells_the_card(tmp_path: Path) -> None:
    earlier(tmp_path, board="mine")
    command = [sys.executable, "-m", "firmware.cli", "board", "chosen", "--data", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout) == (0, "mine us\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings.json", "setup.json"], "it only reads"
