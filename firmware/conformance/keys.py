"""A key pressed while the box speaks: how soon the prompt is silent at the caller's ear, and what a suspicion that was
wrong costs those who only talk.

Measured at the far end of a simulated wire, whose receiver file has what it heard beside what it sent: from the first
sample of the key to the last one of the prompt. Keys begin anywhere within a tick.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from drivers.binding.events import Ear, Kind, PortEvent
from drivers.binding.plan import SimWire
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import PERFECT, Bench, on_wires
from firmware.conformance.ears import events
from firmware.conformance.rows import Job, Row, Scale, percentile, share
from firmware.conformance.signals import KEYS, Pcm, Press, Wave
from firmware.conformance.speech import phrase
from firmware.conformance.talkoff import DIGIT_COUNTRIES, KINDS, PART_S, corpus

GROUP = "keys"
OWN = "callbox figure"
SILENT_MS = 45.0
EVERY_MS = 600  # a key
PROMPT_DBM0, UNDER_DBM0 = -16.0, -30.0  # a voice, and a noise under it, without which a pause would look like the end
GONE_DBM0 = -46.0  # below it at the far end the prompt is gone
FRAME = 8  # samples: 1 ms
WIRES = {
    "ideal": PERFECT,
    "usual": SimWire(companding="alaw", loss=3.0, echo_loss=14.0, far_echo_loss=100.0, noise=-65.0),
}
BATCH = 32  # keys
RISE_MS = 5.0  # a telephone's slowest key
RATE = signals.RATE


@dataclass(frozen=True, slots=True)
class Silenced:
    """Keys pressed over a prompt, and how many ms each took to silence it at the ear that heard it."""

    keys: int
    ms: tuple[float, ...]
    dips: int  # prompts held for what was none


@dataclass(frozen=True, slots=True)
class Suspected:
    """What was suspected in one part of the corpus, in which there is no key."""

    kind: str
    seconds: float
    dips_ms: dict[str, tuple[int, ...]] = field(default_factory=dict)  # by country: how long each would hold a prompt


def silenced(name: str, keys: int, seed: int) -> Silenced:
    """Keys on the wire of that name, at -4 to -16 dBm0 per tone, up to 4 dB and 1.5 % off, rising within 0 to 5 ms."""
    rng = signals.rng_of("silenced", name, seed)
    return on_wires((("fxo", "1"),), WIRES[name], load_country("cn"), partial(over_prompt, keys=keys, rng=rng))


async def over_prompt(bench: Bench, keys: int, rng: np.random.Generator, speech: Wave | None = None) -> Silenced:
    """Keys at the far end of the bench's first line, while the box speaks into it: `speech`, or a voice of its own."""
    box, far = bench.card.box, bench.card.far
    port = box.ports[0]
    await port.seize()
    port.echo(True)
    port.listen(Ear.DTMF)
    await bench.wait(500)
    prompt = bench.file_of(_prompt(rng, speech))
    player = box.player()
    box.link(player.source, port.sink)

    def on_event(event: PortEvent) -> None:
        bench.news.append(event)
        if event.kind is Kind.DIGIT:
            player.stop()

    port.on_event = on_event
    recorder, mouth = bench.record(far, far.ports[0]), far.player()
    for sink in (far.ports[0].sink, recorder.right):
        far.link(mouth.source, sink)
    for _ in range(keys):
        player.files([prompt], yields_to=port)
        await bench.wait(EVERY_MS - 200)
        await mouth.file(bench.file_of(_key(rng)))
        await bench.wait(200)
    await recorder.stop()
    assert recorder.path is not None
    heard, said = both(str(recorder.path))
    return Silenced(keys, tuple(delays(heard, said)), box.counters()["prompt_dips"])


def _prompt(rng: np.random.Generator, speech: Wave | None) -> Pcm:
    if speech is None:
        speech = phrase(int(rng.integers(0, 1000)), PROMPT_DBM0)
    under = signals.shaped(signals.noise("pink", UNDER_DBM0, len(speech), rng), 300, 3400)
    return np.asarray(np.clip(speech + under, -32767, 32767)).round().astype(np.int16)


def _key(rng: np.random.Generator) -> Pcm:
    level, twist = rng.uniform(-16, -4), rng.uniform(-4, 4)
    low, high = rng.uniform(-0.015, 0.015, 2)
    press = Press(low=level - max(twist, 0), high=level + min(twist, 0), low_off=low, high_off=high, on_ms=70)
    wave_ = signals.key_wave(str(rng.choice(list(KEYS))), press, rng)
    rise = signals.samples(float(rng.uniform(0, RISE_MS))) + 1
    wave_[:rise] *= np.linspace(0, 1, rise + 1)[1:]
    return np.concatenate([np.zeros(int(rng.integers(0, 160))), wave_]).round().astype(np.int16)


