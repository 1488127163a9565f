"""What a station's user has set for calls to him: do not disturb, forwards, follow-me, call waiting."""

from collections.abc import Callable
from typing import Literal

from firmware.calls.call import Call, Place
from firmware.calls.dialling import Asked, interpret
from firmware.calls.party import Ending
from firmware.calls.places import ToNumber, ToStation, ToVoicemail
from firmware.outbound.place import Followed
from firmware.switching.section import Diversion, Telephones

FOLLOW_S = 25.0  # each number of follow-me rings so long: a mobile telephone's own voicemail comes later
DIVERSIONS_MOST = 5  # a call that is sent round in circles ends


class Diversions:
    """What `Ringing` asks. `telephones` gives the present section of the setup."""

    def __init__(self, telephones: Callable[[], Telephones]) -> None:
        self._telephones = telephones

    def of(self, station: str) -> Diversion:
        """What this user has set."""
        return self._telephones().diversion(station)

    def before(self, call: Call, place: ToStation) -> Place | Literal["busy"] | None:
        """Where a call goes instead of ringing the station; None: it rings. A forward that cannot be is 'busy'."""
        wanted = self.of(place.station)
        if wanted.always is None:
            return None
        return self._to(call, place.station, wanted.always, "always") or "busy"

    async def after(self, call: Call, place: ToStation, why: str) -> Place | None:
        """Where it goes from a station that is 'busy', did not answer, or must not be disturbed."""
        wanted = self.of(place.station)
        if why == "no_answer":
            for number in wanted.follow_me:
                if await self._follow(call, place.station, number):
                    return None
        to = wanted.no_answer if why == "no_answer" else wanted.busy
        if to is not None:
            return self._to(call, place.station, to, why)
        voicemail = ToVoicemail(box=place.station)
        return voicemail if call.guest.line is not None and call.switch.can_serve(voicemail) else None

    async def _follow(self, call: Call, station: str, number: str) -> bool:
        """Rings one of the outside numbers where the user may be."""
        place = self._to(call, station, number, "follow_me")
        if place is None:
            return False
        if isinstance(place, ToNumber):
            place = Followed(number=place.number, ring_s=FOLLOW_S, confirm=self.of(station).confirm)
        call.result = None
        await call.switch.server(place)(call, place)
        if call.result is not None:
            call.diverted.remove(station)  # he has not gone anywhere
        return call.result is None

    def _to(self, call: Call, station: str, number: str, why: str) -> Place | None:
        features = call.switch.features
        meant = interpret(f"{number}#", call.switch.inside(), {}, features.numbering).now
        gone = sum(one == station for one in call.diverted)
        if meant is None or isinstance(meant, Asked) or gone or len(call.diverted) >= DIVERSIONS_MOST:
            call.ending = Ending("box", "diverted_in_circles" if gone else "bad_diversion")
            return None
        call.diverted.append(station)
        to = meant.number if isinstance(meant, ToNumber) else meant.station
        call.publish("call.diverted", station=station, to=to, why=why)
        return meant
