"""What validation found wrong, in the words of the page."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from firmware.setup.base import Problem
from webui.setup.week import DAY_WORDS
from webui.translate import _, _l

# By pydantic's type of error; {names} come from its context.
SENTENCES: dict[str, Any] = {
    "missing": _l("This is needed."),
    "extra_forbidden": _l("This is not known here."),
    "string_too_short": _l("At least {min_length} characters."),
    "string_too_long": _l("At most {max_length} characters."),
    "too_short": _l("At least {min_length}."),
    "too_long": _l("At most {max_length}."),
    "greater_than_equal": _l("{ge} or more."),
    "greater_than": _l("More than {gt}."),
    "less_than_equal": _l("{le} or less."),
    "less_than": _l("Less than {lt}."),
    "int_parsing": _l("A whole number."),
    "int_from_float": _l("A whole number."),
    "int_type": _l("A whole number."),
    "float_parsing": _l("A number."),
    "float_type": _l("A number."),
    "literal_error": _l("Choose one."),
    "union_tag_invalid": _l("Choose one."),
    "union_tag_not_found": _l("Choose one."),
    "time_parsing": _l("A time of day, such as 17:30."),
    "time_type": _l("A time of day, such as 17:30."),
    "date_parsing": _l("A date, such as 2026-05-01."),
    "date_from_datetime_parsing": _l("A date, such as 2026-05-01."),
    "datetime_parsing": _l("A date and a time of day."),
    "datetime_from_date_parsing": _l("A date and a time of day."),
    "datetime_type": _l("A date and a time of day."),
    "date_type": _l("A date, such as 2026-05-01."),
}
# Instead of a pattern, what it means.
PATTERNS: dict[str, Any] = {
    "^[0-9]{3,6}$": _l("3 to 6 digits."),
    "^[0-9]{2,6}$": _l("2 to 6 digits."),
    r"^[a-z0-9][a-z0-9_-]{0,31}$": _l("Small letters, digits, - and _, without spaces; at most 32."),
    r"^[a-z][a-z0-9_-]{0,31}$": _l("A small letter first, then small letters, digits, - and _; at most 32."),
    r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$": _l("An address such as wang@example.com."),
    r"^\+?[0-9*#]{1,24}$": _l("A telephone number: digits, * and #."),
    r"^$|^\+?[0-9]{3,19}$": _l("A telephone number: digits, perhaps + in front."),
    r"^https?://[^\s/]+(/\S*)?$": _l("An address such as https://crm.example.com/calls."),
    r"^$|^https?://\S+$": _l("An address such as https://crm.example.com/calls."),
    r"^([a-z]+\.)?(\*|[a-z_]+)$": _l("Events such as call.ended or call.*."),
    "^[0-9*#]$": _l("One key: 0 to 9, * or #."),
    r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$": _l("A time of day, such as 17:30."),
    r"^[0-9*#A-D,w!]{0,32}$": _l("Digits, * and #; a comma is a pause, w waits for dial tone."),
    "^[0-9]{3,12}$": _l("3 to 12 digits."),
    r"^\+?[0-9]{1,20}\*?$": _l("A number, or its beginning with * behind it: 13800138000 or 0951*."),
    r"^\+?[0-9]{1,15}$": _l("The beginning of a number: digits only."),
    r"^(\d{4,8})?$": _l("4 to 8 digits."),
    r"^\d{0,6}$": _l("At most 6 digits."),
    r"^\d{1,2}$": _l("1 or 2 digits."),
    r"^[0-9]{1,2}$": _l("1 or 2 digits."),
    r"^[1-9][0-9]?$": _l("The number of a line."),
    r"^[1-9][0-9]{0,2}$": _l("The number of a line."),
    r"^[^\s/]*$": _l("A name such as smtp.example.com, without spaces."),
    r"^[A-Za-z0-9.:-]{1,253}$": _l("A name or an address, such as 192.168.1.20."),
    r"^(/dev/|loop://)": _l("A serial port, such as /dev/ttyUSB0."),
    r"^[A-Za-z][A-Za-z0-9_]*(:[A-Za-z0-9_=,.+-]+)?$": _l(
        "A name that ALSA gives a socket, such as plughw:CARD=PCH,DEV=0. Plug it in and choose it; aplay -L and "
        "arecord -L list all."
    ),
    "^/dev/gpiochip[0-9]+$": _l("A chip, such as /dev/gpiochip0."),
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$": _l("Small letters, digits and - between them; at most 63."),
    r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$": _l("A name or an address, such as 192.168.1.20."),
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": _l("An address such as wang@example.com."),
}


def sentence(error: ErrorDetails) -> str:
    """One fault, for the field it belongs to."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "said":
        return said(str(context["text"]), context)
    if kind == "string_too_short" and not str(error["input"]).strip():
        return _("This is needed.")
    if kind == "string_pattern_mismatch":
        if not error["input"]:
            return _("This is needed.")
        return str(PATTERNS.get(str(context.get("pattern")), _("It must not look like this.")))
    if kind in SENTENCES:
        shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
        return str(SENTENCES[kind]).format(**shown)
    return error["msg"].removeprefix("Value error, ")


def said(text: str, args: dict[str, Any]) -> str:
    """A sentence that a room wrote, in the page's language, with the days that it names."""
    return _(text).format(**{name: DAY_WORDS.get(str(value), value) for name, value in args.items()})


def problem(found: Problem) -> str:
    """What does not fit together across sections."""
    return said(found.text, found.args)


def by_path(errors: Iterable[ErrorDetails], skip: int = 0) -> dict[str, str]:
    """The first fault at each place: its path with dots, without its first `skip` names. What belongs to no place is
    at the empty path, unless it names a field."""
    found: dict[str, str] = {}
    for error in errors:
        names = [str(name) for name in error["loc"][skip:] if name != "[key]"]
        if error["type"] == "said" and (field := error.get("ctx", {}).get("field")):
            names = [*names, str(field)]
        found.setdefault(".".join(names), sentence(error))
    return found
