"""Records one conversation. Whatever goes wrong with the disk, the call goes on: an alarm and the event tell.

On the left is what the customer says, on the right what the others say, and what the box plays to him.
"""

import asyncio
import errno
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.binding.engine import Engine, Port, Recorder
from drivers.binding.events import How
from firmware.bus import Bus
from firmware.recording.modes import Mode, Moment, begins

ALARM = "recording"
FOLDER = "recordings"
HANGOVER_S = 1.5  # mode "voice": the file runs on for so long after the last voice was told to end


def recording_path(call: str, started: float) -> Path:
    """Where a recording lies below the data directory: recordings/YYYY/MM/DD/<call>.wav, in the box's local time."""
    return day_folder(started) / f"{call}.wav"


def day_folder(at: float) -> Path:
    """The folder of the calls that started on that day, below the data directory."""
    return Path(FOLDER) / time.strftime("%Y/%m/%d", time.localtime(at))


class Recordings:
    """Begins recordings below the data directory; knows those that run, and holds the one alarm of all of them."""

    def __init__(self, engine: Engine, data: Path, bus: Bus, mode: Mode = "talk") -> None:
        self.engine = engine
        self.data = data
        self.bus = bus
        self.mode = mode
        self.running: dict[str, Recording] = {}  # by call
        self._modes: dict[Port, Mode] = {}  # of lines and stations that differ

    def of_port(self, port: Port, *, mode: Mode | None) -> None:
        """What counts for the next conversations at this line or station; None: as for the box."""
        if mode is None:
            self._modes.pop(port, None)
        else:
            self._modes[port] = mode

    def mode_for(self, customer: Port, others: Collection[Port]) -> Mode:
        """The box's, or the customer's own; never where anybody's is never."""
        if any(self._modes.get(port) == "never" for port in (customer, *others)):
            return "never"
        return self._modes.get(customer, self.mode)

    def of(self, call: str, line: int | None, started: float, customer: Port) -> "Recording":
        """The recording of a call, not yet begun; `customer` is the port of the party on the left."""
        if {self.mode, *self._modes.values()} == {"never"}:
            self.bus.alarm_over(ALARM)
        return Recording(self, call, line, started, customer)

    def failed(self, call: str, error: int) -> None:
        """One could not be written."""
        self.bus.publish("alarm.raised", name=ALARM, text=os.strerror(error), call=call)

    def succeeded(self) -> None:
        """One was written whole: the alarm, if there was one, is over."""
        self.bus.alarm_over(ALARM)


