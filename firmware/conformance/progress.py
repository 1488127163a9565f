"""Progress tones of every country shipped, against the tolerances of ITU-T E.180 and the box's own figures.

Each trial is one tone as an exchange may send it: its frequencies and cadence off by what the tolerance allows, at some
level, with noise, begun at a random place of its cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivers.binding.events import Ear, Kind
from drivers.binding.plan import Plan, Tone
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.ears import listen
from firmware.conformance.rows import Job, Row, Scale, percentile, share
from firmware.conformance.signals import Wave
from firmware.conformance.speech import phrase

GROUP = "progress"
E180 = "ITU-T E.180 tolerances"
OWN = "callbox figure"
SIT_GAP_MS = 30.0  # E.180: the three tones follow each other within 30 ms


@dataclass(frozen=True, slots=True)
class Trial:
    """The range a tone is drawn from."""

    off: float = 0.01  # each frequency, share
    off_hz: float = 0.0  # or so many Hz, for single frequencies
    cadence: float = 0.10
    levels: tuple[float, float] = (-25.0, -5.0)
    snr_db: float = 25.0
    gap_ms: float = SIT_GAP_MS  # up to so much between the pieces of a special information tone
    from_start: bool = False
    echo_db: float | None = None  # our prompt's echo, so much below each frequency; begins before the tone
    hz_times: float = 1.0  # a stranger: all frequencies, all times, so much off
    ms_times: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tones sent, heard as themselves, and as others; how long it took."""

    sent: int
    right: int
    wrong: tuple[str, ...]
    seconds: tuple[float, ...]  # from the tone's begin until told
    cycles: tuple[float, ...]  # the same, in cycles as sent


def _cycle_ms(tone: Tone) -> float:
    return float(sum(step.ms for step in tone.steps))


def _steps(tone: Tone, trial: Trial, rng: np.random.Generator) -> list[tuple[tuple[float, ...], float]]:
    """The tone's steps as sent: frequencies, ms. Half of what its times are off is the sender's clock."""
    off = {hz: float(rng.uniform(-trial.off, trial.off)) * hz for step in tone.steps for hz in step.hz}
    if trial.off_hz and _single(tone):
        off = {hz: float(rng.uniform(-trial.off_hz, trial.off_hz)) for hz in off}
    clock = 1 + float(rng.uniform(-trial.cadence, trial.cadence)) / 2
    out = []
    for step in tone.steps:
        ms = step.ms * trial.ms_times * (clock + float(rng.uniform(-trial.cadence, trial.cadence)) / 2)
        out.append((tuple((hz + off[hz]) * trial.hz_times for hz in step.hz), ms))
    return out


def sent(tone: Tone, seconds: float, trial: Trial, rng: np.random.Generator) -> tuple[Wave, float]:
    """The tone for so long, at 0 dBm0 per frequency; and its cycle in ms as sent."""
    steps = _steps(tone, trial, rng)
    cycle = sum(ms for _, ms in steps)
    count = round(seconds * signals.RATE)
    if cycle == 0:
        return _modulated(_sound(steps[0][0], count, rng), tone, rng), 0.0
    parts: list[Wave] = []
    for _ in range(1 if tone.once else int(seconds * 1000 / cycle) + 2):
        for place, (hz, ms) in enumerate(steps):
            if tone.once and place:
                parts.append(np.zeros(signals.samples(float(rng.uniform(0, trial.gap_ms)))))
            parts.append(_sound(hz, signals.samples(ms), rng))
    whole = _modulated(np.concatenate(parts), tone, rng)
    if tone.once:
        return whole, cycle
    begin = 0 if trial.from_start else _start(whole, int(rng.integers(0, max(1, signals.samples(cycle)))))
    return whole[begin : begin + count], cycle


def _start(wave: Wave, place: int) -> int:
    """The place itself, or in silence where the next sound begins: time counts from what can be heard."""
    heard = np.flatnonzero(wave[place:])
    return place + int(heard[0]) if len(heard) else 0


def _modulated(wave: Wave, tone: Tone, rng: np.random.Generator) -> Wave:
    """Some countries modulate their tones, fully; the level is the crest's. The modulation runs through the pauses."""
    if not tone.am:
        return wave
    swing = np.cos(2 * np.pi * tone.am / signals.RATE * np.arange(len(wave)) + rng.uniform(0, 2 * np.pi))
    return np.asarray(wave * (1 + swing) / 2)


def _sound(hz: Sequence[float], count: int, rng: np.random.Generator) -> Wave:
    out = np.zeros(count)
    for one in hz:
        out += signals.sine(one, 0.0, count, rng.uniform(0, 2 * np.pi))
    return out


