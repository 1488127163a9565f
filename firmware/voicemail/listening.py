"""Listening to one's messages at a handset: *97 one's own box, *98 and a number any other, with its PIN."""

import hmac
import time
from datetime import time as TimeOfDay
from typing import Literal

from drivers.binding.plan import Strict
from firmware.calls.call import Call, Place
from firmware.calls.dialling import Code
from firmware.calls.handset import Features, Handset
from firmware.calls.places import StationNumber, ToStation
from firmware.prompts.speech import Speech
from firmware.voicemail.office import Office
from firmware.voicemail.section import MailBox
from firmware.voicemail.shelf import Message

PIN_TRIES = 3
KEY_S = 10.0


class ToMessages(Strict):
    """A place: one's messages. `box` None: those of the station that calls."""

    kind: Literal["messages"] = "messages"
    box: StationNumber | None = None


class Listening:
    """Serves `ToMessages`. While a message plays: 1 again, 2 the next one, 4 the one before, 5 calls the number back,
    7 removes it, # ends."""

    def __init__(self, office: Office, speech: Speech, country: str) -> None:
        self._office = office
        self._speech = speech
        self._country = country

    def add(self, features: Features) -> None:
        """The codes."""

        async def own(_: Handset, __: str) -> Place:
            return ToMessages()

        async def other(_: Handset, box: str) -> Place:
            return ToMessages(box=box)

        features.add("*97", Code("messages"), own)
        features.add("*98", Code("messages_of", "station"), other)

    async def __call__(self, call: Call, place: ToMessages) -> Place | None:
        """Until he hangs up or presses #."""
        await call.answer()
        call.result = "messages"
        station = call.guest.station.number if call.guest.station is not None else ""
        names = self._office.of_station(station) if place.box is None else [place.box]
        for name in names:
            box = self._office.box(name)
            if box is None or not await self._may(call, station, name, box):
                await call.voice.say("refused")
                continue
            after = await self._box(call, name)
            if after is not None:
                return after
        return None

    async def _may(self, call: Call, station: str, name: str, box: MailBox) -> bool:
        """The owner's own telephone is enough; elsewhere the PIN is asked, and without a PIN nobody may."""
        if station in box.stations or station == name:
            return True
        for _ in range(PIN_TRIES if box.pin else 0):
            keyed = await call.voice.collect("voicemail_pin", most=len(box.pin), within_s=KEY_S)
            if hmac.compare_digest(keyed, box.pin):
                return True
        return False

    async def _box(self, call: Call, name: str) -> Place | None:
        messages = sorted(self._office.shelf.messages(name), key=lambda one: (one.heard, one.at))
        new = sum(not one.heard for one in messages)
        await call.voice.say("voicemail_new", *self._speech.cardinal(new))
        at = 0
        while 0 <= at < len(messages):
            message = messages[at]
            key = await self._play(call, message)
            match key:
                case "1":
                    continue
                case "4":
                    at = max(0, at - 1)
                case "5" if message.number:
                    return self._back(call, message)
                case "7":
                    self._office.remove(name, message.id)
                    del messages[at]
                    await call.voice.say("voicemail_removed")
                case "#":
                    return None
                case _:
                    at += 1
        await call.voice.say("voicemail_end")
        return None

    async def _play(self, call: Call, message: Message) -> str | None:
        """The number and the time, the message, and the key that followed."""
        when = time.localtime(message.at)
        said = self._speech.telephone(message.number, self._country) if message.number else ("voicemail_no_number",)
        clock = self._speech.time(TimeOfDay(when.tm_hour, when.tm_min))
        key = await call.voice.ask(*said, *clock, wait_s=0.0)
        if key is None:
            key = await call.voice.ask(self._office.shelf.file(message.box, message.id), wait_s=0.0)
        self._office.heard(message.box, message.id)
        if key is None:
            key = await call.voice.ask("voicemail_keys", wait_s=KEY_S)
        return key

    def _back(self, call: Call, message: Message) -> Place:
        if message.number in call.switch.stations:
            return ToStation(station=message.number)
        assert call.guest.station is not None
        features = call.switch.features
        handset = call.switch.handsets[call.guest.station.number]
        return handset.meant(f"{features.numbering.prefix or ''}{message.number}")
