"""The place `ToQueue`: a caller waits until an agent has picked up, or leaves for another place."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from firmware.acd.announcer import announcements
from firmware.acd.queue import Fate, Hall
from firmware.calls.call import Call, Joined, Place
from firmware.calls.party import Ending, Party
from firmware.calls.places import HangUp, ToQueue
from firmware.calls.voice import Voice
from firmware.prompts.speech import Speech, speech
from firmware.stations import Station

SERVES, SERVED_BY = "agent_serves", "agent_serves_you"


class InQueue:
    """Serves `ToQueue` with the hall. `language` is the box's; `number_of` tells who sits at a station."""

    def __init__(
        self, hall: Hall, language: str, number_of: Callable[[str], str | None] = lambda station: station,
        after: Callable[[str], Place | None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`after(queue)`: where the caller goes when his agent has hung up, as to a survey; None: the call ends."""
        self._hall = hall
        self._language = language
        self._number_of = number_of
        self._after = after

    async def __call__(self, call: Call, place: ToQueue) -> Place | None:
        """The caller hears that he is queued, then music and announcements."""
        await call.answer()
        await call.identify()
        while not call.guest.digits.empty():  # what was pressed in the menu is no answer to the queue
            call.guest.digits.get_nowait()
        entry = self._hall.queue(place.queue).entry_prompt
        try:
            async with call.voice.meanwhile(
                lambda voice: voice.music(entry, announcements(self._hall, call.id, self._speech(call)))
            ):
                outcome = await self._hall.serve(
                    call.id, call.line, place.queue, call.caller, call.guest.digits, lambda: _fate(call)
                )
            if isinstance(outcome, Station):
                queue = self._hall.served_in(call.id) or place.queue
                await self._introduced(call, call.switch.handsets[outcome.number].joined(call), queue)
                return self._after(queue)
        finally:
            self._hall.ended(call.id)
        if isinstance(outcome.to, HangUp):
            if outcome.to.prompt is not None:
                await call.voice.say(outcome.to.prompt)
            call.ending = Ending("box", "left_queue")
            return None
        return outcome.to

    # -- inside ------------------------------------------------------------------------------------------

    async def _introduced(self, call: Call, host: Party, name: str) -> None:
        """The caller hears who serves him and the agent which queue it is, if it wants that; then they talk."""
        queue = self._hall.queue(name)
        said: list[Coroutine[Any, Any, None]] = []
        if queue.announce_agent and host.station is not None:
            number = self._number_of(host.station.number) or host.station.number
            said.append(call.voice.say(SERVES, *self._speech(call).digits(number), SERVED_BY))
        if queue.whisper is not None:
            voice = Voice(call.switch.sound, host.port, host.digits)
            said.append(voice.say(queue.whisper))
        if said:
            try:
                await _until_gone(said, host)
            except BaseException:
                call.switch.release(host)
                raise
        await call.talk(host)

    def _speech(self, call: Call) -> Speech:
        return speech(call.voice.language or self._language)


async def _until_gone(said: Sequence[Coroutine[Any, Any, None]], host: Party) -> None:
    """Until all is said or the agent has gone."""
    work: asyncio.Future[Any] = asyncio.gather(*said)
    waits: list[asyncio.Future[Any]] = [work, host.gone]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        await asyncio.wait([work])


def _fate(call: Call) -> Fate:
    """What became of one who left the queue neither by an agent of it nor by its rules."""
    if call.move is None:
        return "abandoned"
    return "served" if isinstance(call.move.place, Joined) else "overflowed"
