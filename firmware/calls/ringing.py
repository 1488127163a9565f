"""Ringing a station: the place `ToStation`."""

import asyncio
from contextlib import suppress
from typing import Literal, Protocol

from firmware.calls.call import Call, Place
from firmware.calls.party import Ending
from firmware.calls.places import ToStation
from firmware.lines import CallerId
from firmware.stations import Station

RING_S = 30.0
BUSY_TONE_S = 20.0


class Wishes(Protocol):
    """What one station's user has set."""

    @property
    def disturb(self) -> bool:
        """Whether calls may ring it."""

    @property
    def waiting(self) -> bool:
        """Whether a second call may knock."""

    @property
    def ring_s(self) -> float:
        """How long it rings."""


class Diversions(Protocol):
    """Where calls to a station go instead."""

    def of(self, station: str) -> Wishes:
        """What its user has set."""

    def before(self, call: Call, place: ToStation) -> Place | Literal["busy"] | None:
        """Instead of ringing; None: it rings."""

    async def after(self, call: Call, place: ToStation, why: str) -> Place | None:
        """When it is 'busy', 'no_answer', 'disturb' or 'no_station'; None: nowhere."""


class Ringing:
    """Serves `ToStation`. Who is led nowhere hears busy tone."""

    def __init__(self, diversions: Diversions) -> None:
        self._diversions = diversions

    async def __call__(self, call: Call, place: ToStation) -> Place | None:
        """Rings until somebody picks up or nobody does; the caller hears it ring."""
        if (other := call.switch.numbers().get(place.station)) is not None:
            return other
        where = call.switch.station_of(place.station)
        if where is not None and where != place.station:  # a person's number: he sits there now
            return place.model_copy(update={"station": where})
        station = None if where is None else call.switch.stations.get(where)
        if station is None:
            return await self._unanswered(call, place, "no_station")
        await call.identify()
        if call.guest.station is station:  # his own number
            return await self._unanswered(call, place, "busy")
        elsewhere = None if station.call == call.id else self._diversions.before(call, place)
        if elsewhere == "busy":
            return await self._unanswered(call, place, "diverted")
        if elsewhere is not None:
            return elsewhere
        if call.guest.line is not None and not call.guest.line.seized:
            why = await self._rung(call, station, place)  # his exchange lets him hear it ring
        else:
            async with call.voice.meanwhile(lambda voice: voice.ringback()):
                why = await self._rung(call, station, place)
        if why is not None:
            return await self._unanswered(call, place, why)
        host = call.switch.handsets[station.number].joined(call)
        try:
            await call.answer(by=station.number)
        except BaseException:
            call.switch.release(host)
            raise
        await call.talk(host)
        return None

    async def _rung(self, call: Call, station: Station, place: ToStation) -> str | None:
        """Why nobody picked up; None: somebody did."""
        wishes = self._diversions.of(station.number)
        shown = CallerId(call.caller.number, call.caller.name, call.caller.withheld)
        seconds = place.ring_s or (RING_S if station.call == call.id else wishes.ring_s)
        if station.call != call.id and not wishes.disturb:
            return "disturb"
        if call.comes_back and station.offhook and station.call is None:  # it was his, and he hears busy tone
            with suppress(TimeoutError):
                await asyncio.wait_for(station.hung_up(), seconds)
        if station.free or station.call == call.id:
            return await self._offer(call, station, shown, seconds)
        if not wishes.waiting:
            return "busy"
        call.publish("call.knocking", station=station.number)
        return None if await call.switch.handsets[station.number].knock(call, shown, seconds) else "busy"

    async def _offer(self, call: Call, station: Station, shown: CallerId, seconds: float) -> str | None:
        call.publish("call.offered", station=station.number, why=[])
        result = "caller_gone"
        try:
            result = "answered" if await station.offer(call.id, shown, seconds) else "no_answer"
        finally:
            call.publish("call.offer_ended", station=station.number, result=result)
        return None if result == "answered" else result

    async def _unanswered(self, call: Call, place: ToStation, why: str) -> Place | None:
        call.result = "busy" if why in ("disturb", "diverted") else why
        call.ending = Ending("box", why)
        after = call.came_back(place, why)
        if after is None and why not in ("no_station", "diverted"):
            after = await self._diversions.after(call, place, why)
        after = after or call.to_sender()
        if after is None and not call.connected and (call.guest.line is None or call.guest.line.seized):
            await call.busy(BUSY_TONE_S)
        return after
