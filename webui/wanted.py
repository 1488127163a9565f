"""Which calls somebody asks for, from the query of an address; and which of them he may see."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from flask import current_app
from flask_login import current_user
from pydantic import BaseModel, Field

from firmware.people import People, Person
from firmware.store.models import CallRecord
from firmware.store.records import Wanted

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
    typed = {name: str(args.get(name, ""))[:64].strip() for name in (*CallFilter.model_fields, "from", "to", "talk")}
    fields: dict[str, Any] = {
        "search": typed["search"], "agent": typed["agent"], "queue": typed["queue"], "station": typed["station"],
        "since": _midnight(typed["from"], 0), "until": _midnight(typed["to"], 1),
        "line": int(typed["line"]) if _small(typed["line"]) and 1 <= int(typed["line"]) <= 64 else None,
        "direction": typed["direction"] if typed["direction"] in ("inbound", "inside", "outbound", "selfcall") else "",
        "result": typed["result"] if typed["result"] in ("answered", "abandoned", "failed") else "",
        "talk_least": min(86_400, 60 * int(typed["talk"])) if _small(typed["talk"]) else None,
        "marked": True if typed["marked"] else None,
    }  # fmt: skip
    return CallFilter(**fields), {name: value for name, value in typed.items() if value}


def _small(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 4


def _midnight(typed: str, days: int) -> float | None:
    """The first moment of a day as the box's clock has it, so many days later."""
    try:
        return datetime.combine(date.fromisoformat(typed) + timedelta(days), time()).astimezone().timestamp()
    except (ValueError, OverflowError):
        return None
