"""Calls done: who, when, how long, how it ended, and the recording to play."""

from itertools import count
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    send_from_directory,
    stream_with_context,
    url_for,
)  # fmt: skip
from flask.typing import ResponseReturnValue
from werkzeug.security import safe_join

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.store.models import CallRecord
from webui.export import MOST_CSV, MOST_EXCEL, as_csv, as_excel
from webui.peaks import Unreadable, peaks, svg
from webui.refusals import refusal
from webui.security import address, may, who
from webui.story import tell
from webui.translate import _
from webui.wanted import from_form, numbers, visible
from webui.words import port_name

bp = Blueprint("records", __name__, url_prefix="/calls")
SIZE = 20


@bp.get("")
def page() -> ResponseReturnValue:
    """One page, newest first; htmx asks for the list alone."""
    box = current_app.extensions["callbox"]
    asked, typed = from_form(request.args)
    found = box.records.find(asked.wanted(), request.args.get("page", 1, type=int), SIZE)
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"
    people = {one.number: one.name for one in box.people().people}
    if part:
        return render_template("_record_page.html", found=found, typed=typed, search=asked.search, people=people)
    allowed = numbers()
    agents = [(number, name) for number, name in people.items() if allowed is None or number in allowed]
    lamps = box.hub.snapshot.lamps if box.hub.snapshot else []
    return render_template(
        "records.html", found=found, typed=typed, search=asked.search, people=people, agents=agents,
        lines=[(lamp.port, port_name(lamp)) for lamp in lamps if lamp.kind == "line"],
    )  # fmt: skip


@bp.get("/export.<format>")
def export(format: str) -> ResponseReturnValue:
    """The calls that the page shows, all pages: for a table calculation or for another program."""
    box = current_app.extensions["callbox"]
    asked, _typed = from_form(request.args)
    wanted = asked.wanted()
    if format == "xlsx":
        counted = count()
        rows = (record for record in box.records.each(wanted, MOST_EXCEL) if next(counted) >= 0)
        file = as_excel(rows)
        box.keep.note(who(), "exported", address(), format="Excel", rows=next(counted))
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return send_file(file, mimetype=kind, as_attachment=True, download_name="calls.xlsx")
    if format != "csv":
        abort(404)
    total = box.records.find(wanted, 1, 1)
    box.keep.note(who(), "exported", address(), format="CSV", rows=f"{total.total}{'+' if total.more else ''}")
    lines = stream_with_context(as_csv(box.records.each(wanted, MOST_CSV)))
    headers = {"Content-Disposition": "attachment; filename=calls.csv"}
    return Response(lines, mimetype="text/csv", headers=headers)


@bp.get("/<call>")
def one(call: str) -> ResponseReturnValue:
    """One call, explained: what happened in it, in order and in words."""
    box = current_app.extensions["callbox"]
    record = known(call)
    events = box.records.events(call)
    wave = None
    if record.recording and may("records.recording"):
        try:
            wave = svg(peaks(recording_path(record)))
        except Unreadable:
            current_app.logger.warning("no picture of %s", record.recording)
    return render_template(
        "call.html", record=record, logged=events, told=tell(record, events, box_country(box)), wave=wave,
        people={one.number: one.name for one in box.people().people},
    )  # fmt: skip


@bp.post("/<call>/mark")
def mark(call: str) -> ResponseReturnValue:
    """Marks a recording, so that it is not removed by age or for room, or takes the mark off."""
    box = current_app.extensions["callbox"]
    record = known(call)
    try:
        with ApiClient(box.socket) as client:
            client.request("call.mark", call=call, marked=not record.marked)
    except Refused as error:
        flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        box.keep.note(who(), "unmarked" if record.marked else "marked", address(), call=call)
    return redirect(url_for("records.one", call=call))


@bp.get("/<call>/recording")
def recording(call: str) -> ResponseReturnValue:
    """The WAV, also a part of it (HTTP range), so that a player may jump. Who listens is written down."""
    box = current_app.extensions["callbox"]
    record = known(call)
    path = recording_path(record)
    if not path.is_file():
        abort(404)
    copy = "download" in request.args
    if request.range is None or request.range.ranges[0][0] == 0:  # each jump asks again, but is the same listening
        box.keep.note(who(), "downloaded" if copy else "listened", address(), call=call)
    return send_from_directory(
        box.data / "recordings", path.relative_to(box.data / "recordings"), mimetype="audio/wav", conditional=True,
        max_age=0, as_attachment=copy, download_name=f"{record.id}.wav",
    )  # fmt: skip


def known(call: str) -> CallRecord:
    """The call, if there is one and whoever asks may see it; 404: not even that there is one is told."""
    record: CallRecord | None = current_app.extensions["callbox"].records.get(call)
    if record is None or not visible(record):
        abort(404)
    return record


def recording_path(record: CallRecord) -> Path:
    """Where its recording lies; 404 if it has none."""
    folder = current_app.extensions["callbox"].data / "recordings"
    # The path comes from the box's own log; only what lies below recordings/ is ever given out.
    inside = safe_join(str(folder), (record.recording or "").removeprefix("recordings/")) if record.recording else None
    if inside is None:
        abort(404)
    return Path(inside)


def box_country(box: Any) -> str:
    """Whose way of grouping numbers is used."""
    return str(box.country)
