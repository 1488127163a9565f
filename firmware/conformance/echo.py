"""Echo of our own prompts, cancelled in the core: through the simulated card with its hybrid, A-law coded.

The same story is told twice, with the canceller and without, sample for sample alike; the difference is its work (echo
return loss enhancement, ERLE). The hybrids of ITU-T G.168 D.2 to D.9 are measured by tests/drivers/dsp/echo_g168.c.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivers.binding.events import Ear, Kind
from drivers.binding.plan import SimWire
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import Bench, on_wires
from firmware.conformance.progress import listened, long_enough
from firmware.conformance.rows import Job, Row, Scale, share
from firmware.conformance.signals import KEYS, RATE, Pcm, Press, Wave
from firmware.conformance.speech import phrase

GROUP = "echo"
G168, OWN = "ITU-T G.168", "callbox figure"
LOSSES_DB = (6.0, 12.0, 18.0)
PROMPT_DBM0, NEAR_DBM0 = -16.0, -19.0
COUNTRY = "cn"


def _wire(loss_db: float) -> SimWire:
    return SimWire(companding="alaw", loss=0.0, echo_loss=loss_db, far_echo_loss=100.0, noise=-65.0)


def _prompt(seconds: float, first: int) -> Pcm:
    """Speech of several voices at -16 dBm0."""
    parts: list[Wave] = []
    while sum(map(len, parts)) < seconds * RATE:
        parts.append(phrase(first + len(parts), PROMPT_DBM0))
    return np.concatenate(parts)[: round(seconds * RATE)].round().astype(np.int16)


def _received(loss_db: float, cancel: bool, seconds: float, near: Pcm | None, near_at_s: float) -> Wave:
    """What the box has of the line while it plays a prompt; the far party speaks `near` from `near_at_s` on."""

    async def story(bench: Bench) -> Pcm:
        box, far = bench.card.box, bench.card.far
        port = box.ports[0]
        await port.seize()
        port.echo(cancel)
        await bench.wait(500)
        recorder = bench.record(box, port)
        await bench.wait(100)
        playing = bench.play(box, port, _prompt(seconds, 0))
        if near is not None:
            await bench.wait(near_at_s * 1000)
            bench.play(far, far.ports[0], near)
        await playing
        return await bench.heard(recorder)

    return on_wires([("fxo", "1")], _wire(loss_db), load_country(COUNTRY), story).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """ERLE in dB: from 1 to 2 s, from 5 to 10 s, and after the far party talked against it from 10 to 15 s."""

    first_db: float
    settled_db: float
    after_talk_db: float
    near_gain_db: float  # what became of the far party's voice
    near_clean_db: float  # it over all else, in double talk


def cancelled(loss_db: float) -> Cancelled:
    """A prompt of 20 s; the far party speaks in the middle of it."""
    near = (phrase(31, NEAR_DBM0)[: 5 * RATE]).round().astype(np.int16)
    with_it, without = (_received(loss_db, cancel, 20.0, None, 0.0) for cancel in (True, False))
    talk, raw = (_received(loss_db, cancel, 20.0, near, 10.0) for cancel in (True, False))
    alone = raw - without[: len(raw)]  # the far party's voice as the box gets it
    spoken = slice(int(10.1 * RATE), int(10.1 * RATE) + len(near))
    voice, heard = alone[spoken], talk[spoken]
    gain = float(np.dot(voice, heard) / np.dot(voice, voice))
    after = slice(int(16.5 * RATE), int(19.5 * RATE))
    return Cancelled(
        _enhancement(without, with_it, 1.1, 2.1), _enhancement(without, with_it, 5.1, 10.1),
        signals.dbm0_of(raw[after]) - signals.dbm0_of(talk[after]), 20 * math.log10(max(gain, 1e-3)),
        signals.dbm0_of(voice) - signals.dbm0_of(heard - voice),
    )  # fmt: skip


def _enhancement(without: Wave, with_it: Wave, begin_s: float, end_s: float) -> float:
    piece = slice(int(begin_s * RATE), int(end_s * RATE))
    return signals.dbm0_of(without[piece]) - signals.dbm0_of(with_it[piece])


@dataclass(frozen=True, slots=True)
class Heard:
    """Keys pressed and busy tones sent while our prompt plays, and what the ears made of them."""

    keys: int
    right: int
    stray: int
    tones: int
    told: int
    false: int
    others: tuple[tuple[str, int], ...]  # the country's other tones and how many of each were told


async def _told(bench: Bench, name: str, ms: float, times: int) -> int:
    """Sends the tone so often, with pauses after which it is a new one; how often it was told."""
    far, told = bench.card.far, 0
    pause_ms = 3000 + max(step.ms for step in load_country(COUNTRY).tones[name].steps)
    for _ in range(times):
        before = len(bench.told(Kind.TONE))
        with far.player() as player:
            far.link(player.source, far.ports[0].sink)
            await player.tone(name, 0 if ms == 0 else round(ms))
        await bench.wait(pause_ms)
        told += any(event.word == name for event in bench.told(Kind.TONE)[before:])
    return told


def ears_over_prompt(loss_db: float, keys: int, tones: int) -> Heard:
    """The far party presses keys, then hangs up, then its exchange sends its other tones, always under our prompt."""
    plan = load_country(COUNTRY)

    async def story(bench: Bench) -> Heard:
        box, far = bench.card.box, bench.card.far
        port = box.ports[0]
        await port.seize()
        port.echo(True)
        port.listen(Ear.DTMF | Ear.TONE)
        await bench.wait(500)
        bench.play(box, port, _prompt(30.0, 3), repeat=True)
        await bench.wait(2000)
        rng = signals.rng_of("echo ears", str(loss_db))
        text = "".join(rng.choice(list(KEYS), keys))
        press = Press(low=-16.0, high=-14.0, on_ms=70, off_ms=80)
        await bench.play(far, far.ports[0], signals.exactly_typed(text, press, rng).round().astype(np.int16))
        await bench.wait(500)
        got = "".join(event.word for event in bench.told(Kind.DIGIT))
        false = len(bench.told(Kind.TONE))
        told = await _told(bench, "busy", 3 * 700 + 1400, tones)
        others = [
            (
                name,
                await _told(bench, name, 0 if plan.tones[name].once else 1000 * long_enough(plan.tones[name]), tones),
            )
            for name in listened(plan)
            if name != "busy"
        ]
        right = _in_order(text, got)
        return Heard(keys, right, len(got) - right, tones, told, false, tuple(others))

    return on_wires([("fxo", "1")], _wire(loss_db), plan, story)


def _in_order(text: str, got: str) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(got) + 1)
    for key in text:
        before = 0
        for place, word in enumerate(got, 1):
            before, row[place] = row[place], before + 1 if key == word else max(row[place], row[place - 1])
    return row[-1]


@dataclass(frozen=True, slots=True)
class DataCalls:
    """Modems that answered, how many switched the canceller off, and when; tones without reversals that did."""

    calls: int
    off: int
    plain_off: int
    late_ms: tuple[float, ...]


def _answer_tone(reversals: bool, rng: np.random.Generator) -> Wave:
    """2,100 Hz as V.25 and V.8 send it: 2 s, -6 to -31 dBm0, off by up to 21 Hz, each second one swung by 15 Hz."""
    count = 2 * RATE
    t = np.arange(count) / RATE
    swing = 1 + 0.2 * float(rng.integers(2)) * np.sin(2 * np.pi * 15 * t)
    turn = np.where((t / float(rng.uniform(0.425, 0.475))).astype(int) % 2, -1.0, 1.0) if reversals else 1.0
    level, hz = float(rng.uniform(-31, -6)), 2100 + float(rng.uniform(-21, 21))
    return np.asarray(signals.sine(hz, level, count, rng.uniform(0, 2 * np.pi)) * swing * turn)


def data_calls(times: int) -> DataCalls:
    """The far party is a modem, as often with reversals as without."""

    async def story(bench: Bench) -> DataCalls:
        far = bench.card.far
        port = bench.card.box.ports[0]
        await port.seize()
        await bench.wait(500)
        rng = signals.rng_of("data calls")
        off, late = [0, 0], []
        for one in range(2 * times):
            before = len(bench.told(Kind.ECHO_OFF))
            port.echo(True)
            with far.player() as player:
                far.link(player.source, far.ports[0].sink)
                await player.file(bench.file_of(_answer_tone(one % 2 == 0, rng).round().astype(np.int16)))
            await bench.wait(300)
            told = bench.told(Kind.ECHO_OFF)[before:]
            off[one % 2] += len(told)
            late += [float(event.value) for event in told if one % 2 == 0]
        return DataCalls(times, off[0], off[1], tuple(late))

    return on_wires([("fxo", "1")], _wire(12.0), load_country(COUNTRY), story)


def jobs(scale: Scale) -> list[Job]:
    """Each echo loss, then the ears."""
    out = [Job(cancelled, (loss,)) for loss in LOSSES_DB]
    return (
        out
        + [Job(ears_over_prompt, (loss, scale.pick(50, 1000), scale.pick(4, 40))) for loss in LOSSES_DB]
        + [Job(data_calls, (scale.pick(10, 200),))]
    )


def rows(results: Sequence[object], scale: Scale) -> list[Row]:
    """The group's rows."""
    out: list[Row] = []
    for loss, one in zip(LOSSES_DB, results, strict=False):
        assert isinstance(one, Cancelled)
        name, compare = f"echo {loss:g} dB below our prompt", "OSLEC 28 to 32 dB after 2 to 5 s; Debian's spandsp -7 dB"
        # What can be cancelled ends at the noise of A-law and of the line: a weaker echo leaves less to win.
        settled = 28.0 if loss <= 12 else 22.0
        out += [
            Row(
                GROUP,
                f"{name}: ERLE from 1 to 2 s",
                f"{G168}, convergence",
                "at least",
                20.0,
                one.first_db,
                "dB",
                compare,
            ),
            Row(GROUP, f"{name}: ERLE from 5 to 10 s", OWN, "at least", settled, one.settled_db, "dB", compare),
            Row(
                GROUP,
                f"{name}: ERLE after double talk",
                f"{G168}, double talk",
                "at least",
                settled - 3,
                one.after_talk_db,
                "dB",
            ),
            Row(
                GROUP,
                f"{name}: far party in double talk, gain",
                OWN,
                "at least",
                -0.5,
                one.near_gain_db,
                "dB",
                "spandsp mutes it",
            ),
            Row(
                GROUP,
                f"{name}: far party in double talk, over all else",
                OWN,
                "at least",
                20.0,
                one.near_clean_db,
                "dB",
            ),
        ]
    for loss, one in zip(LOSSES_DB, results[len(LOSSES_DB) : -1], strict=True):
        assert isinstance(one, Heard)
        name, note = f"echo {loss:g} dB below our prompt", f"{one.keys} keys, {one.tones} tones"
        out += [
            Row(
                GROUP,
                f"{name}: digits -16/-14 dBm0 right",
                OWN,
                "at least",
                99.9,
                share(one.right, one.keys),
                "%",
                note=note,
            ),
            Row(
                GROUP,
                f"{name}: digits heard that were not pressed",
                OWN,
                "at most",
                0.0,
                float(one.stray),
                "in all",
                note=note,
            ),
            Row(
                GROUP,
                f"{name}: busy tone told within 5 cycles",
                OWN,
                "at least",
                99.0,
                share(one.told, one.tones),
                "%",
                note=note,
            ),
            Row(
                GROUP,
                f"{name}: tones heard in it that were not sent",
                OWN,
                "at most",
                0.0,
                float(one.false),
                "in all",
                note=note,
            ),
        ]
        out += [
            Row(
                GROUP,
                f"{name}: {COUNTRY} {tone} told",
                OWN,
                "at least",
                99.0,
                share(told, one.tones),
                "%",
                note=f"{one.tones} tones",
            )
            for tone, told in one.others
        ]
    data = results[-1]
    assert isinstance(data, DataCalls)
    note = f"{data.calls} modems, 2,100 +/-21 Hz, -6 to -31 dBm0, reversals each 450 +/-25 ms"
    plain = f"{data.calls} tones without reversals"
    disabler = "ITU-T G.168, tone disabler (formerly G.165)"
    off = share(data.off, data.calls)
    worst = max(data.late_ms, default=float("nan"))
    return [
        *out,
        Row(GROUP, "modem answers: canceller off", disabler, "at least", 100.0, off, "%", note=note),
        Row(GROUP, "modem answers: canceller off after, worst", disabler, "at most", 1050.0, worst, "ms", note=note),
        Row(
            GROUP,
            "2,100 Hz without reversals: canceller off",
            disabler,
            "at most",
            0.0,
            float(data.plain_off),
            "in all",
            note=plain,
        ),
    ]
