"""The place `Followed`: whoever answers there takes the call by a key, so that no answering machine and no music in
place of ringback (彩铃) does.

The caller hears it ring until the key. Whether a voice without ringback is the called party cannot be known, so it is
asked as well, and has a while longer.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from itertools import count
from typing import Any, Final

from firmware.calls.call import Call, Place
from firmware.calls.party import Ending, Party
from firmware.calls.voice import Voice
from firmware.lines import Line
from firmware.outbound.attempt import Bearer, Listener
from firmware.outbound.dialler import Dialler, Reached
from firmware.outbound.place import Followed, Outside, by, hears
from firmware.tasks import ended

ASK: Final = "follow_ask"
KEY: Final = "1"
WAIT_S = 3.0  # for the key, after each asking
TIMES = 3
EARLY_MORE_S = 15.0


class Following:
    """Serves `Followed`. `call.result` tells afterwards why nobody took it."""

    def __init__(self, dialler: Dialler, outside: Outside) -> None:
        self._dialler = dialler
        self._outside = outside

    async def __call__(self, call: Call, place: Followed) -> Place | None:
        """Dials and asks; both hear each other once the key was pressed."""
        if not place.confirm:
            return await self._outside(call, place)
        await call.identify()
        dialled, permission = self._outside.may(call, place)
        if not permission.ok:
            call.result, call.ending = "refused", Ending("box", "refused")
            return None
        asker = _Asker(call)
        ringback = call.voice.meanwhile(lambda voice: voice.ringback()) if hears(call) else contextlib.nullcontext()
        try:
            async with ringback:
                reached = await self._dialler.reach(
                    Bearer(call.id), dialled, listener=asker, ring_s=place.ring_s
                )  # fmt: skip
                host = await self._asked(call, place, reached, asker)
        finally:
            await asker.close()
        if host is None:
            return None
        try:
            await call.answer()
        except BaseException:
            call.switch.release(host)
            raise
        await call.talk(host)
        return None

    async def _asked(self, call: Call, place: Followed, reached: Reached, asker: "_Asker") -> Party | None:
        """Whoever took the call; None: nobody did, and the line is put away."""
        call.result = "no_answer" if reached.result == "answered" else reached.result
        call.ending = Ending("box", call.result)
        if reached.line is None:
            return None
        host, taken = Party(reached.line), False
        try:
            if reached.result == "answered":
                dialled = self._dialler.classify(place.number)
                self._dialler.answered(call.id, dialled, reached.line, by(reached))
                taken = await asker.asks(reached.line, host)
                call.publish("call.asked", number=dialled.number, taken=taken)
        finally:
            if not taken:
                call.switch.release(host)
        if not taken:
            return None
        call.result = call.ending = None
        return host


class _Asker(Listener):
    """Asks for the key on the line that is being dialled, as soon as anybody speaks there."""

    early_more_s = EARLY_MORE_S

    def __init__(self, call: Call) -> None:
        self._call = call
        self._task: asyncio.Task[bool] | None = None

    def early_voice(self, line: Line) -> None:
        self._begin(line, count())

    def left(self, line: Line) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def taken(self) -> bool:
        task = self._task
        return task is not None and task.done() and not task.cancelled() and task.result()

    def speaks(self) -> bool:
        return self._task is not None and not self._task.done()

    async def asks(self, line: Line, host: Party) -> bool:
        """After the answer; False: he has gone, or pressed nothing."""
        if self.taken():
            return True
        await self.close()
        asking = self._begin(line, range(TIMES))
        waits: list[asyncio.Future[Any]] = [asking, host.gone]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return self.taken() and not host.gone.done()

    async def close(self) -> None:
        """Asks no more."""
        if self._task is not None:
            self._task.cancel()
            await ended([self._task])

    def _begin(self, line: Line, times: Iterable[int]) -> "asyncio.Task[bool]":
        self._task = asyncio.create_task(self._ask(line, times), name=f"asks on line {line.number}")
        return self._task

    async def _ask(self, line: Line, times: Iterable[int]) -> bool:
        voice = Voice(self._call.switch.sound, line.port, line.digits, self._call.publish)
        voice.language = self._call.voice.language
        while not line.digits.empty():  # the echo of what was dialled
            line.digits.get_nowait()
        for _ in times:
            if await voice.ask(ASK, wait_s=WAIT_S) == KEY:
                return True
        return False
