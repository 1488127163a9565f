"""The first screen: sixteen lamps, calls now, the newest calls done; kept true by one event stream."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Lamp, Refused, Snapshot
from firmware.store.records import Records, Wanted
from webui.desk_asks import refusal
from webui.desk_view import look
from webui.hub import Hub
from webui.security import address, may, still_here, who
from webui.translate import _, language
from webui.wanted import numbers
from webui.words import sentence

bp = Blueprint("live", __name__)
HEARTBEAT_S = 15.0
NEWEST = 12
LEADING = {
    "listen": "desk.listen", "whisper": "desk.listen", "barge": "desk.listen", "take_over": "desk.take_over",
    "release": "call.release",
}  # fmt: skip
SPOKEN = frozenset({"ringing", "talking", "fault"})


@bp.get("/")
def page() -> ResponseReturnValue:
    """All of it; later the stream replaces parts."""
    hub: Hub = current_app.extensions["callbox"].hub
    return render_template("live.html", parts=_parts(hub), hub=hub, **_newest(hub))


@bp.get("/newest")
def newest() -> ResponseReturnValue:
    """The newest calls done, when the stream says that there are new ones."""
    return render_template("_newest.html", **_newest(current_app.extensions["callbox"].hub))


@bp.get("/events")
def events() -> ResponseReturnValue:
    """Server-sent events `parts`, the first with all of them:
    {"now", "away", "stored", "ringing", "say": [sentences], "parts": {id: html}}."""
    hub: Hub = current_app.extensions["callbox"].hub
    lamps: dict[tuple[str, str], Lamp] = {}
    return event_stream(hub, lambda: _parts(hub), _ringing, lambda snapshot: _say(lamps, snapshot))


def event_stream(
    hub: Hub,
    parts: Callable[[], dict[str, str]],
    ringing: Callable[[Snapshot | None], int],
    say: Callable[[Snapshot | None], list[str]],
) -> Response:
    """The stream of a screen: its parts, how many calls ring there, and what a screen reader hears of the news. It ends
    with the session: the browser then asks anew, and is sent to the door."""
    stream = stream_with_context(_stream(hub, parts, ringing, say, still_here()))
    return Response(
        stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@bp.post("/training/calls")
def simulate() -> ResponseReturnValue:
    """Asks the training exchange for a caller. What comes of it is told by the stream, not by this answer."""
    box = current_app.extensions["callbox"]
    try:
        with ApiClient(box.socket) as client:
            client.request("training.call")
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so nothing was asked.")}, 503
    return {}, 202


@bp.post("/lead/<what>")
def lead(what: str) -> ResponseReturnValue:
    """A supervisor listens in on a call, takes it over, from his own station, or ends it. It is written down."""
    box = current_app.extensions["callbox"]
    body = request.get_json(silent=True)
    wanted = str(body.get("call", "")) if isinstance(body, dict) else ""
    found = next((one for one in (box.hub.snapshot.calls if box.hub.snapshot else ()) if one.id == wanted), None)
    if what not in LEADING:
        abort(404)
    if found is None or found.station is None or found.stage != "talking":
        return {"error": _("Nobody speaks in this call any more.")}, 409
    desk = look(box.hub.snapshot, who())
    mine, rings = desk.station, desk.here is not None and not desk.here.lamp.headset
    if not mine and what != "release":
        return {"error": _("Choose your station on the desk first: it is your telephone that rings.")}, 409
    args = {"station": found.station} if what == "release" else {"station": mine, "of": found.station}
    if LEADING[what] == "desk.listen":
        args["how"] = what
    try:
        with ApiClient(box.socket) as client:
            client.request(LEADING[what], **args)
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so nothing was asked.")}, 503
    box.keep.note(who(), f"lead_{what}", address(), call=wanted, station=found.station)
    return {"said": "" if what == "release" or not rings else _("Lift your handset when it rings.")}, 202


def _stream(
    hub: Hub,
    render: Callable[[], dict[str, str]],
    ringing: Callable[[Snapshot | None], int],
    say: Callable[[Snapshot | None], list[str]],
    still_in: Callable[[], bool],
) -> Iterator[str]:
    version = -1
    shown: dict[str, str] = {}
    yield "retry: 1000\n\n"
    while not hub.closed:
        current = hub.wait(version, HEARTBEAT_S)
        if not still_in():
            return
        if current == version:
            yield ": still here\n\n"
            continue
        version = current
        parts = render()
        snapshot = hub.snapshot
        message = {
            "now": hub.box_now(),
            "away": hub.away_since is not None,
            "say": say(snapshot),
            "ringing": ringing(snapshot),
            "stored": 0 if snapshot is None else snapshot.tally.stored,
            "parts": {name: html for name, html in parts.items() if shown.get(name) != html},
        }
        shown = parts
        yield f"event: parts\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"


def _ringing(snapshot: Snapshot | None) -> int:
    """How many calls ring just now, at a line or at a station; one that rings at both counts once."""
    lamps = snapshot.lamps if snapshot else []
    return len({lamp.call or f"{lamp.kind} {lamp.port}" for lamp in lamps if lamp.state == "ringing"})


def _say(before: dict[tuple[str, str], Lamp], snapshot: Snapshot | None) -> list[str]:
    """Sentences for screen readers about lamps that changed; nothing on the first look. Updates `before`."""
    if snapshot is None:
        return []
    first = not before
    said = []
    for lamp in snapshot.lamps:
        known = before.get((lamp.kind, lamp.port))
        if not first and lamp.state in SPOKEN and (known is None or known.state != lamp.state):
            said.append(sentence(lamp))
        before[lamp.kind, lamp.port] = lamp
    return said


def _parts(hub: Hub) -> dict[str, str]:
    """Every part of the page that the stream may replace, by the id of its element."""

    def make() -> dict[str, str]:
        snapshot = hub.snapshot
        parts = {
            "alarms": render_template("_alarms.html", snapshot=snapshot),
            "calls": render_template("_calls.html", snapshot=snapshot, now=hub.box_now()),
        }
        for lamp in snapshot.lamps if snapshot else ():
            html = render_template("_lamp.html", lamp=lamp, country=snapshot.country if snapshot else "")
            parts[f"{lamp.kind}-{lamp.port}"] = html
        return parts

    return hub.rendered(("live leads" if may("live.lead") else "live", language()), make)


def _newest(hub: Hub) -> dict[str, Any]:
    """The newest records and how today's calls ended; None for both while they cannot be read."""
    records: Records = current_app.extensions["callbox"].records
    now = datetime.fromtimestamp(hub.box_now(), UTC).astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return {
            "records": records.find(Wanted(agents=numbers()), size=NEWEST).items,
            "tally": records.tally(midnight.timestamp()),
        }
    except SQLAlchemyError:
        current_app.logger.exception("calls done cannot be read")
        return {"records": None, "tally": None}
