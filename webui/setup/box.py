"""Setup, Box: board, country, language, and what is recorded. They count from the next start of the box."""

from typing import Any

from babel import Locale
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.settings import Settings, boards_by_name, known_countries
from webui.security import address, local_path, who
from webui.setup.registry import LinkPage
from webui.setup.words import MODES
from webui.translate import _, _l, language

bp = Blueprint("box", __name__, url_prefix="/setup/box")
FIELDS = ("board", "country", "language", "recording")
LABELS: dict[str, Any] = {
    "board": _l("Board"),
    "country": _l("Country"),
    "language": _l("Language"),
    "recording": _l("Recording"),
}
HISTORY = 20


@bp.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """What there is; takes other choices."""
    box = current_app.extensions["callbox"]
    known = choices()
    if request.method == "POST":
        wanted = {name: request.form.get(name, "") for name in FIELDS}
        if any(wanted[name] not in dict(known[name]) for name in FIELDS):
            return render_template("setup/box.html", now=box.settings(), choices=known, fault=_("Choose one."),
                                   due=due(box)), 422  # fmt: skip
        set_to(wanted)
        flash(_("Saved. It counts once the box has started again."))
        return redirect(url_for("box.page"))
    return render_template("setup/box.html", now=box.settings(), choices=known, fault="", due=due(box),
                           history=_history(box, known))  # fmt: skip


@bp.post("/undo/<int:number>")
def undo(number: int) -> ResponseReturnValue:
    """Takes one change back: what it changed is as before it."""
    box = current_app.extensions["callbox"]
    row = next((one for one in box.keep.log(1, HISTORY, kinds=("box_set",)).rows if one.id == number), None)
    before = (row.data.get("before") if row is not None else None) or {}
    known = choices()
    wanted = {name: before[name] for name in FIELDS if before.get(name) in dict(known[name])}
    if not wanted:
        abort(404)
    set_to(wanted)
    flash(_("Taken back. It counts once the box has started again."))
    return redirect(url_for("box.page"))


@bp.post("/restart")
def restart() -> ResponseReturnValue:
    """The box starts again as soon as nobody is on the line."""
    box = current_app.extensions["callbox"]
    try:
        with ApiClient(box.socket) as client:
            calls = int(client.request("box.restart", when="idle")["calls"])
    except Refused as error:
        flash(str(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        box.keep.note(who(), "box_restarted", address())
        flash(_("The box starts again now.") if not calls else _("The box starts again when the last call has ended."))
    return redirect(local_path(request.form.get("next")) or url_for("box.page"))


def set_to(wanted: dict[str, str]) -> None:
    """Writes what was chosen, and who did."""
    box = current_app.extensions["callbox"]
    now = box.settings()
    after = {name: value for name, value in wanted.items() if getattr(now, name) != value}
    if after:
        before = {name: getattr(now, name) for name in after}
        box.settings_file.change(lambda _now: wanted)
        what = ", ".join(f"{name} {before[name]} → {value}" for name, value in after.items())
        box.keep.note(who(), "box_set", address(), what=what, before=before, after=after)


def _history(box: Any, known: dict[str, list[tuple[str, Any]]]) -> list[tuple[Any, list[tuple[Any, str, str]]]]:
    """The newest changes: each with what was changed, from what, to what."""
    found = []
    for row in box.keep.log(1, HISTORY, kinds=("box_set",)).rows:
        before, after = row.data.get("before"), row.data.get("after")
        if isinstance(before, dict) and isinstance(after, dict):
            found.append((row, [_told(name, known, before, after) for name in FIELDS if name in before]))
    return found


def _told(name: str, known: dict[str, list[tuple[str, Any]]], *values: dict[str, str]) -> tuple[Any, str, str]:
    """Label, and both values in words."""
    words = dict(known[name])
    before, after = (str(words.get(str(one.get(name)), one.get(name))) for one in values)
    return LABELS[name], before, after


def choices() -> dict[str, list[tuple[str, Any]]]:
    """What each may be: value and word."""
    names = Locale.parse(language()).territories
    return {
        "board": [(key, name.get(language()) or key) for key, name in boards_by_name().items()],
        "country": [(code, names.get(code.upper(), code)) for code in known_countries()],
        "language": [("zh", "中文"), ("en", "English")],
        "recording": list(MODES.items()),
    }


def due(box: Any) -> bool:
    """Whether the box runs with another board or country than is set."""
    snapshot, now = box.hub.snapshot, box.settings()
    return snapshot is not None and (snapshot.board, snapshot.country) != (now.board, now.country)


def _state() -> str:
    now: Settings = current_app.extensions["callbox"].settings()
    known = choices()
    return " · ".join(str(dict(known[name]).get(getattr(now, name), "–")) for name in ("country", "board"))


PAGE = LinkPage(
    name="box",
    title=_l("Board, country, language"),
    sentence=_l("What the box is, where it stands, and what it records. Changes need a new start."),
    endpoint="box.page",
    state=_state,
)
