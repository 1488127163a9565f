"""Who can be called from the box: subscribers of the exchange, by number, and what they do when it rings.

A subscriber without `after_s` is played by hand: `callee = await subscriber.called()`, and then he answers, speaks and
hangs up as told. The others act by themselves.
"""

import asyncio
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from drivers.binding.engine import RATE
from firmware.prompts import Prompts
from firmware.training.exchange import ExchangeLine
from firmware.training.party import Party

# What the exchange does with a number. "silence": nothing is heard any more, as when the network loses a call.
Becomes = Literal["rings", "busy", "vacant", "congestion", "silence"]
Who = Literal["person", "machine", "fax", "nobody"]
PEAK_0_DBM0 = 22_826  # drivers/linecard.h
PAUSE_S = 0.4  # from picking up to the first word


@dataclass(frozen=True, slots=True)
class Sounds:
    """Files that subscribers say: a person's first word, a machine's greeting and its beep, a fax machine's answer
    (ITU-T T.30: 2,100 Hz), and the exchange's announcement for numbers that are not in use."""

    hello: Path
    machine: Path
    beep: Path
    fax: Path
    vacant: Path

    @classmethod
    def of(cls, prompts: Prompts, folder: Path) -> "Sounds":
        """Those of a language; tones are made into `folder`."""
        beep, fax = folder / "beep.wav", folder / "fax.wav"
        _tone(beep, 1000.0, 0.5)
        _tone(fax, 2100.0, 3.0)
        spoken = (prompts.path(f"callee_{name}") for name in ("hello", "machine", "vacant"))
        hello, machine, vacant = spoken
        return cls(hello, machine, beep, fax, vacant)


class Callee(Party):
    """The called party's telephone while it rings and afterwards."""

    def __init__(self, line: ExchangeLine, number: str) -> None:
        super().__init__(line, number)
        self.picked_up = asyncio.Event()
        self.refused = False

    def refuses(self) -> None:
        """Is busy after all: the caller gets busy tone."""
        self.refused = True
        self.picked_up.set()

    def answers(self, write_down: Path | None = None) -> None:
        """Picks up. `write_down`: the receiver's file."""
        if write_down is not None:
            self.line.handset.write_down(write_down)
        self.picked_up.set()


@dataclass(slots=True, eq=False)
class Subscriber:
    """`number`: its digits; an x is any digit. `after_s`: he picks up after so long; None: by hand, or never.
    `music`: what is heard in place of ringback (彩铃). `announced`: a vacant number is told by special information tone
    and words, not by a tone alone. `keys` are pressed after the first words; `talk_s`: then he hangs up, None: he waits
    for the other side to do so."""

    number: str
    becomes: Becomes = "rings"
    after_s: float | None = None
    who: Who = "person"
    music: Path | None = None
    announced: bool = False
    keys: str = ""
    talk_s: float | None = None
    says: Path | None = None  # after the first words
    calls: asyncio.Queue[Callee] = field(default_factory=asyncio.Queue)

    async def called(self, within: float = 60.0) -> Callee:
        """Waits until a call rings here; TimeoutError."""
        async with asyncio.timeout(within):
            return await self.calls.get()

    def rung(self, line: ExchangeLine, number: str) -> Callee:
        """The exchange has put a call through to here."""
        callee = Callee(line, number)
        self.calls.put_nowait(callee)
        return callee

    def fits(self, digits: str) -> Literal["no", "begins", "whole"]:
        """What the digits so far are to this number."""
        if len(digits) > len(self.number):
            return "no"
        if any(mine not in ("x", digit) for mine, digit in zip(self.number, digits, strict=False)):
            return "no"
        return "whole" if len(digits) == len(self.number) else "begins"

    async def acts(self, callee: Callee, sounds: Sounds | None) -> None:
        """What he does once he has picked up, unless played by hand. ValueError: he has no voice."""
        await asyncio.sleep(PAUSE_S)
        if self.who != "nobody":
            if sounds is None:
                raise ValueError(f"subscriber {self.number} has nothing to say: give the exchange sounds")
            for words in self._words(sounds):
                await callee.speaks(words)
        if self.keys:
            await callee.presses(self.keys)
        if self.says is not None:
            await callee.speaks(self.says)
        if self.talk_s is not None:
            await asyncio.sleep(self.talk_s)
            await callee.hangs_up()

    def _words(self, sounds: Sounds) -> Iterator[Path]:
        match self.who:
            case "machine":
                yield sounds.machine
                yield sounds.beep
            case "fax":
                yield sounds.fax
            case _:
                yield sounds.hello


def _tone(path: Path, hertz: float, seconds: float) -> None:
    """A sine of -13 dBm0."""
    t = np.arange(round(seconds * RATE)) / RATE
    samples = PEAK_0_DBM0 * 10 ** (-13 / 20) * np.sin(2 * np.pi * hertz * t)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(samples).astype("<i2").tobytes())
