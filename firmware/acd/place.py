"""The place `ToQueue`: a caller waits until an agent has picked up, or leaves for another place."""

from collections.abc import Callable

from firmware.acd.queue import Fate, Hall
from firmware.calls.call import Call, Joined, Place
from firmware.calls.party import Ending
from firmware.calls.places import HangUp, ToQueue
from firmware.stations import Station

ENTRY = "queue_entry"


class InQueue:
    """Serves `ToQueue` with the hall."""

    def __init__(self, hall: Hall, after: Callable[[str], Place | None] = lambda _: None) -> None:
        """`after(queue)`: where the caller goes when his agent has hung up, as to a survey; None: the call ends."""
        self._hall = hall
        self._after = after

    async def __call__(self, call: Call, place: ToQueue) -> Place | None:
        """The caller hears that he is queued, then music."""
        await call.answer()
        await call.identify()
        while not call.guest.digits.empty():  # what was pressed in the menu is no answer to the queue
            call.guest.digits.get_nowait()
        try:
            async with call.voice.meanwhile(lambda voice: voice.music(ENTRY)):
                outcome = await self._hall.serve(
                    call.id, call.line, place.queue, call.caller, call.guest.digits, lambda: _fate(call)
                )
            if isinstance(outcome, Station):
                await call.talk(call.switch.handsets[outcome.number].joined(call))
                return self._after(place.queue)
        finally:
            self._hall.ended(call.id)
        if isinstance(outcome.to, HangUp):
            if outcome.to.prompt is not None:
                await call.voice.say(outcome.to.prompt)
            call.ending = Ending("box", "left_queue")
            return None
        return outcome.to


def _fate(call: Call) -> Fate:
    """What became of one who left the queue neither by an agent of it nor by its rules."""
    if call.move is None:
        return "abandoned"
    return "served" if isinstance(call.move.place, Joined) else "overflowed"
