"""What comes from a microphone at one of the box's own sound sockets (ALSA), written into a file.

The socket is open only meanwhile: nobody is listened to otherwise.
"""

import errno
import threading
import wave
from collections.abc import Callable
from pathlib import Path

import alsaaudio
import numpy as np

from drivers.binding.alsa import BLOCK, capture
from drivers.binding.engine import RATE, CoreError

PEAK_EVERY = 25  # blocks
SETTLE = 20  # blocks thrown away: a converter that wakes up makes a thump


def record(device: str, file: Path, stop: threading.Event, most_s: float, heard: Callable[[float, int], None]) -> int:
    """Until `stop`, `most_s` at most, 8 kHz mono; how often the socket's own buffer was full before it was read.
    `heard` is told of the seconds so far and of the last peak (0 to 32,767). CoreError in words if it cannot be had, or
    goes away; OSError of the file."""
    overruns = 0
    try:
        pcm = capture(device)
        try:
            with wave.open(str(file), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(RATE)
                for _ in range(SETTLE):
                    pcm.read()
                peak = 0
                for number in range(1, round(most_s * RATE / BLOCK) + 1):
                    if stop.is_set():
                        break
                    count, samples = pcm.read()
                    overruns += count < 0
                    if count > 0:
                        sound.writeframesraw(samples)
                        peak = max(peak, int(np.abs(np.frombuffer(samples, np.int16).astype(np.int32)).max()))
                    if number % PEAK_EVERY == 0:
                        heard(number * BLOCK / RATE, min(peak, 32_767))
                        peak = 0
        finally:
            pcm.close()
    except alsaaudio.ALSAAudioError as error:
        raise CoreError(errno.ENODEV, f"microphone {device}: {error}; arecord -L lists what there is") from error
    return overruns
