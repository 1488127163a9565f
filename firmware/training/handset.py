"""Mouth and ear at a far-end port: speaks files, digits and tones into it, and writes down what it hears."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.binding.engine import RATE, Player, Port, Recorder
from drivers.binding.events import Kind, Played, PortEvent, Recorded

SIDETONE_DB = -12.0  # of one's own keys, at one's own ear


class Handset:
    """Mouth and ear at `port`. The receiver's file has on its left what was heard, on its right what was said."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.engine = port.engine
        self.path: Path | None = None
        self.begins_at = (
            0  # the far end's sample count at the receiver file's first sample (in real time within 2 ticks)
        )
        self.began = 0.0  # the same on the loop's clock
        self._player: Player | None = None
        self._recorder: Recorder | None = None
        self._waits: list[_Wait] = []
        self.on_news: Callable[[PortEvent], None] | None = None  # what `hear` is told, for one more who listens
        self._ear: int | None = None

    # -- mouth -----------------------------------------------------------------------------------------

    def speak(self, path: str | os.PathLike[str], repeat: bool = False) -> "asyncio.Future[Played]":
        """Speaks a WAV (8 kHz, mono, 16-bit); what was said before is cut."""
        return self._mouth().file(path, repeat)

    def press(self, digits: str) -> "asyncio.Future[Played]":
        """Sends DTMF digits."""
        return self._mouth().digits(digits)

    def tone(self, name: str, ms: int = 0) -> "asyncio.Future[Played]":
        """Sends a tone of the country; 0 ms: until stopped."""
        return self._mouth().tone(name, ms)

    def silent(self) -> None:
        """Says nothing more."""
        if self._player is not None:
            self._player.close()
            self._player = None

    def _mouth(self) -> Player:
        if self._player is None:
            self._player = self.engine.player()
            self.engine.link(self._player.source, self.port.sink)
            if self._recorder is not None:
                self.engine.link(self._player.source, self._recorder.right)
            if self._ear is not None:
                self.engine.link(self._player.source, self._ear, SIDETONE_DB)
        return self._player

    # -- ear -------------------------------------------------------------------------------------------

    def write_down(self, path: Path) -> None:
        """From now on what is heard and said goes into a file, which must be new."""
        self.path = path
        self._recorder = self.engine.recorder()
        self._recorder.start(path)
        self.began = asyncio.get_running_loop().time()
        self.begins_at = self.engine.tick * self.engine.tick_ms * RATE // 1000
        self.engine.link(self.port.source, self._recorder.left)
        if self._player is not None:
            self.engine.link(self._player.source, self._recorder.right)

    def listen_in(self, ear: int | None) -> None:
        """Whoever is at this sink hears, too, what is said here and what comes from elsewhere than the port."""
        self._ear = ear

    def also_heard(self, source: int) -> None:
        """The receiver's file gets what comes from elsewhere than the port, as the exchange's own ringback."""
        if self._recorder is not None:
            self.engine.link(source, self._recorder.left)
        if self._ear is not None:
            self.engine.link(source, self._ear)

    async def put_down(self) -> Recorded | None:
        """Stops speaking and closes the receiver's file. Twice is fine."""
        self.silent()
        recorder, self._recorder = self._recorder, None
        return None if recorder is None else await recorder.stop()

    def hear(self, event: PortEvent) -> None:
        """To be called with the port's events: wakes whoever waits for them."""
        for wait in self._waits:
            if event.kind is wait.kind and (not wait.words or event.word in wait.words) and not wait.heard.done():
                wait.heard.set_result(event)
        if self.on_news is not None:
            self.on_news(event)

    async def until(self, kind: Kind, *words: str, within: float | None = None) -> PortEvent:
        """Waits for an event of `kind` (with one of `words`); TimeoutError after `within` seconds."""
        wait = _Wait(kind, words, asyncio.get_running_loop().create_future())
        self._waits.append(wait)
        try:
            async with asyncio.timeout(within):
                return await wait.heard
        finally:
            self._waits.remove(wait)


@dataclass(frozen=True, eq=False)
class _Wait:
    kind: Kind
    words: tuple[str, ...]
    heard: "asyncio.Future[PortEvent]"
