"""One call told in sentences: its events in order, without what only machines care about. Pure functions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from firmware.api.messages import Alarm
from firmware.store.models import CallRecord, EventRow
from webui import outgoing, together
from webui.jacks import line_called, station_called
from webui.oserrors import in_words
from webui.reasons import reasons
from webui.translate import _, _l
from webui.words import alarm, clock, how_ended, number

PROMPTS = {
    "greeting": _l("the greeting"),
    "queue_entry": _l("that somebody will answer soon"),
}

TARGETS = {
    "queue": _l("queue"), "flow": _l("menu"), "voicemail": _l("voicemail"), "number": _l("number"),
    "station": _l("station"), "room": _l("conference room"),
}  # fmt: skip

# Told by another event of the same moment, or of no interest to people.
LEFT_OUT = frozenset({
    "line.callerid_learned", "line.remembered", "line.cadence",
    "line.seized", "line.released", "call.caller", "call.noted", "station.idle",
    "box.started", "box.stopping", "box.restored", "doctor.started", "doctor.done", "doctor.captured",
    "setup.changed", "selfcall.done", "audit.done", "backup.done", "retention.done",
    "disk.measured",
    "agent.signed_in", "agent.signed_out", "agent.state", "agent.refused",
    "owed.opened", "owed.closed", "owed.tried", "call.member",
    "customer.saved", "ticket.opened", "ticket.closed", "prompt.changed", "surge.began", "surge.ended",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence. `at` is seconds since the epoch, `after` since the first; `look` a state of the one table."""

    at: float
    after: float
    look: str
    words: Markup


def tell(record: CallRecord, events: Iterable[EventRow], country: str = "cn") -> list[Told]:
    """The call's story. An event of a kind that has no sentence yet is told by its name: nothing is hidden."""
    told: list[Told] = []
    began = record.started
    for event in events:
        if event.kind in LEFT_OUT:
            continue
        found = _sentence(record, event, country)
        if found is not None:
            look, words = found
            told.append(Told(event.at, max(0.0, event.at - began), look, escape(words)))
    return told


def _sentence(record: CallRecord, event: EventRow, country: str) -> tuple[str, str] | None:
    if event.kind in _SENTENCES:
        look, say = _SENTENCES[event.kind]
        words = say(event, country)
        return (look, words) if words else None
    if event.kind == "call.ended":
        return "idle", _("The call ends: %(how)s.", how=how_ended(record))
    if event.kind == "alarm.raised":
        what, advice = alarm(Alarm(name=str(event.data.get("name", "")), since=event.at, args=event.data))
        return "fault", f"{what} {advice}".strip()
    return "idle", event.kind


def _filled(sentence: str, **values: Any) -> Markup:
    """The sentence with values that may be drawn (a number in groups); all else is escaped."""
    return escape(sentence) % values


# -- lines --------------------------------------------------------------------------------------------------


def _ring(event: EventRow, _country: str) -> str:
    burst = int(event.data.get("burst", 1))
    if burst == 1:
        return _("Line %(line)s rings.", line=line_called(event.line))
    return _("Line %(line)s rings again: ring %(burst)s.", line=line_called(event.line), burst=burst)


def _ring_end(event: EventRow, _country: str) -> str:
    if event.data.get("usual"):
        return ""
    seconds = f"{float(event.data.get('ms') or 0) / 1000:.1f}"
    return _("This is a distinctive ring: a burst of %(seconds)s s.", seconds=seconds)


def _caller_id(event: EventRow, country: str) -> str:
    if not event.data.get("ok", True):
        return _("The exchange sent who calls, but it arrived damaged and cannot be read.")
    if event.data.get("number"):
        who = number(str(event.data["number"]), country)
        name = event.data.get("name")
        return _filled(
            _("The exchange tells who calls: %(who)s."), who=Markup("{} {}").format(who, name) if name else who
        )
    if event.data.get("withheld") == "private":
        return _("The exchange tells that the caller withholds the number.")
    return _("The exchange tells that it does not know the number.")


def _far_end_gone(event: EventRow, _country: str) -> str:
    match event.data.get("cue"):
        case "tone":
            return _("The exchange gives the tone that follows a hang-up (%(hz)s Hz): the caller has gone.",
                     hz=round(float(event.data.get("hz") or 0)))  # fmt: skip
        case "reversal":
            return _("The exchange turns the line’s polarity back: the other side has gone.")
        case "loop_drop":
            return _("The exchange interrupts the line: the caller has gone.")
        case "no_battery":
            return _("The line has no voltage any more: the call is cut.")
        case "no_card":
            return _("The line’s card is gone: the call is cut.")
        case "rang_out":
            return _("The ringing stops: the caller has gone.")
    return _("The caller has gone.")


def _line_idle(event: EventRow, _country: str) -> str:
    if event.data.get("fault"):
        return _("Line %(line)s is on-hook; its fault is still there.", line=line_called(event.line))
    return _("Line %(line)s is free again.", line=line_called(event.line))


def _line_fault(event: EventRow, _country: str) -> str:
    if event.data.get("what") == "no_card":
        return _("The card of line %(line)s is gone.", line=line_called(event.line))
    return _("Line %(line)s has no voltage.", line=line_called(event.line))


