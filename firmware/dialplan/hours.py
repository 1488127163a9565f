"""Which entry answers when: working hours, lunch, weekends, holidays with make-up days, promotions, the night switch.

One pure function over a schedule, a calendar and a moment. Times are the box's local wall clock. What overlaps is an
error when the schedule is read, not a surprise on the day.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from drivers.binding.plan import Strict
from firmware.config.errors import sentences
from firmware.errors import UserError
from firmware.reasons import Reason, reason
from firmware.setup.base import wrong

HOLIDAYS = Path(__file__).with_name("holidays")
DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Clock = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class HoursError(UserError):
    """A schedule or calendar cannot be used; a sentence for each mistake."""


def minutes(clock: str) -> int:
    """'09:30' in minutes since midnight; '24:00' is 1440."""
    hours, mins = clock.split(":")
    return int(hours) * 60 + int(mins)


class Hours(Strict):
    """On these days from `begin` until before `end`, `entry` answers. `end` at or before `begin` is the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    begin: Clock
    end: Clock
    entry: Name

    @model_validator(mode="after")
    def _in_the_day(self) -> "Hours":
        if self.begin == "24:00":
            raise wrong("A day begins at 00:00, not at 24:00.", field="begin")
        return self

    @property
    def span(self) -> tuple[int, int]:
        """Begin and end in minutes of the day of its begin; past 1440 is the next day."""
        begin, end = minutes(self.begin), minutes(self.end)
        return begin, end if end > begin else end + DAY_MIN


class Promotion(Strict):
    """From `begin` until before `end`, `entry` answers, whatever the week and the holidays say."""

    begin: datetime
    end: datetime
    entry: Name

    @field_validator("begin", "end")
    @classmethod
    def _local(cls, moment: datetime) -> datetime:
        if moment.tzinfo is not None:
            raise ValueError("must be local time, without a time zone")
        return moment

    @model_validator(mode="after")
    def _some_time(self) -> "Promotion":
        if self.end <= self.begin:
            raise wrong(
                "It ends at {end}, which is not after its begin, {begin}.",
                field="end", end=f"{self.end:%Y-%m-%d %H:%M}", begin=f"{self.begin:%Y-%m-%d %H:%M}",
            )  # fmt: skip
        return self


class Schedule(Strict):
    """`otherwise` answers when nothing else does, `holiday` on holidays. A make-up day is worked like `make_up_as`."""

    hours: dict[Name, Hours] = Field(default_factory=dict)
    holiday: Name | None = None
    make_up_as: Day = "mon"
    promotions: dict[Name, Promotion] = Field(default_factory=dict)
    otherwise: Name

    @model_validator(mode="after")
    def _apart(self) -> "Schedule":
        week = sorted(
            (DAYS.index(day) * DAY_MIN + hours.span[0], DAYS.index(day) * DAY_MIN + hours.span[1], name, day)
            for name, hours in self.hours.items()
            for day in dict.fromkeys(hours.days)
        )
        again = [(begin + WEEK_MIN, end + WEEK_MIN, name, day) for begin, end, name, day in week[:1]]
        for before, after in zip(week, [*week[1:], *again], strict=False):
            if after[0] < before[1]:
                raise wrong(
                    "Hours overlap: {day} {times} and {other_day} {other_times}.",
                    field="hours", day=before[3], times=self._times(before[2]), other_day=after[3],
                    other_times=self._times(after[2]),
                )  # fmt: skip
        days = sorted((one.begin, one.end, name) for name, one in self.promotions.items())
        for first, second in pairwise(days):
            if second[0] < first[1]:
                raise wrong(
                    "{second} begins at {begin}, before {first} ends at {end}.",
                    field="promotions", second=second[2], begin=f"{second[0]:%Y-%m-%d %H:%M}", first=first[2],
                    end=f"{first[1]:%Y-%m-%d %H:%M}",
                )  # fmt: skip
        return self

    def _times(self, name: str) -> str:
        hours = self.hours[name]
        return f"{hours.begin}–{hours.end}"

    def entries(self) -> list[str]:
        """Everything that may answer."""
        found = [hours.entry for hours in self.hours.values()] + [one.entry for one in self.promotions.values()]
        return sorted({*found, self.otherwise, *([] if self.holiday is None else [self.holiday])})


