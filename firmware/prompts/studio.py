"""A prompt recorded at a handset: the station rings, who lifts it speaks after a tone, hears himself and keeps it."""

import asyncio
import logging
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from drivers.binding.plan import Strict
from firmware.api.messages import Refused
from firmware.api.prompts import OfPrompt, PromptChanged, PromptRecord
from firmware.bus import Bus
from firmware.calls.call import Call, Place
from firmware.calls.switch import Switch
from firmware.ivr.message import his_alone, record
from firmware.ivr.ports import Refused as NotRecorded
from firmware.ivr.ports import Wanted
from firmware.lines import CallerId
from firmware.prompts import BEEP, PromptError
from firmware.prompts.library import Library

log = logging.getLogger(__name__)

Handler = Callable[[Any], Awaitable[dict[str, Any]]]
SPEAK, KEEP, KEPT, REFUSED = "prompt_record", "prompt_keep", "prompt_kept", "refused"
MOST_S, SILENCE_S, KEY_S, TRIES = 300.0, 10.0, 10.0, 5


class ToStudio(Strict):
    """A place: a prompt is recorded for `name`. `who` wanted it."""

    kind: Literal["studio"] = "studio"
    language: str
    name: str
    who: str = ""


class Studio:
    """Serves `ToStudio`. Keys after the recording: 1 keeps it, 2 records again, 3 plays it again; who hangs up before
    that has changed nothing."""

    def __init__(self, switch: Switch, bus: Bus, library: Library, changed: Callable[[], None]) -> None:
        """`changed`: called after a prompt is another one."""
        self._switch, self._bus, self._library, self._changed = switch, bus, library, changed
        switch.serve(ToStudio, self)

    def handlers(self) -> dict[str, Handler]:
        """The api's intents."""
        return {"prompt.record": self.ask, "prompt.changed": self.was_changed}

    async def ask(self, wanted: PromptRecord) -> dict[str, Any]:
        """Rings the station. Refused if it is not free, or there can be no such prompt."""
        try:
            self._library.prompt(wanted.language, wanted.name)
        except PromptError as error:
            raise Refused.like(error) from error
        if wanted.station not in self._switch.stations:
            raise Refused(f"there is no station {wanted.station}", code="no_station", name=wanted.station)
        station = self._switch.stations[wanted.station]
        await station.sure()
        if not station.free:
            raise Refused(f"station {wanted.station} is in use", code="station_in_use", name=wanted.station)
        place = ToStudio(language=wanted.language, name=wanted.name, who=wanted.who)
        ringing = self._switch.originate(station, place, CallerId(name="callbox"))
        self._switch.spawn(ringing, f"studio at {wanted.station}")
        return {}

    async def was_changed(self, wanted: PromptChanged) -> dict[str, Any]:
        """The page brought, renamed or removed one."""
        self._tell(wanted.language, wanted.name, wanted.how, wanted.who)
        return {}

    async def __call__(self, call: Call, place: ToStudio) -> Place | None:
        """Until he has kept it, or has had enough."""
        await call.answer()
        with TemporaryDirectory(prefix="callbox-studio-") as folder:
            for number in range(TRIES):
                spoken = Path(folder) / f"{number}.wav"
                if not await self._spoken(call, spoken):
                    continue
                key = await self._judged(call, spoken)
                if key is None:
                    return None
                if key == "1":
                    await self._keep(call, place, spoken)
                    return None
        return None

    async def _spoken(self, call: Call, file: Path) -> bool:
        await call.voice.say(SPEAK)
        await call.voice.say(BEEP)
        wanted = Wanted(node="studio", most_s=MOST_S, silence_s=SILENCE_S, stop_keys="0123456789*#")
        try:
            if await record(call.guest.port, call.guest.digits, file, wanted, lambda _: None) is None:
                return False
            await asyncio.to_thread(his_alone, file)
            return True
        except (NotRecorded, OSError, EOFError, wave.Error, ValueError) as error:
            log.warning("call %s: %s", call.id, error)
            await call.voice.say(REFUSED)
            return False

    async def _judged(self, call: Call, file: Path) -> str | None:
        """Hears it, and chooses: 1 or 2; None: he said nothing to that."""
        for _ in range(TRIES):
            key = await call.voice.ask(file, wait_s=0.0) or await call.voice.ask(KEEP, wait_s=KEY_S)
            if key in (None, "1", "2"):
                return key
        return None

    async def _keep(self, call: Call, place: ToStudio, file: Path) -> None:
        try:
            await asyncio.to_thread(self._library.bring, file, place.language, place.name, "handset", place.who)
        except PromptError as error:
            log.warning("call %s: %s", call.id, error)
            await call.voice.say(REFUSED)
            return
        self._tell(place.language, place.name, "handset", place.who)
        await call.voice.say(KEPT)

    def kept(self, wanted: OfPrompt) -> None:
        """It was recorded at the box's microphone."""
        self._tell(wanted.language, wanted.name, "microphone", wanted.who)

    def _tell(self, language: str, name: str, how: str, who: str) -> None:
        self._bus.publish("prompt.changed", name=name, language=language, how=how, who=who)
        self._changed()
