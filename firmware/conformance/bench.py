"""Wires between the box and its far ends in virtual time, for what must be measured on a line rather than in an ear."""

import asyncio
import tempfile
import wave
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from drivers.binding.engine import Engine, Port, Recorder
from drivers.binding.events import Kind, PortEvent
from drivers.binding.plan import Plan, SimWire
from drivers.binding.simcard import PortSpec, SimCard
from firmware.clock import run_stepped
from firmware.conformance.signals import RATE, Pcm

T = TypeVar("T")

# A wire that changes nothing: what is measured is the box.
PERFECT = SimWire(companding="linear", loss=0.0, echo_loss=100.0, far_echo_loss=100.0, noise=-100.0)
SETTLED_S = 0.3


class Bench:
    """The simulated card, every box port's news, and files for its players and recorders."""

    def __init__(self, card: SimCard, folder: Path) -> None:
        self.card = card
        self.folder = folder
        self.news: list[PortEvent] = []
        self._files = 0
        for port in card.box.ports:
            port.on_event = self.news.append

    @property
    def now_ms(self) -> int:
        """The box's time."""
        return self.card.box.tick * self.card.box.tick_ms

    def told(self, *kinds: Kind) -> list[PortEvent]:
        """News of these kinds so far."""
        return [event for event in self.news if event.kind in kinds]

    def told_ms(self, event: PortEvent) -> int:
        """When the box told it."""
        return event.tick * self.card.box.tick_ms

    async def wait(self, ms: float) -> None:
        """Lets virtual time pass."""
        await asyncio.sleep(ms / 1000)

    async def broken(self, ms: float, wire: int = 0) -> None:
        """Opens the loop for so long."""
        self.card.cut(wire)
        await self.wait(ms)
        self.card.cut(wire, False)

    def file_of(self, pcm: Pcm) -> Path:
        """A WAV with these samples."""
        self._files += 1
        path = self.folder / f"{self._files}.wav"
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(pcm.tobytes())
        return path

    def play(self, engine: Engine, port: Port, pcm: Pcm, *, repeat: bool = False) -> "asyncio.Future[object]":
        """Plays the samples into a port, from now on."""
        player = engine.player()
        engine.link(player.source, port.sink)
        return player.file(self.file_of(pcm), repeat)  # type: ignore[return-value]

    def record(self, engine: Engine, port: Port) -> Recorder:
        """Records what the port receives."""
        self._files += 1
        recorder = engine.recorder()
        recorder.start(self.folder / f"{self._files}-heard.wav")
        engine.link(port.source, recorder.left)
        return recorder

    async def heard(self, recorder: Recorder) -> Pcm:
        """Ends the recording; its samples."""
        await recorder.stop()
        assert recorder.path is not None
        with wave.open(str(recorder.path), "rb") as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return frames[::2].copy()


def on_wires(
    ports: Sequence[PortSpec], wire: SimWire, plan: Plan, story: Callable[[Bench], Awaitable[T]], *, tick_ms: int = 10
) -> T:
    """Runs the story over so many equal wires."""

    async def main() -> T:
        return await story(bench)

    with tempfile.TemporaryDirectory() as folder:
        card = SimCard(ports, [wire] * len(ports), plan, tick_ms=tick_ms, record_sync_ms=0)
        try:
            bench = Bench(card, Path(folder))
            return run_stepped(main(), [card.box, card.far], tick_ms=tick_ms)
        finally:
            card.close()


def aligned(sent: Pcm, heard: Pcm) -> Pcm | None:
    """The piece of `heard` that is `sent`, by its beginning; None: it is not there."""
    most = len(heard) - len(sent)
    if most < 0:
        return None
    head = sent[:400].astype(np.float64)
    match = np.correlate(heard[: most + len(head)].astype(np.float64), head, "valid")
    at = int(np.argmax(match))
    return heard[at : at + len(sent)] if match[at] > 0 and at + len(sent) <= len(heard) else None
