"""Sound files for people's commands: read what the box can use, convert what it cannot, refuse the rest in words."""

import struct
import wave
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import UserError

RATE = 8000


class AudioError(UserError):
    """A file that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """8 kHz, mono, 16-bit little-endian. `note` tells what had to be converted."""

    samples: bytes
    note: str | None = None

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 2 / RATE


def read(path: Path) -> Sound:
    """A sound file. AudioError: not there, not a sound, or cut short."""
    try:
        head = path.open("rb").read(12)
    except OSError as error:
        raise AudioError(f"{path}: {error.strerror}") from error
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        _whole(path)
        sound = _plain(path)
    else:
        sound = None
    sound = sound or _converted(path)
    if not sound.samples:
        raise AudioError(f"{path}: there is no sound in it")
    return sound


def write(path: Path, samples: bytes) -> None:
    """A WAV of 8 kHz, mono, 16-bit. AudioError: cannot be written."""
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples)
    except OSError as error:
        raise AudioError(f"{path}: {error.strerror}") from error


def _whole(path: Path) -> None:
    """AudioError if the file is shorter than its chunks say."""
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 12
        while place + 8 <= size:
            file.seek(place)
            name, length = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                if place + 8 + length > size:
                    raise AudioError(f"{path}: cut short: {length} bytes of sound announced, {size - place - 8} there")
                return
            place += 8 + length + length % 2
    raise AudioError(f"{path}: cut short: a WAV without sound data")


def _plain(path: Path) -> Sound | None:
    """The sound as it is, if the box can use it so."""
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2):
                return Sound(file.readframes(file.getnframes()))
    except (wave.Error, EOFError):
        pass  # perhaps a coding that ffmpeg knows
    return None


def _converted(path: Path) -> Sound:
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError

    try:
        found = AudioSegment.from_file(str(path))
    except (CouldntDecodeError, IndexError, KeyError, ValueError) as error:
        raise AudioError(f"{path}: not a sound file that can be read") from error
    except OSError as error:
        raise AudioError(f"{path}: cannot be converted: {error}") from error
    was = f"{found.frame_rate} Hz, {found.channels} channels, {8 * found.sample_width} bit"
    found = found.set_channels(1).set_frame_rate(RATE).set_sample_width(2)
    return Sound(bytes(found.raw_data), f"{path}: converted from {was} to {RATE} Hz, mono, 16 bit")
