"""The box's own sound sockets through snd-aloop: a headset as a station, spoken with and heard at the loop's far end;
paging; a take at the microphone; and the sound card taken away in mid-call."""

import asyncio
import subprocess
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import alsaaudio
import numpy as np

from drivers.binding.alsa import found_sockets
from drivers.binding.dahdicard import DahdiCard
from drivers.binding.engine import Engine
from drivers.binding.events import Kind
from drivers.binding.headset import Headset
from drivers.binding.loudspeaker import Loudspeaker
from drivers.binding.microphone import record
from drivers.binding.orders import CoreError
from firmware.config import load_country
from firmware.conformance import signals
from tests.system.inside.bench import Witness, lost, report, running

PLAN = load_country("cn")
LINE = 1
BLOCK = 80
# Of snd-aloop's device 0 the box plays into one and listens at another substream; device 1 is their far ends.
PLAY, CAPTURE = "plughw:Loopback,0,0", "plughw:Loopback,0,1"
EARS, MOUTH = "plughw:Loopback,1,0", "plughw:Loopback,1,1"
TRIAL = ("plughw:Loopback,0,2", "plughw:Loopback,1,2")  # nothing between: what measuring itself takes
TONE_HZ, TONE_DBM0 = 1004.0, -20.0
LINE_RESTS_S = 3.0  # after a call, before it is seized again
CLICK_EVERY, CLICKS = 50, 12  # blocks
SPEAKER, HOUSE = "plughw:Loopback,0,3", "plughw:Loopback,1,3"
MICROPHONE, SINGER = "plughw:Loopback,0,4", "plughw:Loopback,1,4"
TAKE_S = 4.0
DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")


def _pcm(kind: int, device: str) -> Any:
    return alsaaudio.PCM(
        kind, device=device, channels=1, rate=signals.RATE, format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=BLOCK,
        periods=4,
    )  # fmt: skip


class Head:
    """Who wears the headset: says what he is given, over and over, and keeps what he hears, with the time of each
    block. Without mouth or ears he does only the other."""

    def __init__(self, mouth: str | None, ears: str | None, says: bytes) -> None:
        self._stop = threading.Event()
        self.said: list[float] = []  # when the first block of what he says was given away
        self.heard: list[tuple[float, bytes]] = []
        self._threads = []
        if mouth is not None:
            self._threads.append(threading.Thread(target=self._speak, args=(mouth, says)))
        if ears is not None:
            self._threads.append(threading.Thread(target=self._listen, args=(ears,)))
        for thread in self._threads:
            thread.start()

    def _speak(self, device: str, says: bytes) -> None:
        pcm = _pcm(alsaaudio.PCM_PLAYBACK, device)
        while not self._stop.is_set():
            for at in range(0, len(says), 2 * BLOCK):
                pcm.write(says[at : at + 2 * BLOCK])
                if at == 0:
                    self.said.append(time.monotonic())
        pcm.close()

    def _listen(self, device: str) -> None:
        pcm = _pcm(alsaaudio.PCM_CAPTURE, device)
        while not self._stop.is_set():
            count, samples = pcm.read()
            if count > 0:
                self.heard.append((time.monotonic(), samples))
        pcm.close()

    def samples(self) -> signals.Pcm:
        """All that he heard."""
        return np.frombuffer(b"".join(samples for _, samples in self.heard), dtype=np.int16)

    def clicks(self) -> list[float]:
        """When each click came."""
        return [
            when - (BLOCK - int(np.argmax(loud))) / signals.RATE
            for when, samples in self.heard
            if (loud := np.abs(np.frombuffer(samples, np.int16).astype(int)) > 4000).any()
        ]

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def _head(mouth: str | None, ears: str | None, says: signals.Pcm) -> Iterator[Head]:
    head = Head(mouth, ears, says.tobytes())
    try:
        yield head
    finally:
        head.close()


def _tone() -> signals.Pcm:
    return signals.sine(TONE_HZ, TONE_DBM0, signals.samples(1000)).round().astype(np.int16)


def _clicks() -> signals.Pcm:
    out = np.zeros(CLICK_EVERY * BLOCK, dtype=np.int16)
    out[:8] = 12000
    return out