# -- stations -----------------------------------------------------------------------------------------------


def _station_rings(event: EventRow, country: str) -> str:
    if event.data.get("number"):
        shown = number(str(event.data["number"]), country)
        return _filled(_("Telephone %(station)s rings and shows %(number)s."), station=event.station, number=shown)
    return _("Telephone %(station)s rings.", station=event.station)


def _station_lamp(event: EventRow, _country: str) -> str:
    if event.data["text"]:
        return _(
            "The lamp of telephone %(station)s cannot be set; its dial tone stutters instead.", station=event.station
        )
    if event.data["lit"]:
        return _("The lamp of telephone %(station)s is lit: messages wait.", station=event.station)
    return _("The lamp of telephone %(station)s is dark.", station=event.station)


def _station_headset(event: EventRow, _country: str) -> str:
    if event.data.get("connected") is None:
        return _("Station %(station)s has a telephone again, no headset.", station=event.station)
    if event.data["connected"]:
        return _("The headset at station %(station)s is connected.", station=event.station)
    return _("The headset at station %(station)s is not connected.", station=event.station)


def _announced(event: EventRow, _country: str) -> str:
    return _("The prompt “%(prompt)s” is played at the loudspeaker.", prompt=event.data.get("prompt", ""))


def _said_aloud(event: EventRow, _country: str) -> str:
    return _filled(_("The box’s voice says “%(text)s” at the loudspeaker."), text=event.data.get("text", ""))


def _cut_short(event: EventRow, _country: str) -> str:
    if event.data.get("why") == "stopped":
        return _("What was heard at the loudspeaker was stopped.")
    return _("The loudspeaker was gone before all was heard there.")


def _station_fault(event: EventRow, _country: str) -> str:
    if event.data.get("what") == "no_headset":
        return _("The headset of station %(station)s is gone.", station=event.station)
    return _("The card of station %(station)s is gone.", station=event.station)


def _station_tone(event: EventRow, _country: str) -> str:
    return _("Telephone %(station)s hears busy tone, because the other side has gone.", station=event.station)


# -- the call -----------------------------------------------------------------------------------------------


def _started(event: EventRow, _country: str) -> str:
    if event.data.get("direction") == "inbound":
        return _("Line %(line)s rings: a call begins.", line=line_called(event.line))
    return _("Station %(station)s calls.", station=event.station or "")


def _prompt(event: EventRow, _country: str) -> str:
    name = str(event.data.get("prompt", ""))
    what = PROMPTS.get(name, _("the announcement “%(name)s”", name=name))
    return _("The caller hears %(prompt)s.", prompt=what)


def _prompt_end(event: EventRow, _country: str) -> str:
    seconds = f"{float(event.data.get('ms') or 0) / 1000:.1f}"
    if event.data.get("cut"):
        return _("The announcement stops after %(seconds)s s.", seconds=seconds)
    if not event.data.get("ms"):
        return _("The announcement cannot be played; the caller hears nothing in its place.")
    return ""


def _queued(event: EventRow, _country: str) -> str:
    return _(
        "The caller waits in the queue “%(queue)s”, at place %(position)s.",
        queue=event.data.get("queue", ""), position=event.data.get("position", ""),
    )  # fmt: skip


def _offered(event: EventRow, _country: str) -> str:
    station = event.station or event.data.get("station")
    why = reasons(event.data.get("why") or ())
    if not why:
        return _("The box chooses station %(station)s.", station=station)
    return _("The box chooses station %(station)s: %(why)s.", station=station, why=why)


def _left_queue(event: EventRow, _country: str) -> str:
    queue, to = event.data.get("queue", ""), _target(str(event.data.get("to", "")))
    why = reasons(event.data.get("why") or ())
    return _("The caller leaves the queue “%(queue)s” for %(to)s: %(why)s.", queue=queue, to=to, why=why)


def _target(to: str) -> str:
    """Where to, as firmware/acd/model.py's target_words() names it."""
    kind, _space, name = to.partition(" ")
    return f"{TARGETS[kind]} {name}" if kind in TARGETS else _("the end of the call") if to == "hang up" else to


def _flow_step(event: EventRow, _country: str) -> str:
    if event.data.get("to"):
        return _("The menu leads to %(to)s.", to=_target(str(event.data["to"])))
    return ""


def _flow_fault(event: EventRow, _country: str) -> str:
    return _(
        "The menu “%(flow)s” has a fault at “%(node)s”: %(words)s.",
        flow=event.data.get("flow", ""), node=event.data.get("node", ""), words=event.data.get("words", ""),
    )  # fmt: skip


def _survey(event: EventRow, _country: str) -> str:
    keys = ", ".join(str(answer.get("key", "")) for answer in event.data.get("answers") or ())
    return _("The caller answers the survey: %(keys)s.", keys=keys)


def _callback_wanted(event: EventRow, country: str) -> str:
    shown = number(str(event.data.get("number", "")), country)
    return _filled(_("The caller wants to be called back at %(number)s."), number=shown)


