"""What a line's samples tell: level, weighted noise, hum, tones, echo, cadence. Pure functions over numpy.

Samples are float arrays on the 16-bit scale at 8 kHz; levels dBm0 (drivers/linecard.h), `dbm0p` psophometrically
weighted (ITU-T O.41), frequencies Hz, times as their names say. Nothing of the box's own detectors is used: a deaf
detector cannot praise itself.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RATE = 8000
RMS_0_DBM0 = 22_826 / 2**0.5
SILENCE = -99.0
FULL_SCALE = 32_000  # the last step but one of either law (ITU-T G.711): louder was cut off
FRAME = RATE // 100

# ITU-T O.41, table 1: weight in dB of each frequency at a telephone's receiver, 800 Hz being 0.
WEIGHTS: dict[float, float] = {
    16.66: -85.0, 50: -63.0, 100: -41.0, 200: -21.0, 300: -10.6, 400: -6.3, 500: -3.6, 600: -2.0, 700: -0.9, 800: 0.0,
    900: 0.6, 1000: 1.0, 1200: 0.0, 1400: -0.9, 1600: -1.7, 1800: -2.4, 2000: -3.0, 2500: -4.2, 3000: -5.6, 3500: -8.5,
    4000: -15.0,
}  # fmt: skip
WEIGHT_HZ, WEIGHT_DB = tuple(WEIGHTS), tuple(WEIGHTS.values())

HUM_HARMONICS = 12
HUM_WIDE_HZ = 1.5  # mains may be off by 0.5 Hz; the window's skirt takes the rest
SPEECH_BAND = (300.0, 3400.0)
TONE_BAND = (200.0, 3400.0)
PEAK_DB = 20.0  # a frequency so much below the strongest is a by-product


def samples_of(raw: bytes) -> Samples:
    """From a tap or a file: 16-bit, native order."""
    return np.frombuffer(raw, np.int16).astype(np.float64)


def dbm0(power: float) -> float:
    """A mean square as a level."""
    return SILENCE if power <= 0 else max(SILENCE, float(10 * np.log10(power) - 20 * np.log10(RMS_0_DBM0)))


def level(samples: Samples) -> float:
    """Of the whole piece, without its mean: no transformer lets that through, but A-law has no zero."""
    return dbm0(float(np.var(samples))) if len(samples) else SILENCE


def _spectrum(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies, and the mean square in each (Hann; the sum is that of the piece)."""
    window = np.hanning(len(samples))
    bins = np.abs(np.fft.rfft((samples - np.mean(samples)) * window)) ** 2
    power = 2 * bins / (len(samples) * np.sum(window**2))
    power[0] /= 2
    return np.asarray(np.fft.rfftfreq(len(samples), 1 / RATE), np.float64), power


@dataclass(frozen=True, slots=True)
class Noise:
    """A line on which nobody speaks: plain, weighted as a telephone's receiver and the ear do, and its hum."""

    dbm0: float
    dbm0p: float
    hum: "Hum"


@dataclass(frozen=True, slots=True)
class Hum:
    """Mains hum: all harmonics together, those of 50 or of 60 Hz, whichever is more; `strongest`: its frequency."""

    mains_hz: int
    dbm0: float
    strongest_hz: int


def noise(samples: Samples) -> Noise:
    """Of at least half a second; two give hum its figure within 1 dB."""
    hz, power = _spectrum(samples)
    weight = np.interp(np.log(np.maximum(hz, WEIGHT_HZ[0])), np.log(WEIGHT_HZ), WEIGHT_DB)
    weighted = float(np.sum(power * 10 ** (weight / 10)))
    hum = max((_hum(hz, power, mains) for mains in (50, 60)), key=lambda one: one.dbm0)
    return Noise(level(samples), dbm0(weighted), hum)


def _hum(hz: Samples, power: Samples, mains: int) -> Hum:
    """The lines' power above that of the noise between them."""
    found = []
    for number in range(1, HUM_HARMONICS + 1):
        near = np.abs(hz - number * mains) <= HUM_WIDE_HZ
        around = (np.abs(hz - number * mains) <= 4 * HUM_WIDE_HZ) & ~near
        floor = float(np.median(power[around])) / np.log(2) if around.any() else 0.0  # of noise, the mean is more
        found.append(max(0.0, float(np.sum(power[near])) - 2 * floor * int(near.sum())))
    return Hum(mains, dbm0(sum(found)), mains * (1 + int(np.argmax(found))))


def clipped(samples: Samples) -> int:
    """Samples at full scale."""
    return int(np.sum(np.abs(samples) >= FULL_SCALE))


# -- tones ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One frequency of a tone."""

    hz: float
    dbm0: float


