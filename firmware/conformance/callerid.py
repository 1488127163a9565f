"""Caller id: each scheme against level, twist, noise, clock and framing; and never a wrong number.

Right means one message told, good, with the number and name that were sent. Wrong means a number told as good that was
not sent: worse than none. Messages are random (`fsk.py`), each to new ears, half A-law, half µ-law coded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from drivers.binding.convert import timer_table
from drivers.binding.events import Ear, Kind, PortEvent
from firmware.config import load_country
from firmware.conformance import fsk, signals
from firmware.conformance.bench import PERFECT, Bench, on_wires
from firmware.conformance.ears import Heard, listen
from firmware.conformance.fsk import Framing, Line, Scheme
from firmware.conformance.rows import Job, Row, Scale, percentile, share
from firmware.conformance.signals import Press, Wave
from firmware.training.telephone import Telephone

GROUP = "callerid"
GR30 = "Telcordia GR-30-CORE"
ETSI = "ETSI EN 300 659-1"
WAITING_CLAUSE = "GR-30-CORE, ETSI EN 300 659-2 (the country's)"
OWN = "callbox figure"
SCHEME_CLAUSE = "the country's scheme (board-config)"
SCHEMES: dict[Scheme, str] = {"bell202": GR30, "v23": ETSI}


PLAIN = Framing()


@dataclass(frozen=True, slots=True)
class Trial:
    """The range a message's line is drawn from."""

    levels: tuple[float, float] = (-15.0, -12.0)
    snr_db: tuple[float, float] = (40.0, 40.0)
    twist: tuple[float, float] = (0.0, 0.0)
    clock: tuple[float, float] = (0.0, 0.0)
    framing: Framing = PLAIN
    off_hz: float = 0.0
    damage: int = 0  # up to so many bits of the message turned round
    clicks: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Messages sent and told."""

    sent: int
    right: int
    wrong: int
    damaged: int  # told as damaged
    late_ms: tuple[float, ...] = ()  # told after the message's last bit


def _damaged(octets: bytes, trial: Trial, rng: np.random.Generator) -> list[int]:
    """The bits with some of the message turned round, so that its checksum does not hold."""
    whole = fsk.bits_of(octets, trial.framing)
    first = trial.framing.seizure + trial.framing.mark
    last = first + 10 * len(octets)
    while True:
        bits = list(whole)
        for place in rng.choice(np.arange(first, last), int(rng.integers(1, trial.damage + 1)), replace=False):
            bits[int(place)] ^= 1
        if not fsk.checks(bits[first:last]):
            return bits


def _sent(scheme: Scheme, trial: Trial, octets: bytes, rng: np.random.Generator) -> tuple[Wave, int]:
    """The line, and the sample after the message's last bit."""
    bits = _damaged(octets, trial, rng) if trial.damage else fsk.bits_of(octets, trial.framing)
    level = float(rng.uniform(*trial.levels))
    line = Line(
        level, float(rng.choice(trial.twist)), float(rng.choice(trial.clock)), float(rng.uniform(-1, 1)) * trial.off_hz
    )
    wave = fsk.modulated(bits, scheme, line, rng.uniform(0, 2 * np.pi))
    lead = int(rng.integers(800, 2400))
    out = np.concatenate([np.zeros(lead), wave, np.zeros(4000)])
    out += signals.noise("white", level - float(rng.uniform(*trial.snr_db)), len(out), rng)
    if trial.clicks:
        out += signals.impulses(level - 6, 3.0, len(out), rng)
    return out, lead + len(wave) - round(trial.framing.after / 1200 * signals.RATE)


def fsk_heard(name: str, scheme: Scheme, trial: Trial, times: int, seed: int) -> Outcome:
    """Sends so many messages."""
    rng = signals.rng_of("callerid", name, scheme, seed)
    plan = load_country("cn")
    right = wrong = damaged = 0
    late = []
    for one in range(times):
        made = fsk.message(rng)
        wave, end = _sent(scheme, trial, made.octets, rng)
        news = listen(plan, Ear.CALLERID, signals.coded(wave, "ulaw" if one % 2 else "alaw", rng))
        ids = [heard for heard in news if heard.event.kind is Kind.CALLERID]
        good = [heard for heard in ids if heard.event.value]
        wrong += any(_shown(heard) != (made.number, made.name) for heard in good)
        damaged += bool(ids) and not good
        if len(ids) == 1 and len(good) == 1 and _shown(good[0]) == (made.number, made.name):
            right += 1
            late.append((good[0].told - end) * 1000 / signals.RATE)
    return Outcome(times, right, wrong, damaged, tuple(late))


