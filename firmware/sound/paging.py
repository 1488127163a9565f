"""Overhead paging: who dials *45, or asks for it at the desk, speaks to the loudspeaker after a chime.

One at a time; who comes second hears busy tone. A page ends when its speaker hangs up, or after the time that is set
up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from drivers.binding.plan import Strict
from firmware.api.messages import Refused
from firmware.api.switching import Announce, AtStation
from firmware.bus import Event
from firmware.calls.call import Call, Place
from firmware.calls.dialling import Code
from firmware.calls.handset import Features, Handset
from firmware.calls.party import Ending
from firmware.calls.switch import Switch
from firmware.lines import CallerId
from firmware.prompts import CHIME, PromptError
from firmware.sound.sockets import LOUDSPEAKER

CODE = "*45"
BUSY_TONE_S = 60.0

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class ToLoudspeaker(Strict):
    """A place: the guest speaks to the loudspeaker."""

    kind: Literal["loudspeaker"] = "loudspeaker"


class Paging:
    """Serves `ToLoudspeaker`, which is the engine's `loudspeaker`. `most_s`: how long a page may last."""

    def __init__(self, switch: Switch, most_s: Callable[[], float]) -> None:
        self._switch, self._most_s = switch, most_s
        self._taken = False
        self._gone = asyncio.Event()
        switch.bus.subscribe(self._heard)

    def add(self, features: Features) -> None:
        """The code."""
        self._switch.serve(ToLoudspeaker, self)

        async def page(_: Handset, __: str) -> Place:
            return ToLoudspeaker()

        features.add(CODE, Code("page"), page)

    def handlers(self) -> dict[str, Handler]:
        """The api's intents."""
        return {"desk.page": self.at_desk, "loudspeaker.play": self.play}

    async def at_desk(self, wanted: AtStation) -> dict[str, Any]:
        """The station's user pages; on-hook, his telephone rings first. Refused in words."""
        handset = self._switch.handsets.get(wanted.station)
        if handset is None:
            raise Refused(f"there is no station {wanted.station}")
        if (why := self._why_not()) is not None:
            raise Refused(why)
        station = handset.station
        if station.offhook and (handset.active is None or handset.hold()):
            return {"call": handset.dial(ToLoudspeaker()).id}
        if not station.free:
            raise Refused(f"station {wanted.station} is in use")
        originated = self._switch.originate(station, ToLoudspeaker(), CallerId(name="callbox"))
        self._switch.spawn(originated, f"page by {wanted.station}")
        return {"call": None}

    async def play(self, wanted: Announce) -> dict[str, Any]:
        """Plays a prompt to the loudspeaker. Refused in words."""
        if (why := self._why_not()) is not None:
            raise Refused(why)
        prompts = self._switch.sound.prompts
        try:
            files = [prompts.path(CHIME), prompts.path(wanted.prompt, wanted.language)]
        except PromptError as error:
            raise Refused(str(error)) from error
        self._switch.bus.publish("loudspeaker.prompt", prompt=wanted.prompt, who=wanted.who)
        self._switch.spawn(self._play(self._take(), files), f"prompt {wanted.prompt} at the loudspeaker")
        return {}

    async def __call__(self, call: Call, place: ToLoudspeaker) -> Place | None:
        """Until he hangs up, or has spoken for long enough."""
        await call.answer()
        call.result = "paged"
        if self._why_not() is not None:
            call.result, call.ending = "busy", Ending("box", "busy")
            await call.busy(BUSY_TONE_S)
            return None
        began = asyncio.get_running_loop().time()
        why = "hung_up"
        sink = self._take()
        call.publish("call.paging")
        try:
            async with asyncio.timeout(self._most_s()):
                await self._speaks(call, sink)
            why = "no_loudspeaker"
        except TimeoutError:
            why = "too_long"
        finally:
            self._taken = False
            seconds = round(asyncio.get_running_loop().time() - began, 1)
            call.publish("call.paged", seconds=seconds, why=why)
        call.ending = Ending("box", why)
        return None

    async def _speaks(self, call: Call, sink: int) -> None:
        """Returns when the loudspeaker is gone."""
        engine, guest = self._switch.engine, call.guest.port
        with engine.player() as player:
            for hears in (sink, guest.sink):
                engine.link(player.source, hears)
            await player.file(self._switch.sound.prompts.path(CHIME))
        engine.link(guest.source, sink)
        try:
            await self._gone.wait()
        finally:
            engine.unlink(guest.source, sink)

    async def _play(self, sink: int, files: list[Path]) -> None:
        try:
            with self._switch.engine.player() as player:
                self._switch.engine.link(player.source, sink)
                for file in files:
                    await player.file(file)
        finally:
            self._taken = False

    def _heard(self, event: Event) -> None:
        if event.kind == "alarm.raised" and event.data["name"] == LOUDSPEAKER:
            self._gone.set()

    def _why_not(self) -> str | None:
        speaker = self._switch.engine.loudspeaker
        if speaker is None or not speaker.there:
            return "the loudspeaker is not there"
        return "the loudspeaker is in use" if self._taken else None

    def _take(self) -> int:
        """The loudspeaker's sink, for who then gives it back by `_taken`."""
        speaker = self._switch.engine.loudspeaker
        assert speaker is not None
        self._taken = True
        self._gone.clear()
        return speaker.sink
