"""From figures to findings: a sentence with its figure, the limit, where the limit is from, a verdict, and what to do.

Pure functions. `says` marks a sentence for the page's translation (tests/webui/test_translations.py); the command
prints it as it stands. Limits marked "callbox figure" are ours: where a caller begins to notice.
"""

from dataclasses import dataclass, field
from typing import Literal

from drivers.binding.plan import Plan, Tone
from firmware.doctor.measure import Echo, Noise, Part, SteadyTone

Verdict = Literal["good", "look", "fault", "unknown"]
WORST: tuple[Verdict, ...] = ("good", "unknown", "look", "fault")


def says(sentence: str) -> str:
    """A sentence that people will read; its %(name)s are values of the finding."""
    return sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `says`, `limit`, `advice` are sentences with holes for `values`; verdict
    'unknown': it could not be measured."""

    check: str
    verdict: Verdict
    says: str
    values: dict[str, str] = field(default_factory=dict)
    limit: str = ""
    source: str = ""
    advice: str = ""


OURS = says("callbox figure")
DIAL_SOON_MS, DIAL_LATE_MS = 1500, 3000
HZ_OFF = 25.0
LEVEL_LEAST, LEVEL_MOST = -28.0, -3.0
DIGIT_MS = 500
NOISE_GOOD, NOISE_BAD = -60.0, -50.0
HUM_GOOD, HUM_BAD = -50.0, -40.0
HUM_NONE = -85.0
ECHO_GOOD, ECHO_BAD = 10.0, 6.0
RESIDUE_GOOD, RESIDUE_BAD = -40.0, -30.0
SHOWN_DB = 60.0  # an echo loss above this is below every noise


def worst(findings: "list[Finding]") -> Verdict:
    """The verdict on all of them; one that could not be measured makes no fault."""
    return max((one.verdict for one in findings), key=WORST.index, default="unknown")


def judged(value: float, good: float, bad: float) -> Verdict:
    """More is worse."""
    return "good" if value <= good else "look" if value <= bad else "fault"


def one_place(value: float) -> str:
    return f"{value:.1f}"


def battery(*, there: bool, reversed_: bool) -> Finding:
    """The exchange's feed, as the card tells it."""
    if not there:
        return Finding(
            "battery",
            "fault",
            says("There is no voltage on the line."),
            source=OURS,
            limit=says("voltage while on-hook"),
            advice=says(
                "Callers cannot reach this line and nobody can dial on it. Check the plug, the wall socket and "
                "the distribution frame; then call the operator."
            ),
        )
    if reversed_:
        return Finding(
            "battery",
            "look",
            says("The exchange feeds the line; its polarity is reversed."),
            source=OURS,
            limit=says("voltage while on-hook"),
            advice=says("It works. If the operator tells answers and hang-ups by reversal, swap the two wires."),
        )
    return Finding(
        "battery",
        "good",
        says("The exchange feeds the line, polarity as usual."),
        limit=says("voltage while on-hook"),
        source=OURS,
    )


# -- dial tone -------------------------------------------------------------------------------------------------


def hz_words(parts: tuple[Part, ...]) -> str:
    return " + ".join(f"{part.hz:.0f}" for part in parts)


def _expected(tone: Tone) -> tuple[float, ...]:
    hz = tone.steps[0].hz
    return (hz[0] - tone.am, hz[0], hz[0] + tone.am) if tone.am and hz else tuple(float(one) for one in hz)


def _fits(found: tuple[Part, ...], tone: Tone) -> bool:
    expected = sorted(_expected(tone))
    return len(found) == len(expected) and all(
        abs(part.hz - hz) <= HZ_OFF for part, hz in zip(found, expected, strict=True)
    )


def no_dial_tone(waited_s: float, heard_dbm0: float) -> Finding:
    """Nothing came in place of it."""
    return Finding(
        "dial_tone",
        "fault",
        says("No dial tone came within %(seconds)s s; what was heard had %(level)s dBm0."),
        {"seconds": f"{waited_s:.0f}", "level": one_place(heard_dbm0)},
        says("dial tone within 3 s"),
        "ITU-T Q.543",
        says(
            "Plug a telephone into this wall socket. If it hears none, call the operator; if it does, change the cable "
            "to the box."
        ),
    )


