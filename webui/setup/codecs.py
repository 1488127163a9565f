"""Values that people write as text: how they are shown, and read again. What cannot be read stays as it was typed, so
that the model refuses it and the form shows it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

LONGEST = 400  # days in one line
DAYS = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:–|—|-|~|～|至|到|to)\s*(\d{4}-\d{1,2}-\d{1,2}))?(?:\s+(.*))?")


@dataclass(frozen=True, slots=True)
class Codec:
    """`rows`: of the field; 1 is a single line."""

    show: Callable[[Any], str]
    read: Callable[[str], Any]
    rows: int = 3


def _show_days(value: Any) -> str:
    """2026-10-01 – 2026-10-07 国庆节: neighbours of one name are one line."""
    lines, known = [], []
    for day, name in (value or {}).items():
        try:
            known.append((date.fromisoformat(str(day)), str(name)))
        except ValueError:
            lines.append(f"{day} {name}".strip())
    known.sort()
    for _start, group in groupby(enumerate(known), key=lambda one: (one[1][0] - timedelta(one[0]), one[1][1])):
        days = [day for _index, day in group]
        first, last, name = days[0][0], days[-1][0], days[0][1]
        lines.append(f"{first} {name}".strip() if first == last else f"{first} – {last} {name}".strip())
    return "\n".join(lines)


def _read_days(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines(text):
        match = DAYS.fullmatch(line)
        days = None if match is None else _days(match[1], match[2] or match[1])
        if match is None or days is None:
            found[line] = ""
            continue
        found |= {str(day): (match[3] or "").strip() for day in days}
    return found


def _days(first: str, last: str) -> list[date] | None:
    try:
        one, other = (date(*(int(part) for part in text.split("-"))) for text in (first, last))
    except ValueError:
        return None
    count = (other - one).days + 1
    return [one + timedelta(days) for days in range(count)] if 0 < count <= LONGEST else None


def _show_tones(value: Any) -> str:
    """440 500 500: Hz, then on and off times in ms."""
    return "\n".join(
        " ".join(str(one) for one in (tone.get("hz", ""), *tone.get("ms", ()))) if isinstance(tone, dict) else str(tone)
        for tone in value or ()
    )


def _read_tones(text: str) -> list[dict[str, Any]]:
    rows = [re.split(r"[^\w.]+", line) for line in _lines(text)]
    return [{"hz": row[0], "ms": row[1:]} for row in rows]


def _show_order(value: Any) -> str:
    return " ".join(str(one) for one in value or ())


def _read_order(text: str) -> list[str]:
    return [one for one in re.split(r"[\s,，、;]+", text) if one]


def _lines(text: str) -> Iterable[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


CODECS: Final[dict[str, Codec]] = {
    "days": Codec(_show_days, _read_days, rows=8),
    "tones": Codec(_show_tones, _read_tones, rows=1),
    "order": Codec(_show_order, _read_order, rows=1),
}
