"""A prompt recorded at the box's own microphone: recorded, heard, kept or recorded again. One take at a time."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from drivers.binding.engine import CoreError
from drivers.binding.microphone import record
from firmware.api.messages import Refused
from firmware.api.prompts import AtMicrophone, OfPrompt, TakeNow
from firmware.prompts import PromptError
from firmware.prompts.library import Library
from firmware.setup.files import folder_rights, rights

log = logging.getLogger(__name__)

FILE = Path("takes") / "microphone.wav"
MOST_S = 300.0

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class Microphone:
    """`kept`: told of each prompt that is another one now, and who wanted it."""

    def __init__(self, device: str, data: Path, library: Library, kept: Callable[[OfPrompt], None]) -> None:
        self._device, self._library, self._kept = device, library, kept
        self.file = data / FILE
        self._now = TakeNow()
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None

    def handlers(self) -> dict[str, Handler]:
        """The api's intents."""
        return {
            "microphone.record": self.record, "microphone.stop": self.stop, "microphone.state": self.state,
            "microphone.keep": self.keep,
        }  # fmt: skip

    async def record(self, wanted: OfPrompt) -> dict[str, Any]:
        """Begins a take; that of before is gone. Refused while somebody records, or if there can be no such prompt."""
        if self._now.recording:
            raise Refused("somebody records at the microphone", code="somebody_records")
        try:
            self._library.prompt(wanted.language, wanted.name)
        except PromptError as error:
            raise Refused.like(error) from error
        self._now = TakeNow(name=wanted.name, language=wanted.language, who=wanted.who, recording=True)
        self._stop = threading.Event()
        self._task = asyncio.create_task(self._take(), name="take at the microphone")
        return await self.state(AtMicrophone())

    async def stop(self, _: AtMicrophone) -> dict[str, Any]:
        """Ends the take; how it stands then."""
        await self.close()
        return await self.state(AtMicrophone())

    async def state(self, _: AtMicrophone) -> dict[str, Any]:
        """The take that is made, or was made last."""
        return self._now.model_dump()

    async def keep(self, wanted: OfPrompt) -> dict[str, Any]:
        """Callers hear it from now on. Refused if there is no take for this prompt."""
        now = self._now
        if now.recording or now.seconds == 0 or (now.name, now.language) != (wanted.name, wanted.language):
            raise Refused("there is no take for this prompt", code="no_take")
        try:
            done = await asyncio.to_thread(
                self._library.bring, self.file, wanted.language, wanted.name, "microphone", wanted.who
            )
        except PromptError as error:
            raise Refused.like(error) from error
        self._now = TakeNow()
        self.file.unlink(missing_ok=True)
        self._kept(wanted)
        return {"seconds": done.seconds, "gain_db": done.gain_db, "speech": done.speech}

    async def close(self) -> None:
        """Nobody records any more."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _record(self, told: Callable[[float, int], None]) -> int:
        """How often a little was lost. The page must be able to read it, which may be another user."""
        folder = self.file.parent
        folder.mkdir(exist_ok=True)
        folder.chmod(folder_rights(folder.parent) | (folder.parent.stat().st_mode & 0o2000))
        self.file.unlink(missing_ok=True)
        self.file.touch()
        self.file.chmod(rights(folder.parent))
        return record(self._device, self.file, self._stop, MOST_S, told)

    async def _take(self) -> None:
        now, loop = self._now, asyncio.get_running_loop()

        def heard(seconds: float, peak: int) -> None:
            now.seconds, now.peak = seconds, peak

        def told(seconds: float, peak: int) -> None:
            loop.call_soon_threadsafe(heard, seconds, peak)

        try:
            now.overruns = await asyncio.to_thread(self._record, told)
        except (CoreError, OSError) as error:
            now.why = str(error.strerror)
            now.seconds = 0.0
            log.warning("no take: %s", now.why)
        finally:
            now.recording = False
