"""Lines that do not work (H4): taken out of outgoing use, tried again, and put back. They go on answering."""

import asyncio
import logging
from collections.abc import Mapping

from drivers.binding.engine import CoreError
from drivers.binding.events import Kind, PortEvent
from firmware.bus import Bus, Event
from firmware.lines import Line, LineTaken

log = logging.getLogger(__name__)

BAD = 2  # so many times in a row without dial tone: it is no accident
TRY_AGAIN_S = 600.0
DIAL_TONE_S = 8.0
DIAL_TONES = frozenset({"dial", "special_dial", "recall"})


class StuckLines:
    """`out_of_use` is shared with whoever chooses lines."""

    def __init__(self, bus: Bus, lines: Mapping[int, Line], out_of_use: set[int]) -> None:
        self._bus = bus
        self._lines = lines
        self._out = out_of_use
        self._bad: dict[int, int] = dict.fromkeys(lines, 0)
        self._trials: dict[int, asyncio.Task[None]] = {}
        bus.subscribe(self._event)

    def close(self) -> None:
        """Ends the trials."""
        for trial in self._trials.values():
            trial.cancel()

    def _event(self, event: Event) -> None:
        if event.line not in self._bad:
            return
        if event.kind == "line.no_dial_tone":
            self._bad[event.line] += 1
            if self._bad[event.line] >= BAD:
                self._take_out(event.line)
        elif event.kind == "call.outcome" and event.data.get("result") in ("answered", "busy", "no_answer", "vacant"):
            self._works(event.line)

    def _take_out(self, number: int) -> None:
        if number in self._out:
            return
        self._out.add(number)
        self._bus.publish("line.out_of_use", line=number, why="no_dial_tone")
        self._bus.publish(
            "alarm.raised", name=f"line_{number}_no_dial_tone", line=number,
            text=f"line {number} gives no dial tone: it is not dialled on until it does; calls on it are answered",
        )  # fmt: skip
        self._trials[number] = asyncio.create_task(self._try(self._lines[number]), name=f"trial of line {number}")

    def _works(self, number: int) -> None:
        self._bad[number] = 0
        if number in self._out:
            self._out.discard(number)
            self._bus.publish("line.in_use", line=number)
            self._bus.publish("alarm.cleared", name=f"line_{number}_no_dial_tone")
            trial = self._trials.pop(number, None)
            if trial is not None and trial is not asyncio.current_task():
                trial.cancel()

    async def _try(self, line: Line) -> None:
        """Now and then, when nobody uses it: whether it gives dial tone."""
        while line.number in self._out:
            await asyncio.sleep(TRY_AGAIN_S)
            if line.free and await self._dial_tone(line):
                self._works(line.number)

    async def _dial_tone(self, line: Line) -> bool:
        heard = asyncio.Event()

        def news(event: PortEvent) -> None:
            if event.kind is Kind.TONE and event.word in DIAL_TONES:
                heard.set()

        try:
            await line.seize_for_dialling(f"trial-{line.number}", news)
        except LineTaken:
            return False
        try:
            async with asyncio.timeout(DIAL_TONE_S):
                await heard.wait()
            return True
        except TimeoutError:
            return False
        finally:
            try:
                await line.hang_up()
            except CoreError as error:
                log.warning("line %d: %s", line.number, error)
            await line.idle()
