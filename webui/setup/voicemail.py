"""Setup: voicemail boxes, and the mail server with a test."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.store.models import EventRow
from firmware.voicemail.section import Mail, MailBox, Voicemail
from webui.oserrors import in_words
from webui.security import address, who
from webui.setup.registry import Action, Entry, NamedPage, Now, Page
from webui.translate import _, _l, ngettext
from webui.words import day, time_of_day

bp = Blueprint("mail", __name__, url_prefix="/setup/mail")
TEST_S = 30.0  # longer than the box waits for the server


def _box() -> Any:
    return current_app.extensions["callbox"]


# -- voicemail --------------------------------------------------------------------------------------------------


def _messages() -> dict[str, tuple[int, int]] | None:
    """Of each box, how many there are and how many are new; None: the box does not answer."""
    found: dict[str, tuple[int, int]] = {}
    try:
        with ApiClient(_box().socket) as client:
            messages = client.request("voicemail.list")["messages"]
    except (BoxAway, Refused):
        return None
    for one in messages:
        there, new = found.get(one["box"], (0, 0))
        found[one["box"]] = (there + 1, new + (not one["heard"]))
    return found


def _state(section: Voicemail) -> str:
    messages = _messages() or {}
    new = sum(count for _there, count in messages.values())
    words = ngettext("%(num)s box of its own", "%(num)s boxes of their own", len(section.boxes))
    return words + (" · " + ngettext("%(num)s new message", "%(num)s new messages", new) if new else "")


def _now(section: Voicemail) -> list[Now]:
    messages = _messages()
    if messages is None:
        return [Now("fault", _("The box does not answer"), "")]
    rows = []
    for name in dict.fromkeys((*section.boxes, *messages)):
        there, new = messages.get(name, (0, 0))
        one = section.boxes.get(name, MailBox())
        text = _("%(there)s of %(most)s messages, %(new)s new", there=there, most=one.messages_most, new=new)
        rows.append(Now("fault" if there >= one.messages_most else "ringing" if new else "idle", name, text))
    return rows


def _mailed(entry: Entry) -> str:
    return _(", ").join(entry.value.mail) or "–"


VOICEMAIL = NamedPage(
    name="voicemail",
    title=_l("Voicemail"),
    sentence=_l("Boxes in which callers leave messages. Every telephone has one of its own number without being told."),
    section=Voicemail,
    group="people",
    state=_state,
    now=_now,
    field="boxes",
    item=MailBox,
    columns=(
        (_l("Box"), lambda entry: entry.key),
        (_l("Telephones with its lamp"), lambda entry: _(", ").join(entry.value.stations) or "–"),
        (_l("Greeting"), lambda entry: entry.value.greeting or _("the usual one")),
        (_l("Mail to"), _mailed),
    ),
    empty=_l("No box but those of the telephones. Add one that several people share."),
    new=_l("Add a box"),
)

# -- mail -------------------------------------------------------------------------------------------------------


def _last(kind: str, **data: str) -> EventRow | None:
    """The newest event of a kind whose data are these."""
    with Session(_box().engine) as session:
        newest = select(EventRow).where(EventRow.kind == kind).order_by(EventRow.seq.desc()).limit(50)
        rows = list(session.scalars(newest))
    return next((row for row in rows if all(row.data.get(name) == value for name, value in data.items())), None)


def _mail_now(section: Mail) -> list[Now]:
    """What was sent last, and what could not be."""
    if not section.host:
        return [Now("out_of_service", _("No mail is sent"), _("Enter the server of your mail address."))]
    try:
        sent, failed = _last("voicemail.mailed"), _last("alarm.raised", name="mail")
    except SQLAlchemyError:
        current_app.logger.exception("mails cannot be read")
        return []
    rows = []
    if failed is not None and (sent is None or failed.at > sent.at):
        why = in_words(str(failed.data.get("text", "")))
        rows.append(Now("fault", _("Not sent, %(when)s", when=_when(failed.at)), why))
    if sent is not None:
        to = _(", ").join(sent.data.get("to", ()))
        rows.append(Now("talking", _("Last sent, %(when)s", when=_when(sent.at)), to))
    return rows or [Now("idle", _("Nothing sent yet"), "")]


def _when(at: float) -> str:
    return f"{day(at, _box().hub.box_now())} {time_of_day(at)}"


@bp.post("/test")
def test() -> ResponseReturnValue:
    """Has the box send a mail with what is saved, and tells what the server answered."""
    to = request.form.get("to", "").strip()[:120]
    try:
        with ApiClient(_box().socket, timeout=TEST_S) as client:
            found = client.request("mail.test", to=to, who=who())
    except Refused:
        flash(_("“%(to)s” is no mail address. Nothing was sent.", to=to))
    except BoxAway:
        flash(_("The box does not answer, so nothing was asked."))
    else:
        _box().keep.note(who(), "mail_tested", address(), to=to)
        said = in_words(str(found.get("said", "")))
        flash(
            _("The server took the mail to %(to)s. It said: %(said)s", to=to, said=said)
            if found.get("ok")
            else _("The mail was not taken. The server said: %(said)s", said=said)
        )
    return redirect(url_for("setup.page", name="mail"))


MAIL = Page(
    name="mail",
    title=_l("Mail server"),
    sentence=_l("The server by which the box sends messages of voicemail boxes."),
    section=Mail,
    group="box",
    state=lambda mail: mail.host or _("no mail is sent"),
    now=_mail_now,
    fields=("host", "security", "user", "password", "sender", "port"),
    action=Action("mail.test", _l("Send a test mail"), "to", _l("To")),
)
