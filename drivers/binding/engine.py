"""The core as Python objects: engine, ports, players, recorders, links.

An `Engine` owns one core with its card. Orders are posted at once and applied at the next tick; each returns
an `Order` that may be awaited (it raises `CoreError` when the core refuses) or left alone: a refusal that
nobody awaits is counted and logged. News arrives through `Port.on_event`, `Player.done` and `Recorder.done`.
"""

import asyncio
import errno
import logging
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from drivers.binding._core import ffi, lib
from drivers.binding.convert import fill_plan
from drivers.binding.events import Ear, Feed, How, Kind, Played, PortEvent, Recorded
from drivers.binding.plan import Plan

log = logging.getLogger(__name__)

TAPS = 16
NEWS_PRIORITY = 10  # of the thread that reads events: below the media thread's 50 (drivers/core/media.c)
TAKE = 64  # events taken from the ring at once
RATE: int = lib.LC_RATE
TEXT_MOST: int = lib.LC_COMMAND_TEXT - 1


class CoreError(OSError):
    """The core refused: `errno`, and words that name the operation and the port."""


class Order:
    """A command on its way. Awaiting it gives None once the core has applied it, or raises CoreError."""

    __slots__ = ("_waiter", "error", "what")

    def __init__(self, what: str) -> None:
        self.what = what
        self.error: int | None = None
        self._waiter: asyncio.Future[None] | None = None

    def settle(self, error: int) -> bool:
        """Called once by the engine; tells whether somebody awaits it."""
        self.error = error
        if self._waiter is None:
            return False
        if not self._waiter.done():
            if error:
                self._waiter.set_exception(self._exception())
            else:
                self._waiter.set_result(None)
        return True

    def _exception(self) -> CoreError:
        return CoreError(self.error or 0, f"{self.what}: {os.strerror(self.error or 0)}")

    def __await__(self) -> Generator[Any, None, None]:
        if self.error is None:
            self._waiter = asyncio.get_running_loop().create_future()
            yield from self._waiter
        elif self.error:
            raise self._exception()


class Port:
    """One jack. `source` is what it receives, `sink` what it transmits; `on_event` gets its news."""

    def __init__(self, engine: "Engine", index: int, kind: Literal["fxo", "fxs"], name: str) -> None:
        self.engine = engine
        self.index = index
        self.kind = kind
        self.name = name
        self.source = self.sink = lib.LC_END_PORT | index
        self.on_event: Callable[[PortEvent], None] | None = None
        self._ears = Ear.NONE
        self._on_voice: Callable[[bool], None] | None = None

    def seize(self) -> Order:
        """FXO: goes off-hook: answers a ringing line or takes an idle one."""
        return self._post("go off-hook", lib.LC_CMD_HOOK, a=1)

    def release(self) -> Order:
        """FXO: goes on-hook."""
        return self._post("go on-hook", lib.LC_CMD_HOOK, a=0)

    def flash(self, ms: int) -> Order:
        """FXO, off-hook: opens the loop for `ms` (40 to 1,500)."""
        return self._post("flash", lib.LC_CMD_HOOK, a=0, b=ms)

    def pulses(self, digits: str) -> Order:
        """FXO, off-hook: dials 0-9 by breaking the loop; ',' pauses 1 s. Kind.PULSED tells when it has ended."""
        return self._post("dial by pulses", lib.LC_CMD_PULSE, text=_text(digits))

    def ring(
        self,
        number: str = "",
        name: str = "",
        withheld: Literal["private", "unavailable"] | None = None,
        time: str = "",
    ) -> Order:
        """FXS: rings with the plan's cadence and sends caller id, unless number, name and withheld are all empty.
        `time` goes with it where the scheme can carry it: MMDDHHMM."""
        code = {None: 0, "private": 1, "unavailable": 2}[withheld]
        return self._post("ring", lib.LC_CMD_RING, a=1, b=code, text=_text(number, name, time))

    def stop_ring(self) -> Order:
        """FXS: stops ringing."""
        return self._post("stop ringing", lib.LC_CMD_RING, a=0)

    def feed(self, feed: Feed, ms: int = 0) -> Order:
        """FXS: normal, reversed or no battery; after `ms` back to normal, 0 stays."""
        return self._post(f"feed {feed.name.lower()}", lib.LC_CMD_FEED, a=int(feed), b=ms)

    def listen(self, ears: Ear) -> Order:
        """Replaces the set of detectors that listen on this port."""
        self._ears = ears
        voice = Ear.NONE if self._on_voice is None else Ear.VOICE
        return self._post("listen", lib.LC_CMD_LISTEN, a=int(ears | voice))

    def tell_voice(self, to: Callable[[bool], None] | None) -> None:
        """Tells `to` when a voice begins (True) and ends, whatever `listen` says; None: no more."""
        self._on_voice = to
        self.listen(self._ears)

    def heard(self, event: PortEvent) -> None:
        """News from the core: for `on_event`, and voice for whom `tell_voice` named."""
        if event.kind is Kind.VOICE and self._on_voice is not None:
            self._on_voice(bool(event.value))
        if self.on_event is not None:
            self.on_event(event)

    def echo(self, cancel: bool) -> None:
        """Takes our own signal out of what comes back, if that is the engine's work; off for fax and modems."""
        if self.engine.cancels_echo:
            self._post("cancel echo", lib.LC_CMD_ECHO, a=int(cancel))

    def gain(self, receive_db: float | None = None, transmit_db: float | None = None) -> None:
        """Changes the port's gains, -40 to +20 dB."""
        for direction, value in ((0, receive_db), (1, transmit_db)):
            if value is not None:
                self._post("set the gain", lib.LC_CMD_GAIN, a=direction, gain_db=value)

    def clear(self) -> Order:
        """Removes every link from and to this port."""
        return self.engine.post(f"clear {self.name}", lib.LC_CMD_CLEAR, source=self.source)

    def level(self) -> tuple[float, float]:
        """Receive and transmit level of the last moment, dBm0."""
        out = ffi.new("float[2]")
        _check(lib.lc_port_level(self.engine.core, self.index, out, out + 1), f"level of {self.name}")
        return out[0], out[1]

    def _post(self, what: str, kind: int, **fields: Any) -> Order:
        return self.engine.post(f"{what}, {self.name}", kind, slot=self.index, **fields)


