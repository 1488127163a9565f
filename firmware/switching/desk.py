"""The soft-phone buttons: what the page, or another program, does at a station in its user's place.

A telephone cannot be lifted from afar: whoever is on-hook is rung first, and led on when he picks up.
"""

from collections.abc import Callable
from typing import Any

from firmware.api.messages import Message, Refused
from firmware.api.switching import (
    AtStation,
    Dial,
    Divert,
    Listen,
    OfStation,
    PickUp,
    RoomLock,
    RoomParty,
    Send,
    Transfer,
)
from firmware.calls.handset import Handset, Leg
from firmware.calls.places import Target, ToNumber, target_words
from firmware.calls.switch import Switch
from firmware.errors import UserError
from firmware.lines import CallerId
from firmware.setup.store import Setup
from firmware.switching import others
from firmware.switching.others import Monitoring, NotPossible
from firmware.switching.park import CarPark
from firmware.switching.rooms import Rooms
from firmware.switching.section import Diversion, Telephones

Intent = Callable[[Any], Any]


class Desk:
    """`intents` are the handlers of the api. What cannot be done is Refused in words. `there`: whether the box has
    such a place."""

    def __init__(
        self,
        switch: Switch,
        setup: Setup,
        park: CarPark,
        rooms: Rooms,
        there: Callable[[Target], bool] = lambda _: True,
    ) -> None:
        self._switch = switch
        self._setup = setup
        self._park = park
        self._rooms = rooms
        self._there = there

    def intents(self) -> dict[str, Intent]:
        """By name."""
        plain: dict[str, Intent] = {
            "desk.dial": self.dial, "desk.hold": self.hold, "desk.retrieve": self.retrieve, "desk.swap": self.swap,
            "desk.confer": self.confer, "desk.transfer": self.transfer, "desk.hang_up": self.hang_up,
            "desk.park": self.park, "desk.fetch": self.fetch, "desk.pick_up": self.pick_up, "desk.listen": self.listen,
            "desk.take_over": self.take_over, "desk.divert": self.divert, "call.release": self.release,
            "call.send": self.send, "room.mute": self.mute, "room.drop": self.drop, "room.lock": self.lock,
            "desk.answer": self.answer,
        }  # fmt: skip
        return {name: self._in_words(does) for name, does in plain.items()}

    # -- one's own calls ---------------------------------------------------------------------------------

    async def dial(self, wanted: Dial) -> dict[str, Any]:
        """Calls somebody: the station rings first, unless it is off-hook. In talk, whoever is there is held; a call
        that came to nothing, of which its user is being told, gives way."""
        handset = self._handset(wanted.station)
        place = handset.meant(wanted.to)
        if handset.station.offhook and (handset.active is None or handset.hold() or handset.gives_up()):
            return {"call": handset.dial(place).id}
        if not handset.station.free:
            raise NotPossible(f"station {wanted.station} is in use", code="station_in_use", name=wanted.station)
        shown = CallerId(wanted.to)
        self._switch.spawn(self._switch.originate(handset.station, place, shown), f"click to dial, {wanted.station}")
        return {"call": None}

    async def answer(self, wanted: AtStation) -> dict[str, Any]:
        """The call that a headset is told of begins."""
        station = self._handset(wanted.station).station
        if station.headset == "no":
            raise NotPossible(f"station {wanted.station} is no headset", code="no_headset")
        return _done(station.answer(), NotPossible(f"station {wanted.station} does not ring", code="rings_no_more"))

    async def hold(self, wanted: AtStation) -> dict[str, Any]:
        """Whoever is spoken with hears music."""
        return _done(self._handset(wanted.station).hold(), NotPossible("it speaks with nobody", code="in_no_call"))

    async def retrieve(self, wanted: AtStation) -> dict[str, Any]:
        """Back to the one on hold."""
        return _done(self._lifted(wanted.station).retrieve(), NotPossible("nobody is on hold", code="nobody_on_hold"))

    async def swap(self, wanted: AtStation) -> dict[str, Any]:
        """To and fro."""
        return _done(self._lifted(wanted.station).swap(), NotPossible("there is no second call", code="no_second_call"))

    async def confer(self, wanted: AtStation) -> dict[str, Any]:
        """All together."""
        return _done(
            self._lifted(wanted.station).confer(),
            NotPossible("there are not two calls that have been answered", code="not_two_calls"),
        )

    async def transfer(self, wanted: Transfer) -> dict[str, Any]:
        """With `to`: whoever is spoken with, or held, goes there at once. Without: the two calls become one."""
        handset = self._handset(wanted.station)
        if wanted.to is None:
            second = handset.active
            if handset.held and second is not None and isinstance(second.call.place, ToNumber):
                self._may_go_outside(handset.held[-1])
            return _done(
                handset.transfer(),
                NotPossible("there are no two calls that may be put through to each other", code="cannot_be_joined"),
            )
        leg = handset.active or (handset.held[-1] if handset.held else None)
        if leg is None or not leg.call.connected or leg.alone:
            raise NotPossible("it speaks with nobody", code="in_no_call")
        self._is_there(wanted.to)
        if isinstance(wanted.to, ToNumber) and wanted.to.number not in self._switch.inside():
            self._may_go_outside(leg)
        handset.send(leg, wanted.to, "transferred")
        return {}

    async def hang_up(self, wanted: AtStation) -> dict[str, Any]:
        """Ends the call that is spoken in, or that rings out."""
        handset = self._handset(wanted.station)
        if handset.active is None:
            raise NotPossible("it is in no call", code="in_no_call")
        handset.active.me.leave("desk")
        return {}

    async def park(self, wanted: AtStation) -> dict[str, Any]:
        """The place where whoever is spoken with waits now."""
        return {"slot": self._park.park(self._handset(wanted.station))}

    async def fetch(self, wanted: OfStation) -> dict[str, Any]:
        """From a parking place (`of`)."""
        slot = int(wanted.of) if len(wanted.of) == 1 else 0
        await self._at_handset(wanted.station, lambda handset: self._park.fetch(handset, slot))
        return {}

    async def divert(self, wanted: Divert) -> dict[str, Any]:
        """What a station's user wants with calls to him."""
        handset = self._handset(wanted.station)
        for number in (wanted.always, wanted.busy, wanted.no_answer, *wanted.follow_me):
            if number:
                handset.meant(number)
        diversion = Diversion.model_validate(wanted.model_dump(exclude={"station", "who"}))

        def change(now: Telephones) -> Telephones:
            return now.model_copy(update={"diversions": now.diversions | {wanted.station: diversion}})

        self._setup.change(Telephones, change, who=wanted.who or f"station {wanted.station}")
        return {}

    # -- others' calls -----------------------------------------------------------------------------------

    async def pick_up(self, wanted: PickUp) -> dict[str, Any]:
        """A call that rings elsewhere."""
        others.ringing_at(self._switch, wanted.of)
        await self._at_handset(wanted.station, lambda handset: others.pick_up(handset, wanted.of))
        return {}

    async def take_over(self, wanted: OfStation) -> dict[str, Any]:
        """The call of another station."""
        others.spoken_at(self._switch, wanted.of)
        await self._at_handset(wanted.station, lambda handset: others.take_over(handset, wanted.of))
        return {}

    async def listen(self, wanted: Listen) -> dict[str, Any]:
        """To another station, from one's own, which rings."""
        handset = self._handset(wanted.station)
        self._handset(wanted.of)
        place = Monitoring(station=wanted.of, how=wanted.how)
        if handset.station.offhook and handset.active is None:
            handset.dial(place)
        elif handset.station.free:
            originate = self._switch.originate(handset.station, place, CallerId(wanted.of))
            self._switch.spawn(originate, f"listening, {wanted.station}")
        else:
            raise NotPossible(f"station {wanted.station} is in use", code="station_in_use", name=wanted.station)
        return {}

    async def release(self, wanted: AtStation) -> dict[str, Any]:
        """Ends a station's call."""
        return {"call": others.release(self._switch, wanted.station).id}

    async def send(self, wanted: Send) -> dict[str, Any]:
        """Whoever a station speaks with goes elsewhere."""
        self._is_there(wanted.to)
        return {"call": others.send(self._switch, wanted.station, wanted.to, wanted.by).id}

    # -- conference rooms --------------------------------------------------------------------------------

    async def mute(self, wanted: RoomParty) -> dict[str, Any]:
        """Mutes somebody, or lets him speak."""
        self._rooms.role(wanted.room, wanted.call, muted=wanted.muted)
        return {}

    async def drop(self, wanted: RoomParty) -> dict[str, Any]:
        """Sends somebody out."""
        self._rooms.drop(wanted.room, wanted.call)
        return {}

    async def lock(self, wanted: RoomLock) -> dict[str, Any]:
        """Lets nobody else in, or everybody."""
        self._rooms.lock(wanted.room, locked=wanted.locked)
        return {}

    # -- inside ------------------------------------------------------------------------------------------

    def _in_words(self, does: Intent) -> Intent:
        async def intent(wanted: Message) -> dict[str, Any]:
            station = self._switch.stations.get(getattr(wanted, "station", ""))
            if station is not None:  # who puts the handset down and asks at once has put it down
                await station.sure()
            try:
                result: dict[str, Any] = await does(wanted)
            except UserError as error:
                raise Refused.like(error) from error
            return result

        return intent

    def _handset(self, station: str) -> Handset:
        handset = self._switch.handsets.get(station)
        if handset is None:
            raise NotPossible(
                f"there is no station {station}; stations are {', '.join(self._switch.stations)}",
                code="no_station",
                name=station,
            )
        return handset

    def _is_there(self, target: Target) -> None:
        """Told before anybody is sent nowhere. NotPossible."""
        if not self._there(target):
            raise NotPossible(f"there is no {target_words(target)}", code="no_target")

    def _may_go_outside(self, leg: Leg) -> None:
        """Told before he is sent there: the fuse would cut him off. NotPossible."""
        if any(one.line is not None and not self._switch.may_join(one, one) for one in leg.call.others(leg.me)):
            raise NotPossible("a caller from outside may not be put through to an outside number", code="not_outside")

    def _lifted(self, station: str) -> Handset:
        handset = self._handset(station)
        if not handset.station.offhook:
            raise NotPossible(f"the handset of station {station} is down", code="handset_down")
        return handset

    async def _at_handset(self, station: str, does: Callable[[Handset], Any]) -> None:
        """At once if the handset is up and in no call; else it rings, and this is done when it is picked up."""
        handset = self._handset(station)
        if handset.station.offhook and handset.active is None:
            does(handset)
        elif handset.station.free:
            self._switch.spawn(self._rung(handset, does), f"desk of {station}")
        else:
            raise NotPossible(f"station {station} is in use", code="station_in_use", name=station)

    async def _rung(self, handset: Handset, does: Callable[[Handset], Any]) -> None:
        if not await handset.station.offer(f"to-{handset.station.number}", CallerId(), 20.0, wanted=True):
            return
        try:
            does(handset)
        except NotPossible as error:
            handset.refuse(error)
            handset.station.leave()


def _done(done: bool, otherwise: NotPossible) -> dict[str, Any]:
    if not done:
        raise otherwise
    return {}