def listened(plan: Plan) -> list[str]:
    """Tones that the box must recognise in this country."""
    return [name for name, tone in plan.tones.items() if tone.listen_cycles]


def long_enough(tone: Tone) -> float:
    """Seconds in which it must be told: its cycles, one to get into step, and time for a tone that begins alike."""
    cycle = _cycle_ms(tone) / 1000
    return 5.0 if cycle == 0 else max(4.0, (tone.listen_cycles + 3) * cycle * 1.1)


def hear(country: str, name: str, words: str, trial: Trial, times: int) -> Outcome:
    """Sends the tone so often, each time to new ears."""
    plan = load_country(country)
    tone = plan.tones[name]
    rng = signals.rng_of("progress", country, name, words)
    right, wrong, seconds, cycles = 0, [], [], []
    for one in range(times):
        line, begin, cycle = _line(tone, trial, rng)
        news = listen(plan, Ear.TONE, signals.coded(line, "ulaw" if one % 2 else "alaw", rng))
        tones = [heard for heard in news if heard.event.kind is Kind.TONE]
        names = [heard.event.word for heard in tones]
        wrong += [other for other in names if other != name]
        right += name in names
        if name in names:
            took = (tones[names.index(name)].told - begin) / signals.RATE
            seconds.append(took)
            cycles.append(took * 1000 / cycle if cycle else 0.0)
    return Outcome(times, right, tuple(wrong), tuple(seconds), tuple(cycles))


def _line(tone: Tone, trial: Trial, rng: np.random.Generator) -> tuple[Wave, int, float]:
    """The tone with what disturbs it, the sample it begins at, and its cycle in ms."""
    wave, cycle = sent(tone, long_enough(tone), trial, rng)
    level = float(rng.uniform(*trial.levels))
    lead = signals.samples(float(rng.uniform(200, 500)) + (0 if trial.echo_db is None else 2000))
    tail = np.zeros(signals.samples(3000 if tone.once else 1500 + 1.2 * max(step.ms for step in tone.steps)))
    line = np.concatenate([np.zeros(lead), wave * 10 ** (level / 20), tail])
    line += signals.noise("white", level - trial.snr_db, len(line), rng)
    if trial.echo_db is not None:
        voice = np.resize(phrase(int(rng.integers(10)), level - trial.echo_db), len(line))
        line += signals.hybrid_echo(voice, 0.0, rng)
    return line, lead, cycle


# -- the requirements ----------------------------------------------------------------------------------------

HANG_UP = ("busy", "congestion")
CHINA_HZ, SIT_HZ = 25.0, 50.0  # GB/T 3380: 450 +/-25 Hz; E.180: 950, 1400, 1800 +/-50 Hz
SIT_CADENCE = 0.21  # E.180: 330 +/-70 ms
NOMINAL = Trial(off=0.0, cadence=0.0, levels=(-15.0, -10.0), snr_db=40.0, gap_ms=0.0, from_start=True)
WEAK = Trial(levels=(-35.0, -30.0), off=0.005, cadence=0.05, snr_db=22.0)
NOISY = Trial(levels=(-20.0, -10.0), off=0.005, cadence=0.05, snr_db=15.0)
OVER_ECHO = Trial(levels=(-20.0, -10.0), off=0.005, cadence=0.05, echo_db=15.0)


@dataclass(frozen=True, slots=True)
class Ask:
    """A requirement on one tone: recognised, or taken for a stranger and refused."""

    words: str
    clause: str
    trial: Trial
    limit: float = 99.0
    refused: bool = False
    compare: str = ""


def _wide(country: str, tone: Tone) -> Ask:
    """At the ends of the tolerances."""
    if tone.once:
        words, trial = "frequency +/-50 Hz, 330 +/-70 ms, gaps to 30 ms", Trial(off_hz=SIT_HZ, cadence=SIT_CADENCE)
    elif country == "cn" and _single(tone):
        words, trial = f"frequency +/-{CHINA_HZ:g} Hz, cadence +/-10 %", Trial(off_hz=CHINA_HZ)
    else:
        words, trial = "frequency +/-1 %, cadence +/-10 %", Trial()
    return Ask(f"{words}, -5 to -25 dBm0", E180, trial)