class Player:
    """A source of prompts, tones or digits. A new start replaces what plays; `done` tells how the last one ended."""

    AHEAD: int = lib.LC_PARTS_MAX  # files of a list that the core holds ready behind the one that plays

    def __init__(self, engine: "Engine", index: int) -> None:
        self.engine = engine
        self.index = index
        self.source = lib.LC_END_PLAYER | index
        self.done: asyncio.Future[Played] | None = None
        self._parts: list[int] = []  # sequence numbers of what the core has, in order
        self._rest: deque[bytes] = deque()  # files it does not have yet
        self._ms = 0
        self._gain_db = 0.0
        self._closed = False

    def file(self, path: str | os.PathLike[str], repeat: bool = False) -> "asyncio.Future[Played]":
        """Plays a WAV (8 kHz, mono, 16-bit); the result, or CoreError, comes when it ends."""
        return self._start(f"play {path}", lib.LC_CMD_PLAY_FILE, a=int(repeat), text=_path(path))

    def files(self, paths: Sequence[str | os.PathLike[str]]) -> "asyncio.Future[Played]":
        """Plays WAVs one after the other without a gap. A file that cannot be played ends the list: CoreError."""
        rest = deque(map(_path, paths))
        if not rest:
            raise ValueError("no files to play")
        first = rest.popleft()
        done = self._start(f"play {os.fsdecode(first)}", lib.LC_CMD_PLAY_FILE, text=first)
        self._rest = rest
        self._feed()
        return done

    def tone(self, name: str, ms: int = 0) -> "asyncio.Future[Played]":
        """Plays a tone of the country's plan for `ms`; 0: until stopped. KeyError: the country has no such tone."""
        index = self.engine.plan.tone_index(name)
        return self._start(f"play tone {name}", lib.LC_CMD_PLAY_TONE, a=index, b=ms)

    def digits(self, digits: str) -> "asyncio.Future[Played]":
        """Sends DTMF digits 0-9 * # A-D; ',' pauses 500 ms."""
        return self._start(f"send digits {digits}", lib.LC_CMD_PLAY_DIGITS, text=digits.encode())

    def pause(self) -> Order:
        """Holds what plays where it is; CoreError ENOENT if nothing does."""
        return self.engine.post(f"pause player {self.index}", lib.LC_CMD_PLAY_PAUSE, slot=self.index, a=1)

    def resume(self) -> Order:
        """Goes on after `pause`."""
        return self.engine.post(f"resume player {self.index}", lib.LC_CMD_PLAY_PAUSE, slot=self.index, a=0)

    def seek(self, ms: int) -> Order:
        """Jumps to `ms` from the beginning of the file that plays; past its end it ends."""
        return self.engine.post(f"seek player {self.index}", lib.LC_CMD_PLAY_SEEK, slot=self.index, a=ms)

    def gain(self, gain_db: float) -> Order:
        """Louder or softer, -40 to +20 dB, smoothly."""
        self._gain_db = gain_db
        what = f"set the gain of player {self.index}"
        return self.engine.post(what, lib.LC_CMD_PLAY_GAIN, slot=self.index, gain_db=gain_db)

    def stop(self) -> Order:
        """Ends what plays and what waits; fine when nothing does."""
        self._rest.clear()
        return self.engine.post(f"stop player {self.index}", lib.LC_CMD_PLAY_STOP, slot=self.index)

    def close(self) -> None:
        """Stops, removes the links and gives the player back. Twice is fine."""
        if not self._closed:
            self._closed = True
            self.stop()
            if self._gain_db:
                self.gain(0)
            self.engine.post(f"clear player {self.index}", lib.LC_CMD_CLEAR, source=self.source)
            self._finish(Played(self._ms, True))
            self.engine.players_free.append(self.index)

    def __enter__(self) -> "Player":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, what: str, kind: int, **fields: Any) -> "asyncio.Future[Played]":
        if self._closed:
            raise ValueError(f"{what}: the player is closed")
        self._finish(Played(self._ms, True))
        self._ms = 0
        self.done = done = asyncio.get_running_loop().create_future()
        self._parts = [self.engine.post_for(self, what, kind, slot=self.index, **fields)]
        return done

    def _feed(self) -> None:
        while self._rest and len(self._parts) <= self.AHEAD:
            path = self._rest.popleft()
            what = f"play {os.fsdecode(path)}"
            seq = self.engine.post_for(self, what, lib.LC_CMD_PLAY_FILE, slot=self.index, b=1, text=path)
            self._parts.append(seq)

    def refused(self, seq: int, error: CoreError) -> None:
        """The core would not start it."""
        if seq in self._parts:
            self._fail(error)

    def ended(self, seq: int, value: int, ms: int) -> None:
        """LC_EV_PLAY_DONE of the command `seq`; news of an earlier start is history."""
        if seq not in self._parts:
            return
        self._parts.remove(seq)
        self._ms += ms
        if value < 0:
            self._fail(CoreError(-value, f"player {self.index}: {os.strerror(-value)}"))
        elif value == 1:
            self._finish(Played(self._ms, True))
        elif self._parts or self._rest:
            self._feed()
        else:
            self._finish(Played(self._ms, False))

    def _fail(self, error: CoreError) -> None:
        done = self.done
        if self._parts and not self._closed:
            self.stop()
        self._parts, self._rest = [], deque()
        if done is not None and not done.done():
            done.set_exception(error)

    def _finish(self, how: Played) -> None:
        self._parts, self._rest = [], deque()
        if self.done is not None and not self.done.done():
            self.done.set_result(how)


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
        self._seq = self.engine.post_for(self, f"record {path}", lib.LC_CMD_RECORD, slot=self.index, text=_path(path))

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
        count = _check(
            lib.lc_tap_read(self.engine.core, self.index, self._buffer, lib.LC_TAP_SAMPLES), f"read tap {self.index}"
        )
        return bytes(ffi.buffer(self._buffer, 2 * count))

    def close(self) -> None:
        """Removes the links and gives the tap back, empty. Twice is fine."""
        if not self._closed:
            self._closed = True
            self.engine.post(f"clear tap {self.index}", lib.LC_CMD_CLEAR, source=self.sink)
            self.engine.taps_free.append(self.index)

    def __enter__(self) -> "Tap":
        self.read()  # what the last owner left
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Engine:
    """One core with its card. `ports` are in board order. `close()` twice is fine."""

    def __init__(self, card: Any, ports: Sequence[tuple[Literal["fxo", "fxs"], str]], plan: Plan, *, tick_ms: int = 10,
                 players: int = 32, recorders: int = 16, record_sync_ms: int = 500, cancel_echo: bool = False,
                 echo_delay_ms: int = 0) -> None:  # fmt: skip
        config = ffi.new("struct lc_config *")
        config.ports = len(ports)
        config.players, config.recorders, config.taps = players, recorders, TAPS
        config.tick_samples = tick_ms * RATE // 1000
        config.record_sync_ms = record_sync_ms
        config.echo_delay_ms = echo_delay_ms
        for index, (kind, _) in enumerate(ports):
            config.port_kind[index] = lib.LC_FXO if kind == "fxo" else lib.LC_FXS
            config.channel[index] = index
        fill_plan(config.plan, plan)
        error = ffi.new("int *")
        self.core: Any = lib.lc_core_new(config, card, error)
        if self.core == ffi.NULL:
            raise CoreError(-error[0], f"cannot start the core: {os.strerror(-error[0])}")
        self.plan = plan
        self.tick_ms = tick_ms
        self.cancels_echo = cancel_echo  # or the card does, or nobody
        self.ports = [Port(self, index, kind, name) for index, (kind, name) in enumerate(ports)]
        self.players_free = deque(range(players))
        self.recorders_free = deque(range(recorders))
        self.taps_free = deque(range(TAPS))
        self.orders_refused = 0
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
        """What was done, late or lost (`struct lc_counters`), and orders refused."""
        out = ffi.new("struct lc_counters *")
        lib.lc_counters_get(self.core, out)
        names = [name for name, _ in ffi.typeof("struct lc_counters").fields]
        return {name: int(getattr(out, name)) for name in names} | {"orders_refused": self.orders_refused}

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
            core, self.core = self.core, ffi.NULL
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
            port = self.ports[event.slot]
            text = bytes(ffi.buffer(event.text)).rstrip(b"\0").split(b"\0")
            words = tuple(part.decode("utf-8", "replace") for part in text)
            port.heard(PortEvent(event.tick, event.at, Kind(kind), event.slot, event.value, event.extra, words))

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


