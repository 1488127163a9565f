"""Test signals in numpy, independent of drivers/dsp: tones, keys, noise, line coding. 8 kHz, dBm0, ms.

0 dBm0 is defined here from ITU-T G.711 alone: a full-scale A-law sine is +3.14 dBm0 (§1.4), full scale being 4096 of
the 13-bit scale, 32,768 of the 16-bit one. Noise levels are powers over the whole band of 0 to 4 kHz.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
Pcm = NDArray[np.int16]
Law = Literal["alaw", "ulaw"]
Noise = Literal["white", "pink"]

RATE = 8000
FULL_SCALE = 32768.0
PEAK = FULL_SCALE / 10 ** (3.14 / 20)  # of a sine at 0 dBm0
RMS = PEAK / np.sqrt(2.0)
IDLE_DBM0 = -65.0  # noise of a quiet line

ROWS_HZ = (697.0, 770.0, 852.0, 941.0)  # Q.23
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = "123A456B789C*0#D"


def rng_of(*seed: int | str) -> np.random.Generator:
    """A generator of its own for every seed; words count by their letters."""
    numbers = [part if isinstance(part, int) else int.from_bytes(part.encode(), "big") for part in seed]
    return np.random.default_rng(numbers)


def samples(ms: float) -> int:
    """Samples in so many ms."""
    return round(ms * RATE / 1000)


def amplitude(dbm0: float) -> float:
    """Peak of a sine of this level."""
    return float(PEAK * 10 ** (dbm0 / 20))


def dbm0_of(wave: NDArray[np.floating] | Pcm) -> float:
    """Level of the whole piece; -120 for silence."""
    mean = float(np.mean(np.square(wave, dtype=np.float64))) if len(wave) else 0.0
    return max(-120.0, 10 * float(np.log10(max(mean, 1e-12))) - 20 * float(np.log10(RMS)))


def at_level(wave: Wave, dbm0: float) -> Wave:
    """The same sound at another level."""
    present = dbm0_of(wave)
    return wave if present <= -120 else wave * 10 ** ((dbm0 - present) / 20)


def sine(hz: float, dbm0: float, count: int, phase: float = 0.0) -> Wave:
    """A steady tone; phase in radians."""
    return np.asarray(amplitude(dbm0) * np.sin(2 * np.pi * hz / RATE * np.arange(count) + phase))


# -- noise ---------------------------------------------------------------------------------------------------


def noise(kind: Noise, dbm0: float, count: int, rng: np.random.Generator) -> Wave:
    """Gaussian noise: white, or pink (3 dB less per octave from 20 Hz up)."""
    if kind == "white":
        return np.asarray(rng.standard_normal(count) * RMS * 10 ** (dbm0 / 20))
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= 1 / np.sqrt(np.maximum(hz, 20.0))
    return at_level(np.fft.irfft(spectrum, count), dbm0)


def impulses(peak_dbm0: float, per_second: float, count: int, rng: np.random.Generator) -> Wave:
    """Clicks as of switches: decaying bursts at random moments, their peak that of a sine of `peak_dbm0`."""
    out = np.zeros(count)
    length = samples(6)
    t = np.arange(length) / RATE
    for place in np.flatnonzero(rng.random(count) < per_second / RATE):
        ring = np.exp(-t / rng.uniform(0.3e-3, 2e-3)) * np.cos(2 * np.pi * rng.uniform(300, 3000) * t)
        end = min(count, int(place) + length)
        out[place:end] += rng.choice((-1, 1)) * amplitude(peak_dbm0) * ring[: end - place]
    return out


# -- keys ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Press:
    """How keys are pressed. Deviations are shares of the frequency (0.015: 1.5 %)."""

    low: float = -12.0
    high: float = -12.0
    low_off: float = 0.0
    high_off: float = 0.0
    on_ms: float = 50.0
    off_ms: float = 60.0
    gap_at: float = 0.0  # interruption: this long after the begin ...
    gap_ms: float = 0.0  # ... so long


def key_wave(key: str, press: Press, rng: np.random.Generator) -> Wave:
    """One key, its two tones in random phase, switched hard."""
    place = KEYS.index(key)
    count = samples(press.on_ms)
    phases = rng.uniform(0, 2 * np.pi, 2)
    out = sine(ROWS_HZ[place // 4] * (1 + press.low_off), press.low, count, phases[0])
    out += sine(COLUMNS_HZ[place % 4] * (1 + press.high_off), press.high, count, phases[1])
    if press.gap_ms:
        begin = samples(press.gap_at)
        out[begin : begin + samples(press.gap_ms)] = 0
    return out


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys in a row: the sound, and for each key when it begins and where the next one's slot begins, in samples."""

    wave: Wave
    keys: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]


