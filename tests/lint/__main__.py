"""Runs every check, says what each found; exit status 1 if any did."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.lint import arrows, includes, tick, tools, tracked

ROOT = Path(__file__).resolve().parents[2]

CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "ruff": tools.ruff,
    "format of Python": tools.ruff_format,
    "types (mypy)": tools.mypy,
    "format of C": tools.clang_format,
    "clang-tidy": tools.clang_tidy,
    "cppcheck": tools.cppcheck,
    "imports follow the arrows": arrows.check,
    "includes follow the arrows": includes.check,
    "the tick's rules": tick.check,
    "no machine's path or host": tracked.check,
}


def main() -> int:
    """Checks all, or those whose names contain one of the arguments."""
    wanted = sys.argv[1:]
    chosen = {name: run for name, run in CHECKS.items() if not wanted or any(word in name for word in wanted)}
    if not chosen:
        print(f"no such check; there are: {', '.join(CHECKS)}")
        return 2
    failed = False
    with ThreadPoolExecutor(2) as pool:
        for name, findings in zip(chosen, pool.map(lambda run: run(ROOT), chosen.values()), strict=True):
            failed = failed or bool(findings)
            print(f"{'FAIL' if findings else 'ok  '} {name}", *(f"     {finding}" for finding in findings), sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