def _round_trip(head: Head) -> list[float]:
    """From a click's being said to its being heard, ms, of each that came back."""
    heard = head.clicks()
    trips = [[(one - said) * 1000 for one in heard if 0 < one - said < CLICK_EVERY * 0.01] for said in head.said]
    return [trip[0] for trip in trips if trip]


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 1) if values else -1.0


def _level(samples: signals.Pcm) -> dict[str, float]:
    """Level and frequency of the inner part of a tone, and how often it broke off."""
    inner = samples[signals.RATE : -signals.RATE // 2].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner))))
    quiet = np.convolve(np.abs(inner), np.ones(BLOCK) / BLOCK, "valid") < 200
    return {
        "dbm0": round(signals.dbm0_of(inner), 2), "hz": round(np.argmax(spectrum) * signals.RATE / len(inner), 1),
        "gaps": int(np.sum(np.diff(quiet.astype(int)) == 1)),
    }  # fmt: skip


async def _talk(box: Engine, far: Engine) -> dict[str, Any]:
    """The headset's user and the exchange speak with each other."""
    line, ears = box.ports[0], box.ports[1]
    tap = far.tap()
    heard = bytearray()
    with _head(MOUTH, EARS, _tone()) as head, far.player() as player:
        await line.seize()
        box.bridge(line, ears)
        far.link(far.ports[0].source, tap.sink)
        far.link(player.source, far.ports[0].sink)
        player.tone("dial")
        await asyncio.sleep(1)
        for _ in range(12):
            await asyncio.sleep(0.5)
            heard += tap.read()
        box.unbridge(line, ears)
    tap.close()
    await line.release()
    return {"at_the_exchange": _level(np.frombuffer(bytes(heard), np.int16)), "in_the_ear": _level(head.samples())}


async def _delay(box: Engine) -> dict[str, Any]:
    """To and fro through the box, less what the measuring alone takes: from the mouth to the ear of one who hears
    himself."""
    with _head(*TRIAL, _clicks()) as head:
        await asyncio.sleep(CLICK_EVERY * CLICKS / 100 + 0.5)
    alone = _median(_round_trip(head))
    port = box.ports[1]
    with _head(MOUTH, EARS, _clicks()) as head:
        box.link(port.source, port.sink)
        await asyncio.sleep(CLICK_EVERY * CLICKS / 100 + 0.5)
        box.unlink(port.source, port.sink)
    trips = _round_trip(head)
    return {"alone_ms": alone, "through_ms": _median(trips), "round_trip_ms": round(_median(trips) - alone, 1),
            "clicks": len(trips)}  # fmt: skip


@contextmanager
def _hung(box: Engine) -> Iterator[Loudspeaker]:
    """Closed before the engine, whatever happens: its thread calls it."""
    speaker = Loudspeaker(box, SPEAKER)
    try:
        yield speaker
    finally:
        speaker.close()


async def _paging(box: Engine, far: Engine) -> dict[str, Any]:
    """The exchange's end speaks to the loudspeaker."""
    line = box.ports[0]
    with _hung(box) as speaker, _head(None, HOUSE, _tone()) as house, far.player() as player:
        await line.seize()
        far.link(player.source, far.ports[0].sink)
        player.tone("dial")
        box.link(line.source, speaker.sink)
        await asyncio.sleep(6)
        box.unlink(line.source, speaker.sink)
        await line.release()
        heard = house.samples()
        await asyncio.sleep(1)
        after = house.samples()[len(heard) + signals.RATE // 2 :]
    return {"in_the_house": _level(heard), "silent_after": not after.any(), "counters": asdict(speaker.counters)}


async def _page_delay(box: Engine, far: Engine) -> dict[str, Any]:
    """How late a voice from a line is at the loudspeaker: clicks from the exchange, until the box's core has them, and
    until they are heard in the house."""
    line, tap, inlet = box.ports[0], box.tap(), far.inlet()
    said: list[float] = []
    came: list[float] = []
    click = _clicks()[:BLOCK].tobytes()
    with _hung(box) as speaker, _head(None, HOUSE, _clicks()) as house:
        await asyncio.sleep(LINE_RESTS_S)
        await line.seize()
        far.link(inlet.source, far.ports[0].sink)
        for sink in (tap.sink, speaker.sink):
            box.link(line.source, sink)
        await asyncio.sleep(1)
        tap.read()
        for _ in range(CLICKS):
            said.append(time.monotonic())
            inlet.put(click)
            while time.monotonic() < said[-1] + CLICK_EVERY / 100:
                if len(came) < len(said) and (np.abs(np.frombuffer(tap.read(), np.int16).astype(int)) > 4000).any():
                    came.append(time.monotonic())
                await asyncio.sleep(0.001)
        await line.release()
    tap.close()
    inlet.close()
    clicks = house.clicks()
    heard = [[one - begun for one in clicks if 0 < one - begun < CLICK_EVERY / 100] for begun in came]
    late = sorted(round(ones[0] * 1000, 1) for ones in heard if ones)
    return {"line_ms": _median([(one - begun) * 1000 for one, begun in zip(came, said, strict=False)]),
            "late_ms": _median(late), "all_ms": late, "counters": asdict(speaker.counters)}  # fmt: skip


async def _microphone() -> dict[str, Any]:
    """A take of a tone, and one at a socket that is not there."""
    file = Path(tempfile.mkdtemp()) / "take.wav"
    try:
        record("plughw:9,0", file, threading.Event(), 1.0, lambda *_: None)
    except CoreError as error:
        missing = str(error.strerror)
    with _head(SINGER, None, _tone()):
        overruns = await asyncio.to_thread(
            record, MICROPHONE, file, threading.Event(), TAKE_S, lambda *_: None
        )  # fmt: skip
    with wave.open(str(file)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    return {"take": _level(samples), "seconds": len(samples) / signals.RATE, "overruns": overruns, "missing": missing}


async def _unplugged(witness: Witness) -> dict[str, Any]:
    """The sound card goes away and comes back."""
    found = {}
    witness.forget()
    began = asyncio.get_running_loop().time()
    await asyncio.to_thread((DRIVER / "unbind").write_text, "snd_aloop.0")
    for kind, name in ((Kind.CARD, "gone_ms"), (Kind.ONHOOK, "onhook_ms")):
        found[name] = round(((await witness.next(kind))[0] - began) * 1000)
    began = asyncio.get_running_loop().time()
    await asyncio.to_thread((DRIVER / "bind").write_text, "snd_aloop.0")
    found["back_ms"] = round(((await witness.next(Kind.OFFHOOK, within=20))[0] - began) * 1000)
    return found


async def program(found: dict[str, Any]) -> None:
    near = DahdiCard([("fxo", "line 1")], [LINE], PLAN, headsets=["station 809"])
    away = DahdiCard([("fxs", "exchange line 1")], [LINE + 16], PLAN.as_exchange(), inlets=1)
    witness = Witness(near.engine.ports[1])
    try:
        with running(near.engine, away.engine), _worn(near.engine) as headset:
            await witness.next(Kind.CARD)
            await asyncio.to_thread(subprocess.run, ["modprobe", "snd-aloop"], check=True)
            began = asyncio.get_running_loop().time()
            found["plugged_ms"] = round(((await witness.next(Kind.OFFHOOK, within=20))[0] - began) * 1000)
            found["sockets"] = [asdict(one) for one in found_sockets()]
            found["talk"] = await _talk(near.engine, away.engine)
            found["delay"] = await _delay(near.engine)
            found["counters"] = headset.counters()
            found["paging"] = await _paging(near.engine, away.engine)
            found["page_delay"] = await _page_delay(near.engine, away.engine)
            found["microphone"] = await _microphone()
            found["unplugged"] = await _unplugged(witness)
            found["after"] = headset.counters()
            found["lost"] = lost(near.engine)
    finally:
        found["told"] = witness.kinds()
        near.close()
        away.close()


@contextmanager
def _worn(box: Engine) -> Iterator[Headset]:
    """Closed before the engine, whatever happens: its threads call it."""
    headset = Headset(box.ears[0], PLAY, CAPTURE)
    try:
        yield headset
    finally:
        headset.close()


if __name__ == "__main__":
    report("localaudio", program)
