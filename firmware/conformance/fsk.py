"""Caller id as exchanges send it, in numpy: messages (GR-30, EN 300 659-3), characters, FSK (Bell 202, V.23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware.conformance import signals
from firmware.conformance.signals import RATE, Wave

Scheme = Literal["bell202", "v23"]
MARK_SPACE: dict[Scheme, tuple[float, float]] = {"bell202": (1200.0, 2200.0), "v23": (1300.0, 2100.0)}

SDMF, MDMF = 0x04, 0x80
TIME, NUMBER, NO_NUMBER, NAME, NO_NAME = 0x01, 0x02, 0x04, 0x07, 0x08
NAMES = ("SMITH JOHN", "Li Wei", "O'BRIEN", "CALL CENTRE 24H", "A", "ZHANG SAN", "MUSTERMANN E", "")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent and what a display must show; number "P" or "O": withheld, unavailable."""

    octets: bytes
    number: str
    name: str


def _sealed(kind: int, body: bytes) -> bytes:
    whole = bytes([kind, len(body)]) + body
    return whole + bytes([-sum(whole) % 256])


def _parameter(kind: int, value: str) -> bytes:
    return bytes([kind, len(value)]) + value.encode("ascii")


def message(rng: np.random.Generator) -> Message:
    """A random message: single or multiple data format, number shown or not, name or none."""
    time = f"{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}{rng.integers(24):02d}{rng.integers(60):02d}"
    number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(3, 17))))
    if rng.random() < 0.1:
        number = str(rng.choice(("P", "O")))
    if rng.random() < 0.3:
        return Message(_sealed(SDMF, (time + number).encode()), number, "")
    body = _parameter(TIME, time) if rng.random() < 0.8 else b""
    if number in ("P", "O"):
        return Message(_sealed(MDMF, body + _parameter(NO_NUMBER, number) + _parameter(NO_NAME, number)), number, "")
    name = str(rng.choice(NAMES))
    body += _parameter(NUMBER, number) + (_parameter(NAME, name) if name else b"")
    return Message(_sealed(MDMF, body), number, name)


@dataclass(frozen=True, slots=True)
class Framing:
    """Bits around the message: channel seizure (0 and 1 in turn), mark, marks between characters, mark at the end."""

    seizure: int = 300
    mark: int = 180
    between: int = 0
    after: int = 10


def bits_of(octets: bytes, framing: Framing) -> list[int]:
    """All bits on the wire; a character is a start bit 0, eight bits from the lowest, a stop bit 1."""
    out = [place % 2 for place in range(framing.seizure)] + [1] * framing.mark
    for octet in octets:
        out += [0, *(octet >> place & 1 for place in range(8)), 1] + [1] * framing.between
    return out + [1] * framing.after


def checks(bits: Sequence[int]) -> bool:
    """Whether these bits, read as characters, have a valid checksum: then no receiver could know of damage."""
    octets = [
        sum(bit << place for place, bit in enumerate(bits[at + 1 : at + 9])) for at in range(0, len(bits) - 9, 10)
    ]
    return sum(octets) % 256 == 0


@dataclass(frozen=True, slots=True)
class Line:
    """How the modem and the line are off. Twist: space over mark, dB; clock and frequency: shares."""

    dbm0: float = -13.5
    twist: float = 0.0
    clock: float = 0.0
    off_hz: float = 0.0


def modulated(bits: Sequence[int], scheme: Scheme, line: Line, phase: float) -> Wave:
    """Phase-continuous FSK; bit edges fall between samples as they come."""
    mark, space = MARK_SPACE[scheme]
    values = np.asarray(bits)
    hz = np.where(values == 1, mark, space) + line.off_hz
    baud = 1200.0 * (1 + line.clock)
    begins = np.arange(len(values)) / baud
    phases = np.concatenate([[0.0], np.cumsum(hz / baud)[:-1]])
    t = np.arange(int(len(values) / baud * RATE)) / RATE
    place = np.minimum((t * baud).astype(np.int64), len(values) - 1)
    cycles = phases[place] + hz[place] * (t - begins[place])
    peaks = (signals.amplitude(line.dbm0 + line.twist / 2), signals.amplitude(line.dbm0 - line.twist / 2))
    return np.asarray(np.where(values[place] == 1, peaks[1], peaks[0]) * np.sin(2 * np.pi * cycles + phase))
