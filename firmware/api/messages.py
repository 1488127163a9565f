"""What may be said over the box's socket: newline-delimited JSON, one message a line, UTF-8.

    page → box   {"id": 7, "intent": "training.call", "args": {"number": "13800138000"}}
    box → page   {"id": 7, "ok": true, "result": {...}}
            or   {"id": 7, "ok": false, "error": "words", "code": "", "holes": {}}
    box → page   {"push": "snapshot", "snapshot": {...}}  and, if asked for,  {"push": "event", "event": {...}}

`id` is the asker's own and comes back; what could not be read at all is answered with id null.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from firmware.api.agents import AGENTS
from firmware.api.customers import CUSTOMERS
from firmware.api.doctor import DOCTOR
from firmware.api.flows import FLOWS
from firmware.api.keeping import BACKUPS
from firmware.api.message import Message
from firmware.api.owed import OWED
from firmware.api.prompts import PROMPTS
from firmware.api.switching import SWITCHING
from firmware.errors import UserError

# A snapshot's parts belong to the catalogue: the page knows them from here, not from inside the box.
from firmware.snapshot import STATES, AgentNow, Alarm, CallNow, Done, Lamp, Snapshot, Tried

__all__ = [
    "BUSY", "INTENTS", "LINE_MAX", "PROTOCOL", "SOCKET", "STATES", "AgentNow", "Alarm", "BoxRestart", "CallMark",
    "CallNow", "CallRecordIntent", "Counters", "Done", "Lamp", "Message", "Nothing", "Refused", "Reply", "Request",
    "SetupChanged", "Snapshot", "Subscribe", "TrainingCall", "Tried",
]  # fmt: skip

PROTOCOL = 1
LINE_MAX = 1024 * 1024  # bytes of a message to the box: a flow of a thousand nodes
SOCKET = "callboxd.sock"
BUSY = "busy"  # the code of what a box refuses as somebody is on the line; also a self-call's `why`


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


class CallRecordIntent(Message):
    """Pauses a running call's recording, as for payment data, or resumes it: silence is recorded meanwhile."""

    call: Annotated[str, Field(min_length=1, max_length=64)]
    action: Literal["pause", "resume"]


class SetupChanged(Message):
    """The page wrote `section` of the setup: the box goes by it from the next call on. `who` did it."""

    section: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    who: Annotated[str, Field(max_length=64)] = ""


class CallMark(Message):
    """Marks a call's recording, so that the retention leaves it, or takes the mark off."""

    call: Annotated[str, Field(min_length=1, max_length=64)]
    marked: bool = True


class BoxRestart(Message):
    """The box stops properly and starts again, with its settings read anew and a restored backup taken: as soon as no
    call is under way, or at once."""

    when: Literal["idle", "now"] = "idle"


INTENTS: dict[str, type[Message]] = {
    "hello": Nothing,
    "snapshot": Nothing,
    "subscribe": Subscribe,
    "counters": Nothing,
    "training.call": TrainingCall,
    "call.record": CallRecordIntent,
    "call.mark": CallMark,
    "fuse.quiet": Nothing,
    "panel.silence": Nothing,
    "panel.state": Nothing,
    "panel.test": Nothing,
    "selfcall.make": Nothing,
    "sound.state": Nothing,
    "box.restart": BoxRestart,
    "setup.changed": SetupChanged,
    **AGENTS,
    **BACKUPS,
    **CUSTOMERS,
    **DOCTOR,
    **OWED,
    **PROMPTS,
    **SWITCHING,
    **FLOWS,
}


class Counters(BaseModel):
    """The answer to `counters`: what was done, late or lost since `since` (seconds since the epoch), by part.

    `box` and `far` are the counters of both cores (drivers/linecard.h, struct lc_counters), `far` only of a
    simulated card; `store` and `api` those of the writer and of this socket; `smdr` of the calls' printer;
    `sound` of the box's own sockets: `line_in` the music on hold from outside, a station's number its headset there.
    `fifo`, `locked`: whether real-time priority and locked memory were permitted to the media thread.
    """

    since: float
    version: str = ""
    tick_ms: int = 10
    lines: int = 0
    fifo: bool = False
    locked: bool = False
    box: dict[str, int] = {}
    far: dict[str, int] | None = None
    store: dict[str, int] = {}
    api: dict[str, int] = {}
    subscriber_errors: int = 0
    setup_errors: int = 0
    smdr: dict[str, int] = {}
    sound: dict[str, dict[str, int]] = {}


class Request(Message):
    """One intent."""

    id: int
    intent: str
    args: dict[str, Any] = Field(default_factory=dict)


class Reply(Message):
    """The answer to one request. `error` is a sentence for people, `code` a name for it where it has one, `holes`
    what a sentence of that code names."""

    id: int | None
    ok: bool
    result: dict[str, Any] | None = None
    error: str | None = None
    code: str | None = None
    holes: dict[str, Any] | None = None


class Refused(UserError):
    """An intent's handler says no; the message is a sentence for people and goes to the asker, and so do its code and
    what a sentence of that code names."""
