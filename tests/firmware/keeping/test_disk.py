"""How long the disk will do: a table, and a measurement of a real one."""

from pathlib import Path

import pytest

from firmware.keeping.disk import Disk, forecast, measure, per_day
from tests.firmware.keeping.conftest import BEGIN, DAY, keep_call

GB = 10**9


@pytest.mark.parametrize(
    ("days", "found"),
    [([], None), ([0] * 14, None), ([0, 0, 10], 10.0), ([10, 0, 20, 0], 7.5), ([7] * 14, 7.0), ([0, 12, 0, 0], 4.0)],
)
def test_what_a_day_brings(days: list[int], found: float | None) -> None:
    assert per_day(days) == found


@pytest.mark.parametrize(
    ("free", "a_day", "removable", "days", "short", "soon"),
    [
        (100 * GB, 1.0 * GB, 0, 98.0, False, False),
        (15 * GB, 1.0 * GB, 0, 13.0, False, True),  # well before
        (15 * GB, 1.0 * GB, 50 * GB, 63.0, False, False),  # old recordings make room
        (1 * GB, 1.0 * GB, 0, 0.0, True, True),
        (1 * GB, None, 0, None, True, True),  # too little, whatever comes
        (15 * GB, None, 0, None, False, False),
        (15 * GB, 0.0, 0, None, False, False),  # nothing comes
    ],
)
def test_forecast(free: int, a_day: float | None, removable: int, days: float | None, short: bool, soon: bool) -> None:
    found = forecast(Disk(free, 500 * GB, a_day), removable=removable, room=2 * GB, warn_days=14)
    assert (found.days, found.short, found.soon) == (days, short, soon)


def test_measured(tmp_path: Path) -> None:
    for day in range(3):
        for call in range(2):
            keep_call(tmp_path, f"c{day}-{call}", BEGIN + day * DAY)
    began = BEGIN - 7 * DAY
    disk = measure(tmp_path, BEGIN + 3 * DAY, began)
    assert disk.per_day is not None and disk.free > 0
    database = (tmp_path / "callbox.sqlite").stat().st_size / 10
    assert disk.per_day == pytest.approx(2 * 64_044 + database)
    assert measure(tmp_path, BEGIN + 60 * DAY, began).per_day is None  # nobody has called for weeks
