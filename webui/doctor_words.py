"""The line doctor in words: findings, verdicts, steps, why it ended, what a port's news mean. Pure functions."""

from dataclasses import dataclass
from typing import Any

from webui.learned import SCHEMES
from webui.translate import _, _l

VERDICTS = {"good": _l("good"), "look": _l("look at this"), "fault": _l("fault"), "unknown": _l("not measured")}
LOOKS = {"good": "talking", "look": "busy", "fault": "fault", "unknown": "idle"}  # of the table of states, for colours

WHATS = {
    "examine": _l("Examination"),
    "quick": _l("Short examination"),
    "call": _l("A call from outside"),
    "loop": _l("From line to line"),
    "capture": _l("Capture"),
}

STEPS = {
    "battery": _l("Voltage of the line"),
    "dial_tone": _l("Dial tone"),
    "digit": _l("One digit"),
    "quiet": _l("Noise and hum"),
    "echo": _l("Echo"),
    "release": _l("Hanging up"),
    "waiting": _l("Call this line now from a mobile"),
    "ringing": _l("It rings: who calls?"),
    "answered": _l("The box has answered"),
    "hang_up": _l("Now hang up the mobile; the box listens"),
    "ring": _l("The other line is rung"),
    "there": _l("Tone and silence from here to there"),
    "back": _l("Tone and silence from there to here"),
}

WHY = {
    "rung": _l("A caller rang and was answered. Examine again when the line is idle."),
    "glare": _l("Somebody called the very moment the line was seized, and was answered. Examine again."),
    "emergency": _l("The line was needed for an emergency call."),
    "stopped": _l("It was stopped."),
    "no_battery": _l("The voltage went away in the middle. Check plug and cable."),
    "nobody_called": _l("Nobody called within three minutes. Call the number of this very line."),
    "talked_on": _l("The call lasted too long to be watched."),
    "no_ring": _l("The other line did not ring. See whether the number is really its own."),
    "not_heard": _l("Somebody else called the other line in this moment, and was answered as a caller. Try again."),
    "in_use": _l("The other line is in use. Try again when it is idle."),
}

