"""A loudspeaker at one of the box's own sound sockets, as a sink of the core. It plays silence until something is
linked."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.binding.alsa import BLOCK_BYTES, KeptOpen, Playback, play, playback
from drivers.binding.engine import Engine

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


class Loudspeaker(KeptOpen[Playback]):
    """`sink` is linked to who is to be heard; `on_change` is told by the thread whether it can be."""

    def __init__(self, engine: Engine, device: str, on_change: Callable[[bool], None] = lambda _there: None) -> None:
        super().__init__(f"loudspeaker {device}", "aplay -L lists")
        self._device, self._on_change = device, on_change
        self._waits = b""
        self._sounds = False
        self._tap = engine.tap()
        self.counters = LoudspeakerCounters()
        self.start()

    @property
    def sink(self) -> int:
        """For links."""
        return int(self._tap.sink)

    def close(self) -> None:
        """Ends the thread and gives the tap back."""
        super().close()
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

    def _opened(self) -> Playback:
        self._tap.read()  # nobody is to hear what came meanwhile
        self._waits, self._sounds = b"", False
        return playback(self._device)

    def _serve(self, sockets: Playback) -> None:
        if not play(sockets, self.next(self._tap.read())):
            self.counters.underruns += 1

    def _is_there(self, there: bool) -> None:
        self.counters.lost += not there
        self._on_change(there)
