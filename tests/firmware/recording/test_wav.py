"""Recordings cut by hand, each file named for its defect, and what the repair makes of them."""

import wave
from pathlib import Path

import pytest

from firmware.recording.wav import FRAME, HEADER, NoRecordingError, header, repair, seconds

SOUND = bytes(range(1, 201)) * 4 * 40  # a second of stereo, no byte of it zero

CUT: dict[str, tuple[bytes, int, bool]] = {  # content, milliseconds afterwards, whether it was changed
    "whole": (header(8000) + SOUND, 1000, False),
    "empty-but-valid": (header(0), 0, False),
    "zero-length": (b"", 0, True),
    "half-a-header": (header(0)[:20], 0, True),
    "two-bytes": (b"RI", 0, True),
    "header-only-ahead-of-data": (header(8000), 0, True),
    "header-ahead-of-data": (header(8000) + SOUND[:16000], 500, True),
    "header-behind-data": (header(4000) + SOUND, 1000, True),
    "header-of-nothing": (header(0) + SOUND, 1000, True),
    "half-a-frame": (header(8000) + SOUND + b"\1\2", 1000, True),
    "half-a-frame-behind-the-header": (header(100) + SOUND[:-2], 999, True),
    "header-never-written": (bytes(HEADER) + SOUND, 1000, True),
    "zeros-shorter-than-a-header": (bytes(10), 0, True),
}


@pytest.mark.parametrize("defect", CUT)
def test_repaired(tmp_path: Path, defect: str) -> None:
    content, ms, changed = CUT[defect]
    path = tmp_path / f"{defect}.wav"
    path.write_bytes(content)
    repaired = repair(path)
    assert (repaired.ms, repaired.changed) == (ms, changed)
    with wave.open(str(path), "rb") as file:
        frames = file.getnframes()
        assert (file.getnchannels(), file.getframerate(), frames // 8) == (2, 8000, ms)
        assert file.readframes(frames) == content[HEADER : HEADER + frames * FRAME], "the sound itself is untouched"
    assert path.stat().st_size == HEADER + frames * FRAME
    assert seconds(path) == frames / 8000
    assert not repair(path).changed, "twice changes nothing"


@pytest.mark.parametrize(
    "content",
    [
        b"ID3\x04 a song of somebody" + bytes(100),
        b"no sound at all",
        header(8000).replace(b"\x40\x1f\0\0", b"\x80\x3e\0\0") + SOUND,  # 16 kHz
    ],
)
def test_strangers_are_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stranger.wav"
    path.write_bytes(content)
    with pytest.raises(NoRecordingError):
        repair(path)
    assert path.read_bytes() == content
    assert seconds(path) == 0.0


def test_seconds_are_never_more_than_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(header(8000) + SOUND[:16000])
    assert seconds(path) == 0.5
    assert seconds(tmp_path / "absent.wav") == 0.0
