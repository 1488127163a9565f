"""First run: the board and its lines, a short examination of each, their names and numbers."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Lamp, Refused
from firmware.jacks.section import OutsideLine, OutsideLines
from firmware.setup.store import SetupInvalid
from webui import doctor_words
from webui.first.steps import done, show
from webui.refusals import refusal
from webui.security import who
from webui.setup import faults
from webui.setup.forms import stamp
from webui.setup.jacks import lamps
from webui.setup.names import board_word
from webui.translate import _

FIELDS = ("name", "number")
TOLD = ("dial_tone", "noise")  # of a line that is well


def join(bp: Blueprint) -> None:
    """Its steps become part of first run."""
    bp.add_url_rule("/test", "test", test, methods=["GET", "POST"])
    bp.add_url_rule("/test/now", "test_now", test_now)
    bp.add_url_rule("/test/start", "test_start", test_start, methods=["POST"])
    bp.add_url_rule("/lines", "lines", lines, methods=["GET", "POST"])


# -- are they well ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tested:
    """A line: its lamp and what the last examination found. `running`: it is being examined; `look`: of the table of
    states; `says`: in sentences, `advice`: what to do."""

    lamp: Lamp
    running: bool
    look: str
    word: str
    says: tuple[str, ...]
    advice: tuple[str, ...]


def test() -> ResponseReturnValue:
    """The board, and how each line is."""
    if request.method == "POST":
        return done("test")
    box = current_app.extensions["callbox"]
    snapshot = box.hub.snapshot
    stations = len(lamps("station"))
    return show("test", board=_board(), stations=stations, snapshot=snapshot, **_tested())


def test_now() -> ResponseReturnValue:
    """The lines alone, asked anew while they are examined."""
    return render_template("first/_lines.html", **_tested())


def test_start() -> ResponseReturnValue:
    """Examines one line, or all: battery, dial tone, noise. Calls go on and come first."""
    wanted = request.form.get("line", "")
    busy = 0
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            for lamp in lamps("line"):
                if wanted in ("", lamp.port):
                    try:
                        client.request("doctor.examine", line=int(lamp.port), quick=True, who=who())
                    except Refused as error:
                        busy += 1
                        if wanted:
                            flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    if busy and not wanted:
        flash(_("%(busy)s lines are in use or are being examined already; they were left alone.", busy=busy))
    return redirect(url_for("first.test"))


def _tested() -> dict[str, Any]:
    found, away = [], False
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            kept: dict[int, str] = {}
            for one in client.request("doctor.reports", most=200)["reports"]:
                if one["what"] in ("quick", "examine") and one["line"] is not None:
                    kept.setdefault(one["line"], one["id"])
            found = [_line(lamp, _job(client, int(lamp.port), kept)) for lamp in lamps("line")]
    except (BoxAway, Refused):
        away = True
        found = [_line(lamp, None) for lamp in lamps("line")]
    return {
        "tested": found, "box_away": away, "running": any(one.running for one in found),
        "known": any(one.says for one in found),
    }  # fmt: skip


def _job(client: ApiClient, line: int, kept: dict[int, str]) -> dict[str, Any] | None:
    """What is under way at a line, else the last report on it."""
    job: dict[str, Any] | None = client.request("doctor.look", line=line)["job"]
    if job is not None and job["what"] in ("quick", "examine"):
        return job
    return client.request("doctor.report", id=kept[line]) if line in kept else None


def _line(lamp: Lamp, job: dict[str, Any] | None) -> Tested:
    if job is None:
        return Tested(lamp, False, "idle", _("not examined yet"), (), ())
    if not job.get("done", True):
        step = doctor_words.STEPS.get(job["step"])
        return Tested(lamp, True, "dialling", str(step) if step else _("waits for its turn"), (), ())
    shown = doctor_words.findings(job["findings"])
    if job["why"]:
        return Tested(lamp, False, "busy", str(doctor_words.VERDICTS["unknown"]), (doctor_words.ended(job["why"]),), ())
    verdict = job["verdict"]
    worth = [one for one in shown if (one.verdict == verdict if verdict != "good" else one.check in TOLD)]
    return Tested(
        lamp, False, doctor_words.LOOKS[verdict], str(doctor_words.VERDICTS[verdict]),
        tuple(one.says for one in worth), tuple(one.advice for one in worth if one.advice),
    )  # fmt: skip


def _board() -> str:
    snapshot = current_app.extensions["callbox"].hub.snapshot
    if snapshot is None:
        return ""
    return board_word(snapshot.board)


# -- what they are called -----------------------------------------------------------------------------------------


def lines() -> ResponseReturnValue:
    """A row for each line of the board."""
    box = current_app.extensions["callbox"]
    now: OutsideLines = box.setup.load(OutsideLines)
    ports = [lamp.port for lamp in lamps("line")]
    if request.method == "GET":
        rows = {port: {name: getattr(now.line(int(port)), name) for name in FIELDS} for port in ports}
        return show("lines", rows=rows, errors={}, stamp=stamp(now))
    rows = {port: {name: request.form.get(f"{port}.{name}", "") for name in FIELDS} for port in ports}
    if request.form.get("_stamp", "") != stamp(now):
        words = _("Somebody else changed this meanwhile. Look at what is there now, then change it again.")
        return show("lines", 409, rows=rows, errors={"": words}, stamp=stamp(now))

    def change(section: OutsideLines) -> dict[str, Any]:
        return {"lines": _named(section, rows)}

    try:
        box.setup.check(OutsideLines, change)
        if any(_differs(now, port, row) for port, row in rows.items()):
            box.change(OutsideLines, change, who=who())
    except SetupInvalid as error:
        return show("lines", 422, rows=rows, errors=_by_port(error, _named(now, rows)), stamp=stamp(now))
    return done("lines")


def _differs(now: OutsideLines, port: str, row: dict[str, str]) -> bool:
    line = now.line(int(port))
    return any(getattr(line, name) != row[name].strip() for name in FIELDS)


def _named(section: OutsideLines, rows: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """The lines that are kept: those that were, and those that got a name or a number."""
    kept = {line.id: line.model_dump() for line in section.lines}
    for port, row in rows.items():
        if port in kept or any(text.strip() for text in row.values()):
            kept[port] = kept.get(port, OutsideLine(id=port).model_dump()) | row
    return list(kept.values())


def _by_port(error: SetupInvalid, sent: list[dict[str, Any]]) -> dict[str, str]:
    """Faults by “3.number”."""
    found = {}
    for path, words in faults.by_path(error.errors).items():
        parts = path.split(".")
        known = len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(sent)
        found[f"{sent[int(parts[1])]['id']}.{parts[2]}" if known else ""] = words
    for one in error.problems:
        found.setdefault("", faults.problem(one))
    return found
