"""What a user does with other people's calls: picking up, taking over, ending, sending, listening in."""

import asyncio
from typing import Literal

from drivers.binding.plan import Strict
from firmware.calls.call import Call, Joined, Place
from firmware.calls.handset import Handset, Leg
from firmware.calls.mix import Role
from firmware.calls.places import StationNumber
from firmware.calls.switch import Switch
from firmware.errors import UserError

Listening = Literal["listen", "whisper", "barge"]
ROLES: dict[Listening, Role] = {"listen": "listen", "whisper": "whisper", "barge": "talk"}
KEYS: dict[str, Listening] = {"4": "listen", "5": "whisper", "6": "barge"}


class NotPossible(UserError):
    """It cannot be done just now; the message says why."""


class Monitoring(Strict):
    """A place: the guest listens in on whatever is spoken at a station, until he hangs up."""

    kind: Literal["monitor"] = "monitor"
    station: StationNumber
    how: Listening = "listen"


def ringing_at(switch: Switch, station: str | None = None) -> Call:
    """The call that rings a station, or of all that ring anywhere the oldest. NotPossible: none does."""
    rung = [
        switch.calls[one.call]
        for number, one in switch.stations.items()
        if one.call in switch.calls and not one.offhook and station in (None, number)
    ]
    if not rung:
        raise NotPossible(f"station {station} does not ring" if station else "no station rings", code="rings_no_more")
    return min(rung, key=lambda call: call.started)


def spoken_at(switch: Switch, station: str) -> Leg:
    """The call that is spoken in at a station. NotPossible: none is."""
    handset = switch.handsets.get(station)
    if handset is None:
        raise NotPossible(
            f"there is no station {station}; stations are {', '.join(switch.stations)}", code="no_station", name=station
        )
    leg = handset.active
    if leg is None or not leg.call.connected or leg.alone or leg.call.over:
        raise NotPossible(f"station {station} speaks with nobody", code="nobody_speaks_there")
    return leg


def pick_up(handset: Handset, station: str | None = None) -> Call:
    """A call that rings elsewhere comes to this handset, which is off-hook (代接). NotPossible."""
    call = ringing_at(handset.switch, station)
    call.go(Joined(handset.joined(call)), "picked_up", by=handset.station.number)
    return call


def take_over(handset: Handset, station: str) -> Call:
    """The call of another station goes on at this handset, which is off-hook (抢线). NotPossible."""
    leg = spoken_at(handset.switch, station)
    if handset.station.number == station:
        raise NotPossible("this call is spoken in here already", code="here_already")
    leg.call.replace(leg.me, handset.joined(leg.call), by=handset.station.number)
    return leg.call


def release(switch: Switch, station: str) -> Call:
    """Ends the call of a station (强拆). NotPossible."""
    leg = spoken_at(switch, station)
    leg.call.end("released")
    return leg.call


def send(switch: Switch, station: str, place: Place, by: str | None) -> Call:
    """Whoever a station speaks with goes elsewhere (强转). NotPossible."""
    leg = spoken_at(switch, station)
    leg.call.without(leg.me, place, "sent", by=by)
    return leg.call


class Listeners:
    """Serves `Monitoring`. Who listens stays with the station from call to call. 4, 5 and 6 change between listening,
    whispering to the station's user, and talking with both."""

    def __init__(self) -> None:
        self.now: dict[str, Monitoring] = {}  # by the listening call

    async def __call__(self, call: Call, place: Monitoring) -> Place | None:
        """Until the guest hangs up."""
        handset = call.switch.handsets.get(place.station)
        if handset is None or handset.station is call.guest.station:
            await call.voice.say("refused")
            return None
        changed = asyncio.Event()
        handset.on_change.append(changed.set)
        listener = _Listener(call, handset, place.how)
        try:
            while True:
                self.now[call.id] = Monitoring(station=place.station, how=listener.how)
                listener.attach()
                await listener.until(changed)
        finally:
            handset.on_change.remove(changed.set)
            del self.now[call.id]
            listener.detach()


class _Listener:
    def __init__(self, call: Call, handset: Handset, how: Listening) -> None:
        self.how = how
        self._call = call
        self._handset = handset
        self._leg: Leg | None = None

    def attach(self) -> None:
        """To what is spoken at the station now, in the present role."""
        leg = self._handset.active
        if leg is not self._leg:
            self.detach()
            self._leg = leg
        if leg is not None:
            leg.call.mix.put(self._call.guest, ROLES[self.how], leg.me if self.how == "whisper" else None)
            self._call.publish(
                "call.listening", station=None, at=self._handset.station.number, how=self.how, other=leg.call.id
            )

    def detach(self) -> None:
        if self._leg is not None:
            self._leg.call.mix.remove(self._call.guest)
            self._leg = None

    async def until(self, changed: asyncio.Event) -> None:
        """A key, or another call at the station."""
        changed.clear()
        key = asyncio.ensure_future(self._call.guest.digits.get())
        change = asyncio.ensure_future(changed.wait())
        try:
            await asyncio.wait([key, change], return_when=asyncio.FIRST_COMPLETED)
            if key.done():
                self.how = KEYS.get(key.result().digit, self.how)
        finally:
            key.cancel()
            change.cancel()
