"""A headset at the box's own sound sockets is a station like any other; its device is imitated, block by block."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from drivers.binding.engine import Ears
from firmware.api.switching import AtStation, Dial
from firmware.config.board import Headset, Sound
from firmware.switching.desk import Desk
from firmware.training.measure import RATE, read
from tests.journeys.conftest import Town
from tests.journeys.test_card_gone import alarms
from tests.journeys.test_queue import comes, members, queues

Play = Callable[..., None]
SOUND = Sound(headsets=(Headset(station="809", play="plughw:9", capture="plughw:9"),))
SALES = queues(members=members("809"), wrap_up_s="0")
BLOCK = 80
HZ = 1000


class Device:
    """Says a tone and keeps what it hears, a block every 10 ms, while it is plugged in."""

    def __init__(self, ears: Ears) -> None:
        self.ears = ears
        self.heard: list[bytes] = []
        self._runs: asyncio.Task[None] | None = None

    def plug(self) -> None:
        self.ears.plug(True)
        self._runs = asyncio.create_task(self._run(), name="the headset's device")

    async def rest(self) -> None:
        """Its sockets stand still."""
        assert self._runs is not None
        self._runs.cancel()
        await asyncio.wait([self._runs])

    async def unplug(self) -> None:
        await self.rest()
        self.ears.plug(False)

    async def _run(self) -> None:
        tone = (6000 * np.sin(2 * np.pi * HZ * np.arange(BLOCK) / RATE)).astype(np.int16).tobytes()
        while True:
            self.ears.say(tone)
            self.heard.append(self.ears.hear(BLOCK))
            await asyncio.sleep(BLOCK / RATE)

    def loud(self, seconds: float) -> bool:
        """A voice was heard in the last seconds."""
        last = np.frombuffer(b"".join(self.heard[-int(seconds * RATE / BLOCK) :]), np.int16)
        return bool(np.abs(last.astype(float)).mean() > 100)


async def desk(town: Town, what: str, **more: Any) -> None:
    wanted = Dial(station="809", **more) if what == "dial" else AtStation(station="809")
    box = town.box
    await Desk(box.calls, box.setup, box.park, box.rooms).intents()[f"desk.{what}"](wanted)


def tone_share(file: Path) -> float:
    """How much of the last second is the headset's tone."""
    samples = np.asarray(read(file)[0], dtype=np.float64)[-RATE:]
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    return float(spectrum[HZ - 5 : HZ + 6].sum() / spectrum[20:].sum())


def test_a_call_of_the_queue(play: Play, tmp_path: Path) -> None:
    """Offered, answered at the desk, heard both ways, recorded, ended at the desk."""
    ear = tmp_path / "ear.wav"

    async def story(town: Town) -> None:
        device = Device(town.card.box.ears[0])
        device.plug()
        await town.until("station.headset", station="809", connected=True)
        wang = town.caller(line=1)
        call = await comes(town, wang)
        wang.line.handset.speak(town.prompts.path("music"), repeat=True)
        await town.until("station.ringing", station="809")
        await asyncio.sleep(1)
        assert not town.told("call.connected")
        await desk(town, "answer")
        await town.until("call.connected", call=call, station="809")
        wang.line.handset.write_down(ear)
        await asyncio.sleep(3)
        assert device.loud(2)
        await desk(town, "hang_up")
        await wang.hears_hang_up()
        await wang.hangs_up()
        record = await town.record(call)
        assert (record.result, record.end_side, record.recording is not None) == ("answered", "agent", True)
        await device.unplug()
        await town.until("alarm.raised", name="station_809_no_headset")
        device.plug()
        await town.until("station.idle", station="809")
        await asyncio.sleep(1)
        assert not alarms(town)
        await device.rest()

    play(story, queues=SALES, sound=SOUND)
    assert tone_share(ear) > 0.8  # the rest is the caller's own echo


def test_unplugged_in_talk(play: Play) -> None:
    """The call ends with its cause at once, nobody is offered there, and plugged in again it goes on."""

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        device = Device(town.card.box.ears[0])
        await town.until("alarm.raised", name="station_809_no_headset", socket="plughw:9")
        assert not town.box.stations["809"].free
        device.plug()
        await town.until("alarm.cleared", name="station_809_no_headset")
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await town.until("station.ringing", station="809")
        await desk(town, "answer")
        await town.until("call.connected", call=call, station="809")
        await device.unplug()
        began = loop.time()
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"]) == ("agent", "no_headset")
        assert loop.time() - began < 0.1  # no flash is waited for
        assert alarms(town) == ["station_809_no_headset"]
        await wang.hears_hang_up()
        await wang.hangs_up()

        second = town.caller(line=2)
        call = await comes(town, second)
        await asyncio.sleep(10)
        assert len(town.told("station.ringing", station="809")) == 1
        device.plug()
        await town.until("agent.state", agent="809", state="ready")
        await town.until("station.ringing", station="809", call=call)
        await desk(town, "answer")
        await town.until("call.connected", call=call, station="809")
        await second.hangs_up()
        await town.until("call.ended", call=call)
        await device.rest()

    play(story, queues=SALES, sound=SOUND)


def test_it_calls_a_colleague(play: Play) -> None:
    """By the desk: at once, without a ring; no setup makes it a telephone that hears dial tone all day."""

    async def story(town: Town) -> None:
        device = Device(town.card.box.ears[0])
        device.plug()
        await town.until("station.headset", station="809", connected=True)
        town.box.stations["809"].wear("no")
        assert town.box.stations["809"].free and town.box.stations["809"].headset == "button"
        zhao = town.agent("802")
        await desk(town, "dial", to="802")
        await zhao.rings()
        await zhao.pick_up()
        connected = await town.until("call.connected")
        zhao.handset.speak(town.prompts.path("music"), repeat=True)
        await asyncio.sleep(2)
        assert device.loud(1)
        await zhao.hang_up()
        await town.until("call.ended", call=connected.call)
        await device.rest()

    play(story, queues=SALES, sound=SOUND)
