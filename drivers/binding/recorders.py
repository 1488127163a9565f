"""Where sound goes and comes from besides ports: recorders into files, taps into Python, inlets out of it."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.binding._core import ffi, lib
from drivers.binding.events import How, Recorded
from drivers.binding.orders import CoreError, Order, c_path, check

if TYPE_CHECKING:
    from drivers.binding.engine import Engine


class Recorder:
    """Writes one stereo WAV; link ports to `left` and `right`."""

    def __init__(self, engine: "Engine", index: int) -> None:
        self.engine = engine
        self.index = index
        self.left = lib.LC_END_LEFT | index
        self.right = lib.LC_END_RIGHT | index
        self.path: Path | None = None
        self.done: asyncio.Future[Recorded] | None = None
        self.on_error: Callable[[int], None] | None = None  # positive errno, once; it goes on trying
        self.on_gap: Callable[[int, int], None] | None = None  # ms left out after STILL, ms in the file before
        self._seq = 0

    def start(self, path: str | os.PathLike[str]) -> None:
        """Begins a new file; `on_error` is told if it cannot be written."""
        self.path = Path(path)
        self.done = asyncio.get_running_loop().create_future()
        self._seq = self.engine.post_for(self, f"record {path}", lib.LC_CMD_RECORD, slot=self.index, text=c_path(path))

    def how(self, how: How) -> Order:
        """Records silence, stands still, or both; PLAIN goes on. Told by `on_gap` what was left out."""
        what = f"change how recorder {self.index} records"
        return self.engine.post(what, lib.LC_CMD_RECORD_HOW, slot=self.index, a=int(how))

    async def stop(self) -> Recorded:
        """Closes the file and gives the recorder back."""
        if self.done is None:
            raise ValueError("the recorder was never started")
        if not self.done.done():  # a recorder that ended by itself may be somebody else's by now
            self.engine.post(f"stop recorder {self.index}", lib.LC_CMD_RECORD_STOP, slot=self.index)
        return await asyncio.shield(self.done)

    def refused(self, seq: int, error: CoreError) -> None:
        """The core would not start it."""
        self.ended(seq, -(error.errno or 1), 0)

    def failed(self, value: int) -> None:
        """LC_EV_RECORD_ERROR: the file cannot be written just now."""
        if self.on_error is not None:
            self.on_error(-value)

    def left_out(self, seq: int, ms: int, at_ms: int) -> None:
        """LC_EV_RECORD_GAP."""
        if seq == self._seq and self.on_gap is not None:
            self.on_gap(ms, at_ms)

    def ended(self, seq: int, value: int, ms: int) -> None:
        """LC_EV_RECORD_DONE."""
        if seq == self._seq and self.done is not None and not self.done.done():
            self.done.set_result(Recorded(ms, -value))
            self.engine.recorders_free.append(self.index)


class Tap:
    """Samples for Python: link sources to `sink`, then `read` at least once a second; `close` gives it back."""

    def __init__(self, engine: "Engine", index: int) -> None:
        self.engine = engine
        self.index = index
        self.sink = lib.LC_END_TAP | index
        self._buffer = ffi.new("int16_t[]", lib.LC_TAP_SAMPLES)
        self._closed = False

    def read(self) -> bytes:
        """What has come since the last read: 8 kHz, mono, 16-bit; empty while nothing is linked."""
        count = check(
            lib.lc_tap_read(self.engine.core, self.index, self._buffer, lib.LC_TAP_SAMPLES), f"read tap {self.index}"
        )
        return bytes(ffi.buffer(self._buffer, 2 * count))

    def clear(self) -> Order:
        """Removes the links."""
        return self.engine.post(f"clear tap {self.index}", lib.LC_CMD_CLEAR, source=self.sink)

    def close(self) -> None:
        """Removes the links and gives the tap back, empty. Twice is fine."""
        if not self._closed:
            self._closed = True
            self.clear()
            self.engine.taps_free.append(self.index)

    def __enter__(self) -> "Tap":
        self.read()  # what the last owner left
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Inlet:
    """Samples from Python: link `source` to sinks, then `put` what is to be said; `close` gives it back."""

    HOLDS: int = lib.LC_INLET_SAMPLES

    def __init__(self, engine: "Engine", index: int) -> None:
        self.engine = engine
        self.index = index
        self.source = lib.LC_END_INLET | index
        self._closed = False

    def put(self, samples: bytes) -> int:
        """Says these samples (8 kHz, mono, 16-bit, native order) after those that wait; how many were taken, fewer than
        given once HOLDS wait."""
        pointer = ffi.from_buffer("int16_t[]", samples)
        return check(
            lib.lc_inlet_put(self.engine.core, self.index, pointer, len(samples) // 2), f"say by inlet {self.index}"
        )

    @property
    def waiting(self) -> int:
        """Samples that are not said yet."""
        return check(lib.lc_inlet_fill(self.engine.core, self.index), f"look at inlet {self.index}")

    def close(self) -> None:
        """Removes the links and gives the inlet back; what still waits is said to nobody. Twice is fine."""
        if not self._closed:
            self._closed = True
            self.engine.post(f"clear inlet {self.index}", lib.LC_CMD_CLEAR, source=self.source)
            self.engine.inlets_free.append(self.index)
