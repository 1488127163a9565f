"""Calls done: who, when, how long, how it ended, and the recording to play."""

from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue

from firmware.store.models import CallRecord
from webui.story import tell

bp = Blueprint("records", __name__, url_prefix="/calls")
SIZE = 20


@bp.get("")
def page() -> ResponseReturnValue:
    """One page, newest first; htmx asks for the list alone."""
    found = current_app.extensions["callbox"].records.page(
        request.args.get("page", 1, type=int), SIZE, request.args.get("search", "")[:64]
    )
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"
    template = "_record_page.html" if part else "records.html"
    return render_template(template, found=found, search=request.args.get("search", "")[:64])


@bp.get("/<call>")
def one(call: str) -> ResponseReturnValue:
    """One call, explained: what happened in it, in order and in words."""
    box = current_app.extensions["callbox"]
    record: CallRecord | None = box.records.get(call)
    if record is None:
        abort(404)
    events = box.records.events(call)
    return render_template("call.html", record=record, events=events, told=tell(record, events, box_country(box)))


def box_country(box: Any) -> str:
    """Whose way of grouping numbers is used."""
    return str(box.hub.snapshot.country if box.hub.snapshot else box.settings().country)


@bp.get("/<call>/recording")
def recording(call: str) -> ResponseReturnValue:
    """The WAV, also a part of it (HTTP range), so that a player may jump."""
    box = current_app.extensions["callbox"]
    record: CallRecord | None = box.records.get(call)
    if record is None or not record.recording:
        abort(404)
    # The path comes from the box's own log; only what lies below recordings/ is ever given out.
    inside = record.recording.removeprefix("recordings/")
    return send_from_directory(
        box.data / "recordings", inside, mimetype="audio/wav", conditional=True, max_age=0,
        as_attachment="download" in request.args, download_name=f"{record.id}.wav",
    )  # fmt: skip
