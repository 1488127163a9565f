"""Opening hours as people say them: Monday to Friday 9:00 to 18:00, lunch 12:00 to 13:30.

A row stands for up to three of the model's hours, which are told by their names: “shop” until lunch, “shop-later” after
it, “shop-pause” for what answers during it, if anything does. Pure, but for words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from webui.setup.control import Control
from webui.setup.shapes import Shape
from webui.translate import _, _l

Values = dict[str, Any]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_WORDS: dict[str, Any] = {
    "mon": _l("Mon"), "tue": _l("Tue"), "wed": _l("Wed"), "thu": _l("Thu"), "fri": _l("Fri"), "sat": _l("Sat"),
    "sun": _l("Sun"),
}  # fmt: skip
LATER, PAUSE = "-later", "-pause"
DAY_MIN = 24 * 60
MOST = 60  # rows


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a day on the picture, in minutes; `colour` 0 to 5, the same for the same entry."""

    begin: int
    length: int
    colour: int


@dataclass(frozen=True, slots=True)
class DayLine:
    """Days that are alike: their names, the bars, and the hours in words (none: closed all day)."""

    days: str
    bars: tuple[Bar, ...]
    hours: tuple[tuple[str, str, int], ...]


# -- rows -----------------------------------------------------------------------------------------------------


def rows_of(hours: Values) -> list[tuple[str, Values]]:
    """The hours as rows: name, and days, begin, pause, resume, end, entry, pause_entry."""
    found = []
    for name, one in hours.items():
        base = next((name.removesuffix(tail) for tail in (LATER, PAUSE) if name.endswith(tail)), "")
        if base in hours and _goes_with(hours[base], one, hours.get(base + LATER), name.endswith(PAUSE)):
            continue
        row = {field: one.get(field) for field in ("days", "begin", "end", "entry")}
        later, pause = hours.get(name + LATER), hours.get(name + PAUSE)
        if later is not None and _goes_with(one, later, later, False):
            row |= {"pause": one.get("end"), "resume": later.get("begin"), "end": later.get("end")}
            if pause is not None and _goes_with(one, pause, later, True):
                row["pause_entry"] = pause.get("entry")
        found.append((name, row))
    return found


def _goes_with(first: Values, other: Values, later: Values | None, pause: bool) -> bool:
    if first.get("days") != other.get("days"):
        return False
    if not pause:
        return bool(first.get("entry") == other.get("entry"))
    return later is not None and (other.get("begin"), other.get("end")) == (first.get("end"), later.get("begin"))


def hours_of(name: str, row: Values) -> Values:
    """The other way round: one row as the model's hours."""
    same = {"days": row.get("days") or [], "entry": row.get("entry")}
    pause, resume = row.get("pause") or "", row.get("resume") or ""
    if not pause and not resume:
        return {name: same | {"begin": row.get("begin"), "end": row.get("end")}}
    found = {
        name: same | {"begin": row.get("begin"), "end": pause},
        name + LATER: same | {"begin": resume, "end": row.get("end")},
    }
    if row.get("pause_entry"):
        found[name + PAUSE] = same | {"begin": pause, "end": resume, "entry": row["pause_entry"]}
    return found


def ordered(hours: Values) -> Values:
    """By the first day, then by the time of day."""

    def place(row: tuple[str, Values]) -> tuple[int, str]:
        days = [DAYS.index(day) for day in row[1].get("days") or () if day in DAYS]
        return min(days, default=len(DAYS)), str(row[1].get("begin"))

    return {name: one for base, row in sorted(rows_of(hours), key=place) for name, one in hours_of(base, row).items()}


def read(form: Any, at: str) -> Values:
    """The hours that were typed."""
    start = f"{at}."
    indexes = {key[len(start) :].partition(".")[0] for key in form if key.startswith(start)}
    hours: Values = {}
    for index in sorted(int(one) for one in indexes if one.isascii() and one.isdecimal() and len(one) <= 4)[:MOST]:
        here = f"{start}{index}."
        texts = ("begin", "pause", "resume", "end", "entry", "pause_entry")
        row: Values = {name: str(form.get(here + name, "")).strip() for name in texts}
        row["days"] = [day for day in form.getlist(f"{here}days") if day in DAYS]
        name = str(form.get(f"{here}@", "")).strip()
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,25}", name) or name in hours:
            name = fresh(hours)
        hours |= hours_of(name, row)
    return hours


def fresh(hours: Values) -> str:
    """A name that no row has."""
    return next(name for name in (f"hours-{number}" for number in range(1, 1000)) if name not in hours)


