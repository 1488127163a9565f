"""The C tests of the simulated card."""

from pathlib import Path

import pytest

from tests.drivers.ctest import room, run_c

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("name", ["companding", "signals", "sound", "call"])
def test_sim(name: str, tmp_path: Path) -> None:
    rooms = ("cards/sim", "line", "dsp") if name == "call" else ("cards/sim",)
    run_c(HERE / f"{name}.c", room(*rooms), tmp_path, flags=["-Werror"])
