"""Sound both ways between a port of the far ends and a person at a page.

What the person says comes in frames, over networks and through threads: now late, now in a bunch. A little of it is
held ahead of the core (`ahead_ms`), more after each gap, less again when there was none for a while. What is held for
no use is let go, frame by frame; what comes faster than it can be said is not taken. All of that is counted. Nothing
here is reached from a tick: the core takes from its inlet and fills its tap, whether somebody comes or not.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.binding.engine import RATE, Engine, Inlet, Port, Tap
from firmware.api.telephones import FRAME, FRAME_BYTES

FRAME_MS = 1000 * FRAME // RATE
AHEAD_MS = (40, 160)  # at least, at most
STEADY_FRAMES = 500  # without a gap: a frame less is held
LOOK_FRAMES = 50  # so long more than enough must have waited before a frame is let go
MOST_MS = 300


@dataclass(slots=True)
class Counters:
    """Frames of 20 ms. `spoken`: came from the page; `missing`: their numbers were left out on the way; `gaps`: nothing
    was there to be said in mid-talk; `dropped`: too much waited. `heard`: went to the page."""

    spoken: int = 0
    missing: int = 0
    gaps: int = 0
    dropped: int = 0
    heard: int = 0


class Sound:
    """One person's mouth and ear. `ear` is a sink for whatever else he is to hear."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._inlet: Inlet = engine.inlet()
        self._tap: Tap = engine.tap()
        self._port: Port | None = None
        self._held = bytearray()
        self._number: int | None = None  # of the next frame from the page
        self._spoke_at = float("-inf")
        self._low = self._looked = self._steady = 0
        self.ahead_ms = AHEAD_MS[0]
        self.open = False  # there is something to hear
        self.muted = False  # keys are being pressed: no voice beside the tones
        self.counters = Counters()

    @property
    def ear(self) -> int:
        """Sink."""
        return int(self._tap.sink)

    @property
    def waiting_ms(self) -> int:
        """Of what the page sent."""
        return 1000 * self._inlet.waiting // RATE

    def listen(self) -> None:
        """Whatever is linked to `ear` goes to the page from now on."""
        if not self.open:
            self._tap.read()
            self._held.clear()
            self.open = True

    def join(self, port: Port) -> None:
        """The handset is at this port: mouth and ear."""
        self.listen()
        if self._port is not port:
            self.part()
            self._port = port
            self._engine.link(port.source, self._tap.sink)
            self._engine.link(self._inlet.source, port.sink)

    def part(self) -> None:
        """Off the port; the ear may still hear something else. Twice is fine."""
        if self._port is not None:
            self._engine.unlink(self._port.source, self._tap.sink)
            self._engine.unlink(self._inlet.source, self._port.sink)
            self._port = None

    def shut(self) -> None:
        """Nothing to hear, nobody to speak to."""
        self.part()
        self.open = False
        self._held.clear()

    def close(self) -> None:
        """Gives the core back what was taken. Twice is fine."""
        self.shut()
        self._inlet.close()
        self._tap.close()

    def say(self, number: int, samples: bytes) -> None:
        """A frame from the page."""
        self.counters.spoken += 1
        if self._number is not None:
            self.counters.missing += min((number - self._number) % 65_536, 1_000)
        self._number = (number + 1) % 65_536
        if self._port is None or self.muted:
            self._spoke_at = float("-inf")
            return
        waits = self.waiting_ms
        if waits < FRAME_MS // 2:
            self._after_a_gap()
        elif self._too_much(waits):
            self.counters.dropped += 1
            return
        self._spoke_at = asyncio.get_running_loop().time()
        self._inlet.put(samples)

    def hear(self) -> Iterator[bytes]:
        """Whole frames for the page."""
        came = self._tap.read()
        if not self.open:
            return
        self._held += came
        while len(self._held) >= FRAME_BYTES:
            frame = bytes(self._held[:FRAME_BYTES])
            del self._held[:FRAME_BYTES]
            self.counters.heard += 1
            yield frame

    def _after_a_gap(self) -> None:
        """Silence goes ahead of the voice, so that the next late frame is in time."""
        if asyncio.get_running_loop().time() - self._spoke_at < 1.0:
            self.counters.gaps += 1
            self.ahead_ms = min(self.ahead_ms + FRAME_MS, AHEAD_MS[1])
        self._inlet.put(bytes(FRAME_BYTES * (self.ahead_ms // FRAME_MS)))
        self._looked = self._steady = 0

    def _too_much(self, waits: int) -> bool:
        """Whether this frame is let go; looked at over a second, because frames come in bunches."""
        self._low = waits if self._looked == 0 else min(self._low, waits)
        self._looked += 1
        self._steady += 1
        if self._steady >= STEADY_FRAMES:
            self._steady = 0
            self.ahead_ms = max(self.ahead_ms - FRAME_MS, AHEAD_MS[0])
        if waits > MOST_MS:
            self._looked = 0
            return True
        if self._looked < LOOK_FRAMES:
            return False
        self._looked = 0
        return self._low > self.ahead_ms + FRAME_MS // 2
