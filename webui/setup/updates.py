"""Setup, Updates: a signed bundle is brought, looked at, and handed to the appliance's installer."""

from importlib.metadata import version
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from firmware.update import brought
from firmware.update.bundle import UpdateError
from webui.refusals import refusal
from webui.security import address, who
from webui.setup.brought import NotTaken, take
from webui.setup.registry import LinkPage
from webui.translate import _, _l

bp = Blueprint("updates", __name__, url_prefix="/setup/updates")


@bp.get("")
def page() -> ResponseReturnValue:
    """What runs, and what can be brought."""
    return render_template("setup/updates.html", **_shown())


@bp.get("/now")
def now() -> ResponseReturnValue:
    """How it stands; asked again every few seconds."""
    return render_template("setup/_updates.html", **_shown())


@bp.post("/bring")
def bring() -> ResponseReturnValue:
    """A bundle as the body. It is only looked at."""
    data = current_app.extensions["callbox"].data
    if brought.running() is None:
        return {"message": _("Updates by the page are for the appliance.")}, 409
    try:
        size = take(brought.waiting(data), brought.MOST)
        brought.look(data)
    except NotTaken as error:
        return {"message": str(error)}, 422
    except UpdateError as error:
        return {"message": refusal(error)}, 422
    current_app.extensions["callbox"].keep.note(who(), "update_brought", address(), size=f"{size / 1e6:.0f} MB")
    return {"next": url_for("updates.page")}


@bp.post("/install")
def install() -> ResponseReturnValue:
    """The installer gets it."""
    box = current_app.extensions["callbox"]
    try:
        if brought.running() is None:
            raise UpdateError("this is no appliance", code="no_appliance")
        brought.hand_over(box.data)
    except UpdateError as error:
        flash(refusal(error))
    else:
        box.keep.note(who(), "update_begun", address())
    return redirect(url_for("updates.page"))


@bp.post("/forget")
def forget() -> ResponseReturnValue:
    """What was brought is not wanted."""
    data = current_app.extensions["callbox"].data
    if brought.running() is not None:
        brought.waiting(data).unlink(missing_ok=True)
    return redirect(url_for("updates.page"))


def _shown() -> dict[str, Any]:
    box = current_app.extensions["callbox"]
    stands = brought.stands(box.data)
    snapshot = box.hub.snapshot
    return {
        "stands": stands, "said": refusal(stands.said) if stands.said else "", "version": version("callbox"),
        "calls": 0 if snapshot is None else len(snapshot.calls),
    }  # fmt: skip


def _state() -> str:
    stands = brought.stands(current_app.extensions["callbox"].data)
    if stands.since is not None:
        return _("one is being installed")
    return stands.running or _("only for the appliance")


PAGE = LinkPage(
    name="updates",
    title=_l("Updates"),
    sentence=_l("A newer version of the box’s program, from a signed file."),
    endpoint="updates.page",
    state=_state,
    roles=frozenset({"owner", "technician"}),
)
