"""Independent measurements on what far ends heard: numpy only, nothing of the box's own detectors.

Samples are float arrays on the 16-bit scale at 8 kHz; times are seconds from an array's start, levels dBm0
(0 dBm0: a sine of peak 22 600, drivers/linecard.h).
"""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RATE = 8000
RMS_0_DBM0 = 22_826 / 2**0.5
FRAME, HOP = 160, 20  # samples looked at, and how far apart
GONE = RATE * 60 // 1000  # absent for so many samples: stopped


def read(path: Path) -> list[Samples]:
    """Each channel of a 16-bit WAV of 8 kHz. ValueError: another kind of file."""
    with wave.open(str(path), "rb") as file:
        if (file.getframerate(), file.getsampwidth()) != (RATE, 2):
            raise ValueError(f"{path}: {file.getframerate()} Hz, {8 * file.getsampwidth()} bit")
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
        return [raw[channel :: file.getnchannels()] for channel in range(file.getnchannels())]


def level(samples: Samples) -> float:
    """Level in dBm0; -99 for silence."""
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return float(20 * np.log10(power**0.5 / RMS_0_DBM0)) if power > 0 else -99.0


@dataclass(frozen=True, slots=True)
class Match:
    """Where a known sound was found. `correlation` is 1 for a perfect copy; `gain_db` how loud against the original."""

    start: float
    correlation: float
    gain_db: float


def find(known: Samples, heard: Samples) -> Match:
    """Where `known` is in `heard`, by normalised cross-correlation over the whole of it."""
    n = len(known)
    if n == 0 or len(heard) < n:
        return Match(0.0, 0.0, -99.0)
    size = 1 << (len(heard) + n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(known, size)), size)[: len(heard) - n + 1]
    energy = np.cumsum(np.concatenate([[0.0], heard**2]))
    window = np.maximum(energy[n:] - energy[:-n], 1.0)
    own = float(np.sum(known**2))
    correlation = product / np.sqrt(window * own)
    best = int(np.argmax(correlation))
    gain = max(float(product[best]) / own, 1e-5)
    return Match(best / RATE, float(correlation[best]), float(20 * np.log10(gain)))


def stops_at(known: Samples, heard: Samples, without: tuple[float, ...] = ()) -> float | None:
    """When `known`, aligned and present at first, stops being there, to about 3 ms, rather late than early.

    Looks at 20 ms every 2.5 ms, then at each 2.5 ms of the last ones that were alike. None: it goes on to the end, or
    was never there. `without`: frequencies of a digit that sounds at the same time."""
    count = min(len(known), len(heard))
    last = None
    absent = 0
    gains: list[float] = []
    for begin in range(0, count - FRAME, HOP):
        a, b = (_without(one[begin : begin + FRAME], without) for one in (known, heard))
        power = float(a @ a)
        if power < 0.03 * FRAME * float(np.mean(known**2)):
            continue  # a pause in `known` tells nothing
        alike = float(a @ b) / max(1.0, (power * float(b @ b)) ** 0.5)
        if alike > 0.75:
            last, absent = begin, 0
            gains.append(float(a @ b) / power)
        else:
            absent += 1
            if last is not None and absent * HOP >= GONE:
                a, b = (_without(one[last : last + FRAME], without) for one in (known, heard))
                return (last + _ends(float(np.median(gains)) * a, b)) / RATE
    return None


def _ends(expected: Samples, heard: Samples) -> int:
    """The end of the last piece of 2.5 ms that is heard with a fifth of the power expected of it, or more."""
    there = 0
    for begin in range(0, FRAME, HOP):
        wanted, got = (float(np.mean(one[begin : begin + HOP] ** 2)) for one in (expected, heard))
        if got >= 0.2 * wanted and wanted > 0.1 * float(np.mean(expected**2)):
            there = begin + HOP
    return there or FRAME


def _without(frame: Samples, frequencies: tuple[float, ...]) -> Samples:
    """The frame, with steady tones of the frequencies taken out."""
    if not frequencies:
        return frame
    t = 2 * np.pi * np.arange(len(frame)) / RATE
    basis, _ = np.linalg.qr(np.array([turn(hz * t) for hz in frequencies for turn in (np.cos, np.sin)]).T)
    cleaned: Samples = frame - basis @ (basis.T @ frame)
    return cleaned


@dataclass(frozen=True, slots=True)
class Cadence:
    """A repeated tone: the strongest frequencies in Hz, median times in ms, and how many times on were seen."""

    hz: tuple[float, ...]
    on_ms: float
    off_ms: float
    bursts: int


def cadence(samples: Samples, frequencies: int) -> Cadence:
    """Measures a tone that goes on and off, by its envelope (1 ms) and the spectrum of its loud part."""
    step = RATE // 1000
    count = len(samples) // step
    envelope = np.sqrt(np.mean(samples[: count * step].reshape(count, step) ** 2, axis=1))
    envelope = np.convolve(envelope, np.ones(20) / 20, "same")
    loud = envelope > 0.5 * np.percentile(envelope, 95)
    edges = np.flatnonzero(np.diff(loud.astype(int)))
    lengths, kinds = np.diff(edges), loud[edges[:-1] + 1]
    on, off = lengths[kinds], lengths[~kinds]
    mask = np.repeat(loud, step)
    hz = _peaks(samples[: count * step] * mask, frequencies)
    return Cadence(hz, float(np.median(on)) if len(on) else 0.0, float(np.median(off)) if len(off) else 0.0, len(on))


def _peaks(samples: Samples, count: int) -> tuple[float, ...]:
    """The strongest frequencies, at least 30 Hz apart."""
    size = 1 << (len(samples) - 1).bit_length() + 1
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    found: list[float] = []
    for _ in range(count):
        at = int(np.argmax(spectrum))
        found.append(at * RATE / size)
        wide = round(30 * size / RATE)
        spectrum[max(0, at - wide) : at + wide] = 0
    return tuple(sorted(found))


def first_sound(samples: Samples, threshold: float = 100.0) -> float | None:
    """When the first sample is louder than `threshold`; None: silence."""
    loud = np.flatnonzero(np.abs(samples) > threshold)
    return None if not len(loud) else float(loud[0]) / RATE


def active_stretch(samples: Samples, seconds: float, after: float) -> float:
    """A time after `after` from which on a prompt speaks without a pause for `seconds`: for telling when it stops.

    The stretch whose weakest 20 ms are loudest."""
    frame = RATE // 50
    count = len(samples) // frame
    power = np.sqrt(np.mean(samples[: count * frame].reshape(count, frame) ** 2, axis=1))
    long, begin = int(seconds * 50), int(after * 50)
    weakest = [float(np.min(power[at : at + long])) for at in range(begin, max(begin + 1, count - long))]
    return (begin + int(np.argmax(weakest))) / 50
