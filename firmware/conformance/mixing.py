"""The mixer with all sixteen ports linked to each other: levels, distortion, own voice, saturation, clicks.

The wires are perfect and linear, so what is measured is the sums. Each port's far end speaks its own tone and writes
down what it hears.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.binding.simcard import PortSpec
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import PERFECT, Bench, on_wires
from firmware.conformance.rows import Bound, Job, Row, Scale
from firmware.conformance.signals import RATE, Pcm, Wave

GROUP = "mixing"
OWN = "callbox figure"
PORTS = 16
SPECS: tuple[PortSpec, ...] = tuple(("fxo" if number < 8 else "fxs", str(number)) for number in range(PORTS))
TONES_HZ = tuple(
    310.0 + 190.0 * number for number in range(PORTS)
)  # 310 .. 3160 Hz, no two with common overtones in step
SPEECH_DBM0 = -26.0  # each, so that sixteen stay below full scale
ONE_HZ, ONE_DBM0 = 1000.0, -10.0


@dataclass(frozen=True, slots=True)
class Conference:
    """All speak, or one does."""

    level_error_db: float  # worst of 16 x 15 tones heard
    own_dbm0: float  # loudest own tone that comes back
    distortion_db: float  # worst ratio of tones to everything else
    one_error_db: float
    one_own_dbm0: float
    silent_dbm0: float  # what is heard of a conference in which nobody speaks


async def _off_hook(bench: Bench) -> None:
    box, far = bench.card.box, bench.card.far
    for index, port in enumerate(box.ports):
        await (port.seize() if port.kind == "fxo" else far.ports[index].seize())
    await bench.wait(500)


def _all_linked(bench: Bench, gain_db: float = 0.0) -> None:
    ports = bench.card.box.ports
    for source in ports:
        for sink in ports:
            if source is not sink:
                bench.card.box.link(source.source, sink.sink, gain_db)


async def _spoken(bench: Bench, waves: Sequence[Wave | None], ms: float) -> list[Pcm]:
    """Each far end speaks its wave; what each hears in the middle of that time."""
    far = bench.card.far
    recorders = [bench.record(far, port) for port in far.ports]
    await bench.wait(100)
    players = [
        bench.play(far, port, wave.round().astype(np.int16), repeat=True)
        for port, wave in zip(far.ports, waves, strict=True) if wave is not None
    ]  # fmt: skip
    await bench.wait(ms)
    heard = [await bench.heard(recorder) for recorder in recorders]
    for player in players:
        player.cancel()
    middle = round(0.3 * RATE)
    return [pcm[middle + 800 : -middle] for pcm in heard]


def _fit(pcm: Pcm, hz: Sequence[float]) -> tuple[NDArray[np.float64], float]:
    """Level of each of these tones in dBm0, and of what remains."""
    t = np.arange(len(pcm))[:, None] * 2 * np.pi * np.asarray(hz)[None, :] / RATE
    basis = np.concatenate([np.sin(t), np.cos(t)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, pcm.astype(np.float64), rcond=None)
    power = (fit[: len(hz)] ** 2 + fit[len(hz) :] ** 2) / 2
    levels = 10 * np.log10(np.maximum(power, 1e-9)) - 20 * np.log10(signals.RMS)
    return levels, signals.dbm0_of(pcm - basis @ fit)


def conference() -> Conference:
    """Sixteen talk at once; then one; then none."""

    async def story(bench: Bench) -> Conference:
        await _off_hook(bench)
        _all_linked(bench)
        await bench.wait(100)
        silent = max(signals.dbm0_of(pcm) for pcm in await _spoken(bench, [None] * PORTS, 900))
        waves: list[Wave | None] = [signals.sine(hz, SPEECH_DBM0, RATE) for hz in TONES_HZ]
        error, own, ratio = 0.0, -120.0, 200.0
        for index, pcm in enumerate(await _spoken(bench, waves, 2000)):
            levels, rest = _fit(pcm, TONES_HZ)
            others = np.delete(levels, index)
            error = max(error, float(np.max(np.abs(others - SPEECH_DBM0))))
            own = max(own, float(levels[index]))
            ratio = min(ratio, float(10 * np.log10(np.sum(10 ** (others / 10)))) - rest)
        return Conference(error, own, ratio, 0.0, 0.0, silent)

    async def one(bench: Bench) -> tuple[float, float]:
        await _off_hook(bench)
        _all_linked(bench)
        await bench.wait(100)
        waves: list[Wave | None] = [None] * PORTS
        waves[3] = signals.sine(ONE_HZ, ONE_DBM0, RATE)
        levels = [_fit(pcm, [ONE_HZ])[0][0] for pcm in await _spoken(bench, waves, 2000)]
        own = levels.pop(3)
        return float(np.max(np.abs(np.array(levels) - ONE_DBM0))), float(own)

    plan = load_country("cn")
    all_speak = on_wires(SPECS, PERFECT, plan, story)
    one_error, one_own = on_wires(SPECS, PERFECT, plan, one)
    return Conference(
        all_speak.level_error_db, all_speak.own_dbm0, all_speak.distortion_db, one_error, one_own, all_speak.silent_dbm0
    )


@dataclass(frozen=True, slots=True)
class Saturation:
    """Too much at once: samples at the limit as heard, those the core counted, those that wrapped round."""

    at_limit: int
    counted: int
    wrapped: int


def saturation() -> Saturation:
    """Sixteen far ends send the same loud sine."""

    async def story(bench: Bench) -> Saturation:
        await _off_hook(bench)
        _all_linked(bench)
        far, box = bench.card.far, bench.card.box
        recorders = [bench.record(far, port) for port in far.ports]
        await bench.wait(100)
        before = box.counters()["clipped"]
        loud = signals.sine(200.0, -6.0, 2 * RATE).round().astype(np.int16)
        await asyncio.gather(*[bench.play(far, port, loud) for port in far.ports])
        await bench.wait(200)
        heard = [(await bench.heard(recorder)).astype(int) for recorder in recorders]
        at_limit = sum(int(np.sum((pcm >= 32767) | (pcm <= -32768))) for pcm in heard)
        wrapped = sum(
            int(np.sum(np.abs(np.diff(pcm)) > 50_000)) for pcm in heard
        )  # a sine of 200 Hz moves by 0.16 of its peak
        return Saturation(at_limit, box.counters()["clipped"] - before, wrapped)

    return on_wires(SPECS, PERFECT, load_country("cn"), story)


@dataclass(frozen=True, slots=True)
class Live:
    """Listening, whispering and barging in, changed while all speak."""

    gain_error_db: float  # worst of links at several gains
    leak_dbm0: float  # loudest tone where it must not be heard
    click_db: float  # loudest moment above 3 kHz around a change, relative to the tone


GAINS_DB = (6.0, -3.0, -6.0, -12.0, -20.0)
CALLER, AGENT, SUPERVISOR = 0, 8, 9
TRIO_HZ = {CALLER: 500.0, AGENT: 800.0, SUPERVISOR: 1100.0}


def live() -> Live:
    """Gains, then whisper among three, then a link that comes and goes."""

    async def gains(bench: Bench) -> float:
        await _off_hook(bench)
        ports = bench.card.box.ports
        for place, gain in enumerate(GAINS_DB):
            bench.card.box.link(ports[0].source, ports[place + 1].sink, gain)
        waves: list[Wave | None] = [None] * PORTS
        waves[0] = signals.sine(ONE_HZ, -20.0, RATE)
        heard = await _spoken(bench, waves, 1500)
        return max(
            abs(float(_fit(heard[place + 1], [ONE_HZ])[0][0]) + 20 - gain) for place, gain in enumerate(GAINS_DB)
        )

    async def whisper(bench: Bench) -> float:
        await _off_hook(bench)
        box, ports = bench.card.box, bench.card.box.ports
        box.bridge(ports[CALLER], ports[AGENT])
        box.link(ports[CALLER].source, ports[SUPERVISOR].sink)
        box.link(ports[AGENT].source, ports[SUPERVISOR].sink)
        box.link(ports[SUPERVISOR].source, ports[AGENT].sink)
        waves: list[Wave | None] = [None] * PORTS
        for number, hz in TRIO_HZ.items():
            waves[number] = signals.sine(hz, -15.0, RATE)
        heard = await _spoken(bench, waves, 1500)
        hears = {CALLER: (AGENT,), AGENT: (CALLER, SUPERVISOR), SUPERVISOR: (CALLER, AGENT)}
        leak = -120.0
        for listener, may in hears.items():
            levels, _ = _fit(heard[listener], list(TRIO_HZ.values()))
            for speaker, level in zip(TRIO_HZ, levels, strict=True):
                if speaker not in may:
                    leak = max(leak, float(level))
                elif abs(level + 15.0) > 1.0:
                    leak = 0.0  # somebody who must be heard is not
        return leak

    async def clicks(bench: Bench) -> float:
        await _off_hook(bench)
        box, far, ports = bench.card.box, bench.card.far, bench.card.box.ports
        box.link(ports[CALLER].source, ports[AGENT].sink)
        recorder = bench.record(far, far.ports[AGENT])
        playing = bench.play(
            far, far.ports[CALLER], signals.sine(400.0, ONE_DBM0, RATE).round().astype(np.int16), repeat=True
        )
        await bench.wait(500)
        for change in range(12):
            gain = (0.0, -20.0, 6.0)[change % 3]
            box.link(ports[CALLER].source, ports[AGENT].sink, gain)
            await bench.wait(137)
            box.unlink(ports[CALLER].source, ports[AGENT].sink)
            await bench.wait(93)
            box.link(ports[CALLER].source, ports[AGENT].sink)
            await bench.wait(151)
        playing.cancel()
        heard = (await bench.heard(recorder)).astype(np.float64)[2400:]
        high = signals.shaped(heard, 3000, 3950, 0.05)[800:-800]
        return float(20 * np.log10(max(np.max(np.abs(high)), 1e-3) / signals.amplitude(ONE_DBM0)))

    plan = load_country("cn")
    return Live(
        on_wires(SPECS, PERFECT, plan, gains),
        on_wires(SPECS, PERFECT, plan, whisper),
        on_wires(SPECS, PERFECT, plan, clicks),
    )


def jobs(scale: Scale) -> list[Job]:
    """Three stories."""
    return [Job(conference), Job(saturation), Job(live)]


def rows(results: Sequence[object], scale: Scale) -> list[Row]:
    """The group's rows."""
    meeting, loud, change = results
    assert isinstance(meeting, Conference) and isinstance(loud, Saturation) and isinstance(change, Live)
    clipped = f"{loud.at_limit} at the limit" if loud.at_limit else "nothing was clipped: the test is broken"
    table: list[tuple[str, Bound, float, float, str, str]] = [
        ("16 ports, all speak: level of each other, worst error", "at most", 0.1, meeting.level_error_db, "dB", ""),
        ("16 ports, all speak: own voice heard", "at most", -70.0, meeting.own_dbm0, "dBm0", ""),
        ("16 ports, all speak: signal to distortion and noise", "at least", 60.0, meeting.distortion_db, "dB", ""),
        ("16 ports, one speaks: level for the others, worst error", "at most", 0.1, meeting.one_error_db, "dB", ""),
        ("16 ports, one speaks: own voice heard", "at most", -70.0, meeting.one_own_dbm0, "dBm0", ""),
        ("16 ports, none speaks: noise added", "at most", -80.0, meeting.silent_dbm0, "dBm0", ""),
        ("sum above full scale: samples that wrapped round", "at most", 0.0, float(loud.wrapped), "samples", clipped),
        ("sum above full scale: samples at the limit", "at least", 1.0, float(loud.at_limit), "samples", clipped),
        ("of them counted", "exactly", float(loud.at_limit), float(loud.counted), "samples", clipped),
        ("links of +6 to -20 dB: worst error of the level", "at most", 0.1, change.gain_error_db, "dB", ""),
        ("whisper: who must not hear it hears", "at most", -70.0, change.leak_dbm0, "dBm0", "caller, and each himself"),
        ("links changed in talk: loudest click above 3 kHz", "at most", -40.0, change.click_db, "dB of the tone", ""),
    ]
    return [
        Row(GROUP, name, OWN, bound, limit, measured, unit, note=note)
        for name, bound, limit, measured, unit, note in table
    ]
