"""The place `ToNumber`: whoever is the guest is put through to an outside number.

Somebody inside hears the line from the moment it is seized, and is heard from the moment it is dialled: ringback,
announcements and keys go through whatever the box believes. A caller from outside whose line is not answered yet hears
his own exchange ring, and is answered when the called party is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from drivers.binding.ports import Port
from firmware.calls.call import Call, Carried, Place
from firmware.calls.party import Ending, Party
from firmware.calls.places import ToNumber, ToStation
from firmware.calls.switch import Switch
from firmware.calls.voice import Voice
from firmware.dialplan.numbers import Dialled
from firmware.dialplan.permission import Permission
from firmware.lines import Line
from firmware.outbound.attempt import Bearer, Listener
from firmware.outbound.dialler import Dialler, Reached, Who
from firmware.tasks import ended

log = logging.getLogger(__name__)

SPEAKS_DBM0 = -40.0  # at the port of whoever dials: louder is speech or keys, softer is the room
HEAR_OUT_S = 12.0  # so long a tone or announcement that tells why not may still be heard
BUSY_TONE_S = 10.0  # to a caller from outside; a station gets it when the call has ended
ENDS_SOON = "out_ends_soon"
NO_LINE = "out_no_line"
HEARD_OUT: Final = frozenset({"vacant", "congestion"})
REFUSALS: Final = {  # by the last reason's id; all others are the fuse's
    "class_forbids": "out_not_allowed",
    "number_barred": "out_not_allowed",
    "not_dialable": "out_wrong_number",
}

Unanswered = Callable[[Call, ToNumber, str], Awaitable[Place | None]]
"""Where a call goes whose number was 'busy', did not answer ..., as in `Reached.result`, or was 'refused'."""


class Followed(ToNumber):
    """A number where somebody may be who does not answer his own telephone. `confirm`: whoever is there takes the call
    by a key."""

    confirm: bool = True


class Outside:
    """Serves `ToNumber`, and as `goes_on` one that another call has begun to dial, with the dialler. `unanswered` may
    lead on, as follow-me does."""

    def __init__(self, dialler: Dialler) -> None:
        self.unanswered: Unanswered = _back
        self._dialler = dialler

    async def __call__(self, call: Call, place: ToNumber) -> Place | None:
        """Dials; both hear each other until one of them leaves."""
        await call.identify()
        dialled, permission = self.may(call, place)
        if dialled.kind == "inside":
            return ToStation(station=dialled.number)
        if not permission.ok:
            return await self._unanswered(call, place, "refused", _refusal(dialled, permission))
        ear = _Guest(call, judges=place.ring_s is None or isinstance(place, Followed))
        bearer = Bearer(call.id)
        work = call.switch.spawn(
            self._dialler.reach(bearer, dialled, listener=ear, ring_s=place.ring_s), f"{call.id} dials {dialled.number}"
        )
        return await self._reached(call, place, _UnderWay(place, dialled, bearer, ear, work))

    async def goes_on(self, call: Call, carried: Carried) -> Place | None:
        """As if this call had dialled, and may: the line and what was heard there stay."""
        under: _UnderWay = carried.work
        place = under.place
        call.place = place
        dialled, permission = self.may(call, place)
        if not permission.ok:
            under.abandon()
            return await self._unanswered(call, place, "refused", _refusal(dialled, permission))
        under.take(call)
        return await self._reached(call, place, under)

    def may(self, call: Call, place: ToNumber) -> tuple[Dialled, Permission]:
        """Whether this call may be led there."""
        who = Who(call.origin or "", "station" if call.guest.station is not None else "outside")
        return self._dialler.may(call.id, place.number, who)

    # -- inside --------------------------------------------------------------------------------------------

    async def _reached(self, call: Call, place: ToNumber, under: "_UnderWay") -> Place | None:
        """Waits for what becomes of the number. Cancelled, the line is put away, unless it was handed over."""
        call.hands_over = under.hand_over
        try:
            reached = await asyncio.shield(under.work)
        except BaseException:
            if not under.handed_over:
                under.abandon()
                await ended([under.work])
            raise
        finally:
            call.hands_over = _nothing
        dialled = under.dialled
        if reached.line is None:
            return await self._unanswered(call, place, reached.result, NO_LINE)
        if reached.result != "answered":
            return await self._not_answered(call, place, reached, under.ear)
        host = Party(reached.line)
        try:
            self._dialler.answered(call.id, dialled, reached.line, by(reached))
            await call.answer()
        except BaseException:
            call.switch.release(host)
            raise
        await call.talk(host)
        return None

    async def _not_answered(self, call: Call, place: ToNumber, reached: Reached, ear: "_Guest") -> Place | None:
        assert reached.line is not None
        party = Party(reached.line)
        try:
            if reached.result in HEARD_OUT and hears(call) and call.place is place:
                await asyncio.sleep(HEAR_OUT_S)
        finally:
            ear.left(reached.line)
            call.switch.release(party)
        return await self._unanswered(call, place, reached.result, None)

    async def _unanswered(self, call: Call, place: ToNumber, why: str, prompt: str | None) -> Place | None:
        call.result, call.ending = why, Ending("box", why)
        after = await self.unanswered(call, place, why)
        if after is not None or not hears(call) or call.place is not place:
            return after  # another place has asked, as follow-me does, and goes on from here
        if prompt is not None:
            await call.voice.say(prompt)
        after = call.to_sender()
        if after is None and call.guest.line is not None:
            await call.busy(BUSY_TONE_S)
        return after


@dataclass(slots=True)
class _UnderWay:
    """A number that is being dialled. `handed_over`: another call is to go on with it."""

    place: ToNumber
    dialled: Dialled
    bearer: Bearer
    ear: "_Guest"
    work: "asyncio.Task[Reached]"
    handed_over: bool = False

    def hand_over(self) -> Carried:
        """From now on it belongs to nobody, until a call takes it."""
        self.handed_over = True
        return Carried(self.place, self, self.bearer.call, self.abandon)

    def take(self, call: Call) -> None:
        """It goes on for this call, whose guest hears the line from now on."""
        self.handed_over = False
        before, self.bearer.call = self.bearer.call, call.id
        for line in call.switch.lines.values():
            if line.call == before:
                line.call = call.id
        self.ear.moves(call)

    def abandon(self) -> None:
        """Nobody wants it any more: its line is put away, also if it has been reached in this moment."""
        self.work.cancel()
        self.work.add_done_callback(self._put_away)

    def _put_away(self, work: "asyncio.Task[Reached]") -> None:
        if not work.cancelled() and work.exception() is None and (line := work.result().line) is not None:
            self.ear.left(line)
            self.ear.switch.release(Party(line))


class _Guest(Listener):
    """The guest's ear and mouth at a line that is being dialled. Its links go with the line, whoever puts that away."""

    def __init__(self, call: Call, *, judges: bool) -> None:
        self.person = hears(call)
        self.judges = judges and self.person
        self.switch = call.switch
        self._call = call
        self._port: Port = call.guest.port
        self._engine = call.switch.engine
        self._line: Line | None = None
        self._heard = self._early = False  # the line hears the guest; something was said on it

    def seized(self, line: Line) -> None:
        self._line, self._heard, self._early = line, False, False
        if self.person:
            self._engine.link(line.port.source, self._port.sink)

    def dialled(self, line: Line) -> None:
        self._heard = True
        if self.person:
            self._engine.link(self._port.source, line.port.sink)

    def early_voice(self, line: Line) -> None:
        """It may be the called party already: every second of a talk is recorded."""
        self._early = True
        if self.person:
            self._call.recording.parties(line.port, {self._port})
            self._call.recording.reached("talk")

    def left(self, line: Line) -> None:
        self._line = None
        if self.person:
            self._call.recording.parties(self._port, ())

    def moves(self, call: Call) -> None:
        """Another's ear and mouth from now on."""
        line, heard, early = self._line, self._heard, self._early
        if line is not None:
            self.left(line)
            if self.person:
                self._engine.unlink(line.port.source, self._port.sink)
            if self.person and heard:
                self._engine.unlink(self._port.source, line.port.sink)
        self._call, self._port, self.person = call, call.guest.port, hears(call)
        if line is not None:
            self.seized(line)
            if heard:
                self.dialled(line)
            if early:
                self.early_voice(line)

    def speaks(self) -> bool:
        return self.person and self._port.level()[0] > SPEAKS_DBM0