NEWS = {
    "ring": _l("ring %(value)s begins"),
    "ring_end": _l("the ring lasted %(value)s ms"),
    "ring_stop": _l("the caller gave up after %(value)s rings"),
    "loop_drop": _l("the exchange broke the loop for %(value)s ms"),
    "offhook": _l("the handset was lifted"),
    "onhook": _l("the handset was put down"),
    "flash": _l("the loop was open for %(value)s ms: the R key"),
    "pulse": _l("dialled by pulses"),
    "digit_end": _l("the key lasted %(value)s ms"),
    "tone": _l("tone “%(word)s”, %(value)s Hz"),
    "tone_end": _l("tone “%(word)s” has ended"),
    "cadence": _l("a tone that the box does not know: %(word)s (Hz, on, off in ms)"),
    "alert": _l("alerting tone of a caller id"),
    "echo_off": _l("a modem's tone: the echo canceller is off"),
    "pulsed": _l("%(value)s digits were sent by pulses"),
    "waiting": _l("the telephone was told of a second call"),
    "surprise": _l("something that does not belong here (state %(value)s, input %(extra)s)"),
}
PAIRS = {
    "polarity": (_l("the polarity is as usual"), _l("the polarity is reversed")),
    "battery": (_l("the voltage is gone"), _l("the voltage is there")),
    "voice": (_l("sound ends"), _l("sound begins, %(extra)s dBm0")),
}
BY_NUMBER = ("", "bell202", "v23", "dtmf", "ntt")  # enum lc_callerid_scheme
FIELDS = {
    "time": _l("Time"), "number": _l("Number"), "dialled": _l("Dialled number"), "name": _l("Name"),
    "no_number": _l("Why there is no number"), "no_name": _l("Why there is no name"), "kind": _l("Kind of call"),
    "lamp": _l("Message lamp"), "call_type": _l("Kind of call"), "redirecting": _l("Redirected by"),
}  # fmt: skip
STATES = (
    _l("idle"), _l("rings"), _l("off-hook"), _l("loop broken for a moment"), _l("just hung up"), _l("no voltage"),
    _l("off-hook for the caller id"),
)  # fmt: skip
TONES = {
    "dial": _l("dial tone"),
    "ringback": _l("ringback"),
    "busy": _l("busy tone"),
    "congestion": _l("congestion tone"),
    "vacant": _l("tone of a number that is not in use"),
    "sit": _l("special information tone"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as people read it. `look`: a state of the one table, for colour and shape."""

    check: str
    verdict: str
    word: str
    look: str
    says: str
    limit: str
    source: str
    advice: str


def findings(found: list[dict[str, Any]]) -> list[Shown]:
    """All of a report."""
    return [_shown(one) for one in found]


def _shown(one: dict[str, Any]) -> Shown:
    verdict, values = one["verdict"], one["values"]
    says, limit, source, advice = (one[part] for part in ("says", "limit", "source", "advice"))
    return Shown(
        one["check"], verdict, str(VERDICTS[verdict]), LOOKS[verdict], _(says, **values),
        _(limit, **values) if limit else "", _(source) if source else "", _(advice, **values) if advice else "",
    )  # fmt: skip


def ended(why: str | None) -> str:
    """Why it ended before its end; empty: it did not."""
    return "" if why is None else str(WHY.get(why, _("It broke off; the log of the box tells more.")))


def steps(job: dict[str, Any]) -> list[tuple[str, str]]:
    """Each step's words, and whether it is 'done', 'now' or 'ahead'."""
    names = job["steps"]
    at = len(names) if job["done"] else names.index(job["step"]) if job["step"] in names else -1
    return [(str(STEPS[name]), "done" if n < at else "now" if n == at else "ahead") for n, name in enumerate(names)]


def news(entry: dict[str, Any], *, keys: bool) -> str:
    """One thing that a port told. `keys`: whoever asks may see which keys were pressed and who calls."""
    kind, words = str(entry["kind"]), entry["text"]
    word = str(words[0]) if words else ""
    holes = {"value": entry["value"], "extra": entry["extra"], "word": str(TONES.get(word, word))}
    if kind == "digit":
        return _("key %(word)s begins", word=word if keys else "•")
    if kind == "callerid":
        return _caller_id(entry, keys=keys)
    if kind == "received":
        return _as_it_came(entry, keys=keys)
    if kind == "line_state" and 0 <= entry["value"] < len(STATES):
        return _("the line is now: %(state)s", state=STATES[entry["value"]])
    if kind in PAIRS:
        return str(PAIRS[kind][bool(entry["value"])]) % holes
    return str(NEWS[kind]) % holes if kind in NEWS else kind


def _caller_id(entry: dict[str, Any], *, keys: bool) -> str:
    """How it came, whether it is whole, and every field."""
    scheme = BY_NUMBER[entry["extra"]] if 0 <= entry["extra"] < len(BY_NUMBER) else ""
    told = [str(SCHEMES[scheme])] if scheme in SCHEMES else []
    if scheme != "dtmf":
        told.append(_("checksum right") if entry["value"] else _("checksum wrong"))
    for name, value in zip(("number", "name", "time"), entry["text"], strict=False):
        if value:
            told.append(_("%(field)s: %(value)s", field=field(name), value=value if keys else "•••"))
    what = _("caller id") if entry["value"] else _("caller id with an error")
    return _("%(field)s: %(value)s", field=what, value=_(", ").join(told))


def _as_it_came(entry: dict[str, Any], *, keys: bool) -> str:
    """Its characters, whatever the box made of them."""
    scheme, characters = entry["text"]
    how = [str(SCHEMES[scheme]), _("%(level)s dBm0", level=entry["extra"])]
    if entry["value"] >= 0:
        how.append(_("checksum right") if entry["value"] else _("checksum wrong"))
    what = _("caller id as it came (%(how)s)", how=_(", ").join(how))
    return _("%(field)s: %(value)s", field=what, value=characters if keys else "•••")


def field(name: str) -> str:
    """Of a caller id; one that is not known by its number."""
    return str(FIELDS[name]) if name in FIELDS else _("Field %(number)s", number=name)


def levels(gains: Any) -> str:
    """Where the levels were measured, and what of the box's own is not in them."""
    received, sent = gains or (0.0, 0.0)
    if not received and not sent:
        return _("dBm0 at the jack; the box adds no gain.")
    return _("dBm0 at the jack: received before the box’s own gain of %(received)s dB, sent behind %(sent)s dB.",
             received=f"{received:+g}", sent=f"{sent:+g}")  # fmt: skip
