"""What people read: numbers grouped, times, durations, how a call ended, what an alarm means. Pure functions."""

import re
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_date, format_datetime, format_time
from markupsafe import Markup, escape

from firmware.api.messages import Alarm, CallNow, Lamp
from firmware.store.models import CallRecord
from webui import alarms, outcomes, ownwork
from webui.jacks import line_called, station_called
from webui.oserrors import in_words
from webui.states import LOOKS
from webui.translate import _, _l, language

# Digits of a number as people say them; the first pattern that fits.
_GROUPS: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "cn": (
        (r"1\d{10}", (3, 4, 4)),
        (r"0(10|2\d)\d{8}", (3, 4, 4)),
        (r"0\d{10,11}", (4, 4, 4)),
        (r"[48]00\d{7}", (3, 3, 4)),
        (r"\d{7,8}", (4, 4)),
    ),
    "us": ((r"1\d{10}", (1, 3, 3, 4)), (r"\d{10}", (3, 3, 4)), (r"\d{7}", (3, 4))),
    "gb": ((r"02\d{9}", (3, 4, 4)), (r"0\d{10}", (5, 6))),
    "de": ((r"01[567]\d{8,9}", (4, 8)), (r"0\d{7,}", (4, 4, 8))),
}

STAGES = {
    "ringing": _l("ringing"),
    "dialling": _l("being dialled"),
    "answered": _l("answered by the box"),
    "greeting": _l("hears the greeting"),
    "queue": _l("waits in the queue"),
    "talking": _l("talking"),
}

DETAILS = {
    "greeting": _l("greeting"),
    "queue": _l("queue"),
    "answered": _l("answered"),
    "releasing": _l("hanging up"),
    "far_end_gone": _l("caller gone"),
    "no_battery": _l("no line voltage"),
    "no_card": _l("card gone"),
    "no_headset": _l("headset gone"),
    "busy": _l("hears busy tone"),
}


def number(digits: str | None, country: str = "cn") -> Markup:
    """A telephone number in groups. The gaps are drawn, not written: copied or searched for, it is digits."""
    if not digits:
        return Markup("")
    groups = [digits]
    for pattern, sizes in _GROUPS.get(country, ()):
        if re.fullmatch(pattern, digits):
            starts = [sum(sizes[:index]) for index in range(len(sizes))]
            groups = [digits[start : start + size] for start, size in zip(starts, sizes, strict=True)]
            break
    inner = Markup("").join(Markup("<span>{}</span>").format(group) for group in groups if group)
    return Markup('<span class="num" title="{}">{}</span>').format(digits, inner)


def caller(found: Lamp | CallNow | CallRecord, country: str = "cn") -> Markup:
    """Who calls: number, else the name, else why there is none; empty if nothing is known yet."""
    name = found.caller if isinstance(found, Lamp) else found.name
    if found.number:
        return number(found.number, country)
    if name:
        return escape(name)
    if found.withheld == "private":
        return escape(_("number withheld"))
    if found.withheld:
        return escape(_("number unknown"))
    return Markup("")


def clock(seconds: float | None) -> str:
    """0:42, 12:05, 1:02:03; empty for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{rest // 60}:{rest % 60:02}"


def lasting(seconds: float) -> str:
    """How long something has been going on: 0:42, 3 days 4:05:06."""
    days, rest = divmod(max(0, int(seconds)), 86_400)
    return _("%(days)s days %(clock)s", days=days, clock=clock(rest)) if days else clock(rest)


def exact(at: float) -> str:
    """Date and time to the second, in the box's time zone."""
    return format_datetime(_local(at), "medium", locale=language())


def time_of_day(at: float) -> str:
    """14:03."""
    return format_time(_local(at), "HH:mm", locale=language())


def to_the_second(at: float) -> str:
    """14:03:07."""
    return format_time(_local(at), "HH:mm:ss", locale=language())


def day(at: float, now: float) -> str:
    """Today, yesterday, or the date."""
    date, today = _local(at).date(), _local(now).date()
    match (today - date).days:
        case 0:
            return _("today")
        case 1:
            return _("yesterday")
    return format_date(date, "medium", locale=language())


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None)


def state(name: str) -> str:
    """The state's word in the page's language."""
    return LOOKS[name].word(language())


def port_name(lamp: Lamp) -> str:
    """Its number with its given name, else what it is: 3 Sales, Line 3, Station 801."""
    if lamp.name:
        return f"{lamp.port} {lamp.name}"
    return _("Line %(port)s", port=lamp.port) if lamp.kind == "line" else _("Station %(port)s", port=lamp.port)


def detail(lamp: Lamp) -> str:
    """What the lamp says beside its state: with whom, or why."""
    if lamp.state == "talking" and lamp.peer:
        if lamp.kind == "line":
            return _("with %(peer)s", peer=station_called(lamp.peer))
        return _("line %(peer)s", peer=line_called(int(lamp.peer)) if lamp.peer.isdecimal() else lamp.peer)
    if lamp.detail:
        return str(DETAILS.get(lamp.detail, _("announcement") if lamp.state == "talking" else lamp.detail))
    return ""


