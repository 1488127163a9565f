"""Digits: what ITU-T Q.24 and ETSI ES 201 235-3 ask of a receiver, and the project's own figures.

Every trial presses all sixteen keys in seeded random order on a line with idle noise, half of it A-law, half µ-law
coded. Right means: exactly one digit, the right one, begun within 15 ms of the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from drivers.binding.events import Ear, Kind
from drivers.binding.plan import Plan
from firmware.config import countries, load_country
from firmware.conformance import signals
from firmware.conformance.ears import listen
from firmware.conformance.rows import Bound, Job, Row, Scale, percentile, share
from firmware.conformance.signals import KEYS, Law, Press, Wave
from firmware.conformance.speech import phrase

GROUP = "dtmf"
EARLY = signals.samples(15)  # the box may say that a digit began this much before it did
LAWS: tuple[Law, Law] = ("alaw", "ulaw")
BATCH = 320  # keys per listening

Q24 = "ITU-T Q.24, Table A-1"
ETSI = "ETSI ES 201 235-3"
OWN = "callbox figure"

Wanted = Literal["right", "none"]


USUAL = Press()


@dataclass(frozen=True, slots=True)
class Trial:
    """Keys pressed alike, and what else is on the line."""

    press: Press = USUAL
    country: str = "cn"
    snr_db: float | None = None  # both tones' power over the noise's
    noise: signals.Noise = "white"
    tones_hz: tuple[float, ...] = ()  # a dial tone under the digits
    tones_dbm0: float = -13.0
    echo: tuple[float, float] | None = None  # of the digits themselves: loss in dB, delay in ms
    prompt_dbm0: float | None = None  # level of our own speech, as it comes back
    clicks_dbm0: float | None = None
    # drawn anew for each key:
    off: float = 0.0  # each frequency deviates by up to this
    levels: tuple[float, float] | None = None  # the stronger tone's level, from .. to
    twist: tuple[float, float] = (0.0, 0.0)  # high over low, from .. to
    gap_ms: float = 0.0  # an interruption somewhere within the key
    exact_pause: bool = False


@dataclass(slots=True)
class Tally:
    """Keys pressed and what became of them."""

    pressed: int = 0
    right: int = 0
    missed: int = 0
    doubled: int = 0
    wrong: int = 0
    late_ms: tuple[float, ...] = ()
    begin_ms: float = 0.0  # worst
    length_ms: float = 0.0  # worst

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.pressed + other.pressed, self.right + other.right, self.missed + other.missed,
            self.doubled + other.doubled, self.wrong + other.wrong, self.late_ms + other.late_ms,
            max(self.begin_ms, other.begin_ms), max(self.length_ms, other.length_ms),
        )  # fmt: skip


# -- the work ------------------------------------------------------------------------------------------------


@cache
def _plan(country: str) -> Plan:
    return load_country(country)


def _press(trial: Trial, rng: np.random.Generator) -> Press:
    press = trial.press
    if trial.off:
        low, high = rng.uniform(-trial.off, trial.off, 2)
        press = replace(press, low_off=float(low), high_off=float(high))
    if trial.levels:
        strong, twist = float(rng.uniform(*trial.levels)), float(rng.uniform(*trial.twist))
        press = replace(press, high=strong - max(0.0, -twist), low=strong - max(0.0, twist))
    if trial.gap_ms:
        at = float(rng.uniform(5, press.on_ms - trial.gap_ms - 5))
        press = replace(press, gap_at=at, gap_ms=trial.gap_ms)
    return press


def _disturbed(trial: Trial, wave: Wave, rng: np.random.Generator) -> Wave:
    out = signals.echoed(wave, *trial.echo) if trial.echo else wave.copy()
    for hz in trial.tones_hz:
        out += signals.sine(hz, trial.tones_dbm0, len(out), rng.uniform(0, 2 * np.pi))
    if trial.snr_db is not None:
        both = 10 * np.log10(10 ** (trial.press.low / 10) + 10 ** (trial.press.high / 10))
        out += signals.noise(trial.noise, both - trial.snr_db, len(out), rng)
    if trial.prompt_dbm0 is not None:
        out += _prompt_echo(trial.prompt_dbm0, len(out), rng)
    if trial.clicks_dbm0 is not None:
        out += signals.impulses(trial.clicks_dbm0, 2.0, len(out), rng)
    return out


@cache
def _prompts() -> Wave:
    """Ten phrases of either language at -16 dBm0."""
    return np.concatenate([phrase(seed, -16.0) for seed in range(10)])


def _prompt_echo(dbm0: float, count: int, rng: np.random.Generator) -> Wave:
    voice = np.resize(np.roll(_prompts(), int(rng.integers(len(_prompts())))), count)
    return signals.hybrid_echo(voice, -16.0 - dbm0, rng)


def tally(name: str, trial: Trial, keys: int, seed: int) -> Tally:
    """Presses `keys` keys as the trial says, and counts."""
    total = Tally()
    for batch in range(0, keys, BATCH):
        rng = signals.rng_of("dtmf", name, seed, batch)
        total = total.plus(_batch(trial, min(BATCH, keys - batch), LAWS[(seed + batch // BATCH) % 2], rng))
    return total


def _batch(trial: Trial, count: int, law: Law, rng: np.random.Generator) -> Tally:
    text = "".join(rng.permutation(list(KEYS * (count // len(KEYS) + 1)))[:count])
    made = signals.typed(text, [_press(trial, rng) for _ in text], rng)
    pcm = signals.coded(_disturbed(trial, made.wave, rng), law, rng)
    news = listen(_plan(trial.country), Ear.DTMF, pcm)
    heard = [one for one in news if one.event.kind is Kind.DIGIT]
    lengths = {at.event.at: end.event.value for at, end in zip(heard, _ends(news), strict=False)}
    out, place = Tally(pressed=count), 0
    late = []
    for key, begin, end in zip(text, made.begins, made.ends, strict=True):
        mine = []
        while place < len(heard) and heard[place].event.at < end - EARLY:
            if heard[place].event.at >= begin - EARLY:
                mine.append(heard[place])
            else:
                out.wrong += 1  # a digit where no key was
            place += 1
        words = [one.event.word for one in mine]
        out.right += words == [key]
        out.missed += not mine
        out.doubled += words.count(key) > 1
        out.wrong += any(word != key for word in words)
        if words == [key]:
            late.append((mine[0].told - begin) * 1000 / signals.RATE)
            out.begin_ms = max(out.begin_ms, abs(mine[0].event.at - begin) * 1000 / signals.RATE)
            out.length_ms = max(out.length_ms, abs(lengths.get(mine[0].event.at, 0) - trial.press.on_ms))
    out.late_ms = tuple(late)
    return out


def _ends(news: Sequence[Any]) -> list[Any]:
    return [one for one in news if one.event.kind is Kind.DIGIT_END]


def paused(name: str, press: Press, keys: int, seed: int) -> Tally:
    """Random keys, each twice running, exactly `off_ms` apart: does every one arrive?"""
    total = Tally()
    for batch in range(0, keys, BATCH):
        rng = signals.rng_of("dtmf", name, seed, batch)
        text = "".join(np.repeat(rng.choice(list(KEYS), BATCH // 2), 2))  # every key twice running
        wave = signals.exactly_typed(text, press, rng)
        pcm = signals.coded(np.concatenate([wave, np.zeros(1600)]), LAWS[(seed + batch // BATCH) % 2], rng)
        heard = "".join(one.event.word for one in listen(_plan("cn"), Ear.DTMF, pcm) if one.event.kind is Kind.DIGIT)
        missing = max(0, len(text) - len(heard))
        right = len(text) - missing if heard == text[: len(heard)] else _common(text, heard)
        total = total.plus(Tally(len(text), min(right, len(text)), missing, max(0, len(heard) - len(text))))
    return total


def _common(text: str, heard: str) -> int:
    """How many of the keys arrived in order."""
    place = right = 0
    for key in text:
        found = heard.find(key, place, place + 3)
        if found >= 0:
            right, place = right + 1, found + 1
    return right


# -- the requirements ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """A requirement over one trial: all keys right, or none heard."""

    requirement: str
    clause: str
    trial: Trial
    wanted: Wanted = "right"
    limit: float = 100.0
    compare: str = ""
    times: int = 1  # how much more than usual


STANDARD = Press(on_ms=40, off_ms=40)
DIAL = {"450 Hz": (450.0,), "425 Hz": (425.0,), "350+440 Hz": (350.0, 440.0)}


def _asks() -> list[Ask]:
    return [*_timing(), *_frequency(), *_level(), *_disturbance()]


def _timing() -> list[Ask]:
    asks = [
        Ask(
            "40 ms tone, 40 ms pause accepted", f"{Q24}; {ETSI}", Trial(STANDARD), compare="spandsp 100 % from 35 ms on"
        )
    ]
    for level in (-2.0, -25.0):
        press = replace(STANDARD, low=level, high=level)
        asks.append(Ask(f"40/40 ms at {level:.0f} dBm0 per tone accepted", Q24, Trial(press)))
        for ms, clause in ((20, f"{ETSI}; {Q24} (Denmark, Brazil)"), (23, f"{Q24} (AT&T)")):
            short = replace(press, on_ms=ms)
            compare = "spandsp accepts 16 %" if ms == 23 else "spandsp 0 %"
            asks.append(
                Ask(f"{ms} ms at {level:.0f} dBm0 per tone refused", clause, Trial(short), "none", 0.0, compare)
            )
    for ms in (5, 10):
        press = Press(on_ms=100, off_ms=70)
        asks.append(Ask(
            f"interruption of {ms} ms anywhere in 100 ms: still one digit", f"{Q24} (AT&T, NTT, Brazil)",
            Trial(press, gap_ms=float(ms)), compare="spandsp splits 43 % at 10 ms" if ms == 10 else "", times=2,
        ))  # fmt: skip
    return asks


def _frequency() -> list[Ask]:
    asks = []
    for share_, clause in ((0.015, f"{Q24}; {ETSI}"), (0.018, f"{Q24} (NTT, Brazil)")):
        for low, high, words in (
            (share_, share_, "both up"), (-share_, -share_, "both down"), (share_, -share_, "low up, high down"),
            (-share_, share_, "low down, high up"),
        ):  # fmt: skip
            press = replace(STANDARD, low_off=low, high_off=high)
            compare = "spandsp accepts 75 to 87 %" if share_ == 0.015 else ""
            asks.append(Ask(f"{share_:.1%} deviation, {words}: accepted", clause, Trial(press), compare=compare))
    for share_, clause in ((0.035, f"{Q24} (AT&T)"), (0.03, f"{Q24} (NTT, Brazil)")):
        for low, high, words in (
            (share_, 0.0, "low tone up"), (-share_, 0.0, "low tone down"), (0.0, share_, "high tone up"),
            (0.0, -share_, "high tone down"), (share_, share_, "both up"), (-share_, -share_, "both down"),
        ):  # fmt: skip
            press = Press(low_off=low, high_off=high, on_ms=100)
            compare = "spandsp accepts 25 %" if (low, high) == (-0.035, 0.0) else ""
            asks.append(Ask(f"{share_:.1%} deviation, {words}: refused", clause, Trial(press), "none", 0.0, compare))
    return asks


def _level() -> list[Ask]:
    asks = []
    for country in countries():
        plan = _plan(country)
        high, low = plan.dtmf.twist, plan.dtmf.reverse_twist
        for words, press in (
            (f"high tone {high:g} dB over the low one", replace(STANDARD, low=-10 - high, high=-10.0)),
            (f"low tone {low:g} dB over the high one", replace(STANDARD, low=-10.0, high=-10 - low)),
        ):
            compare = "spandsp: high over low +4 dB 41 %, low over high 8 dB 39 %"
            asks.append(
                Ask(
                    f"{country}: twist, {words}: accepted",
                    f"{Q24} (the country's)",
                    Trial(press, country),
                    compare=compare,
                )
            )
    for level, clause in (
        (0.0, f"{Q24} (AT&T)"), (-3.0, f"{Q24} (NTT, Brazil)"), (-24.0, f"{Q24} (NTT)"), (-27.0, f"{Q24} (Australia)"),
        (-33.0, "5 dB of line and gain beyond Q.24; " + OWN),
    ):  # fmt: skip
        press = replace(STANDARD, low=level, high=level)
        asks.append(Ask(f"{level:g} dBm0 per tone accepted", clause, Trial(press), compare="spandsp +3 to -41 dBm0"))
    press = Press(low=-55.0, high=-55.0, on_ms=100)
    asks.append(Ask("-55 dBm0 per tone ignored", f"{Q24} (non-operation)", Trial(press), "none", 0.0))
    everything = Trial(replace(STANDARD), off=0.015, levels=(-19.0, 0.0), twist=(-6.0, 6.0))
    asks.append(Ask(
        "any level 0 to -25 dBm0, twist up to 6 dB, deviation up to 1.5 %, 40/40 ms, all at once: accepted",
        f"{Q24}; {ETSI}", everything, compare="spandsp fails at 1.5 % alone", times=10,
    ))  # fmt: skip
    return asks


def _disturbance() -> list[Ask]:
    asks = []
    for snr, limit, clause in (
        (20, 100.0, OWN),
        (15, 100.0, OWN),
        (12, 99.9, "Mitel CM7291 tape, noise test"),
        (8, 99.5, "as spandsp"),
    ):
        trial = Trial(Press(), snr_db=float(snr))
        asks.append(
            Ask(
                f"white noise, S/N {snr} dB, 50 ms: accepted",
                clause,
                trial,
                limit=limit,
                compare="spandsp 100 % from 8 dB",
                times=3,
            )
        )
    asks.append(
        Ask(
            "pink noise, S/N 15 dB, 50 ms: accepted",
            OWN,
            Trial(Press(), snr_db=15.0, noise="pink"),
            limit=99.9,
            times=3,
        )
    )
    clicks = Trial(Press(), clicks_dbm0=-12.0)
    asks.append(Ask(
        "2 clicks a second, a tone's peak: accepted", "Bellcore impulse tape", clicks, limit=99.86, times=6,
    ))  # fmt: skip
    for name, tones in DIAL.items():
        for level in (-13.0, -8.0):
            trial = Trial(Press(low=-14.0, high=-12.0), tones_hz=tones, tones_dbm0=level)
            asks.append(Ask(
                f"{name} at {level:g} dBm0 there, digits -14/-12 dBm0: accepted", f"{ETSI}, dial tone present",
                trial, limit=99.9, compare="spandsp: 450 Hz may be 8 dB above" if name == "450 Hz" else "", times=2,
            ))  # fmt: skip
    for delay in (10.0, 20.0):
        trial = Trial(STANDARD, echo=(10.0, delay))
        asks.append(
            Ask(
                f"the digits' own echo, 10 dB below, {delay:g} ms late: accepted once",
                f"{Q24}; {ETSI}, echoes",
                trial,
                times=2,
            )
        )
    trial = Trial(Press(low=-16.0, high=-14.0, on_ms=70), prompt_dbm0=-30.0)
    asks.append(
        Ask("our prompt's echo at -30 dBm0, digits -16/-14 dBm0, 70 ms: accepted", OWN, trial, limit=99.9, times=6)
    )
    return asks


CLEAN = Trial(Press(on_ms=70, off_ms=70))
PAUSES = ((40, f"{Q24} (AT&T); {ETSI}"), (30, f"{Q24} (NTT, Brazil)"))
MARATHON = Trial(
    Press(low=-12.0, high=-10.0, off_ms=60, on_ms=60), snr_db=20.0, prompt_dbm0=-32.0, off=0.01,
    levels=(-14.0, -8.0), twist=(-3.0, 3.0),
)  # fmt: skip
MARATHON_SHARE = 10_000


def jobs(scale: Scale) -> list[Job]:
    """One per requirement, then pauses, delay, and the hundred thousand digits in parts."""
    keys = scale.pick(64, 1600)
    out = [Job(tally, (ask.requirement, ask.trial, keys * min(ask.times, scale.pick(2, 100)), 1)) for ask in _asks()]
    out += [Job(paused, (f"pause {ms}", Press(on_ms=40, off_ms=ms), scale.pick(320, 3200), 1)) for ms, _ in PAUSES]
    out.append(Job(tally, ("delay", CLEAN, scale.pick(320, 6400), 1)))
    each, parts = scale.pick(1000, MARATHON_SHARE), scale.pick(1, 10)
    return out + [Job(tally, ("marathon", MARATHON, each, part)) for part in range(parts)]


def rows(results: Sequence[Tally], scale: Scale) -> list[Row]:
    """The group's rows."""
    asks = _asks()
    out = [_row(ask, result) for ask, result in zip(asks, results, strict=False)]
    rest = list(results[len(asks) :])
    for (ms, clause), result in zip(PAUSES, rest, strict=False):
        words = f"40 ms tones, {ms} ms pauses, every key twice: all digits, none more"
        out.append(
            _figure(words, clause, "at least", 100.0, share(result.right - result.doubled, result.pressed), "%", result)
        )
    rest = rest[len(PAUSES) :]
    return out + _delays(rest[0]) + _marathon(rest[1:])