def step(engines: Iterable[Engine], most: int) -> int:
    """Virtual time: ticks the engines in turn until one has events or `most` ticks are made; ticks made."""
    cores = [engine.core for engine in engines]
    return int(lib.lc_step(ffi.new("struct lc_core *[]", cores), len(cores), most))


class Media:
    """Real time: the media and I/O threads over some engines. `fifo` and `locked` tell what was permitted.

    The thread that makes it is the one that reads the news: until `close` it runs before ordinary processes, too,
    where permitted, so that a busy neighbour does not keep a caller waiting. Its children do not.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        cores = ffi.new("struct lc_core *[]", [engine.core for engine in engines])
        result = ffi.new("int *")
        self._media: Any = lib.lc_media_start(cores, len(engines), result)
        if self._media == ffi.NULL:
            raise CoreError(-result[0], f"cannot start the media thread: {os.strerror(-result[0])}")
        self.fifo = bool(result[0] & 1)
        self.locked = bool(result[0] & 2)
        if self.fifo:
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(NEWS_PRIORITY))

    def close(self) -> None:
        """Ends both threads; in the thread that made it. Twice is fine."""
        media, self._media = self._media, ffi.NULL
        lib.lc_media_stop(media)
        if media != ffi.NULL and self.fifo:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _text(*parts: str) -> bytes:
    """Parts with a NUL after each; what does not fit is a ValueError."""
    text = b"".join(part.encode() + b"\0" for part in parts)
    if len(text) > TEXT_MOST:
        raise ValueError(f"{parts!r} is too long: {len(text)} bytes, at most {TEXT_MOST}")
    return text


def _path(path: str | os.PathLike[str]) -> bytes:
    raw = os.fsencode(path)
    if len(raw) > TEXT_MOST:
        raise ValueError(f"path too long for the core ({len(raw)} bytes, at most {TEXT_MOST}): {path}")
    return raw


def _check(result: int, what: str) -> int:
    if result < 0:
        raise CoreError(-result, f"{what}: {os.strerror(-result)}")
    return result
