"""A caller id as it came over the line: its characters, checksum, fields, level. Pure functions over numpy.

As in `measure`, none of the box's own detectors is used: when they hear nothing, this says whether there was anything.
FSK as Telcordia GR-30 (Bell 202) and ETSI EN 300 659-1 (V.23), 1,200 bits a second; keys as ITU-T Q.23.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firmware.doctor.measure import RATE, Samples, dbm0

Scheme = Literal["bell202", "v23", "dtmf"]

MARK_SPACE: dict[Scheme, tuple[float, float]] = {"bell202": (1200.0, 2200.0), "v23": (1300.0, 2100.0)}
BIT = RATE / 1200
CARRIER_DBM0 = -48.0
CARRIER_MS = 150  # shorter than the shortest message
PURE = 0.6  # so much of what is heard is mark or space
MARKS_LEAST = 12  # bits of mark before the first character
OCTETS_MOST = 258

SDMF, MDMF = 0x04, 0x80
FIELDS: dict[int, str] = {
    0x01: "time", 0x02: "number", 0x03: "dialled", 0x04: "no_number", 0x06: "kind", 0x07: "name", 0x08: "no_name",
    0x0B: "lamp", 0x11: "call_type", 0x12: "redirecting",
}  # fmt: skip

LOW, HIGH = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = ("123A", "456B", "789C", "*0#D")
KEY_FRAME = RATE // 50  # 20 ms


@dataclass(frozen=True, slots=True)
class Received:
    """`octets`: of FSK, type and checksum included; `keys`: of DTMF. `checksum`: whether it is right, None: keys have
    none. `fields`: name (firmware/doctor/received.py) and what stood there. `dbm0` while data came, `at` the sample."""

    scheme: Scheme
    dbm0: float
    at: int
    octets: bytes = b""
    keys: str = ""
    checksum: bool | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def data(self) -> dict[str, Any]:
        """For the page and for the file; octets in hexadecimal."""
        return {
            "scheme": self.scheme, "dbm0": round(self.dbm0, 1), "octets": self.octets.hex(" ").upper(),
            "keys": self.keys, "checksum": self.checksum, "fields": [list(one) for one in self.fields],
        }  # fmt: skip


def received(samples: Samples) -> Received | None:
    """What came last, FSK before keys; None: nothing of the kind."""
    found = [one for scheme in MARK_SPACE if (one := _fsk(samples, scheme)) is not None]
    if found:  # the other scheme's tones are near enough to be read, too
        return min(found, key=lambda one: (not one[1].checksum, one[0]))[1]
    return _keys(samples)


# -- FSK ---------------------------------------------------------------------------------------------------------


def _fsk(samples: Samples, scheme: Scheme) -> tuple[float, Received] | None:
    """With how far the mark that was heard is from this scheme's, Hz."""
    mark, space = (_magnitude(samples, hz) for hz in MARK_SPACE[scheme])
    power = np.convolve(samples**2, np.ones(7) / 7, "same")
    ours = 2 * np.maximum(mark, space) ** 2  # of a sine, the magnitude is half its peak
    there = (power > 10 ** (CARRIER_DBM0 / 10) * _REFERENCE) & (ours > PURE * power)
    run = _longest(there)
    if run is None:
        return None
    begin, end = run
    sense = (mark - space)[begin:end]
    first = _first_mark(sense > 0)
    if first is None:
        return None
    octets = _characters(sense, first)
    if len(octets) < 3:
        return None
    octets = octets[: octets[1] + 3]
    whole = len(octets) == octets[1] + 3
    steady = samples[begin + first - round(MARKS_LEAST * BIT) : begin + first]
    return abs(_hz(steady) - MARK_SPACE[scheme][0]), Received(
        scheme, dbm0(float(np.var(samples[begin:end]))), begin, octets, checksum=whole and sum(octets) % 256 == 0,
        fields=_fields(octets),
    )  # fmt: skip


_REFERENCE = (22_826 / 2**0.5) ** 2


def _magnitude(samples: Samples, hz: float) -> Samples:
    """Of one frequency, over the length of a bit."""
    turned = samples * np.exp(-2j * np.pi * hz / RATE * np.arange(len(samples)))
    return np.asarray(np.abs(np.convolve(turned, np.ones(7) / 7, "same")), np.float64)


