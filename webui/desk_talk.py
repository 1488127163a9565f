"""The desk's lists beside the team: missed calls, voicemail, messages between people, announcements."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webui.notices import KINDS, LONGEST, Notices
from webui.security import address, who
from webui.translate import _, _l

bp = Blueprint("notices", __name__, url_prefix="/notices")

KIND_WORDS = {"urgent": _l("urgent"), "news": _l("news"), "shift": _l("rota"), "offer": _l("offer")}


def talk(show: str) -> dict[str, Any]:
    """For the desk's list `show`: what is in it, and how much is new in the others."""
    box = current_app.extensions["callbox"]
    notices: Notices = box.notices
    me = str(current_user.name)
    found: dict[str, Any] = {"kind_words": KIND_WORDS, "longest": LONGEST, "unread": notices.unread(me)}
    everybody = {one.id: one for one in box.people().people}
    found["names"] = {name: one.name for name, one in everybody.items()}
    if show == "messages":
        found["letters"] = notices.messages(me)
        found["receivers"] = [one for one in everybody.values() if one.enabled and one.id != me]
    if show == "news":
        found["news"], found["seen"] = notices.current(), notices.seen(me)
    return found


def send(to: str, text: str) -> str:
    """Sends a message from whoever asks; empty, or why that is not possible."""
    box = current_app.extensions["callbox"]
    receiver = box.people().by_id(to)
    if receiver is None or not receiver.enabled or receiver.id == current_user.name:
        return _("Choose to whom the message goes.")
    if not text or len(text) > LONGEST:
        return _("A message has 1 to %(most)s letters.", most=LONGEST)
    box.notices.send(str(current_user.name), receiver.id, text)
    box.hub.wake()
    return ""


@bp.get("")
def page() -> ResponseReturnValue:
    """Every announcement, and a form for a new one."""
    return _page({}, "", 200)


@bp.post("")
def announce() -> ResponseReturnValue:
    """A new one."""
    box = current_app.extensions["callbox"]
    fields = {name: request.form.get(name, "").strip() for name in ("kind", "text", "since", "until")}
    try:
        since, until = _time(fields["since"]), _time(fields["until"])
    except ValueError:
        return _page(fields, _("The times are not understood. Leave them empty, or choose day and hour."), 422)
    if fields["kind"] not in KINDS or not 0 < len(fields["text"]) <= LONGEST:
        return _page(fields, _("An announcement has 1 to %(most)s letters.", most=LONGEST), 422)
    if until is not None and until <= (since or box.hub.box_now()):
        return _page(fields, _("It would be over before it begins. Choose a later end, or none."), 422)
    box.notices.announce(who(), fields["kind"], fields["text"], since, until)
    box.keep.note(who(), "announced", address(), text=fields["text"][:100])
    box.hub.wake()
    return _page({}, "", 200)


@bp.post("/<int:notice>/remove")
def remove(notice: int) -> ResponseReturnValue:
    """Nobody sees it any more."""
    box = current_app.extensions["callbox"]
    gone = box.notices.take_away(notice)
    if gone is None:
        abort(404)
    box.keep.note(who(), "announcement_removed", address(), text=gone.text[:100])
    box.hub.wake()
    return _page({}, "", 200)


def _page(fields: dict[str, str], wrong: str, code: int) -> ResponseReturnValue:
    box = current_app.extensions["callbox"]
    text = render_template(
        "notices.html", notices=box.notices.every(), readers=box.notices.readers(), fields=fields, wrong=wrong,
        kind_words=KIND_WORDS, longest=LONGEST, names={one.id: one.name for one in box.people().people},
    )  # fmt: skip
    return text, code


def _time(text: str) -> float | None:
    """What a browser's field for day and hour says, in the box's time zone. ValueError: it is none."""
    return datetime.fromisoformat(text).astimezone().timestamp() if text else None
