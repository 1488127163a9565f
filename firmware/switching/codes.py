"""The feature codes of this room: what a user does at a handset without a screen (B7)."""

from collections.abc import Awaitable, Callable

from firmware.calls.call import Place
from firmware.calls.dialling import Code
from firmware.calls.handset import Features, Handset
from firmware.calls.places import ToRoom, ToStation
from firmware.errors import UserError
from firmware.lines import CallerId
from firmware.prompts.speech import Speech
from firmware.setup.store import Setup
from firmware.switching import others
from firmware.switching.others import Monitoring, NotPossible
from firmware.switching.park import CarPark
from firmware.switching.section import Diversion, Right, Telephones

DONE, REFUSED = "done", "refused"
Doing = Callable[[Handset, str], Awaitable[Place | None]]


class Codes:
    """`add` lets handsets dial them. What is not possible or not permitted is said so, and dial tone comes back."""

    def __init__(self, setup: Setup, park: CarPark, speech: Speech) -> None:
        self._setup = setup
        self._park = park
        self._speech = speech

    def add(self, features: Features) -> None:
        """Every code of this room."""
        table: dict[str, tuple[Code, Doing]] = {
            "*8": (Code("pick_up", "maybe_station"), self._pick_up),
            "*20": (Code("park"), self._parks),
            "*21": (Code("fetch", "digits"), self._fetch),
            "*30": (Code("listen", "station"), self._monitor("listen")),
            "*31": (Code("whisper", "station"), self._monitor("whisper")),
            "*32": (Code("barge", "station"), self._monitor("barge")),
            "*33": (Code("take_over", "station"), self._take_over),
            "*34": (Code("release", "station"), self._release),
            "*35": (Code("send", "station_number"), self._send),
            "*40": (Code("room", "digits"), self._room),
            "*66": (Code("redial"), self._redial),
            "*60": (Code("speed", "digits"), self._speed),
            "*70": (Code("disturb_not"), self._set(disturb=False)),
            "*71": (Code("disturb"), self._set(disturb=True)),
            "*72": (Code("forward", "maybe"), self._forward("always")),
            "*74": (Code("forward_busy", "maybe"), self._forward("busy")),
            "*75": (Code("forward_no_answer", "maybe"), self._forward("no_answer")),
            "*5": (Code("call_back"), self._call_back),
        }
        for code, (what, does) in table.items():
            features.add(code, what, _said(does))

    # -- others' calls -----------------------------------------------------------------------------------

    async def _pick_up(self, handset: Handset, station: str) -> None:
        self._permit(handset, "pick_up")
        others.pick_up(handset, station or None)

    async def _take_over(self, handset: Handset, station: str) -> None:
        self._permit(handset, "take_over")
        others.take_over(handset, station)

    async def _release(self, handset: Handset, station: str) -> None:
        self._permit(handset, "release")
        others.release(handset.switch, station)
        await handset.voice.say(DONE)

    async def _send(self, handset: Handset, argument: str) -> None:
        """Whoever a colleague speaks with goes to another number (强转)."""
        station, number = argument.split(" ")
        self._permit(handset, "send")
        others.send(handset.switch, station, handset.meant(number), handset.station.number)
        await handset.voice.say(DONE)

    def _monitor(self, how: others.Listening) -> Doing:
        async def begin(handset: Handset, station: str) -> Place:
            self._permit(handset, how)
            if station not in handset.switch.stations:
                raise NotPossible(f"there is no station {station}", code="no_station", name=station)
            return Monitoring(station=station, how=how)

        return begin

    # -- park and meet -----------------------------------------------------------------------------------

    async def _parks(self, handset: Handset, _: str) -> None:
        slot = self._park.park(handset)
        await handset.voice.say("parked_at", *self._speech.digits(str(slot)))

    async def _fetch(self, handset: Handset, slot: str) -> None:
        if len(slot) != 1:
            raise NotPossible("a parking place is one digit", code="one_digit")
        self._park.fetch(handset, int(slot))

    async def _room(self, _: Handset, room: str) -> Place:
        return ToRoom(room=room)

    # -- own telephone -----------------------------------------------------------------------------------

    async def _redial(self, handset: Handset, _: str) -> Place:
        if handset.last_place is None:
            raise NotPossible("nothing was dialled here yet", code="nothing_dialled")
        return handset.last_place

    async def _speed(self, handset: Handset, key: str) -> Place:
        number = self._telephones().speed.get(key)
        if number is None:
            raise NotPossible(f"there is no short number {key}", code="no_short_number", name=key)
        return handset.meant(number)

    def _set(self, *, disturb: bool) -> Doing:
        async def change(handset: Handset, _: str) -> None:
            self._change(handset, disturb=disturb)
            await handset.voice.say(DONE)

        return change

    def _forward(self, which: str) -> Doing:
        async def change(handset: Handset, number: str) -> None:
            if number:
                handset.meant(number)
            self._change(handset, **{which: number or None})
            await handset.voice.say(DONE)

        return change

    async def _call_back(self, handset: Handset, _: str) -> None:
        """When the station that was busy is free again, this one rings, and then it (遇忙回叫)."""
        wanted, switch = handset.last_place, handset.switch
        where = switch.station_of(wanted.station) if isinstance(wanted, ToStation) else None
        if not isinstance(wanted, ToStation) or where is None or where not in switch.stations:
            raise NotPossible("the last call was not to a telephone of the house", code="not_inside")
        callee = switch.stations[where]
        switch.call_back(handset.station, callee, wanted, CallerId(callee.number))
        await handset.voice.say(DONE)

    # -- inside ------------------------------------------------------------------------------------------

    def _telephones(self) -> Telephones:
        return self._setup.load(Telephones)

    def _permit(self, handset: Handset, right: Right) -> None:
        if not self._telephones().may(handset.station.number, right):
            raise NotPossible(f"station {handset.station.number} has no right to {right}", code="no_right")

    def _change(self, handset: Handset, **values: object) -> None:
        number = handset.station.number

        def change(now: Telephones) -> Telephones:
            wanted = Diversion.model_validate(now.diversion(number).model_dump() | values)
            return now.model_copy(update={"diversions": now.diversions | {number: wanted}})

        self._setup.change(Telephones, change, who=f"station {number}")


def _said(does: Doing) -> Doing:
    async def said(handset: Handset, digits: str) -> Place | None:
        try:
            return await does(handset, digits)
        except UserError as error:
            handset.refuse(error)
            await handset.voice.say(REFUSED)
            return None

    return said