def _shown(heard: Heard) -> tuple[str, str]:
    number, name = (*heard.event.text, "", "")[:2]
    return number, name


# -- digits --------------------------------------------------------------------------------------------------

# What is sent, and what must be shown; "{}" is the number. (ETSI EN 300 659-1 annex B as spandsp's adsi.h lists it.)
# Denmark and the Netherlands send "number#" without a start code. No country shipped does, and on an idle line that is
# also what a telephone in parallel dials to a service: taking it for a caller id would tell numbers that nobody sent.
FORMATS = (
    ("A{}C", "{}", "many countries"), ("A{}#", "{}", "Asia, India"), ("D{}C", "{}", "Taiwan, Kuwait, China"),
    ("A{}D0987654321C", "{}", "Brazil, Nordic: with redirection"),
    ("A{}D0987654321B10C", "{}", "Belgium: with redirection and information"),
    ("D1#", "P", "withheld"), ("D2#", "O", "international: unavailable"), ("D3#", "O", "unavailable"),
    ("B00C", "O", "information code 00: unavailable"), ("B10C", "P", "information code 10: withheld"),
)  # fmt: skip


def keys_heard(form: str, shown: str, times: int, seed: int) -> Outcome:
    """Sends a number as keys, 70/70 ms with the noise of S/N 20 dB, -9 to -30 dBm0."""
    rng = signals.rng_of("callerid", form, seed)
    plan = load_country("cn")
    right = wrong = damaged = 0
    late = []
    for one in range(times):
        number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(4, 13))))
        level = float(rng.uniform(-30, -9))
        wave = signals.exactly_typed(form.format(number), Press(low=level - 2, high=level, on_ms=70, off_ms=70), rng)
        out = np.concatenate([wave, np.zeros(8 * signals.RATE)])
        out += signals.noise("white", level + 1 - 20, len(out), rng)
        news = listen(plan, Ear.CALLERID, signals.coded(out, "ulaw" if one % 2 else "alaw", rng))
        ids = [heard for heard in news if heard.event.kind is Kind.CALLERID]
        good = [heard for heard in ids if heard.event.value]
        expected = shown.format(number)
        wrong += any(_shown(heard)[0] != expected for heard in good)
        damaged += bool(ids) and not good
        if len(ids) == 1 and len(good) == 1 and _shown(good[0])[0] == expected:
            right += 1
            late.append((good[0].told - len(wave)) * 1000 / signals.RATE)
    return Outcome(times, right, wrong, damaged, tuple(late))


# -- over the wire -------------------------------------------------------------------------------------------

WIRE = PERFECT.model_copy(
    update={"companding": "alaw", "loss": 6.0, "noise": -60.0, "far_echo_loss": 14.0, "echo_loss": 14.0}
)
WITHHELD: tuple[Literal["private", "unavailable"], ...] = ("private", "unavailable")


def over_wire(country: str, to_handset: bool, times: int) -> Outcome:
    """Whole calls with the country's scheme, alert and moment: exchange to box, or box to telephone."""
    plan = load_country(country)

    async def story(bench: Bench) -> Outcome:
        box, far = bench.card.box.ports[0], bench.card.far.ports[0]
        sender, receiver = (box, far) if to_handset else (far, box)
        heard: list[PortEvent] = []
        receiver.on_event = heard.append
        rng = signals.rng_of("callerid", country, int(to_handset))
        right = wrong = damaged = 0
        for one in range(times):
            heard.clear()
            receiver.listen(Ear.CALLERID)
            number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(3, 13))))
            withheld = WITHHELD[one % 2] if one % 5 == 4 else None
            sender.ring("" if withheld else number, "", withheld)
            await bench.wait(12_000)
            sender.stop_ring()
            await bench.wait(plan.timers.get("ring_stop", timer_table()["ring_stop"][0]) + 1000)
            ids = [event for event in heard if event.kind is Kind.CALLERID]
            expected = {"private": "P", "unavailable": "O"}[withheld] if withheld else number
            good = [event.word for event in ids if event.value]
            right += good == [expected]
            wrong += any(word != expected for word in good)
            damaged += bool(ids) and not good
        return Outcome(times, right, wrong, damaged)

    return on_wires([("fxs" if to_handset else "fxo", "1")], WIRE, plan, story)