def both(path: str) -> tuple[Pcm, Pcm]:
    """What was heard and what was said, of a receiver file."""
    with wave.open(path, "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return frames[::2], frames[1::2]


def delays(heard: Pcm, said: Pcm) -> list[float]:
    """For each burst in `said`, ms until `heard` is silent for its first whole 100 ms after the burst's beginning."""
    loud = np.flatnonzero(said)
    onsets = [int(at) for at, gap in zip(loud, np.diff(loud, prepend=-RATE), strict=True) if gap > RATE // 10]
    limit = (signals.RMS * 10 ** (GONE_DBM0 / 20)) ** 2
    out = []
    for onset in onsets:
        piece = heard[onset : onset + 2 * RATE // 10].astype(np.float64)
        power = np.convolve(piece**2, np.ones(FRAME) / FRAME, "valid")
        sounds = np.flatnonzero(power > limit)
        out.append(1000 * (float(sounds[-1]) + FRAME) / RATE if len(sounds) else 0.0)
    return out


def suspected(part: int, seconds: float, listening: Sequence[str]) -> Suspected:
    """Suspicions that were wrong in one part of the corpus."""
    kind, pcm = corpus(part, seconds)
    dips = {
        country: tuple(
            event.extra
            for event in events(load_country(country), Ear.DTMF | Ear.EARLY, pcm)
            if event.kind is Kind.KEY_SUSPECTED and not event.value
        )
        for country in DIGIT_COUNTRIES
        if country in listening
    }
    return Suspected(kind, len(pcm) / signals.RATE, dips)


# -- the requirements ----------------------------------------------------------------------------------------


def _batches(scale: Scale) -> int:
    return scale.pick(1, 20)


def jobs(scale: Scale) -> list[Job]:
    """Keys over prompts on each wire, then the corpus: 2 h."""
    parts, seconds = (8, 30.0) if scale.quick else (24, PART_S)
    keys = [Job(silenced, (name, BATCH, seed)) for name in WIRES for seed in range(_batches(scale))]
    return keys + [Job(suspected, (part, seconds, scale.countries())) for part in range(parts)]


def rows(results: Sequence[Silenced | Suspected], scale: Scale) -> list[Row]:
    """The group's rows."""
    out: list[Row] = []
    count = _batches(scale)
    for number, name in enumerate(WIRES):
        out += _silent(name, [one for one in results[number * count :][:count] if isinstance(one, Silenced)])
    parts = [one for one in results if isinstance(one, Suspected)]
    for country in DIGIT_COUNTRIES:
        if country in scale.countries():
            out += _wrong(country, "speech", [part for part in parts if part.kind in KINDS[:2]])
            out += _wrong(country, "music", [part for part in parts if part.kind in KINDS[2:]])
    return out


def _silent(name: str, batches: Sequence[Silenced]) -> list[Row]:
    ms = [one for batch in batches for one in batch.ms]
    keys = sum(batch.keys for batch in batches)
    wire = WIRES[name]
    words = f"a key over a prompt, {name} wire" + (
        f" ({wire.loss:g} dB, A-law, echo {wire.echo_loss:g} dB below)" if wire is not PERFECT else ""
    )
    note = f"{keys} keys, median {percentile(ms, 50):.1f} ms, 99 % {percentile(ms, 99):.1f} ms"
    return [
        Row(GROUP, f"{words}: prompt silent at his ear, worst", OWN, "at most", SILENT_MS, max(ms), "ms", note=note),
        Row(GROUP, f"{words}: keys measured", OWN, "exactly", 100.0, share(len(ms), keys), "%"),
    ]


def _wrong(country: str, what: str, parts: Sequence[Suspected]) -> list[Row]:
    dips = [ms for part in parts for ms in part.dips_ms[country]]
    hours = sum(part.seconds for part in parts) / 3600
    note = f"{hours:.2f} h, {len(dips)} in all" + (f", mean dip {np.mean(dips):.0f} ms" if dips else "")
    return [
        Row(
            GROUP, f"{country}: keys suspected in {what} that were none", OWN, "at most", 2.0,
            len(dips) / hours if hours else float("nan"), "per hour", note=note,
        ),
        Row(GROUP, f"{country}: longest dip for one in {what}", OWN, "at most", 60.0, max(dips, default=0), "ms"),
    ]  # fmt: skip
