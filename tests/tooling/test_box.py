"""./box itself, without setting anything up: usage, unknown words, places with spaces."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def box(*arguments: str, script: Path = ROOT / "box", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(script), *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_usage_names_every_command() -> None:
    done = box("--help")
    assert done.returncode == 0
    for command in ("run", "callbox", "test", "lint", "bench", "setup", "image"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["fly"], "box: there is no command 'fly'"), (["setup", "--all"], "box: setup knows only --dev, not '--all'")],
)
def test_unknown_word(arguments: list[str], sentence: str) -> None:
    done = box(*arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == sentence


def test_elsewhere_with_spaces_and_by_link(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    shutil.copy(ROOT / "box", folder / "box")
    link = tmp_path / "my box"
    link.symlink_to(folder / "box")
    assert box("help", script=link, cwd=tmp_path).returncode == 0


def test_script_is_sound() -> None:
    assert subprocess.run(["bash", "-n", str(ROOT / "box"), str(ROOT / ".ci" / "run")], check=False).returncode == 0


def test_packages_have_reasons() -> None:
    sections = set()
    for line in (ROOT / "image-build" / "packages.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            sections.add(line)
        elif line and not line.startswith("#"):
            name, reason = line.split("#", 1)
            assert name.strip()
            assert reason.strip()
    assert sections == {"[run]", "[dev]", "[system]", "[guest]", "[image]", "[appliance]"}
