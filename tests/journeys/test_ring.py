"""What a line tells of its ring, and of who answers: a distinctive cadence, a modem's tone."""

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.training.measure import RATE
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes

Play = Callable[..., None]


@pytest.mark.parametrize(
    ("country", "exchange", "usual"), [("cn", "cn", True), ("gb", "gb", True), ("cn", "us", False)]
)
def test_a_distinctive_ring(play: Play, country: str, exchange: str, usual: bool) -> None:
    async def story(town: Town) -> None:
        town.box.calls.entry = None  # it is left ringing
        wang = town.caller(line=1, patience_s=9)
        calling = asyncio.create_task(wang.dials())
        told = await town.until("line.ring_end", line=1)
        assert told.data["usual"] is usual, told.data
        await calling
        await wang.hangs_up()
        assert all(event.data["usual"] is usual for event in town.told("line.ring_end"))

    play(story, country=country, exchange=exchange)


def test_a_modem_switches_the_canceller_off(play: Play, tmp_path: Path) -> None:
    """ITU-T V.25: 2,100 Hz whose phase turns every 450 ms."""
    t = np.arange(4 * RATE)
    turns = np.where(t * 1000 // RATE // 450 % 2, -1.0, 1.0)
    tone = 5000 * turns * np.sin(2 * np.pi * 2100 * t / RATE)
    with wave.open(str(tmp_path / "modem.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(tone.astype("<i2").tobytes())

    async def story(town: Town) -> None:
        modem = town.caller(line=1)
        call = await comes(town, modem)
        modem.line.handset.speak(tmp_path / "modem.wav")
        await town.until("line.data_call", call=call, within=6)
        await modem.hangs_up()

    play(story)