def sentence(lamp: Lamp) -> str:
    """For ears: Line 3: ringing 13800138000."""
    who = lamp.number or lamp.caller or ""
    if lamp.kind == "station" and lamp.state == "talking" and who:
        return _("%(port)s: talking with %(who)s", port=port_name(lamp), who=who)
    return " ".join(part for part in (f"{port_name(lamp)}: {state(lamp.state)}", who, detail(lamp)) if part)


def stage(call: CallNow) -> str:
    """What a call is doing, for the list of calls."""
    if call.stage == "talking" and call.station:
        return _("talking with %(station)s", station=station_called(call.station))
    if call.offered:
        return _("rings at %(station)s", station=station_called(call.offered))
    return str(STAGES.get(call.stage, _("hears an announcement")))


def how_ended(record: CallRecord) -> str:
    """The end of a call in words, from the caller's point of view where it matters."""
    if record.recovered:
        return _("the box was switched off")
    match record.end_cue:
        case "box_stopped":
            return _("the box was stopped")
        case "too_long":
            return _("ended by the box: too long")
        case "left_queue":
            return _("ended by the queue")
        case "flow":
            return _("ended by the menu")
        case "no_battery":
            return _("the line was cut")
        case "no_card":
            return _("the card was gone")
        case "no_headset":
            return _("the headset was gone")
    if found := outcomes.ended(record.result, record.end_cue):
        return found
    if record.result == "answered":
        return _("agent hung up") if record.end_side == "agent" else _("caller hung up")
    if record.result == "abandoned":
        if record.queued is not None:
            return _("gave up in the queue")
        return _("gave up while ringing") if record.answered is None else _("hung up during the greeting")
    return _("a fault in the box")


def alarm(found: Alarm) -> tuple[str, str]:
    """What happened, and what it means and what to do about it."""
    own = ownwork.alarm(found) or outcomes.alarm(found) or alarms.alarm(found)
    if own is not None:
        return own
    text = in_words(str(found.args.get("text", "")))
    line = re.fullmatch(r"line_(\d+)_(\w+)", found.name)
    if line and line[2] == "no_battery":
        return (
            _("Line %(line)s has no voltage: the wire is cut or the provider is down.", line=line_called(int(line[1]))),
            _("Callers on it do not reach the box. Check the plug at the box and at the wall, then ask the provider."),
        )
    if line and line[2] == "stuck":
        return (
            _("Line %(line)s does not become free.", line=line_called(int(line[1]))),
            _("It takes no calls until it does. Unplug it for ten seconds; if that does not help, restart the box."),
        )
    if (port := re.fullmatch(r"(line|station)_(\d+)_no_card", found.name)) is not None:
        gone = _("The card of line %(line)s is gone.", line=port[2])
        if port[1] == "station":
            gone = _("The card of station %(station)s is gone.", station=port[2])
        return gone, _(
            "Its calls were ended; the other ports go on. See that the card sits firmly and has power. Once it is"
            " back, the box uses it again by itself."
        )
    return _other_alarm(found.name, text, str(found.args.get("files", "")))


def _other_alarm(name: str, text: str, files: str) -> tuple[str, str]:
    match name if name == "store.lost" else name.partition("_")[0]:
        case "orphan":
            return (
                _("There are recordings that belong to no call: %(files)s.", files=files),
                _("They are kept as they are. Listen to them, and move away what nobody needs."),
            )
        case "damaged":
            return (
                _("Files among the recordings cannot be played: %(files)s.", files=files),
                _("They are left as they are. The other recordings are not touched by this."),
            )
        case "recording":
            return (
                _("Calls are not being recorded: %(why)s.", why=text),
                _("Calls go on as usual. Make room on the disk; the next call is recorded again."),
            )
        case "store":
            return (
                _("Calls done are not being stored: %(why)s.", why=text),
                _("Calls go on; what happened is kept in memory and stored when it can be. Make room on the disk."),
            )
        case "store.lost":
            return (
                _("Some of what happened could not be stored: %(why)s.", why=text),
                _("The list of calls may have gaps. The box's log has what is missing."),
            )
        case "prompt":
            return (
                _("An announcement cannot be played: %(why)s.", why=text),
                _("Callers hear silence in its place. Put a good recording there."),
            )
    return text or name, ""


def template_words() -> dict[str, Any]:
    """What templates may call."""
    names = (
        number, caller, clock, lasting, exact, time_of_day, to_the_second, day, port_name, detail, sentence, stage,
        how_ended, alarm, in_words,
    )  # fmt: skip
    return {function.__name__: function for function in names} | {"state_word": state, "looks": LOOKS}
