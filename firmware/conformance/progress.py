"""Progress tones of every country shipped, against the tolerances of ITU-T E.180 and the box's own figures.

Each trial is one tone as an exchange may send it: its frequencies and cadence off by what the tolerance allows, at some
level, with noise, begun at a random place of its cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivers.binding.events import Ear, Kind
from drivers.binding.plan import Plan, Tone
from firmware.config import countries, load_country
from firmware.conformance import signals
from firmware.conformance.ears import listen
from firmware.conformance.rows import Job, Row, Scale, percentile, share
from firmware.conformance.signals import Wave

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tones sent, heard as themselves, and as others; how long it took."""

    sent: int
    right: int
    wrong: tuple[str, ...]
    seconds: tuple[float, ...]  # from the tone's begin until told
    cycles: tuple[float, ...]  # the same, in cycles as sent
    release_s: tuple[float, ...]  # from the tone's end until its end was told


def _cycle_ms(tone: Tone) -> float:
    return float(sum(step.ms for step in tone.steps))


def _steps(tone: Tone, trial: Trial, rng: np.random.Generator) -> list[tuple[tuple[float, ...], float]]:
    """The tone's steps as sent: frequencies, ms. One sender is off by the same share in every step."""
    off = {hz: float(rng.uniform(-trial.off, trial.off)) * hz for step in tone.steps for hz in step.hz}
    if trial.off_hz and all(len(step.hz) < 2 for step in tone.steps):
        shift = float(rng.uniform(-trial.off_hz, trial.off_hz))
        off = dict.fromkeys(off, shift)
    slow = 1 + float(rng.uniform(-trial.cadence, trial.cadence)) * 0.5
    out = []
    for step in tone.steps:
        ms = step.ms * (slow + float(rng.uniform(-trial.cadence, trial.cadence)) * 0.5)
        out.append((tuple(hz + off[hz] for hz in step.hz), ms))
    return out


def sent(tone: Tone, seconds: float, trial: Trial, rng: np.random.Generator) -> tuple[Wave, float]:
    """The tone for so long, at 0 dBm0 per frequency; and its cycle in ms as sent."""
    steps = _steps(tone, trial, rng)
    cycle = sum(ms for _, ms in steps)
    count = round(seconds * signals.RATE)
    if cycle == 0:
        return _sound(steps[0][0], count, rng), 0.0
    parts: list[Wave] = []
    for _ in range(1 if tone.once else int(seconds * 1000 / cycle) + 2):
        for place, (hz, ms) in enumerate(steps):
            if tone.once and place:
                parts.append(np.zeros(signals.samples(float(rng.uniform(0, trial.gap_ms)))))
            parts.append(_sound(hz, signals.samples(ms), rng))
    whole = np.concatenate(parts)
    if tone.once:
        return whole, cycle
    begin = 0 if trial.from_start else _start(whole, int(rng.integers(0, max(1, signals.samples(cycle)))))
    return whole[begin : begin + count], cycle


def _start(wave: Wave, place: int) -> int:
    """The place itself, or in silence where the next sound begins: time counts from what can be heard."""
    heard = np.flatnonzero(wave[place:])
    return place + int(heard[0]) if len(heard) else 0


def _sound(hz: Sequence[float], count: int, rng: np.random.Generator) -> Wave:
    out = np.zeros(count)
    for one in hz:
        out += signals.sine(one, 0.0, count, rng.uniform(0, 2 * np.pi))
    return out


def listened(plan: Plan) -> list[str]:
    """Tones that the box must recognise in this country."""
    return [name for name, tone in plan.tones.items() if tone.listen_cycles]


def _long_enough(tone: Tone) -> float:
    """Seconds in which it must be told: its cycles, one to get into step, and time for a tone that begins alike."""
    cycle = _cycle_ms(tone) / 1000
    return 5.0 if cycle == 0 else max(4.0, (tone.listen_cycles + 3) * cycle * 1.1)


def hear(country: str, name: str, trial: Trial, times: int, seed: int) -> Outcome:
    """Sends the tone so often, each time to new ears."""
    plan = load_country(country)
    tone = plan.tones[name]
    rng = signals.rng_of("progress", country, name, seed)
    right, wrong, seconds, cycles, release = 0, [], [], [], []
    for one in range(times):
        wave, cycle = sent(tone, _long_enough(tone), trial, rng)
        level = float(rng.uniform(*trial.levels))
        lead = signals.samples(float(rng.uniform(200, 500)))
        tail = np.zeros(signals.samples(3000 if tone.once else 1.2 * max((s.ms for s in tone.steps), default=0) + 1500))
        line = np.concatenate([np.zeros(lead), wave * 10 ** (level / 20), tail])
        line += signals.noise("white", level - trial.snr_db, len(line), rng)
        news = listen(plan, Ear.TONE, signals.coded(line, "ulaw" if one % 2 else "alaw", rng))
        tones = [heard for heard in news if heard.event.kind is Kind.TONE]
        names = [heard.event.word for heard in tones]
        wrong += [other for other in names if other != name]
        right += name in names
        if name in names:
            took = (tones[names.index(name)].told - lead) / signals.RATE
            seconds.append(took)
            cycles.append(took * 1000 / cycle if cycle else 0.0)
        ends = [heard.told for heard in news if heard.event.kind is Kind.TONE_END and heard.event.word == name]
        release += [(ends[-1] - lead - len(wave)) / signals.RATE] if ends and not tone.once else []
    return Outcome(times, right, tuple(wrong), tuple(seconds), tuple(cycles), tuple(release))


