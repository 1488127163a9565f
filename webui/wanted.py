"""Which calls somebody asks for, from the query of an address; and which of them he may see."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from flask import current_app
from flask_login import current_user
from pydantic import BaseModel, Field

from firmware.people import People, Person
from firmware.store.models import CallRecord
from firmware.store.records import Wanted

# Fields of the page's form that are no fields of the filter: days, times of day, minutes.
TYPED = ("from", "from_time", "to", "to_time", "talk", "talk_to")

Text = Annotated[str, Field(max_length=64)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class CallFilter(BaseModel):
    """`search`: part of a number or of a name. `since`, `until`: seconds since the Unix epoch. `agent`: his number, or
    the station's if nobody had signed in there. `talk_least`, `talk_most`: seconds."""

    search: Text = ""
    since: float | None = None
    until: float | None = None
    agent: Text = ""
    queue: Text = ""
    line: Annotated[int, Field(ge=1, le=64)] | None = None
    station: Text = ""
    direction: Literal["", "inbound", "inside", "outbound", "selfcall"] = ""
    result: Literal["", "answered", "abandoned", "failed"] = ""
    talk_least: Seconds | None = None
    talk_most: Seconds | None = None
    recorded: bool | None = None
    marked: bool | None = None

    def wanted(self) -> Wanted:
        """For the store: what was asked for, of what whoever asks may see."""
        fields = {name: getattr(self, name) for name in CallFilter.model_fields if name != "agent"}
        return Wanted(**fields, agents=_both(numbers(), self.agent))


def numbers() -> tuple[str, ...] | None:
    """Whose calls whoever asks may see, as agents' numbers; None: everybody's."""
    me: Person | None = getattr(current_user, "person", None)
    if me is None:  # a program: its scopes say whether it may see calls at all
        return None
    people: People = current_app.extensions["callbox"].people()
    match me.scope:
        case "all":
            return None
        case "group":
            return tuple(one.number for one in people.group_of(me))
    return (me.number,)


def visible(record: CallRecord) -> bool:
    """Whether whoever asks may see this call."""
    allowed = numbers()
    return allowed is None or record.agent in allowed


def _both(allowed: tuple[str, ...] | None, asked: str) -> tuple[str, ...] | None:
    if not asked:
        return allowed
    return (asked,) if allowed is None or asked in allowed else ()


def from_form(args: Any) -> tuple[CallFilter, dict[str, str]]:
    """The filter of the page's form; what cannot be read counts as empty. Also the fields as they were typed."""
    typed = {name: str(args.get(name, ""))[:64].strip() for name in (*CallFilter.model_fields, *TYPED)}
    fields: dict[str, Any] = {
        "search": typed["search"], "agent": typed["agent"], "queue": typed["queue"], "station": typed["station"],
        "since": _moment(typed["from"], typed["from_time"], 0), "until": _moment(typed["to"], typed["to_time"], 1),
        "line": int(typed["line"]) if _small(typed["line"]) and 1 <= int(typed["line"]) <= 64 else None,
        "direction": typed["direction"] if typed["direction"] in ("inbound", "inside", "outbound", "selfcall") else "",
        "result": typed["result"] if typed["result"] in ("answered", "abandoned", "failed") else "",
        "talk_least": _length(typed["talk"]), "talk_most": _length(typed["talk_to"]),
        "marked": True if typed["marked"] else None,
    }  # fmt: skip
    return CallFilter(**fields), {name: value for name, value in typed.items() if value}


def _small(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 4


def _length(typed: str) -> float | None:
    """Minutes, or minutes:seconds, as seconds."""
    minutes, _colon, seconds = typed.replace("：", ":").partition(":")
    if not _small(minutes) or (seconds and not (_small(seconds) and int(seconds) < 60)):
        return None
    return min(86_400, 60 * int(minutes) + int(seconds or 0))


def _moment(day: str, clock: str, beyond: int) -> float | None:
    """As the box's clock has it: the beginning of the day or of its minute, or with `beyond` 1 the end of it, so that
    what was typed belongs to it. A time without a day is today's."""
    try:
        minute = time.fromisoformat(clock).replace(second=0, microsecond=0, tzinfo=None) if clock else None
    except ValueError:
        minute = None
    try:
        date_ = date.fromisoformat(day) if day else None if minute is None else datetime.now().astimezone().date()
        if date_ is None:
            return None
        # The zone is asked behind the sum: a day on which clocks are changed is not 24 hours long.
        begun = datetime.combine(date_, minute or time())
        step = timedelta(0) if not beyond else timedelta(days=1) if minute is None else timedelta(minutes=1)
        return (begun + step).astimezone().timestamp()
    except (ValueError, OverflowError):
        return None
