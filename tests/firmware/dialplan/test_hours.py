"""Which entry answers when: a year of a Chinese office as a table, and what must hold for any schedule."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.config.errors import sentences
from firmware.dialplan.hours import (
    DAYS,
    Calendar,
    HoursError,
    Schedule,
    load_calendar,
    minutes,
    which,
)

OFFICE: dict[str, Any] = {
    "otherwise": "night",
    "holiday": "holiday",
    "hours": {
        "morning": {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "09:00", "end": "12:00", "entry": "day"},
        "lunch": {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "12:00", "end": "13:00", "entry": "lunch"},
        "afternoon": {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "13:00", "end": "18:00", "entry": "day"},
        "saturday": {"days": ["sat"], "begin": "10:00", "end": "14:00", "entry": "weekend"},
        "late": {"days": ["fri"], "begin": "22:00", "end": "02:00", "entry": "late"},
    },
    "promotions": {"singles_day": {"begin": "2026-11-11T00:00", "end": "2026-11-12T06:00", "entry": "sale"}},
}
CN = load_calendar("cn")


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("moment", "entry", "why"),
    [
        ("2026-01-05 08:59", "night", "no hours cover mon 08:59"),
        ("2026-01-05 09:00", "day", "morning, mon 09:00 to 12:00"),
        ("2026-01-05 11:59:59", "day", "morning, mon 09:00 to 12:00"),
        ("2026-01-05 12:00", "lunch", "lunch, mon 12:00 to 13:00"),
        ("2026-01-05 13:00", "day", "afternoon, mon 13:00 to 18:00"),
        ("2026-01-05 18:00", "night", "no hours cover mon 18:00"),
        ("2026-01-10 10:00", "weekend", "saturday, sat 10:00 to 14:00"),
        ("2026-01-11 10:00", "night", "no hours cover sun 10:00"),
        ("2026-01-09 23:59", "late", "late, fri 22:00 to 02:00"),
        ("2026-01-10 01:59", "late", "late, fri 22:00 to 02:00"),
        ("2026-01-10 02:00", "night", "no hours cover sat 02:00"),
        ("2026-02-17 10:00", "holiday", "2026-02-17 is a holiday: 春节"),
        ("2026-02-14 10:00", "day", "2026-02-14 is a working day that makes up for a holiday: 春节"),
        ("2026-02-14 12:30", "lunch", "2026-02-14 is a working day that makes up for a holiday: 春节"),
        ("2026-02-28 14:30", "day", "2026-02-28 is a working day that makes up for a holiday: 春节"),
        ("2026-01-04 09:00", "day", "2026-01-04 is a working day that makes up for a holiday: 元旦"),
        ("2026-10-10 09:30", "day", "2026-10-10 is a working day that makes up for a holiday: 国庆节"),
        ("2026-05-02 01:00", "holiday", "2026-05-02 is a holiday: 劳动节"),  # not Friday's late hours: that is one, too
        ("2026-11-11 03:00", "sale", "promotion singles_day until 2026-11-12 06:00"),
        ("2026-11-12 05:59", "sale", "promotion singles_day until 2026-11-12 06:00"),
        ("2026-11-12 06:00", "night", "no hours cover thu 06:00"),
    ],
)
def test_an_office(moment: str, entry: str, why: str) -> None:
    found = which(Schedule.model_validate(OFFICE), at(moment), CN)
    assert (found.entry, found.why.words()) == (entry, why)


def test_the_night_switch_wins() -> None:
    found = which(Schedule.model_validate(OFFICE), at("2026-11-11 10:00"), CN, switched="night")
    assert (found.entry, found.until, found.why.words()) == ("night", None, "switched to night by hand")


def test_without_an_entry_for_holidays_they_are_days_as_others() -> None:
    schedule = Schedule.model_validate(OFFICE | {"holiday": None})
    assert which(schedule, at("2026-02-17 10:00"), CN).entry == "day"


def test_the_shipped_calendar() -> None:
    """Days off and days worked, as the State Council announced them: in 2026 nine days at Spring Festival."""
    assert CN.years == (2025, 2026) and not CN.knows(date(2027, 1, 1))
    assert [day for day in CN.make_up if day.year == 2026] == [
        date.fromisoformat(f"2026-{day}") for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
    ]
    spring = [day for day, name in CN.holidays.items() if name == "春节" and day.year == 2026]
    assert spring == [date(2026, 2, 15) + timedelta(days=index) for index in range(9)]
    assert len([day for day in CN.holidays if day.year == 2026]) == 33
    assert all(day.weekday() >= 5 for day in CN.make_up)


def test_a_calendar_of_the_box_itself(tmp_path: Path) -> None:
    own = tmp_path / "holidays.toml"
    assert load_calendar("cn", own) == CN
    own.write_text('years = [2027]\n[holidays]\n2027-01-01 = "元旦"\n')
    assert load_calendar("cn", own).knows(date(2027, 1, 1))
    assert load_calendar("xx") == Calendar()


HOURS = '[hours.{}]\ndays = ["{}"]\nbegin = "{}"\nend = "{}"\nentry = "day"\n'
PROMOTION = '[promotions.{}]\nbegin = {}\nend = {}\nentry = "sale"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            HOURS.format("a", "mon", "09:00", "12:00") + HOURS.format("b", "mon", "11:00", "13:00"),
            "Hours overlap: mon 09:00–12:00 and mon 11:00–13:00",
        ),
        (
            HOURS.format("a", "mon", "22:00", "06:00") + HOURS.format("b", "tue", "05:00", "08:00"),
            "Hours overlap: mon 22:00–06:00 and tue 05:00–08:00",
        ),
        (
            HOURS.format("a", "sun", "22:00", "06:00") + HOURS.format("b", "mon", "00:00", "08:00"),
            "Hours overlap: sun 22:00–06:00 and mon 00:00–08:00",
        ),
        (
            HOURS.format("a", 'mon", "tue', "09:00", "09:00") + HOURS.format("b", "tue", "10:00", "11:00"),
            "Hours overlap: tue 09:00–09:00 and tue 10:00–11:00",
        ),
        (
            PROMOTION.format("a", "2026-11-11T00:00:00", "2026-11-12T00:00:00")
            + PROMOTION.format("b", "2026-11-11T23:59:00", "2026-11-13T00:00:00"),
            "b begins at 2026-11-11 23:59, before a ends at 2026-11-12 00:00",
        ),
        (PROMOTION.format("a", "2026-11-11T00:00:00", "2026-11-11T00:00:00"), "not after its begin"),
        (PROMOTION.format("a", "2026-11-11T00:00:00Z", "2026-11-12T00:00:00Z"), "without a time zone"),
        (HOURS.format("a", "monday", "09:00", "12:00"), "must be 'mon'"),
        (HOURS.format("a", "mon", "25:00", "12:00"), "must match"),
        (HOURS.format("a", "mon", "24:00", "12:00"), "A day begins at 00:00"),
    ],
)
def test_a_wrong_schedule_is_told_in_words(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        Schedule.model_validate(tomllib.loads('otherwise = "night"\n' + text))
    assert words in sentences("hours", error.value)


@pytest.mark.parametrize(
    ("text", "words"), [("years = 1", "years = 1: must be a list"), ("years = [", "not TOML"), (None, "cannot be read")]
)
def test_a_calendar_that_cannot_be_read_is_told_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    own = tmp_path / "holidays.toml"
    if text is None:
        own.mkdir()
    else:
        own.write_text(text)
    with pytest.raises(HoursError, match=words) as error:
        load_calendar("cn", own)
    assert str(own) in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"years": [2026], "holidays": {"2026-01-01": "a"}, "make_up": {"2026-01-01": "b"}}, "both a holiday and"),
        ({"years": [2026], "holidays": {"2025-01-01": "a"}}, "2025-01-01 does not lie in years 2026"),
    ],
)
def test_a_wrong_calendar(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Calendar.model_validate(wrong)


CLOCKS = st.sampled_from([f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)])
PIECES = st.lists(st.tuples(st.sampled_from(DAYS), CLOCKS, CLOCKS, st.sampled_from(["day", "lunch"])), max_size=6)
MOMENTS = st.datetimes(at("2026-01-01"), at("2026-12-30"))


def pieced(pieces: list[tuple[str, str, str, str]]) -> Schedule | None:
    """A schedule of these hours; None if it is refused for overlapping."""
    hours = {
        f"h{index}": {"days": [day], "begin": begin, "end": end, "entry": entry}
        for index, (day, begin, end, entry) in enumerate(pieces)
    }
    try:
        return Schedule.model_validate({"otherwise": "night", "holiday": "holiday", "hours": hours})
    except ValidationError:
        return None


@given(PIECES)
def test_overlapping_is_refused_and_nothing_else_is(pieces: list[tuple[str, str, str, str]]) -> None:
    taken: set[int] = set()
    overlaps = False
    for day, begin, end, _ in pieces:
        first, last = minutes(begin), minutes(end)
        last += 1440 if last <= first else 0
        mine = {(DAYS.index(day) * 1440 + minute) % 10_080 for minute in range(first, last)}
        overlaps |= bool(taken & mine)
        taken |= mine
    assert (pieced(pieces) is None) == overlaps


@given(PIECES, MOMENTS, st.floats(0, 1))
def test_nothing_changes_before_the_time_told(
    pieces: list[tuple[str, str, str, str]], now: datetime, part: float
) -> None:
    schedule = pieced(pieces)
    if schedule is None:
        return
    found = which(schedule, now, CN)
    assert found.until is not None and found.until > now
    later = now + (found.until - now) * part
    if later < found.until:
        assert which(schedule, later, CN).entry == found.entry
    assert found.entry in schedule.entries()
