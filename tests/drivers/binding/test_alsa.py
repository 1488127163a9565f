"""Sockets opened and kept open by a thread; tests/system has real ones through snd-aloop."""

import logging
import threading

import alsaaudio
import pytest

from drivers.binding import alsa
from drivers.binding.alsa import (
    BLOCK_BYTES,
    PERIODS,
    FoundSocket,
    KeptOpen,
    capture,
    found_sockets,
    play,
    playback,
)


@pytest.mark.parametrize("device", ["plughw:97", "hw:97,0", "plughw:CARD=Gone,DEV=0", "hw:Gone"])
def test_a_card_that_is_not_there(device: str, capfd: pytest.CaptureFixture[str]) -> None:
    """ALSA's library is not asked: it would write to stderr every five seconds."""
    for opened in (capture, playback):
        with pytest.raises(alsaaudio.ALSAAudioError, match=r"there is no sound card (97|Gone)"):
            opened(device)
    assert capfd.readouterr().err == ""


def test_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every socket once, in the order of the cards, with what it can do."""
    there = {
        alsaaudio.PCM_PLAYBACK: ["null", "sysdefault:CARD=PCH", "plughw:CARD=PCH,DEV=3", "plughw:CARD=PCH,DEV=0"],
        alsaaudio.PCM_CAPTURE: ["hw:CARD=Cam,DEV=0", "plughw:CARD=Cam,DEV=0", "plughw:CARD=PCH,DEV=0",
                                "plughw:CARD=Gone,DEV=0"],
    }  # fmt: skip
    monkeypatch.setattr(alsaaudio, "pcms", there.__getitem__)
    monkeypatch.setattr(alsaaudio, "card_indexes", lambda: [0, 2])
    monkeypatch.setattr(alsaaudio, "cards", lambda: ["PCH", "Cam"])
    monkeypatch.setattr(alsaaudio, "card_name", {0: ("HDA Intel PCH", ""), 2: ("HD Webcam ", "")}.__getitem__)
    assert found_sockets() == [
        FoundSocket("plughw:CARD=PCH,DEV=0", "HDA Intel PCH", True, True),
        FoundSocket("plughw:CARD=PCH,DEV=3", "HDA Intel PCH", True, False),
        FoundSocket("plughw:CARD=Cam,DEV=0", "HD Webcam", False, True),
    ]
    monkeypatch.setattr(alsaaudio, "cards", lambda: ["PCH"])
    assert found_sockets() == [], "one is being pulled"


class Dry:
    """Had run dry when the first block came."""

    def __init__(self) -> None:
        self.written: list[int] = []

    def write(self, data: bytes) -> int:
        self.written.append(len(data))
        return -32 if len(self.written) == 1 else len(data) // 2

    def close(self) -> None: ...


def test_a_socket_that_ran_dry_is_filled() -> None:
    socket = Dry()
    assert not play(socket, bytes(BLOCK_BYTES))
    assert play(socket, bytes(BLOCK_BYTES))
    assert socket.written == [BLOCK_BYTES, PERIODS * BLOCK_BYTES, BLOCK_BYTES]


class Pulled:
    """A socket that is pulled after so many blocks."""

    def __init__(self, blocks: int) -> None:
        self.blocks, self.closed = blocks, False

    def close(self) -> None:
        self.closed = True


class Kept(KeptOpen[Pulled]):
    """Opens these one after another, None being one that is not there; behind them there is nothing any more."""

    def __init__(self, *sockets: Pulled | None) -> None:
        super().__init__("socket plughw:1", "aplay -L lists")
        self.sockets = list(sockets)
        self.told: list[bool] = []
        self.empty = threading.Event()

    def _opened(self) -> Pulled:
        if not self.sockets:
            self.empty.set()
        if self.sockets and (socket := self.sockets.pop(0)) is not None:
            return socket
        raise alsaaudio.ALSAAudioError("No such file or directory")

    def _serve(self, sockets: Pulled) -> None:
        sockets.blocks -= 1
        if sockets.blocks < 0:
            raise alsaaudio.ALSAAudioError("No such device")

    def _is_there(self, there: bool) -> None:
        self.told.append(there)


def test_lost_looked_for_and_found(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever happens again and again is told once."""
    monkeypatch.setattr(alsa, "RETRY_S", 0.0)
    caplog.set_level(logging.INFO, "drivers.binding.alsa")
    first, second = Pulled(3), Pulled(3)
    kept = Kept(first, None, None, second)
    kept.start()
    assert kept.empty.wait(10)
    kept.close()
    kept.close()
    assert kept.told == [True, False, True, False] and not kept.there
    assert first.closed and second.closed
    gone = ["socket plughw:1 has gone: No such device",
            "socket plughw:1: No such file or directory; aplay -L lists what there is"]  # fmt: skip
    assert [record.getMessage() for record in caplog.records] == [*gone, "socket plughw:1 is there", *gone]


def test_open_until_it_is_closed() -> None:
    socket = Pulled(10**12)
    kept = Kept(socket)
    kept.start()
    assert kept.there and not socket.closed
    kept.close()
    assert socket.closed and kept.told == [True]