class Recording:
    """`reached(...)` as the call goes on, `await close()` always; both are fine when nothing is to be recorded."""

    def __init__(self, room: Recordings, call: str, line: int | None, started: float, customer: Port) -> None:
        self.path: Path | None = None  # below the data directory
        self.paused = False
        self._room = room
        self._call = call
        self._line = line
        self._started = started
        self._left = customer
        self._right: set[Port] = set()
        self._played: set[int] = set()
        self._recorder: Recorder | None = None
        self._error = 0
        self._paused_at = 0.0
        self._mode = room.mode
        self._voice: _Voice | None = None
        self._still_now = False
        self._closed = False
        self._spared = False  # somebody hears it whose conversations are not recorded

    # -- what is heard ---------------------------------------------------------------------------------

    def reached(self, moment: Moment) -> None:
        """The call has come so far: begins the file if the box's mode says so."""
        if self.path is None and not self._closed:
            self._mode = self._room.mode_for(self._left, self._right)
            if begins(self._mode, moment):
                self._start()

    def parties(self, customer: Port, others: Collection[Port]) -> None:
        """From now on the customer is on the left, the others are on the right."""
        if self._recorder is not None:
            for port in self._right - set(others):
                self._deaf(port, self._recorder.right)
            if customer is not self._left:
                self._deaf(self._left, self._recorder.left)
                self._hear(customer, self._recorder.left)
            for port in set(others) - self._right:
                self._hear(port, self._recorder.right)
        self._left, self._right = customer, set(others)
        spared = self.path is not None and self._room.mode_for(customer, others) == "never"
        if spared != self._spared:
            self._spared = spared
            self._pause(paused=spared)

    @contextmanager
    def box_plays(self, source: int) -> Iterator[None]:
        """Inside, what this player plays to the caller is on the right. The player is closed with its links."""
        self._played.add(source)
        if self._recorder is not None:
            self._room.engine.link(source, self._recorder.right)
        try:
            yield
        finally:
            self._played.discard(source)

    # -- payment data ----------------------------------------------------------------------------------

    def pause(self) -> bool:
        """Silence in the place of both parties; the time goes on. False: it was paused already."""
        return self._pause(paused=True)

    def resume(self) -> bool:
        """Both parties are heard again; False: it was not paused."""
        return self._pause(paused=False)

    def _pause(self, *, paused: bool) -> bool:
        if paused == self.paused:
            return False
        self.paused = paused
        self._order()
        now = asyncio.get_running_loop().time()
        if paused:
            self._paused_at = now
            self._publish("call.recording_paused")
        else:
            self._publish("call.recording_resumed", ms=round((now - self._paused_at) * 1000))
        return True

    # -- begin and end ---------------------------------------------------------------------------------

    def _start(self) -> None:
        room, engine = self._room, self._room.engine
        self.path = recording_path(self._call, self._started)
        self._voice = _Voice(self._still) if self._mode == "voice" else None
        target = room.data / self.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            recorder = engine.recorder()
            recorder.on_error = self._failed
            recorder.on_gap = self._gap
            recorder.start(target)
        except (OSError, ValueError) as error:
            self._failed(getattr(error, "errno", None) or errno.ENAMETOOLONG)
        else:
            self._recorder = recorder
            room.running[self._call] = self
            self._link(recorder)
        self._publish("call.recording", path=str(self.path), mode=self._mode)

    def _link(self, recorder: Recorder) -> None:
        engine = self._room.engine
        if self._voice is not None:
            self._still(True)
        self._hear(self._left, recorder.left)
        for source in self._played:
            engine.link(source, recorder.right)
        for port in self._right:
            self._hear(port, recorder.right)

    def _hear(self, port: Port, sink: int) -> None:
        self._room.engine.link(port.source, sink)
        if self._voice is not None:
            self._voice.join(port)

    def _deaf(self, port: Port, sink: int) -> None:
        self._room.engine.unlink(port.source, sink)
        if self._voice is not None:
            self._voice.leave(port)

    async def close(self) -> None:
        """Ends the file and publishes what became of it; from now on there is no other. Twice is fine."""
        self._closed = True
        if self.path is None:
            return
        path, self.path = self.path, None
        self._room.running.pop(self._call, None)
        if self._voice is not None:
            self._voice.close()
        recorder, self._recorder = self._recorder, None
        ms = 0
        if recorder is not None:
            recorded = await recorder.stop()
            ms, self._error = recorded.ms, recorded.error or self._error
        if self._error:
            self._room.failed(self._call, self._error)
        else:
            self._room.succeeded()
        words = os.strerror(self._error) if self._error else None
        self._publish("call.recorded", path=str(path), ms=ms, error=words)

    # -- inside ----------------------------------------------------------------------------------------

    def _still(self, still: bool) -> None:
        self._still_now = still
        self._order()

    def _order(self) -> None:
        if self._recorder is not None and self._recorder.done is not None and not self._recorder.done.done():
            silent = How.SILENT if self.paused else How.PLAIN
            self._recorder.how(silent | (How.STILL if self._still_now else How.PLAIN))

    def _gap(self, ms: int, at_ms: int) -> None:
        self._publish("call.recording_gap", ms=ms, at_ms=at_ms)

    def _failed(self, error: int) -> None:
        self._error = error
        self._room.failed(self._call, error)

    def _publish(self, kind: str, **data: Any) -> None:
        self._room.bus.publish(kind, call=self._call, line=self._line, **data)


class _Voice:
    """Mode "voice": lets the file run while somebody speaks at any of its ports, and HANGOVER_S longer."""

    def __init__(self, still: Callable[[bool], None]) -> None:
        self._still = still
        self._speaking: dict[Port, bool] = {}
        self._timer: asyncio.TimerHandle | None = None

    def join(self, port: Port) -> None:
        self._speaking[port] = False
        port.tell_voice(lambda begins: self._told(port, begins))

    def leave(self, port: Port) -> None:
        if port in self._speaking:
            port.tell_voice(None)
            self._told(port, False)
            del self._speaking[port]

    def close(self) -> None:
        for port in self._speaking:
            port.tell_voice(None)
        self._speaking.clear()
        self._cancel()

    def _told(self, port: Port, begins: bool) -> None:
        spoke = any(self._speaking.values())
        self._speaking[port] = begins
        speaks = any(self._speaking.values())
        if speaks and not spoke:
            if self._timer is None:
                self._still(False)
            self._cancel()
        elif spoke and not speaks:
            self._timer = asyncio.get_running_loop().call_later(HANGOVER_S, self._over)

    def _over(self) -> None:
        self._timer = None
        self._still(True)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