def _longest(there: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The longest stretch that mostly holds, in samples."""
    frames = there[: len(there) // 40 * 40].reshape(-1, 40).mean(axis=1) > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    joined: list[tuple[int, int]] = []
    for begin, end in runs:
        if joined and begin - joined[-1][1] <= 4:  # 20 ms
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    if not joined:
        return None
    begin, end = max(joined, key=lambda one: one[1] - one[0])
    return (begin * 40, end * 40) if (end - begin) * 5 >= CARRIER_MS else None


def _hz(samples: Samples) -> float:
    """Of a steady mark, by how its phase goes on."""
    middle = sum(pair[0] for pair in MARK_SPACE.values()) / len(MARK_SPACE)
    turned = samples * np.exp(-2j * np.pi * middle / RATE * np.arange(len(samples)))
    slow = np.convolve(turned, np.ones(20) / 20, "valid")
    return middle + float(np.angle(np.sum(slow[1:] * np.conj(slow[:-1])))) * RATE / (2 * np.pi)


def _characters(sense: Samples, place: int) -> bytes:
    """Start bit (space), eight bits from the lowest, stop bit (mark); from that place on."""
    high = sense > 0
    found = bytearray()

    def bit(at: float) -> bool:
        index = int(at)
        if index + 1 >= len(sense):
            return True
        return bool(sense[index] + (sense[index + 1] - sense[index]) * (at - index) > 0)

    while len(found) < OCTETS_MOST:
        falls = np.flatnonzero(~high[place:])
        if len(falls) == 0 or place + falls[0] + 9.5 * BIT >= len(sense):
            break
        index = place + int(falls[0])
        before = sense[index - 1] if index else 0.0
        edge = index - (sense[index] / (sense[index] - before) if before > 0 else 0.0)  # between two samples
        if bit(edge + 0.5 * BIT):
            place = index + 1
            continue
        found.append(sum(bit(edge + (1.5 + n) * BIT) << n for n in range(8)))
        place = round(edge + 9.3 * BIT)
    return bytes(found)


def _first_mark(high: NDArray[np.bool_]) -> int | None:
    """Where the first long mark has lasted long enough."""
    wanted = round(MARKS_LEAST * BIT)
    held = np.convolve(high, np.ones(wanted), "valid") >= wanted
    places = np.flatnonzero(held)
    return None if len(places) == 0 else int(places[0]) + wanted


def _fields(octets: bytes) -> tuple[tuple[str, str], ...]:
    body = octets[2 : octets[1] + 2]
    if octets[0] == SDMF:
        return (("time", _text(body[:8])), ("number", _text(body[8:])))
    if octets[0] & 0x80 == 0:
        return ()
    found = []
    while len(body) >= 2:
        kind, length = body[0], body[1]
        found.append((FIELDS.get(kind, f"{kind:02X}"), _text(body[2 : 2 + length])))
        body = body[2 + length :]
    return tuple(found)


def _text(octets: bytes) -> str:
    """As characters where all of them are; else as hexadecimal figures."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.hex(" ").upper()
    return text if text.isprintable() else octets.hex(" ").upper()


# -- keys --------------------------------------------------------------------------------------------------------


def _keys(samples: Samples) -> Received | None:
    count = len(samples) // KEY_FRAME
    frames = samples[: count * KEY_FRAME].reshape(count, KEY_FRAME)
    power = np.mean(frames**2, axis=1)
    turn = np.exp(-2j * np.pi * np.outer((*LOW, *HIGH), np.arange(KEY_FRAME)) / RATE)
    tones = 2 * np.abs(frames @ turn.T / KEY_FRAME) ** 2
    low, high = np.argmax(tones[:, :4], axis=1), np.argmax(tones[:, 4:], axis=1)
    both = tones[np.arange(count), low] + tones[np.arange(count), 4 + high]
    weaker = np.minimum(tones[np.arange(count), low], tones[np.arange(count), 4 + high])
    there = (power > 10 ** (CARRIER_DBM0 / 10) * _REFERENCE) & (both > 0.7 * power) & (weaker > 0.1 * power)
    pressed = [KEYS[row][column] if held else "" for row, column, held in zip(low, high, there, strict=True)]
    keys, begin, before, last = "", 0, "", 0
    loud: list[float] = []
    for n, key in enumerate(pressed):
        if n and key and pressed[n - 1] == key and before != key:  # two frames of the same
            if keys and n - last > RATE // KEY_FRAME:  # a second later it is another message
                keys, loud = "", []
            begin = begin if keys else n * KEY_FRAME
            keys, before, last = keys + key, key, n
            loud.append(float(power[n]))
        elif not key and (not n or not pressed[n - 1]):
            before = ""
    if len(keys) < 3:
        return None
    number = keys.strip("ABCD")
    fields = (("number", number),) if number else ()
    return Received("dtmf", dbm0(float(np.mean(loud))), begin, keys=keys, fields=fields)
