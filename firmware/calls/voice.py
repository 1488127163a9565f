"""The box's own voice at a port: prompts, tones, music; and the keys that answer them."""

import asyncio
import logging
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Protocol

from drivers.binding.engine import CoreError, Engine, Player, Port
from drivers.binding.events import Played
from firmware.bus import Bus
from firmware.lines import Digit
from firmware.prompts import BEEP, MUSIC, PromptError, Prompts

log = logging.getLogger(__name__)

STUTTERS, STUTTER_S = 10, 0.1


Language = Literal["zh", "en"]


class Publish(Protocol):
    """Publishes an event of the call that the voice speaks in."""

    def __call__(self, kind: str, **data: Any) -> None: ...


class Sound:
    """What every voice of the box needs: the engine, the prompts, and the alarms of those that cannot be played."""

    def __init__(self, engine: Engine, prompts: Prompts, bus: Bus) -> None:
        self.engine = engine
        self.prompts = prompts
        self.bus = bus

    def bad(self, prompt: str, error: BaseException) -> None:
        """It could not be played: an alarm, until it can."""
        log.warning("prompt %s: %s", prompt, error)
        self.bus.publish("alarm.raised", name=f"prompt_{prompt}", text=str(error))

    def good(self, *prompts: str) -> None:
        """They were played."""
        for prompt in prompts:
            self.bus.alarm_over(f"prompt_{prompt}")