def rearranged(hours: Values, what: str, index: int | None) -> Values:
    """A row more or less, after a button."""
    rows = rows_of(hours)
    if what == "add" and len(rows) < MOST:
        taken = {day for _name, row in rows for day in row.get("days") or ()}
        days = [day for day in DAYS if day not in taken] or list(DAYS)
        like: Values = rows[-1][1] if rows else {"begin": "09:00", "end": "18:00", "entry": "main"}
        begun = {"days": days, "begin": like.get("begin"), "end": like.get("end"), "entry": like.get("entry")}
        rows.append((fresh(hours), begun))
    elif what == "drop" and index is not None:
        del rows[index]
    elif what == "up" and index:
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
    return {name: one for base, row in rows for name, one in hours_of(base, row).items()}


# -- shown ----------------------------------------------------------------------------------------------------


def fill(made: Control, hours: Values, entries: list[tuple[str, str]], errors: dict[str, str], where: str) -> None:
    """The control's rows, and the picture of the week."""
    for index, (name, row) in enumerate(rows_of(hours)):
        at = f"{made.name}.{index}"
        one = Control(at, "group", name, "", row, shape=made.shape)
        one.error = next((errors[path] for path in errors if _is_of(path, f"{where}.{name}")), "")
        one.fields = [_field(at, field, row, entries) for field in FIELDS]
        made.rows.append(one)
    made.picture = picture(hours, dict(entries))


def _is_of(path: str, base: str) -> bool:
    return any(path == f"{base}{tail}" or path.startswith(f"{base}{tail}.") for tail in ("", LATER, PAUSE))


FIELDS: dict[str, tuple[Any, str]] = {
    "days": (_l("Days"), "multi"),
    "begin": (_l("from"), "time"),
    "end": (_l("to"), "time"),
    "pause": (_l("break from"), "time"),
    "resume": (_l("break to"), "time"),
    "entry": (_l("Who answers"), "choice"),
    "pause_entry": (_l("In the break"), "choice"),
}


def _field(at: str, name: str, row: Values, entries: list[tuple[str, str]]) -> Control:
    label, kind = FIELDS[name]
    made = Control(f"{at}.{name}", kind, str(label), "", row.get(name), shape=Shape("text"), quiet=True)  # type: ignore[arg-type]
    if name == "days":
        made.choices = [(day, str(word)) for day, word in DAY_WORDS.items()]
        made.value = row.get(name) or []
    elif kind == "choice":
        known = {value for value, _word in entries}
        chosen = row.get(name) or ""
        made.choices = [*entries, *([(chosen, _("%(name)s (not there)", name=chosen))] * (chosen not in known | {""}))]
        if name == "pause_entry":
            made.choices = [("", _("as outside these hours")), *made.choices]
    elif row.get(name) == "24:00":
        made.value = "00:00"
    return made


def picture(hours: Values, words: dict[str, str]) -> list[DayLine]:
    """Days that are alike beside each other in one line; what cannot be drawn yet is left out."""
    by_day: dict[str, list[tuple[int, int, str]]] = {day: [] for day in DAYS}
    colours: dict[str, int] = {}
    for one in hours.values():
        begin, end = _minutes(one.get("begin")), _minutes(one.get("end"))
        if begin is None or end is None or not one.get("entry"):
            continue
        colours.setdefault(str(one["entry"]), len(colours) % 6)
        for day in one.get("days") or ():
            if day in by_day:
                by_day[day].append((begin, end if end > begin else end + DAY_MIN, str(one["entry"])))
    lines: list[tuple[list[str], list[tuple[int, int, str]]]] = []
    for day, spans in by_day.items():
        spans.sort()
        if lines and lines[-1][1] == spans:
            lines[-1][0].append(day)
        else:
            lines.append(([day], spans))
    return [
        DayLine(
            days_in_words(days),
            tuple(_bars(spans, colours)),
            tuple((f"{_clock(b)}–{_clock(e)}", words.get(entry, entry), colours[entry]) for b, e, entry in spans),
        )
        for days, spans in lines
    ]


def _bars(spans: Iterable[tuple[int, int, str]], colours: dict[str, int]) -> Iterable[Bar]:
    for begin, end, entry in spans:
        yield Bar(begin, min(end, DAY_MIN) - begin, colours[entry])
        if end > DAY_MIN:
            yield Bar(0, end - DAY_MIN, colours[entry])


def days_in_words(days: Iterable[str]) -> str:
    """Mon–Fri, Sun."""
    runs: list[list[int]] = []
    for index in sorted(DAYS.index(day) for day in days):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    words = [str(word) for word in DAY_WORDS.values()]
    told = [
        words[run[0]] if len(run) == 1 else _("%(first)s to %(last)s", first=words[run[0]], last=words[run[-1]])
        for run in runs
    ]
    return _(", ").join(told)


def _minutes(clock: Any) -> int | None:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", str(clock or ""))
    return int(match[1]) * 60 + int(match[2]) if match else None


def _clock(minute: int) -> str:
    minute = minute if minute == DAY_MIN else minute % DAY_MIN
    return f"{minute // 60}:{minute % 60:02}"
