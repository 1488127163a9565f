"""What users do with calls, told in sentences: hold, transfer, rooms, diversions, voicemail, the lines' guards."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware.errors import UserError
from firmware.store.models import EventRow
from webui.jacks import line_called
from webui.reasons import reasons
from webui.refusals import refusal
from webui.translate import _, _l
from webui.words import clock

Say = Callable[[EventRow, str], str]

WHY = {
    "transferred": _l("Station %(by)s puts the call through to %(to)s."),
    "recalled": _l("Station %(by)s put the handset down while the call was on hold: it rings there again."),
    "picked_up": _l("Station %(by)s picks the call up."),
    "taken_over": _l("Station %(by)s takes the call over."),
    "fetched": _l("Station %(by)s fetches the parked call."),
    "parked": _l("Station %(by)s parks the call."),
    "sent": _l("The call is sent to %(to)s."),
    "came_back": _l("The caller could not be kept there: he goes back to %(to)s, which had sent him."),
}
KINDS = {
    "station": _l("station %(name)s"), "queue": _l("the queue “%(name)s”"), "flow": _l("the menu “%(name)s”"),
    "voicemail": _l("the mailbox %(name)s"), "number": _l("the number %(name)s"),
    "room": _l("conference room %(name)s"),
}  # fmt: skip
DIVERTED = {
    "always": _l("Calls for station %(station)s are forwarded to %(to)s."),
    "busy": _l("Station %(station)s is busy and forwards to %(to)s."),
    "no_answer": _l("Nobody answers at station %(station)s, which forwards to %(to)s."),
    "disturb": _l("Station %(station)s does not want to be disturbed and forwards to %(to)s."),
    "follow_me": _l("The user of station %(station)s is looked for at %(to)s."),
}
LISTENS = {
    "listen": _l("A supervisor listens."),
    "whisper": _l("A supervisor speaks to the agent; the caller does not hear it."),
    "barge": _l("A supervisor speaks with both."),
}


def _place(to: object) -> str:
    if not isinstance(to, Mapping):
        return _("another place")
    kind = str(to.get("kind", ""))
    name = next((str(value) for key, value in to.items() if key not in ("kind", "ring_s")), "")
    return str(KINDS[kind]) % {"name": name} if kind in KINDS else _("another place")


def _moved(event: EventRow, _country: str) -> str:
    why = str(event.data.get("why", ""))
    sentence = WHY.get(why, _l("The call goes on to %(to)s."))
    return str(sentence) % {"by": event.data.get("by") or "", "to": _place(event.data.get("to"))}


def _diverted(event: EventRow, _country: str) -> str:
    sentence = DIVERTED.get(str(event.data.get("why")), DIVERTED["always"])
    return str(sentence) % {"station": event.station, "to": event.data.get("to", "")}


def _listening(event: EventRow, _country: str) -> str:
    return str(LISTENS.get(str(event.data.get("how")), LISTENS["listen"]))


def _screened(event: EventRow, _country: str) -> str:
    why = reasons(event.data.get("why") or ())
    if event.data.get("how") == "ring":
        return _("The caller may not come in and is left ringing: %(why)s.", why=why)
    return _("The caller may not come in and hears busy tone: %(why)s.", why=why)


def _muted(event: EventRow, _country: str) -> str:
    return _("He is muted.") if event.data.get("muted") else _("He may be heard again.")


def _locked(event: EventRow, _country: str) -> str:
    return _("Nobody else comes into the room.") if event.data.get("locked") else _("The room is open again.")


def _left(event: EventRow, _country: str) -> str:
    length = clock(float(event.data.get("ms") or 0) / 1000)
    if event.data.get("recovered"):
        return _("A message in mailbox %(box)s was recovered: %(length)s.", box=event.data.get("box"), length=length)
    return _("The caller leaves a message of %(length)s in mailbox %(box)s.", box=event.data.get("box"), length=length)


def _cadence(event: EventRow) -> str:
    times = event.data.get("ms")
    return "/".join(f"{float(ms) / 1000:.2f} s" for ms in times) if isinstance(times, list) else str(times)


def _proposed(event: EventRow, _country: str) -> str:
    return _(
        "Line %(line)s: a tone of %(hz)s Hz, %(ms)s, was heard after the caller had gone. "
        "In %(calls)s earlier calls it would have cut %(cuts)s.",
        line=line_called(event.line), hz=event.data.get("hz"), ms=_cadence(event),
        calls=event.data.get("calls"), cuts=event.data.get("cuts"),
    )  # fmt: skip


def _learned(event: EventRow, _country: str) -> str:
    return _("Line %(line)s: a tone of %(hz)s Hz, %(ms)s, ends calls from now on.",
             line=line_called(event.line), hz=event.data.get("hz"), ms=_cadence(event))  # fmt: skip


def _refused(event: EventRow, _country: str) -> str:
    said, code = event.data.get("text", ""), event.data.get("code", "")
    if not code:
        return _("Telephone %(station)s asked for what is not possible: %(why)s.", station=event.station, why=said)
    why = refusal(UserError(said, code=code, **event.data.get("holes") or {}))
    return _("Telephone %(station)s asked for what is not possible: %(why)s", station=event.station, why=why)


def _plain(text: Any) -> Say:
    """A sentence that needs at most the event's line and station, and what it tells. `text` is translated later."""

    def say(event: EventRow, _country: str) -> str:
        names = ("room", "parties", "slot", "of", "box")
        data = {name: event.data.get(name, "") for name in names}
        return str(text) % {"line": event.line, "station": event.station, **data}

    return say


