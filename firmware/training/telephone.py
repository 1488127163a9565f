"""A telephone on a station's wire: hears it ring, reads the caller's number with its own ears, goes off-hook."""

import asyncio
from dataclasses import dataclass

from drivers.binding.engine import Port
from drivers.binding.events import Ear, Kind, PortEvent
from firmware.training.handset import Handset

BUSY = ("busy", "congestion")
IN_TALK = Ear.DTMF | Ear.TONE | Ear.VOICE
ACK = "D"  # TIA-777, EN 300 659-2: what a telephone sends that can show who waits
AFTER_FLASH_S = 0.5  # the finger goes from the flash key to the digits


@dataclass(frozen=True, slots=True)
class Shown:
    """What the handset's display shows; `ok` tells that the message was received without error. `at`: sample count."""

    ok: bool
    number: str
    name: str
    at: int


class Telephone:
    """One telephone, through a far-end FXO port. `shows_waiting`: in talk, too, it can show who calls (type II)."""

    def __init__(self, port: Port, *, shows_waiting: bool = True) -> None:
        self.port = port
        self.shows_waiting = shows_waiting
        self.waiting: Shown | None = None  # of this conversation
        self.handset = Handset(port)
        self.shown: Shown | None = None
        self.lamp: bool | None = None  # messages wait, by data or voltage; None: never told
        self.bursts: list[int] = []  # sample counts at which ring bursts began
        self.offhook = False
        self._rung = asyncio.Event()
        port.on_event = self._event
        port.listen(Ear.CALLERID)

    async def rings(self) -> None:
        """Waits until it rings."""
        await self._rung.wait()

    async def shows(self, within: float) -> Shown | None:
        """Waits for the caller's number; None: none came within so many seconds."""
        if self.shown is None:
            try:
                await self.handset.until(Kind.CALLERID, within=within)
            except TimeoutError:
                return None
        return self.shown

    async def lamp_is(self, lit: bool, within: float) -> None:
        """Waits until the message lamp is lit, or dark; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while self.lamp is not lit:
                await self.handset.until(Kind.MESSAGES)

    @property
    def ringing(self) -> bool:
        """A burst came and the caller has not given up."""
        return self._rung.is_set()

    async def pick_up(self) -> None:
        """Off-hook."""
        await self.port.seize()
        self.offhook = True
        self._rung.clear()
        self.port.listen(IN_TALK | Ear.ALERT if self.shows_waiting else IN_TALK)

    async def dial(self, digits: str) -> None:
        """Off-hook, if it is not, waits for dial tone, and presses the keys."""
        if not self.offhook:
            await self.pick_up()
        await self.handset.until(Kind.TONE, "dial", within=5)
        await self.handset.press(digits)

    async def flash(self, digits: str = "", ms: int = 200) -> None:
        """The flash key; then keys, at once."""
        self.handset.silent()
        await self.port.flash(ms)
        await self.handset.until(Kind.LINE_STATE, within=2)
        if digits:
            await asyncio.sleep(AFTER_FLASH_S)
            await self.handset.press(digits)

    async def other_party_gone(self, within: float | None = None) -> PortEvent:
        """Waits for the tone that means it; TimeoutError after `within` seconds."""
        return await self.handset.until(Kind.TONE, *BUSY, within=within)

    async def hang_up(self) -> None:
        """On-hook; the receiver's file is closed."""
        self.handset.silent()
        if self.offhook:
            self.offhook = False
            await self.port.release()
        self.shown = self.waiting = None
        self.bursts = []
        self.port.listen(Ear.CALLERID)
        await self.handset.put_down()

    def _event(self, event: PortEvent) -> None:
        match event.kind:
            case Kind.RING:
                self.bursts.append(event.at)
                self._rung.set()
            case Kind.RING_STOP:
                self._rung.clear()
                self.bursts = []
                self.shown = None
            case Kind.ALERT:
                self.handset.press(ACK)
                self.port.listen(IN_TALK | Ear.ALERT | Ear.CALLERID)
            case Kind.MESSAGES:
                self.lamp = bool(event.value)
            case Kind.CALLERID:
                number, name = (*event.text, "", "")[:2]
                shown = Shown(bool(event.value), number, name, event.at)
                if self.offhook:
                    self.waiting = shown
                    self.port.listen(IN_TALK | Ear.ALERT)
                else:
                    self.shown = shown
        self.handset.hear(event)
