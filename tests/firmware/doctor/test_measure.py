"""Planted noise, hum, tones, echo: what is measured is what was planted, within 1 dB, 1 Hz and 20 ms."""

import numpy as np
import pytest

from firmware.conformance import signals
from firmware.doctor import measure


def rng(*seed: int | str) -> np.random.Generator:
    return signals.rng_of("doctor", *seed)


@pytest.mark.parametrize("planted", [-70.0, -60.0, -45.0, -30.0])
def test_noise_plain_and_weighted(planted: float) -> None:
    found = measure.noise(signals.noise("white", planted, 16_000, rng(1)))
    assert found.dbm0 == pytest.approx(planted, abs=0.5)
    # White over 0 to 4 kHz loses 3.6 dB through O.41's weights: their mean over the band, by hand from its table.
    assert found.dbm0p == pytest.approx(planted - 3.6, abs=0.7)
    assert found.hum.dbm0 < planted - 15


def test_a_tone_of_800_hz_has_no_weight() -> None:
    found = measure.noise(signals.sine(800, -50, 16_000))
    assert (found.dbm0, found.dbm0p) == (pytest.approx(-50, abs=0.1), pytest.approx(-50, abs=0.1))
    assert measure.noise(signals.sine(50, -30, 16_000)).dbm0p == pytest.approx(-93, abs=1.0)


@pytest.mark.parametrize("mains", [50.0, 60.0, 49.8])
@pytest.mark.parametrize("planted", [-60.0, -32.0])
def test_hum_in_noise(mains: float, planted: float) -> None:
    sound = signals.sine(mains, planted, 16_000) + signals.sine(3 * mains, planted - 6, 16_000, 1.0)
    found = measure.noise(sound + signals.noise("white", -62, 16_000, rng("hum"))).hum
    assert found.mains_hz == round(mains / 10) * 10 and found.strongest_hz == found.mains_hz
    assert found.dbm0 == pytest.approx(planted + 1.0, abs=1.0)  # 6 dB below adds 1 dB


def test_frequencies_and_levels_of_a_tone() -> None:
    sound = signals.sine(350, -13, 8_000) + signals.sine(440, -15, 8_000, 2.0)
    sound += signals.noise("white", -55, 8_000, rng(2))
    found = measure.parts(sound)
    assert [part.hz for part in found] == pytest.approx([350, 440], abs=1)
    assert [part.dbm0 for part in found] == pytest.approx([-13, -15], abs=0.5)
    assert measure.purity(sound, found) > 0.95


def test_dial_tone_comes_after_a_while() -> None:
    quiet = signals.noise("white", -62, 8 * 730, rng(3))
    sound = np.concatenate([quiet, signals.sine(452, -12, 8 * 1500)])
    assert measure.steady_tone(sound[: 8 * 2000]) is None  # not long enough to be sure
    found = measure.steady_tone(sound)
    assert found is not None and not found.broken
    assert found.after_ms == pytest.approx(730, abs=20)
    assert found.parts[0].hz == pytest.approx(452, abs=1) and found.dbm0 == pytest.approx(-12, abs=0.5)


def test_dial_tone_with_breaks_is_one_and_ringback_and_busy_are_none() -> None:
    def cadence(on: int, off: int, times: int) -> np.ndarray:
        cycle = np.concatenate([signals.sine(450, -10, 8 * on), np.zeros(8 * off)])
        return np.tile(cycle, times) + signals.noise("white", -65, 8 * (on + off) * times, rng(4))

    found = measure.steady_tone(cadence(400, 40, 6))
    assert found is not None and found.broken and found.after_ms == pytest.approx(0, abs=20)
    for on, off in ((1000, 4000), (350, 350), (700, 700)):
        sound = cadence(on, off, 3)
        assert all(measure.steady_tone(sound[:end]) is None for end in range(8_000, len(sound), 1600))
    noise = signals.noise("pink", -20, 24_000, rng(5))
    speech = noise * np.clip(np.sin(2 * np.pi * 4 * np.arange(24_000) / 8000), 0.01, 1)  # four syllables a second
    assert measure.steady_tone(speech) is None and measure.speech_like(speech)
    assert measure.steady_tone(noise) is None and not measure.speech_like(noise)
    assert not measure.speech_like(signals.sine(450, -20, 24_000))


def test_when_the_dial_tone_stops() -> None:
    tone = signals.sine(450, -10, 8 * 240)
    after = signals.noise("white", -62, 8 * 800, rng(6))
    parts = measure.parts(signals.sine(450, -10, 8_000))
    assert measure.tone_stops(np.concatenate([tone, after]), parts) == pytest.approx(240, abs=20)
    assert measure.tone_stops(signals.sine(450, -10, 8_000), parts) is None


@pytest.mark.parametrize("loss", [3.0, 6.0, 14.0, 30.0, 45.0])
@pytest.mark.parametrize("delay", [0.0, 4.0, 30.0])
def test_echo_loss(loss: float, delay: float) -> None:
    sent = measure.burst(1.2, -15)
    heard = signals.echoed(sent, loss, delay) * 1.0 - sent + signals.noise("white", -65, len(sent), rng(7))
    found = measure.echo(sent, heard)
    assert found is not None
    assert found.loss_db == pytest.approx(loss, abs=1.0)
    if loss < 40:
        assert found.delay_ms == pytest.approx(delay, abs=0.5)


def test_no_echo_is_told_as_very_little() -> None:
    sent = measure.burst(1.2, -15)
    found = measure.echo(sent, signals.noise("white", -65, len(sent), rng(8)))
    assert found is not None and found.loss_db > 50
    assert measure.echo(np.zeros(9_000), sent) is None and measure.echo(sent[:100], sent[:100]) is None


@pytest.mark.parametrize(("on", "off", "hz"), [(350, 350, 450), (500, 500, 440), (250, 250, 425), (200, 600, 480)])
def test_a_cadence_behind_speech(on: int, off: int, hz: int) -> None:
    speech = signals.noise("pink", -22, 16_000, rng(9))
    cycle = np.concatenate([signals.sine(hz, -16, 8 * on), np.zeros(8 * off)])
    sound = np.concatenate([speech, np.zeros(1600), np.tile(cycle, 4)])
    found = measure.cadence(sound + signals.noise("white", -62, len(sound), rng(10)))
    assert found is not None and found.cycles >= 3
    assert (found.on_ms, found.off_ms) == (pytest.approx(on, abs=20), pytest.approx(off, abs=20))
    assert found.parts[0].hz == pytest.approx(hz, abs=2) and found.dbm0 == pytest.approx(-16, abs=1)


def test_speech_and_silence_have_no_cadence() -> None:
    assert measure.cadence(signals.noise("pink", -22, 24_000, rng(11))) is None
    assert measure.cadence(signals.noise("white", -65, 24_000, rng(12))) is None
    assert measure.cadence(signals.sine(450, -10, 24_000)) is None


def test_full_scale_is_counted_and_silence_is_silence() -> None:
    assert measure.clipped(np.array([0.0, 31_999, 32_124, -32_256])) == 2
    assert measure.level(np.full(80, 8.0)) == measure.SILENCE  # A-law's silence is no sound
    assert measure.level(measure.burst(1, -15)) == pytest.approx(-15, abs=0.2)