def _paged(event: EventRow, _country: str) -> str:
    said = _("It was heard at the loudspeaker for %(seconds)s s", seconds=event.data.get("seconds", ""))
    match event.data.get("why"):
        case "too_long":
            return _("%(said)s, and was cut: nobody may speak there longer.", said=said)
        case "no_loudspeaker":
            return _("%(said)s; then the loudspeaker was gone.", said=said)
    return _("%(said)s.", said=said)


SENTENCES: dict[str, tuple[str, Say]] = {
    "call.held": ("on_hold", _plain(_l("Station %(station)s puts the call on hold."))),
    "call.retrieved": ("talking", _plain(_l("Station %(station)s is back in the call."))),
    "call.conference": ("talking", _plain(_l("Station %(station)s joins %(parties)s parties."))),
    "call.moved": ("on_hold", _moved),
    "call.room": ("talking", _plain(_l("The caller comes into conference room %(room)s, where %(parties)s are now."))),
    "call.room_muted": ("talking", _muted),
    "call.room_locked": ("talking", _locked),
    "call.paging": (
        "talking",
        _plain(_l("A chime sounds at the loudspeaker; then station %(station)s is heard there.")),
    ),
    "call.paged": ("idle", _paged),
    "call.parked": ("on_hold", _plain(_l("The caller is parked at place %(slot)s."))),
    "call.listening": ("talking", _listening),
    "call.knocking": ("ringing", _plain(_l("Station %(station)s is in talk and hears that another call waits."))),
    "call.diverted": ("on_hold", _diverted),
    "call.screened": ("busy", _screened),
    "call.twin": ("ringing", _plain(_l("This is another ring of call %(of)s: one caller, not two."))),
    "voicemail.left": ("idle", _left),
    "voicemail.heard": ("idle", _plain(_l("The message in mailbox %(box)s was listened to."))),
    "voicemail.removed": ("idle", _plain(_l("The message in mailbox %(box)s was deleted."))),
    "voicemail.mailed": ("idle", _plain(_l("The message in mailbox %(box)s was sent by mail."))),
    "station.flash": ("talking", _plain(_l("Telephone %(station)s presses the flash key."))),
    "station.refused": ("busy", _refused),
    "line.out_of_use": ("fault", _plain(_l("Line %(line)s is not dialled on any more; calls on it are answered."))),
    "line.in_use": ("idle", _plain(_l("Line %(line)s is dialled on again."))),
    "line.hang_up_proposed": ("idle", _proposed),
    "line.hang_up_learned": ("idle", _learned),
}
