"""Calls: each is a coroutine that reads like the call.

Whatever ends a call (either party, a cue from the exchange, a fault, the box's stop), its clean-up runs once:
line on-hook, station left, recording closed, `call.ended` published, line idle again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from drivers.binding.engine import CoreError, Engine
from drivers.binding.events import Played
from firmware.acd.queue import Hall
from firmware.bus import Bus
from firmware.calls.places import HangUp
from firmware.ivr.flow import Flow, follow
from firmware.lines import CallerId, Digit, FarEndGone, Line
from firmware.prompts import MUSIC, PromptError, Prompts
from firmware.recording.recorder import Recordings
from firmware.stations import Station

log = logging.getLogger(__name__)

CALL_MOST_S = 4 * 3600.0  # a call so long is a line that nobody released
STOP_WITHIN_S = 5.0
QUEUE_PROMPT = "queue_entry"


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended the call and what told the box."""

    side: str  # 'caller', 'agent' or 'box'
    cue: str


@dataclass(frozen=True, slots=True)
class Means:
    """What a call needs of the box."""

    engine: Engine
    bus: Bus
    now: Callable[[], float]
    hall: Hall
    flow: Flow
    prompts: Prompts
    recordings: Recordings
    bad_prompts: set[str] = field(default_factory=set)  # those with an alarm


