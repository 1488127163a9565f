"""The same facts for programs: /api/v1, described at /api/v1/openapi.json."""

from typing import Any

from apiflask import APIBlueprint, FileSchema
from flask import current_app, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from firmware.api.messages import Counters, Snapshot, TrainingCall
from webui import followup
from webui.control import ask
from webui.events import EventQuery, stream
from webui.health import examine
from webui.pop import pop_url
from webui.problems import RestError, told
from webui.story import tell
from webui.translate import _
from webui.wanted import CallFilter, visible

bp = APIBlueprint("rest", __name__, url_prefix="/api/v1", tag="callbox")


class CallOut(BaseModel):
    """One call done. Times are seconds since the Unix epoch, `*_s` seconds, `recording_ms` ms."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    direction: str
    line: int | None
    station: str | None
    agent: str | None
    queue: str | None
    number: str | None
    name: str | None
    withheld: str | None
    started: float
    answered: float | None
    queued: float | None
    connected: float | None
    ended: float | None
    wait_s: float | None
    talk_s: float | None
    result: str | None
    end_side: str | None
    end_cue: str | None
    recording: str | None
    recording_ms: int | None
    recording_error: str | None
    recording_removed: str | None
    paused_s: float | None
    marked: bool
    recovered: bool


class EventOut(BaseModel):
    """One line of the event log."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: float
    kind: str
    line: int | None
    station: str | None
    data: dict[str, Any]


class ToldOut(BaseModel):
    """One sentence of the call's story, in the language asked for; `after` is seconds since its beginning."""

    at: float
    after: float
    words: str


class CallDetail(CallOut):
    """With everything that happened in it, as it was logged and in words. `pop`: where another program shows who
    called (Setup, Screen pop); null if there is none."""

    events: list[EventOut]
    told: list[ToldOut]
    pop: str | None


class CallPage(BaseModel):
    """Newest first. `more`: there are more than `total`, which was all that was counted."""

    calls: list[CallOut]
    page: int
    pages: int
    total: int
    more: bool


class CallQuery(CallFilter):
    """Which calls, and which page of them."""

    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(20, ge=1, le=100)


class State(BaseModel):
    """`away_since`: the box does not answer since then, and `snapshot` is what it said last."""

    away_since: float | None
    snapshot: Snapshot | None


class Loss(BaseModel):
    """A counter that is not zero: its part and name, and what it means in the language asked for."""

    part: str
    name: str
    value: int
    what: str
    means: str
    advice: str


class DiskOut(BaseModel):
    """Of the data directory, bytes; `hours` of recordings still fit."""

    free: int
    total: int
    hours: int
    short: bool


class HealthOut(BaseModel):
    """`well`: the box answers and nothing was lost or late. `counters` null: it does not answer."""

    well: bool
    now: float
    counters: Counters | None
    page_breaks: int
    lost: list[Loss]
    disk: DiskOut | None
    versions: dict[str, str]


class MessageOut(BaseModel):
    """A message in a voicemail box; its sound is at /messages/{box}/{id}.wav. `at`: seconds since the Unix epoch."""

    id: str
    box: str
    call: str
    number: str
    name: str
    at: float
    ms: int
    heard: bool
    mailed: bool
    recovered: bool


class MessagesOut(BaseModel):
    """Box by box, the newest first."""

    messages: list[MessageOut]


class DebtOut(BaseModel):
    """Somebody who is owed a call: missed, or to be called back. Times are seconds since the Unix epoch."""

    id: str
    kind: str
    number: str | None
    name: str | None
    queue: str | None
    first: float
    last: float
    calls: int
    tries: int
    next_at: float


class OwedOut(BaseModel):
    """Callbacks first, then whoever called last."""

    owed: list[DebtOut]


class Asked(BaseModel):
    """What the box answered; what comes of it is told by its state."""

    line: int | None = None


@bp.get("/state")
@bp.output(State)
@bp.doc(responses=[401, 403, 429])
def state() -> State:
    """Lamps, calls now, counters, alarms."""
    hub = current_app.extensions["callbox"].hub
    return State(away_since=hub.away_since, snapshot=hub.snapshot)


