"""Overhead paging: who dials *45, or asks for it at the desk, speaks to the loudspeaker after a chime; prompts and
texts are heard there, too.

One at a time; who comes second hears busy tone, or is refused. A page ends when its speaker hangs up, or after the time
that is set up.
"""

import asyncio
import logging
import wave
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from drivers.binding.orders import CoreError
from drivers.binding.plan import Strict
from firmware.api.messages import Refused
from firmware.api.switching import Announce, AtLoudspeaker, AtStation, SayAloud
from firmware.bus import Event
from firmware.calls.call import Call, Place
from firmware.calls.dialling import Code
from firmware.calls.handset import Features, Handset
from firmware.calls.party import Ending
from firmware.calls.switch import Switch
from firmware.lines import CallerId
from firmware.prompts import CHIME, PromptError
from firmware.prompts.speech import PAUSE
from firmware.prompts.spoken import language_of, spoken
from firmware.sound.sockets import LOUDSPEAKER

log = logging.getLogger(__name__)

CODE = "*45"
BUSY_TONE_S = 60.0

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class ToLoudspeaker(Strict):
    """A place: the guest speaks to the loudspeaker."""

    kind: Literal["loudspeaker"] = "loudspeaker"


class Paging:
    """Serves `ToLoudspeaker`, which is the engine's `loudspeaker`. `language`: the box's. `most_s`: how long a page may
    last."""

    def __init__(self, switch: Switch, language: str, most_s: Callable[[], float]) -> None:
        self._switch, self._language, self._most_s = switch, language, most_s
        self._taken = False
        self._playing: asyncio.Task[None] | None = None
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
        return {
            "desk.page": self.at_desk, "loudspeaker.play": self.play, "loudspeaker.say": self.say,
            "loudspeaker.stop": self.stop,
        }  # fmt: skip

    async def at_desk(self, wanted: AtStation) -> dict[str, Any]:
        """The station's user pages; on-hook, his telephone rings first. Refused in words."""
        handset = self._switch.handsets.get(wanted.station)
        if handset is None:
            raise Refused(f"there is no station {wanted.station}", code="no_station", name=wanted.station)
        if (why := self._why_not()) is not None:
            raise why
        station = handset.station
        if station.offhook and (handset.active is None or handset.hold()):
            return {"call": handset.dial(ToLoudspeaker()).id}
        if not station.free:
            raise Refused(f"station {wanted.station} is in use", code="station_in_use", name=wanted.station)
        originated = self._switch.originate(station, ToLoudspeaker(), CallerId(name="callbox"))
        self._switch.spawn(originated, f"page by {wanted.station}")
        return {"call": None}

    async def play(self, wanted: Announce) -> dict[str, Any]:
        """Plays a prompt to the loudspeaker. Refused in words."""
        if (why := self._why_not()) is not None:
            raise why
        prompts = self._switch.sound.prompts
        try:
            files = [prompts.path(CHIME), prompts.path(wanted.prompt, wanted.language)]
        except PromptError as error:
            raise Refused.like(error) from error
        self._switch.bus.publish("loudspeaker.prompt", prompt=wanted.prompt, who=wanted.who)
        with ExitStack() as whole:
            sink = self._taken_until(whole)
            self._begin(sink, files, whole.pop_all())
        return {}

    async def say(self, wanted: SayAloud) -> dict[str, Any]:
        """Speaks a text to the loudspeaker; the answer comes once it begins. Refused in words, also if it would take
        longer than a page may."""
        if (why := self._why_not()) is not None:
            raise why
        language = wanted.language or language_of(wanted.text, self._language)
        prompts = self._switch.sound.prompts
        with ExitStack() as whole:
            sink = self._taken_until(whole)
            file = Path(whole.enter_context(TemporaryDirectory(prefix="callbox-said-"))) / "text.wav"
            try:
                await asyncio.to_thread(spoken, wanted.text, language, file)
                again = [prompts.path(PAUSE), prompts.path(PAUSE), file] if wanted.twice else []
                files = [prompts.path(CHIME), file, *again]
                seconds = round(sum(await asyncio.to_thread(lambda: list(map(_seconds, files)))), 1)
            except PromptError as error:
                raise Refused.like(error) from error
            if self._gone.is_set():
                raise Refused("the loudspeaker is not there", code="loudspeaker_gone")
            if seconds > (most := self._most_s()):
                words = f"that takes {seconds:.0f} s, and a page may last {most:.0f} s"
                raise Refused(words, code="page_too_long", seconds=f"{seconds:.0f}", most=f"{most:.0f}")
            self._switch.bus.publish(
                "loudspeaker.text", text=wanted.text, language=language, seconds=seconds, who=wanted.who
            )
            self._begin(sink, files, whole.pop_all())
        return {"language": language, "seconds": seconds}

    async def stop(self, wanted: AtLoudspeaker) -> dict[str, Any]:
        """The text or prompt that is heard is so no more. Refused if there is none; a person's page is not ended."""
        if not self._cut("stopped", wanted.who):
            raise Refused("no text and no prompt is heard at the loudspeaker", code="nothing_said")
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
            self._give_back()
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

    def _begin(self, sink: int, files: Sequence[Path], whole: ExitStack) -> None:
        """`whole` is closed when it is over, however it ends."""
        self._playing = self._switch.spawn(self._play(sink, files), "sound at the loudspeaker")
        self._playing.add_done_callback(lambda _: whole.close())

    async def _play(self, sink: int, files: Sequence[Path]) -> None:
        try:
            with self._switch.engine.player() as player:
                self._switch.engine.link(player.source, sink)
                await player.files(files)
        except CoreError as error:
            log.warning("at the loudspeaker: %s", error)

    def _cut(self, why: str, who: str = "") -> bool:
        """Ends what plays, if something does."""
        if self._playing is None or self._playing.done() or self._playing.cancelling():
            return False
        self._playing.cancel()
        self._switch.bus.publish("loudspeaker.cut", why=why, who=who)
        return True

    def _heard(self, event: Event) -> None:
        if event.kind == "alarm.raised" and event.data["name"] == LOUDSPEAKER:
            self._gone.set()
            self._cut("no_loudspeaker")

    def _why_not(self) -> Refused | None:
        speaker = self._switch.engine.loudspeaker
        if speaker is None or not speaker.there:
            return Refused("the loudspeaker is not there", code="loudspeaker_gone")
        return Refused("the loudspeaker is in use", code="loudspeaker_in_use") if self._taken else None

    def _take(self) -> int:
        """The loudspeaker's sink, for who then gives it back."""
        speaker = self._switch.engine.loudspeaker
        assert speaker is not None
        self._taken = True
        self._gone.clear()
        return speaker.sink

    def _give_back(self) -> None:
        self._taken = False

    def _taken_until(self, whole: ExitStack) -> int:
        """Its sink, until `whole` is closed."""
        whole.callback(self._give_back)
        return self._take()


def _seconds(file: Path) -> float:
    with wave.open(str(file), "rb") as sound:
        return float(sound.getnframes() / sound.getframerate())
