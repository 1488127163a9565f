"""What callers have left: messages in voicemail boxes, and calls that are owed to them. Each person sees what lies in
his data scope; a technician has neither (webui/roles.py)."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from firmware.acd.model import Queues
from firmware.agents.section import Agents
from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.voicemail.section import Voicemail
from webui.desk_asks import refusal
from webui.desk_view import look
from webui.security import address, who
from webui.setup.sources import titled
from webui.translate import _
from webui.wanted import numbers

messages = Blueprint("messages", __name__, url_prefix="/messages")
owed = Blueprint("owed", __name__, url_prefix="/owed")
SHOWN = 200

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """A voicemail box as the page shows it. `word`: what people call it."""

    name: str
    word: str
    messages: tuple[Found, ...]

    @property
    def new(self) -> int:
        """How many nobody has heard."""
        return sum(not one["heard"] for one in self.messages)


# -- messages -------------------------------------------------------------------------------------------------


@messages.get("")
def page() -> ResponseReturnValue:
    """Box by box, the newest first."""
    return render_template("messages.html", boxes=boxes(), mine=_station())


@messages.get("/<name>/<message>.wav")
def sound(name: str, message: str) -> ResponseReturnValue:
    """The WAV, also a part of it; it counts as heard from now on, and who listens is written down."""
    box = current_app.extensions["callbox"]
    _message(name, message)
    if request.range is None or request.range.ranges[0][0] == 0:
        box.keep.note(who(), "listened_voicemail", address(), box=name, message=message)
        _asked("voicemail.heard", box=name, message=message)
    folder = box.data / "voicemail"
    return send_from_directory(folder, f"{name}/{message}.wav", mimetype="audio/wav", conditional=True, max_age=0)


@messages.post("/<name>/<message>/<what>")
def act(name: str, message: str, what: str) -> ResponseReturnValue:
    """Marks it as heard, removes it, or calls back whoever left it."""
    found = _message(name, message)
    if what == "heard":
        _said(_asked("voicemail.heard", box=name, message=message), _("Marked as heard."))
    elif what == "remove":
        fault = _asked("voicemail.remove", box=name, message=message)
        if not fault:
            current_app.extensions["callbox"].keep.note(
                who(), "removed_voicemail", address(), box=name, message=message
            )
        _said(fault, _("The message is removed."))
    elif what == "call" and found["number"]:
        _call("desk.dial", to=found["number"])
    else:
        abort(404)
    return redirect(url_for("messages.page"))


def boxes() -> list[Box] | None:
    """Those that whoever asks may hear, with something in them first; None: the box does not answer."""
    found = _asks("voicemail.list", "messages")
    if found is None:
        return None
    allowed = numbers()
    there: dict[str, list[Found]] = {name: [] for name in _own_boxes(allowed)}
    for one in sorted(found, key=lambda one: -float(one["at"])):
        if allowed is None or one["box"] in there:
            there.setdefault(one["box"], []).append(one)
    words = _box_words()
    made = [Box(name, words.get(name, name), tuple(rows[:SHOWN])) for name, rows in there.items()]
    return sorted(made, key=lambda box: (-box.new, not box.messages, box.word))


def _own_boxes(allowed: tuple[str, ...] | None) -> list[str]:
    """Names of the boxes of these agents: of the telephones where they sit or that are theirs, and those whose lamp is
    on one of them; of everybody: those that are set up."""
    box = current_app.extensions["callbox"]
    named = box.setup.load(Voicemail).boxes
    if allowed is None:
        return list(named)
    agents = box.hub.snapshot.agents if box.hub.snapshot else ()
    stations = {one.station for one in agents if one.agent in allowed and one.person is not None}
    stations |= {station for station, owner in box.setup.load(Agents).stations.items() if owner in allowed}
    return sorted(stations | {name for name, one in named.items() if stations & set(one.stations)})


def _box_words() -> dict[str, str]:
    """Names of telephones, and of queues whose box it is."""
    box = current_app.extensions["callbox"]
    queues = {one.id: titled(one.label, one.id) for one in box.setup.load(Queues).queues}
    agents = box.hub.snapshot.agents if box.hub.snapshot else ()
    seated = {one.station: f"{one.station} · {one.name}" for one in agents if one.name}
    return seated | queues | {"general": _("General")}


def _message(name: str, message: str) -> Found:
    """One that whoever asks may hear; 404."""
    there = [one for box in boxes() or () if box.name == name for one in box.messages]
    found = next((one for one in there if one["id"] == message), None)
    if found is None:
        abort(404)
    return found


# -- owed -----------------------------------------------------------------------------------------------------


@owed.get("")
def owed_page() -> ResponseReturnValue:
    """Callbacks first, then whoever called last."""
    queues = {one.id: titled(one.label, one.id) for one in current_app.extensions["callbox"].setup.load(Queues).queues}
    return render_template("owed.html", debts=debts(), queues=queues, mine=_station())


@owed.post("/<debt>/<what>")
def settle(debt: str, what: str) -> ResponseReturnValue:
    """Calls him now, or takes him off the list: it is done, or not needed."""
    found = next((one for one in debts() or () if one["id"] == debt), None)
    if found is None or what not in ("call", "done", "not_needed"):
        abort(404)
    if what == "call":
        _call("owed.call", id=debt)
    else:
        fault = _asked("owed.close", id=debt, who=who())
        if not fault:
            box = current_app.extensions["callbox"]
            box.keep.note(who(), f"owed_{what}", address(), number=found["number"] or "–")
        _said(fault, _("Taken off the list."))
    return redirect(url_for("owed.owed_page"))


def debts() -> list[Found] | None:
    """Those that whoever asks may see: of queues that he or his group serves, and those who came to none."""
    found = _asks("owed.list", "owed")
    allowed = numbers()
    if found is None or allowed is None:
        return found
    section = current_app.extensions["callbox"].setup.load(Queues).by_name()
    stations = {_station()}

    def serves(queue: str | None) -> bool:
        members = section[queue].members if queue in section else ()
        return not members or any(one.agent in allowed or one.station in stations for one in members)

    return [one for one in found if serves(one["queue"])]


# -- both -----------------------------------------------------------------------------------------------------


def waiting() -> dict[str, int]:
    """For the tabs: how many messages nobody has heard, and how many are owed a call."""
    return {"messages": sum(box.new for box in boxes() or ()), "owed": len(debts() or ())}


def _station() -> str:
    """Where whoever asks sits; empty: nowhere."""
    return look(current_app.extensions["callbox"].hub.snapshot, who()).station


def _asks(intent: str, field: str) -> list[Found] | None:
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            found: list[Found] = client.request(intent)[field]
    except BoxAway:  # the hub tells it once; here it would be told with every page
        return None
    except Refused as error:
        current_app.logger.warning("%s: %s", intent, error)
        return None
    return found


def _asked(intent: str, **args: Any) -> str:
    """Why it was not done, in words; empty: it was."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            client.request(intent, **args)
    except Refused as error:
        return refusal(error)
    except BoxAway:
        return _("The box does not answer, so nothing was asked.")
    return ""


def _said(fault: str, words: str) -> None:
    flash(fault or words)


def _call(intent: str, **args: str) -> None:
    """From one's own telephone."""
    station = _station()
    if not station:
        flash(_("Choose your station on the desk first: it is your telephone that rings."))
        return
    _said(
        _asked(intent, station=station, **args), _("Your telephone rings. Lift the handset, and the number is dialled.")
    )
