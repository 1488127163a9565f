"""The C tests of the line machines."""

from pathlib import Path

import pytest

from tests.drivers.ctest import DRIVERS, room, run_c

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("name", ["timers", "fxo", "fxs", "fuzz"])
def test_line(name: str, tmp_path: Path) -> None:
    sources = [HERE / "bench.c", DRIVERS / "dsp" / "tone.c", *room("line")]
    run_c(HERE / f"{name}.c", sources, tmp_path, flags=["-Werror", f"-I{HERE}"])
