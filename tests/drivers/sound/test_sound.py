"""Headsets at the box's own sockets: the elastic between two clocks, and the card that they are added to."""

from pathlib import Path

from tests.drivers.ctest import THREAD, room, run_c

HERE = Path(__file__).resolve().parent


def test_elastic(tmp_path: Path) -> None:
    assert "elastic: ok" in run_c(HERE / "elastic.c", room("cards/sound"), tmp_path, flags=["-Werror"])


def test_card(tmp_path: Path) -> None:
    sources = room("cards/sound", "cards/sim", "core", "dsp", "line", "cards/spy")
    assert "headset: ok" in run_c(HERE / "headset.c", sources, tmp_path, flags=["-Werror"])


def test_two_threads(tmp_path: Path) -> None:
    output = run_c(HERE / "threads.c", room("cards/sound"), tmp_path, flags=["-Werror"], sanitize=THREAD)
    assert "threads: ok" in output
