"""A caller id is read from its samples as an exchange sends it, near and far, in noise; damage is seen as damage."""

import numpy as np
import pytest

from firmware.conformance import fsk
from firmware.doctor.measure import RATE, RMS_0_DBM0, Samples, tone
from firmware.doctor.received import received

SECOND = np.zeros(RATE)


def noisy(samples: Samples, dbm0: float, seed: int = 1) -> Samples:
    rng = np.random.default_rng(seed)
    return samples + rng.normal(0, RMS_0_DBM0 * 10 ** (dbm0 / 20), len(samples))


def wave(octets: bytes, scheme: fsk.Scheme, line: fsk.Line, framing: fsk.Framing | None = None) -> Samples:
    sent = fsk.modulated(fsk.bits_of(octets, framing or fsk.Framing()), scheme, line, 0.3)
    return np.concatenate([SECOND, np.asarray(sent, np.float64), SECOND])


@pytest.mark.parametrize("scheme", ["bell202", "v23"])
@pytest.mark.parametrize("line", [
    fsk.Line(), fsk.Line(dbm0=-32), fsk.Line(twist=6), fsk.Line(twist=-6), fsk.Line(clock=0.01, off_hz=10),
])  # fmt: skip
def test_messages_of_every_kind(scheme: fsk.Scheme, line: fsk.Line) -> None:
    rng = np.random.default_rng(7)
    for _ in range(8):
        sent = fsk.message(rng)
        found = received(noisy(wave(sent.octets, scheme, line), line.dbm0 - 20))
        assert found is not None and found.octets == sent.octets and found.checksum is True
        assert found.scheme == scheme
        assert found.dbm0 == pytest.approx(line.dbm0, abs=1.0 if not line.twist else 2.0)
        told = dict(found.fields)
        assert told.get("number", told.get("no_number")) == sent.number and told.get("name", sent.name) == sent.name


def test_marks_between_characters_and_no_seizure() -> None:
    sent = fsk.message(np.random.default_rng(3))
    for framing in (fsk.Framing(between=3), fsk.Framing(seizure=0, mark=80)):
        found = received(noisy(wave(sent.octets, "v23", fsk.Line(), framing), -50))
        assert found is not None and found.octets == sent.octets


def test_damage_is_told_as_damage() -> None:
    sent = fsk.message(np.random.default_rng(3)).octets
    damaged = sent[:5] + bytes([sent[5] ^ 4]) + sent[6:]
    found = received(wave(damaged, "bell202", fsk.Line()))
    assert found is not None and found.octets == damaged and found.checksum is False


def test_keys() -> None:
    pieces = [SECOND]
    for key in "D13800138000C":
        row = next(n for n, keys in enumerate(("123A", "456B", "789C", "*0#D")) if key in keys)
        column = ("123A", "456B", "789C", "*0#D")[row].index(key)
        pair = (697.0, 770.0, 852.0, 941.0)[row], (1209.0, 1336.0, 1477.0, 1633.0)[column]
        pieces += [tone(pair[0], -15, 0.07) + tone(pair[1], -15, 0.07), np.zeros(RATE * 7 // 100)]
    found = received(noisy(np.concatenate([*pieces, SECOND]), -45))
    assert found is not None and (found.scheme, found.keys) == ("dtmf", "D13800138000C")
    assert found.dbm0 == pytest.approx(-12, abs=1) and found.checksum is None
    assert found.fields == (("number", "13800138000"),)


def test_what_is_no_caller_id() -> None:
    noise = noisy(np.zeros(4 * RATE), -30)
    two = tone(425, -13, 2) + tone(2100, -20, 2)
    for sound in (np.zeros(2 * RATE), noise, tone(450, -10, 2), tone(1200, -10, 2), two):
        assert received(sound) is None