def parts(samples: Samples) -> tuple[Part, ...]:
    """The frequencies of a steady tone, at most four, the lowest first."""
    hz, power = _spectrum(samples)
    step = RATE / len(samples)
    wide = max(2, round(12 / step))
    left = np.where((hz >= TONE_BAND[0]) & (hz <= TONE_BAND[1]), power, 0.0)
    found: list[tuple[float, float]] = []
    while len(found) < 4:
        at = int(np.argmax(left))
        near = slice(max(0, at - wide), at + wide + 1)
        total = float(np.sum(left[near]))
        if total <= 0 or (found and total < found[0][1] / 10 ** (PEAK_DB / 10)):
            break
        found.append((float(np.sum(hz[near] * left[near]) / total), total))
        left[near] = 0
    return tuple(sorted((Part(one, dbm0(much)) for one, much in found), key=lambda part: part.hz))


def purity(samples: Samples, tone: tuple[Part, ...]) -> float:
    """The share of a piece's power that its tone is, 0 to 1."""
    total = float(np.var(samples))
    return 0.0 if total <= 0 else min(1.0, sum((RMS_0_DBM0 * 10 ** (part.dbm0 / 20)) ** 2 for part in tone) / total)


def loud(samples: Samples, threshold_dbm0: float) -> NDArray[np.bool_]:
    """Whether each 10 ms is louder."""
    count = len(samples) // FRAME
    power = np.mean(samples[: count * FRAME].reshape(count, FRAME) ** 2, axis=1)
    return np.asarray(power > (RMS_0_DBM0 * 10 ** (threshold_dbm0 / 20)) ** 2, np.bool_)


@dataclass(frozen=True, slots=True)
class SteadyTone:
    """A tone that does not stop by itself: when it began (ms from the first sample), its frequencies, its level, and
    whether it has short breaks, as the dial tone that tells of messages."""

    after_ms: int
    parts: tuple[Part, ...]
    dbm0: float
    broken: bool


LOUD_DBM0 = -45.0
WINDOW_MS = 1400  # a burst of ringback and its pause: no other tone sounds so much of it
SOUNDS = 0.8
PURE = 0.8
SYLLABLES_DB = 10.0  # between loud and soft tens of milliseconds of speech


def steady_tone(samples: Samples) -> SteadyTone | None:
    """A dial tone that has been there for 1.4 s at the end of these samples; None: not yet."""
    frames = loud(samples, LOUD_DBM0)
    window = WINDOW_MS // 10
    if len(frames) < window or np.mean(frames[-window:]) < SOUNDS or not frames[-window : 5 - window].any():
        return None
    tail = samples[-WINDOW_MS * RATE // 1000 :]
    runs = _runs(frames[-window:])
    sounding = max((run for run in runs if run[0]), key=lambda run: run[2])
    piece = tail[sounding[1] * FRAME : (sounding[1] + sounding[2]) * FRAME]
    found = parts(piece)
    if purity(piece, found) < PURE:
        return None
    begin = len(frames) - window + next(run[1] for run in runs if run[0])
    while begin > 0 and frames[max(0, begin - 10) : begin].any():  # over a break of less than 100 ms
        begin -= 1
    broken = any(not run[0] for run in runs[1:-1])
    return SteadyTone(begin * 10, found, level(piece), broken)


def _runs(frames: NDArray[np.bool_]) -> list[tuple[bool, int, int]]:
    """(loud, first frame, frames) one after the other."""
    edges = [0, *(np.flatnonzero(np.diff(frames.astype(int))) + 1), len(frames)]
    return [(bool(frames[a]), int(a), int(b - a)) for a, b in pairwise(edges) if b > a]


def tone_stops(samples: Samples, tone: tuple[Part, ...], held_ms: int = 150) -> int | None:
    """When these frequencies are gone for `held_ms`, in ms from the first sample; None: they stay."""
    frame = RATE // 50  # 20 ms
    count = len(samples) // frame
    if not count or not tone:
        return None
    frames = samples[: count * frame].reshape(count, frame) * np.hanning(frame)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(frame) / RATE, [part.hz for part in tone]))
    amount = np.max(np.abs(frames @ turns) ** 2, axis=1) * 2 / np.sum(np.hanning(frame)) ** 2
    limit = (RMS_0_DBM0 * 10 ** ((max(part.dbm0 for part in tone) - 15) / 20)) ** 2
    run = 0
    for index, one in enumerate(amount):
        run = run + 1 if one < limit else 0
        if run * 20 >= held_ms:
            return (index + 1 - run) * 20
    return None


def speech_like(samples: Samples) -> bool:
    """Loud for 0.3 s or more, by syllables, and no tone: somebody speaks. A noisy line is as loud all the time."""
    frames = loud(samples, LOUD_DBM0)
    if np.sum(frames) < 30 or purity(samples, parts(samples)) >= 0.5:
        return False
    power = np.mean(samples[: len(frames) * FRAME].reshape(-1, FRAME) ** 2, axis=1)
    soft, strong = np.percentile(np.log10(power + 1), (10, 90))
    return bool(10 * (strong - soft) > SYLLABLES_DB)


