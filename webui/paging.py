"""The loudspeaker: a text is typed, and the box speaks it in the house."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.api.switching import SAID_MOST
from webui.refusals import refusal
from webui.security import address, who
from webui.translate import _, _l, ngettext

bp = Blueprint("paging", __name__, url_prefix="/loudspeaker")

OWN = {"not_done": _l("This box has no loudspeaker.")}
SPEAK_S = 30.0  # the box answers once the text is spoken into a file


@bp.get("")
def page() -> ResponseReturnValue:
    """Where it is typed."""
    return _page("", twice=False, wrong="", code=200)


@bp.post("")
def say() -> ResponseReturnValue:
    """The text is spoken now."""
    text, twice = request.form.get("text", "").strip(), "twice" in request.form
    if not 0 < len(text) <= SAID_MOST:
        return _page(text, twice, _("A text for the loudspeaker has 1 to %(most)s letters.", most=SAID_MOST), 422)
    box = current_app.extensions["callbox"]
    try:
        with ApiClient(box.socket, timeout=SPEAK_S) as client:
            done = client.request("loudspeaker.say", text=text, twice=twice, who=who())
    except Refused as error:
        return _page(text, twice, refusal(error, OWN), 409)
    except BoxAway:
        return _page(text, twice, _("The box does not answer, so nothing was asked."), 503)
    box.keep.note(who(), "said_aloud", address(), text=text[:100])
    seconds = max(1, round(done["seconds"]))
    flash(
        ngettext("It is being said: %(num)s second.", "It is being said: %(num)s seconds, the chime included.", seconds)
    )
    return redirect(url_for("paging.page"))


@bp.post("/stop")
def stop() -> ResponseReturnValue:
    """What is being said is not heard any more."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            client.request("loudspeaker.stop", who=who())
    except Refused as error:
        flash(refusal(error, OWN))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        flash(_("The loudspeaker is silent."))
    return redirect(url_for("paging.page"))


def _page(text: str, twice: bool, wrong: str, code: int) -> ResponseReturnValue:
    snapshot = current_app.extensions["callbox"].hub.snapshot
    return render_template(
        "loudspeaker.html", text=text, twice=twice, wrong=wrong, most=SAID_MOST,
        there=snapshot is None or snapshot.loudspeaker,
    ), code  # fmt: skip
