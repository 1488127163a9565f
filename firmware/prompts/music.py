"""Music on hold, composed here: a slow plucked pentatonic piece over four chords, made to loop without a seam.

Free of rights, gentle on a telephone: fundamentals of 196 to 660 Hz with few, quickly fading harmonics, so that
nothing lies outside 300 to 3400 Hz for long and no two steady tones together can be taken for a digit.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 8000
BEAT = 0.6  # seconds
BEATS = 64
SEED = 8
# Semitones above G3 (196 Hz): each chord is held for eight beats, twice around.
CHORDS = ((0, 7, 12, 16), (-3, 9, 12, 16), (5, 9, 12, 17), (2, 7, 11, 14))
SCALE = (12, 14, 16, 19, 21)


def compose() -> NDArray[np.float64]:
    """The whole loop, not yet at any level."""
    random = np.random.default_rng(SEED)
    loop = np.zeros(int(BEATS * BEAT * RATE))
    step = 2
    for beat in range(BEATS):
        chord = CHORDS[beat // 8 % len(CHORDS)]
        _add(loop, beat * BEAT, _pluck(chord[beat % len(chord)], 2.4), 0.6)
        if beat % 8 == 0:
            _add(loop, beat * BEAT, _pluck(chord[0], 4.5), 0.8)
        if beat % 2 == 0 and random.random() < 0.75:
            step = int(np.clip(step + random.integers(-2, 3), 0, len(SCALE) - 1))
            late = 0.012 * random.random()
            _add(loop, beat * BEAT + late, _pluck(SCALE[step], 3.0), 0.7 + 0.3 * random.random())
    return loop


def _pluck(semitones: int, seconds: float) -> NDArray[np.float64]:
    """One string: harmonics that start weaker and fade faster the higher they are."""
    t = np.arange(int(seconds * RATE)) / RATE
    hertz = 196.0 * 2 ** (semitones / 12)
    tone = np.zeros_like(t)
    for harmonic in range(1, 7):
        if harmonic * hertz < 3300:
            tone += np.exp(-t * (1.2 + 0.9 * harmonic)) * np.sin(2 * np.pi * harmonic * hertz * t) / harmonic**1.3
    attack = np.minimum(t / 0.008, 1.0)
    release = np.minimum((seconds - t) / 0.05, 1.0)
    faded: NDArray[np.float64] = tone * attack * release
    return faded


def _add(loop: NDArray[np.float64], at: float, sound: NDArray[np.float64], gain: float) -> None:
    """Mixes in a sound; what rings past the end goes on at the start, so the loop has no seam."""
    places = (int(at * RATE) + np.arange(len(sound))) % len(loop)
    np.add.at(loop, places, gain * sound)
