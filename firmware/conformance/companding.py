"""G.711 through the wire: every code point and sample value, both laws, both ways; distortion of a sine (G.712)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import PERFECT, Bench, aligned, on_wires
from firmware.conformance.rows import Job, Row, Scale
from firmware.conformance.signals import Law, Pcm

GROUP = "companding"
LAWS: tuple[Law, Law] = ("alaw", "ulaw")
WAYS = ("from the line", "to the line")
NAMES = {"alaw": "A-law", "ulaw": "µ-law"}
TABLES = {"alaw": "ITU-T G.711, Table 1", "ulaw": "ITU-T G.711, Table 2"}
# G.712, total distortion with a sine: level in dBm0, least signal to distortion in dB.
DISTORTION = ((0.0, 33.0), (-10.0, 33.0), (-20.0, 33.0), (-30.0, 33.0), (-40.0, 27.0), (-45.0, 22.0))
SINE_HZ = 1020.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for what went in; `right`: by the decision values of G.711."""

    points: int
    points_same: int
    values: int
    values_right: int
    distortion_db: tuple[float, ...]


def _carried(law: Law, to_line: bool, pcm: Pcm) -> Pcm:
    """The samples after the wire."""

    async def story(bench: Bench) -> Pcm:
        box, far = bench.card.box, bench.card.far
        await box.ports[0].seize()
        await bench.wait(500)
        source, sink = (box, far) if to_line else (far, box)
        recorder = bench.record(sink, sink.ports[0])
        await bench.wait(100)
        await bench.play(source, source.ports[0], pcm)
        await bench.wait(200)
        return await bench.heard(recorder)

    wire = PERFECT.model_copy(update={"companding": law})
    return on_wires([("fxo", "1")], wire, load_country("cn"), story)


def carried(law: Law, to_line: bool) -> Outcome:
    """Every code point, every 16-bit value, and sines, after a head by which to find them."""
    points = signals.code_points(law)
    values = np.arange(-32768, 32768, dtype=np.int16)
    sines = [signals.sine(SINE_HZ, level, signals.RATE).round().astype(np.int16) for level, _ in DISTORTION]
    head = signals.coded(signals.noise("white", -12.0, 400, signals.rng_of("companding")), law)
    sent = np.concatenate([head, points, values, *sines])
    got = aligned(sent, _carried(law, to_line, sent))
    if got is None:
        return Outcome(len(points), 0, len(values), 0, (float("nan"),) * len(DISTORTION))
    at = len(head) + len(points)
    became = got[at : at + len(values)]
    # G.711 leaves open on which side a decision value itself falls.
    either = [became == signals.quantised(values.astype(np.float64), law, side) for side in ("left", "right")]
    rest = got[at + len(values) :].reshape(len(sines), -1)
    return Outcome(
        len(points), int(np.sum(got[len(head) : at] == points)), len(values), int(np.sum(either[0] | either[1])),
        tuple(_distortion(wave) for wave in rest),
    )  # fmt: skip


def _distortion(pcm: Pcm) -> float:
    """Signal over everything else, dB, by fitting the sine."""
    t = np.arange(len(pcm)) * 2 * np.pi * SINE_HZ / signals.RATE
    basis = np.stack([np.sin(t), np.cos(t)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, pcm.astype(np.float64), rcond=None)
    signal = basis @ fit
    return signals.dbm0_of(signal) - signals.dbm0_of(pcm - signal)


def jobs(scale: Scale) -> list[Job]:
    """Each law each way."""
    return [Job(carried, (law, to_line)) for law in LAWS for to_line in (False, True)]


def rows(results: Sequence[Outcome], scale: Scale) -> list[Row]:
    """The group's rows."""
    out = []
    for place, result in enumerate(results):
        law, way = LAWS[place // 2], WAYS[place % 2]
        name = f"{NAMES[law]} {way}"
        out += [
            Row(
                GROUP,
                f"{name}: code points that come out as they went in",
                TABLES[law],
                "exactly",
                float(result.points),
                float(result.points_same),
                f"of {result.points}",
            ),
            Row(
                GROUP,
                f"{name}: 16-bit values that become the code point of their interval",
                TABLES[law],
                "exactly",
                float(result.values),
                float(result.values_right),
                f"of {result.values}",
            ),
        ]
        for (level, limit), measured in zip(DISTORTION, result.distortion_db, strict=True):
            out.append(
                Row(
                    GROUP,
                    f"{name}: 1,020 Hz at {level:g} dBm0, signal to distortion",
                    "ITU-T G.712, total distortion, sine",
                    "at least",
                    limit,
                    measured,
                    "dB",
                )
            )
    return out
