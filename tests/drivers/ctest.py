"""Compiles a C test with the sources it tests, under sanitizers, and runs it in a folder of its own."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = ROOT / "drivers"
ADDRESS = "address,undefined"
THREAD = "thread"
NONE = ""


def room(*names: str) -> list[Path]:
    """All C sources of the rooms named, below drivers/."""
    return sorted(source for name in names for source in (DRIVERS / name).glob("*.c"))


def run_c(test: Path, sources: Iterable[Path], folder: Path, *, sanitize: str = ADDRESS, compiler: str = "gcc",
          flags: Iterable[str] = (), arguments: Iterable[str] = (), seconds: int = 300) -> str:  # fmt: skip
    """Builds `test` with `sources`; its output. Fails with all that compiler or test said."""
    binary = folder / test.stem
    build = [
        compiler, "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter", f"-I{DRIVERS}",
        *([f"-fsanitize={sanitize}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"] if sanitize else []),
        *flags,
        str(test), *map(str, sources), "-lm", "-pthread", "-o", str(binary),
    ]  # fmt: skip
    _run(build, folder, seconds)
    return _run([str(binary), *arguments], folder, seconds)


def _run(command: list[str], folder: Path, seconds: int) -> str:
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False,
        env=os.environ | {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"},
    )  # fmt: skip
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
    return result.stdout
