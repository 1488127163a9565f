"""What may be said over the box's socket: newline-delimited JSON, one message a line, UTF-8.

    page → box   {"id": 7, "intent": "training.call", "args": {"number": "13800138000"}}
    box → page   {"id": 7, "ok": true, "result": {...}}   or   {"id": 7, "ok": false, "error": "words"}
    box → page   {"push": "snapshot", "snapshot": {...}}  and, if asked for,  {"push": "event", "event": {...}}

`id` is the asker's own and comes back; what could not be read at all is answered with id null.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# A snapshot's parts belong to the catalogue: the page knows them from here, not from inside the box.
from firmware.live import STATES, Alarm, CallNow, Lamp, Snapshot

__all__ = [
    "INTENTS", "LINE_MAX", "PROTOCOL", "SOCKET", "STATES", "Alarm", "CallNow", "Lamp", "Message", "Nothing", "Refused",
    "Reply", "Request", "Snapshot", "Subscribe", "TrainingCall",
]  # fmt: skip

PROTOCOL = 1
LINE_MAX = 64 * 1024
SOCKET = "callboxd.sock"


class Message(BaseModel):
    """Unknown keys are errors: both ends are of one version, a typing mistake must be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Message):
    """No arguments."""


class Subscribe(Message):
    """A snapshot now, then one after each change, at most ten a second; `events` adds every event of the bus."""

    events: bool = False


class TrainingCall(Message):
    """An outside caller of the simulated card's exchange. `line` None: any idle one."""

    number: Annotated[str, Field(pattern=r"^[0-9]{0,20}$")] = "13800138000"
    name: Annotated[str, Field(max_length=15)] = ""
    line: Annotated[int, Field(ge=1, le=64)] | None = None
    script: Literal["demo"] = "demo"


INTENTS: dict[str, type[Message]] = {
    "hello": Nothing,
    "snapshot": Nothing,
    "subscribe": Subscribe,
    "counters": Nothing,
    "training.call": TrainingCall,
}


class Request(Message):
    """One intent."""

    id: int
    intent: str
    args: dict[str, Any] = {}


class Reply(Message):
    """The answer to one request. `error` is a sentence for people."""

    id: int | None
    ok: bool
    result: dict[str, Any] | None = None
    error: str | None = None


class Refused(Exception):
    """An intent's handler says no; the message is a sentence for people and goes to the asker."""
