"""The recording's file on the disk, as drivers/core/wav.c writes it: a header of 44 bytes, then whole stereo frames."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

RATE = 8000
FRAME = 4  # bytes: two channels of 16 bits
HEADER = 44
LAYOUT = struct.Struct("<4sI8sIHHIIHH4sI")
FIXED = (b"WAVEfmt ", 16, 1, 2, RATE, RATE * FRAME, FRAME, 16, b"data")


class NoRecordingError(Exception):
    """The file is none of ours; it is left as it is."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What the file holds now; `changed`: its header or end had to be corrected."""

    ms: int
    changed: bool


def header(frames: int) -> bytes:
    """The header of a recording of so many frames."""
    return LAYOUT.pack(b"RIFF", HEADER - 8 + frames * FRAME, *FIXED, frames * FRAME)


def seconds(path: Path) -> float:
    """How much sound is there: as the header tells, but no more than the file holds. 0 if it is no recording."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return 0.0
    if not _ours(head):
        return 0.0
    told = LAYOUT.unpack(head)[-1]
    return float(min(told, max(0, size - HEADER)) // FRAME / RATE)


def repair(path: Path) -> Repaired:
    """Makes header and length agree with the whole frames that the file really holds, and syncs it.

    A header that never reached the disk (the file shorter than one, or zeros in its place) is made anew.
    NoRecordingError: it has another header; OSError.
    """
    with path.open("r+b") as file:
        head = file.read(HEADER)
        size = os.fstat(file.fileno()).st_size
        short, lost = len(head) < HEADER, not any(head)
        if not _ours(head) and not lost and not (short and header(0).startswith(head[:4])):
            raise NoRecordingError(f"{path} is no recording of this box")
        frames = 0 if short else (size - HEADER) // FRAME
        right = header(frames)
        changed = head != right or size != HEADER + frames * FRAME
        if changed:
            file.truncate(HEADER + frames * FRAME)
            file.seek(0)
            file.write(right)
            file.flush()
            os.fsync(file.fileno())
    return Repaired(frames * 1000 // RATE, changed)


def _ours(head: bytes) -> bool:
    if len(head) < HEADER:
        return False
    riff, _, *fixed, _ = LAYOUT.unpack(head)
    return riff == b"RIFF" and tuple(fixed) == FIXED
