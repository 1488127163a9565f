"""Setup, Backups: made now, downloaded, brought back, restored."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.keeping import BROUGHT, BROUGHT_FILE
from firmware.api.messages import Refused
from webui.backup_faults import fault
from webui.security import address, who
from webui.setup.brought import NotTaken, take
from webui.setup.registry import LinkPage
from webui.translate import _, _l
from webui.words import exact

bp = Blueprint("backups", __name__, url_prefix="/setup/backups")
MOST: Final = 200_000_000_000  # a backup with the recordings of years


@bp.get("")
def page() -> ResponseReturnValue:
    """Everything about backups."""
    return render_template("setup/backups.html", **_shown())


@bp.get("/now")
def now() -> ResponseReturnValue:
    """The list and what is under way; asked again every few seconds."""
    return render_template("setup/_backups.html", **_shown())


@bp.post("/make")
def make() -> ResponseReturnValue:
    """One more, now."""
    with_recordings = "recordings" in request.form
    if _asked("backup.make", recordings=with_recordings):
        _note("backup_made")
    return redirect(url_for("backups.page"))


@bp.get("/file/<name>")
def file(name: str) -> ResponseReturnValue:
    """The file itself. It holds everything, so each copy is written down."""
    state = _state()
    if state is None or name not in {one["name"] for one in state["kept"]}:
        abort(404)
    _note("backup_downloaded", name=name)
    return send_file(Path(state["folder"]) / name, mimetype="application/zip", as_attachment=True, max_age=0)


@bp.post("/bring")
def bring() -> ResponseReturnValue:
    """A backup as the body; it is looked at at once, and nothing else is done with it."""
    try:
        size = take(current_app.extensions["callbox"].data / BROUGHT_FILE, MOST)
    except NotTaken as error:
        return {"message": str(error)}, 422
    _note("backup_brought", size=f"{size / 1e6:.1f} MB")
    if not _asked("backup.check", name=BROUGHT):
        return {"next": url_for("backups.page")}
    return {"next": url_for("backups.page") + "#brought"}


@bp.post("/<name>/check")
def check(name: str) -> ResponseReturnValue:
    """What is in it, before anything is done."""
    _asked("backup.check", name=name)
    return redirect(url_for("backups.page"))


@bp.post("/<name>/restore")
def restore(name: str) -> ResponseReturnValue:
    """Everything is checked first; then the box starts again with it."""
    when = "now" if request.form.get("when") == "now" else "idle"
    if _asked("backup.restore", name=name, when=when):
        _note("backup_restored", name=name)
    return redirect(url_for("backups.page"))


@bp.post("/<name>/remove")
def remove(name: str) -> ResponseReturnValue:
    """The file goes."""
    if _asked("backup.remove", name=name):
        _note("backup_removed", name=name)
        flash(_("Removed."))
    return redirect(url_for("backups.page"))


def _shown() -> dict[str, Any]:
    state = _state()
    job = state["job"] if state else None
    snapshot = current_app.extensions["callbox"].hub.snapshot
    return {
        "state": state, "job": job, "size": _size, "made_at": _made_at, "brought": BROUGHT,
        "why": fault(job.get("code", ""), job["why"]) if job and job["why"] else "",
        "looked_at": job["found"] | {"name": job["name"]} if job and job["what"] == "check" and job["ok"] else None,
        "calls": 0 if snapshot is None else len(snapshot.calls),
    }  # fmt: skip


def _state() -> dict[str, Any] | None:
    """None: the box does not answer."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return dict(client.request("backup.state"))
    except (BoxAway, Refused):
        return None


def _asked(intent: str, **args: Any) -> bool:
    """Whether the box took it; if not, why is told."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            client.request(intent, **args, who=who())
    except Refused as error:
        flash(fault(error.code, str(error)))
        return False
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
        return False
    return True


def _note(kind: str, **data: str) -> None:
    current_app.extensions["callbox"].keep.note(who(), kind, address(), **data)


def _size(count: float) -> str:
    """Bytes, for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _made_at(name: str) -> float:
    """When a backup of this name was made; 0: its name does not say."""
    try:
        return datetime.strptime(name, "callbox-%Y%m%d-%H%M%S.zip").astimezone().timestamp()
    except ValueError:
        return 0.0


def _stands() -> str:
    state = _state()
    if state is None:
        return ""
    if not state["kept"]:
        return _("none yet")
    return _(
        "%(count)s, the newest of %(when)s", count=len(state["kept"]), when=exact(_made_at(state["kept"][0]["name"]))
    )


PAGE = LinkPage(
    name="backups",
    title=_l("Backup and restore"),
    sentence=_l("Everything the box keeps in one file: make one, take it away, bring it back."),
    endpoint="backups.page",
    state=_stands,
    roles=frozenset({"owner"}),
)
