"""Setup, Box: board, country, language, and what is recorded. They count from the next start of the box."""

from typing import Any

from babel import Locale
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
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
    return render_template("setup/box.html", now=box.settings(), choices=known, fault="", due=due(box))


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
    before = box.settings()
    changed = [f"{name} {getattr(before, name)} → {wanted[name]}" for name in FIELDS
               if wanted.get(name, getattr(before, name)) != getattr(before, name)]  # fmt: skip
    if changed:
        box.settings_file.change(lambda _now: wanted)
        box.keep.note(who(), "box_set", address(), what=", ".join(changed))


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
