"""Ringing a station: the place `ToStation`."""

from collections.abc import Awaitable, Callable

from firmware.calls.call import Call, Place
from firmware.calls.party import Ending
from firmware.calls.places import ToStation
from firmware.lines import CallerId
from firmware.stations import Station

RING_S = 30.0
BUSY_TONE_S = 20.0

Unanswered = Callable[[Call, ToStation, str], Awaitable[Place | None]]
"""Where a call goes whose station is 'busy', did not answer ('no_answer') or is not there ('no_station')."""


class Ringing:
    """Serves `ToStation`. `unanswered` may lead on, as forwards and voicemail do; else the caller hears busy tone."""

    def __init__(self) -> None:
        self.unanswered: Unanswered = _nowhere

    async def __call__(self, call: Call, place: ToStation) -> Place | None:
        """Rings until somebody picks up or nobody does; the caller hears it ring."""
        station = call.switch.stations.get(place.station)
        if station is None:
            return await self._unanswered(call, place, "no_station")
        await call.identify()
        if call.guest.line is not None and not call.guest.line.seized:
            picked_up = await self._offer(call, station, place)  # his exchange lets him hear it ring
        else:
            async with call.voice.meanwhile(lambda voice: voice.ringback()):
                picked_up = await self._offer(call, station, place)
        if picked_up is not None:
            return await self._unanswered(call, place, picked_up)
        host = call.switch.handsets[station.number].joined(call)
        try:
            await call.answer(by=station.number)
        except BaseException:
            call.switch.release(host)
            raise
        await call.talk(host)
        return None

    async def _offer(self, call: Call, station: Station, place: ToStation) -> str | None:
        """Why nobody picked up; None: somebody did."""
        if not station.free and station.call != call.id:
            return "busy"
        call.publish("call.offered", station=station.number, why=[])
        result = "caller_gone"
        try:
            shown = CallerId(call.caller.number, call.caller.name, call.caller.withheld)
            seconds = RING_S if place.ring_s is None else place.ring_s
            result = "answered" if await station.offer(call.id, shown, seconds) else "no_answer"
        finally:
            call.publish("call.offer_ended", station=station.number, result=result)
        return None if result == "answered" else result

    async def _unanswered(self, call: Call, place: ToStation, why: str) -> Place | None:
        call.result, call.ending = why, Ending("box", why)
        after = await self.unanswered(call, place, why)
        if after is None and (call.guest.line is None or call.guest.line.seized):
            await call.voice.tone("busy", BUSY_TONE_S)
        return after


async def _nowhere(_call: Call, _place: ToStation, _why: str) -> Place | None:
    return None
