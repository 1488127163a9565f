"""What a board has at the box's own sound sockets, opened and kept open.

A socket that is not there stops nobody: the lines are answered, an alarm tells of it, and it is used once it is there.
Of a headset its station tells, of the others this room.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from drivers.binding.alsa import BLOCK, found_sockets
from drivers.binding.engine import RATE, Engine
from drivers.binding.headset import Headset
from drivers.binding.linein import AHEAD, LineIn
from drivers.binding.loudspeaker import Loudspeaker
from firmware.api.messages import Nothing
from firmware.bus import Bus
from firmware.config import Board
from firmware.config.board import Sound

LINE_IN, LOUDSPEAKER = "line_in_gone", "loudspeaker_gone"
BLOCK_MS, AHEAD_MS = BLOCK * 1000 // RATE, AHEAD * 1000 // RATE


def inlets(board: Board) -> int:
    """So many the core must have for them."""
    return int(board.sound is not None and board.sound.line_in is not None)


def headsets(board: Board) -> list[str]:
    """Names of the ports that the core must have for them, behind the card's."""
    return [one.name for one in board.headsets]


class Sockets:
    """`start()` once the box has started; `close()` before the engine's."""

    def __init__(self, engine: Engine, board: Board, bus: Bus) -> None:
        self._engine, self._bus, self._loop = engine, bus, asyncio.get_running_loop()
        self._sound = sound = board.sound or Sound()
        self._headsets = {
            one.station: Headset(ears, one.play, one.capture)
            for one, ears in zip(board.headsets, engine.ears, strict=True)
        }
        self._at = {LINE_IN: sound.line_in, LOUDSPEAKER: sound.loudspeaker}
        self._line_in = self._loudspeaker = None
        if sound.line_in is not None:
            self._line_in = engine.line_in = LineIn(engine, sound.line_in, partial(self._told, LINE_IN))
        if sound.loudspeaker is not None:
            self._loudspeaker = Loudspeaker(engine, sound.loudspeaker, partial(self._told, LOUDSPEAKER))
            engine.loudspeaker = self._loudspeaker

    def start(self) -> None:
        """Alarms are told from now on."""
        for name, socket in ((LINE_IN, self._line_in), (LOUDSPEAKER, self._loudspeaker)):
            if socket is not None and not socket.there:
                self._is(name, there=False)

    def counters(self) -> dict[str, dict[str, int]]:
        """What was lost or late: each headset by its station's number, `line_in` and `loudspeaker`."""
        found = {number: headset.counters() for number, headset in self._headsets.items()}
        if self._line_in is not None:
            counted = self._line_in.counters
            found["line_in"] = _in_ms(counted.gaps, counted.left_out) | {
                "overruns": counted.overruns, "lost": counted.lost,
            }  # fmt: skip
        if self._loudspeaker is not None:
            played = self._loudspeaker.counters
            found["loudspeaker"] = _in_ms(played.gaps, played.left_out) | {
                "underruns": played.underruns, "lost": played.lost,
            }  # fmt: skip
        return found

    async def state(self, _: Nothing) -> dict[str, Any]:
        """What this machine has, what the box runs with, and what of that is not there: the api's intent."""
        used = {"line_in": self._line_in, "loudspeaker": self._loudspeaker, **self._headsets}
        return {
            "sockets": [asdict(one) for one in await asyncio.to_thread(found_sockets)],
            "runs": self._sound.model_dump(mode="json"),
            "gone": [name for name, socket in used.items() if socket is not None and not socket.there],
        }

    def close(self) -> None:
        """Gives the sockets back."""
        self._engine.line_in = self._engine.loudspeaker = None
        for socket in (*self._headsets.values(), self._line_in, self._loudspeaker):
            if socket is not None:
                socket.close()

    def _told(self, name: str, there: bool) -> None:
        """By the socket's thread."""
        self._loop.call_soon_threadsafe(lambda: self._is(name, there=there))

    def _is(self, name: str, *, there: bool) -> None:
        if there:
            self._bus.alarm_over(name)
        elif name not in self._bus.standing:
            text = f"{name.removesuffix('_gone')} {self._at[name]} is not there"
            self._bus.publish("alarm.raised", name=name, text=text, socket=self._at[name])


def _in_ms(gaps: int, left_out: int) -> dict[str, int]:
    """Each gap is as long as what is then held anew."""
    return {"inserted_ms": gaps * AHEAD_MS, "left_out_ms": left_out * BLOCK_MS}


@contextmanager
def opened(engine: Engine, board: Board, bus: Bus) -> Iterator[Sockets]:
    """Those of the board, until the end of the block."""
    sockets = Sockets(engine, board, bus)
    try:
        yield sockets
    finally:
        sockets.close()