def waiting_over_wire(country: str, times: int) -> Outcome:
    """Type II: a telephone in talk is told of a waiting call, and answers the alert."""
    plan = load_country(country)

    async def story(bench: Bench) -> Outcome:
        port, telephone = bench.card.box.ports[0], Telephone(bench.card.far.ports[0], shows_waiting=True)
        rng = signals.rng_of("callerid", country, "waiting")
        right = wrong = damaged = 0
        await telephone.pick_up()
        await bench.wait(1000)
        port.listen(Ear.DTMF)  # by which the answer is heard
        for one in range(times):
            telephone.waiting = None
            number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(3, 13))))
            withheld = WITHHELD[one % 2] if one % 5 == 4 else None
            await port.call_waiting("" if withheld else number, "", withheld)
            await bench.wait(4000)
            expected = {"private": "P", "unavailable": "O"}[withheld] if withheld else number
            shown = telephone.waiting
            right += shown is not None and shown.ok and shown.number == expected
            wrong += shown is not None and shown.ok and shown.number != expected
            damaged += shown is not None and not shown.ok
        return Outcome(times, right, wrong, damaged)

    return on_wires([("fxs", "1")], WIRE, plan, story)


# -- the requirements ----------------------------------------------------------------------------------------

S20 = (20.0, 20.0)
TYPE_II = Framing(seizure=0, mark=80)
TRIALS: tuple[tuple[str, str, Trial, float, str], ...] = (
    ("as specified", "", Trial(), 99.9, ""),
    ("S/N 20 dB", OWN, Trial(snr_db=S20), 99.9, "spandsp: half the messages at 14 dB"),
    ("-38 dBm0, S/N 20 dB", OWN, Trial((-38.0, -38.0), S20), 99.9, "spandsp deaf below -28 (V.23), -30 (Bell 202)"),
    ("-8 dBm0, S/N 20 dB", OWN, Trial((-8.0, -8.0), S20), 99.9, ""),
    ("twist +6 and -6 dB, S/N 20 dB", OWN, Trial(snr_db=S20, twist=(-6.0, 6.0)), 99.9, ""),
    ("clock 1 % fast and slow, S/N 20 dB", OWN, Trial(snr_db=S20, clock=(-0.01, 0.01)), 99.9, ""),
    (
        "-12 to -38 dBm0, twist 6 dB, clock 1 %, S/N 20 dB, all at once", OWN,
        Trial((-38.0, -12.0), S20, (-6.0, 6.0), (-0.01, 0.01)), 99.9, "",
    ),
    ("frequencies up to 22 Hz off, S/N 20 dB", "", Trial(snr_db=S20, off_hz=22.0), 99.9, ""),
    ("10 marks between characters, S/N 20 dB", "", Trial(snr_db=S20, framing=Framing(between=10)), 99.9, ""),
    ("mark of 80 bits, seizure of 250, S/N 20 dB", "", Trial(snr_db=S20, framing=Framing(250, 80)), 99.9, ""),
    ("call waiting (type II), no seizure, 80 marks, S/N 20 dB", "", Trial(framing=TYPE_II, snr_db=S20), 99.9, ""),
)  # fmt: skip
HARM: tuple[tuple[str, Trial, int], ...] = (
    ("1 to 6 bits turned round", Trial(damage=6), 8),
    ("noise, S/N 4 to 14 dB", Trial(snr_db=(4.0, 14.0)), 8),
    ("3 clicks a second, 6 dB below the signal, S/N 20 dB", Trial(snr_db=S20, clicks=True), 4),
)


