"""Setup, Box: company, board, country, language, and what is recorded; the box is asked to start again."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.setup.site import Site, can_start
from webui.refusals import refusal
from webui.security import address, local_path, who
from webui.setup import faults
from webui.setup.names import board_word, country_word
from webui.setup.registry import Action, Now, Page
from webui.setup.words import CHOICES
from webui.translate import _, _l

bp = Blueprint("box", __name__, url_prefix="/setup/box")


@bp.post("/restart")
def restart() -> ResponseReturnValue:
    """The box starts again as soon as nobody is on the line."""
    box = current_app.extensions["callbox"]
    try:
        with ApiClient(box.socket) as client:
            calls = int(client.request("box.restart", when="idle")["calls"])
    except Refused as error:
        flash(refusal(error))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        box.keep.note(who(), "box_restarted", address())
        flash(_("The box starts again now.") if not calls else _("The box starts again when the last call has ended."))
    return redirect(local_path(request.form.get("next")) or url_for("setup.page", name=PAGE.name))


def due(box: Any) -> bool:
    """Whether the box runs with something else than is set, and would not after another start."""
    snapshot, now = box.hub.snapshot, box.site()
    if snapshot is None:
        return False
    runs = {"board": snapshot.board, "country": snapshot.country}
    # Started again, it is by the same command line, which speaks the language of its country unless one is set.
    then = {name: runs[name] if name in snapshot.ordered else getattr(now, name) for name in runs}
    return {**runs, "language": snapshot.language} != {**then, "language": now.model_copy(update=then).spoken}


def _ordered() -> list[Now]:
    """What was said at the start outweighs what is chosen here."""
    snapshot = current_app.extensions["callbox"].hub.snapshot
    if snapshot is None or not snapshot.ordered:
        return []
    said = " ".join(f"--{name} {getattr(snapshot, name)}" for name in snapshot.ordered)
    return [
        Now("busy", _("The box was started with %(what)s", what=said),
            _("That outweighs what is chosen here until somebody starts it without."))
    ]  # fmt: skip


def _now(site: Site) -> list[Now]:
    """With what it runs, and what is in the way of another start."""
    box = current_app.extensions["callbox"]
    rows = [Now("fault", _("It could not start"), faults.problem(one)) for one in can_start(box.setup)]
    snapshot = box.hub.snapshot
    if snapshot is None:
        return [Now("fault", _("The box does not answer"), _("What is chosen here counts when it starts.")), *rows]
    runs = " · ".join((board_word(snapshot.board), country_word(snapshot.country), _speaks(snapshot.language)))
    rows = [*_ordered(), *rows]
    if not due(box):
        return [Now("talking", _("The box runs with"), runs), *rows]
    return [
        Now("fault", _("It has to start again"), _("The box still runs with what was set before: %(what)s", what=runs)),
        *rows,
    ]


def _speaks(code: str) -> str:
    return str(CHOICES.get(f"Site.language.{code}", code))


def _state(site: Site) -> str:
    shown = [site.company] if site.company else []
    shown += [country_word(site.country), board_word(site.board)]
    if due(current_app.extensions["callbox"]):
        shown.append(_("it has to start again"))
    return " · ".join(shown)


PAGE = Page(
    name="box",
    title=_l("Company, board, country"),
    sentence=_l("Whose box it is, what it is and where it stands. Board, country and language count when the box has "
                "started again, which takes some seconds and waits until nobody talks; the rest counts at once."),
    section=Site,
    state=_state,
    now=_now,
    counts=_l("Saved. Board, country and language count once the box has started again."),
    action=Action("box.restart", _l("Start again when nobody talks")),
)  # fmt: skip
