"""Traces: all that passes between a core and its card, written into a file, and lived through again from one."""

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from drivers.binding._core import ffi, lib
from drivers.binding.convert import fill_plan, port_event
from drivers.binding.events import PortEvent
from drivers.binding.orders import CoreError, c_path
from drivers.binding.plan import Plan

TICK_NEWS = 1024  # events of one tick: the core's ring holds no more

WORDS = {
    errno.EBADMSG: "it is no trace",
    errno.EPROTONOSUPPORT: "it was written by a newer version",
    errno.EPROTO: "its head is damaged",
    errno.EFBIG: "it is longer than 2 GB",
    errno.EOVERFLOW: f"it has more than {lib.LC_PORTS_MAX // 2} ports",
}


class PortNote(BaseModel):
    """A port of the board that the trace was written on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["fxo", "fxs"]
    name: str


class Notes(BaseModel):
    """What a trace's head tells besides the format's own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: str
    plan: Plan
    ports: tuple[PortNote, ...]


@dataclass(frozen=True, slots=True)
class TraceFile:
    """Where an engine's trace is written: a new file of at most `most` bytes. `version`: of the box."""

    path: Path
    version: str
    most: int = 1 << 30

    def spy(self, card: Any, config: Any, ports: Sequence[tuple[Literal["fxo", "fxs"], str]], plan: Plan) -> Any:
        """The card as seen through the spy; CoreError when the file cannot be made."""
        notes = Notes(
            version=self.version, plan=plan, ports=tuple(PortNote(kind=kind, name=name) for kind, name in ports)
        )
        error = ffi.new("int *")
        text = notes.model_dump_json().encode()
        spy = lib.lc_spy_new(card, config, c_path(self.path), text, self.most, error)
        if spy == ffi.NULL:
            raise CoreError(-error[0], f"cannot write the trace {self.path}: {os.strerror(-error[0])}")
        return spy


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick of a replay: what the core tells now, and what the trace says was told then."""

    now: tuple[PortEvent, ...]
    then: tuple[PortEvent, ...]


class Trace:
    """A trace read into memory. CoreError in words when it cannot be. `close()` twice is fine."""

    def __init__(self, path: Path) -> None:
        error = ffi.new("int *")
        self._trace: Any = ffi.NULL
        self._replay: Any = ffi.NULL
        self._trace = lib.lc_trace_open(os.fsencode(path), error)
        if self._trace == ffi.NULL:
            raise _refused(path, -error[0])
        info = ffi.new("struct lc_trace_info *")
        lib.lc_trace_info_get(self._trace, info)
        self.path = path
        self.tick_ms = int(info.tick_samples) * 1000 // lib.LC_RATE
        self.ticks, self.missing = int(info.ticks), int(info.missing)
        self.bytes, self.sound = int(info.bytes), int(info.sound)
        try:
            self.notes = Notes.model_validate_json(bytes(ffi.buffer(info.notes, info.notes_bytes)), strict=False)
        except ValidationError as wrong:
            self.close()
            raise CoreError(errno.EPROTO, f"{path}: its notes make no sense: {wrong.errors()[0]['msg']}") from wrong

    def replay(self, plan: Plan | None = None) -> Iterator[Tick]:
        """Lives through the trace, once, by its own plan or another one."""
        if self._trace == ffi.NULL:
            raise ValueError("a trace is replayed once")
        filled = ffi.new("struct lc_plan *")
        fill_plan(filled, plan or self.notes.plan)
        error = ffi.new("int *")
        trace, self._trace = self._trace, ffi.NULL
        self._replay = lib.lc_replay_new(trace, filled, error)
        if self._replay == ffi.NULL:
            raise _refused(self.path, -error[0])
        events = ffi.new("struct lc_event[]", TICK_NEWS)
        told = ffi.new("struct lc_event *")
        while (count := lib.lc_replay_tick(self._replay, events, TICK_NEWS)) >= 0:
            then = []
            while lib.lc_replay_told(self._replay, told):
                then.append(port_event(told))
            yield Tick(tuple(port_event(events[index]) for index in range(count)), tuple(then))
        if count != -errno.ENODATA:
            raise _refused(self.path, -count)

    def close(self) -> None:
        """Frees it."""
        trace, self._trace = self._trace, ffi.NULL
        replay, self._replay = self._replay, ffi.NULL
        lib.lc_trace_close(trace)
        lib.lc_replay_free(replay)

    def __enter__(self) -> "Trace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refused(path: Path, error: int) -> CoreError:
    return CoreError(error, f"{path}: {WORDS.get(error, os.strerror(error))}")
