"""A loudspeaker whose socket does what the test says; tests/system has a real one through snd-aloop."""

import threading

import alsaaudio
import pytest

from drivers.binding import alsa, loudspeaker
from drivers.binding.alsa import BLOCK_BYTES
from drivers.binding.loudspeaker import BEHIND, MOST, Loudspeaker
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.config import load_country

VOICE = b"\x01\x10" * (BLOCK_BYTES // 2)
SILENCE = bytes(BLOCK_BYTES)


class Socket:
    """Takes so many blocks, one of which finds it dry, then is unplugged."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.written: list[int] = []
        self.closed = False

    def write(self, data: bytes) -> int:
        if not self.blocks:
            raise alsaaudio.ALSAAudioError("No such device")
        self.blocks -= 1
        self.written.append(len(data))
        return -32 if len(self.written) == 3 else len(data) // 2

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def card() -> SimCard:
    return SimCard([("fxo", "line 1")], [SimWire()], load_country("cn"))


def test_it_goes_away_and_comes_back(card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = [Socket(10), Socket(10)]
    opened = iter(sockets)
    told: list[bool] = []
    looked = threading.Event()

    def playback(_device: str) -> Socket:
        if (socket := next(opened, None)) is not None:
            return socket
        looked.set()
        raise alsaaudio.ALSAAudioError("No such file or directory")

    monkeypatch.setattr(loudspeaker, "playback", playback)
    monkeypatch.setattr(alsa, "RETRY_S", 0.0)
    speaker = Loudspeaker(card.box, "plughw:1", told.append)
    assert looked.wait(10)
    speaker.close()
    assert told == [True, False, True, False]
    assert sockets[0].closed and sockets[1].closed and not speaker.there
    assert (speaker.counters.lost, speaker.counters.underruns) == (2, 2)
    assert sockets[0].written[3] == 3 * BLOCK_BYTES
    assert len(card.box.taps_free) == 16
    card.close()


def test_clocks_that_drift(card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much is left out, what is missing is silence until some blocks are held again."""
    monkeypatch.setattr(alsa, "RETRY_S", 60.0)
    speaker = Loudspeaker(card.box, "no such device")
    for _ in range(BEHIND // BLOCK_BYTES - 1):
        assert speaker.next(VOICE) == SILENCE
    assert speaker.next(VOICE) == VOICE
    assert speaker.next(VOICE * (MOST // BLOCK_BYTES)) == VOICE
    assert speaker.counters.left_out == (MOST - BEHIND) // BLOCK_BYTES + BEHIND // BLOCK_BYTES - 1
    while speaker.next(b"") == VOICE:
        pass
    assert speaker.counters.gaps == 0, "that was the end"
    for _ in range(BEHIND // BLOCK_BYTES - 1):
        assert speaker.next(VOICE) == SILENCE
    assert speaker.next(VOICE) == VOICE
    speaker.close()
    card.close()
