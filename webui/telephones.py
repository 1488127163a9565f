"""Training telephones: on the simulated card one person tries the whole box alone, with his own voice and ears.

The page's part is the door: who may, from where, and one thread that carries sound and words (webui/wire.py). What a
telephone is and does stands in the box (firmware/training/booth.py).
"""

import re
from typing import Any

import phonenumbers
from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from firmware.api.client import BoxAway
from firmware.api.telephones import OUTSIDE, SOCKET, TELEPHONE
from webui.security import HEADERS, address, limiter, visitor, who
from webui.states import LOOKS
from webui.translate import _, _l, language

bp = Blueprint("telephones", __name__, url_prefix="/telephones")

MICROPHONE = "microphone=(self)"

STATES = {
    "off_hook": _l("handset lifted"), "calling": _l("it rings at the box"), "engaged": _l("line busy"),
    "unanswered": _l("nobody answered"), "gone": _l("the other side hung up"),
}  # fmt: skip

TONES = {
    "dial": _l("dial tone"), "special_dial": _l("special dial tone"), "ringback": _l("ringback tone"),
    "busy": _l("busy tone"), "congestion": _l("congestion tone"), "sit": _l("information tone"),
    "vacant": _l("number-not-in-use tone"), "waiting": _l("call-waiting tone"), "other": _l("a tone"),
}  # fmt: skip

ENDED = {
    "held": _l("{by} has this telephone in hand, in another tab or at another computer."),
    "taken_over": _l("{by} has taken this telephone over."),
    "unknown": _l("There is no such telephone on this box."),
    "slow": _l("This tab was too slow for the sound, so the telephone was put down. Calls of others are not affected."),
    "flood": _l("This tab sent more than a voice can say, so the telephone was put down."),
    "malformed": _l("The box did not understand this tab. Load the page again."),
    "stopping": _l("The box is being stopped."),
    "selfcall": _l("The box is calling itself just now, to test its lines. Try again in a minute."),
    "logged_out": _l("You are no longer logged in. Load the page again."),
    "lost": _l("The connection to this telephone was lost, so it was put down."),
    "away": _l("The box does not answer, so there is no telephone just now. This tries again by itself."),
}

OVER = {"held": _l("Take it over"), "taken_over": _l("Take it back")}

REFUSED = {
    "in_use": _l("This telephone is in a call already."),
    "no_line": _l("The box has no such line."),
    "not_now": _l("That cannot be done just now."),
    "selfcall": _l("The box is calling itself just now, to test its lines. Try again in a minute."),
    "faulty": _l("The telephone did not do it. The box's log tells more."),
}

MICROPHONES = {
    "asking": _l("The browser asks whether it may use the microphone."),
    "ok": "",
    "denied": _l(
        "The browser may not use the microphone. Permit it by the sign beside the page's address. Until then you hear "
        "everything and can press keys; let a sample speak."
    ),
    "none": _l(
        "This computer has no microphone. Plug one in. Until then you hear everything and can press keys; let a sample "
        "speak."
    ),
    "insecure": _l(
        "A microphone needs an encrypted page: open it over https, or at localhost on the box itself. You hear "
        "everything and can press keys; let a sample speak."
    ),
    "silent_page": _l("This browser cannot play sound here. Keys and what the telephone says in words still work."),
}  # fmt: skip


def words() -> dict[str, dict[str, str]]:
    """Whatever the script of a telephone says, in the page's language."""
    known = {name: look.word(language()) for name, look in LOOKS.items()}
    tables = {
        "states": known | STATES, "over": OVER, "tones": TONES, "ended": ENDED, "refused": REFUSED,
        "microphone": MICROPHONES,
    }  # fmt: skip
    return {table: {code: str(said) for code, said in rows.items()} for table, rows in tables.items()}


def numbers(country: str) -> dict[str, str]:
    """For each telephone outside a number of this country that it may show, as it would be dialled there."""
    example = phonenumbers.example_number_for_type(country.upper(), phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return {}
    shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"\D", "", shown)
    return {f"out{number}": f"{digits[:-1]}{number + 4}" for number in range(1, OUTSIDE + 1)}


def outside() -> list[tuple[str, str]]:
    """Telephones outside: id and name."""
    return [(f"out{number}", _("Outside %(number)s", number=number)) for number in range(1, OUTSIDE + 1)]


def stations() -> list[tuple[str, str]]:
    """Agents' telephones: id and name."""
    snapshot = current_app.extensions["callbox"].hub.snapshot
    lamps = snapshot.lamps if snapshot else ()
    return [(lamp.port, lamp.name or _("Station %(port)s", port=lamp.port)) for lamp in lamps if lamp.kind == "station"]


def telephones() -> dict[str, Any]:
    """What a template needs to place telephones (templates/_telephone.html); send its answer `with_microphone`."""
    box = current_app.extensions["callbox"]
    snapshot = box.hub.snapshot
    lines = [lamp for lamp in snapshot.lamps if lamp.kind == "line"] if snapshot else []
    return {
        "telephone_words": words(), "outside": outside(), "inside": stations(), "telephone_lines": lines,
        "telephone_numbers": numbers(snapshot.country) if snapshot else {},
        "simulated": snapshot is not None and snapshot.simulated, "known": snapshot is not None,
    }  # fmt: skip


def with_microphone(page: str) -> Response:
    """A page on which the browser may ask for the microphone; everywhere else it may not."""
    response = make_response(page)
    response.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace("microphone=()", MICROPHONE)
    return response


@bp.get("")
def page() -> ResponseReturnValue:
    """All of them; on a real card, how to come by them."""
    return with_microphone(render_template("telephones.html", only=None, **telephones()))


@bp.get("/<name>")
def one(name: str) -> ResponseReturnValue:
    """One telephone, for a tab of its own."""
    found = telephones()
    if name not in dict([*found["outside"], *found["inside"]]):
        abort(404)
    return with_microphone(render_template("telephones.html", only=name, **found))


@bp.get("/<name>/wire", websocket=True)
@limiter.limit("120 per minute")
def wire(name: str) -> ResponseReturnValue:
    """A telephone's sound and words, as a WebSocket (firmware/api/telephones.py says what passes)."""
    from webui.wire import Box, NoWebSocket, Taken, Wire, handshake  # here: the page starts sooner without it

    box = current_app.extensions["callbox"]
    connection = request.environ.get("gunicorn.socket", request.environ.get("werkzeug.socket"))
    if not re.fullmatch(TELEPHONE, name):
        abort(404)
    try:
        protocol, rest = handshake(request.headers)
    except NoWebSocket:
        abort(400)
    if not _from_this_page(rest):
        box.keep.note(who(), "refused", address(), path=request.path[:200], method="WebSocket")
        abort(403)
    if connection is None:
        abort(503)
    take = {
        "do": "take", "telephone": name, "who": who()[:64], "name": current_user.person.name[:64],
        "over": request.args.get("over") == "1",
    }  # fmt: skip
    try:
        far = Box(str(box.data / SOCKET))
    except BoxAway:
        abort(503)
    token, people = str(current_user.id), box.people
    Wire(
        connection, protocol, far, still_in=lambda: visitor(box.keep, people(), token) is not None,
        closing=lambda: bool(box.hub.closed),
    ).run(take)  # fmt: skip
    return Taken()


def _from_this_page(subprotocols: list[str]) -> bool:
    """The browser opened it from a page of this box, and knows the token that only that page has."""
    if request.headers.get("Origin") != request.host_url.rstrip("/") or len(subprotocols) != 1:
        return False
    try:
        validate_csrf(subprotocols[0])
    except ValidationError:
        return False
    return True
