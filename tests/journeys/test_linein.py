"""Music on hold from the box's line-in; tests/system plays into it through snd-aloop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from firmware.training.measure import RATE, read
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, talks

Play = Callable[..., None]


@dataclass
class Tuner:
    """A source that is there, or is not."""

    source: int
    there: bool = True


@pytest.mark.parametrize("there", [True, False])
def test_a_waiting_caller_hears_the_line_in(play: Play, tmp_path: Path, there: bool) -> None:
    ear = tmp_path / "ear.wav"

    async def story(town: Town) -> None:
        with town.card.box.player() as player:
            playing = player.tone("dial")  # 450 Hz, for ever
            town.card.box.line_in = Tuner(player.source, there)
            wang = town.caller(line=1)
            call = await comes(town, wang)
            await asyncio.sleep(6)  # the first prompt is over
            wang.line.handset.write_down(ear)
            await asyncio.sleep(3)
            await talks(town, town.agent("801"), call)
            await town.until("call.connected", call=call)
            await asyncio.sleep(0.5)
            await town.agent("801").hang_up()
            await wang.hears_hang_up()
            await wang.hangs_up()
            player.stop()
            await playing

    play(story)
    samples = np.asarray(read(ear)[0][RATE : 2 * RATE], dtype=np.float64)
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    share = spectrum[440:461].sum() / spectrum[20:].sum()
    assert (share > 0.95) == there
