"""`callbox detect`: the box's own detectors over a file."""

from collections.abc import Iterable
from typing import Any

from drivers.binding.convert import SCHEME_NAMES
from drivers.binding.events import Kind, PortEvent
from drivers.binding.listener import Listener
from drivers.binding.plan import Plan
from firmware.tools.audio import RATE, Sound

MARGIN_S = 0.15  # the voice ear holds on so long after a sound
VOICE_LEAST_S = 0.1
CALLERID_MOST_S = 1.3  # 480 bits before it and 100 characters of ten bits, at 1,200 bit/s
AFTER_S = 8  # silence after the file, so that what it ends in the middle of is told, too

Found = dict[str, Any]


def detect(sound: Sound, plan: Plan) -> list[Found]:
    """What is in the sound, in order of time; `t`, `end` and `duration` in seconds from the file's start."""
    with Listener(plan) as listener:
        events = listener.feed(sound.samples) + listener.feed(bytes(2 * RATE * AFTER_S))
    found = _objects(events, sound.seconds)
    signals = [(one["t"], _end(one)) for one in found if one["kind"] != "voice"]
    voices = [part for one in found if one["kind"] == "voice" for part in _without(one, signals)]
    found = [one for one in found if one["kind"] != "voice"] + voices
    return sorted(found, key=lambda one: (one["t"], one["kind"]))


def _end(signal: Found) -> float:
    """Where a digit, tone or caller id ends; of the last, where the longest would."""
    if signal["kind"] == "dtmf":
        return float(signal["t"] + (signal["duration"] or 0))
    return float(signal["t"] + CALLERID_MOST_S if signal["kind"] == "callerid" else signal["end"])


def _without(voice: Found, signals: Iterable[tuple[float, float]]) -> list[Found]:
    """The voice ear hears every sound: what is left of it where no signal was recognised."""
    left = [(voice["t"], voice["end"])]
    for begin, end in signals:
        begin, end = begin - MARGIN_S, end + MARGIN_S
        left = [part for a, b in left for part in ((a, min(b, begin)), (max(a, end), b)) if part[0] < part[1]]
    return [{"t": round(a, 4), "kind": "voice", "end": round(b, 4)} for a, b in left if b - a >= VOICE_LEAST_S]


def _objects(events: Iterable[PortEvent], seconds: float) -> list[Found]:
    found: list[Found] = []
    last: dict[str, Found] = {}
    for event in events:
        t = round(event.at / RATE, 4)
        match event.kind:
            case Kind.DIGIT:
                last["dtmf"] = {"t": t, "kind": "dtmf", "digit": event.word, "duration": None}
                found.append(last["dtmf"])
            case Kind.DIGIT_END if "dtmf" in last:
                last["dtmf"]["duration"] = round(event.value / 1000, 3)
            case Kind.TONE:
                last["tone"] = {
                    "t": t, "kind": "tone", "name": event.word, "hz": event.value, "cycles": event.extra, "end": None,
                }  # fmt: skip
                found.append(last["tone"])
            case Kind.TONE_END if "tone" in last:
                last["tone"]["end"] = round(min(seconds, last["tone"]["t"] + event.value / 1000), 4)
            case Kind.CALLERID:
                found.append(_caller_id(event, t))
            case Kind.VOICE if event.value:
                last["voice"] = {"t": t, "kind": "voice", "end": round(seconds, 4)}
                found.append(last["voice"])
            case Kind.VOICE if "voice" in last:
                last["voice"]["end"] = min(t, round(seconds, 4))
    return found


def _caller_id(event: PortEvent, t: float) -> Found:
    number, name = (*event.text, "", "")[:2]
    scheme = SCHEME_NAMES.get(event.extra, "none")
    return {"t": t, "kind": "callerid", "ok": bool(event.value), "scheme": scheme, "number": number, "name": name}