def _asks(country: str, name: str) -> list[Ask]:
    """As specified and at the ends of the tolerances first: rows() takes the times from these two."""
    tone = load_country(country).tones[name]
    asks = [
        Ask("as specified", E180, NOMINAL, 100.0), _wide(country, tone), Ask("at -30 to -35 dBm0", OWN, WEAK),
        Ask("in noise, S/N 15 dB", OWN, NOISY, compare="spandsp needs S/N 24 dB" if name in HANG_UP else ""),
        Ask("behind speech and over our prompt's echo, 15 dB below", OWN, OVER_ECHO),
    ]  # fmt: skip
    if name not in HANG_UP:
        return asks
    for times in (0.9, 1.1):
        compare = "spandsp takes 395 to 500 Hz for 450; Asterisk looks at no frequency"
        asks.append(Ask(f"all frequencies times {times:g}", OWN, Trial(0.0, hz_times=times), 0.0, True, compare))
    return asks + [
        Ask(f"all times times {times:g}", OWN, Trial(0.0, cadence=0.0, ms_times=times), 0.0, True)
        for times in (0.65, 1.35)
    ]


def _cases(scale: Scale) -> list[tuple[str, str, list[Ask]]]:
    return [
        (country, name, _asks(country, name))
        for country in scale.countries()
        for name in listened(load_country(country))
    ]


def jobs(scale: Scale) -> list[Job]:
    """Every requirement on each tone of each country."""
    times = scale.pick(4, 60)
    return [
        Job(hear, (country, name, ask.words, ask.trial, times)) for country, name, asks in _cases(scale) for ask in asks
    ]


def rows(results: Sequence[Outcome], scale: Scale) -> list[Row]:
    """The group's rows."""
    out: list[Row] = []
    taken: list[str] = []
    rest = iter(results)
    for country, name, asks in _cases(scale):
        mine = [next(rest) for _ in asks]
        out += [_row(f"{country} {name}", ask, outcome) for ask, outcome in zip(asks, mine, strict=True)]
        out += _times(country, name, load_country(country).tones[name], mine[0], mine[1])
        meant = [outcome for ask, outcome in zip(asks, mine, strict=True) if not ask.refused]
        taken += [f"{country} {name} taken for {other}" for outcome in meant for other in outcome.wrong]
    note = f"{sum(outcome.sent for outcome in results)} tones" + "".join(
        f"; {words}" for words in sorted(set(taken))[:6]
    )
    requirement = "a tone taken for another of its country"
    return [*out, Row(GROUP, requirement, E180, "at most", 0.0, float(len(taken)), "in all", note=note)]


def _row(what: str, ask: Ask, outcome: Outcome) -> Row:
    note = f"{outcome.sent} times"
    if outcome.wrong:
        note += ", taken for " + ", ".join(sorted(set(outcome.wrong)))
    measured = share(outcome.right, outcome.sent)
    if ask.refused:
        return Row(
            GROUP, f"{what}, {ask.words}: refused", ask.clause, "at most", ask.limit, measured, "%", ask.compare, note
        )
    return Row(
        GROUP, f"{what}, {ask.words}: recognised", ask.clause, "at least", ask.limit, measured, "%", ask.compare, note
    )


def _single(tone: Tone) -> bool:
    return all(len(step.hz) < 2 for step in tone.steps)


def _times(country: str, name: str, tone: Tone, nominal: Outcome, wide: Outcome) -> list[Row]:
    """When it was told, counted from its first sound; that it is told at the end of a tick is not held against it."""
    cycle, what = _cycle_ms(tone), f"{country} {name}"
    if cycle == 0:
        limit = max(1.5, tone.listen_ms / 1000 + 0.5, 1.5 * _longest_on_ms(load_country(country)) / 1000 + 0.5)
        measured = percentile(wide.seconds, 99)
        return [Row(GROUP, f"{what}: told after, 99 %", OWN, "at most", limit, measured, "s", note=_median(wide))]
    tick = 10 / cycle
    if name not in HANG_UP:
        limit, measured = float(tone.listen_cycles + 1), percentile(wide.cycles, 99) - tick
        return [Row(GROUP, f"{what}: told after, 99 %", OWN, "at most", limit, measured, "cycles", note=_median(wide))]
    clause, compare = "callbox figure: hang-up within 3 cycles", "Asterisk: 3 cycles, of any frequency"
    return [
        Row(GROUP, f"{what}: {words}", clause + more, "at most", limit, measured, "cycles", compare, _median(outcome))
        for words, more, limit, outcome in (
            ("told after, from its cycle's begin, 99 %", "", 3.0, nominal),
            ("told after, joined anywhere, 99 %", " and the step it is joined in", 3.5, wide),
        )
        for measured in [percentile(outcome.cycles, 99) - tick]
    ]


def _longest_on_ms(plan: Plan) -> int:
    return max(step.ms for tone in plan.tones.values() for step in tone.steps if step.hz)


def _median(outcome: Outcome) -> str:
    return f"median {percentile(outcome.seconds, 50):.2f} s"
