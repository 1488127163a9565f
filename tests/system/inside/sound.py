"""What the driver does with sound: gains by its tables, the canceller's training; and line-in."""

import asyncio
import subprocess
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import alsaaudio
import numpy as np

from drivers.binding.dahdicard import NOTHING_ASKED, DahdiCard
from drivers.binding.linein import LineIn
from drivers.binding.plan import DahdiGains, DahdiSound
from drivers.binding.simcard import PortSpec, SimCard
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import Bench
from tests.system.inside.bench import report, running

PLAN = load_country("cn")
LINE, WITH_CANCELLER = 1, 8
TONE_HZ, TONE_DBM0, TONE_MS = 1004.0, -20.0, 1000
TRAIN_MS = 400
PERIOD = 80


class Pair:
    """One line of the box and its exchange's end."""

    def __init__(self, line: int, sound: DahdiSound = NOTHING_ASKED, inlets: int = 0) -> None:
        box: list[PortSpec] = [("fxo", "line 1")]
        far: list[PortSpec] = [("fxs", "exchange line 1")]
        self.near = DahdiCard(box, [line], PLAN, sound=sound, inlets=inlets)
        self.away = DahdiCard(far, [line + 16], PLAN.as_exchange())
        self.box, self.far = self.near.engine, self.away.engine

    def close(self) -> None:
        """Both ends."""
        self.near.close()
        self.away.close()


def _folder() -> Path:
    """An empty one: a recorder takes no file that is there."""
    return Path(tempfile.mkdtemp(prefix="sound-"))


def _tone(ms: int) -> signals.Pcm:
    return signals.sine(TONE_HZ, TONE_DBM0, signals.samples(ms)).round().astype(np.int16)


async def _levels(gains: DahdiGains) -> dict[str, float]:
    """What a tone of -20 dBm0 has become at the other end, dBm0."""
    pair = Pair(LINE, DahdiSound(gains=gains))
    found = {}
    try:
        with running(pair.box, pair.far):
            await pair.box.ports[0].seize()
            await asyncio.sleep(1)
            bench = Bench(cast(SimCard, pair), _folder())  # it needs the two engines alone
            tone = _tone(TONE_MS)
            for way, (source, sink) in {"receive": (pair.far, pair.box), "send": (pair.box, pair.far)}.items():
                recorder = bench.record(sink, sink.ports[0])
                await bench.play(source, source.ports[0], tone)
                heard = await bench.heard(recorder)
                found[way] = round(signals.dbm0_of(heard[len(heard) // 2 - 800 : len(heard) // 2 + 800]), 2)
            await pair.box.ports[0].release()
    finally:
        pair.close()
    return found


async def _training() -> dict[str, Any]:
    """For how long nothing is heard on a line after it was answered, while a tone comes in."""
    pair = Pair(WITH_CANCELLER, DahdiSound(echo_taps=128, echo_train_ms=TRAIN_MS))
    try:
        with running(pair.box, pair.far):
            await asyncio.sleep(1)
            bench = Bench(cast(SimCard, pair), _folder())
            bench.play(pair.far, pair.far.ports[0], _tone(3 * TONE_MS))
            await asyncio.sleep(0.3)
            recorder = bench.record(pair.box, pair.box.ports[0])
            await pair.box.ports[0].seize()
            await asyncio.sleep(1.5)
            heard = np.abs(await bench.heard(recorder))
            await pair.box.ports[0].release()
    finally:
        pair.close()
    quiet = np.convolve(heard, np.ones(80) / 80, "valid") < 20
    return {"silent_ms": int(np.sum(quiet)) // 8}


def _play_forever(stop: threading.Event) -> None:
    """A tone into snd-aloop, as a tuner's into the box."""
    pcm = alsaaudio.PCM(
        alsaaudio.PCM_PLAYBACK, device="plughw:Loopback,0", channels=1, rate=signals.RATE,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=PERIOD,
    )  # fmt: skip
    tone = _tone(1000)  # its 1,004 periods follow each other without a step
    while not stop.is_set():
        pcm.write(tone.tobytes())
    pcm.close()


async def _line_in() -> dict[str, Any]:
    """What the exchange's end hears of the line-in."""
    await asyncio.to_thread(subprocess.run, ["modprobe", "snd-aloop"], check=True)
    pair = Pair(LINE, inlets=1)
    stop = threading.Event()
    player = threading.Thread(target=_play_forever, args=(stop,))
    player.start()
    try:
        with running(pair.box, pair.far):
            absent = LineIn(pair.box, "plughw:9,0")
            missing = not absent.there
            absent.close()
            line_in = LineIn(pair.box, "plughw:Loopback,1")
            port = pair.box.ports[0]
            await port.seize()
            pair.box.link(line_in.source, port.sink)
            await asyncio.sleep(1)
            bench = Bench(cast(SimCard, pair), _folder())
            recorder = bench.record(pair.far, pair.far.ports[0])
            await asyncio.sleep(10)
            heard = await bench.heard(recorder)
            await port.release()
            line_in.close()
    finally:
        stop.set()
        player.join()
        pair.close()
    inner = heard[signals.RATE // 2 : -signals.RATE // 2].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner))))
    quiet = np.convolve(np.abs(inner), np.ones(80) / 80, "valid") < 200
    return {
        "dbm0": round(signals.dbm0_of(inner), 2), "hz": round(np.argmax(spectrum) * signals.RATE / len(inner), 1),
        "gaps": int(np.sum(np.diff(quiet.astype(int)) == 1)), "counters": asdict(line_in.counters), "missing": missing,
    }  # fmt: skip


async def program(found: dict[str, Any]) -> None:
    found["plain"] = await _levels(DahdiGains())
    found["gained"] = await _levels(DahdiGains(line_receive=6.0, line_send=-6.0))
    found["training"] = await _training()
    found["line_in"] = await _line_in()


if __name__ == "__main__":
    report("sound", program)
