"""Music of a seeded recipe: chords, plucked strings, a flute or a voice with vibrato, organ, sweeps and drums.

Instruments have overtones as real ones do (none weaker than a flute's): two pure sines at a key's very frequencies
would be that key, and no receiver could tell.
"""

from collections.abc import Callable

import numpy as np

from firmware.conformance.signals import RATE, Wave

Rng = np.random.Generator
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
PENTATONIC = (0, 2, 4, 7, 9)
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 4, 7, 10))


def _hz(note: float) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _shape(count: int, attack: float, release: float) -> Wave:
    """An envelope that rises and falls in so many seconds."""
    t = np.arange(count) / RATE
    return np.minimum(1.0, np.minimum(t / attack, np.maximum(0.0, (count / RATE - t) / release)))


def _overtones(hz: float, count: int, falls: float, most: int, rng: Rng, vibrato: float = 0.0) -> Wave:
    """A harmonic sound; each overtone `falls` times weaker than its number's inverse."""
    t = np.arange(count) / RATE
    bend = vibrato * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t + rng.uniform(0, 6)) / 5.5
    out = np.zeros(count)
    for number in range(1, most + 1):
        if hz * number > 3900:
            break
        weight = rng.uniform(0.5, 1.0) * number ** (-1.0 - falls)
        out += weight * np.sin(2 * np.pi * hz * number * (t + bend) + rng.uniform(0, 6))
    return out


def _chords(count: int, rng: Rng) -> Wave:
    """Four-part chords, each held for 0.3 to 2 s."""
    out = np.zeros(count)
    root, at = int(rng.integers(45, 62)), 0
    while at < count:
        length = min(count - at, int(rng.uniform(0.3, 2.0) * RATE))
        base = root + int(rng.choice(MAJOR))
        for step in CHORDS[int(rng.integers(len(CHORDS)))]:
            note = base + step + 12 * int(rng.integers(0, 3))
            out[at : at + length] += _overtones(_hz(note), length, 0.3, 8, rng) * _shape(length, 0.02, 0.1)
        at += length
    return out


def _plucked(count: int, rng: Rng) -> Wave:
    """Strings: decaying overtones, the higher the faster, slightly out of tune."""
    out = np.zeros(count)
    scale, root, beat = (PENTATONIC, MINOR)[int(rng.integers(2))], int(rng.integers(50, 66)), rng.uniform(0.12, 0.5)
    for at in np.arange(0, count / RATE, beat):
        begin, length = int(at * RATE), int(min(1.5, 4 * beat) * RATE)
        length = min(length, count - begin)
        t = np.arange(length) / RATE
        hz = _hz(root + 12 * int(rng.integers(0, 3)) + int(rng.choice(scale)))
        for number in range(1, 9):
            stretched = hz * number * (1 + 2e-4 * number**2)
            if stretched < 3900:
                out[begin : begin + length] += (
                    np.exp(-t * number * rng.uniform(2, 4)) / number * np.sin(2 * np.pi * stretched * t)
                )
    return out


def _solo(count: int, rng: Rng) -> Wave:
    """A flute or a singer: one line with vibrato, notes sliding into each other, over a quiet drone."""
    out = np.zeros(count)
    root, at, falls = int(rng.integers(60, 80)), 0, float(rng.uniform(0.2, 1.0))
    while at < count:
        length = min(count - at, int(rng.uniform(0.15, 1.2) * RATE))
        hz = _hz(root + int(rng.choice(MAJOR)) + rng.uniform(-0.1, 0.1))
        out[at : at + length] += _overtones(hz, length, falls, 6, rng, rng.uniform(0.0, 0.01)) * _shape(
            length, 0.05, 0.08
        )
        at += length
    return out + 0.15 * _overtones(_hz(root - 24), count, 0.0, 6, rng)


def _organ(count: int, rng: Rng) -> Wave:
    """Steady tones without vibrato: the hardest for a tone detector."""
    out = np.zeros(count)
    root, at = int(rng.integers(55, 72)), 0
    while at < count:
        length = min(count - at, int(rng.uniform(0.2, 1.5) * RATE))
        for step in (0, int(rng.choice((3, 4, 5, 7, 12)))):
            out[at : at + length] += _overtones(
                _hz(root + int(rng.choice(MAJOR)) + step), length, 0.5, 5, rng
            ) * _shape(length, 0.01, 0.03)
        at += length
    return out


def _sweeps(count: int, rng: Rng) -> Wave:
    """Rising and falling tones with one overtone: sirens, synthesizers."""
    out, at = np.zeros(count), 0
    while at < count:
        length = min(count - at, int(rng.uniform(0.3, 3.0) * RATE))
        first, last = rng.uniform(150, 2500, 2)
        phase = 2 * np.pi * np.cumsum(np.geomspace(first, last, length)) / RATE
        out[at : at + length] = (np.sin(phase) + 0.4 * np.sin(2 * phase + 1)) * _shape(length, 0.02, 0.02)
        at += length
    return out


def _drums(count: int, rng: Rng) -> Wave:
    """A beat: falling sines and bursts of noise, with a bass line."""
    out, beat = np.zeros(count), rng.uniform(0.25, 0.6)
    for number, at in enumerate(np.arange(0, count / RATE, beat / 2)):
        begin = int(at * RATE)
        length = min(int(0.2 * RATE), count - begin)
        t = np.arange(length) / RATE
        if number % 4 == 0:
            out[begin : begin + length] += (
                2 * np.sin(2 * np.pi * (60 * t + 8 * (1 - np.exp(-t * 40)))) * np.exp(-t * 15)
            )
        if number % 4 == 2:
            out[begin : begin + length] += rng.standard_normal(length) * np.exp(-t * 25)
        out[begin : begin + length] += 0.3 * rng.standard_normal(length) * np.exp(-t * 80)
        out[begin : begin + length] += (
            0.7 * _overtones(_hz(36 + int(rng.choice(PENTATONIC))), length, 0.0, 6, rng) * _shape(length, 0.01, 0.05)
        )
    return out


STYLES: dict[str, Callable[[int, Rng], Wave]] = {
    "chords": _chords, "plucked": _plucked, "solo": _solo, "organ": _organ, "sweeps": _sweeps, "drums": _drums,
}  # fmt: skip


def music(seconds: float, rng: Rng) -> Wave:
    """Pieces of 8 to 20 s, each of one or two styles together."""
    parts: list[Wave] = []
    left = round(seconds * RATE)
    names = list(STYLES)
    while left > 0:
        count = min(left, int(rng.uniform(8, 20) * RATE))
        piece = _normal(STYLES[str(rng.choice(names))](count, rng))
        if rng.random() < 0.4:
            piece = piece + rng.uniform(0.2, 1.0) * _normal(STYLES[str(rng.choice(names))](count, rng))
        parts.append(_normal(piece))
        left -= count
    return np.concatenate(parts)


def _normal(wave: Wave) -> Wave:
    rms = float(np.sqrt(np.mean(wave**2)))
    return wave / rms if rms > 0 else wave
