"""Sockets that are not there stop nobody: an alarm, and they are used once they are there."""

import asyncio
from collections.abc import Callable

import alsaaudio
import pytest

from drivers.binding import alsa, headset, linein
from drivers.binding.alsa import BLOCK
from drivers.binding.simcard import SimCard
from firmware.api.messages import Nothing
from firmware.bus import Bus
from firmware.config import load_board, load_country
from firmware.config.board import Headset, Sound
from firmware.sound.sockets import LINE_IN, headsets, inlets, opened

HEADSET = Headset(station="809", play="plughw:1", capture="plughw:1")


class Quiet:
    def read(self) -> tuple[int, bytes]:
        return BLOCK, bytes(2 * BLOCK)

    def close(self) -> None:
        pass


@pytest.fixture
def card() -> Callable[[Sound | None], SimCard]:
    def card(sound: Sound | None) -> SimCard:
        board = load_board("sim-8x8").model_copy(update={"sound": sound})
        return SimCard(
            board.port_specs, board.wires, load_country("cn"), inlets=inlets(board), headsets=headsets(board)
        )

    return card


def test_what_is_not_there_is_an_alarm_until_it_is(
    card: Callable[[Sound | None], SimCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = False

    def capture(_device: str) -> Quiet:
        if there:
            return Quiet()
        raise alsaaudio.ALSAAudioError("No such file or directory")

    for module in (linein, headset):
        monkeypatch.setattr(module, "capture", capture)
    monkeypatch.setattr(alsa, "RETRY_S", 0.01)
    sound = Sound(line_in="plughw:7", headsets=(HEADSET,))
    sim = card(sound)
    board = load_board("sim-8x8").model_copy(update={"sound": sound})

    async def run() -> None:
        nonlocal there
        bus = Bus(lambda: 0.0, 1)
        over = asyncio.Event()
        bus.subscribe(lambda event: over.set() if event.kind == "alarm.cleared" else None)
        with opened(sim.box, board, bus) as sockets:
            sockets.start()
            assert bus.standing[LINE_IN].data["socket"] == "plughw:7"
            assert sorted(sockets.counters()) == ["809", "line_in"]
            state = await sockets.state(Nothing())
            assert (state["gone"], state["runs"]["line_in"]) == (["line_in", "809"], "plughw:7")
            assert isinstance(state["sockets"], list)
            there = True
            await asyncio.wait_for(over.wait(), 10)
            assert not bus.standing and sim.box.line_in is not None and sim.box.line_in.there
        assert sim.box.line_in is None

    asyncio.run(run())
    sim.close()


def test_a_board_without_sockets(card: Callable[[Sound | None], SimCard]) -> None:
    sim = card(None)

    async def run() -> None:
        with opened(sim.box, load_board("sim-8x8"), Bus(lambda: 0.0, 1)) as sockets:
            sockets.start()
            assert sockets.counters() == {}

    asyncio.run(run())
    sim.close()
