"""A call as flows see it: they talk with its guest. Between `ports.Caller` and firmware/calls."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from firmware.calls.call import Call
from firmware.ivr.message import record
from firmware.ivr.nodes import Language
from firmware.ivr.ports import Facts, Recorded, Sound, Unplayable, Wanted
from firmware.lines import Digit
from firmware.prompts import BEEP

FOLDER = "spoken"  # below the data directory: what callers said to flows
HIDDEN = "•"  # in the place of a secret digit
DIGIT_MOST_S = 1.0  # one that was pressed before the secret was asked for is never told to end


class Guest:
    """The guest of a call. `close` always: what was hidden for the sake of a secret is shown again."""

    def __init__(self, call: Call, facts: Facts, data: Path, prefer: Callable[[int], None]) -> None:
        """`prefer`: told his priority for the queues."""
        self.facts = facts
        self._call = call
        self._data = data
        self._prefer = prefer
        self._language = facts.language  # of prompts that say none
        self._kept: str | None = None  # a key that stopped a prompt and answers the next question
        self._secret = Secret(call)
        self._recorded = 0

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False) -> None:
        """As ports.Caller says."""
        self._secret.over()
        if interruptible and (self._kept is not None or not self._call.guest.digits.empty()):
            return
        digit = asyncio.ensure_future(self._call.guest.digits.get()) if interruptible else None
        try:
            await self._say(sounds, digit)
        finally:
            if digit is not None:
                self._keep(digit)

    async def ask(self, sounds: Sequence[Sound], wait_s: float, *, secret: bool = False) -> str | None:
        """As ports.Caller says. While a secret is asked for, digits are told without what they are, and the call's
        recording pauses: the tones are the digits."""
        if secret:
            self._secret.begins()
        if self._kept is not None:
            key, self._kept = self._kept, None
            return key
        digit = asyncio.ensure_future(self._call.guest.digits.get())
        try:
            await self._say(sounds, digit)
            await asyncio.wait([digit], timeout=wait_s)
            if not digit.done():
                return None
            if secret:
                self._secret.pressed()
            else:
                self._secret.over()
            return digit.result().digit
        finally:
            digit.cancel()

    async def record(self, wanted: Wanted) -> Recorded | None:
        """As ports.Caller says."""
        self._secret.over()
        await self._call.voice.heard(BEEP)
        self._recorded += 1
        day = time.strftime("%Y/%m/%d", time.localtime(self._call.started))
        file = Path(FOLDER) / day / f"{self._call.id}-{self._recorded}.wav"

        def kept(seconds: float) -> None:
            self.tell("call.flow_record", node=wanted.node, path=str(file), seconds=seconds)

        seconds = await record(self._call.guest.port, self._call.guest.digits, self._data / file, wanted, kept)
        return None if seconds is None else Recorded(str(file), seconds)

    def speaks(self, language: Language) -> None:
        """As ports.Caller says."""
        self._call.voice.language = self._language = language

    def priority(self, priority: int) -> None:
        """As ports.Caller says."""
        self._prefer(priority)

    def tell(self, kind: str, **data: Any) -> None:
        """As ports.Caller says."""
        self._call.publish(kind, **data)

    def close(self) -> None:
        """The flow has done with him."""
        self._secret.over()

    # -- inside -------------------------------------------------------------------------------------------

    async def _say(self, sounds: Sequence[Sound], stop: "asyncio.Future[Digit] | None") -> None:
        if not sounds:
            return
        names = [
            sound.name if sound.language == self._language else f"{sound.language}/{sound.name}" for sound in sounds
        ]
        if not await self._call.voice.heard(*names, stop=stop) and not (stop is not None and stop.done()):
            raise Unplayable(f"{' '.join(names)} cannot be played")

    def _keep(self, digit: "asyncio.Future[Digit]") -> None:
        if digit.done() and not digit.cancelled():
            self._kept = digit.result().digit
        digit.cancel()


class Secret:
    """While a secret is pressed its digits are told as HIDDEN, and the call's recording pauses. A digit is taken as it
    begins, and told as it ends: so that goes on until the last one has ended."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._told: Callable[[str, int], None] | None = None
        self._paused = False
        self._sounding = 0  # digits that have begun and not ended
        self._over = False
        self._timer: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """From now on."""
        self._over = False
        if self._timer is not None:
            self._timer.cancel()
        line = self._call.guest.line
        if line is not None and self._told is None and line.on_digit_end is not None:
            self._told, line.on_digit_end = line.on_digit_end, self._ended
        if not self._paused and not self._call.recording.paused:
            self._paused = self._call.recording.pause()

    def pressed(self) -> None:
        """One of its digits has begun."""
        self._sounding += 1

    def over(self) -> None:
        """No more of it; what sounds still is of it. Fine at any time."""
        if self._over or not (self._told or self._paused):
            return
        self._over = True
        if self._sounding > 0:
            self._timer = asyncio.get_running_loop().call_later(DIGIT_MOST_S, self._shown)
        else:
            self._shown()

    def _ended(self, _: str, ms: int) -> None:
        self._sounding -= 1
        if self._told is not None:
            self._told(HIDDEN, ms)
        if self._over and self._sounding <= 0:
            self._shown()

    def _shown(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        line = self._call.guest.line
        if line is not None and line.on_digit_end == self._ended:  # not another call's by now
            line.on_digit_end = self._told
        if self._paused and self._call.recording.paused and not self._call.ended.done():
            self._call.recording.resume()
        self._told, self._timer, self._paused, self._sounding = None, None, False, 0


async def secretly(call: Call, prompt: str, *, most: int, within_s: float) -> str:
    """Collects digits that are neither told in events nor recorded."""
    secret = Secret(call)
    secret.begins()
    try:
        keyed = await call.voice.collect(prompt, most=most, within_s=within_s)
        for _ in keyed:
            secret.pressed()
        return keyed
    finally:
        secret.over()
