"""Sound from the box's own line-in socket (ALSA), as a source of the core: music on hold from a tuner or a player.

The socket has a clock of its own, which is never quite the card's. Its thread reads blocks of 10 ms and puts them into
an inlet; a few are held ahead. When the two clocks have drifted apart by a block, one is left out, or one is missing:
both are counted, and nobody waits for anybody.
"""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import alsaaudio

from drivers.binding.engine import RATE, Engine

log = logging.getLogger(__name__)

BLOCK = RATE // 100  # samples of a read: 10 ms
AHEAD = 3 * BLOCK  # held when it begins, and again after a gap
MOST = 8 * BLOCK  # held at most: 80 ms
RETRY_S = 5.0  # a socket that is gone is looked for so often


class Capture(Protocol):
    """What is used of alsaaudio.PCM."""

    def read(self) -> tuple[int, bytes]: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class LineInCounters:
    """Blocks of 10 ms. `taken`: from the socket; `left_out`: it was faster than the card; `gaps`: it was slower, or did
    not come in time; `overruns`: its own buffer was full before it was read; `lost`: times that it went away."""

    taken: int = 0
    left_out: int = 0
    gaps: int = 0
    overruns: int = 0
    lost: int = 0


def card_is_there(device: str) -> None:
    """alsaaudio.ALSAAudioError if `device` names a sound card that is not plugged in: ALSA itself would say so on
    stderr, too, each time that it is looked for."""
    named = re.match(r"(?:plug)?hw:(?:CARD=)?([^,]+)", device)
    if named is not None and named[1] not in (*alsaaudio.cards(), *map(str, alsaaudio.card_indexes())):
        raise alsaaudio.ALSAAudioError(f"there is no sound card {named[1]}")


def capture(device: str) -> Capture:
    """The socket, 8 kHz mono; alsaaudio.ALSAAudioError if it cannot be had so ("plughw:..." converts)."""
    card_is_there(device)
    pcm: Capture = alsaaudio.PCM(
        alsaaudio.PCM_CAPTURE, alsaaudio.PCM_NORMAL, device=device, channels=1, rate=RATE,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=BLOCK, periods=8,
    )  # fmt: skip
    return pcm


class LineIn:
    """`source` is linked to whoever is to hear it; `there` tells that something comes. One that cannot be had is looked
    for until it can. `on_change` is told of both by the thread. `close()` twice is fine."""

    def __init__(self, engine: Engine, device: str, on_change: Callable[[bool], None] = lambda _there: None) -> None:
        self._device, self._on_change = device, on_change
        self._pcm: Capture | None = None
        self._told = ""
        self._open()
        self._inlet = engine.inlet()
        self._stop = threading.Event()
        self.counters = LineInCounters()
        self._thread = threading.Thread(target=self._run, name="line-in", daemon=True)
        self._thread.start()

    @property
    def source(self) -> int:
        """For links."""
        return int(self._inlet.source)

    @property
    def there(self) -> bool:
        """The socket could be opened."""
        return self._pcm is not None

    def close(self) -> None:
        """Ends the thread and gives the inlet back."""
        self._stop.set()
        self._thread.join()
        self._inlet.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._pcm is None:
                self._look()
            else:
                self._block(self._pcm)
        if self._pcm is not None:
            self._pcm.close()

    def _block(self, pcm: Capture) -> None:
        try:
            count, samples = pcm.read()
        except alsaaudio.ALSAAudioError as error:
            log.warning("line-in %s: %s", self._device, error)
            self.counters.lost += 1
            pcm.close()
            self._pcm = None
            self._on_change(False)
            return
        if count < 0:  # -EPIPE: too late for the socket's own buffer
            self.counters.overruns += 1
        elif count:
            self.take(samples)

    def take(self, samples: bytes) -> None:
        """Puts a block where the core takes it, or leaves it out if enough waits."""
        self.counters.taken += 1
        waits = self._inlet.waiting
        if waits + len(samples) // 2 > MOST:
            self.counters.left_out += 1
            return
        if not waits:
            self.counters.gaps += self.counters.taken > 1
            self._inlet.put(bytes(2 * AHEAD))
        self._inlet.put(samples)

    def _look(self) -> None:
        if not self._stop.wait(RETRY_S) and self._open():
            log.info("line-in %s is there", self._device)
            self._on_change(True)

    def _open(self) -> bool:
        try:
            self._pcm = capture(self._device)
        except alsaaudio.ALSAAudioError as error:
            if str(error) != self._told:
                log.warning("line-in %s: %s; arecord -L lists what there is", self._device, error)
            self._told = str(error)
            return False
        self._told = ""
        return True
