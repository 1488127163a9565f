"""The core as Python objects. An `Engine` owns one core with its card, and hands out ports, players, recorders, taps,
inlets.

Orders are posted at once and applied at the next tick; each returns an `Order` that may be awaited (it raises
`CoreError` when the core refuses) or left alone: a refusal that nobody awaits is counted and logged. News arrives
through `Port.on_event`, `Player.done` and `Recorder.done`.
"""

import asyncio
import errno
import logging
import os
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from drivers.binding._core import ffi, lib
from drivers.binding.convert import fields_of, fill_plan, port_event
from drivers.binding.events import Kind
from drivers.binding.orders import CoreError, Order, check
from drivers.binding.plan import Plan
from drivers.binding.players import Player
from drivers.binding.ports import Port
from drivers.binding.recorders import Inlet, Recorder, Tap
from drivers.binding.trace import TraceFile

__all__ = ["RATE", "CoreError", "Ears", "Engine", "Inlet", "Order", "Player", "Port", "Recorder", "Tap"]

log = logging.getLogger(__name__)

TAPS = 16
TAKE = 64  # events taken from the ring at once
RATE: int = lib.LC_RATE


class LiveSource(Protocol):
    """Sound that comes from outside the card; `source` is linked while something is `there`."""

    @property
    def source(self) -> int: ...
    @property
    def there(self) -> bool: ...


class LiveSink(Protocol):
    """Where sound goes to outside the card; something linked to `sink` is heard while it is `there`."""

    @property
    def sink(self) -> int: ...
    @property
    def there(self) -> bool: ...


