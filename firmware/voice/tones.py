"""Pure tones within speech: the beep of an answering machine, and what a fax machine sends.

Each frame of 20 ms is asked how much of its power one frequency holds (purity). Speech reaches the purity of a tone
for a vowel's steady moment, but not with the same frequency for 120 ms on end.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME = 160  # samples: 20 ms
SIZE = 512  # of the transform, zero-padded: interpolation to some Hz is then good
LEAST_HZ, MOST_HZ = 350.0, 2600.0
# Share of the power around its peak, after a Hann window: a tone has more than 0.99, with noise 15 dB below it 0.97.
PURITY = 0.93
LEAST_RMS = 22_826 / 2**0.5 * 10 ** (-42 / 20)  # -42 dBm0
SAME_HZ = 15.0  # how far frames of one tone may differ
LEAST_S = 0.12
WINDOW = np.hanning(FRAME + 1)[:FRAME]


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone; seconds from the first sample."""

    begin: float
    end: float
    hz: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.begin


def pure(frame: NDArray[np.float64]) -> float | None:
    """The frequency that holds nearly all of a frame's power; None: there is none."""
    if math.sqrt(float(np.mean(frame**2))) < LEAST_RMS:
        return None
    power = np.abs(np.fft.rfft(frame * WINDOW, SIZE)) ** 2
    top = int(np.argmax(power))
    width = 2 * SIZE // FRAME + 1  # the window's main lobe, to either side
    if not width < top < len(power) - width:
        return None
    if power[top - width : top + width + 1].sum() < PURITY * power.sum():
        return None
    low, middle, high = np.log(power[top - 1 : top + 2] + 1e-9)
    hertz = (top + 0.5 * (low - high) / (low - 2 * middle + high)) * RATE / SIZE
    return float(hertz) if LEAST_HZ <= hertz <= MOST_HZ else None


class KnownTones:
    """Frames that are nothing but one of these tones: pairs of frequencies have a pitch as voices have."""

    def __init__(self, tones: Iterable[tuple[float, ...]]) -> None:
        t = 2 * np.pi * np.arange(FRAME) / RATE
        turns = (np.array([turn(hz * t) for hz in tone for turn in (np.cos, np.sin)]).T for tone in tones)
        self._bases = [np.linalg.qr(basis)[0] for basis in turns]

    def hold(self, frame: NDArray[np.float64]) -> bool:
        """Whether one of them holds nearly all of the power of 160 samples, which must not be silence."""
        power = float(frame @ frame)
        if power < FRAME * LEAST_RMS**2:
            return False
        return any(float(np.sum((basis.T @ frame) ** 2)) >= PURITY * power for basis in self._bases)


class ToneFinder:
    """One frame at a time, in order. `now` is the tone that goes on, once it has lasted LEAST_S."""

    def __init__(self) -> None:
        self._frames = 0
        self._hertz: list[float] = []  # of the frames of what may be a tone

    @property
    def pure(self) -> bool:
        """The last frame was a tone by itself, however long that goes on."""
        return bool(self._hertz)

    @property
    def now(self) -> Tone | None:
        """The tone up to the last frame."""
        seconds = len(self._hertz) * FRAME / RATE
        if seconds < LEAST_S:
            return None
        end = self._frames * FRAME / RATE
        return Tone(end - seconds, end, float(np.mean(self._hertz)))

    def frame(self, samples: NDArray[np.float64]) -> Tone | None:
        """Takes 160 samples; the tone that ended with the frame before, if one did."""
        hertz = pure(samples)
        ended = None
        if hertz is None or (self._hertz and abs(hertz - float(np.mean(self._hertz))) > SAME_HZ):
            ended = self.now
            self._hertz = []
        if hertz is not None:
            self._hertz.append(hertz)
        self._frames += 1
        return ended
