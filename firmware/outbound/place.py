"""The place `ToNumber`: whoever is the guest is put through to an outside number.

Somebody inside hears the line from the moment it is seized, and is heard from the moment it is dialled: ringback,
announcements and keys go through whatever the box believes. A caller from outside whose line is not answered yet hears
his own exchange ring, and is answered when the called party is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.binding.ports import Port
from firmware.calls.call import Call, Place
from firmware.calls.party import Ending, Party
from firmware.calls.places import ToNumber, ToStation
from firmware.calls.switch import Switch
from firmware.calls.voice import Voice
from firmware.dialplan.numbers import Dialled
from firmware.dialplan.permission import Permission
from firmware.lines import Line
from firmware.outbound.attempt import Listener
from firmware.outbound.dialler import Dialler, Reached, Who

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


class Outside:
    """Serves `ToNumber` with the dialler. `unanswered` may lead on, as follow-me does."""

    def __init__(self, dialler: Dialler) -> None:
        self.unanswered: Unanswered = _back
        self._dialler = dialler

    async def __call__(self, call: Call, place: ToNumber) -> Place | None:
        """Dials; both hear each other until one of them leaves."""
        await call.identify()
        guest = call.guest
        who = Who(call.origin or "", "station" if guest.station is not None else "outside")
        dialled, permission = self._dialler.may(call.id, place.number, who)
        if dialled.kind == "inside":
            return ToStation(station=dialled.number)
        if not permission.ok:
            return await self._unanswered(call, place, "refused", _refusal(dialled, permission))
        guest_ear = _Guest(call, judges=place.ring_s is None)
        reached = await self._dialler.reach(call.id, dialled, listener=guest_ear, ring_s=place.ring_s)
        if reached.line is None:
            return await self._unanswered(call, place, reached.result, NO_LINE)
        if reached.result != "answered":
            return await self._not_answered(call, place, reached, guest_ear)
        host = Party(reached.line)
        try:
            self._dialler.answered(call.id, dialled, reached.line, _by(reached))
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
            if reached.result in HEARD_OUT and _hears(call) and call.place is place:
                await asyncio.sleep(HEAR_OUT_S)
        finally:
            ear.left(reached.line)
            call.switch.release(party)
        return await self._unanswered(call, place, reached.result, None)

    async def _unanswered(self, call: Call, place: ToNumber, why: str, prompt: str | None) -> Place | None:
        call.result, call.ending = why, Ending("box", why)
        after = await self.unanswered(call, place, why)
        if after is not None or not _hears(call) or call.place is not place:
            return after  # another place has asked, as follow-me does, and goes on from here
        if prompt is not None:
            await call.voice.say(prompt)
        if call.guest.line is not None:
            await call.busy(BUSY_TONE_S)
        return None


class _Guest(Listener):
    """The guest's ear and mouth at a line that is being dialled. Its links go with the line, whoever puts that away."""

    def __init__(self, call: Call, *, judges: bool) -> None:
        self.person = _hears(call)
        self.judges = judges and self.person
        self._call = call
        self._port: Port = call.guest.port
        self._engine = call.switch.engine

    def seized(self, line: Line) -> None:
        if self.person:
            self._engine.link(line.port.source, self._port.sink)

    def dialled(self, line: Line) -> None:
        if self.person:
            self._engine.link(self._port.source, line.port.sink)

    def early_voice(self, line: Line) -> None:
        """It may be the called party already: every second of a talk is recorded."""
        if self.person:
            self._call.recording.parties(line.port, {self._port})
            self._call.recording.reached("talk")

    def left(self, line: Line) -> None:
        if self.person:
            self._call.recording.parties(self._port, ())

    def speaks(self) -> bool:
        return self.person and self._port.level()[0] > SPEAKS_DBM0


def _hears(call: Call) -> bool:
    """Whether the box can let the guest hear something."""
    return call.guest.line is None or call.guest.line.seized


def _by(reached: Reached) -> str:
    assert reached.outcome is not None and reached.outcome.by is not None
    return reached.outcome.by


def _refusal(dialled: Dialled, permission: Permission) -> str:
    if dialled.kind == "unknown":
        return "out_wrong_number"
    return REFUSALS.get(permission.why[-1].id, "out_fuse")


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
