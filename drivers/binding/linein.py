"""Sound from the box's own line-in socket, as a source of the core: music on hold from a tuner or a player."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.binding.alsa import BLOCK, Capture, KeptOpen, capture
from drivers.binding.engine import Engine

AHEAD = 3 * BLOCK  # held when it begins, and again after a gap
MOST = 8 * BLOCK  # held at most: 80 ms


@dataclass(slots=True)
class LineInCounters:
    """Blocks of 10 ms. `taken`: from the socket; `left_out`: it was faster than the card; `gaps`: it was slower, or did
    not come in time; `overruns`: its own buffer was full before it was read; `lost`: times that it went away."""

    taken: int = 0
    left_out: int = 0
    gaps: int = 0
    overruns: int = 0
    lost: int = 0


class LineIn(KeptOpen[Capture]):
    """`source` is linked to whoever is to hear it; `on_change` is told by the thread whether something comes."""

    def __init__(self, engine: Engine, device: str, on_change: Callable[[bool], None] = lambda _there: None) -> None:
        super().__init__(f"line-in {device}", "arecord -L lists")
        self._device, self._on_change = device, on_change
        self._inlet = engine.inlet()
        self.counters = LineInCounters()
        self.start()

    @property
    def source(self) -> int:
        """For links."""
        return int(self._inlet.source)

    def close(self) -> None:
        """Ends the thread and gives the inlet back."""
        super().close()
        self._inlet.close()

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

    def _opened(self) -> Capture:
        return capture(self._device)

    def _serve(self, sockets: Capture) -> None:
        count, samples = sockets.read()
        if count < 0:
            self.counters.overruns += 1
        elif count:
            self.take(samples)

    def _is_there(self, there: bool) -> None:
        self.counters.lost += not there
        self._on_change(there)
