"""The examination of an idle line: battery, dial tone, a digit, noise and hum, echo before and after the canceller.

One digit is sent and never a second one: no number of any network, emergency numbers least of all, is one digit long.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from drivers.binding.events import LineState
from drivers.binding.plan import Plan
from firmware.doctor import findings, measure
from firmware.doctor.job import Job
from firmware.doctor.measure import Echo, Noise, SteadyTone
from firmware.doctor.seized import Seized, listening, seized
from firmware.lines import Line
from firmware.tools.audio import write

KEY = "1"  # every network waits for more behind it
DIAL_TONE_S = 5.0
STOPS_S = 0.45
SETTLE_S = 0.2
QUIET_S = 1.8
BURST_DBM0 = -15.0
# After the digit all is over before an exchange acts that waits 4 s for the next one and sees us gone 1.25 s late.
BEFORE_S, CONVERGES_S, AFTER_S = 0.9, 0.9, 0.4
TRIES = 2


async def examine(line: Line, plan: Plan, job: Job) -> None:
    """Fills the job. Stopped: a caller was first, or the voltage went away."""
    job.step = "battery"
    there = line.state is not LineState.DEAD
    job.findings.append(findings.battery(there=there, reversed_=line.turned))
    if not there:
        return
    released: list[float | None] = []
    floor = None
    async with seized(line, f"doctor-{job.id}", released.append) as held:
        tone = await _dial_tone(held, plan, job)
        if tone is not None and await _breaks(held, tone, job):
            floor = await _quiet(held, job)
    if job.what == "examine" and floor is not None:
        job.step = "echo"
        async with seized(line, f"doctor-{job.id}", released.append) as held:
            tone = await held.dial_tone(DIAL_TONE_S)
            if tone is not None and measure.tone_stops(await held.press(KEY, STOPS_S), tone.parts) is not None:
                await _echo(held, floor, job)
    job.step = "release"
    job.findings.append(findings.release(released[-1] if released else None))


async def _dial_tone(held: Seized, plan: Plan, job: Job) -> SteadyTone | None:
    job.step = "dial_tone"
    tone = await held.dial_tone(DIAL_TONE_S)
    heard = held.rx.since(held.begin)
    if tone is None:
        job.findings.append(findings.no_dial_tone(DIAL_TONE_S, measure.level(heard)))
    else:
        job.findings += findings.dial_tone(tone, plan)
    job.findings.append(findings.clipping(measure.clipped(heard), len(heard) / measure.RATE))
    return tone


async def _breaks(held: Seized, tone: SteadyTone, job: Job) -> bool:
    """Whether a digit ends the dial tone."""
    job.step = "digit"
    tries, stops = 0, None
    while stops is None and tries < TRIES:
        tries += 1
        stops = measure.tone_stops(await held.press(KEY, STOPS_S), tone.parts)
    job.findings.append(findings.digit(stops, tries, KEY))
    return stops is not None


async def _quiet(held: Seized, job: Job) -> Noise:
    job.step = "quiet"
    await held.rx.hear(SETTLE_S)
    found = measure.noise(await held.rx.hear(QUIET_S))
    job.findings += findings.noise(found)
    return found


async def _echo(held: Seized, floor: Noise, job: Job) -> None:
    engine, port = held.line.port.engine, held.line.port
    with TemporaryDirectory(prefix="callbox-doctor-") as folder, engine.player() as player:
        file = Path(folder) / "burst.wav"
        sound = measure.burst(BEFORE_S + CONVERGES_S + AFTER_S + 0.5, BURST_DBM0)
        await asyncio.to_thread(write, file, sound.astype("<i2").tobytes())
        await engine.link(player.source, port.sink)
        playing = asyncio.ensure_future(player.file(file))
        before = await _comes_back(held)
        job.findings.append(findings.echo(before))
        if not engine.cancels_echo:
            job.findings.append(findings.no_canceller())
        elif before is not None:
            port.echo(True)
            await held.rx.hear(CONVERGES_S)
            job.findings.append(_after(before, measure.level(await held.rx.hear(AFTER_S)), floor))
        player.stop()
        await playing


async def _comes_back(held: Seized) -> Echo | None:
    engine, port = held.line.port.engine, held.line.port
    async with listening(engine, port.sent) as tx:
        heard, sent = await asyncio.gather(held.rx.hear(BEFORE_S), tx.hear(BEFORE_S))
    return measure.echo(sent, heard)


def _after(before: Echo, residue_dbm0: float, floor: Noise) -> findings.Finding:
    """The residue without the line's own noise."""
    power = max(0.0, 10 ** (residue_dbm0 / 10) - 10 ** (floor.dbm0 / 10))
    alone = max(floor.dbm0 - 10, float(10 * np.log10(power))) if power > 0 else floor.dbm0 - 10
    return findings.canceller(before, alone, floor.dbm0)
