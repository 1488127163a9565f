"""Conference rooms: whoever dials a room's number, or is led there, hears all who are in it."""

import asyncio
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from firmware.calls.call import Call, Place
from firmware.calls.handset import Handset
from firmware.calls.mix import Mix
from firmware.calls.party import Ending, Party
from firmware.calls.places import ToRoom
from firmware.ivr.caller import secretly
from firmware.lines import Digit
from firmware.switching.others import NotPossible
from firmware.switching.section import MeetingRoom

PIN_TRIES = 3
PIN_WITHIN_S = 15.0
JOIN_TONE_S = 0.3


@dataclass(slots=True)
class Meeting:
    """A room in use."""

    room: MeetingRoom
    mix: Mix
    locked: bool = False
    calls: dict[str, Call] = field(default_factory=dict)


class Rooms:
    """Serves `ToRoom`. *1 mutes oneself and ends that; *2 locks the room and opens it. `rooms`: as they are set up now;
    a meeting goes on in the room as it was."""

    def __init__(self, rooms: Callable[[], Iterable[MeetingRoom]]) -> None:
        self._rooms = rooms
        self.meetings: dict[str, Meeting] = {}

    async def __call__(self, call: Call, place: ToRoom) -> Place | None:
        """Until the guest hangs up or is dropped."""
        await call.answer()
        room = self.room(place.room)
        if room is None or self._closed(room):
            return await self._sent_away(call)
        if room.pin and not await self._pin(call, room.pin):
            call.ending = Ending("box", "wrong_pin")
            return call.to_sender()
        if self._closed(room):  # while he keyed the PIN
            return await self._sent_away(call)
        meeting = self.meetings.get(room.number)
        if meeting is None:
            meeting = self.meetings[room.number] = Meeting(room, Mix(call.switch.engine))
            meeting.mix.on_change = partial(_recorded, meeting)
        await self._in(call, meeting)
        return None

    def room(self, number: str) -> MeetingRoom | None:
        """None: there is no such room."""
        return next((room for room in self._rooms() if room.number == number), None)

    def role(self, room: str, call: str, *, muted: bool) -> None:
        """Mutes somebody, or lets him speak. NotPossible."""
        meeting, party = self._of(room, call)
        meeting.mix.put(party, "mute" if muted else "talk")
        meeting.calls[call].publish("call.room_muted", muted=muted)

    def drop(self, room: str, call: str) -> None:
        """Sends somebody out. NotPossible."""
        self._of(room, call)
        self.meetings[room].calls[call].end("dropped")

    def lock(self, room: str, *, locked: bool) -> None:
        """Nobody else comes in, or they may. NotPossible: the room is empty."""
        if room not in self.meetings:
            raise NotPossible(f"room {room} is empty", code="room_empty")
        self.meetings[room].locked = locked

    def _of(self, room: str, call: str) -> tuple[Meeting, Party]:
        meeting = self.meetings.get(room)
        if meeting is None or call not in meeting.calls:
            raise NotPossible(f"call {call} is not in room {room}", code="not_in_room")
        return meeting, meeting.calls[call].guest

    async def _in(self, call: Call, meeting: Meeting) -> None:
        """In the room: the call's mix is the room's meanwhile, so that hold and monitoring work as in any call."""
        own, guest = call.mix, call.guest
        number = meeting.room.number
        meeting.calls[call.id] = call
        call.mix = meeting.mix
        meeting.mix.put(guest, "talk")
        call.in_room(number, len(meeting.calls))
        try:
            for other in list(meeting.calls.values()):
                if other is not call and other.guest.station is not None:
                    call.switch.handsets[other.guest.station.number].beep(JOIN_TONE_S)
            await self._keys(call, meeting)
        finally:
            meeting.mix.remove(guest)
            call.mix = own
            del meeting.calls[call.id]
            if not meeting.calls:
                del self.meetings[number]

    async def _keys(self, call: Call, meeting: Meeting) -> None:
        station, star = call.guest.station, False
        handset = None if station is None else call.switch.handsets[station.number]
        changed = asyncio.Event()
        if handset is not None:
            handset.on_change.append(changed.set)
        try:
            while True:
                digit = await self._key(call, handset, changed)
                star = digit is not None and self._pressed(call, meeting, digit, star=star)
        finally:
            if handset is not None:
                handset.on_change.remove(changed.set)

    async def _key(self, call: Call, handset: Handset | None, changed: asyncio.Event) -> Digit | None:
        """A key for the room; None: the user has gone to another call, where his keys are not for us, or come back."""
        changed.clear()
        if handset is not None and (handset.active is None or handset.active.call is not call):
            await changed.wait()
            return None
        key, change = asyncio.ensure_future(call.guest.digits.get()), asyncio.ensure_future(changed.wait())
        try:
            waits: list[asyncio.Future[Any]] = [key, change]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return key.result() if key.done() else None
        finally:
            key.cancel()
            change.cancel()

    def _pressed(self, call: Call, meeting: Meeting, digit: Digit, *, star: bool) -> bool:
        """Does what the key says after a star; whether it is a star."""
        if star and digit.digit == "1":
            self.role(meeting.room.number, call.id, muted=meeting.mix.role(call.guest) != "mute")
        elif star and digit.digit == "2":
            meeting.locked = not meeting.locked
            call.publish("call.room_locked", locked=meeting.locked)
        return digit.digit == "*"

    def _closed(self, room: MeetingRoom) -> bool:
        meeting = self.meetings.get(room.number)
        return meeting is not None and (meeting.locked or len(meeting.calls) >= room.most)

    async def _sent_away(self, call: Call) -> Place | None:
        call.ending = Ending("box", "room_closed")
        await call.voice.say("room_closed")
        return call.to_sender()

    async def _pin(self, call: Call, pin: str) -> bool:
        """Asked three times; neither told in events nor recorded."""
        for _ in range(PIN_TRIES):
            keyed = await secretly(call, "room_pin", most=len(pin), within_s=PIN_WITHIN_S)
            if hmac.compare_digest(keyed, pin):
                return True
            await call.voice.say("pin_wrong")
        return False


def _recorded(meeting: Meeting) -> None:
    """Each call's recording has its own guest on the left, whoever else speaks in the room on the right."""
    for call in meeting.calls.values():
        others = {party.port for party in meeting.mix.talkers if party is not call.guest}
        call.recording.parties(call.guest.port, others)
