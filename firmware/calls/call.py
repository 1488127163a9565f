"""A call: it walks from place to place until it ends, and takes its parties with it.

The guest is the party that the places serve: the caller, or whoever is left when the caller passes his call on. Who
speaks with him are the hosts. Whatever ends a call (a party, a cue from the exchange, a fault, the box's stop), its
clean-up runs once: parties released, recording closed, `call.ended` published, lines idle again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from drivers.binding.events import Ear
from drivers.binding.plan import Strict
from firmware.calls.mix import Mix
from firmware.calls.party import Ending, Party, Side
from firmware.calls.places import ToStation
from firmware.calls.voice import Voice
from firmware.lines import CallerId
from firmware.tasks import ended

if TYPE_CHECKING:
    from firmware.calls.switch import Switch

log = logging.getLogger(__name__)

CALL_MOST_S = 4 * 3600.0  # a call so long is a line that nobody released

Direction = Literal["inbound", "inside", "outbound"]


@dataclass(frozen=True, slots=True)
class Joined:
    """A place: whoever has already picked up, to be talked with at once."""

    host: Party


@dataclass(frozen=True, slots=True)
class Carried:
    """A place: what another call has begun at `place`, such as dialling a number, goes on for this one. `work` is known
    to the room that began it; `forget` ends it if nobody takes it."""

    place: Strict
    work: Any
    origin: str
    forget: Callable[[], None]

    def words(self) -> dict[str, Any]:
        """For the event log."""
        return self.place.model_dump() | {"carried_from": self.origin}


Place = Strict | Joined | Carried  # the models of firmware/calls/places.py, and those that rooms add


@dataclass(frozen=True, slots=True)
class Move:
    """Where a call goes next, and why: 'transferred', 'picked_up', 'taken_over', 'fetched', 'sent'; `by` is who did."""

    place: Place
    why: str
    by: str | None = None


Server = Callable[["Call", Any], Awaitable[Place | None]]
"""What happens at a place; the next place, or None: the call ends here. It is cancelled when the guest leaves or the
call is moved, and must leave nothing behind."""


class Call:
    """One call. `run` is all of it; the rest is what others may do to it meanwhile."""

    def __init__(self, switch: "Switch", guest: Party, direction: Direction, caller: CallerId) -> None:
        self.switch = switch
        self.guest = guest
        self.direction: Direction = direction
        self.caller = caller
        self.hosts: list[Party] = []
        self.started = switch.now()
        self.id = _id(self.started, guest)
        self.mix = Mix(switch.engine, self._mixed)
        self.recording = switch.recordings.of(self.id, self._line_number, self.started, guest.port)
        self.voice = Voice(switch.sound, guest.port, guest.digits, self.publish, self.recording.box_plays)
        self.ending: Ending | None = None
        self.place: Place | None = None
        self.move: Move | None = None  # asked for, not yet made
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.connected = False
        self.diverted: list[str] = []  # stations that sent it on
        self._forced: Ending | None = None
        self._over = False
        self.comes_back = False  # to a station that had sent the guest on
        self._sender: str | None = None  # the station that passed the guest on, until he is spoken with
        self.result: str | None = None  # of a call that nobody answered, if its place knows better
        # A place that cannot keep the guest asks where he goes then, with itself and why: 'busy', 'no_answer' and such.
        self.came_back: Callable[[Place, str], Place | None] = lambda _place, _why: None
        # What the place has under way, for another call to go on with; None: it begins anew there.
        self.hands_over: Callable[[], Carried | None] = lambda: None
        self.origin = guest.station.number if guest.station is not None else None
        self._identified = False
        self._changed = asyncio.Event()
        self._music: dict[Party, asyncio.Task[None]] = {}

    # -- the walk ----------------------------------------------------------------------------------------

    async def run(self, place: Place) -> None:
        """The whole call, from its first place. Cancelling it ends it properly."""
        self.publish("call.started", station=self.origin, direction=self.direction)
        self.recording.reached("ring")
        self.mix.put(self.guest, "talk")
        after: Place | None = place
        try:
            async with asyncio.timeout(CALL_MOST_S):
                while after is not None:
                    after = await self._visit(after)
                self._ends("box", "flow")
        except asyncio.CancelledError:
            self._ends("box", "box_stopped")
            raise
        except TimeoutError:
            self._ends("box", "too_long")
        except Exception:
            log.exception("call %s failed", self.id)
            self._ends("box", "error")
        finally:
            await self._clean_up()

    def go(self, place: Place, why: str, by: str | None = None) -> None:
        """Moves the call to another place, whatever it is doing. The hosts leave it, unless the place is one."""
        self._forget_move()
        self.comes_back, self._sender = False, None
        self.move = Move(place, why, by)
        self._changed.set()

    def end(self, cue: str) -> None:
        """The box ends the call for somebody who is no party of it, or for the fuse."""
        self._forced = Ending("box", cue)
        self.guest.leave(cue)

    def without(self, me: Party, place: Place, why: str, by: str | None = None) -> None:
        """The others go to another place, `me` stays behind and is released."""
        self.unhold()
        if me is self.guest:
            self.switch.release(self.give(me))
        self.go(place, why, by)
        self._sender = None if me.station is None else me.station.number

    def to_sender(self) -> ToStation | None:
        """Where a guest goes who was passed on to a place that cannot keep him: back, once. None: nobody sent him."""
        sender, self._sender = self._sender, None
        if sender is None or self.guest.gone.done():
            return None
        back = ToStation(station=sender)
        self.publish("call.moved", to=back.model_dump(), why="came_back", by=None)
        self.comes_back = True
        return back

    async def talk(self, host: Party) -> None:
        """Guest and host hear each other, until the last host has left or the guest is alone for another reason."""
        self.add(host)
        self._connected(host)
        while self.hosts:
            before = self.parties
            self._changed.clear()
            changed: asyncio.Future[Any] = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait([changed, *(one.gone for one in self.hosts)], return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
            for gone in [one for one in self.hosts if one.gone.done()]:
                self._ends(self.side_of(gone), gone.gone.result())
                self.drop(gone)
            if set(before) - set(self.parties) and not self._may_stay():
                self.ending = Ending("box", "not_both_outside")
                for host in list(self.hosts):
                    self.drop(host)

    def _may_stay(self) -> bool:
        """Whether those who are left may be together without anybody of the house."""
        return all(self.switch.may_join(one, other) for one, other in combinations(self.parties, 2))

    async def identify(self) -> None:
        """Waits until it is known who calls, or will not be known any more."""
        line = self.guest.line
        if line is not None and not self._identified:
            self.caller = await line.caller_known()
        if not self._identified:
            self._identified = True
            caller = self.caller
            self.publish("call.caller", number=caller.number, name=caller.name, withheld=caller.withheld)

    async def answer(self, by: str = "box") -> None:
        """The guest's line is answered, by the box or a station; nothing to do for a station, or a second time."""
        line = self.guest.line
        if line is None or line.seized:
            return
        await self.identify()
        line.on_digit_end = self._digit_ended
        self.recording.reached("line")
        await line.seize()
        self.publish("call.answered", by=by)
        self.recording.reached("answer")

    # -- parties -----------------------------------------------------------------------------------------

    @property
    def parties(self) -> list[Party]:
        """Everybody who belongs to the call; the guest first."""
        return [self.guest, *self.hosts]

    @property
    def over(self) -> bool:
        """It ends just now: nobody can join it, or be held in it, any more."""
        return self._over or (self.guest.gone.done() and sum(not host.gone.done() for host in self.hosts) < 2)

    @property
    def line(self) -> int | None:
        """The number of its outside line: the guest's, else a host's."""
        return self._line_number

    def others(self, party: Party) -> list[Party]:
        """Everybody but this one."""
        return [one for one in self.parties if one is not party]

    def side_of(self, party: Party) -> Side:
        """Who a party is in this call, for reports."""
        if party.station is not None and self.direction != "inside":
            return "agent"
        return "caller" if party is self.guest else "called"

    def add(self, host: Party) -> None:
        """Another party joins the talk."""
        self.hosts.append(host)
        if host.station is not None:
            self.switch.handsets[host.station.number].belongs(host, self)
        self.mix.put(host, "talk")

    def drop(self, host: Party) -> None:
        """A host leaves the call and is released."""
        if host in self.hosts:
            self.hosts.remove(host)
            self._stop_music(host)
            self.mix.remove(host)
            self.switch.release(host)
            self._changed.set()

    def _promote(self) -> None:
        """A host becomes the guest: an outside line, if there is one."""
        self.guest = next((host for host in self.hosts if host.line is not None), self.hosts[0])
        self.hosts.remove(self.guest)

    def give(self, party: Party) -> Party:
        """Lets a party out of the call without releasing it: it goes on in another. What is left of the call ends."""
        self._stop_music(party)
        if party is self.guest:
            self._promote()
        else:
            self.hosts.remove(party)
        self.mix.remove(party)  # now that it is known who stays: the recording asks
        self._changed.set()
        return party

    def replace(self, old: Party, new: Party, by: str | None = None) -> None:
        """`new` takes the seat of `old`, who is released. Held ones talk again."""
        if old is self.guest:
            self._promote()
        else:
            self.hosts.remove(old)
        self._stop_music(old)
        self.mix.remove(old)
        self.switch.release(old)
        self.add(new)
        self.unhold()
        self._connected(new, by)
        self._changed.set()

    async def busy(self, seconds: float) -> None:
        """Busy tone to the guest, before the call ends. Its echo from his line is not to be taken for the exchange's:
        the line's ears are off from now on."""
        if self.guest.line is not None:
            self.guest.port.listen(Ear.NONE)
        await self.voice.tone("busy", seconds)

    def in_room(self, room: str, parties: int) -> None:
        """The guest has come into a conference room, in which so many are now."""
        self.connected, self.comes_back, self._sender = True, False, None
        self.recording.reached("talk")
        self.publish("call.room", room=room, parties=parties)

    # -- hold --------------------------------------------------------------------------------------------

    def hold(self, by: Party) -> None:
        """`by` goes aside. If one other is left he hears music; more than one go on talking with each other."""
        self.mix.put(by, "away")
        left = [one for one in self.others(by) if self.mix.role(one) == "talk"]
        if len(left) == 1:
            self.mix.put(left[0], "held")
            voice = Voice(self.switch.sound, left[0].port, left[0].digits, None, self.recording.box_plays)
            self._music[left[0]] = asyncio.create_task(voice.music(), name=f"music for {left[0].port.name}")
        self.publish("call.held", station=None if by.station is None else by.station.number)

    def retrieve(self, by: Party) -> None:
        """`by` comes back."""
        self.mix.put(by, "talk")
        self.unhold()
        self.publish("call.retrieved", station=None if by.station is None else by.station.number)

    def unhold(self) -> None:
        """Nobody is left with music."""
        for party in list(self._music):
            self._stop_music(party)
        for party, seat in list(self.mix.seats.items()):
            if seat.role == "held":
                self.mix.put(party, "talk")

    # -- inside ------------------------------------------------------------------------------------------

    async def _visit(self, place: Place) -> Place | None:
        """Serves the guest at a place until that is done, he leaves, or the call is moved."""
        self.place, self.move, self.ending = place, None, None
        server = self.switch.server(place)
        serving = asyncio.ensure_future(server(self, place))
        try:
            while not serving.done() and self.move is None and not self._guest_has_gone():
                self._changed.clear()
                changed = asyncio.ensure_future(self._changed.wait())
                waits: list[asyncio.Future[Any]] = [serving, changed, self.guest.gone]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
        finally:
            if not serving.done():
                serving.cancel()
                await ended([serving])
        if self.guest.gone.done():
            self.ending = self._forced or Ending(self.side_of(self.guest), self.guest.gone.result())
            return None
        if self.move is not None:
            return self._moved(self.move)
        return serving.result()

    def _guest_has_gone(self) -> bool:
        """Of a conference, another becomes the guest: the others go on."""
        if self.guest.gone.done() and len([one for one in self.hosts if not one.gone.done()]) > 1:
            self.switch.release(self.give(self.guest))
        return self.guest.gone.done()

    def _moved(self, move: Move) -> Place:
        keep = move.place.host if isinstance(move.place, Joined) else None
        self.unhold()
        for host in list(self.hosts):
            if host is not keep:
                self.drop(host)
        match move.place:
            case Carried() as carried:
                words = carried.words()
            case Joined():
                words = {"kind": "joined"}
            case place:
                words = place.model_dump()
        self.publish("call.moved", to=words, why=move.why, by=move.by)
        return move.place

    def _forget_move(self) -> None:
        """A move that was asked for and not made: whoever was to join is released, what was to go on ends."""
        move, self.move = self.move, None
        if move is not None and isinstance(move.place, Carried):
            move.place.forget()
        if move is not None and isinstance(move.place, Joined) and move.place.host not in self.parties:
            self.switch.release(move.place.host)

    async def _clean_up(self) -> None:
        self._over = True
        self._forget_move()
        for party in list(self._music):
            self._stop_music(party)
        self.mix.clear()
        lines = [party.line for party in self.parties if party.line is not None]
        for line in lines:
            line.on_digit_end = None
            await line.hang_up()
        await self.recording.close()
        ending = self.ending or Ending("box", "error")
        unheard = "abandoned" if ending.side == self.side_of(self.guest) else "failed"
        result = "answered" if self.connected else self.result or unheard
        self.publish("call.ended", side=ending.side, cue=ending.cue, result=result)
        self.ended.set_result(None)
        for party in self.parties:
            if party.station is not None:
                self.switch.release(party)
        for line in lines:
            await line.idle()

    def _connected(self, host: Party, by: str | None = None) -> None:
        stations = [one.station.number for one in (host, self.guest) if one.station is not None]
        for party in self.parties:
            if party.line is not None:
                party.line.on_digit_end = None  # from now on a digit may be the other's, echoed by the line
        self.connected, self.comes_back, self._sender = True, False, None
        self.recording.reached("talk")
        agent = self.switch.agent_at(stations[0]) if stations else None
        told = {"by": by, "agent": None if agent in stations else agent}
        self.publish(
            "call.connected", station=stations[0] if stations else None,
            **{name: value for name, value in told.items() if value},
        )  # fmt: skip

    def _mixed(self) -> None:
        """Who talks has changed: the customer stays on the left of the recording, everybody else is on the right."""
        talkers = [party for party in self.mix.talkers if party is not self.guest]
        customer = self.guest
        if customer.line is None:
            customer = next((party for party in talkers if party.line is not None), customer)
        others: Collection[Party] = [party for party in (self.guest, *talkers) if party is not customer]
        self.recording.parties(customer.port, {party.port for party in others if self.hosts})

    def _ends(self, side: Side, cue: str) -> None:
        if self.ending is None:
            self.ending = Ending(side, cue)

    def _stop_music(self, party: Party) -> None:
        task = self._music.pop(party, None)
        if task is not None:
            task.cancel()

    def _digit_ended(self, digit: str, ms: int) -> None:
        self.publish("call.digit", digit=digit, ms=ms)

    @property
    def _line_number(self) -> int | None:
        return next((party.line.number for party in self.parties if party.line is not None), None)

    def publish(self, kind: str, *, station: str | None = None, **data: Any) -> None:
        """An event of this call."""
        self.switch.bus.publish(kind, call=self.id, line=self._line_number, station=station, **data)


def _id(started: float, guest: Party) -> str:
    """Readable, and one for each party and millisecond: no party begins two calls in one."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(started))
    line = guest.line
    who = f"s{guest.station.number}" if guest.station is not None else str(line.number if line is not None else "")
    return f"{stamp}{int(started * 1000) % 1000:03d}-{who}"
