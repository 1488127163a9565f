"""The box's line-in with a socket that does what the test says; tests/system plays a tone through snd-aloop."""

import threading

import alsaaudio
import pytest

from drivers.binding import alsa, linein
from drivers.binding.alsa import BLOCK
from drivers.binding.linein import AHEAD, MOST, LineIn
from drivers.binding.media import step
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.config import load_country


class Socket:
    """Gives the blocks it has, then waits until it is told to go away."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.empty, self.gone = threading.Event(), threading.Event()
        self.closed = False

    def read(self) -> tuple[int, bytes]:
        if self.blocks:
            self.blocks -= 1
            return BLOCK, b"\x01\x10" * BLOCK
        self.empty.set()
        self.gone.wait()
        raise alsaaudio.ALSAAudioError("No such device")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def card() -> SimCard:
    return SimCard([("fxo", "line 1")], [SimWire()], load_country("cn"), inlets=1)


def test_what_waits_is_bounded_and_counted(card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket(20)
    looked = threading.Event()

    def capture(_device: str) -> Socket:
        if not socket.empty.is_set():
            return socket
        looked.set()
        raise alsaaudio.ALSAAudioError("No such device")

    monkeypatch.setattr(linein, "capture", capture)
    monkeypatch.setattr(alsa, "RETRY_S", 0.0)
    line_in = LineIn(card.box, "plughw:1")
    assert socket.empty.wait(10)  # nobody took a block: no tick was made
    assert (line_in.counters.taken, line_in.counters.gaps) == (20, 0)
    assert line_in.counters.left_out == 20 - (MOST - AHEAD) // BLOCK
    assert line_in.there
    socket.gone.set()
    assert looked.wait(10)
    assert not line_in.there and socket.closed and line_in.counters.lost == 1
    line_in.close()
    assert len(card.box.inlets_free) == 1
    card.close()


def test_a_slower_socket_leaves_gaps(card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket(0)
    monkeypatch.setattr(linein, "capture", lambda _: socket)
    line_in = LineIn(card.box, "plughw:1")
    for _ in range(3):
        line_in.take(bytes(2 * BLOCK))
        step([card.box, card.far], 20)
    assert (line_in.counters.taken, line_in.counters.gaps) == (3, 2)
    socket.gone.set()
    line_in.close()
    card.close()


def test_a_socket_that_comes_later(card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    there = threading.Event()
    socket = Socket(1)

    def capture(_device: str) -> Socket:
        if there.is_set():
            return socket
        raise alsaaudio.ALSAAudioError("No such file or directory")

    monkeypatch.setattr(linein, "capture", capture)
    monkeypatch.setattr(alsa, "RETRY_S", 0.0)
    line_in = LineIn(card.box, "plughw:9", told.append)
    assert not line_in.there
    there.set()
    assert socket.empty.wait(10)
    assert line_in.there and told == [True]
    there.clear()
    socket.gone.set()
    line_in.close()
    assert told in ([True], [True, False])
    card.close()
