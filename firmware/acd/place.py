"""The place `ToQueue`: a caller waits until an agent has picked up, or leaves for another place."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from firmware.acd.announcer import announcements
from firmware.acd.door import member
from firmware.acd.model import ToCallback
from firmware.acd.overflow import Leave
from firmware.acd.queue import Fate, Hall
from firmware.acd.vip import Vip
from firmware.calls.call import Call, Joined, Place
from firmware.calls.party import Ending, Party
from firmware.calls.places import HangUp, Target, ToQueue
from firmware.calls.voice import Voice
from firmware.prompts.speech import Speech, speech

SERVES, SERVED_BY = "agent_serves", "agent_serves_you"
OWN, ENTER, CONFIRM, NOTED = "callback_own", "callback_enter", "callback_confirm", "callback_done"
ANSWER_S = 5.0
NUMBER_LEAST, NUMBER_MOST, TRIES = 5, 20, 2


class InQueue:
    """Serves `ToQueue` with the hall. `language` is the box's; `number_of` tells who sits at a station."""

    def __init__(
        self, hall: Hall, language: str, number_of: Callable[[str], str | None] = lambda station: station,
        after: Callable[[str], Place | None] = lambda _: None, vip: Callable[[], Vip] = Vip,
    ) -> None:  # fmt: skip
        """`after(queue)`: where the caller goes when his agent has hung up, as to a survey; None: the call ends."""
        self._hall = hall
        self._language = language
        self._number_of = number_of
        self._after = after
        self._vip = vip

    async def __call__(self, call: Call, place: ToQueue) -> Place | None:
        """The caller hears that he is queued, then music and announcements."""
        await call.answer()
        await call.identify()
        while not call.guest.digits.empty():  # what was pressed in the menu is no answer to the queue
            call.guest.digits.get_nowait()
        queue, waited_s = self._hall.name_of(place.queue), 0.0
        entry, door = self._hall.queue(queue).entry_prompt, self._hall.queue(queue).door
        if door is not None and not await self._let_in(call):
            return await self._leaves(call, door.otherwise, place)
        while True:
            outcome = await self._served(call, queue, entry, waited_s)
            if isinstance(outcome, str):
                return self._after(outcome)
            if not isinstance(outcome.to, ToCallback):
                return await self._leaves(call, outcome.to, place)
            asked = asyncio.get_running_loop().time()
            if await self._wants_callback(call, outcome):
                return await self._leaves(call, HangUp())
            queue, entry = outcome.queue, None
            waited_s = outcome.waited_s + asyncio.get_running_loop().time() - asked

    # -- inside ------------------------------------------------------------------------------------------

    async def _served(self, call: Call, queue: str, entry: str | None, waited_s: float) -> Leave | str:
        """Waits, and talks with the agent: in this queue, and that is over. Or the caller leaves."""
        try:
            async with call.voice.meanwhile(
                lambda voice: voice.music(entry, announcements(self._hall, call.id, self._speech(call)))
            ):
                outcome = await self._hall.serve(
                    call.id, call.line, queue, call.caller, call.guest.digits, lambda: _fate(call), waited_s=waited_s
                )
            if isinstance(outcome, Leave):
                return outcome
            name = self._hall.served_in(call.id) or queue
            await self._introduced(call, call.switch.handsets[outcome.number].joined(call), name)
            return name
        finally:
            self._hall.ended(call.id)

    async def _let_in(self, call: Call) -> bool:
        """By card and PIN; he has his priority and his own agent from now on."""
        card = await member(call, self._vip())
        if card is None:
            return False
        call.publish("call.member", card=card.card, name=card.name)
        self._hall.prefer(call.id, card.priority)
        if card.agent is not None and call.caller.number:
            self._hall.remember(call.caller.number, card.agent)
        return True

    async def _leaves(self, call: Call, to: Target, place: ToQueue | None = None) -> Place | None:
        """Whoever sent him to `place`, such as a flow, may go on with him instead of hanging up."""
        if not isinstance(to, HangUp):
            return to
        if place is not None and (after := call.came_back(place, "left")) is not None:
            return after
        if to.prompt is not None:
            await call.voice.say(to.prompt)
        call.ending = Ending("box", "left_queue")
        return None

    async def _wants_callback(self, call: Call, left: Leave) -> bool:
        """Asks for his number; False: he does not want it, or does not say."""
        began = asyncio.get_running_loop().time()
        number = await _number(call, self._speech(call))
        if number is None:
            return False
        waited_s = left.waited_s + asyncio.get_running_loop().time() - began
        call.publish("call.callback_wanted", number=number, queue=left.queue, waited_s=round(waited_s, 1))
        await call.voice.say(NOTED)
        return True

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


async def _number(call: Call, speech: Speech) -> str | None:
    """The number that the caller wants to be called back at; he hears it again if he keyed it."""
    own = call.caller.number
    if len(own) >= NUMBER_LEAST and await call.voice.ask(OWN, wait_s=ANSWER_S) == "1":
        return own
    for _ in range(TRIES):
        keyed = await call.voice.collect(ENTER, most=NUMBER_MOST, within_s=ANSWER_S)
        if len(keyed) < NUMBER_LEAST or not keyed.isdecimal():
            continue
        if await call.voice.ask(*speech.telephone(keyed), CONFIRM, wait_s=ANSWER_S) in ("1", None):
            return keyed
    return None


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
