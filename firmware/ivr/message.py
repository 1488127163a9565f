"""Records what one caller says into a file of its own, until he stops, presses a key or hangs up."""

import asyncio
import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drivers.binding.engine import CoreError, Port, Recorder
from firmware.ivr.ports import Refused, Wanted
from firmware.lines import Digit
from firmware.voice.activity import Activity

LOOK_S = 0.2  # how often is looked whether he still speaks
SPOKEN_S = 0.6  # of voice in all; what is shorter is a knock

Digits = asyncio.Queue[Digit]


async def record(port: Port, digits: Digits, file: Path, wanted: Wanted, kept: Callable[[float], None]) -> float | None:
    """Seconds of the file; told to `kept`, too, also when he hangs up in the middle. None if he said nothing: then
    there is no file. Refused, in words, if it cannot be recorded."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        recorder = port.engine.recorder()
        recorder.start(file)
        port.engine.link(port.source, recorder.left)
    except (CoreError, OSError, ValueError) as error:
        raise Refused(f"{file.name} cannot be recorded: {error}") from error
    spoken = _Spoken()
    try:
        await _while_he_speaks(port, digits, wanted, spoken)
    finally:
        seconds = await _closed(recorder, file, spoken.seconds >= SPOKEN_S)
        if seconds is not None:
            kept(seconds)
    return seconds


class _Spoken:
    """How long he has spoken, and since when he does not."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.quiet_s = 0.0
        self._activity = Activity()

    def feed(self, samples: bytes) -> None:
        """What came in the last LOOK_S."""
        before = self._activity.voice
        changes = self._activity.feed(samples)
        if before or any(change.voice for change in changes):
            self.seconds += LOOK_S
            self.quiet_s = 0.0
        else:
            self.quiet_s += LOOK_S


async def _while_he_speaks(port: Port, digits: Digits, wanted: Wanted, spoken: _Spoken) -> None:
    clock = asyncio.get_running_loop().time
    until = clock() + wanted.most_s
    with port.engine.tap() as tap:
        port.engine.link(port.source, tap.sink)
        while clock() < until and spoken.quiet_s < wanted.silence_s:
            await asyncio.sleep(LOOK_S)
            spoken.feed(tap.read())
            while not digits.empty():
                if digits.get_nowait().digit in wanted.stop_keys:
                    return


async def _closed(recorder: Recorder, file: Path, spoken: bool) -> float | None:
    """Also of a caller who has gone; Refused if the disk did not take it."""
    recorded = await recorder.stop()
    if recorded.error or not spoken:
        _remove(file)
    if recorded.error:
        raise Refused(f"{file.name} was not recorded: {os.strerror(recorded.error)}")
    return recorded.ms / 1000 if spoken else None


def his_alone(file: Path) -> None:
    """The core records two channels and plays one: only the guest's is kept. OSError, EOFError, wave.Error or
    ValueError: the file is as it was."""
    fresh = file.with_suffix(f".{os.getpid()}.new")
    try:
        with wave.open(str(file)) as sound:
            if sound.getnchannels() == 1:
                return
            both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, sound.getnchannels())
            rate = sound.getframerate()
        with fresh.open("wb") as target, wave.open(target, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes(np.ascontiguousarray(both[:, 0]).tobytes())
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(file)
    except (OSError, EOFError, wave.Error, ValueError):
        fresh.unlink(missing_ok=True)
        raise


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
