"""The line doctor: each line with its last verdict, a page for each port with live level and news, reports to print."""

import json
from collections.abc import Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    send_from_directory,
    stream_with_context,
)
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from firmware.api.client import ApiClient, BoxAway
from firmware.api.doctor import DOCTOR
from firmware.api.messages import Lamp, Refused
from firmware.jacks.section import InsideStations, OutsideLines
from webui import doctor_words
from webui.refusals import WORDS, refusal
from webui.security import address, may, still_here, who
from webui.setup.names import board_word, country_word
from webui.translate import _

bp = Blueprint("doctor", __name__, url_prefix="/doctor")

LOOK_EVERY_S = 0.25
STREAM_MOST_S = 3600.0  # then the browser takes it up again
ASKS = {"examine": "doctor.examine", "quick": "doctor.examine", "call": "doctor.call", "hang_up": "doctor.hang_up",
        "stop": "doctor.stop", "loop": "doctor.loop"}  # fmt: skip
FOLDER = "doctor"


@bp.get("")
def page() -> ResponseReturnValue:
    """Every line with its last verdict, and the stations."""
    try:
        reports = _ask("doctor.reports", most=200)["reports"]
    except (BoxAway, Refused):
        reports = []
    last: dict[int, dict[str, Any]] = {}
    for one in reports:
        if one["what"] in ("examine", "quick") and one["line"] is not None:
            last.setdefault(one["line"], one)
    lamps = _lamps()
    return render_template(
        "doctor.html", lines=[one for one in lamps if one.kind == "line"], last=last,
        stations=[one for one in lamps if one.kind == "station"], said=doctor_words,
    )  # fmt: skip


@bp.get("/line/<int:number>", defaults={"kind": "line"})
@bp.get("/station/<int:number>", defaults={"kind": "station"})
def port(kind: str, number: int) -> ResponseReturnValue:
    """One port; its inside comes by `live`."""
    lamps = _lamps()
    lamp = next((one for one in lamps if (one.kind, one.port) == (kind, str(number))), None)
    if lamp is None:
        abort(404)
    try:
        reports = _ask("doctor.reports", line=number)["reports"] if kind == "line" else []
    except (BoxAway, Refused):
        reports = []
    others = [one for one in lamps if one.kind == "line" and one.port != str(number)]
    return render_template(
        "doctor_port.html", lamp=lamp, kind=kind, number=number, reports=reports[:10], others=others, said=doctor_words,
        gains=_gains(kind, number),
    )  # fmt: skip


@bp.get("/line/<int:number>/live", defaults={"kind": "line"})
@bp.get("/station/<int:number>/live", defaults={"kind": "station"})
def live(kind: str, number: int) -> ResponseReturnValue:
    """Four times a second `look`: {"rx", "tx", "busy", "news": [[time, words]], "job": html or null: the same}."""
    asks = {"line": number} if kind == "line" else {"station": str(number)}
    if not any((one.kind, one.port) == (kind, str(number)) for one in _lamps()):
        abort(404)
    stream = stream_with_context(_looks(asks))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(stream, mimetype="text/event-stream", headers=headers)


def _looks(asks: dict[str, Any]) -> Iterator[str]:
    box = current_app.extensions["callbox"]
    keys, after, before, still_in = may("doctor.captured"), 0, "", still_here()
    yield "retry: 1000\n\n"
    try:
        with ApiClient(box.socket) as client:
            for _turn in range(int(STREAM_MOST_S / LOOK_EVERY_S)):
                if box.hub.closed or not still_in():
                    return
                found = client.request("doctor.look", **asks, after=after)
                job = render_template("_doctor_job.html", job=found["job"], said=doctor_words) if found["job"] else ""
                shown = {
                    "rx": found["rx"], "tx": found["tx"], "job": None if job == before else job, "now": found["now"],
                    "busy": bool(found["job"]) and not found["job"]["done"],
                    "news": [[one["at"], doctor_words.news(one, keys=keys)] for one in found["news"]],
                }  # fmt: skip
                before = job
                after = max([after, *(one["n"] for one in found["news"])])
                yield f"event: look\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n"
                box.hub.pause(LOOK_EVERY_S)
    except (BoxAway, Refused) as error:
        yield f"event: away\ndata: {json.dumps({'words': str(error)})}\n\n"


@bp.post("/line/<int:number>/ask/<what>")
def ask(number: int, what: str) -> ResponseReturnValue:
    """Begins something at a line, or ends it. What comes of it is told by `live`."""
    fields = _fields()
    args: dict[str, Any] = {"line": number, "who": who()}
    match what:
        case "examine" | "quick":
            args["quick"] = what == "quick"
        case "loop":
            args |= {"to": fields.get("to", ""), "number": fields.get("number", "").replace(" ", "")}
        case "use":
            return _use(number, fields)
        case _ if what not in ASKS:
            abort(404)
    if not _valid(ASKS[what], args):
        return {"error": _("Write the other line's own number, digits only.")}, 400
    return _asked(ASKS[what], args)


