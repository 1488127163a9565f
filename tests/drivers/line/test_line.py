"""Runs the C tests of the line machines with the address and undefined-behaviour sanitizers."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DRIVERS = HERE.parents[2] / "drivers"
WARN = ["-Wall", "-Wextra", "-Werror"]
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize("name", ["timers", "fxo", "fxs", "fuzz"])
def test_line(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    sources = [HERE / f"{name}.c", HERE / "bench.c", *sorted((DRIVERS / "line").glob("*.c"))]
    flags = ["-std=gnu11", *WARN, *SANITIZE, f"-I{DRIVERS}", f"-I{HERE}"]
    subprocess.run(["gcc", *flags, *map(str, sources), "-o", str(program), "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
