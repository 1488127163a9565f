"""Sources of sound: files in a row, tones, digits."""

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from drivers.binding._core import lib
from drivers.binding.events import Played
from drivers.binding.orders import CoreError, Order, c_path

if TYPE_CHECKING:
    from drivers.binding.engine import Engine
    from drivers.binding.ports import Port


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
        how = lib.LC_PLAY_REPEAT if repeat else 0
        return self._start(f"play {path}", lib.LC_CMD_PLAY_FILE, a=how, text=c_path(path))

    def files(
        self, paths: Sequence[str | os.PathLike[str]], yields_to: "Port | None" = None
    ) -> "asyncio.Future[Played]":
        """Plays WAVs one after the other without a gap. A file that cannot be played ends the list: CoreError.

        `yields_to`: a key pressed at this port, which must listen for digits, silences it at once, up to a second:
        stop it when the digit comes, or it goes on where it was."""
        rest = deque(map(c_path, paths))
        if not rest:
            raise ValueError("no files to play")
        first = rest.popleft()
        how = {} if yields_to is None else {"a": lib.LC_PLAY_YIELDS, "source": yields_to.source}
        done = self._start(f"play {os.fsdecode(first)}", lib.LC_CMD_PLAY_FILE, text=first, **how)
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

    @property
    def closed(self) -> bool:
        """Given back: it plays nothing any more."""
        return self._closed

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
