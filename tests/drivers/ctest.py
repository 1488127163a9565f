"""Compiles a C test with the sources it tests, under sanitizers, and runs it in a folder of its own."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = ROOT / "drivers"
HERE = Path(__file__).resolve().parent
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
    build = (
        compiler, "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter", f"-I{DRIVERS}", f"-I{HERE}",
        *((f"-fsanitize={sanitize}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer") if sanitize else ()),
        *flags,
    )  # fmt: skip
    objects = [str(_object(source, build)) for source in (test, *sources)]
    _run([*build, *objects, "-lm", "-pthread", "-o", str(binary)], folder, seconds)
    return _run([str(binary), *arguments], folder, seconds)


@cache
def _object(source: Path, build: tuple[str, ...]) -> Path:
    """Each source is compiled once per way of building and process: many tests share a room."""
    folder = Path(_folder().name)
    binary = folder / f"{len(list(folder.iterdir()))}-{source.stem}.o"
    _run([*build, "-c", str(source), "-o", str(binary)], folder, 300)
    return binary


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="ctest-")


def _run(command: list[str], folder: Path, seconds: int) -> str:
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False,
        env=os.environ | {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"},
    )  # fmt: skip
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
    return result.stdout