def dial_tone(found: SteadyTone, plan: Plan) -> list[Finding]:
    """When it came, what it is, how loud."""
    expected = plan.tones["dial"]
    late: Verdict = judged(found.after_ms, DIAL_SOON_MS, DIAL_LATE_MS)
    soon = Finding(
        "dial_tone",
        late,
        says("Dial tone came after %(seconds)s s."),
        {"seconds": f"{found.after_ms / 1000:.2f}"},
        says("at most 1.5 s"),
        "ITU-T Q.543",
        "" if late == "good" else says("The exchange is slow: let the box wait longer for dial tone before it dials."),
    )
    special = plan.tones.get("special_dial")
    right = any(_fits(found.parts, tone) for tone in (expected, special) if tone is not None)
    hz = Finding(
        "dial_frequency",
        "good" if right else "fault",
        says("Dial tone is %(hz)s Hz, as in the country that is set.")
        if right
        else says("Dial tone is %(hz)s Hz; the country that is set has %(expected)s Hz."),
        {"hz": hz_words(found.parts), "expected": " + ".join(f"{one:.0f}" for one in _expected(expected))},
        says("the country's frequencies, each within 25 Hz"),
        "ITU-T E.180",
        ""
        if right
        else says(
            "Set the country to the one whose exchange this is. Behind a private exchange, ask for the "
            "tones of its maker."
        ),
    )
    heard = max(part.dbm0 for part in found.parts)
    fits = LEVEL_LEAST <= heard <= LEVEL_MOST
    level = Finding(
        "dial_level",
        "good" if fits else "look",
        says("Its level is %(level)s dBm0 at the box."),
        {"level": one_place(found.dbm0)},
        says("-28 to -3 dBm0: the exchange's -10 dBm0, and what a line takes from it"),
        "ITU-T E.180",
        ""
        if fits
        else says(
            "A long or wrongly terminated line. Callers and agents will hear each other too softly or "
            "too loudly; set the line's gains."
        ),
    )
    more = (
        []
        if not found.broken
        else [
            Finding(
                "dial_broken",
                "look",
                says("The dial tone has short breaks."),
                {},
                says("an unbroken dial tone"),
                OURS,
                says(
                    "Most exchanges tell in this way that their own voicemail has a message, or that a diversion is on."
                ),
            )
        ]
    )
    return [soon, hz, level, *more]


def digit(stops_ms: int | None, tries: int, key: str) -> Finding:
    """Whether the exchange takes our keys."""
    limit, source = says("dial tone stops at the first digit"), "ITU-T Q.24"
    if stops_ms is None:
        return Finding(
            "digit",
            "fault",
            says("Dial tone went on after key %(key)s was sent %(tries)s times."),
            {"key": key, "tries": str(tries)},
            limit,
            source,
            says(
                "The exchange does not take tone dialling on this line, or hears it too softly: no call can go out. "
                "Ask the operator for tone dialling, or set the line to dial by pulses."
            ),
        )
    good = stops_ms <= DIGIT_MS and tries == 1
    return Finding(
        "digit",
        "good" if good else "look",
        says("Dial tone stopped %(ms)s ms after key %(key)s began, at try %(tries)s."),
        {"ms": str(stops_ms), "key": key, "tries": str(tries)},
        limit,
        source,
        "" if good else says("Digits may be lost at times: check the level at which this line is sent to."),
    )


# -- quiet -----------------------------------------------------------------------------------------------------


