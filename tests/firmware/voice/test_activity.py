"""Voice activity: begins and ends, dated back, whatever the pieces in which samples come."""

import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.prompts import Prompts
from firmware.voice.activity import Activity, Change, Runs, Segment, Settings, as_segments, segments

RATE = 8000


def speech() -> np.ndarray:
    with wave.open(str(Prompts("en").path("caller_speech"))) as file:
        return np.frombuffer(file.readframes(5 * RATE), "<i2").astype(np.float64)


def raw(samples: np.ndarray) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def noise(seconds: float, rms: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, rms, int(seconds * RATE))


def changes(frames: str, onset_ms: int = 40, hangover_ms: int = 60) -> list[Change]:
    runs = Runs(20, onset_ms, hangover_ms)
    found = [runs.frame(frame == "x") for frame in frames] + [runs.finish()]
    return [change for change in found if change is not None]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("", []),
        ("......", []),
        (".x.x.x", []),  # never two in a row
        ("..xx...", [(0.04, 0.08)]),
        ("xx", [(0.0, 0.04)]),
        (".xx..xx...", [(0.02, 0.14)]),  # a gap shorter than the hangover
        (".xx...xx...", [(0.02, 0.06), (0.12, 0.16)]),
        (".xx..", [(0.02, 0.06)]),  # ends with the sound: at its last voiced frame
        ("xx...x...xx", [(0.0, 0.04), (0.18, 0.22)]),
    ],
)
def test_runs(frames: str, expected: list[tuple[float, float]]) -> None:
    found = as_segments(changes(frames))
    assert [(round(one.begin, 6), round(one.end, 6)) for one in found] == expected


def test_changes_are_told_late_and_dated_back() -> None:
    begin, end = changes("..xxxx...")
    assert (begin.at, begin.told, begin.voice) == pytest.approx((0.04, 0.08, True))
    assert (end.at, end.told, end.voice) == pytest.approx((0.12, 0.18, False))


@given(st.text("x.", max_size=60), st.integers(1, 4), st.integers(1, 6))
def test_changes_alternate_in_order(frames: str, onset: int, hangover: int) -> None:
    found = changes(frames, onset * 20, hangover * 20)
    assert [change.voice for change in found] == [index % 2 == 0 for index in range(len(found))]
    assert len(found) % 2 == 0
    assert sorted(change.at for change in found) == [change.at for change in found]
    assert all(segment.seconds >= onset * 0.02 - 1e-9 for segment in as_segments(found))


@pytest.mark.parametrize("level", [0, 3, 30, 130])
@pytest.mark.parametrize("frame_ms", [10, 20, 30])
def test_speech_between_noise(level: int, frame_ms: int) -> None:
    """30 is -55 dBm0, 130 is -42 dBm0: as noisy as lines get."""
    sound = np.concatenate((np.zeros(2 * RATE), speech(), np.zeros(2 * RATE))) + noise(9, level)
    found = segments(raw(sound), Settings(frame_ms=frame_ms, onset_ms=60, hangover_ms=300))
    assert 1.9 < found[0].begin < 2.3
    assert 6.6 < found[-1].end < 7.4


def test_noise_is_no_voice() -> None:
    assert sum(one.seconds for one in segments(raw(noise(20, 500)))) < 0.2


@given(st.lists(st.integers(1, 2000), max_size=40))
def test_pieces_do_not_matter(sizes: list[int]) -> None:
    data = raw(speech()[: 2 * RATE])
    whole, pieces = Activity(), Activity()
    expected = [*whole.feed(data), *whole.finish()]
    found, at = [], 0
    for size in [*sizes, len(data)]:
        found += pieces.feed(data[at : at + 2 * size])
        at += 2 * size
    assert [*found, *pieces.finish()] == expected


def test_state_while_it_goes_on() -> None:
    activity = Activity()
    activity.feed(raw(speech()))
    assert activity.voice
    activity.feed(bytes(2 * RATE))
    assert not activity.voice
    assert activity.finish() == []


def test_settings_are_checked() -> None:
    for wrong in ({"mode": 4}, {"frame_ms": 25}, {"onset_ms": 10}, {"hangover_ms": 0}):
        with pytest.raises(ValueError, match=r"mode|frame"):
            Settings(**wrong)


def test_segment_length() -> None:
    assert Segment(1.0, 2.5).seconds == 1.5
