"""The usual tools, each run over the whole tree; settings stand in pyproject.toml, .clang-format and .clang-tidy."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

C_FLAGS = ["-std=gnu11", "-Idrivers", "-Wall", "-Wextra"]


def _run(root: Path, command: Sequence[str]) -> list[str]:
    """Nothing if the command is content, else what it said."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    return (done.stdout + done.stderr).strip().splitlines() or [f"{command[0]} ended with {done.returncode}"]


def c_files(root: Path, suffixes: str = ".c .h") -> list[str]:
    """C sources of the project and its tests; vendored headers are not ours to format."""
    return sorted(
        str(path.relative_to(root))
        for room in ("drivers", "tests")
        for path in (root / room).rglob("*.[ch]")
        if path.suffix in suffixes.split() and "vendor" not in path.parts and path.name != "_core.c"
    )


def ruff(root: Path) -> list[str]:
    return _run(root, [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."])


def ruff_format(root: Path) -> list[str]:
    return _run(root, [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "--output-format=concise", "."])


def mypy(root: Path) -> list[str]:
    return _run(root, [sys.executable, "-m", "mypy", "--no-error-summary"])


def clang_format(root: Path) -> list[str]:
    files = c_files(root)
    return _run(root, ["clang-format", "--dry-run", "--Werror", "--ferror-limit=1", *files]) if files else []


def clang_tidy(root: Path) -> list[str]:
    def one(file: str) -> list[str]:
        said = _run(root, ["clang-tidy", "--quiet", file, "--", *C_FLAGS])
        return [line for line in said if not line.endswith(("warning generated.", "warnings generated."))]

    sources = [file for file in c_files(root, ".c") if file.startswith("drivers/")]
    with ThreadPoolExecutor(2) as pool:
        return [line for lines in pool.map(one, sources) for line in lines]


def cppcheck(root: Path) -> list[str]:
    return _run(
        root,
        ["cppcheck", "--quiet", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
         "--suppress=missingIncludeSystem", "--error-exitcode=1", "-Idrivers", "drivers"],
    )  # fmt: skip
