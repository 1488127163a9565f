"""Runs the C tests of the simulated card with the address and undefined-behaviour sanitizers."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DRIVERS = HERE.parents[2] / "drivers"
FLAGS = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize("name", ["companding", "signals", "sound"])
def test_sim(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    sources = [HERE / f"{name}.c", *sorted((DRIVERS / "cards" / "sim").glob("*.c"))]
    subprocess.run(["gcc", *FLAGS, f"-I{DRIVERS}", f"-I{HERE}", *map(str, sources), "-o", str(program), "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
