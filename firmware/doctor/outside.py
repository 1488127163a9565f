"""A call from outside, watched: how it rings, what tells who calls, and by what the exchange tells that he has gone.

The call itself goes its ordinary way, as any customer's. Only when the technician says that the caller is his own
telephone, and is about to hang up, does the box fall silent on it and listen (`Listened`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from drivers.binding.convert import SCHEME_NAMES
from drivers.binding.events import Kind, LineState, PortEvent
from drivers.binding.plan import Plan, Strict
from firmware.calls.call import Call, Place
from firmware.calls.places import HangUp
from firmware.doctor import call_findings, measure
from firmware.doctor.job import Job
from firmware.doctor.measure import RATE
from firmware.doctor.received import received
from firmware.doctor.seized import READ_EVERY_S, Stopped, listening
from firmware.lines import GONE_TONES, Line

RINGS_WITHIN_S = 180.0
TALKS_MOST_S = 600.0
LISTENS_S = 25.0  # five bursts of the slowest tone any exchange plays to who is left alone
KEPT_S = 12
CAME_S = 60  # a caller id comes about the first ring; so long somebody may let it ring

Offer = Callable[[int, int, tuple[int, ...]], Awaitable[dict[str, Any]]]
"""What a hang-up tone (line, Hz, ms) would do to earlier calls."""


class Listened(Strict):
    """A place: the box says nothing and listens for the exchange's sign that the caller has gone."""

    kind: Literal["listened"] = "listened"


async def listened(call: Call, _: Listened) -> Place | None:
    """Serves it; the line itself ends the call as soon as it knows a sign."""
    await call.answer()
    await asyncio.sleep(LISTENS_S)
    return HangUp(prompt=None)


class _Watch:
    """News of the line since the beginning."""

    def __init__(self) -> None:
        self.news: list[PortEvent] = []
        self.came = asyncio.Event()

    def heard(self, event: PortEvent) -> None:
        self.news.append(event)
        self.came.set()

    def first(self, *kinds: Kind) -> PortEvent | None:
        return next((event for event in self.news if event.kind in kinds), None)

    def state(self, state: LineState) -> bool:
        return any(event.kind is Kind.LINE_STATE and event.value == state for event in self.news)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.came.clear()
            await self.came.wait()


async def watch_call(line: Line, plan: Plan, job: Job, offer: Offer) -> None:
    """Fills the job. Stopped: nobody called."""
    job.step = "waiting"
    port = line.port
    async with _watching(line) as watch, listening(port.engine, port.source, port.gains[0]) as ear:
        try:
            async with asyncio.timeout(RINGS_WITHIN_S):
                await watch.until(lambda: watch.first(Kind.RING) is not None)
        except TimeoutError:
            raise Stopped("nobody_called") from None
        job.step = "ringing"
        await watch.until(lambda: watch.state(LineState.OFFHOOK) or watch.first(Kind.RING_STOP) is not None)
        _came(watch, plan, job)
        came = await asyncio.to_thread(received, ear.since(max(0, ear.count - CAME_S * RATE)))
        job.received = None if came is None else came.data()
        if watch.state(LineState.OFFHOOK):
            await _talk(line, plan, job, offer, watch)


@asynccontextmanager
async def _watching(line: Line) -> AsyncIterator[_Watch]:
    watch = _Watch()
    line.port.watchers.append(watch.heard)
    try:
        yield watch
    finally:
        line.port.watchers.remove(watch.heard)


def _came(watch: _Watch, plan: Plan, job: Job) -> None:
    ends = [event for event in watch.news if event.kind is Kind.RING_END]
    bursts = sum(event.kind is Kind.RING for event in watch.news)
    if ends:
        off = ends[1].extra if len(ends) > 1 else None
        job.findings.append(call_findings.ringing(bursts, ends[0].value, off, plan))
    told = watch.first(Kind.CALLERID)
    job.findings.append(
        call_findings.caller_id(None, "", ok=True, plan=plan)
        if told is None
        else call_findings.caller_id(SCHEME_NAMES.get(told.extra), told.word, ok=bool(told.value), plan=plan)
    )


async def _talk(line: Line, plan: Plan, job: Job, offer: Offer, watch: _Watch) -> None:
    """Until the line is on-hook again; then the last seconds tell."""
    job.step = "answered"
    seen = len(watch.news)

    def over() -> bool:
        return any(event.kind is Kind.LINE_STATE and event.value != LineState.OFFHOOK for event in watch.news[seen:])

    async with listening(line.port.engine, line.port.source, line.port.gains[0]) as ear:
        try:
            async with asyncio.timeout(TALKS_MOST_S):
                while not over():
                    await asyncio.sleep(READ_EVERY_S)
                    ear.forget(KEPT_S)
        except TimeoutError:
            raise Stopped("talked_on") from None
        heard = ear.since(0)
    if job.step == "answered" and not _gone(watch.news[seen:]):
        return  # the box, or an agent, hung up: nothing can be said of the exchange
    await _told(line, job, offer, watch.news[seen:], heard)


def _gone(news: list[PortEvent]) -> bool:
    return any(event.kind is Kind.LOOP_DROP or (event.kind is Kind.TONE and event.word in GONE_TONES) for event in news)


async def _told(line: Line, job: Job, offer: Offer, news: list[PortEvent], heard: measure.Samples) -> None:
    repeated = measure.cadence(heard[-KEPT_S * RATE :])
    dropped = next((event for event in news if event.kind is Kind.LOOP_DROP), None)
    turned = any(event.kind is Kind.POLARITY for event in news)
    tone = next((event.word for event in news if event.kind is Kind.TONE and event.word in GONE_TONES), None)
    unknown = next((event for event in news if event.kind is Kind.CADENCE), None)
    by = (
        "loop_drop" if dropped else "tone" if tone else "unknown_tone" if repeated is not None
        else "reversal" if turned else "nothing"
    )  # fmt: skip
    job.findings.append(call_findings.hang_up(by, repeated, dropped.value if dropped else 0))
    if by == "unknown_tone" and repeated is not None:
        hz, ms = round(repeated.parts[0].hz), tuple[int, ...]((repeated.on_ms, repeated.off_ms))
        if unknown is not None:  # by these very figures the line will know it again
            hz, *times = (int(part) for part in unknown.word.split(","))
            ms = tuple(times)
        job.offer = await offer(line.number, hz, ms)