def hears(call: Call) -> bool:
    """Whether the box can let the guest hear something."""
    return call.guest.line is None or call.guest.line.seized


def by(reached: Reached) -> str:
    assert reached.outcome is not None and reached.outcome.by is not None
    return reached.outcome.by


def _refusal(dialled: Dialled, permission: Permission) -> str:
    if dialled.kind == "unknown":
        return "out_wrong_number"
    return REFUSALS.get(permission.why[-1].id, "out_fuse")


def _nothing() -> None:
    """Nothing to hand over."""


async def _back(call: Call, place: ToNumber, why: str) -> Place | None:
    return call.came_back(place, why)


# -- what the dialler needs of the calls ----------------------------------------------------------------------


class Holders:
    """Finds who has a line, for the fuse and for emergencies."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self._warning: set[asyncio.Task[None]] = set()

    def cut(self, line: Line, cue: str) -> None:
        """The party leaves its call, or the call that still dials on the line ends."""
        for call in self.switch.calls.values():
            for party in call.parties:
                if party.line is line:
                    call.ending = call.ending or Ending("box", cue)
                    party.leave(cue)
                    return
        dialling = self.switch.calls.get(line.call or "")
        if dialling is not None:
            dialling.guest.leave(cue)

    def warn(self, line: Line) -> None:
        """Everybody else in the call hears that it ends soon."""
        for call in self.switch.calls.values():
            parties = [party for party in call.parties if party.line is line]
            for other in call.others(parties[0]) if parties else ():
                voice = Voice(self.switch.sound, other.port, other.digits, None, call.recording.box_plays)
                task = asyncio.create_task(voice.say(ENDS_SOON), name=f"warning at {other.port.name}")
                self._warning.add(task)
                task.add_done_callback(self._warning.discard)