@bp.get("/health")
@bp.output(HealthOut)
@bp.doc(responses=[401, 403, 429])
def health() -> HealthOut:
    """What was lost or late since the box runs, and what that means."""
    found = examine()
    disk = None
    if found.disk is not None:
        disk = DiskOut(free=found.disk.free, total=found.disk.total, hours=found.disk.hours, short=found.disk.short)
    lost = [
        Loss(
            part=figure.part, name=figure.counted.name, value=figure.value, what=str(figure.counted.what),
            means=figure.means, advice=figure.advice,
        )
        for figure in found.lost
    ]  # fmt: skip
    return HealthOut(
        well=found.counters is not None and not lost, now=found.now, counters=found.counters, lost=lost, disk=disk,
        page_breaks=current_app.extensions["callbox"].hub.breaks, versions=found.versions,
    )  # fmt: skip


@bp.get("/calls")
@bp.input(CallQuery, location="query")
@bp.output(CallPage)
@bp.doc(responses=[401, 403, 429])
def calls(query_data: CallQuery) -> CallPage:
    """Calls done."""
    found = current_app.extensions["callbox"].records.find(query_data.wanted(), query_data.page, query_data.size)
    return CallPage(
        calls=[CallOut.model_validate(record) for record in found.items],
        page=found.page, pages=found.pages, total=found.total, more=found.more,
    )  # fmt: skip


@bp.get("/calls/<call>")
@bp.output(CallDetail)
@bp.doc(responses=[401, 403, 404, 429])
def one_call(call: str) -> CallDetail:
    """One call with its events; the recording itself is at /calls/{call}/recording."""
    records = current_app.extensions["callbox"].records
    record = records.get(call)
    if record is None or not visible(record):
        raise RestError(404, _("There is no such call."))
    events = records.events(call)
    return CallDetail(
        **CallOut.model_validate(record).model_dump(),
        events=[EventOut.model_validate(event) for event in events],
        pop=pop_url(record),
        told=[ToldOut(at=one.at, after=one.after, words=one.words.striptags()) for one in tell(record, events, "")],
    )


@bp.get("/messages")
@bp.output(MessagesOut)
@bp.doc(responses=[401, 403, 503])
def messages() -> MessagesOut:
    """Messages of voicemail boxes; control/voicemail.heard and control/voicemail.remove change them."""
    found = followup.boxes()
    if found is None:
        raise RestError(503, _("The box does not answer, so nothing was asked."))
    return MessagesOut(messages=[MessageOut(**one) for box in found for one in box.messages])


@bp.get("/owed")
@bp.output(OwedOut)
@bp.doc(responses=[401, 403, 503])
def owed() -> OwedOut:
    """Who is owed a call. Called and taken off by control/owed.call and control/owed.close."""
    found = followup.debts()
    if found is None:
        raise RestError(503, _("The box does not answer, so nothing was asked."))
    return OwedOut(owed=[DebtOut.model_validate(one) for one in found])


@bp.get("/events")
@bp.input(EventQuery, location="query")
@bp.output(FileSchema(), content_type="text/event-stream")
@bp.doc(responses=[401, 403, 429])
def events(query_data: EventQuery) -> ResponseReturnValue:
    """Server-sent events: each event of the log as it is stored, `id` its number, `event` its kind, `data` as JSON.

    It begins behind the event of the header Last-Event-ID or of `after`, else with the next that happens. Nothing is
    left out on the way: whoever comes again with the last id that he saw goes on from there.
    """
    return stream(query_data)


@bp.post("/training/calls")
@bp.input(TrainingCall, location="json")
@bp.output(Asked, status_code=202)
@bp.doc(responses=[400, 401, 403, 409, 413, 429, 503])
def training_call(json_data: TrainingCall) -> Asked:
    """Sends in an outside caller on the simulated card."""
    return Asked(line=ask("training.call", json_data.model_dump()).get("line"))


bp.register_error_handler(RestError, told)


def asks_for_json() -> bool:
    """Errors below /api/ are JSON, and those of a page's script that sends JSON."""
    return request.path.startswith("/api/") or request.is_json
