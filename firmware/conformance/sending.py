"""What the box sends, measured in numpy: keys (Q.23), the countries' tones (E.180), caller id (GR-30, EN 300 659-1)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from drivers.binding.listener import make_callerid, make_digits, make_tone
from drivers.binding.plan import Plan, Tone
from firmware.config import load_country
from firmware.conformance import fsk, signals
from firmware.conformance.rows import Job, Row, Scale
from firmware.conformance.signals import COLUMNS_HZ, KEYS, RATE, ROWS_HZ, Wave

GROUP = "sending"
Q23, E180, OWN = "ITU-T Q.23", "ITU-T E.180", "callbox figure"
DISTORTION_DB = 20.0  # Q.23: all else, below the two frequencies
ALERT_HZ = (2130.0, 2750.0)
NUMBERS = ("12345", "013800138000", "0987654321", "8888777766665555")
SCHEMES: dict[fsk.Scheme, str] = {"bell202": "Telcordia GR-30-CORE", "v23": "ETSI EN 300 659-1"}


def _wave(made: bytes) -> Wave:
    return np.frombuffer(made, dtype="<i2").astype(np.float64)


def _runs(on: Sequence[bool] | np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of each stretch that is on."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(on, dtype=int), [0]])))
    return [(int(edges[place]), int(edges[place + 1])) for place in range(0, len(edges), 2)]


def _sounding(wave: Wave) -> list[tuple[int, int]]:
    """Stretches of sound; a pause is 5 ms or more of nothing."""
    quiet = np.abs(wave) < 8
    for begin, end in _runs(quiet):
        if end - begin < signals.samples(5):
            quiet[begin:end] = False
    return _runs(~quiet)


def _strongest(wave: Wave, near: float) -> tuple[float, float]:
    """Frequency and level of the tone near a frequency: the best fit within 4 %."""
    t = np.arange(len(wave)) * 2 * np.pi / RATE
    window = np.hanning(len(wave))
    low, high = near * 0.96, near * 1.04
    for _ in range(4):
        grid = np.linspace(low, high, 33)
        powers = [abs(np.sum(window * wave * np.exp(-1j * t * hz))) for hz in grid]
        best = float(grid[int(np.argmax(powers))])
        low, high = best - (high - low) / 16, best + (high - low) / 16
    peak = 2 * abs(np.sum(window * wave * np.exp(-1j * t * best))) / np.sum(window)
    return best, 20 * float(np.log10(max(float(peak), 1e-6) / signals.PEAK))


def _rest_db(wave: Wave, hz: Sequence[float]) -> float:
    """These tones over everything else."""
    t = np.arange(len(wave))[:, None] * 2 * np.pi * np.asarray(hz)[None, :] / RATE
    basis = np.concatenate([np.sin(t), np.cos(t)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, wave, rcond=None)
    return signals.dbm0_of(basis @ fit) - signals.dbm0_of(wave - basis @ fit)


def keys(country: str) -> list[Row]:
    """Each of the sixteen keys as the country's plan has it."""
    plan = load_country(country)
    wave = _wave(make_digits(plan, KEYS))
    found = _sounding(wave)
    off, level, rest, on, pause = 0.0, 0.0, 200.0, 0.0, 0.0
    for key, (begin, end) in zip(KEYS, found, strict=False):
        place, piece = KEYS.index(key), wave[begin:end]
        wanted = ((ROWS_HZ[place // 4], plan.dtmf.low), (COLUMNS_HZ[place % 4], plan.dtmf.high))
        measured = [_strongest(piece, hz) for hz, _ in wanted]
        for (hz, dbm0), (real, loud) in zip(wanted, measured, strict=True):
            off, level = max(off, abs(real / hz - 1) * 100), max(level, abs(loud - dbm0))
        rest = min(rest, _rest_db(piece, [real for real, _ in measured]))
        on = max(on, abs((end - begin) * 1000 / RATE - plan.dtmf.on_ms))
    for (_, end), (begin, _) in pairwise(found):
        pause = max(pause, abs((begin - end) * 1000 / RATE - plan.dtmf.off_ms))
    name = f"{country}: keys sent"
    return [
        Row(GROUP, f"{name}: all sixteen", Q23, "exactly", 16.0, float(len(found)), "keys"),
        Row(GROUP, f"{name}: frequency, worst deviation", Q23, "at most", 1.5, off, "%"),
        Row(GROUP, f"{name}: level per tone, worst error", OWN, "at most", 0.5, level, "dB"),
        Row(GROUP, f"{name}: two tones over all else, worst", Q23, "at least", DISTORTION_DB, rest, "dB"),
        Row(GROUP, f"{name}: tone and pause, worst error", OWN, "at most", 2.0, max(on, pause), "ms"),
    ]


def tones(country: str) -> list[Row]:
    """Every tone of the plan over two cycles."""
    plan = load_country(country)
    off = level = ms = 0.0
    for name, tone in plan.tones.items():
        one = _tone(plan, name, tone)
        off, level, ms = max(off, one[0]), max(level, one[1]), max(ms, one[2])
    name, note = f"{country}: tones sent", f"{len(plan.tones)} tones"
    return [
        Row(GROUP, f"{name}: frequency, worst deviation", E180, "at most", 1.0, off, "%", note=note),
        Row(GROUP, f"{name}: level per frequency, worst error", OWN, "at most", 0.5, level, "dB", note=note),
        Row(GROUP, f"{name}: cadence, worst error of a step", OWN, "at most", 5.0, ms, "ms", note=note),
    ]


def _tone(plan: Plan, name: str, tone: Tone) -> tuple[float, float, float]:
    cycle = sum(step.ms for step in tone.steps)
    wave = _wave(make_tone(plan, name, min(60.0, (2 * cycle or 2000) / 1000)))
    off = level = 0.0
    begin, expected = 0.0, []
    for step in tone.steps:
        end = begin + (step.ms or 2000)
        if step.hz:
            expected.append((begin, end))
            inside = wave[signals.samples(begin + 3) : signals.samples(end - 3)][: RATE // 2]
            for hz in step.hz:
                real, loud = _strongest(inside, float(hz))
                crest = loud + (20 * np.log10(2) if tone.am else 0)  # fully modulated, the carrier is half of it
                off, level = max(off, abs(real / hz - 1) * 100), max(level, abs(crest - tone.level))
        begin = end
    return off, level, _cadence_error(wave, expected)


def _cadence_error(wave: Wave, expected: list[tuple[float, float]]) -> float:
    """Worst error of a step's begin or end in the first cycle; steps without a pause between are one."""
    joined: list[list[float]] = []
    for begin, end in expected:
        if joined and begin - joined[-1][1] < 5:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    found = _sounding(wave)[: len(joined)]
    if len(found) < len(joined):
        return float("nan")
    most = len(wave) * 1000 / RATE
    errors = [
        abs(edge * 1000 / RATE - min(wanted, most))
        for mine, wished in zip(found, joined, strict=True) for edge, wanted in zip(mine, wished, strict=True)
    ]  # fmt: skip
    # Where the next cycle's sound follows at once, the end cannot be seen.
    return max(errors[:-1] if len(joined) == 1 and found[0][1] == len(wave) else errors)


def callerid(country: str, scheme: fsk.Scheme) -> list[Row]:
    """Messages to handsets, demodulated here."""
    plan = load_country(country)
    mark, space = fsk.MARK_SPACE[scheme]
    off = baud = level = 0.0
    seizure, marks, right = 1000, 1000, 0
    for number in NUMBERS:
        whole = _wave(make_callerid(plan, scheme, number, "CALLBOX"))
        begin, end = max(_sounding(whole), key=lambda run: run[1] - run[0])  # an alerting tone may go before it
        wave = whole[begin:end]
        bits, rate, hz = _demodulated(wave, mark, space)
        off = max(off, *(abs(real / wanted - 1) * 100 for real, wanted in zip(hz, (mark, space), strict=True)))
        baud, level = (
            max(baud, abs(rate / 1200 - 1) * 100),
            max(level, abs(signals.dbm0_of(wave) - plan.caller_id.level)),
        )
        begin = next((at for at in range(1, len(bits)) if bits[at] == bits[at - 1]), 0)
        end = next((at for at in range(begin, len(bits)) if bits[at] == 0), len(bits))
        seizure, marks = min(seizure, begin), min(marks, end - begin)
        right += _carries(bits[end:], number)
    name, clause = f"{country}: caller id sent, {scheme}", SCHEMES[scheme]
    return [
        Row(GROUP, f"{name}: read back", clause, "exactly", float(len(NUMBERS)), float(right), f"of {len(NUMBERS)}"),
        Row(GROUP, f"{name}: mark and space, worst deviation", clause, "at most", 1.0, off, "%"),
        Row(GROUP, f"{name}: bit rate, worst deviation", clause, "at most", 1.0, baud, "%"),
        Row(GROUP, f"{name}: level, worst error", clause, "at most", 1.0, level, "dB"),
        Row(GROUP, f"{name}: seizure", clause, "at least", 299.0, float(seizure), "bits"),
        Row(GROUP, f"{name}: mark before the message", clause, "at least", 155.0, float(marks), "bits"),
    ]  # fmt: skip


def _demodulated(wave: Wave, mark: float, space: float) -> tuple[list[int], float, tuple[float, float]]:
    """Bits, bit rate and the two frequencies, from the instantaneous frequency."""
    spectrum = np.fft.fft(wave)
    spectrum[len(wave) // 2 :] = 0
    phase = np.unwrap(np.angle(np.fft.ifft(spectrum)))
    hz = np.diff(phase) * RATE / 2 / np.pi
    is_mark = np.convolve(hz, np.ones(3) / 3, "same") < (mark + space) / 2
    edges = np.flatnonzero(np.diff(is_mark.astype(int)))
    first = edges[(edges > 200) & (edges < 1900)]  # within the seizure: one edge per bit
    rate = (len(first) - 1) * RATE / float(first[-1] - first[0])
    bit = RATE / rate
    count = int(len(wave) / bit)
    bits = [int(is_mark[min(len(is_mark) - 1, int((place + 0.5) * bit))]) for place in range(count)]
    long = max(_runs(is_mark), key=lambda run: run[1] - run[0])
    real_mark = float(np.mean(hz[long[0] + 16 : long[1] - 16]))
    spaces = [hz[begin + 8 : end - 8] for begin, end in _runs(~is_mark) if end - begin > 30]
    return bits, rate, (real_mark, float(np.mean(np.concatenate(spaces))) if spaces else float("nan"))


def _carries(bits: Sequence[int], number: str) -> bool:
    """Whether the characters make a sealed message with this number."""
    octets = bytearray()
    at = 0
    while at + 10 <= len(bits) and bits[at] == 0:
        octets.append(sum(bit << place for place, bit in enumerate(bits[at + 1 : at + 9])))
        if bits[at + 9] != 1:
            return False
        at += 10
    if len(octets) < 3 or len(octets) != octets[1] + 3 or sum(octets) % 256:
        return False
    body, place = octets[2:-1], 0
    while octets[0] == fsk.MDMF and place + 2 <= len(body):
        kind, length = body[place], body[place + 1]
        if kind == fsk.NUMBER:
            return body[place + 2 : place + 2 + length].decode("ascii", "replace") == number
        place += 2 + length
    return False


def alert(country: str) -> list[Row]:
    """The dual tone alerting signal that goes before the message (EN 300 659-1 clause on DT-AS)."""
    plan = load_country(country)
    found = _sounding(_wave(make_callerid(plan, "v23", NUMBERS[0], "")))
    name, clause = f"{country}: alerting tone sent", "ETSI EN 300 659-1, DT-AS"
    if len(found) < 2:
        return [Row(GROUP, f"{name}: before the message", clause, "exactly", 1.0, 0.0, "tones")]
    wave = _wave(make_callerid(plan, "v23", NUMBERS[0], ""))[slice(*found[0])]
    off = max(abs(_strongest(wave, hz)[0] / hz - 1) * 100 for hz in ALERT_HZ)
    ms, silence = len(wave) * 1000 / RATE, (found[1][0] - found[0][1]) * 1000 / RATE
    return [
        Row(GROUP, f"{name}: 2130 and 2750 Hz, worst deviation", clause, "at most", 0.5, off, "%"),
        Row(GROUP, f"{name}: at least", clause, "at least", 88.0, ms, "ms"),
        Row(GROUP, f"{name}: at most", clause, "at most", 110.0, ms, "ms"),
        Row(GROUP, f"{name}: silence behind it", clause, "at least", 45.0, silence, "ms"),
    ]


def jobs(scale: Scale) -> list[Job]:
    """Keys and tones of each country; caller id of both schemes."""
    out = [Job(function, (country,)) for country in scale.countries() for function in (keys, tones)]
    wanted = {"bell202": "us", "v23": "gb"}
    out += [Job(alert, (country,)) for country in scale.countries() if "tone" in load_country(country).caller_id.alert]
    return out + [Job(callerid, (wanted[scheme], scheme)) for scheme in SCHEMES if wanted[scheme] in scale.countries()]


def rows(results: Sequence[list[Row]], scale: Scale) -> list[Row]:
    """The group's rows."""
    return [row for result in results for row in result]
