"""The tones by which a way is known, and how they are found again.

1004 and 2804 Hz are test tones of telephone plant (IEEE Std 743): no progress tone, digit or modem signal of any
country lies there, so nothing in the box reacts to them.
"""

from pathlib import Path

import numpy as np

from firmware.tools.audio import write
from firmware.training.measure import RATE, RMS_0_DBM0, Samples, level, read

CALLER_HZ, STATION_HZ = 1004.0, 2804.0
LASTS_S = 1.5
HEARD_S = 1.0  # so much of it in one piece is proof
LEVEL_DBM0 = -16.0
FRAME = RATE // 50
PURE = 0.8  # share of a frame's power
QUIET_DBM0 = -50.0
SPEECH_DBM0 = -45.0


def make(folder: Path, hz: float) -> Path:
    """The tone as a file that a player takes."""
    time = np.arange(int(LASTS_S * RATE)) / RATE
    samples = RMS_0_DBM0 * 2**0.5 * 10 ** (LEVEL_DBM0 / 20) * np.sin(2 * np.pi * hz * time)
    path = folder / f"{hz:.0f}.wav"
    write(path, samples.astype("<i2").tobytes())
    return path


def heard_s(samples: Samples, hz: float) -> float:
    """The longest piece in which this tone is nearly all there is, in seconds."""
    count = len(samples) // FRAME
    frames = samples[: count * FRAME].reshape(count, FRAME)
    turn = np.exp(-2j * np.pi * hz * np.arange(FRAME) / RATE)
    tone = 2 * np.abs(frames @ turn) ** 2 / FRAME**2
    power = np.mean(frames**2, axis=1)
    there = (tone >= PURE * power) & (power >= (RMS_0_DBM0 * 10 ** (QUIET_DBM0 / 20)) ** 2)
    longest = run = 0
    for one in there:
        run = run + 1 if one else 0
        longest = max(longest, run)
    return float(longest * FRAME / RATE)


def loudest_dbm0(samples: Samples) -> float:
    """The level of the loudest second."""
    pieces = [samples[at : at + RATE] for at in range(0, max(1, len(samples) - RATE // 2), RATE // 2)]
    return max((level(piece) for piece in pieces), default=-99.0)


def mixed(recording: Path, folder: Path) -> Path:
    """Both channels of a recording in one, as a file that a player takes."""
    left, right = read(recording)
    path = folder / "mixed.wav"
    write(path, np.clip(left + right, -32_768, 32_767).astype("<i2").tobytes())
    return path
