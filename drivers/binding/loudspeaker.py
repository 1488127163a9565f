"""A loudspeaker at one of the box's own sound sockets (ALSA), as a sink of the core.

Its thread plays silence until something is linked. The socket's clock is never quite the card's: a few blocks are held
behind, and what drifts is left out or inserted, and counted.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import alsaaudio

from drivers.binding.engine import Engine
from drivers.binding.headset import PERIODS, Playback, playback
from drivers.binding.linein import BLOCK, RETRY_S
from drivers.binding.media import hurry

log = logging.getLogger(__name__)

BLOCK_BYTES = 2 * BLOCK
BEHIND = 3 * BLOCK_BYTES  # held when something begins, and again after a gap
MOST = 8 * BLOCK_BYTES  # held at most: 80 ms


@dataclass(slots=True)
class LoudspeakerCounters:
    """Blocks of 10 ms. `left_out`: the card was faster than the socket; `gaps`: it was slower, or the thread came too
    late; `underruns`: the socket's own buffer was empty before it was written; `lost`: times that it went away."""

    left_out: int = 0
    gaps: int = 0
    underruns: int = 0
    lost: int = 0


class Loudspeaker:
    """`sink` is linked to who is to be heard; `there` tells that it can be. One that is not is looked for until it is;
    `on_change` is told of both by the thread. `close()` twice is fine."""

    def __init__(self, engine: Engine, device: str, on_change: Callable[[bool], None] = lambda _there: None) -> None:
        self._device, self._on_change = device, on_change
        self._pcm: Playback | None = None
        self._told = ""
        self._waits = b""
        self._sounds = False
        self._open()
        self._tap = engine.tap()
        self._stop = threading.Event()
        self.counters = LoudspeakerCounters()
        self._thread = threading.Thread(target=self._run, name="loudspeaker", daemon=True)
        self._thread.start()

    @property
    def sink(self) -> int:
        """For links."""
        return int(self._tap.sink)

    @property
    def there(self) -> bool:
        """The socket could be opened."""
        return self._pcm is not None

    def close(self) -> None:
        """Ends the thread and gives the tap back."""
        self._stop.set()
        self._thread.join()
        self._tap.close()

    def next(self, came: bytes) -> bytes:
        """The block to be played now; `came`: since the last one."""
        self._waits += came
        if len(self._waits) > MOST:
            surplus = (len(self._waits) - BEHIND) // BLOCK_BYTES * BLOCK_BYTES
            self._waits = self._waits[surplus:]
            self.counters.left_out += surplus // BLOCK_BYTES
        if len(self._waits) < (BLOCK_BYTES if self._sounds else BEHIND):
            self.counters.gaps += self._sounds and bool(came)  # with nothing more to come it is the end
            self._sounds = False
            return bytes(BLOCK_BYTES)
        self._sounds = True
        block, self._waits = self._waits[:BLOCK_BYTES], self._waits[BLOCK_BYTES:]
        return block

    def _run(self) -> None:
        hurry()
        while not self._stop.is_set():
            if self._pcm is None:
                self._look()
            else:
                self._block(self._pcm)
        if self._pcm is not None:
            self._pcm.close()

    def _block(self, pcm: Playback) -> None:
        try:
            block = self.next(self._tap.read())
            if pcm.write(block) < 0:
                self.counters.underruns += 1
                pcm.write(bytes(BLOCK_BYTES * (PERIODS - 1)) + block)
        except alsaaudio.ALSAAudioError as error:
            log.warning("loudspeaker %s: %s", self._device, error)
            self.counters.lost += 1
            self._pcm = None
            pcm.close()
            self._on_change(False)

    def _look(self) -> None:
        self._tap.read()
        if not self._stop.wait(RETRY_S) and self._open():
            log.info("loudspeaker %s is there", self._device)
            self._on_change(True)

    def _open(self) -> bool:
        try:
            self._pcm = playback(self._device)
        except alsaaudio.ALSAAudioError as error:
            if str(error) != self._told:
                log.warning("loudspeaker %s: %s; aplay -L lists what there is", self._device, error)
            self._told = str(error)
            return False
        self._told, self._waits, self._sounds = "", b"", False
        return True