def _wrap_up(event: EventRow, _country: str) -> str:
    length = clock(float(event.data.get("seconds") or 0))
    return _("Station %(station)s has %(length)s for wrap-up.", station=event.station, length=length)


def _offer_ended(event: EventRow, _country: str) -> str:
    if event.data.get("result") == "no_answer":
        return _("Nobody picks up at %(station)s.", station=event.station or event.data.get("station"))
    return ""


def _recorded(event: EventRow, _country: str) -> str:
    if event.data.get("error"):
        return _("The recording is not whole: %(why)s.", why=in_words(str(event.data["error"])))
    length = clock(float(event.data.get("ms") or 0) / 1000)
    if event.data.get("recovered"):
        return _("The recording is recovered: %(length)s.", length=length)
    return _("The recording is closed: %(length)s.", length=length)


def _gap(event: EventRow, _country: str) -> str:
    return _(
        "Nobody speaks: the recording leaves out %(length)s.", length=clock(float(event.data.get("ms") or 0) / 1000)
    )


def _removed(event: EventRow, _country: str) -> str:
    match event.data.get("why"):
        case "age":
            return _("The recording was removed: it had reached the age that the settings allow.")
        case "not_restored":
            return _("The recording is not here: the backup that was restored did not hold it.")
    return _("The recording was removed to make room on the disk.")


def _marked(event: EventRow, _country: str) -> str:
    if event.data.get("marked"):
        return _("Somebody marked the recording: it is kept until the mark is taken off.")
    return _("Somebody took the mark off the recording.")


def _plain(text: Any) -> Callable[[EventRow, str], str]:
    """A sentence that needs at most the event's line, station, digit and flow. `text` is marked for translation."""

    def say(event: EventRow, _country: str) -> str:
        data = {name: event.data.get(name, "") for name in ("digit", "flow")}
        return str(text) % {"line": line_called(event.line), "station": station_called(event.station), **data}

    return say


_SENTENCES: dict[str, tuple[str, Callable[[EventRow, str], str]]] = {
    "line.ring": ("ringing", _ring),
    "line.data_call": ("talking", _plain(_l("A modem or a fax is on the line: the echo canceller is off."))),
    "line.ring_end": ("ringing", _ring_end),
    "line.callerid": ("ringing", _caller_id),
    "line.rang_out": ("idle", _plain(_l("The caller gave up before the box answered."))),
    "line.far_end_gone": ("busy", _far_end_gone),
    "line.setup": ("idle", _plain(_l("Line %(line)s was set up anew."))),
    "station.setup": ("idle", _plain(_l("Station %(station)s was set up anew."))),
    "line.idle": ("idle", _line_idle),
    "line.fault": ("fault", _line_fault),
    "station.fault": ("fault", _station_fault),
    "loudspeaker.prompt": ("talking", _announced),
    "loudspeaker.text": ("talking", _said_aloud),
    "loudspeaker.cut": ("idle", _cut_short),
    "station.ringing": ("ringing", _station_rings),
    "station.offhook": ("talking", _plain(_l("Telephone %(station)s is picked up."))),
    "station.onhook": ("idle", _plain(_l("Telephone %(station)s is put down."))),
    "station.wrap_up": ("wrap_up", _wrap_up),
    "station.ready": ("idle", _plain(_l("Station %(station)s is ready again."))),
    "station.tone": ("busy", _station_tone),
    "station.headset": ("idle", _station_headset),
    "station.lamp": ("idle", _station_lamp),
    "call.started": ("ringing", _started),
    "call.answered": ("talking", _plain(_l("The box answers."))),
    "call.prompt": ("talking", _prompt),
    "call.prompt_end": ("talking", _prompt_end),
    "call.digit": ("dialling", _plain(_l("The caller has pressed %(digit)s."))),
    "call.flow": ("talking", _plain(_l("The caller is in the menu “%(flow)s”."))),
    "call.flow_step": ("talking", _flow_step),
    "call.flow_fault": ("fault", _flow_fault),
    "call.flow_record": ("talking", _plain(_l("The caller leaves a recording in the menu."))),
    "call.survey": ("talking", _survey),
    "call.callback_wanted": ("talking", _callback_wanted),
    "call.queued": ("on_hold", _queued),
    "call.offered": ("on_hold", _offered),
    "call.left_queue": ("on_hold", _left_queue),
    "call.offer_ended": ("on_hold", _offer_ended),
    "call.connected": ("talking", _plain(_l("The caller and station %(station)s hear each other."))),
    "call.recording": ("talking", _plain(_l("The recording begins."))),
    "call.recording_paused": ("on_hold", _plain(_l("The recording pauses: silence in place of both."))),
    "call.recording_resumed": ("talking", _plain(_l("The recording goes on."))),
    "call.recording_gap": ("idle", _gap),
    "call.recorded": ("idle", _recorded),
    "call.recording_removed": ("idle", _removed),
    "call.marked": ("idle", _marked),
    "call.selfcall": ("idle", _plain(_l("The box makes this call itself, to see that everything works."))),
    "alarm.cleared": ("idle", _plain(_l("The fault is over."))),
    **outgoing.SENTENCES,
    **together.SENTENCES,
}