def _use(number: int, fields: dict[str, str]) -> ResponseReturnValue:
    """What was measured at a hang-up ends calls from now on; it is taken from the report, not from the browser."""
    try:
        report = _ask("doctor.report", id=fields.get("report", ""))
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so nothing was asked.")}, 503
    offer = report.get("offer")
    if not offer or report.get("line") != number:
        return {"error": str(WORDS["no_report"])}, 409
    return _asked("line.take_hang_up", {"line": number, "hz": offer["hz"], "ms": offer["ms"], "who": who()},
                  _("Used from the next call on."))  # fmt: skip


@bp.post("/all")
def all_lines() -> ResponseReturnValue:
    """A short examination of every line that is idle, two at a time."""
    begun, busy = 0, 0
    for lamp in _lamps():
        if lamp.kind == "line":
            try:
                _ask("doctor.examine", line=int(lamp.port), quick=True, who=who())
                begun += 1
            except Refused:
                busy += 1
            except BoxAway:
                return {"error": _("The box does not answer, so nothing was asked.")}, 503
    if busy:
        said = _("%(begun)s lines are examined; %(busy)s are in use and were left alone.", begun=begun, busy=busy)
        return {"said": said}, 202
    return {"said": _("%(begun)s lines are examined, two at a time.", begun=begun)}, 202


@bp.post("/line/<int:number>/capture", defaults={"kind": "line"})
@bp.post("/station/<int:number>/capture", defaults={"kind": "station"})
def capture(kind: str, number: int) -> ResponseReturnValue:
    """Ten seconds of what the port hears and sends. It may be somebody's conversation, so it is written down."""
    args: dict[str, Any] = {"line": number} if kind == "line" else {"station": str(number)}
    if not _valid("doctor.capture", args):
        abort(404)
    current_app.extensions["callbox"].keep.note(who(), "captured", address(), port=f"{kind} {number}")
    return _asked("doctor.capture", args | {"who": who()})


@bp.get("/report/<name>")
def report(name: str) -> ResponseReturnValue:
    """One report, also on paper."""
    found = _report(name)
    if found["what"] == "capture":
        if not may("doctor.captured"):
            abort(403)
        shown = [(one["at"], doctor_words.news(one, keys=True)) for one in found.get("news", ())]
        return render_template("doctor_capture.html", found=found, news=shown, said=doctor_words)
    box = current_app.extensions["callbox"]
    snapshot = box.hub.snapshot
    board = board_word(box.site().board if snapshot is None else snapshot.board)
    return render_template("doctor_report.html", found=found, said=doctor_words, board=board, country_word=country_word)


@bp.get("/sound/<name>")
def sound(name: str) -> ResponseReturnValue:
    """What an examination heard and sent."""
    if _report(name)["what"] == "capture":
        abort(404)
    return _sound(name)


@bp.get("/captured/<name>")
def captured(name: str) -> ResponseReturnValue:
    """What a capture holds. Who listens is written down."""
    found = _report(name)
    if found["what"] != "capture":
        abort(404)
    if request.range is None or request.range.ranges[0][0] == 0:
        current_app.extensions["callbox"].keep.note(who(), "listened_capture", address(), capture=name)
    return _sound(name)


def _sound(name: str) -> ResponseReturnValue:
    return send_from_directory(
        current_app.extensions["callbox"].data / FOLDER, f"{name}.wav", mimetype="audio/wav", conditional=True,
        max_age=0, as_attachment="download" in request.args, download_name=f"{name}.wav",
    )  # fmt: skip


# -- inside ------------------------------------------------------------------------------------------------------


def _ask(intent: str, **args: Any) -> dict[str, Any]:
    with ApiClient(current_app.extensions["callbox"].socket) as client:
        return client.request(intent, **args)


def _asked(intent: str, args: dict[str, Any], said: str = "") -> ResponseReturnValue:
    try:
        found = _ask(intent, **args)
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so nothing was asked.")}, 503
    return {"said": said, "id": found.get("id")}, 202


def _report(name: str) -> dict[str, Any]:
    if not _valid("doctor.report", {"id": name}):
        abort(404)
    try:
        return _ask("doctor.report", id=name)
    except Refused:
        abort(404)
    except BoxAway:
        abort(503)


def _valid(intent: str, args: dict[str, Any]) -> bool:
    try:
        DOCTOR[intent].model_validate(args)
    except ValidationError:
        return False
    return True


def _fields() -> dict[str, str]:
    body = request.get_json(silent=True)
    return {str(name): str(value) for name, value in body.items()} if isinstance(body, dict) else {}


def _gains(kind: str, number: int) -> tuple[float, float]:
    """The port's own, as people set them: received, sent."""
    setup = current_app.extensions["callbox"].setup
    jack = setup.load(OutsideLines).line(number) if kind == "line" else setup.load(InsideStations).station(str(number))
    return jack.receive_db, jack.transmit_db


def _lamps() -> list[Lamp]:
    snapshot = current_app.extensions["callbox"].hub.snapshot
    return [] if snapshot is None else list(snapshot.lamps)