class Calendar(Strict):
    """Holidays and make-up days by date. `years`: those it was made for; others have neither as far as it knows."""

    sources: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    holidays: dict[date, str] = Field(default_factory=dict)
    make_up: dict[date, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "Calendar":
        both = sorted(self.holidays.keys() & self.make_up.keys())
        if both:
            raise wrong("{day} is both a holiday and a make-up day.", field="make_up", day=str(both[0]))
        strange = sorted(day for day in (*self.holidays, *self.make_up) if day.year not in self.years)
        if strange:
            raise ValueError(f"{strange[0]} does not lie in years {', '.join(map(str, self.years)) or '(none)'}")
        return self

    def knows(self, day: date) -> bool:
        """Whether the calendar was made for this year: if not, somebody must enter it."""
        return day.year in self.years


@dataclass(frozen=True, slots=True)
class Answer:
    """`entry` answers; nothing changes before `until` (None: nothing ever changes by itself)."""

    entry: str
    why: Reason
    until: datetime | None


def which(schedule: Schedule, now: datetime, calendar: Calendar, switched: str | None = None) -> Answer:
    """Who answers at `now`: the night switch wins, then a promotion, then a holiday, then the week's hours."""
    if switched is not None:
        return Answer(switched, reason("switched", entry=switched), None)
    now = now.replace(tzinfo=None)
    entry, why = _now(schedule, now, calendar)
    return Answer(entry, why, _next_border(schedule, now))


def _now(schedule: Schedule, now: datetime, calendar: Calendar) -> tuple[str, Reason]:
    for name, promotion in schedule.promotions.items():
        if promotion.begin <= now < promotion.end:
            return promotion.entry, reason("promotion", name=name, until=f"{promotion.end:%Y-%m-%d %H:%M}")
    today = now.date()
    if schedule.holiday is not None and today in calendar.holidays:
        return schedule.holiday, reason("holiday", date=str(today), name=calendar.holidays[today])
    minute = now.hour * 60 + now.minute
    for day, at in ((today, minute), (today - timedelta(days=1), minute + DAY_MIN)):
        found = _of_day(schedule, day, at, calendar)
        if found is not None:
            return found
    return schedule.otherwise, reason("no_hours", day=DAYS[today.weekday()], time=f"{now:%H:%M}")


def _of_day(schedule: Schedule, day: date, at: int, calendar: Calendar) -> tuple[str, Reason] | None:
    """The hours begun on `day` that cover minute `at` of it. A holiday has none."""
    if schedule.holiday is not None and day in calendar.holidays:
        return None
    made_up = day in calendar.make_up
    worked_as = schedule.make_up_as if made_up else DAYS[day.weekday()]
    for name, hours in schedule.hours.items():
        begin, end = hours.span
        if worked_as in hours.days and begin <= at < end:
            if made_up:
                return hours.entry, reason("make_up_day", date=str(day), name=calendar.make_up[day])
            return hours.entry, reason("hours", name=name, day=worked_as, begin=hours.begin, end=hours.end)
    return None


def _next_border(schedule: Schedule, now: datetime) -> datetime:
    """The next moment at which anything begins or ends; midnight at the latest, as a holiday may begin."""
    midnight = datetime.combine(now.date(), time()) + timedelta(days=1)
    borders = [midnight]
    start = datetime.combine(now.date(), time())
    for hours in schedule.hours.values():
        borders += [start + timedelta(minutes=minute % DAY_MIN) for minute in hours.span]
    for promotion in schedule.promotions.values():
        borders += [promotion.begin, promotion.end]
    return min(border for border in borders if border > now)


def load_calendar(country: str, own: Path | None = None) -> Calendar:
    """The country's shipped calendar (empty if there is none), or the box's own file in its place. HoursError."""
    shipped = HOLIDAYS / f"{country}.toml"
    path = own if own is not None and own.exists() else shipped
    if not path.exists():
        return Calendar()
    try:
        return Calendar.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise HoursError(sentences(str(path), error)) from error
    except OSError as error:
        raise HoursError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise HoursError(f"{path}: not TOML: {error}") from error