# -- the requirements ----------------------------------------------------------------------------------------

CHINA_HZ = 25.0  # GB/T 3380: 450 +/-25 Hz
NOMINAL = Trial(off=0.0, cadence=0.0, levels=(-15.0, -10.0), snr_db=40.0, gap_ms=0.0, from_start=True)
HANG_UP = ("busy", "congestion")


def _tolerance(country: str) -> Trial:
    return Trial(off_hz=CHINA_HZ) if country == "cn" else Trial()


def _weak(country: str) -> Trial:
    return Trial(levels=(-35.0, -30.0), off=0.005, cadence=0.05, snr_db=22.0)


def _noisy(country: str) -> Trial:
    return Trial(levels=(-20.0, -10.0), off=0.005, cadence=0.05, snr_db=15.0)


def _cases() -> list[tuple[str, str]]:
    return [(country, name) for country in countries() for name in listened(load_country(country))]


def _trials(country: str) -> tuple[Trial, ...]:
    return NOMINAL, _tolerance(country), _weak(country), _noisy(country)


def jobs(scale: Scale) -> list[Job]:
    """Four trials for each tone of each country."""
    times = scale.pick(4, 60)
    return [
        Job(hear, (country, name, trial, times, place))
        for country, name in _cases()
        for place, trial in enumerate(_trials(country))
    ]


def rows(results: Sequence[Outcome], scale: Scale) -> list[Row]:
    """The group's rows."""
    out: list[Row] = []
    for place, (country, name) in enumerate(_cases()):
        nominal, wide, weak, noisy = results[4 * place : 4 * place + 4]
        tone = load_country(country).tones[name]
        off = f"+/-{CHINA_HZ:g} Hz" if country == "cn" and _single(tone) else "+/-1 %"
        compare = "spandsp needs S/N 24 dB" if name in HANG_UP else ""
        out += [
            _recognised(f"{country} {name}: as specified", E180, 100.0, nominal),
            _recognised(f"{country} {name}: frequency {off}, cadence +/-10 %, -5 to -25 dBm0", E180, 99.0, wide),
            _recognised(f"{country} {name}: at -30 to -35 dBm0", OWN, 99.0, weak),
            _recognised(f"{country} {name}: in noise, S/N 15 dB", OWN, 99.0, noisy, compare),
            *_times(country, name, tone, nominal, wide),
        ]
    names = [
        f"{country} {name} taken for {other}"
        for (country, name), parts in _by_tone(results)
        for part in parts
        for other in part.wrong
    ]
    total = sum(outcome.sent for outcome in results)
    note = f"{total} tones" + ("; " + "; ".join(sorted(set(names))[:6]) if names else "")
    out.append(
        Row(
            GROUP,
            "a tone taken for another of its country",
            E180,
            "at most",
            0.0,
            float(len(names)),
            "in all",
            note=note,
        )
    )
    return out


def _by_tone(results: Sequence[Outcome]) -> list[tuple[tuple[str, str], Sequence[Outcome]]]:
    return [(case, results[4 * place : 4 * place + 4]) for place, case in enumerate(_cases())]


def _single(tone: Tone) -> bool:
    return all(len(step.hz) < 2 for step in tone.steps)


def _recognised(requirement: str, clause: str, limit: float, outcome: Outcome, compare: str = "") -> Row:
    note = f"{outcome.sent} times"
    if outcome.wrong:
        note += ", taken for " + ", ".join(sorted(set(outcome.wrong)))
    return Row(
        GROUP,
        f"{requirement}: recognised",
        clause,
        "at least",
        limit,
        share(outcome.right, outcome.sent),
        "%",
        compare,
        note,
    )


def _times(country: str, name: str, tone: Tone, nominal: Outcome, wide: Outcome) -> list[Row]:
    """When it was told, counted from the first sound of it; told at the end of a tick, which is not held against it."""
    cycle = _cycle_ms(tone)
    if cycle == 0:
        limit = max(1.5, tone.listen_ms / 1000 + 0.5, 1.5 * _longest_on_ms(load_country(country)) / 1000 + 0.5)
        measured = percentile(wide.seconds, 99)
        return [
            Row(GROUP, f"{country} {name}: told after, 99 %", OWN, "at most", limit, measured, "s", note=_median(wide))
        ]
    tick = 10 / cycle
    if name not in HANG_UP:
        limit = float(tone.listen_cycles + 1)
        measured = percentile(wide.cycles, 99) - tick
        return [
            Row(
                GROUP,
                f"{country} {name}: told after, 99 %",
                OWN,
                "at most",
                limit,
                measured,
                "cycles",
                note=_median(wide),
            )
        ]
    clause, compare = "callbox figure: hang-up within 3 cycles", "Asterisk: 3 cycles, of any frequency"
    return [
        Row(
            GROUP,
            f"{country} {name}: {words}",
            clause + more,
            "at most",
            limit,
            measured,
            "cycles",
            compare,
            _median(outcome),
        )
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
