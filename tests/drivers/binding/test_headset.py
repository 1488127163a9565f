"""A headset's two threads with sockets that do what the test says; tests/system has real ones through snd-aloop."""

import threading
from collections.abc import Iterator

import alsaaudio
import pytest

from drivers.binding import alsa, headset
from drivers.binding.alsa import BLOCK, PERIODS
from drivers.binding.engine import Engine
from drivers.binding.events import Kind
from drivers.binding.headset import Headset
from drivers.binding.media import step
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.config import load_country

SAID = b"\x01\x10" * BLOCK


class Clock:
    """Both sockets of one device: a block each when the test says so, until it is unplugged."""

    def __init__(self) -> None:
        self.due, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.gone = False
        self.closed = 0

    def block(self) -> None:
        self.due.acquire()
        if self.gone:
            raise alsaaudio.ALSAAudioError("No such device")

    def close(self) -> None:
        self.closed += 1

    def unplug(self) -> None:
        self.gone = True
        self.due.release(2)


class Microphone(Clock):
    def read(self) -> tuple[int, bytes]:
        self.done.release()
        self.block()
        return BLOCK, SAID


class Earpiece(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []
        self.dry = False

    def write(self, data: bytes) -> int:
        if len(data) == 2 * BLOCK:
            self.done.release()
            self.block()
        self.heard.append(data)
        dry, self.dry = self.dry, False
        return -32 if dry else len(data) // 2


class Device:
    """What can be opened under the name "plughw:1", or cannot."""

    def __init__(self) -> None:
        self.there = True
        self.looked = threading.Semaphore(0)
        self.microphone, self.earpiece = Microphone(), Earpiece()

    def open(self, which: str) -> Clock:
        """The one that is there once it is known that there is one: not the one of before that."""
        if not self.there:
            self.looked.release()
            raise alsaaudio.ALSAAudioError("No such file or directory")
        found: Clock = getattr(self, which)
        return found


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    device = Device()
    monkeypatch.setattr(headset, "capture", lambda _: device.open("microphone"))
    monkeypatch.setattr(headset, "playback", lambda _: device.open("earpiece"))
    monkeypatch.setattr(alsa, "RETRY_S", 0.0)
    return device


@pytest.fixture
def engine() -> Iterator[Engine]:
    card = SimCard([("fxo", "line 1")], [SimWire()], load_country("cn"), headsets=["station 809"])
    yield card.box
    card.close()


def news(engine: Engine, ticks: int = 100) -> list[tuple[Kind, int]]:
    """What the headset's port tells within so many ticks."""
    told: list[tuple[Kind, int]] = []
    engine.ports[1].on_event = lambda event: told.append((event.kind, event.value))
    made = 0
    while made < ticks:
        made += step([engine], ticks - made)
        engine.drain()
    return [one for one in told if one[0] in (Kind.CARD, Kind.OFFHOOK, Kind.ONHOOK)]


def test_it_is_off_hook_while_it_is_there(engine: Engine, device: Device) -> None:
    worn = Headset(engine.ears[0], "plughw:1", "plughw:1")
    assert news(engine) == [(Kind.OFFHOOK, 0)]
    device.there = False
    device.microphone.unplug()
    device.earpiece.unplug()
    assert device.looked.acquire(timeout=10)
    assert news(engine) == [(Kind.CARD, 0), (Kind.ONHOOK, 0)]
    assert worn.counters()["lost"] == 1 and device.microphone.closed == device.earpiece.closed == 1
    device.microphone, device.earpiece = Microphone(), Earpiece()
    device.there = True
    assert device.earpiece.done.acquire(timeout=10)
    assert news(engine) == [(Kind.CARD, 1), (Kind.OFFHOOK, 0)]
    device.microphone.due.release(1)
    device.earpiece.unplug()
    device.microphone.unplug()
    worn.close()
    worn.close()


def test_one_that_is_not_there_at_the_start(engine: Engine, device: Device) -> None:
    device.there = False
    worn = Headset(engine.ears[0], "plughw:1", "plughw:1")
    assert device.looked.acquire(timeout=10)
    assert news(engine) == [(Kind.CARD, 0)]
    assert worn.counters()["lost"] == 0
    worn.close()


def test_both_ways_and_a_dry_earpiece(engine: Engine, device: Device) -> None:
    worn = Headset(engine.ears[0], "plughw:1", "plughw:1")
    engine.link(engine.ports[1].source, engine.ports[1].sink)
    for _ in range(40):
        for socket in (device.microphone, device.earpiece):
            assert socket.done.acquire(timeout=10)
            socket.due.release()
        assert device.earpiece.done.acquire(timeout=10) and device.microphone.done.acquire(timeout=10)
        device.earpiece.done.release()
        device.microphone.done.release()
        step([engine], 1)
        engine.drain()
    assert device.earpiece.heard[0] == bytes(2 * BLOCK * PERIODS)
    assert device.earpiece.heard[-1] == SAID
    device.earpiece.dry = True
    device.earpiece.due.release()
    assert device.earpiece.done.acquire(timeout=10) and device.earpiece.done.acquire(timeout=10)
    assert worn.counters()["underruns"] == 1
    assert len(device.earpiece.heard[-1]) == 2 * BLOCK * PERIODS
    device.microphone.unplug()
    device.earpiece.unplug()
    worn.close()


def test_only_one_socket_is_there(engine: Engine, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> Clock:
        device.looked.release()
        raise alsaaudio.ALSAAudioError("Device or resource busy")

    monkeypatch.setattr(headset, "playback", refuse)
    worn = Headset(engine.ears[0], "plughw:1", "plughw:1")
    assert device.looked.acquire(timeout=10)
    assert news(engine) == [(Kind.CARD, 0)]
    worn.close()
    assert device.microphone.closed >= 1


def test_what_cannot_be_asked(engine: Engine) -> None:
    ears = engine.ears[0]
    with pytest.raises(OSError, match="hear by station 809"):
        ears.hear(161)
