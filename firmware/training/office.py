"""The exchange's switching: what becomes of the digits that a subscriber of one of its lines dials.

It knows what an exchange knows: that the loop closed, and which digits it heard, by tones or by pulses. Everything it
answers with is a tone, a sound or the line's polarity.
"""

import asyncio
from collections.abc import Callable

from drivers.binding.events import Ear
from firmware.training.exchange import ExchangeLine
from firmware.training.subscribers import Callee, Sounds, Subscriber

BETWEEN_DIGITS_S = 4.0  # then what was dialled is the whole number
FIRST_DIGIT_S = 20.0  # then the subscriber is told that nothing will happen
RINGS_AT_MOST_S = 60.0  # then the exchange gives up
THINKS_S = 0.8  # from the last digit to ringback or tone: the way through the network
VACANT_TIMES = 3  # so often the announcement is said, then there is busy tone

Otherwise = Callable[[str], Subscriber]


class Office:
    """One for all lines. `otherwise` tells what becomes of numbers that nobody was given, `otherwise_whole` whether
    one of them is complete; else a pause after its last digit tells."""

    def __init__(self, sounds: Sounds | None = None) -> None:
        self.sounds = sounds
        self.congested = False  # told so: every call ends in congestion tone
        self.second_dial_tone: set[str] = set()  # behind these digits there is a dial tone once more
        self.otherwise: Otherwise = lambda number: Subscriber(number, "vacant")
        self.otherwise_whole: Callable[[str], bool] = lambda _: False
        self.dialled: list[str] = []  # every number, in order
        self._subscribers: list[Subscriber] = []

    def subscriber(self, subscriber: Subscriber) -> Subscriber:
        """Gives somebody a number; whoever had the same has it no more."""
        self._subscribers = [one for one in self._subscribers if one.number != subscriber.number]
        self._subscribers.append(subscriber)
        return subscriber

    async def serve(self, line: ExchangeLine) -> None:
        """A subscriber has gone off-hook: until he goes on-hook, which cancels this."""
        line.port.listen(Ear.DTMF)
        try:
            await self._serve(line)
        finally:
            line.handset.silent()
            line.party_hung_up()

    async def _serve(self, line: ExchangeLine) -> None:
        number = await self._collect(line)
        if number is None:
            await line.play("busy")
            return
        self.dialled.append(number)
        await asyncio.sleep(THINKS_S)
        subscriber = self._find(number)
        becomes = "congestion" if self.congested else subscriber.becomes
        match becomes:
            case "rings":
                await self._ring(line, subscriber, number)
            case "vacant":
                await self._vacant(line, subscriber)
            case "silence":
                await asyncio.Future()
            case _:
                await line.play(becomes)

    # -- digits ----------------------------------------------------------------------------------------

    async def _collect(self, line: ExchangeLine) -> str | None:
        """Dial tone until the first digit, then the number; None: nothing came."""
        digits = await self._first(line, line.dial_tone_after_s)
        if digits is None:
            return None
        while not self._is_whole(digits):
            if digits in self.second_dial_tone:
                more = await self._first(line, THINKS_S)
                if more is None:
                    return None
                digits += more
                continue
            try:
                digits += await asyncio.wait_for(line.digits.get(), BETWEEN_DIGITS_S)
            except TimeoutError:
                break
        return digits

    async def _first(self, line: ExchangeLine, after_s: float | None) -> str | None:
        first = asyncio.ensure_future(line.digits.get())
        tone = asyncio.create_task(_dial_tone(line, after_s), name=f"dial tone, {line.port.name}")
        try:
            await asyncio.wait([first], timeout=FIRST_DIGIT_S)
            return first.result() if first.done() else None
        finally:
            first.cancel()
            tone.cancel()
            await asyncio.wait([tone])

    def _is_whole(self, digits: str) -> bool:
        """Nobody's number goes on from here, and it is somebody's."""
        fits = {one.fits(digits) for one in self._subscribers}
        return "begins" not in fits and ("whole" in fits or self.otherwise_whole(digits))

    def _find(self, number: str) -> Subscriber:
        found = [one for one in self._subscribers if one.fits(number) == "whole"]
        return min(found, key=lambda one: one.number.count("x")) if found else self.otherwise(number)

    # -- what is heard -----------------------------------------------------------------------------------

    async def _ring(self, line: ExchangeLine, subscriber: Subscriber, number: str) -> None:
        callee = subscriber.rung(line, number)
        if not await _rings(line, callee, subscriber):
            await line.play("busy")
            return
        line.put_through()
        if subscriber.after_s is None:
            await asyncio.Future()
        await subscriber.acts(callee, self.sounds)
        await asyncio.Future()  # until the subscriber at the other end goes on-hook

    async def _vacant(self, line: ExchangeLine, subscriber: Subscriber) -> None:
        tones = line.port.engine.plan.tones
        if self.sounds is not None and (subscriber.announced or "vacant" not in tones):
            with line.port.engine.player() as player:
                line.port.engine.link(player.source, line.port.sink)
                for _ in range(VACANT_TIMES):
                    if "sit" in tones:
                        await player.tone("sit")
                    await player.file(self.sounds.vacant)
            await line.play("busy")
        await line.play("vacant" if "vacant" in tones else "congestion")


async def _dial_tone(line: ExchangeLine, after_s: float | None) -> None:
    if after_s is not None:
        await asyncio.sleep(after_s)
        await line.play(line.dial_tone)


async def _rings(line: ExchangeLine, callee: Callee, subscriber: Subscriber) -> bool:
    """Ringback, or music in its place, until he picks up (True), refuses, or the exchange gives up (False)."""
    never = subscriber.after_s is None
    with line.port.engine.player() as player:
        line.port.engine.link(player.source, line.port.sink)
        if subscriber.music is not None:
            player.file(subscriber.music, repeat=True)
        else:
            player.tone("ringback")
        try:
            async with asyncio.timeout(RINGS_AT_MOST_S if never else subscriber.after_s):
                await callee.picked_up.wait()
        except TimeoutError:
            return not never
        return not callee.refused
