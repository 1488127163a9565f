"""An agent who has a headset only: it is off-hook all day, a short tone tells of calls, nothing rings."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware.api.messages import Refused
from firmware.api.switching import AtStation, Dial
from firmware.jacks.section import InsideStations
from firmware.setup.store import Setup
from firmware.switching.desk import Desk
from firmware.training.measure import RATE, read
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_inhand import eventually
from tests.journeys.test_queue import comes, members, queues

Play = Callable[..., None]
SALES = queues(members=members("801"), wrap_up_s="5")
LOUD = 300.0  # far above the noise of the lines, far below a voice or a tone


@pytest.fixture
def worn(tmp_path: Path) -> Callable[[str], None]:
    def worn(headset: str) -> None:
        entry = {"stations": [{"id": "801", "headset": headset}]}
        Setup(tmp_path).change(InsideStations, lambda _: entry, who="test")

    return worn


async def connects(town: Town, li: Telephone) -> None:
    await li.pick_up()
    await town.until("station.headset", station="801", connected=True)


async def desk(town: Town, what: str, **more: Any) -> None:
    wanted = Dial(station="801", **more) if what == "dial" else AtStation(station="801")
    box = town.box
    await Desk(box.calls, box.setup, box.park, box.rooms).intents()[f"desk.{what}"](wanted)


def sounds(ear: Path, began: float, start: float, end: float | None = None) -> list[tuple[float, float]]:
    """Stretches of sound that were heard after `start`, in seconds of the loop's clock."""
    samples = np.abs(read(ear)[0].astype(float))
    loud = np.convolve(samples, np.ones(80) / 80, "same") > LOUD
    edges = np.flatnonzero(np.diff(loud.astype(int), prepend=0, append=0)) / RATE + began
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > start and (end is None or a < end)]


def test_calls_begin_by_themselves(play: Play, worn: Callable[[str], None], tmp_path: Path) -> None:
    """Tone in the ear, then the caller's voice; after the call it rests, and the next one comes."""
    worn("auto")
    ear = tmp_path / "ear.wav"
    noted: dict[str, float] = {}

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        li = town.agent("801")
        await connects(town, li)
        await asyncio.sleep(2)
        assert not town.box.stations["801"].offhook, "no dial tone: it rests"
        li.handset.write_down(ear)
        noted["began"] = loop.time()
        wang = town.caller(line=1)
        call = await comes(town, wang)
        wang.line.handset.speak(town.prompts.path("music"), repeat=True)
        await town.until("call.connected", call=call, station="801")
        noted["connected"] = loop.time()
        assert not li.ringing
        await asyncio.sleep(1)
        noted["handset"] = li.handset.began
        await wang.hangs_up()
        await town.until("station.wrap_up", station="801")
        await town.until("station.ready", station="801")
        second = town.caller(line=2)
        call = await comes(town, second)
        await town.until("call.connected", call=call, station="801")
        await desk(town, "hang_up")
        await second.hears_hang_up()
        await second.hangs_up()
        record = await town.record(call)
        assert (record.result, record.end_side) == ("answered", "agent")
        await li.hang_up()
        await town.until("station.headset", station="801", connected=False)
        town.box.stations["801"].wear("no")

    play(story, queues=SALES)
    heard = sounds(ear, noted["handset"], noted["began"], noted["connected"] + 0.5)
    tone, voice = heard[0], heard[1] if len(heard) > 1 else heard[0]
    assert 0.15 <= tone[1] - tone[0] <= 0.25
    assert 0 <= voice[0] - tone[1] <= 0.04


def test_calls_begin_by_the_button(play: Play, worn: Callable[[str], None], tmp_path: Path) -> None:
    worn("button")
    ear = tmp_path / "ear.wav"
    noted: dict[str, float] = {}

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        li = town.agent("801")
        await connects(town, li)
        with pytest.raises(Refused, match="does not ring"):
            await desk(town, "answer")
        wang = town.caller(line=1)
        call = await comes(town, wang)
        wang.line.handset.speak(town.prompts.path("music"), repeat=True)
        await town.until("station.ringing", station="801")
        li.handset.write_down(ear)
        await asyncio.sleep(5)  # the tone has come twice
        assert not town.told("call.connected")
        noted["asked"] = loop.time()
        await desk(town, "answer")
        await town.until("call.connected", call=call, station="801")
        await asyncio.sleep(1)
        noted["handset"] = li.handset.began
        with pytest.raises(Refused, match="does not ring"):
            await desk(town, "answer")
        await desk(town, "hang_up")
        await wang.hears_hang_up()
        await wang.hangs_up()
        await li.hang_up()
        town.box.stations["801"].wear("no")

    play(story, queues=SALES)
    heard = sounds(ear, noted["handset"], noted["asked"])
    assert 0 <= heard[0][0] - noted["asked"] <= 0.04


def test_consulting_and_whom_he_holds(play: Play, worn: Callable[[str], None]) -> None:
    """He dials at once without a ring; when the colleague has gone, the caller he holds comes back to him."""
    worn("auto")

    async def story(town: Town) -> None:
        li, zhao = town.agent("801"), town.agent("802")
        await connects(town, li)
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await town.until("call.connected", call=call, station="801")
        await desk(town, "dial", to="802")
        await town.until("call.held", call=call)
        await zhao.rings()
        await zhao.pick_up()
        await town.until("call.connected", station="802")
        await zhao.hang_up()
        await town.until("call.moved", call=call, why="recalled")
        await eventually(lambda: len(town.told("call.connected", call=call)) == 2)
        await wang.hangs_up()
        await town.until("station.wrap_up", station="801")
        await desk(town, "dial", to="802")
        await zhao.rings()
        await desk(town, "hang_up")
        await li.hang_up()
        town.box.stations["801"].wear("no")

    play(story, queues=SALES)


def test_taken_off(play: Play, worn: Callable[[str], None]) -> None:
    """Unplugged while the tone tells of a call: the caller waits on, and nobody is told of him until it is back."""
    worn("button")

    async def story(town: Town) -> None:
        li = town.agent("801")
        await connects(town, li)
        wang = town.caller(line=1)
        call = await comes(town, wang)
        await town.until("station.ringing", station="801")
        await li.hang_up()
        await town.until("agent.state", agent="801", state="away")
        offered = len(town.told("call.offered"))
        await asyncio.sleep(30)
        assert len(town.told("call.offered")) == offered
        await li.pick_up()
        await town.until("agent.state", agent="801", state="ready")
        await eventually(lambda: len(town.told("station.ringing")) == 2)
        await desk(town, "answer")
        await town.until("call.connected", call=call)
        await li.hang_up()  # in talk: that ends the call
        await wang.hears_hang_up()
        await wang.hangs_up()
        town.box.stations["801"].wear("no")

    play(story, queues=SALES)


def test_set_up_while_it_is_off_hook(play: Play) -> None:
    """A telephone that was left off becomes a headset, and a telephone again."""

    async def story(town: Town) -> None:
        li, station = town.agent("801"), town.box.stations["801"]
        await li.pick_up()
        await town.until("station.offhook", station="801")
        entry = {"stations": [{"id": "801", "headset": "auto"}]}
        town.box.setup.change(InsideStations, lambda _: entry, who="test")
        town.box.changes.changed("stations")
        await town.until("station.onhook", station="801")
        assert station.free
        station.wear("no")
        assert station.offhook and not station.free
        await li.hang_up()

    play(story)
