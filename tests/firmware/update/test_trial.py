"""Who is told, and when, that the box went back from an update."""

from pathlib import Path

import pytest

from firmware.update import trial
from firmware.update.check import self_check


@pytest.fixture
def start(tmp_path: Path) -> tuple[Path, Path]:
    """The kernel's command line and the start's id, of the start during which version 2 was put into slot B."""
    trial.note(tmp_path, "1.0", "2.0", "B")
    (tmp_path / "cmdline").write_text("root=PARTLABEL=root-a rauc.slot=A ro quiet\n")
    (tmp_path / "boot_id").write_text(trial.BOOT_ID.read_text())
    return tmp_path / "cmdline", tmp_path / "boot_id"


def look(data: Path, start: tuple[Path, Path]) -> trial.GivenUp | None:
    return trial.given_up(data, cmdline=start[0], boot_id=start[1])


def test_none_before_its_first_start(tmp_path: Path, start: tuple[Path, Path]) -> None:
    assert look(tmp_path, start) is None


def test_none_while_it_is_tried(tmp_path: Path, start: tuple[Path, Path]) -> None:
    start[0].write_text("rauc.slot=B callbox.trial\n")
    start[1].write_text("another start\n")
    assert look(tmp_path, start) is None


def test_gone_back_after_it(tmp_path: Path, start: tuple[Path, Path]) -> None:
    start[1].write_text("another start\n")
    found = look(tmp_path, start)
    assert found == trial.GivenUp("1.0", "2.0", trial.NO_REASON)
    assert "update to 2.0 was given up" in found.words and "went back by itself to 1.0" in found.words


def test_why_is_what_its_self_check_said(tmp_path: Path, start: tuple[Path, Path]) -> None:
    start[1].write_text("another start\n")
    (tmp_path / "update" / trial.WHY).write_text("ok      box: well\nFAILED  call: simulated: caller_to_station\n")
    found = look(tmp_path, start)
    assert found is not None and found.why == "call: simulated: caller_to_station"


def test_kept_or_replaced(tmp_path: Path, start: tuple[Path, Path]) -> None:
    start[1].write_text("another start\n")
    trial.forget(tmp_path)
    assert look(tmp_path, start) is None
    trial.forget(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"former": "1"}'])
def test_a_note_that_cannot_be_read(tmp_path: Path, start: tuple[Path, Path], text: str) -> None:
    start[1].write_text("another start\n")
    (tmp_path / "update" / trial.NOTE).write_text(text)
    assert look(tmp_path, start) is None


def test_no_appliance(tmp_path: Path) -> None:
    assert trial.given_up(tmp_path) is None
    assert "update" not in {finding.name for finding in self_check(tmp_path, "http://127.0.0.1:1/healthz", 0)}


def test_what_runs_was_kept(tmp_path: Path, start: tuple[Path, Path]) -> None:
    """Told of the version that was on trial, and of no other: not of what was written onto the disk later."""
    assert start and trial.kept_at(tmp_path, "2.0") is None
    folder = tmp_path / trial.FOLDER
    (folder / trial.NOTE).rename(folder / trial.KEPT)
    assert trial.kept_at(tmp_path, "2.0") == (folder / trial.KEPT).stat().st_mtime
    assert trial.kept_at(tmp_path, "3.0") is None
    (folder / trial.KEPT).write_text("{")
    assert trial.kept_at(tmp_path, "2.0") is None
