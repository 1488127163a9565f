"""The C tests of the line machines."""

from pathlib import Path

import pytest

from tests.drivers.ctest import room, run_c

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("name", ["timers", "fxo", "fxs", "fuzz"])
def test_line(name: str, tmp_path: Path) -> None:
    run_c(HERE / f"{name}.c", [HERE / "bench.c", *room("line")], tmp_path, flags=["-Werror", f"-I{HERE}"])
