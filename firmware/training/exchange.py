"""The exchange at the other end of an outside line: feeds and rings it, plays tones, notices hook.

It sees the line as an exchange does, through its own FXS port: loop closed means answered, loop open means
released (known only after the longest flash). When a caller hangs up, an analog exchange of most countries does
not break the loop: it plays busy tone. So does this one, unless told otherwise. What becomes of a number that the
subscriber dials is the office's matter (firmware/training/office.py).
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from drivers.binding.engine import Port
from drivers.binding.events import Ear, Feed, Kind, PortEvent
from firmware.training.handset import Handset

Release = Literal["busy", "congestion", "dial", "loop_drop", "silence"]
LOOP_DROP_MS = 500  # GR-506: an open interval of about half a second
TONE_AFTER_S = 0.1  # the exchange needs a moment to notice the caller's hang-up


Serve = Callable[["ExchangeLine"], Coroutine[Any, Any, None]]


class ExchangeLine:
    """One subscriber line of the exchange. `release` is what the subscriber gets when the party outside hangs up,
    `serve` what happens when he goes off-hook without being rung."""

    def __init__(
        self, port: Port, *, release: Release = "busy", reverse_on_answer: bool = False, serve: Serve | None = None
    ) -> None:
        self.port = port
        self.handset = Handset(port)  # the outside party's mouth and ear, put through here
        self.release = release
        self.reverse_on_answer = reverse_on_answer
        self.dial_tone = "dial"  # or another tone of the country: special_dial
        self.dial_tone_after_s: float | None = 0.0  # None: never
        self.digits: asyncio.Queue[str] = asyncio.Queue()  # that the subscriber dials
        self.offhook = False
        self.busy = False  # a party outside holds it
        self.released_at = float("-inf")  # loop time at which the subscriber's on-hook was noticed
        self._answered: asyncio.Future[None] | None = None
        self._released = asyncio.Event()
        self._released.set()
        self._tone: asyncio.Task[None] | None = None  # a tone, or the office at work
        self._serve = serve or _only_dial_tone
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
        self.put_through()
        return True

    def put_through(self) -> None:
        """Both parties hear each other; polarity tells the subscriber, where that is sold."""
        self.busy = True
        self.port.listen(Ear.DTMF | Ear.TONE | Ear.VOICE)
        if self.reverse_on_answer:
            self.port.feed(Feed.REVERSED)

    def party_hung_up(self) -> None:
        """The party outside is gone: the subscriber, if still there, gets what `release` says until he hangs up."""
        held, self.busy = self.busy, False
        self.port.listen(Ear.NONE)
        if not held or not self.offhook:
            return
        if self._tone is not None:  # the office, which has nothing more to do
            self._tone.cancel()
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

    async def play(self, tone: str) -> None:
        """Plays a tone of the country to the subscriber until cancelled."""
        with self.port.engine.player() as player:
            self.port.engine.link(player.source, self.port.sink)
            await player.tone(tone)

    async def _tell(self) -> None:
        await asyncio.sleep(TONE_AFTER_S)
        if self.reverse_on_answer:
            self.port.feed(Feed.NORMAL)
        if self.release == "loop_drop":
            self.port.feed(Feed.OFF, LOOP_DROP_MS)
        elif self.release != "silence":
            await self.play(self.release)

    def _event(self, event: PortEvent) -> None:
        match event.kind:
            case Kind.OFFHOOK:
                self._off_hook()
            case Kind.ONHOOK:
                self._on_hook()
            case Kind.DIGIT | Kind.PULSE if not self.busy:
                self.digits.put_nowait(event.word)
            case _:
                self.handset.hear(event)

    def _off_hook(self) -> None:
        self.offhook = True
        self._released.clear()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
        elif not self.busy:
            while not self.digits.empty():
                self.digits.get_nowait()
            self._tone = asyncio.create_task(self._serve(self), name=f"exchange serves {self.port.name}")

    def _on_hook(self) -> None:
        self.offhook = False
        self.released_at = asyncio.get_running_loop().time()
        self._released.set()
        if self._tone is not None:
            self._tone.cancel()
            self._tone = None
        if self.reverse_on_answer:
            self.port.feed(Feed.NORMAL)


async def _only_dial_tone(line: ExchangeLine) -> None:
    await line.play(line.dial_tone)
