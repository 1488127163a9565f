"""An outside line in the doctor's hands: off-hook, heard by a tap, recorded, and given back whatever happens."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from drivers.binding.engine import CoreError, Engine, Tap
from drivers.binding.events import Kind, PortEvent
from firmware.doctor import measure
from firmware.doctor.measure import RATE, Samples, SteadyTone
from firmware.lines import Line, LineTaken
from firmware.tasks import ended

log = logging.getLogger(__name__)

READ_EVERY_S = 0.1  # a tap holds a second
GLARE_S = 0.8


class Stopped(Exception):
    """The work at this line ends here; `why` as in firmware/doctor/job.py."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Ear:
    """What a tap brings, from its first sample on."""

    def __init__(self, tap: Tap, gain_db: float = 0.0) -> None:
        self._tap = tap
        self._raw = bytearray()
        self._without = 10 ** (-gain_db / 20)

    @property
    def count(self) -> int:
        """Samples so far."""
        self._raw += self._tap.read()
        return len(self._raw) // 2

    async def keep(self) -> None:
        """Empties the tap in time, until cancelled."""
        while True:
            await asyncio.sleep(READ_EVERY_S)
            self._raw += self._tap.read()

    def since(self, begin: int) -> Samples:
        """From that sample on."""
        self._raw += self._tap.read()
        return measure.samples_of(bytes(self._raw[2 * begin :])) * self._without

    def forget(self, seconds: int) -> None:
        """All but the last so many seconds; earlier places are no longer good."""
        self._raw += self._tap.read()
        del self._raw[: max(0, len(self._raw) - 2 * seconds * RATE)]

    async def hear(self, seconds: float) -> Samples:
        """The next so many seconds."""
        begin = self.count
        wanted = round(seconds * RATE)
        while (missing := wanted - (self.count - begin)) > 0:  # noqa: ASYNC110 - a tap tells no event
            await asyncio.sleep(min(READ_EVERY_S, missing / RATE))
        return self.since(begin)[:wanted]


@asynccontextmanager
async def listening(engine: Engine, source: int, gain_db: float = 0.0) -> AsyncIterator[Ear]:
    """An ear at a port's `source` or `sent`. `gain_db`: the port's own gain, which is taken out again."""
    with engine.tap() as tap:
        await engine.link(source, tap.sink)
        ear = Ear(tap, gain_db)
        keeping = asyncio.create_task(ear.keep(), name="the doctor listens")
        try:
            yield ear
        finally:
            keeping.cancel()


class Seized:
    """`rx` hears the line."""

    def __init__(self, line: Line, rx: Ear) -> None:
        self.line, self.rx = line, rx
        self.begin = 0
        self.news: list[PortEvent] = []

    def hear(self, event: PortEvent) -> None:
        """News of the port while the doctor has it."""
        self.news.append(event)

    async def dial_tone(self, within_s: float) -> SteadyTone | None:
        """Waits for it; None: it does not come. Stopped: there is somebody who called the very moment (glare), whom the
        line's calls take over."""
        while True:
            await asyncio.sleep(READ_EVERY_S)
            self._still_there()
            heard = self.rx.since(self.begin)
            tone = measure.steady_tone(heard)
            if tone is not None or len(heard) > within_s * RATE:
                return tone
            if len(heard) > GLARE_S * RATE and measure.speech_like(heard[-int(GLARE_S * RATE) :]):
                self.line.turn_over()
                raise Stopped("glare")

    async def press(self, key: str, seconds: float) -> Samples:
        """Sends a key; what was heard for so long from its begin."""
        engine, port = self.line.port.engine, self.line.port
        with engine.player() as player:
            await engine.link(player.source, port.sink)
            sending = asyncio.ensure_future(player.digits(key))
            heard = await self.rx.hear(seconds)
            await sending
        self._still_there()
        return heard

    def _still_there(self) -> None:
        if any(event.kind is Kind.BATTERY and not event.value for event in self.news):
            raise Stopped("no_battery")


@asynccontextmanager
async def seized(line: Line, call: str, on_released: Callable[[float | None], None]) -> AsyncIterator[Seized]:
    """Off-hook inside, without echo canceller and own gains; on-hook and idle again behind it, also when cancelled.
    `on_released`: how long that took. Stopped: somebody rings, or has the line."""
    async with AsyncExitStack() as stack:
        held = Seized(line, await stack.enter_async_context(listening(line.port.engine, line.port.source)))
        try:
            await line.seize_for_dialling(call, held.hear)
        except LineTaken as taken:
            raise Stopped("rung") from taken
        try:
            line.port.echo(False)
            stack.enter_context(line.port.plain())
            held.begin = held.rx.count
            yield held
        finally:
            await stack.aclose()
            if line.call == call:  # else a caller has taken it over
                tidying = asyncio.ensure_future(_put_away(line, on_released))
                await ended([tidying])


async def _put_away(line: Line, on_released: Callable[[float | None], None]) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        await line.hang_up()
    except CoreError as error:
        log.warning("line %d: %s", line.number, error)
    await line.idle()
    on_released(loop.time() - begun)


@asynccontextmanager
async def written(line: Line, path: Path, spare: int) -> AsyncIterator[bool]:
    """What the line hears (left) and sends (right) goes into a file, if that many recorders are left for calls: whether
    it does."""
    engine, port = line.port.engine, line.port
    if len(engine.recorders_free) <= spare:
        yield False
        return
    recorder = engine.recorder()
    recorder.start(path)
    engine.link(port.source, recorder.left)
    engine.link(port.sent, recorder.right)
    try:
        yield True
    finally:
        with contextlib.suppress(CoreError):
            await recorder.stop()
