"""What the user of a station means: lifting it and dialling, the flash key, putting it down.

The flash key holds whoever is spoken with and gives dial tone for a second call. From then on:

- flash: back to the one on hold, if the second party has not answered, or is busy or gone;
- flash, then 1: ends the second call, back to the first; 2, or nothing: changes to and fro; 3: all three together;
- putting the handset down puts the two others through to each other; while the second still rings, the first goes
  there. With one on hold and nobody else, the telephone rings: nobody is forgotten on hold.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from drivers.binding.engine import CoreError
from firmware.calls.call import Call, Direction, Place
from firmware.calls.dialling import Asked, Code, interpret
from firmware.calls.party import Ending, Party
from firmware.calls.places import PASSED_ON, ToNumber, ToStation
from firmware.calls.voice import Voice
from firmware.dialplan.numbers import Numbering
from firmware.errors import UserError
from firmware.lines import CallerId
from firmware.stations import Station

if TYPE_CHECKING:
    from firmware.calls.switch import Switch

log = logging.getLogger(__name__)

DIAL_TONE_S = 20.0  # then the user is told that nothing will happen
DIGITS_S = 4.0  # what was dialled is whole if nothing follows for so long
MORE_S = 10.0  # so long is waited for digits that must follow
KNOCK_EVERY_S = 10.0  # Telcordia GR-571: the tone comes again
KEY_S = 2.5  # after a flash between two calls
WRONG = "number_wrong"
DONE = "done"
REFUSED = "refused"

Feature = Callable[["Handset", str], Awaitable[Place | None]]
"""What a feature code does, with the digits after it. It may lead to a place; otherwise the user gets dial tone."""


@dataclass(slots=True)
class Features:
    """Feature codes, what they do, and how numbers are told from each other. The rooms add to it."""

    numbering: Numbering
    codes: dict[str, Code] = field(default_factory=dict)
    does: dict[str, Feature] = field(default_factory=dict)

    def add(self, code: str, what: Code, does: Feature) -> None:
        """A feature can be dialled from now on. ValueError: the code means something else already."""
        if code in self.codes:
            raise ValueError(f"code {code} is {self.codes[code].feature} already; it cannot be {what.feature}, too")
        self.codes[code], self.does[what.feature] = what, does


@dataclass(frozen=True, slots=True)
class Leg:
    """One of the user's calls, and himself in it."""

    call: Call
    me: Party

    @property
    def alone(self) -> bool:
        """Nobody else is in the call itself, as in a conference room: there is nobody to pass on."""
        return not self.call.others(self.me)