# -- cadence -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone that comes and goes: frequencies, on and off times in ms as they repeat, its level when on, how often."""

    parts: tuple[Part, ...]
    on_ms: int
    off_ms: int
    dbm0: float
    cycles: int


ALIKE_SHARE, ALIKE_MS = 0.12, 20
ON_LEAST_MS, OFF_LEAST_MS, LONGEST_MS = 60, 60, 5000


def cadence(samples: Samples) -> Cadence | None:
    """The last tone in these samples that repeats at least twice, alike; None: there is none. What was said before it
    does not matter."""
    frames = loud(samples, max(LOUD_DBM0, level(samples[-2 * RATE :]) - 15))
    runs = [run for run in _runs(frames) if run[2] * 10 >= 30]  # shorter is a click
    ons = [run for run in runs if run[0]]
    cycles: list[tuple[int, int, int]] = []  # first frame, on, off; the newest first
    for one, after in reversed(list(pairwise(ons))):
        found = (one[1], one[2] * 10, (after[1] - one[1] - one[2]) * 10)
        good = ON_LEAST_MS <= found[1] <= LONGEST_MS and OFF_LEAST_MS <= found[2] <= LONGEST_MS
        if not good or (cycles and not (_alike(cycles[0][1], found[1]) and _alike(cycles[0][2], found[2]))):
            if cycles:
                break
            continue
        piece = samples[one[1] * FRAME : (one[1] + one[2]) * FRAME]
        if purity(piece, parts(piece)) < PURE:
            if cycles:
                break
            continue
        cycles.append(found)
    if len(cycles) < 2:
        return None
    pieces = [samples[at * FRAME : at * FRAME + on * RATE // 1000] for at, on, _ in cycles]
    longest = max(pieces, key=len)
    return Cadence(
        parts(longest), round(float(np.median([one[1] for one in cycles]))),
        round(float(np.median([one[2] for one in cycles]))), level(longest), len(cycles),
    )  # fmt: skip


def _alike(one: int, other: int) -> bool:
    return abs(one - other) <= max(ALIKE_MS, ALIKE_SHARE * one)


# -- echo ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Echo:
    """How far below what was sent it comes back, in dB, and after how many ms; `residue_dbm0`: its level."""

    loss_db: float
    delay_ms: float
    residue_dbm0: float


SEGMENT = 1024
EARLY, LATE = 160, 800  # samples: the two taps may have begun a tick apart; a loop's echo ends within 100 ms


def echo(sent: Samples, heard: Samples) -> Echo | None:
    """What of `sent` is in `heard`, noise aside: Welch's estimate of the way between them. None: too little sent."""
    count = min(len(sent), len(heard))
    if count < 4 * SEGMENT or level(sent[:count]) < -40:
        return None
    sent, heard = sent[:count], heard[:count]
    lag = _lag(sent, heard)
    if lag > 0:
        heard = heard[lag:]
    elif lag < 0:
        sent = sent[-lag:]
    window = np.hanning(SEGMENT)
    across, own = np.zeros(SEGMENT // 2 + 1, complex), np.zeros(SEGMENT // 2 + 1)
    for at in range(0, min(len(sent), len(heard)) - SEGMENT + 1, SEGMENT // 2):
        one, other = (np.fft.rfft(part[at : at + SEGMENT] * window) for part in (sent, heard))
        across += np.conj(one) * other
        own += np.abs(one) ** 2
    hz = np.fft.rfftfreq(SEGMENT, 1 / RATE)
    band = (hz >= SPEECH_BAND[0]) & (hz <= SPEECH_BAND[1]) & (own > np.max(own) * 1e-6)
    gain = np.abs(across[band] / own[band]) ** 2
    loss = -10 * float(np.log10(max(1e-9, float(np.sum(gain * own[band]) / np.sum(own[band])))))
    return Echo(loss, lag * 1000 / RATE, level(sent) - loss)


def _lag(sent: Samples, heard: Samples) -> int:
    """Samples by which the echo comes later, where the two are most alike."""
    size = 1 << (len(sent) + LATE).bit_length()
    alike = np.abs(np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sent, size)), size))
    around = np.concatenate([alike[-EARLY:], alike[:LATE]])
    return int(np.argmax(around)) - EARLY


def burst(seconds: float, dbm0_: float, seed: int = 1) -> Samples:
    """Noise of 300 to 3,400 Hz by which echo is measured: the same each time, no digit or tone in it."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hz < SPEECH_BAND[0]) | (hz > SPEECH_BAND[1])] = 0
    made = np.fft.irfft(spectrum, count)
    made *= RMS_0_DBM0 * 10 ** (dbm0_ / 20) / float(np.std(made))
    return np.clip(made, -32_000, 32_000)


def tone(hz: float, dbm0_: float, seconds: float) -> Samples:
    """A sine."""
    return np.asarray(
        RMS_0_DBM0 * 2**0.5 * 10 ** (dbm0_ / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    )
