"""From one outside line of the box to another: a call through the whole network, a tone and silence each way.

It is an outgoing call like any other: permission, fuse and ledger count it, and an emergency number is refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from drivers.binding.plan import Plan
from firmware.doctor import call_findings, findings, measure
from firmware.doctor.examine import DIAL_TONE_S
from firmware.doctor.job import Job
from firmware.doctor.seized import Ear, Seized, Stopped, listening, seized
from firmware.lines import Line
from firmware.tools.audio import write

RINGS_WITHIN_S = 30.0
CONNECTS_S = 1.5
TONE_HZ, TONE_DBM0, TONE_S = 1004.0, -16.0, 2.0  # IEEE Std 743's test tone: no tone of any country lies there
HEARD_S, QUIET_S = 1.0, 2.0
PURE = 0.6
OURS = "doctor"  # has the other line


async def from_line_to_line(
    line: Line, other: Line, digits: str, plan: Plan, job: Job, on_answer: Callable[[], None]
) -> None:
    """Fills the job. Stopped: a caller was first on either line, or the other did not ring."""
    released: list[float | None] = []
    job.step = "dial_tone"
    async with _rings_for_us(other) as rung, seized(line, f"doctor-{job.id}", released.append) as held:
        tone = await held.dial_tone(DIAL_TONE_S)
        if tone is None:
            job.findings.append(findings.no_dial_tone(DIAL_TONE_S, measure.level(held.rx.since(held.begin))))
            return
        job.step = "ring"
        await held.press(digits, 0.1)
        try:
            async with asyncio.timeout(RINGS_WITHIN_S):
                await rung.wait()
        except TimeoutError:
            raise Stopped("no_ring") from None
        await other.seize()
        other.port.echo(False)
        on_answer()
        try:
            with other.port.plain():
                await _both_ways(held, other, job)
        finally:
            if other.call == OURS:
                await other.hang_up()
    job.step = "release"
    await other.idle()
    job.findings.append(findings.release(released[-1] if released else None))


async def _both_ways(held: Seized, other: Line, job: Job) -> None:
    async with listening(other.port.engine, other.port.source) as there:
        await asyncio.sleep(CONNECTS_S)
        job.step = "there"
        job.findings.append(await _tone("loss_there", held.line, there))
        if job.findings[-1].verdict == "fault":
            other.turn_over()  # whoever rang there may have been a customer: he is answered as one
            raise Stopped("not_heard")
        job.findings.append(call_findings.through_noise(measure.noise(await there.hear(QUIET_S)).dbm0p, there=True))
        job.step = "back"
        job.findings.append(await _tone("loss_back", other, held.rx))
        job.findings.append(call_findings.through_noise(measure.noise(await held.rx.hear(QUIET_S)).dbm0p, there=False))


async def _tone(check: str, speaks: Line, hears: Ear) -> findings.Finding:
    engine = speaks.port.engine
    with TemporaryDirectory(prefix="callbox-doctor-") as folder, engine.player() as player:
        file = Path(folder) / "tone.wav"
        await asyncio.to_thread(write, file, measure.tone(TONE_HZ, TONE_DBM0, TONE_S).astype("<i2").tobytes())
        await engine.link(player.source, speaks.port.sink)
        playing = asyncio.ensure_future(player.file(file))
        await asyncio.sleep(0.6)
        heard = await hears.hear(HEARD_S)
        await playing
    await asyncio.sleep(0.3)
    found = [part for part in measure.parts(heard) if abs(part.hz - TONE_HZ) < 5]
    pure = bool(found) and measure.purity(heard, tuple(found)) > PURE
    return call_findings.loss(check, TONE_DBM0, found[0].dbm0 if found else measure.SILENCE, pure)


@asynccontextmanager
async def _rings_for_us(other: Line) -> AsyncIterator[asyncio.Event]:
    """The next ring on the other line is ours; the one after it is its calls' again."""
    if not other.free:
        raise Stopped("in_use")
    rung = asyncio.Event()
    before = other.on_ringing

    def ours(line: Line) -> None:
        line.on_ringing = before
        line.call = OURS
        rung.set()

    other.on_ringing = ours
    try:
        yield rung
    finally:
        if other.on_ringing is ours:
            other.on_ringing = before
