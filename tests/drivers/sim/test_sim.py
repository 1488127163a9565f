"""Runs the C tests of the simulated card with the address and undefined-behaviour sanitizers."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DRIVERS = HERE.parents[2] / "drivers"
WARN = ["-Wall", "-Wextra", "-Werror"]
CALLER_ID = ["callerid.c", "callerid_message.c", "fsk.c", "dtmf.c", "tone.c"]
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize("name", ["companding", "signals", "sound", "call"])
def test_sim(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    sources = [HERE / f"{name}.c", *(DRIVERS / "cards" / "sim").glob("*.c")]
    if name == "call":
        sources += [*(DRIVERS / "line").glob("*.c"), *(DRIVERS / "dsp" / part for part in CALLER_ID)]
    flags = ["-std=gnu11", *WARN, *SANITIZE, f"-I{DRIVERS}", f"-I{HERE}"]
    subprocess.run(["gcc", *flags, *map(str, sources), "-o", str(program), "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