class Handset:
    """One station's user. He speaks in one call (`active`) and may keep others on hold."""

    def __init__(self, switch: "Switch", station: Station) -> None:
        self.switch = switch
        self.station = station
        self.voice = Voice(switch.sound, station.port, station.digits)
        self._active: Leg | None = None
        self.on_change: list[Callable[[], None]] = []  # told when the user begins or stops speaking in a call
        self._waiting: asyncio.Future[None] | None = None  # done when the user takes the call that knocks
        self.held: list[Leg] = []
        self.last_place: ToStation | ToNumber | None = None  # for redial and call-back
        self._task: asyncio.Task[None] | None = None  # dialling, or waiting for a key
        station.on_lifted = self._lifted
        station.on_down = self._down
        station.on_flash = self.flash

    @property
    def active(self) -> Leg | None:
        """The call that the user speaks in."""
        return self._active

    @active.setter
    def active(self, leg: Leg | None) -> None:
        self._active = leg
        for told in list(self.on_change):
            told()

    # -- told by calls -----------------------------------------------------------------------------------

    def joined(self, call: Call) -> Party:
        """The station was rung for this call and has been picked up: its party, from now on."""
        party = Party(self.station)
        self.active = Leg(call, party)
        self.station.call = call.id
        return party

    def belongs(self, party: Party, call: Call) -> None:
        """The party is in this call from now on: others may have passed it on."""
        if self.active is not None and self.active.me is party:
            self.active = Leg(call, party)
            self.station.call = call.id
        self.held = [Leg(call, party) if leg.me is party else leg for leg in self.held]

    def released(self, party: Party) -> None:
        """A call lets the station go."""
        party.leave("released")
        self.held = [leg for leg in self.held if leg.me is not party]
        if self.active is not None and self.active.me is party:
            call, self.active = self.active.call, None
            if self.station.call == call.id:
                self.station.leave()
        if self.active is None and not self.held and self._task is None:
            self.station.rest()

    def close(self) -> None:
        """Ends what it does by itself."""
        self._stop()

    # -- what the user does, by hand or by the page ------------------------------------------------------

    def dial(self, place: Place) -> Call:
        """The user, off-hook and in no call, calls somebody."""
        self._stop()
        guest = Party(self.station)
        direction: Direction = "outbound" if isinstance(place, ToNumber) else "inside"
        call = self.switch.begin(guest, place, direction, CallerId(self.station.number))
        self.active = Leg(call, guest)
        if isinstance(place, ToStation | ToNumber):
            self.last_place = place
        return call

    def meant(self, number: str) -> ToStation | ToNumber:
        """What a whole number leads to, dialled here. UserError: nowhere."""
        features = self.switch.features
        found = interpret(f"{number}#", self.switch.inside(), {}, features.numbering).now if number else None
        if found is None or isinstance(found, Asked):
            raise UserError(f"{number or 'an empty number'} cannot be dialled", code="not_diallable")
        return found

    def refuse(self, error: UserError) -> None:
        """The event that tells why what the user asked for is not possible."""
        self.tell("station.refused", text=str(error), code=error.code, holes=error.holes)

    def tell(self, kind: str, **data: Any) -> None:
        """An event of this station."""
        self.switch.bus.publish(kind, call=self.station.call, station=self.station.number, **data)

    def hold(self) -> bool:
        """Whoever is spoken with hears music, the user is free for another call. False: nobody is spoken with."""
        if self.active is None or not self.active.call.connected or self.active.call.over:
            return False
        leg, self.active = self.active, None
        self.held.append(leg)
        self.station.call = None
        leg.call.hold(leg.me)
        return True

    def gives_up(self) -> bool:
        """Leaves a call that ends just now, or that came to nothing: a number that was refused or busy, of which the
        user is being told. False: there is none."""
        leg = self.active
        if leg is None:
            return False
        ends = leg.me.gone.done() or leg.call.over
        if not ends and (leg.call.connected or leg.call.result is None):
            return False
        self.active = None
        leg.me.leave("onhook")
        return True

    def retrieve(self) -> bool:
        """Back to the one on hold for the shortest time; a second call is ended. False: nobody is on hold."""
        if not self.held:
            return False
        self._stop()
        self.station.quiet()
        if self.active is not None:
            leg, self.active = self.active, None
            leg.me.leave("onhook")
        self.active = self.held.pop()
        self.station.call = self.active.call.id
        self.active.call.retrieve(self.active.me)
        return True

    def swap(self) -> bool:
        """To the other one; who was spoken with is on hold. False: there is no other."""
        if not self.held or self.active is None:
            return False
        other = self.held.pop(0)
        self.hold()
        self.active = other
        self.station.call = other.call.id
        other.call.retrieve(other.me)
        return True

    def confer(self) -> bool:
        """All three together. False: there are not two others."""
        if not self.held or self.active is None or not self.active.call.connected:
            return False
        if any(leg.alone or leg.call.over for leg in (self.held[-1], self.active)):
            return False
        stays, ends = _by_rank(self.held.pop(), self.active)
        self.active = stays
        self.station.call = stays.call.id
        for other in ends.call.others(ends.me):
            stays.call.add(self._taken(ends, other))
        if stays.call.mix.role(stays.me) == "away":
            stays.call.retrieve(stays.me)
        stays.call.publish("call.conference", station=self.station.number, parties=len(stays.call.parties))
        return True

    def transfer(self) -> bool:
        """Puts the one on hold through to whoever is spoken with, or to where it still rings, or into the conference
        room. False: not possible."""
        if not self.held or self.active is None:
            return False
        first, second = self.held[-1], self.active
        if first.call.over or second.call.over:
            return False
        if not second.call.connected or second.alone:
            place = second.call.place
            if not isinstance(place, PASSED_ON) or first.alone:
                return False  # what he listens to, such as messages or a colleague's talk, is for his ears only
            self.send(first, second.call.hands_over() or place, "transferred")
            second.me.leave("onhook")
            return True
        stays, ends = _by_rank(first, second)
        ones, others = stays.call.others(stays.me), ends.call.others(ends.me)
        if not ones or not others or not self.switch.may_join(ones[0], others[0]):
            return False
        self.held.remove(first)
        self.active = None
        stays.call.replace(stays.me, self._taken(ends, others[0]), by=self.station.number)
        self.station.leave()
        return True

    def send(self, leg: Leg, place: Place, why: str) -> None:
        """Whoever the user speaks with, or holds, goes to another place."""
        leg.call.without(leg.me, place, why, by=self.station.number)

    async def knock(self, call: Call, shown: CallerId, seconds: float) -> bool:
        """Call waiting: the user, in talk with nobody on hold, hears a tone and sees who it is. True: he took it, by
        the flash key, and whom he spoke with is on hold."""
        if self.active is None or not self.active.call.connected or self.held or self._waiting is not None:
            return False
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds), self.voice.meanwhile(lambda _: self._knocks(shown)):
                await self._waiting
            return self.station.offhook
        except TimeoutError:
            return False
        finally:
            self._waiting = None

    def beep(self, seconds: float) -> None:
        """A short tone beside whatever is heard."""
        self.switch.spawn(self.voice.tone("call_waiting", seconds), f"beep at {self.station.number}")

    async def _knocks(self, shown: CallerId) -> None:
        """The country's tone and, where it has it, who calls; then the tone alone again and again."""
        tells = (shown.number, shown.name, shown.withheld)
        while True:
            with suppress(CoreError):  # the last call that knocked is still being told of
                await self.station.port.call_waiting(*tells)
                tells = ("", "", None)
            await asyncio.sleep(KNOCK_EVERY_S)

    def flash(self) -> None:
        """The flash key, or the page's."""
        if self._waiting is not None and not self._waiting.done() and self.hold():
            self._waiting.set_result(None)
            return
        if self.active is not None and self.active.call.connected:
            if self.held:
                self._start(self._key)
            elif self.hold():
                self._start(partial(self._dial, "recall"))
        elif self.held:
            self.retrieve()
        elif self.active is not None:
            self.active.me.leave("onhook")

    # -- told by the station -----------------------------------------------------------------------------

    def _lifted(self) -> None:
        self._start(partial(self._dial, "dial"))

    def _down(self) -> None:
        self._stop()
        if self.held and self.transfer():
            return
        if self.active is not None:
            self.active.me.leave(self.station.fault or "onhook")
        for leg in list(self.held):
            self._recall(leg)

    def _recall(self, leg: Leg) -> None:
        """The handset is down and somebody is still on hold: it rings."""
        self.held.remove(leg)
        if leg.alone or leg.call.over:
            leg.me.leave("onhook")
            return
        call = leg.call
        self.station.call = call.id
        call.give(leg.me)
        leg.me.leave("recalled")
        call.go(ToStation(station=self.station.number), "recalled", by=self.station.number)

    # -- dialling ----------------------------------------------------------------------------------------

    async def _dial(self, tone: str) -> None:
        """Dial tone, digits, and what they mean; again after a feature that leads nowhere."""
        while True:
            dialled, meant = await self._digits(tone)
            if meant is None:
                if not dialled:
                    self.station.busy_tone()
                    return
                await self.voice.say(WRONG)
                tone = "dial"
                continue
            place: Place | None
            if isinstance(meant, Asked):
                place = await self.switch.features.does[meant.feature](self, meant.argument)
            else:
                place = meant
            if self.active is not None:  # the feature has given him a call
                self._task = None
                return
            if place is not None:
                self._task = None  # this task itself ends here
                self.dial(place)
                return

    async def _digits(self, tone: str) -> tuple[str, ToStation | ToNumber | Asked | None]:
        """What was dialled and what it means; None: nothing that the box knows."""
        while not self.station.digits.empty():
            self.station.digits.get_nowait()
        known: Collection[str] = self.switch.inside()
        codes: Mapping[str, Code] = self.switch.features.codes
        dialled, wait, then = "", DIAL_TONE_S, None
        waiting = tone == "dial" and self.switch.messages_for(self.station.number) > 0
        name = tone if tone in self.switch.engine.plan.tones else "dial"
        while True:
            try:
                if dialled:
                    digit = await asyncio.wait_for(self.station.digits.get(), wait)
                else:
                    async with self.voice.meanwhile(lambda voice: voice.dial_tone(name, stutters=waiting)):
                        digit = await asyncio.wait_for(self.station.digits.get(), wait)
            except TimeoutError:
                return dialled, then
            dialled += digit.digit
            found = interpret(dialled, known, codes, self.switch.features.numbering)
            if found.now is not None or found.wrong:
                return dialled, found.now
            then = found.then
            wait = DIGITS_S if then is not None else MORE_S

    async def _key(self) -> None:
        """Between two calls: the key after the flash."""
        while not self.station.digits.empty():
            self.station.digits.get_nowait()
        try:
            key = (await asyncio.wait_for(self.station.digits.get(), KEY_S)).digit
        except TimeoutError:
            key = "2"
        self._task = None
        match key:
            case "1":
                self.retrieve()
            case "3":
                self.confer()
            case _:
                self.swap()

    # -- inside ------------------------------------------------------------------------------------------

    def _taken(self, leg: Leg, other: Party) -> Party:
        """`other` out of a call that ends without him, as far as this handset is concerned."""
        leg.call.ending = Ending("agent", "transferred")
        leg.call.give(other)
        leg.me.leave("transferred")
        return other

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        """`work` begins with the task: a task that is stopped before its first step must leave nothing half begun."""
        self._stop()
        self.station.quiet()
        self._task = asyncio.create_task(self._never_dead(work), name=f"handset {self.station.number}")

    async def _never_dead(self, work: Callable[[], Awaitable[None]]) -> None:
        """A fault of the box, as of its disk, is told, and the user hears busy tone instead of nothing."""
        try:
            await work()
        except Exception as error:
            log.exception("handset %s", self.station.number)
            self.tell("station.refused", text=f"the box failed: {type(error).__name__}: {error}")
            self.station.busy_tone()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _by_rank(one: Leg, other: Leg) -> tuple[Leg, Leg]:
    """Of two calls that become one: which stays, and which ends. A customer's call stays before one within the house,
    and the older before the younger."""
    ranked = sorted((one, other), key=lambda leg: (leg.call.line is None, leg.call.started))
    return ranked[0], ranked[1]
