"""How long the disk will do, from what the last days brought. Judging is pure; `measure` reads the disk."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.recording.recorder import day_folder
from firmware.store.database import FILE

DAYS = 14  # so many are looked at
DAY_S = 86_400.0
LEAST_BYTES = 1_000_000  # less than that a day is no growth to speak of


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes: free, of all, and what a day brings (None: nothing is known yet)."""

    free: int
    total: int
    per_day: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`days` until the disk is full (None: not to be foreseen). `short`: less is free than must be. `soon`: it is
    time to tell."""

    days: float | None
    short: bool
    soon: bool


def per_day(by_day: Iterable[int]) -> float | None:
    """What a day brought on average, of the whole days from the first that brought anything on; oldest first."""
    days = list(by_day)
    while days and not days[0]:
        days.pop(0)
    return sum(days) / len(days) if days else None


def forecast(disk: Disk, *, removable: int, room: float, warn_days: int) -> Forecast:
    """`removable`: bytes that the retention may free for room; `room`: bytes that must stay free."""
    days = None
    if disk.per_day is not None and disk.per_day >= LEAST_BYTES:
        days = max(0.0, disk.free + removable - room) / disk.per_day
    short = disk.free < room
    return Forecast(days, short, short or (days is not None and days < warn_days))


def measure(data: Path, now: float, began: float | None) -> Disk:
    """Looks at the disk; OSError. What comes is judged by the recordings of whole days before today, and by the
    database's size over its age; `began`: when it was begun."""
    usage = shutil.disk_usage(data)
    found = per_day(_bytes_of(data / day_folder(now - back * DAY_S)) for back in range(DAYS, 0, -1))
    if found is not None and began is not None:
        found += (data / FILE).stat().st_size / max(1.0, (now - began) / DAY_S)
    return Disk(usage.free, usage.total, found)


def _bytes_of(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except FileNotFoundError:  # no call that day, or a file was just removed
        return 0
