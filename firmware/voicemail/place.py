"""The place `ToVoicemail`: greeting, beep, and what the caller says until he hangs up, is silent or presses a key."""

import logging

from firmware.calls.call import Call, Place
from firmware.calls.party import Ending
from firmware.calls.places import ToVoicemail
from firmware.ivr.message import record
from firmware.ivr.ports import Refused, Wanted
from firmware.voicemail.office import Office
from firmware.voicemail.shelf import Message

log = logging.getLogger(__name__)

GREETING, FULL, GONE, THANKS, BEEP = "voicemail_greeting", "voicemail_full", "voicemail_none", "goodbye", "beep"
STOP_KEYS = "0123456789*#"


class Recorder:
    """Serves `ToVoicemail`."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def __call__(self, call: Call, place: ToVoicemail) -> Place | None:
        """A message of less than SPOKEN_S of speech is none."""
        await call.answer()
        await call.identify()
        office, name = self._office, str(place.box)
        box = office.box(name)
        if box is None or office.full(name, box):
            after = call.came_back(place, "full" if box else "no_box")
            if after is not None:
                return after
            call.ending = Ending("box", "voicemail_full" if box else "no_voicemail")
            await call.voice.say(FULL if box else GONE)
            return call.to_sender()
        await call.voice.say(box.greeting or GREETING)
        await call.voice.say(BEEP)
        id = call.id if not office.shelf.file(name, call.id).exists() else f"{call.id}-2"
        at = call.switch.now()
        caller = call.caller

        def kept(seconds: float) -> None:
            call.result = "voicemail"
            office.left(Message(id, name, call.id, caller.number, caller.name, at, round(seconds * 1000)), call)

        wanted = Wanted(node="voicemail", most_s=box.seconds_most, silence_s=box.silence_s, stop_keys=STOP_KEYS)
        try:
            await record(call.guest.port, call.guest.digits, office.shelf.file(name, id), wanted, kept)
        except Refused as error:
            log.warning("call %s: %s", call.id, error)
            office.not_kept(str(error))
            if call.guest.gone.done():
                return None
            call.ending = Ending("box", "voicemail_lost")
            await call.voice.say(GONE)
            return call.to_sender()
        call.ending = Ending("box", "voicemail")
        await call.voice.say(THANKS)
        return None
