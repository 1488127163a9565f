"""What a board has at the box's own sound sockets, opened and kept open.

A socket that is not there stops nobody: the lines are answered, an alarm tells of it, and it is used once it is there.
Of a headset its station tells, of the others this room.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.binding.engine import RATE, Engine
from drivers.binding.headset import Headset
from drivers.binding.linein import AHEAD, BLOCK, LineIn
from firmware.bus import Bus
from firmware.config import Board

LINE_IN = "line_in_gone"
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
        sound = board.sound
        self._line_in_at = None if sound is None else sound.line_in
        self._headsets = {
            one.station: Headset(ears, one.play, one.capture)
            for one, ears in zip(board.headsets, engine.ears, strict=True)
        }
        self._line_in = None if self._line_in_at is None else LineIn(engine, self._line_in_at, self._told)
        engine.line_in = self._line_in

    def start(self) -> None:
        """Alarms are told from now on."""
        if self._line_in is not None and not self._line_in.there:
            self._line_in_is(there=False)

    def counters(self) -> dict[str, dict[str, int]]:
        """What was lost or late: each headset by its station's number, and `line_in`."""
        found = {number: headset.counters() for number, headset in self._headsets.items()}
        if self._line_in is not None:
            counted = self._line_in.counters
            found["line_in"] = {
                "inserted_ms": counted.gaps * AHEAD_MS, "left_out_ms": counted.left_out * BLOCK_MS,
                "overruns": counted.overruns, "lost": counted.lost,
            }  # fmt: skip
        return found

    def close(self) -> None:
        """Gives the sockets back."""
        self._engine.line_in = None
        for headset in self._headsets.values():
            headset.close()
        if self._line_in is not None:
            self._line_in.close()

    def _told(self, there: bool) -> None:
        """By the socket's thread."""
        self._loop.call_soon_threadsafe(lambda: self._line_in_is(there=there))

    def _line_in_is(self, *, there: bool) -> None:
        if there:
            self._bus.alarm_over(LINE_IN)
        elif LINE_IN not in self._bus.standing:
            text = f"the line-in {self._line_in_at} is not there"
            self._bus.publish("alarm.raised", name=LINE_IN, text=text, socket=self._line_in_at)


@contextmanager
def opened(engine: Engine, board: Board, bus: Bus) -> Iterator[Sockets]:
    """Those of the board, until the end of the block."""
    sockets = Sockets(engine, board, bus)
    try:
        yield sockets
    finally:
        sockets.close()
