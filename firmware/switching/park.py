"""Parking: a caller waits in a numbered place until somebody, at any station, fetches him."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Strict
from firmware.calls.call import Call, Joined, Place
from firmware.calls.handset import Handset
from firmware.calls.places import StationNumber, ToStation
from firmware.switching.others import NotPossible
from firmware.switching.section import Telephones


class Parked(Strict):
    """A place: music, until he is fetched. `by` parked him, and gets him back."""

    kind: Literal["parked"] = "parked"
    slot: Annotated[int, Field(ge=1, le=9)]
    by: StationNumber


class CarPark:
    """Serves `Parked`, and knows who stands where. How many places there are, and for how long one may stand there,
    `telephones` gives, the present section of the setup."""

    def __init__(self, telephones: Callable[[], Telephones]) -> None:
        self._telephones = telephones
        self.parked: dict[int, Call] = {}

    def free(self) -> int:
        """A free place. NotPossible: all are taken."""
        places = self._telephones().park_places
        slot = next((slot for slot in range(1, places + 1) if slot not in self.parked), None)
        if slot is None:
            raise NotPossible(f"all {places} parking places are taken", code="no_free_place")
        return slot

    def park(self, handset: Handset) -> int:
        """Parks whom the handset's user has on hold, or else speaks with; the place. NotPossible."""
        leg = handset.held[-1] if handset.held else handset.active
        if leg is None or not leg.call.connected or leg.alone:
            raise NotPossible(f"station {handset.station.number} speaks with nobody", code="in_no_call")
        slot = self.free()
        self.parked[slot] = leg.call  # at once: nobody else gets the place
        handset.send(leg, Parked(slot=slot, by=handset.station.number), "parked")
        return slot

    def fetch(self, handset: Handset, slot: int) -> Call:
        """Who stands there comes to this handset, which is off-hook. NotPossible."""
        call = self.parked.get(slot)
        if call is None:
            there = ", ".join(map(str, sorted(self.parked))) or "none"
            raise NotPossible(f"nobody is parked at {slot}; taken places: {there}", code="nobody_parked")
        call.go(Joined(handset.joined(call)), "fetched", by=handset.station.number)
        return call

    async def __call__(self, call: Call, place: Parked) -> Place | None:
        """Music; in the end back to who parked him."""
        self.parked[place.slot] = call
        call.publish("call.parked", station=place.by, slot=place.slot)
        try:
            async with call.voice.meanwhile(lambda voice: voice.music()):
                await asyncio.sleep(self._telephones().park_s)
        finally:
            if self.parked.get(place.slot) is call:
                del self.parked[place.slot]
        return ToStation(station=place.by)
