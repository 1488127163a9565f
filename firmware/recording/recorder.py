"""Records one conversation. Whatever goes wrong with the disk, the call goes on: an alarm and the event tell."""

import errno
import os
import time
from pathlib import Path

from drivers.binding.engine import Engine, Port, Recorder
from firmware.bus import Bus

ALARM = "recording"


def recording_path(call: str, started: float) -> Path:
    """Where a recording lies below the data directory: recordings/YYYY/MM/DD/<call>.wav, in the box's local time."""
    return Path("recordings") / time.strftime("%Y/%m/%d", time.localtime(started)) / f"{call}.wav"


class Recordings:
    """Begins recordings below the data directory; holds the one alarm of all of them."""

    def __init__(self, engine: Engine, data: Path, bus: Bus) -> None:
        self.engine = engine
        self.data = data
        self.bus = bus
        self._alarm = False

    def of(self, call: str, line: int) -> "Recording":
        """The recording of a call, not yet begun."""
        return Recording(self, call, line)

    def failed(self, call: str, error: int) -> None:
        """One could not be written."""
        self._alarm = True
        self.bus.publish("alarm.raised", name=ALARM, text=os.strerror(error), call=call)

    def succeeded(self) -> None:
        """One was written whole: the alarm, if there was one, is over."""
        if self._alarm:
            self._alarm = False
            self.bus.publish("alarm.cleared", name=ALARM)


class Recording:
    """`start()` at connect, `await close()` always; both are fine when nothing could be recorded."""

    def __init__(self, room: Recordings, call: str, line: int) -> None:
        self.path: Path | None = None  # below the data directory
        self._room = room
        self._call = call
        self._line = line
        self._recorder: Recorder | None = None
        self._error = 0

    def start(self, started: float, left: Port, right: Port) -> None:
        """Begins the file: what `left` says on the left channel, what `right` says on the right."""
        engine = self._room.engine
        self.path = recording_path(self._call, started)
        target = self._room.data / self.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._recorder = engine.recorder()
            self._recorder.on_error = self._failed
            self._recorder.start(target)
        except (OSError, ValueError) as error:
            self._recorder = None
            self._failed(getattr(error, "errno", None) or errno.ENAMETOOLONG)
        else:
            engine.link(left.source, self._recorder.left)
            engine.link(right.source, self._recorder.right)
        self._room.bus.publish("call.recording", call=self._call, line=self._line, path=str(self.path))

    async def close(self) -> None:
        """Ends the file and publishes what became of it. Twice is fine."""
        if self.path is None:
            return
        path, self.path = self.path, None
        ms = 0
        if self._recorder is not None:
            recorded = await self._recorder.stop()
            ms, self._error = recorded.ms, recorded.error or self._error
        if self._error:
            self._room.failed(self._call, self._error)
        else:
            self._room.succeeded()
        words = os.strerror(self._error) if self._error else None
        self._room.bus.publish("call.recorded", call=self._call, line=self._line, path=str(path), ms=ms, error=words)

    def _failed(self, error: int) -> None:
        self._error = error
        self._room.failed(self._call, error)