class Voice:
    """Speaks to one port. `publish` tells what was played; `recorded(source)` is held while a player plays."""

    def __init__(
        self, sound: Sound, port: Port, digits: "asyncio.Queue[Digit]", publish: Publish | None = None,
        recorded: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext(),
    ) -> None:  # fmt: skip
        self._sound = sound
        self._port = port
        self._digits = digits
        self._publish = publish
        self._recorded = recorded
        self.language: Language | None = None  # the guest's, if it is not the box's

    async def ask(self, *prompts: str | Path, wait_s: float) -> str | None:
        """Plays; the first key pressed meanwhile or up to `wait_s` after the end, or None. A key stops the prompt. If
        it cannot be played, a beep tells that a key is waited for."""
        digit = asyncio.ensure_future(self._digits.get())
        try:
            if not await self._play(prompts, digit) and not digit.done():
                await self._play((BEEP,), digit)
            await asyncio.wait([digit], timeout=wait_s)
            return digit.result().digit if digit.done() else None
        finally:
            digit.cancel()

    async def collect(self, *prompts: str | Path, most: int, within_s: float) -> str:
        """Plays, and takes digits until there are so many, # is pressed, or none comes for so long. A key stops the
        prompt."""
        keyed = await self.ask(*prompts, wait_s=within_s)
        if keyed in (None, "#"):
            return ""
        digits = str(keyed)
        while len(digits) < most:
            try:
                digit = (await asyncio.wait_for(self._digits.get(), within_s)).digit
            except TimeoutError:
                break
            if digit == "#":
                break
            digits += digit
        return digits

    async def say(self, *prompts: str | Path) -> None:
        """Plays prompts, or files, one after the other, to the end."""
        await self._play(prompts, None)

    async def tone(self, name: str, seconds: float) -> None:
        """Plays a tone of the country's plan for so long; nothing where the country has no such tone."""
        with self._player() as player:
            try:
                await player.tone(name, int(seconds * 1000))
            except KeyError:
                log.info("no tone %s in this country", name)
            except CoreError as error:
                log.warning("tone %s: %s", name, error)

    async def dial_tone(self, name: str, *, stutters: bool) -> None:
        """Until cancelled; it stutters at first when messages wait (Telcordia GR-506: ten bursts of 0.1 s)."""
        for _ in range(STUTTERS if stutters else 0):
            await self.tone(name, STUTTER_S)
            await asyncio.sleep(STUTTER_S)
        await self.tone(name, 0)

    @asynccontextmanager
    async def meanwhile(self, work: Callable[["Voice"], Any]) -> AsyncIterator[None]:
        """Inside, `work(voice)` goes on, as music or a tone does; it ends with the block."""
        task = asyncio.create_task(work(self), name=f"voice at {self._port.name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("voice at %s: %s", self._port.name, error, exc_info=error)

    async def music(self, first: str | None = None, told: AsyncIterator[tuple[str, ...]] | None = None) -> None:
        """`first`, then music, until cancelled; it pauses for each announcement of `told`, and then goes on. The music
        is what comes from the box's line-in, if it has one and something comes. Music that cannot be played is an alarm
        and the tone of ringing: who hears nothing hangs up."""
        if first is not None:
            await self.say(first)
        line_in = self._sound.engine.line_in
        if line_in is not None and line_in.there:
            await self._line_in(line_in.source, told)
            return
        with self._player() as player:
            self._plays_music(player)
            async for prompts in told or _nothing():
                await player.pause()
                await self.say(*prompts)
                await player.resume()
            await asyncio.Event().wait()  # until cancelled

    def _plays_music(self, player: Player) -> None:
        def ended(playing: "asyncio.Future[Played]") -> None:
            error = playing.exception()
            if error is None:
                self._sound.good(MUSIC)
            else:
                self._sound.bad(MUSIC, error)
                if not player.closed:
                    player.tone("ringback")

        try:
            player.file(self._sound.prompts.path(MUSIC), repeat=True).add_done_callback(ended)
        except PromptError as error:
            self._sound.bad(MUSIC, error)
            player.tone("ringback")

    async def _line_in(self, source: int, told: AsyncIterator[tuple[str, ...]] | None) -> None:
        engine, sink = self._sound.engine, self._port.sink
        with self._recorded(source):
            engine.link(source, sink)
            try:
                async for prompts in told or _nothing():
                    engine.unlink(source, sink)
                    await self.say(*prompts)
                    engine.link(source, sink)
                await asyncio.Event().wait()  # until cancelled
            finally:
                engine.unlink(source, sink)

    async def ringback(self) -> None:
        """The tone of a telephone that rings elsewhere, until cancelled."""
        await self.tone("ringback", 0)

    async def heard(self, *prompts: str | Path, stop: "asyncio.Future[Digit] | None" = None) -> bool:
        """Plays until the end or until `stop` is done; False: they cannot be played, and nothing was heard. A prompt
        may be in a language of its own: 'en/greeting'."""
        return await self._play(prompts, stop)

    def _path(self, prompt: str | Path) -> Path:
        if isinstance(prompt, Path):
            return prompt
        language, _, name = prompt.rpartition("/")
        return self._sound.prompts.path(name, language or self.language)

    def _opens(self, prompt: str | Path) -> bool:
        try:
            with wave.open(str(self._path(prompt))):
                return True
        except (OSError, EOFError, wave.Error, PromptError):
            return False

    async def _play(self, prompts: tuple[str | Path, ...], stop: "asyncio.Future[Digit] | None") -> bool:
        """Plays prompts until their end or until `stop` is done. What cannot be played is skipped."""
        loop = asyncio.get_running_loop()
        name = " ".join(map(_called, prompts))
        began, cut, ms = loop.time(), True, None
        with self._player() as player:
            self._tell("call.prompt", prompt=name)
            try:
                paths = [self._path(prompt) for prompt in prompts]
                done = player.files(paths, yields_to=None if stop is None else self._port)
                ends: list[asyncio.Future[Any]] = [done] if stop is None else [done, stop]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if done.done():
                    played: Played = done.result()
                    cut, ms = False, played.ms
                self._sound.good(*(_called(prompt) for prompt in prompts))
                return True
            except (PromptError, CoreError) as error:
                cut, ms = False, 0
                broken = (prompt for prompt in prompts if not self._opens(prompt))
                self._sound.bad(_called(next(broken, prompts[0])), error)
                return False
            finally:
                if ms is None:
                    ms = round((loop.time() - began) * 1000)
                self._tell("call.prompt_end", prompt=name, cut=cut, ms=ms)

    @contextmanager
    def _player(self) -> Iterator[Player]:
        with self._sound.engine.player() as player, self._recorded(player.source):
            self._sound.engine.link(player.source, self._port.sink)
            yield player

    def _tell(self, kind: str, **data: Any) -> None:
        if self._publish is not None:
            self._publish(kind, **data)


def _called(prompt: str | Path) -> str:
    return prompt if isinstance(prompt, str) else prompt.stem


async def _nothing() -> AsyncIterator[tuple[str, ...]]:
    """No announcements."""
    return
    yield
