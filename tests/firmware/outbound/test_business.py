"""When the business is open."""

from datetime import date, datetime

import pytest

from firmware.dialplan.hours import Calendar, Hours, Schedule
from firmware.ivr.answering import Answering
from firmware.outbound.business import is_open

WEEK = Schedule(
    hours={"day": Hours(days=("mon", "tue", "wed", "thu", "fri"), begin="09:00", end="18:00", entry="main")},
    otherwise="closed", holiday="holiday",
)  # fmt: skip
CALENDAR = Calendar(years=(2026,), holidays={date(2026, 1, 1): "New Year"})


@pytest.mark.parametrize(
    ("section", "now", "wanted", "why"),
    [
        ({}, "2026-01-05T03:00", True, "now"),
        ({"night": "closed"}, "2026-01-05T10:00", False, "switched to night"),
        ({"schedule": "week"}, "2026-01-05T10:00", True, "09:00 to 18:00"),
        ({"schedule": "week"}, "2026-01-05T20:00", False, "no hours cover mon 20:00"),
        ({"schedule": "week"}, "2026-01-01T10:00", False, "New Year"),
    ],
)
def test_open(section: dict[str, str], now: str, wanted: bool, why: str) -> None:
    answering = Answering.model_validate({"schedules": {"week": WEEK}} | section)
    found, words = is_open(answering, datetime.fromisoformat(now), CALENDAR)
    assert found is wanted
    assert why in words