def typed(keys: str, presses: Sequence[Press], rng: np.random.Generator, *, lead_ms: float = 100.0) -> Typed:
    """Each key with its own press; up to 20 ms more of pause, so that no block boundary is special."""
    parts, begins, ends = [np.zeros(samples(lead_ms))], [], []
    at = len(parts[0])
    for key, press in zip(keys, presses, strict=True):
        pause = samples(press.off_ms) + int(rng.integers(0, 160))
        parts += [key_wave(key, press, rng), np.zeros(pause)]
        begins.append(at)
        at += len(parts[-2]) + pause
        ends.append(at)
    parts.append(np.zeros(samples(200)))
    return Typed(np.concatenate(parts), keys, tuple(begins), tuple(ends))


def exactly_typed(keys: str, press: Press, rng: np.random.Generator, *, lead_ms: float = 100.0) -> Wave:
    """Keys one after the other with exact pauses, as a machine dials."""
    parts = [np.zeros(samples(lead_ms))]
    for key in keys:
        parts += [key_wave(key, press, rng), np.zeros(samples(press.off_ms))]
    return np.concatenate(parts)


# -- echo ----------------------------------------------------------------------------------------------------


def echoed(wave: Wave, loss_db: float, delay_ms: float) -> Wave:
    """The wave and its echo, so much weaker and later."""
    shift = samples(delay_ms)
    out = wave.copy()
    out[shift:] += wave[: len(wave) - shift] * 10 ** (-loss_db / 20)
    return out


def hybrid_echo(wave: Wave, loss_db: float, rng: np.random.Generator) -> Wave:
    """What a hybrid sends back of our own sound: a short random decaying response, `loss_db` below it."""
    response = rng.standard_normal(48) * np.exp(-np.arange(48) / rng.uniform(4, 14))
    response *= 10 ** (-loss_db / 20) / np.sqrt(np.sum(response**2))
    return np.convolve(wave, response)[: len(wave)]


# -- line coding ---------------------------------------------------------------------------------------------


def _alaw_levels() -> tuple[Wave, Wave]:
    """G.711 Table 1: decision values x and quantised values y of the positive half, on the 16-bit scale."""
    x, y, at = [0.0], [], 0.0
    for segment in range(8):
        step = 2.0 if segment < 2 else 2.0**segment  # of 4096
        for _ in range(16):
            y.append(at + step / 2)
            at += step
            x.append(at)
    return np.array(x) * 8, np.array(y) * 8


def _ulaw_levels() -> tuple[Wave, Wave]:
    """G.711 Table 2, likewise: decision values 0, 1, 3, ... 31, 35, ... 8159 of the 14-bit scale."""
    x, y, at = [0.0], [0.0], 1.0
    for segment in range(8):
        step = 2.0 ** (segment + 1)
        for _ in range(15 if segment == 0 else 16):
            x.append(at)
            y.append(at + step / 2)
            at += step
    return np.array([*x, at]) * 4, np.array(y) * 4


LEVELS = {"alaw": _alaw_levels(), "ulaw": _ulaw_levels()}


def code_points(law: Law) -> NDArray[np.int16]:
    """Every value that the law can say, from the most negative to the most positive."""
    values = LEVELS[law][1]
    return np.unique(np.concatenate([-values, values])).astype(np.int16)


def quantised(wave: Wave, law: Law, side: Literal["left", "right"] = "right") -> Wave:
    """What the law makes of a wave on the 16-bit scale; `side`: where a decision value itself goes."""
    decisions, values = LEVELS[law]
    place = np.searchsorted(decisions, np.abs(wave), side=side) - 1
    return np.asarray(np.where(wave < 0, -1.0, 1.0) * values[np.clip(place, 0, len(values) - 1)])


def coded(wave: Wave, law: Law = "alaw", idle: np.random.Generator | None = None) -> Pcm:
    """As it arrives at a port: with the idle line's noise if `idle` is given, rounded, limited, coded."""
    if idle is not None:
        wave = wave + noise("white", IDLE_DBM0, len(wave), idle)
    return quantised(np.clip(wave, -32767, 32767), law).astype(np.int16)


def shaped(wave: Wave, low_hz: float, high_hz: float, roll: float = 0.15) -> Wave:
    """Band-limited as by a telephone: flat between, cosine skirts `roll` of an edge wide."""
    spectrum = np.fft.rfft(wave)
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    rise = np.clip((hz - low_hz * (1 - roll)) / (low_hz * roll), 0, 1)
    fall = np.clip((high_hz * (1 + roll) - hz) / (high_hz * roll), 0, 1)
    spectrum *= np.sin(np.pi / 2 * rise) * np.sin(np.pi / 2 * fall)
    return np.fft.irfft(spectrum, len(wave))
