"""The agent's desk: where he sits, his state, his calls with their buttons, who calls, and who is free."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from firmware.acd.model import Queues
from firmware.agents.section import Agents
from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused, Snapshot, Tried
from firmware.setup.store import Setup, SetupError
from firmware.store.missed import missed
from firmware.store.tickets import Ticket, Tickets
from firmware.voicemail.section import Voicemail
from webui import desk_card, desk_talk
from webui.desk_asks import ASKS, NotNow, Wanted, refusal
from webui.desk_view import Desk, look
from webui.live import event_stream
from webui.outgoing import in_vain
from webui.security import address, who
from webui.translate import _, language
from webui.wanted import visible
from webui.words import sentence, state

bp = Blueprint("desk", __name__, url_prefix="/desk")
MISSED_SHOWN = 8
LISTS = ("missed", "voicemail", "messages", "news")


@bp.get("")
def page() -> ResponseReturnValue:
    """All of it; later the stream replaces parts."""
    box = current_app.extensions["callbox"]
    desk_card.warm()
    return render_template("desk.html", parts=parts(), hub=box.hub, desk=view(), **_left(), **_first_card())


@bp.get("/events")
def events() -> ResponseReturnValue:
    """Server-sent events as those of the first screen, with the parts of this desk."""
    return event_stream(current_app.extensions["callbox"].hub, parts, _ringing, Sayings().say)


@bp.post("/ask/<name>")
def ask(name: str) -> ResponseReturnValue:
    """Asks the box for one of ASKS, at one's own station only. What comes of it is told by the stream; `said` is what
    only this answer tells."""
    does = ASKS.get(name)
    if does is None:
        abort(404)
    body = request.get_json(silent=True)
    fields = {str(one): str(value) for one, value in body.items()} if isinstance(body, dict) else {}
    box = current_app.extensions["callbox"]
    try:
        wanted = Wanted(current_user.person, view(), fields, box)
        intent, args, said = does(wanted)
        with ApiClient(box.socket) as client:
            result = client.request(intent, **args)
    except NotNow as error:
        return {"error": str(error)}, 409
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so nothing was asked.")}, 503
    return {"said": said(result)}, 202


@bp.get("/card")
def card() -> ResponseReturnValue:
    """The card of who is in this call."""
    call = _call(request.args.get("call", ""))
    return render_template("desk_card.html", card=_card(call), call=call)


@bp.post("/card")
def save() -> ResponseReturnValue:
    """Writes the card. The number is the call's, never the browser's."""
    box = current_app.extensions["callbox"]
    call = _call(request.form.get("call", ""))
    number = desk_card.key(call.number, _country(box.hub.snapshot))
    if number is None:
        return {"error": _("Without a number there is nothing under which a card could be kept.")}, 409
    fields = {name: request.form.get(name, "").strip()[:most] for name, most in desk_card.FIELDS.items()}
    try:
        with ApiClient(box.socket) as client:
            client.request("customer.save", number=number, who=who(), **fields)
    except Refused as error:
        return {"error": refusal(error)}, 409
    except BoxAway:
        return {"error": _("The box does not answer, so the card is not saved. It stays here; try again.")}, 503
    return {"said": _("saved")}, 202


@bp.post("/tickets")
def open_ticket() -> ResponseReturnValue:
    """Something is to be done for whoever is in this call. The number is the call's, never the browser's."""
    box = current_app.extensions["callbox"]
    call = _call(request.form.get("call", ""))
    number = desk_card.key(call.number, _country(box.hub.snapshot))
    title = " ".join(request.form.get("title", "").split())[:200]
    if number is None or not title:
        return _tickets(call, None, _("Write in a few words what is to be done."))
    made, wrong = _asked("ticket.open", number=number, title=title, call=call.id, who=who())
    new = {"number": number, "title": title, "opened": box.hub.box_now(), "opened_by": who()}
    return _tickets(call, None if wrong else Ticket(id=made["ticket"], **new), wrong)


@bp.post("/tickets/<ticket>/close")
def close_ticket(ticket: str) -> ResponseReturnValue:
    """It is done."""
    box = current_app.extensions["callbox"]
    call = _call(request.form.get("call", ""))
    found = Tickets(box.engine).get(ticket)
    if found is None or found.number != desk_card.key(call.number, _country(box.hub.snapshot)):
        abort(404)
    _made, wrong = _asked("ticket.close", ticket=ticket, who=who())
    if not wrong:
        found.closed, found.closed_by = box.hub.box_now(), who()
    return _tickets(call, found, wrong)


@bp.get("/left")
def left() -> ResponseReturnValue:
    """One of the lists beside the team."""
    return render_template("desk_left.html", **_left(request.args.get("show", "")))


@bp.post("/message")
def message() -> ResponseReturnValue:
    """A message to a colleague; the list of messages as it is then."""
    wrong = desk_talk.send(request.form.get("to", ""), request.form.get("text", "").strip())
    fields = {"to": request.form.get("to", ""), "text": request.form.get("text", "") if wrong else ""}
    return render_template("desk_left.html", **_left("messages"), wrong=wrong, fields=fields)


@bp.post("/seen/<int:notice>")
def seen(notice: int) -> ResponseReturnValue:
    """Whoever asks has read this announcement."""
    box = current_app.extensions["callbox"]
    box.notices.see(str(current_user.name), notice)
    box.hub.wake()
    return render_template("desk_left.html", **_left("news"))


@bp.get("/voicemail/<name>/<message>")
def voicemail(name: str, message: str) -> ResponseReturnValue:
    """A message of one's own boxes, which counts as heard from now on."""
    box = current_app.extensions["callbox"]
    if not any((one["box"], one["id"]) == (name, message) for one in _messages(view()) or ()):
        abort(404)
    if request.range is None or request.range.ranges[0][0] == 0:
        box.keep.note(who(), "listened_voicemail", address(), box=name, message=message)
        try:
            with ApiClient(box.socket) as client:
                client.request("voicemail.heard", box=name, message=message)
        except (Refused, BoxAway) as error:
            current_app.logger.warning("message %s of box %s stays unheard: %s", message, name, error)
    return send_from_directory(
        box.data / "voicemail", f"{name}/{message}.wav", mimetype="audio/wav", conditional=True, max_age=0
    )


