"""How soon people hear each other and programs are told, in ms of virtual time: counts of samples, not of a clock."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.calls.places import ToStation
from firmware.training.measure import RATE, read
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes

Play = Callable[..., None]
OFFHOOK_DEBOUNCE, RING_DEBOUNCE = 30, 100  # drivers/line/timers.h, where a country says nothing
LOUD = 300.0  # far above the noise of the lines, far below a voice


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de"])
def test_from_off_hook_to_the_callers_voice(play: Play, country: str, tmp_path: Path) -> None:
    heard: dict[str, float] = {}

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        wang.line.handset.speak(town.prompts.path("music"), repeat=True)  # a sound without pauses
        await li.rings()
        await asyncio.sleep(5.5)  # the first ring and the caller id are over
        ear = tmp_path / "ear.wav"
        li.handset.write_down(ear)
        lifted = loop.time()
        await li.pick_up()
        await town.until("call.connected", call=call)
        await asyncio.sleep(1)
        began = li.handset.began
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        samples = np.abs(read(ear)[0][int((lifted - began) * RATE) :])
        debounce = town.box.wiring.plan.timers.get("offhook_debounce", OFFHOOK_DEBOUNCE)
        lasting = np.convolve(samples, np.ones(80) / 80, "valid")  # a click of the hook is none
        heard[country] = 1000 * float(np.argmax(lasting > LOUD)) / RATE - debounce

    play(story, country=country)
    assert 0 < heard[country] <= 40, heard


def test_from_ring_to_its_event(play: Play) -> None:
    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        town.box.calls.entry = lambda _: ToStation(station="801")
        wang = town.caller(line=1, patience_s=3)
        began = loop.time()
        calling = asyncio.create_task(wang.dials())
        await town.until("line.ring", line=1)
        debounce = town.box.wiring.plan.timers.get("ring_debounce", RING_DEBOUNCE)
        late = 1000 * (loop.time() - began) - debounce
        assert 0 <= late <= 30, late  # 10 of it on the wire
        await calling
        await wang.hangs_up()

    play(story)
