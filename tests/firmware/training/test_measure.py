"""The judge's instruments, on signals whose truth is known."""

import numpy as np
import pytest

from firmware.training.measure import RATE, cadence, find, level, stops_at


def _noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1000, int(seconds * RATE))


def test_level_of_a_sine() -> None:
    t = np.arange(RATE) / RATE
    assert level(22_826 * np.sin(2 * np.pi * 1000 * t)) == pytest.approx(0.0, abs=0.01)
    assert level(np.zeros(100)) == -99.0


def test_find_tells_place_gain_and_likeness() -> None:
    known, heard = _noise(1), _noise(5, 2) * 0.1
    heard[2 * RATE : 3 * RATE] += 0.5 * known
    found = find(known, heard)
    assert (found.start, round(found.gain_db)) == (2.0, -6)
    assert 0.95 < found.correlation < 1.0
    assert find(known, _noise(5, 3)).correlation < 0.1
    assert find(known, known[:100]).correlation == 0.0


@pytest.mark.parametrize("stop_ms", [250, 333, 600])
def test_stops_at(stop_ms: int) -> None:
    known = _noise(1)
    heard = 0.7 * known + _noise(1, 5) * 0.01
    heard[stop_ms * 8 :] = _noise(1, 6)[stop_ms * 8 :]  # something else begins at once
    t = np.arange(len(heard)) / RATE
    heard += 3000 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    found = stops_at(known, heard, (697.0, 1209.0))
    assert found is not None and abs(found * 1000 - stop_ms) <= 12


def test_stops_at_silence() -> None:
    known = _noise(1)
    heard = 0.5 * known + _noise(1, 5) * 0.01
    heard[333 * 8 :] = 0.01 * _noise(1, 5)[333 * 8 :]
    found = stops_at(known, heard)
    assert found is not None and abs(found * 1000 - 333) <= 3


def test_what_goes_on_has_not_stopped() -> None:
    assert stops_at(_noise(1), _noise(1)) is None


def test_cadence() -> None:
    t = np.arange(4 * RATE) / RATE
    tone = 3000 * (np.sin(2 * np.pi * 480 * t) + np.sin(2 * np.pi * 620 * t)) * ((t % 1.0) < 0.5)
    found = cadence(tone, 2)
    assert [round(hz) for hz in found.hz] == [480, 620]
    assert (found.on_ms, found.off_ms) == (pytest.approx(500, abs=3), pytest.approx(500, abs=3))