def noise(found: Noise) -> list[Finding]:
    """What is heard when nobody speaks."""
    loud = judged(found.dbm0p, NOISE_GOOD, NOISE_BAD)
    hums = judged(found.hum.dbm0, HUM_GOOD, HUM_BAD)
    return [
        Finding(
            "noise",
            loud,
            says("Noise on the quiet line is %(weighted)s dBm0p as the ear weighs it, %(plain)s dBm0 plain."),
            {"weighted": one_place(found.dbm0p), "plain": one_place(found.dbm0)},
            says("at most -60 dBm0p"),
            "ITU-T O.41, Q.552",
            ""
            if loud == "good"
            else says(
                "Callers hear it hiss or crackle, and the box hears voices where there are none. "
                "Look for wet joints and damaged insulation; try another pair."
            ),
        ),
        Finding(
            "hum",
            hums,
            says("Hum of %(hz)s Hz and its harmonics is %(level)s dBm0, most of it at %(strongest)s Hz.")
            if found.hum.dbm0 > HUM_NONE
            else says("No hum is heard."),
            {
                "hz": str(found.hum.mains_hz),
                "level": one_place(found.hum.dbm0),
                "strongest": str(found.hum.strongest_hz),
            },
            says("at most -50 dBm0"),
            OURS,
            ""
            if hums == "good"
            else says(
                "Callers hear a hum. Keep the line away from mains cables and lamps, and see "
                "whether one of its wires has a way to earth."
            ),
        ),
    ]


def clipping(samples: int, seconds: float) -> Finding:
    """Whether something is too loud for the card."""
    return Finding(
        "clipping",
        "good" if not samples else "look",
        says("No sample was cut off in %(seconds)s s.")
        if not samples
        else says("%(count)s samples were cut off in %(seconds)s s."),
        {"count": str(samples), "seconds": f"{seconds:.0f}"},
        says("none"),
        "ITU-T G.711",
        "" if not samples else says("The line is too loud for the card: lower its receiving gain."),
    )


# -- echo ------------------------------------------------------------------------------------------------------


def echo(found: Echo | None) -> Finding:
    """The hybrid: how much of what the box says comes back from the line."""
    limit, source = says("at least 10 dB"), "ITU-T G.168, Q.552"
    if found is None:
        return Finding(
            "echo", "unknown", says("Echo could not be measured: the burst did not reach the line."), {}, limit, source
        )
    verdict = judged(-found.loss_db, -ECHO_GOOD, -ECHO_BAD)
    return Finding(
        "echo",
        verdict,
        says("What the box says comes back %(loss)s dB softer after %(ms)s ms (echo return loss)."),
        {"loss": _loss(found.loss_db), "ms": one_place(max(0.0, found.delay_ms))},
        limit,
        source,
        ""
        if verdict == "good"
        else says(
            "The port's impedance does not fit the line. Set the card's impedance to the "
            "country's (opermode of the driver), and see that no second telephone hangs on it."
        ),
    )


def _loss(db: float) -> str:
    return f"> {SHOWN_DB:.0f}" if db > SHOWN_DB else one_place(db)


def canceller(before: Echo, residue_dbm0: float, floor_dbm0: float) -> Finding:
    """What the echo canceller leaves. `floor_dbm0`: the quiet line's own noise, below which nothing can be told."""
    sent = before.residue_dbm0 + before.loss_db
    verdict = judged(residue_dbm0, max(RESIDUE_GOOD, floor_dbm0 + 3), max(RESIDUE_BAD, floor_dbm0 + 6))
    return Finding(
        "canceller",
        verdict,
        says("With the echo canceller it comes back %(loss)s dB softer: %(gain)s dB better."),
        {"loss": _loss(sent - residue_dbm0), "gain": one_place(max(0.0, before.residue_dbm0 - residue_dbm0))},
        says("less than -40 dBm0 left of it"),
        "ITU-T G.168",
        ""
        if verdict == "good"
        else says(
            "Agents hear themselves, and keys pressed during a prompt may be missed. Mend the "
            "echo return loss first; then examine again."
        ),
    )


def no_canceller() -> Finding:
    """The card has its own, which cannot be switched off for a comparison."""
    return Finding(
        "canceller", "unknown", says("The card cancels echo by itself or not at all: there is no before and after.")
    )


def release(seconds: float | None) -> Finding:
    """Back to idle after the examination."""
    if seconds is None:
        return Finding(
            "release",
            "fault",
            says("The line did not become idle after the examination."),
            {},
            says("idle within 10 s"),
            OURS,
            says("The line is stuck off-hook: unplug it for a minute, then restart the box."),
        )
    return Finding(
        "release",
        "good",
        says("The line was idle again %(seconds)s s after hanging up."),
        {"seconds": one_place(seconds)},
        says("idle within 10 s"),
        OURS,
    )
