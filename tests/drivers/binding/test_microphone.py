"""A take at a microphone that does what the test says; tests/system has a real one through snd-aloop."""

import threading
import wave
from pathlib import Path

import alsaaudio
import pytest

from drivers.binding import microphone
from drivers.binding.alsa import BLOCK
from drivers.binding.engine import CoreError
from drivers.binding.microphone import SETTLE, record


class Socket:
    """Gives so many blocks, one of them late; then it stops whoever records, or is unplugged."""

    def __init__(self, blocks: int, stop: threading.Event | None) -> None:
        self.blocks, self.stop = blocks, stop
        self.closed = False

    def read(self) -> tuple[int, bytes]:
        self.blocks -= 1
        if self.blocks == 10:
            return -32, b""
        if self.blocks < 0:
            raise alsaaudio.ALSAAudioError("No such device")
        if self.blocks == 0 and self.stop is not None:
            self.stop.set()
        return BLOCK, b"\x00\x20" * BLOCK

    def close(self) -> None:
        self.closed = True


def test_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, told = threading.Event(), []
    socket = Socket(SETTLE + 60, stop)
    monkeypatch.setattr(microphone, "capture", lambda _: socket)
    file = tmp_path / "take.wav"
    overruns = record("plughw:1", file, stop, 10.0, lambda seconds, peak: told.append((seconds, peak)))
    assert overruns == 1 and socket.closed
    assert told == [(0.25, 0x2000), (0.5, 0x2000)]
    with wave.open(str(file)) as sound:
        assert (sound.getnframes(), sound.getframerate(), sound.getnchannels()) == (59 * BLOCK, 8000, 1)


def test_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "capture", lambda _: Socket(1000, None))
    record("plughw:1", tmp_path / "take.wav", threading.Event(), 0.5, lambda *_: None)
    with wave.open(str(tmp_path / "take.wav")) as sound:
        assert sound.getnframes() == 50 * BLOCK


def test_gone_or_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket(SETTLE + 30, None)
    monkeypatch.setattr(microphone, "capture", lambda _: socket)
    with pytest.raises(CoreError, match=r"microphone plughw:1: No such device; arecord -L"):
        record("plughw:1", tmp_path / "take.wav", threading.Event(), 10.0, lambda *_: None)
    assert socket.closed
    monkeypatch.undo()
    with pytest.raises(CoreError, match="microphone no-such-socket"):
        record("no-such-socket", tmp_path / "take.wav", threading.Event(), 10.0, lambda *_: None)