def view() -> Desk:
    """The desk of whoever asks, now."""
    return look(current_app.extensions["callbox"].hub.snapshot, str(current_user.name))


def parts() -> dict[str, str]:
    """Every part of the desk that the stream may replace, by the id of its element."""
    box = current_app.extensions["callbox"]
    person = str(current_user.name)

    def make() -> dict[str, str]:
        snapshot: Snapshot | None = box.hub.snapshot
        desk = look(snapshot, person)
        names = {one.station: one.agent.name or one.agent.agent for one in desk.team if one.agent is not None}
        waiting: dict[str, int] = {}
        for call in snapshot.calls if snapshot else ():
            if call.stage == "queue" and call.queue:
                waiting[call.queue] = waiting.get(call.queue, 0) + 1
        shared = {
            "desk": desk, "names": names, "country": _country(snapshot), "queues": _queues(box.setup),
            "waiting": waiting, "reasons": box.setup.load(Agents).reasons, "place": _place_of, "in_vain": in_vain,
        }  # fmt: skip
        shared["unread"], shared["names_by_id"] = (
            box.notices.unread(person),
            {one.id: one.name for one in box.people().people},
        )
        names_of = ("me", "call", "team", "news")
        return {f"desk-{name}": render_template(f"desk_{name}.html", **shared) for name in names_of}

    made: dict[str, str] = box.hub.rendered((f"desk {person}", language()), make)
    return made


class Sayings:
    """What a screen reader hears of one's own desk: only what has changed, never at the first look."""

    def __init__(self) -> None:
        self._before: tuple[str, str, Tried | None] | None = None

    def say(self, snapshot: Snapshot | None) -> list[str]:
        """Sentences about what is new."""
        desk = look(snapshot, str(current_user.name))
        here = desk.here
        now = ("", "", None) if here is None else (here.state, here.lamp.call or "", here.lamp.tried)
        before, self._before = self._before, now
        if before is None or before == now or here is None:
            return []
        if here.lamp.tried is not None and here.lamp.tried != before[2]:
            return [in_vain(here.lamp.tried, _country(snapshot)).striptags()]
        if desk.held and desk.active is None:
            return [state("on_hold")]
        return [sentence(here.lamp) if here.lamp.state == here.state else state(here.state)]