class Ears:
    """A headset's end of its port: what its microphone gives, what its ears get (drivers/cards/sound). Each method by
    one thread at a time, and none once the engine is closed."""

    def __init__(self, card: Any, index: int, port: Port) -> None:
        self.port = port
        port.hybrid = False
        self._card, self._index = card, index
        self._block = ffi.new("int16_t[]", lib.LC_TICK_SAMPLES_MAX)

    def plug(self, there: bool) -> None:
        """The headset is there, while nobody `hear`s, or was unplugged: any thread."""
        check(lib.lc_headset_plug(self._card, self._index, int(there)), f"plug {self.port.name}")

    def say(self, samples: bytes) -> None:
        """From its microphone: 8 kHz, mono, 16-bit. What there is no room for is left out and counted."""
        pointer = ffi.from_buffer("int16_t[]", samples)
        check(lib.lc_headset_say(self._card, self._index, pointer, len(samples) // 2), f"say by {self.port.name}")

    def hear(self, count: int) -> bytes:
        """What its ears get: `count` samples, 20 ms at most."""
        check(lib.lc_headset_hear(self._card, self._index, self._block, count), f"hear by {self.port.name}")
        return bytes(ffi.buffer(self._block, 2 * count))

    def counters(self) -> dict[str, int]:
        """What was left out, inserted and lost (`struct lc_headset_counters`)."""
        out = ffi.new("struct lc_headset_counters *")
        check(lib.lc_headset_counters_get(self._card, self._index, out), f"count {self.port.name}")
        return fields_of(out)


def _with_headsets(card: Any, channels: int, headsets: int) -> Any:
    error = ffi.new("int *")
    whole = lib.lc_headsets_new(card, channels, headsets, error)
    if whole == ffi.NULL:
        raise CoreError(-error[0], f"cannot add {headsets} headsets to {channels} ports: {os.strerror(-error[0])}")
    return whole


class Engine:
    """One core with its card. `ports` are in board order, the names of `headsets` at the box's own sockets behind them;
    `ears` are those headsets, for who reads and writes the sockets. `close()` twice is fine."""

    def __init__(self, card: Any, ports: Sequence[tuple[Literal["fxo", "fxs"], str]], plan: Plan, *, tick_ms: int = 10,
                 players: int = 32, recorders: int = 16, inlets: int = 0, record_sync_ms: int = 300,
                 cancel_echo: bool = False, echo_delay_ms: int = 0, headsets: Sequence[str] = (),
                 trace: TraceFile | None = None) -> None:  # fmt: skip
        channels = len(ports)
        if headsets:
            card = _with_headsets(card, channels, len(headsets))
            ports = [*ports, *(("fxs", name) for name in headsets)]
        config = ffi.new("struct lc_config *")
        config.ports = len(ports)
        config.players, config.recorders, config.taps, config.inlets = players, recorders, TAPS, inlets
        config.tick_samples = tick_ms * RATE // 1000
        config.record_sync_ms = record_sync_ms
        config.echo_delay_ms = echo_delay_ms
        for index, (kind, _) in enumerate(ports):
            config.port_kind[index] = lib.LC_FXO if kind == "fxo" else lib.LC_FXS
            config.channel[index] = index
        fill_plan(config.plan, plan)
        self._spy: Any = None if trace is None else trace.spy(card, config, ports, plan)
        error = ffi.new("int *")
        self.core: Any = lib.lc_core_new(config, self._spy or card, error)
        if self.core == ffi.NULL:
            raise CoreError(-error[0], f"cannot start the core: {os.strerror(-error[0])}")
        self.plan = plan
        self.tick_ms = tick_ms
        self.cancels_echo = cancel_echo  # or the card does, or nobody
        self.line_in: LiveSource | None = None  # what callers on hold hear in place of the music
        self.loudspeaker: LiveSink | None = None  # of overhead paging
        self.ports = [Port(self, index, kind, name) for index, (kind, name) in enumerate(ports)]
        self.ears = [Ears(card, index, port) for index, port in enumerate(self.ports[channels:])]
        self.players_free = deque(range(players))
        self.recorders_free = deque(range(recorders))
        self.taps_free = deque(range(TAPS))
        self.inlets_free = deque(range(inlets))
        self.orders_refused = 0
        self.handler_errors = 0  # news that whoever listens to a port could not deal with; each is logged
        self._players: dict[int, Player] = {}
        self._recorders: dict[int, Recorder] = {}
        self._waiting: dict[int, tuple[Order, Player | Recorder | None]] = {}
        self._backlog: deque[Any] = deque()
        self._seq = 0
        self._events = ffi.new("struct lc_event[]", TAKE)
        self._reader: tuple[asyncio.AbstractEventLoop, int] | None = None

    # -- orders ------------------------------------------------------------------------------------

    def player(self) -> Player:
        """Takes a free player; CoreError ENOBUFS when all are in use."""
        index = self._take(self.players_free, "player")
        self._players[index] = player = Player(self, index)
        return player

    def recorder(self) -> Recorder:
        """Takes a free recorder; CoreError ENOBUFS when all are in use."""
        index = self._take(self.recorders_free, "recorder")
        self._recorders[index] = recorder = Recorder(self, index)
        return recorder

    def tap(self) -> Tap:
        """Takes a free tap; CoreError ENOBUFS when all are in use."""
        return Tap(self, self._take(self.taps_free, "tap"))

    def inlet(self) -> Inlet:
        """Takes a free inlet; CoreError ENOBUFS when all are in use."""
        return Inlet(self, self._take(self.inlets_free, "inlet"))

    def link(self, source: int, sink: int, gain_db: float = 0.0) -> Order:
        """Adds `source` to what `sink` hears, or changes its gain smoothly."""
        return self.post(f"link {source:#x} to {sink:#x}", lib.LC_CMD_LINK, source=source, sink=sink, gain_db=gain_db)

    def unlink(self, source: int, sink: int) -> Order:
        """Takes `source` out of what `sink` hears."""
        return self.post(f"unlink {source:#x} from {sink:#x}", lib.LC_CMD_UNLINK, source=source, sink=sink)

    def bridge(self, one: Port, other: Port) -> None:
        """Lets two ports hear each other."""
        self.link(one.source, other.sink)
        self.link(other.source, one.sink)

    def unbridge(self, one: Port, other: Port) -> None:
        """Ends a bridge."""
        self.unlink(one.source, other.sink)
        self.unlink(other.source, one.sink)

    def post(self, what: str, kind: int, **fields: Any) -> Order:
        """Posts a command of linecard.h; used by the classes above."""
        order = Order(what)
        self._waiting[self._send(kind, fields)] = (order, None)
        return order

    def post_for(self, owner: Player | Recorder, what: str, kind: int, **fields: Any) -> int:
        """Posts a command whose refusal its owner is told of; gives its sequence number."""
        seq = self._send(kind, fields)
        self._waiting[seq] = (Order(what), owner)
        return seq

    # -- news --------------------------------------------------------------------------------------

    def drain(self) -> int:
        """Takes all waiting events and hands them out; how many."""
        total = 0
        while count := lib.lc_event_take(self.core, self._events, TAKE):
            total += int(count)
            for index in range(count):
                self._dispatch(self._events[index])
        self._flush()
        return total

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Real time: reads events when the core's eventfd says so."""
        fd = lib.lc_event_fd(self.core)
        loop.add_reader(fd, self._readable, fd)
        self._reader = (loop, fd)

    def counters(self) -> dict[str, int]:
        """What was done, late or lost (`struct lc_counters`), and orders refused; of a trace, if one is written."""
        out = ffi.new("struct lc_counters *")
        lib.lc_counters_get(self.core, out)
        counted = fields_of(out) | {
            "orders_refused": self.orders_refused, "handler_errors": self.handler_errors,
        }  # fmt: skip
        if self._spy is not None:
            spied = ffi.new("struct lc_spy_counters *")
            lib.lc_spy_counters_get(self._spy, spied)
            counted |= fields_of(spied)
        return counted

    @property
    def tick(self) -> int:
        """Ticks made so far."""
        return int(lib.lc_tick_count(self.core))

    @property
    def bytes(self) -> int:
        """Memory of the core."""
        return int(lib.lc_core_bytes(self.core))

    def close(self) -> None:
        """Frees the core; recordings under way are closed properly."""
        if self._reader is not None:
            loop, fd = self._reader
            if not loop.is_closed():
                loop.remove_reader(fd)
            self._reader = None
        if self.core != ffi.NULL:
            core, self.core, self._spy = self.core, ffi.NULL, None  # the spy ends with the core
            lib.lc_core_free(core)

    # -- inside ------------------------------------------------------------------------------------

    def _take(self, free: "deque[int]", what: str) -> int:
        if not free:
            raise CoreError(errno.ENOBUFS, f"no free {what}: all are in use")
        return free.popleft()

    def _send(self, kind: int, fields: dict[str, Any]) -> int:
        if self.core == ffi.NULL:
            raise ValueError("the engine is closed")
        self._seq = (self._seq % 0xFFFFFFFF) + 1
        command = ffi.new("struct lc_command *")
        command.seq, command.kind = self._seq, kind
        for name, value in fields.items():
            setattr(command, name, value)
        self._backlog.append(command)
        self._flush()
        return self._seq

    def _flush(self) -> None:
        while self._backlog and lib.lc_command_post(self.core, self._backlog[0]) == 0:
            self._backlog.popleft()

    def _readable(self, fd: int) -> None:
        os.eventfd_read(fd)
        self.drain()

    def _dispatch(self, event: Any) -> None:
        kind = event.kind
        if kind == Kind.ACK:
            self._acknowledge(event.seq, -event.value)
        elif kind == Kind.PLAY_DONE:
            self._players[event.slot].ended(event.seq, event.value, event.extra)
        elif kind == Kind.RECORD_DONE:
            self._recorders[event.slot].ended(event.seq, event.value, event.extra)
        elif kind == Kind.RECORD_ERROR:
            self._recorders[event.slot].failed(event.value)
        elif kind == Kind.RECORD_GAP:
            self._recorders[event.slot].left_out(event.seq, event.value, event.extra)
        else:
            try:
                self.ports[event.slot].heard(port_event(event))
            except Exception:  # one port's trouble is not the others'
                self.handler_errors += 1
                log.exception("news of %s", self.ports[event.slot].name)

    def _acknowledge(self, seq: int, error: int) -> None:
        order, owner = self._waiting.pop(seq)
        awaited = order.settle(error)
        if not error:
            return
        if owner is not None:
            owner.refused(seq, CoreError(error, f"{order.what}: {os.strerror(error)}"))
        elif not awaited:
            self.orders_refused += 1
            log.warning("the core refused: %s: %s", order.what, os.strerror(error))
