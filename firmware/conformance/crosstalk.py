"""Signals that one ear must leave to another: tones are no digits, digits no tones, neither caller id; fax nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from drivers.binding.events import Ear, Kind
from firmware.config import load_country
from firmware.conformance import fsk, progress, signals
from firmware.conformance.ears import listen
from firmware.conformance.rows import Job, Row, Scale
from firmware.conformance.signals import KEYS, RATE, Press, Wave

GROUP = "crosstalk"
OWN = "callbox figure"
EARS = {Kind.DIGIT: "digit", Kind.TONE: "tone", Kind.CALLERID: "caller id"}
SCHEMES: tuple[fsk.Scheme, fsk.Scheme] = ("bell202", "v23")


@dataclass(frozen=True, slots=True)
class Strays:
    """What was heard that was not sent, by the ear that heard it."""

    seconds: float
    heard: Counter[str] = field(default_factory=Counter)


def _listened(
    country: str, wave: Wave, level: float, ears: Ear, own: Sequence[Kind], rng: np.random.Generator
) -> Strays:
    """All ears but those whose signal it is."""
    line = wave + signals.noise("white", level - 25, len(wave), rng)
    news = listen(load_country(country), ears, signals.coded(line, "alaw", rng))
    found = Counter(
        f"{EARS[one.event.kind]} {one.event.word}"
        for one in news
        if one.event.kind in EARS and one.event.kind not in own
    )
    return Strays(len(wave) / RATE, found)


def tones(country: str, seconds: float) -> Strays:
    """Every tone that the country sends, heard or not, to the digit and caller-id ears."""
    rng = signals.rng_of("crosstalk tones", country)
    total = Strays(0.0)
    for tone in load_country(country).tones.values():
        level = float(rng.uniform(-25, -3))
        wave, _ = progress.sent(tone, seconds, progress.Trial(), rng)
        total = _plus(total, _listened(country, wave * 10 ** (level / 20), level, Ear.DTMF | Ear.CALLERID, (), rng))
    return total


def keys(country: str, count: int) -> Strays:
    """Keys pressed at a person's speed and a machine's, to the tone ear."""
    rng = signals.rng_of("crosstalk keys", country)
    total = Strays(0.0)
    for on_ms, off_ms in ((60, 60), (100, 100), (200, 200), (350, 350), (500, 500)):
        text = "".join(rng.choice(list(KEYS[:3] + KEYS[4:7] + KEYS[8:11] + "*0#"), count))
        level = float(rng.uniform(-25, -6))
        wave = signals.exactly_typed(text, Press(low=level, high=level, on_ms=on_ms, off_ms=off_ms), rng)
        total = _plus(total, _listened(country, wave, level, Ear.DTMF | Ear.TONE | Ear.CALLERID, (Kind.DIGIT,), rng))
    return total


def messages(country: str, count: int) -> Strays:
    """Caller id of both schemes to the digit and tone ears."""
    rng = signals.rng_of("crosstalk messages", country)
    parts: list[Wave] = []
    for one in range(count):
        bits = fsk.bits_of(fsk.message(rng).octets, fsk.Framing())
        line = fsk.Line(float(rng.uniform(-20, -12)), clock=float(rng.uniform(-0.01, 0.01)))
        parts += [np.zeros(4000), fsk.modulated(bits, SCHEMES[one % 2], line, 0.0)]
    return _listened(country, np.concatenate(parts), -15.0, Ear.DTMF | Ear.TONE, (), rng)


def faxes(country: str, seconds: float) -> Strays:
    """Fax calling tone, answer tone with and without phase reversals, ringing hum, a text telephone (V.18)."""
    rng = signals.rng_of("crosstalk faxes", country)
    count = round(seconds * RATE)
    t = np.arange(count) / RATE
    calling = signals.sine(1100.0, -12.0, count) * (t % 3.5 < 0.5)  # T.30
    answer = signals.sine(2100.0, -12.0, count) * np.where(t % 0.9 < 0.45, 1, -1)  # V.25 with reversals each 450 ms
    guard = signals.sine(1800.0, -15.0, count)
    hum = signals.sine(50.0, -20.0, count) + signals.sine(150.0, -26.0, count)
    letters = np.where(rng.integers(0, 2, count // 176 + 1).repeat(176)[:count], 1400.0, 1800.0)  # 45.45 baud
    text = signals.amplitude(-12.0) * np.sin(2 * np.pi * np.cumsum(letters) / RATE)
    whole = np.concatenate([calling, answer, guard, hum, text])
    return _listened(country, whole, -15.0, Ear.DTMF | Ear.TONE | Ear.CALLERID, (), rng)


def _plus(one: Strays, other: Strays) -> Strays:
    return Strays(one.seconds + other.seconds, one.heard + other.heard)


SOURCES = {
    "progress tones heard as digits or caller id": (tones, (20.0, 120.0)),
    "keys heard as tones or caller id": (keys, (40, 400)),
    "caller id heard as digits or tones": (messages, (20, 200)),
    "fax, modem and text telephone tones, mains hum heard as anything": (faxes, (15.0, 60.0)),
}


def jobs(scale: Scale) -> list[Job]:
    """Every source with every country's ears."""
    place = 0 if scale.quick else 1
    return [
        Job(function, (country, most[place])) for function, most in SOURCES.values() for country in scale.countries()
    ]


def rows(results: Sequence[Strays], scale: Scale) -> list[Row]:
    """One row per source, over all countries."""
    out, each = [], len(scale.countries())
    for place, words in enumerate(SOURCES):
        total = Strays(0.0)
        for result in results[place * each : (place + 1) * each]:
            total = _plus(total, result)
        note = f"{total.seconds / 60:.0f} min" + "".join(
            f", {name} {count} times" for name, count in total.heard.most_common(4)
        )
        out.append(Row(GROUP, words, OWN, "at most", 0.0, float(total.heard.total()), "in all", note=note))
    return out