def jobs(scale: Scale) -> list[Job]:
    """Schemes by trial, harm by scheme, formats of digits."""
    times = scale.pick(20, 1000)
    out = [Job(fsk_heard, (words, scheme, trial, times, 1)) for scheme in SCHEMES for words, _, trial, _, _ in TRIALS]
    out += [
        Job(fsk_heard, (words, scheme, trial, times * scale.pick(2, more), 1))
        for scheme in SCHEMES
        for words, trial, more in HARM
    ]
    out += [Job(keys_heard, (form, shown, scale.pick(3, 200), 1)) for form, shown, _ in FORMATS]
    calls = scale.pick(5, 50)
    out += [Job(waiting_over_wire, (country, calls)) for country in _type_2(scale)]
    return out + [Job(over_wire, (country, to_handset, calls)) for country, to_handset in _wires(scale)]


def _wires(scale: Scale) -> list[tuple[str, bool]]:
    """Countries and directions in which it is sent; Japan's exchange alone sends it (NTT's number display)."""
    how = {country: load_country(country).caller_id for country in scale.countries()}
    return [
        (country, to_handset)
        for country, caller_id in how.items()
        for to_handset in (False, True)
        if (caller_id.scheme != "none" if to_handset else caller_id.comes)
    ]


def _type_2(scale: Scale) -> list[str]:
    """Countries whose telephones are told of waiting calls."""
    return [country for country in scale.countries() if load_country(country).caller_id.waiting]


def rows(results: Sequence[Outcome], scale: Scale) -> list[Row]:
    """The group's rows."""
    out: list[Row] = []
    rest = iter(results)
    late: list[float] = []
    for scheme, standard in SCHEMES.items():
        for words, clause, _, limit, compare in TRIALS:
            result = next(rest)
            late += result.late_ms
            out.append(_right(f"{scheme}: {words}", clause or standard, limit, result, compare))
    sent = wrong = 0
    for scheme in SCHEMES:
        for words, _, _ in HARM:
            result = next(rest)
            note = f"{result.sent} messages, {result.right} right, {result.damaged} told as damaged"
            out.append(
                Row(
                    GROUP,
                    f"{scheme}: {words}: wrong numbers told",
                    OWN,
                    "at most",
                    0.0,
                    float(result.wrong),
                    "in all",
                    note=note,
                )
            )
    for (form, _, words), result in zip(FORMATS, rest, strict=False):
        shown = form.format("number")
        out.append(_right(f"DTMF {shown} ({words}), S/N 20 dB", f"{ETSI} annex B; {OWN}", 99.0, result))
    for country, result in zip(_type_2(scale), rest, strict=False):
        words = f"{country}: waiting calls told to a telephone in talk, 6 dB of loss"
        out.append(_right(words, WAITING_CLAUSE, 100.0, result))
    for (country, to_handset), result in zip(_wires(scale), results[len(results) - len(_wires(scale)) :], strict=True):
        words = "to a telephone" if to_handset else "from the exchange"
        out.append(_right(f"{country}: whole calls {words}, 6 dB of loss", SCHEME_CLAUSE, 100.0, result))
    sent, wrong = sum(result.sent for result in results), sum(result.wrong for result in results)
    out.append(
        Row(
            GROUP,
            "wrong numbers told, all of the above",
            OWN,
            "at most",
            0.0,
            float(wrong),
            "in all",
            note=f"{sent} messages",
        )
    )
    out.append(
        Row(
            GROUP,
            "told after the message's last bit, 99 %",
            OWN,
            "at most",
            50.0,
            percentile(late, 99),
            "ms",
            note=f"{len(late)} messages",
        )
    )
    return out


def _right(requirement: str, clause: str, limit: float, result: Outcome, compare: str = "") -> Row:
    note = f"{result.sent} messages"
    for count, word in ((result.wrong, "wrong"), (result.damaged, "told as damaged")):
        note += f", {count} {word}" if count else ""
    return Row(
        GROUP, f"{requirement}: right", clause, "at least", limit, share(result.right, result.sent), "%", compare, note
    )