def _row(ask: Ask, result: Tally) -> Row:
    bound: Bound = "at least"
    measured = share(result.right, result.pressed)
    if ask.wanted == "none":
        bound, measured = "at most", share(result.pressed - result.missed, result.pressed)
    return _figure(ask.requirement, ask.clause, bound, ask.limit, measured, "%", result, ask.compare)


def _figure(requirement: str, clause: str, bound: Bound, limit: float, measured: float, unit: str, result: Tally,
            compare: str = "") -> Row:  # fmt: skip
    note = f"{result.pressed} keys"
    for count, word in ((result.missed, "missed"), (result.doubled, "doubled"), (result.wrong, "wrong")):
        note += f", {count} {word}" if count else ""
    return Row(GROUP, requirement, clause, bound, limit, measured, unit, compare, note)


def _delays(result: Tally) -> list[Row]:
    compare = "spandsp 30 ms fed every ms, 40 ms fed every 20 ms"
    return [
        _figure(
            "reported after the tone's onset, median",
            OWN,
            "at most",
            35.0,
            percentile(result.late_ms, 50),
            "ms",
            result,
            compare,
        ),
        _figure(
            "reported after the tone's onset, 99 %", OWN, "at most", 45.0, percentile(result.late_ms, 99), "ms", result
        ),
        _figure("begin told, worst error", OWN, "at most", 5.0, result.begin_ms, "ms", result),
        _figure("length told, worst error", OWN, "at most", 5.0, result.length_ms, "ms", result),
    ]


def _marathon(parts: Sequence[Tally]) -> list[Row]:
    total = Tally()
    for part in parts:
        total = total.plus(part)
    words = (
        f"of {total.pressed} digits at -8 to -14 dBm0 with noise (S/N 20 dB) and our prompt's echo (-32 dBm0), 60/60 ms"
    )
    million = 1e6 / max(1, total.pressed)
    compare = "Asterisk: digits doubled beside its busy detector (issue 1570)"
    return [
        _figure(f"doubled {words}", OWN, "at most", 0.0, total.doubled * million, "per million", total, compare),
        _figure(f"wrong {words}", OWN, "at most", 0.0, total.wrong * million, "per million", total),
        _figure(f"missed {words}", OWN, "at most", 100.0, total.missed * million, "per million", total),
    ]
