"""The test signals themselves: what a detector is judged by must be right first."""

import numpy as np
import pytest

from firmware.conformance import fsk, music, sending, signals
from firmware.conformance.rows import Row
from firmware.conformance.signals import KEYS, RATE, Press


def test_a_sine_has_the_level_it_was_asked_for():
    wave = signals.sine(1000, -10.0, RATE)
    assert signals.dbm0_of(wave) == pytest.approx(-10.0, abs=0.01)
    assert np.max(np.abs(signals.sine(1004, 3.14, RATE))) == pytest.approx(32768, rel=1e-3)


@pytest.mark.parametrize("kind", ["white", "pink"])
def test_noise_has_its_level(kind):
    assert signals.dbm0_of(signals.noise(kind, -30.0, 10 * RATE, signals.rng_of(1))) == pytest.approx(-30.0, abs=0.2)


def test_g711_levels_are_those_of_the_recommendation():
    alaw, ulaw = signals.code_points("alaw"), signals.code_points("ulaw")
    assert len(alaw) == 256 and len(ulaw) == 255  # +0 and -0 are one value
    assert alaw[-1] == 4032 * 8 and ulaw[-1] == 8031 * 4
    assert set(np.diff(np.sort(np.abs(alaw)))) <= {0, 16, 32, 64, 128, 256, 512, 768, 1024, 24, 48, 96, 192, 384}
    assert ulaw[ulaw > 0][0] == 2 * 4


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_coding_twice_changes_nothing(law):
    wave = signals.noise("white", -10.0, 4000, signals.rng_of(2))
    once = signals.coded(wave, law)
    assert np.array_equal(once, signals.coded(once.astype(float), law))


def test_a_key_holds_its_two_frequencies():
    for key in KEYS:
        wave = signals.key_wave(key, Press(low=-12, high=-10, on_ms=1000), signals.rng_of(3))
        spectrum = np.abs(np.fft.rfft(wave))
        loudest = sorted(np.argsort(spectrum)[-2:])
        place = KEYS.index(key)
        assert loudest == [int(signals.ROWS_HZ[place // 4]), int(signals.COLUMNS_HZ[place % 4])]


def test_keys_stand_where_they_are_said_to():
    press = Press(on_ms=50, off_ms=60)
    made = signals.typed("12", [press, press], signals.rng_of(4))
    for begin in made.begins:
        assert not made.wave[begin - 1] and np.any(made.wave[begin : begin + 8])
        assert np.any(made.wave[begin + 392 : begin + 400]) and not np.any(made.wave[begin + 400 : begin + 880])


def test_fsk_bits_can_be_read_back():
    bits = fsk.bits_of(b"\x04\x01A\xba", fsk.Framing())
    wave = fsk.modulated(bits, "bell202", fsk.Line(), 0.3)
    t = np.arange(len(wave)) / RATE
    tones = [np.exp(-2j * np.pi * hz * t) * wave for hz in (2200, 1200)]
    read = []
    for place in range(len(bits) - 1):
        piece = slice(round(place / 1200 * RATE), round((place + 1) / 1200 * RATE))
        read.append(int(abs(np.sum(tones[1][piece])) > abs(np.sum(tones[0][piece]))))
    assert read == bits[:-1]


def test_messages_are_sealed_by_their_checksum_and_damage_is_seen():
    rng = signals.rng_of(5)
    for _ in range(200):
        made = fsk.message(rng)
        assert sum(made.octets) % 256 == 0
        assert made.octets[1] == len(made.octets) - 3
        bits = fsk.bits_of(made.octets, fsk.Framing(0, 0, 0, 0))
        assert fsk.checks(bits)
        bits[1] ^= 1
        assert not fsk.checks(bits)


def test_music_repeats_from_its_seed():
    first, again = (music.music(3.0, signals.rng_of(6)) for _ in range(2))
    assert np.array_equal(first, again) and len(first) == 3 * RATE


@pytest.mark.parametrize("style", sorted(music.STYLES))
def test_every_style_of_music_sounds(style):
    wave = music.STYLES[style](2 * RATE, signals.rng_of(style))
    assert len(wave) == 2 * RATE and np.all(np.isfinite(wave)) and np.any(wave)


def test_what_could_not_be_measured_does_not_pass():
    row = Row("g", "r", "c", "at most", 1.0, float("nan"), "%")
    assert not row.passed and row.as_json()["measured"] is None
    assert Row("g", "r", "c", "at least", 1.0, 1.0, "%").passed
    assert not Row("g", "r", "c", "exactly", 2.0, 1.0, "").passed


def test_what_is_sent_is_measured_rightly():
    hz, dbm0 = sending._strongest(signals.sine(1209 * 1.01, -9.0, 560), 1209.0)
    assert hz == pytest.approx(1221.1, abs=0.5) and dbm0 == pytest.approx(-9.0, abs=0.05)
    wave = signals.exactly_typed("15", Press(on_ms=70, off_ms=50), signals.rng_of(7))
    (first, end), (second, _) = sending._sounding(wave.round())
    assert abs(end - first - 560) <= 2 and abs(second - end - 400) <= 2


def test_the_independent_receiver_reads_the_independent_sender_and_no_damage():
    made = fsk.message(signals.rng_of(11))
    while made.octets[0] != fsk.MDMF or not made.number.isdigit():
        made = fsk.message(signals.rng_of(made.number))
    bits = fsk.bits_of(made.octets, fsk.Framing())
    wave = fsk.modulated(bits, "v23", fsk.Line(clock=0.005), 0.0)
    read, rate, (mark, space) = sending._demodulated(wave, 1300.0, 2100.0)
    assert (
        rate == pytest.approx(1206, abs=1)
        and mark == pytest.approx(1300, abs=5)
        and space == pytest.approx(2100, abs=15)
    )
    assert read[: len(bits) - 2] == bits[:-2]
    assert sending._carries(bits[480:], made.number)
    bits[500] ^= 1
    assert not sending._carries(bits[480:], made.number)
