"""`callbox conformance`: runs the groups over a pool of two processes, prints the table, writes the report."""

import argparse
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from firmware.bench import machine
from firmware.config import countries
from firmware.conformance.report import report, written
from firmware.conformance.rows import Group, Job, Row, Scale
from firmware.errors import UserError

__all__ = ["ConformanceError", "conformance", "measure", "report"]

GROUPS = (
    "dtmf", "talkoff", "keys", "crosstalk", "callerid", "progress", "sending", "timing", "mixing", "echo", "companding",
)  # fmt: skip
PROCESSES = 2


class ConformanceError(UserError):
    """A request that cannot be met; the message says why."""


def conformance(options: argparse.Namespace) -> dict[str, Any]:
    """Runs what was asked for, writes the report; `ok`: every row passes. ConformanceError: no such group, country."""
    unknown = [name for name in options.only or () if name not in GROUPS]
    if unknown:
        raise ConformanceError(f"conformance has no group {', '.join(unknown)}; it has {', '.join(GROUPS)}")
    strange = [name for name in options.country or () if name not in countries()]
    if strange:
        raise ConformanceError(f"there is no country {', '.join(strange)}; there are {', '.join(countries())}")
    names = tuple(name for name in GROUPS if not options.only or name in options.only)
    scale = Scale(options.quick, tuple(options.country or ()))
    began = time.monotonic()
    rows = measure(names, scale)
    told: dict[str, Any] = {
        "mode": "quick" if options.quick else "full",
        "groups": list(names),
        "countries": scale.countries(),
        "seconds": round(time.monotonic() - began, 1),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "failing": sum(not row.passed for row in rows),
        "ok": all(row.passed for row in rows),
    }
    if options.report:
        _write(options.report, written(rows, told))
    return told | {"machine": machine(), "rows": [row.as_json() for row in rows]}


def measure(names: Sequence[str], scale: Scale, processes: int = PROCESSES) -> list[Row]:
    """The rows of these groups. Progress goes to stderr."""
    groups = [cast(Group, import_module(f"firmware.conformance.{name}")) for name in names]
    work = [list(group.jobs(scale)) for group in groups]
    done = _run([job for jobs in work for job in jobs], processes)
    rows: list[Row] = []
    for name, group, jobs in zip(names, groups, work, strict=True):
        results = []
        for number in range(len(jobs)):
            results.append(next(done))
            _progress(name, number + 1, len(jobs))
        rows += group.rows(results, scale)
    return rows


def _run(jobs: Sequence[Job], processes: int) -> Iterator[Any]:
    """The jobs' results in order; they are plain data, so a fresh interpreter can do them."""
    with _nicer(), ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
        try:
            yield from pool.map(_call, jobs)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _end_with_parent() -> None:
    """Run in each worker: a pool's workers outlive a parent that was killed, waiting for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _nicer() -> Iterator[None]:
    """One thread per process: numpy's own threads would only fight."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _call(job: Job) -> Any:
    return job()


def _progress(name: str, done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of:
        end = "\n" if done == of else ""
        sys.stderr.write(f"\r{name}: {done} of {of}{end}" if sys.stderr.isatty() else f"{name}: {of} done\n")
        sys.stderr.flush()


def _write(path: Path, words: str) -> None:
    try:
        path.write_text(words, encoding="utf-8")
    except OSError as error:
        raise ConformanceError(f"{path}: cannot be written: {error.strerror}") from error