class InboundCall:
    """A caller from outside: greeting and menu, queue, agent, talk."""

    def __init__(self, means: Means, line: Line) -> None:
        self.means = means
        self.line = line
        self.started = means.now()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.started))
        self.id = f"{stamp}{int(self.started * 1000) % 1000:03d}-{line.number}"
        self.station: Station | None = None
        self.connected = False
        self.recording = means.recordings.of(self.id, line.number, self.started, line.port)
        self.ending = Ending("box", "error")
        line.call = self.id

    async def run(self) -> None:
        """The whole call. Cancelling it ends it properly."""
        self._publish("call.started", direction="inbound")
        self.recording.reached("ring")
        try:
            async with self.line.until_gone(), asyncio.timeout(CALL_MOST_S):
                await self._answer()
                queue = await follow(self.means.flow, self)
                if queue is None:
                    self.ending = Ending("box", "flow")
                else:
                    await self._in_queue(queue)
        except FarEndGone as gone:
            self.ending = Ending("caller", gone.cue)
        except asyncio.CancelledError:
            self.ending = Ending("box", "box_stopped")
            raise
        except TimeoutError:
            self.ending = Ending("box", "too_long")
        except Exception:
            log.exception("call %s failed", self.id)
        finally:
            await self._clean_up()

    async def _answer(self) -> None:
        caller = await self.line.caller_known()
        self._publish("call.caller", number=caller.number, name=caller.name, withheld=caller.withheld)
        self.line.on_digit_end = self._digit_ended
        self.recording.reached("line")
        await self.line.seize()
        self._publish("call.answered", by="box")
        self.recording.reached("answer")

    async def _in_queue(self, queue: str) -> None:
        while not self.line.digits.empty():  # what was pressed in the menu is no answer to the queue
            self.line.digits.get_nowait()
        async with self._music():
            outcome = await self.means.hall.serve(self.id, self.line.number, queue, self._caller, self.line.digits)
            if isinstance(outcome, Station):
                self.station = outcome
        if isinstance(outcome, Station):
            await self._talk(outcome)
        elif isinstance(outcome.to, HangUp):
            if outcome.to.prompt is not None:
                await self.say(outcome.to.prompt)
            self.ending = Ending("box", "left_queue")
        else:
            raise ValueError(f"the hall led to {outcome.to}, which a call cannot follow")

    async def _talk(self, station: Station) -> None:
        self.line.on_digit_end = None  # from now on a digit may be the agent's, echoed by the line
        self.recording.agent(station.port)
        self.recording.reached("talk")
        self.means.engine.bridge(self.line.port, station.port)
        self.connected = True
        self._publish("call.connected", station=station.number)
        await station.hung_up()
        self.ending = Ending("agent", "onhook")

    async def _clean_up(self) -> None:
        self.line.on_digit_end = None
        await self.line.hang_up()
        self.means.hall.ended(self.id)
        if self.station is not None:
            self.station.leave()
        await self.recording.close()
        unheard = "abandoned" if self.ending.side == "caller" else "failed"
        result = "answered" if self.connected else unheard
        self._publish("call.ended", side=self.ending.side, cue=self.ending.cue, result=result)
        await self.line.idle()

    # -- the voice of the flow -------------------------------------------------------------------------

    async def ask(self, prompt: str, wait_s: float) -> str | None:
        """Plays with barge-in; the key, or None."""
        digit = asyncio.ensure_future(self.line.digits.get())
        try:
            await self._play(prompt, digit)
            await asyncio.wait([digit], timeout=wait_s)
            return digit.result().digit if digit.done() else None
        finally:
            digit.cancel()

    async def say(self, prompt: str) -> None:
        """Plays to the end."""
        await self._play(prompt, None)

    async def _play(self, prompt: str, stop: "asyncio.Future[Digit] | None") -> None:
        """Plays a prompt to the caller until its end or until `stop` is done. One that cannot be played is skipped."""
        loop = asyncio.get_running_loop()
        began, cut, ms = loop.time(), True, None
        with self.means.engine.player() as player, self.recording.box_plays(player.source):
            self.means.engine.link(player.source, self.line.port.sink)
            self._publish("call.prompt", prompt=prompt)
            try:
                done = player.file(self.means.prompts.path(prompt))
                ends: list[asyncio.Future[Any]] = [done] if stop is None else [done, stop]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if done.done():
                    played: Played = done.result()
                    cut, ms = False, played.ms
                self._prompt_is_good(prompt)
            except (PromptError, CoreError) as error:
                cut, ms = False, 0
                log.warning("call %s: prompt %s: %s", self.id, prompt, error)
                self.means.bad_prompts.add(prompt)
                self.means.bus.publish("alarm.raised", name=f"prompt_{prompt}", text=str(error))
            finally:
                if ms is None:
                    ms = round((loop.time() - began) * 1000)
                self._publish("call.prompt_end", prompt=prompt, cut=cut, ms=ms)

    @asynccontextmanager
    async def _music(self) -> AsyncIterator[None]:
        """Inside, the caller hears that he is queued, then music."""
        task = asyncio.create_task(self._hold(), name=f"music of {self.id}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _hold(self) -> None:
        await self.say(QUEUE_PROMPT)
        with self.means.engine.player() as player, self.recording.box_plays(player.source):
            self.means.engine.link(player.source, self.line.port.sink)
            await player.file(self.means.prompts.path(MUSIC), repeat=True)

    # -- inside ------------------------------------------------------------------------------------------

    @property
    def _caller(self) -> CallerId:
        return self.line.caller or CallerId()

    def _prompt_is_good(self, prompt: str) -> None:
        if prompt in self.means.bad_prompts:
            self.means.bad_prompts.discard(prompt)
            self.means.bus.publish("alarm.cleared", name=f"prompt_{prompt}")

    def _digit_ended(self, digit: str, ms: int) -> None:
        self._publish("call.digit", digit=digit, ms=ms)

    def _publish(self, kind: str, *, station: str | None = None, **data: Any) -> None:
        self.means.bus.publish(kind, call=self.id, line=self.line.number, station=station, **data)


class Calls:
    """All calls under way; `inbound` is what a ringing line calls."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._tasks)

    def inbound(self, line: Line) -> None:
        """A new caller. While the box stops, nobody is answered."""
        if self._stopping:
            return
        call = InboundCall(self._means, line)
        task = asyncio.create_task(call.run(), name=f"call {call.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Ends every call properly; a call that cannot be ended in time is logged and left."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
            for task in late:
                log.error("%s did not end within %.0f s", task.get_name(), STOP_WITHIN_S)
