"""Outgoing calls told in sentences: what was dialled, over which line, and what became of it. Pure functions."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from firmware.api.messages import Tried
from firmware.store.models import EventRow
from webui.jacks import line_called
from webui.reasons import reasons
from webui.translate import _, _l
from webui.words import clock, number

# What is seen and heard on a line that dials (firmware/outbound/answer.py); what has no word here is shown as it is.
HEARD = {
    "dial tone": _l("dial tone"),
    "special dial tone": _l("dial tone that tells of messages"),
    "dialled": _l("the number is dialled"),
    "ringback": _l("it rings there"),
    "ringback ended": _l("it rings no longer"),
    "busy tone": _l("busy tone"),
    "congestion tone": _l("the tone of a network that is full"),
    "vacant tone": _l("the tone of a number that is not in use"),
    "sit tone": _l("the tone before an announcement of the network"),
    "polarity reversed": _l("the exchange signals the answer"),
    "fax tone": _l("a fax machine"),
}
BEGINS = {"voice": _l("somebody speaks"), "sound": _l("a sound that is no tone"), "digit": _l("a key from there")}

OUTCOMES = {
    "busy": _l("The number is busy."),
    "congestion": _l("The network does not put the call through."),
    "no_answer": _l("Nobody answers there."),
    "vacant": _l("The number is not in use."),
    "no_dial_tone": _l("The line gives no dial tone; another one is tried."),
    "glare": _l("A caller was on the line that very moment and is served; another line is tried."),
    "taken": _l("The line was taken that very moment; another one is tried."),
    "lost": _l("The line is lost; another one is tried."),
    "no_line": _l("No line is free for this number."),
}


def _dials(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    if event.station is None:
        return _filled(_("The call is to go on to the outside number %(number)s."), number=shown)
    return _filled(_("Station %(station)s dials %(number)s."), number=shown, station=event.station)


def _refused(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    why = reasons(event.data.get("why") or ())
    return _filled(_("%(number)s may not be dialled: %(why)s."), number=shown, why=why)


def _dialling(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    return _filled(_("The box dials %(number)s on line %(line)s."), number=shown, line=line_called(event.line))


def _progress(event: EventRow, _country: str) -> str:
    what = str(event.data.get("what", ""))
    word = HEARD.get(what) or BEGINS.get(what.partition(" ")[0]) or what
    return _("Line %(line)s: %(what)s.", line=line_called(event.line), what=word)


def _outcome(event: EventRow, _country: str) -> str:
    result = str(event.data.get("result", ""))
    return str(OUTCOMES.get(result, ""))


def _limited(event: EventRow, _country: str) -> str:
    length = clock(float(event.data.get("seconds") or 0))
    return _("The call will be ended in %(length)s: the minutes allowed for this night are used up.", length=length)


def _blown(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    return _filled(_("The protection against fraud stops the call to %(number)s."), number=shown)


def _far_answered(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    if event.data.get("by") == "assumed":
        return _filled(_("It does not ring at %(number)s: the box takes it for answered."), number=shown)
    return _filled(_("%(number)s answers."), number=shown)


def _asked(event: EventRow, _country: str) -> str:
    shown = event.data.get("number", "")
    if event.data.get("taken"):
        return _filled(_("At %(number)s somebody presses 1 and takes the call."), number=shown)
    return _filled(_("At %(number)s nobody presses 1: the box looks elsewhere."), number=shown)


def _no_dial_tone(event: EventRow, _country: str) -> str:
    return _("Line %(line)s gave no dial tone.", line=line_called(event.line))


def in_vain(tried: Tried, country: str) -> Markup:
    """What became of a number that was dialled, until somebody answers there."""
    shown = number(tried.number, country)
    if tried.result == "refused":
        return _filled(_("%(number)s may not be dialled: %(why)s."), number=shown, why=reasons(tried.why))
    return _filled(_("%(number)s: %(what)s"), number=shown, what=OUTCOMES.get(tried.result, tried.result))


def _filled(sentence: str, **values: Any) -> Markup:
    return escape(sentence) % values


SENTENCES: dict[str, tuple[str, Callable[[EventRow, str], str]]] = {
    "line.no_dial_tone": ("fault", _no_dial_tone),
    "call.number": ("dialling", _dials),
    "call.refused": ("fault", _refused),
    "call.dialling": ("dialling", _dialling),
    "call.progress": ("dialling", _progress),
    "call.outcome": ("busy", _outcome),
    "call.far_answered": ("talking", _far_answered),
    "call.asked": ("talking", _asked),
    "call.limited": ("on_hold", _limited),
    "fuse.blown": ("fault", _blown),
}
