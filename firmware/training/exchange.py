"""The exchange at the other end of an outside line: feeds and rings it, plays tones, notices hook.

It sees the line as an exchange does, through its own FXS port: loop closed means answered, loop open means
released (known only after the longest flash). When a caller hangs up, an analog exchange of most countries does
not break the loop: it plays busy tone. So does this one, unless told otherwise.
"""

import asyncio
from typing import Literal

from drivers.binding.engine import Port
from drivers.binding.events import Ear, Feed, Kind, PortEvent
from firmware.training.handset import Handset

Release = Literal["busy", "congestion", "dial", "loop_drop", "silence"]
LOOP_DROP_MS = 500  # GR-506: an open interval of about half a second
TONE_AFTER_S = 0.1  # the exchange needs a moment to notice the caller's hang-up


class ExchangeLine:
    """One subscriber line of the exchange. `release` is what the subscriber gets when the outside caller hangs up."""

    def __init__(self, port: Port, *, release: Release = "busy", reverse_on_answer: bool = False) -> None:
        self.port = port
        self.handset = Handset(port)  # the outside caller's mouth and ear, put through here
        self.release = release
        self.reverse_on_answer = reverse_on_answer
        self.offhook = False
        self.busy = False  # an outside caller holds it
        self.released_at = float("-inf")  # loop time at which the subscriber's on-hook was noticed
        self._answered: asyncio.Future[None] | None = None
        self._released = asyncio.Event()
        self._released.set()
        self._tone: asyncio.Task[None] | None = None
        port.on_event = self._event
        port.listen(Ear.NONE)

    @property
    def idle(self) -> bool:
        """Nobody holds the line at either end."""
        return not self.busy and not self.offhook and self._tone is None

    async def ring(
        self, number: str, name: str, withheld: Literal["private", "unavailable"] | None, within: float
    ) -> bool:
        """Rings until answered (True) or for `within` seconds (False); the caller hears ringback meanwhile."""
        loop = asyncio.get_running_loop()
        self.busy = True
        self._answered = loop.create_future()
        self.port.ring(number, name, withheld)
        with self.port.engine.player() as ringback:
            ringback.tone("ringback")
            self.handset.also_heard(ringback.source)
            try:
                async with asyncio.timeout(within):
                    await self._answered
            except TimeoutError:
                return False
            finally:
                self._answered = None
                if not self.offhook:
                    self.port.stop_ring()
        self.port.listen(Ear.DTMF | Ear.TONE | Ear.VOICE)
        if self.reverse_on_answer:
            self.port.feed(Feed.REVERSED)
        return True

    def caller_hung_up(self) -> None:
        """The outside caller is gone: the subscriber, if still there, gets what `release` says until he hangs up."""
        self.busy = False
        self.port.listen(Ear.NONE)
        if self.offhook and self._tone is None:
            self._tone = asyncio.create_task(self._tell(), name=f"release tone, {self.port.name}")

    async def until_released(self) -> float:
        """Waits until the subscriber is on-hook; loop time at which the exchange noticed."""
        await self._released.wait()
        return self.released_at

    async def close(self) -> None:
        """Ends tone and files."""
        if self._tone is not None:
            self._tone.cancel()
            self._tone = None
        await self.handset.put_down()

    async def _tell(self) -> None:
        await asyncio.sleep(TONE_AFTER_S)
        if self.release == "loop_drop":
            self.port.feed(Feed.OFF, LOOP_DROP_MS)
        elif self.release != "silence":
            await self._play(self.release)

    async def _play(self, tone: str) -> None:
        with self.port.engine.player() as player:
            self.port.engine.link(player.source, self.port.sink)
            await player.tone(tone)

    def _event(self, event: PortEvent) -> None:
        match event.kind:
            case Kind.OFFHOOK:
                self._off_hook()
            case Kind.ONHOOK:
                self._on_hook()
            case _:
                self.handset.hear(event)

    def _off_hook(self) -> None:
        self.offhook = True
        self._released.clear()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
        elif not self.busy:
            self._tone = asyncio.create_task(self._play("dial"), name=f"dial tone, {self.port.name}")

    def _on_hook(self) -> None:
        self.offhook = False
        self.released_at = asyncio.get_running_loop().time()
        self._released.set()
        if self._tone is not None:
            self._tone.cancel()
            self._tone = None
        if self.reverse_on_answer:
            self.port.feed(Feed.NORMAL)