def _ringing(snapshot: Snapshot | None) -> int:
    return int(look(snapshot, str(current_user.name)).rings)


def _country(snapshot: Snapshot | None) -> str:
    return snapshot.country if snapshot and snapshot.country else "cn"


def _place_of(number: str | None, country: str) -> str:
    kept = desk_card.key(number, country)
    return desk_card.place(kept, language()) if kept else ""


def _queues(setup: Setup) -> list[tuple[str, str]]:
    """Names and labels of the queues; none while the setup cannot be read."""
    try:
        found = setup.load(Queues).queues
    except SetupError:
        current_app.logger.exception("the queues cannot be read")
        return []
    chosen = language()
    return [(queue.id, queue.label.get("zh" if chosen == "zh" else "en") or queue.id) for queue in found]


def _call(wanted: str) -> Any:
    """A call that is at one's station now, or one that one may see; 404."""
    desk = view()
    for mine in (desk.ringing, desk.active, *desk.held):
        if mine is not None and mine.call.id == wanted:
            return mine.call
    record = current_app.extensions["callbox"].records.get(wanted)
    if record is None or not visible(record):
        abort(404)
    return record


def _asked(intent: str, **fields: Any) -> tuple[dict[str, Any], str]:
    """What the box answers; with words if it cannot be."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return client.request(intent, **fields), ""
    except Refused as error:
        return {}, refusal(error)
    except BoxAway:
        return {}, _("The box does not answer, so nothing was asked.")


def _tickets(call: Any, fresh: Ticket | None, wrong: str) -> ResponseReturnValue:
    """The list; `fresh` as it is now, which the store may not know yet."""
    card = _card(call)
    if card is not None and fresh is not None:
        others = tuple(one for one in card.tickets if one.id != fresh.id)
        card = replace(card, tickets=(*others, fresh) if fresh.closed else (fresh, *others))
    return render_template("desk_tickets.html", card=card, call=call, wrong=wrong)


def _card(call: Any) -> desk_card.Card | None:
    box = current_app.extensions["callbox"]
    try:
        return desk_card.card(box, call, _country(box.hub.snapshot), language())
    except SQLAlchemyError:
        current_app.logger.exception("the card cannot be read")
        return None


def _first_card() -> dict[str, Any]:
    first = view().first
    return {"card": _card(first) if first else None, "call": first}


def _messages(desk: Desk) -> list[dict[str, Any]] | None:
    """Of one's own station's boxes, newest first; None while the box does not answer."""
    box = current_app.extensions["callbox"]
    if not desk.station:
        return []
    boxes = box.setup.load(Voicemail).boxes
    mine = {desk.station} | {name for name, one in boxes.items() if desk.station in one.stations}
    try:
        with ApiClient(box.socket) as client:
            found = client.request("voicemail.list")["messages"]
    except (Refused, BoxAway):
        return None
    return sorted((one for one in found if one["box"] in mine), key=lambda one: -float(one["at"]))


def _left(show: str = "") -> dict[str, Any]:
    """What the list `show` needs; an unknown one is that of missed calls."""
    box = current_app.extensions["callbox"]
    desk = view()
    show = show if show in LISTS else LISTS[0]
    found = {"show": show, "seated": bool(desk.station), **desk_talk.talk(show)}
    if show == "messages" and found["unread"].messages:
        box.notices.read(str(current_user.name), max(one.id for one in found["letters"]))
        box.hub.wake()
    if show == "voicemail":
        found["messages"] = _messages(desk)
    if show != "missed":
        return found
    try:
        calls = missed(box.engine, current_user.person.number, desk.station, MISSED_SHOWN) if desk.station else []
    except SQLAlchemyError:
        current_app.logger.exception("missed calls cannot be read")
        calls = []
    return found | {"missed": calls}
