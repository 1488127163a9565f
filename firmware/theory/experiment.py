"""`callbox simulate --theory`: simulated traffic against Erlang's formulas, with confidence intervals.

Calls of one day are not independent, so intervals come from batch means: the calls in their order are cut into
batches, the first is left out (the box starts empty), and the means of the others are taken as independent (A. M. Law,
"Simulation Modeling and Analysis", chapter 9). Theory is asked with the rate of arrivals and the mean handling or
holding time as they were measured: chance in these two would else outweigh what is looked for.

Sharper than any interval: the waits of a queue without impatience are computed once more from the same arrivals and
handling times, first come, first served. The box must agree to the tick, call by call.
"""

import heapq
import math
import multiprocessing
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from typing import Any

from firmware.acd.erlang import erlang_a, erlang_b, erlang_c, mean_wait, service_level
from firmware.training.traffic import Load, Seen, run

BATCHES = 11  # one of them is left out
T_99 = 3.25  # Student's t at 99 %, two-sided, for 10 batches
WITHIN_S = 20.0  # of the service level
AT_ONCE_S = 0.005  # half a tick: an agent was chosen in the tick in which the caller came into the queue
HANDLING_S = 30.0
BLOCKED_MOST = 0.002  # a caller who finds no line is missing in the queue; so few do not matter


def _load(
    name: str, lines: int, agents: int, per_s: float, patience_s: float | None, seed: int, calls: int = 2100
) -> Load:
    return Load(name, lines, agents, per_s, HANDLING_S, patience_s, calls, seed)


WAITING = (
    _load("1 agent at 50 %", 14, 1, 0.50 * 1 / HANDLING_S, None, 11),
    _load("2 agents at 60 %", 18, 2, 0.60 * 2 / HANDLING_S, None, 12),
    _load("3 agents at 70 %", 24, 3, 0.70 * 3 / HANDLING_S, None, 13, 4200),
    _load("4 agents at 75 %", 32, 4, 0.75 * 4 / HANDLING_S, None, 14, 4200),
    _load("6 agents at 75 %", 34, 6, 0.75 * 6 / HANDLING_S, None, 15, 4200),
    _load("8 agents at 80 %", 40, 8, 0.80 * 8 / HANDLING_S, None, 16, 4200),
)
IMPATIENT = (
    _load("3 agents at 110 %, patience 60 s", 28, 3, 1.1 * 3 / HANDLING_S, 60.0, 21),
    _load("5 agents at 90 %, patience 30 s", 26, 5, 0.9 * 5 / HANDLING_S, 30.0, 22),
    _load("2 agents at 150 %, patience 20 s", 22, 2, 1.5 * 2 / HANDLING_S, 20.0, 23),
)
LINES = (
    _load("8 lines, about 4 erlang", 8, 8, 4 / 37, None, 31),
    _load("8 lines, about 6 erlang", 8, 8, 6 / 37, None, 32),
    _load("8 lines, about 10 erlang", 8, 8, 10 / 37, None, 33),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one load: what theory says and what was measured, with half the width of its 99 % interval."""

    name: str
    unit: str
    theory: float
    measured: float
    half: float

    @property
    def ok(self) -> bool:
        """Whether theory lies within the interval."""
        return abs(self.theory - self.measured) <= self.half


@dataclass(frozen=True, slots=True)
class Comparison:
    """One load. `traffic` in erlang and `mean_s`, of handling or holding, are as measured. `off_s`: by how much a wait
    differed at most from the one computed from the same arrivals and handling times; None: not computed."""

    formula: str
    load: Load
    traffic: float
    mean_s: float
    variation: float  # the sample's squared coefficient of variation; exponential times have 1
    set_up_s: float
    missing: int
    figures: tuple[Figure, ...]
    off_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether every figure agrees and no caller was lost from the books."""
        exact = self.off_s is None or self.off_s <= AT_ONCE_S
        return exact and not self.missing and all(figure.ok for figure in self.figures)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half the width of its 99 % confidence interval, by batch means. ValueError: too few values."""
    size = len(values) // BATCHES
    if size < 10:
        raise ValueError(f"{len(values)} values are too few for {BATCHES} batches")
    means = [statistics.fmean(values[index * size : (index + 1) * size]) for index in range(1, BATCHES)]
    return statistics.fmean(means), T_99 * statistics.stdev(means) / math.sqrt(len(means))


def compare_waiting(seen: Seen) -> Comparison:
    """Against Erlang C."""
    handled = _handled(seen)
    handling, servers = statistics.fmean(handled), seen.load.agents
    a, waits = _rate(seen) * handling, _waits(seen)
    figures = (
        _figure("must wait", "", erlang_c(servers, a), [float(wait > AT_ONCE_S) for wait in waits]),
        _figure("mean wait", "s", mean_wait(servers, a, handling), waits),
        _figure(
            f"served within {WITHIN_S:g} s", "", service_level(servers, a, handling, WITHIN_S),
            [float(wait <= WITHIN_S) for wait in waits],
        ),
    )  # fmt: skip
    return _comparison("C", seen, a, handled, figures, off_s=_off(seen))


def compare_impatient(seen: Seen) -> Comparison:
    """Against Erlang A."""
    load, handled = seen.load, _handled(seen)
    assert load.patience_s is not None
    patience = seen.notice_s + load.patience_s * math.exp(-seen.notice_s / load.patience_s)
    handling = statistics.fmean(handled)
    a, waits = _rate(seen) * handling, _waits(seen)
    theory = erlang_a(load.agents, a, handling, patience)
    figures = (
        _figure("must wait", "", theory.waiting, [float(wait > AT_ONCE_S) for wait in waits]),
        _figure("mean wait", "s", theory.mean_wait_s, waits),
        _figure("give up", "", theory.abandoned, [float(fate.offered is None) for fate in seen.fates]),
    )
    return _comparison("A", seen, a, handled, figures)


def compare_lines(seen: Seen) -> Comparison:
    """Against Erlang B, with the lines as servers."""
    held = [fate.freed - fate.came for fate in seen.fates if fate.freed is not None]
    a = _rate(seen) * statistics.fmean(held)
    blocked = [float(fate.blocked) for fate in seen.fates]
    figures = (_figure("find every line busy", "", erlang_b(seen.load.lines, a), blocked),)
    return _comparison("B", seen, a, held, figures)


EXPERIMENTS: tuple[tuple[tuple[Load, ...], Callable[[Seen], Comparison]], ...] = (
    (WAITING, compare_waiting), (IMPATIENT, compare_impatient), (LINES, compare_lines),
)  # fmt: skip


def all_comparisons(told: Callable[[str], None], processes: int = 1) -> list[Comparison]:
    """Every experiment, so many at a time; `told` hears of each that has ended."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        under_way = [pool.submit(_compared, compare, load) for loads, compare in EXPERIMENTS for load in loads]
        for done in as_completed(under_way):
            one = done.result()
            told(f"theory: {one.load.name}: {one.load.calls} calls: {'ok' if one.ok else 'FAILED'}")
        return [one.result() for one in under_way]


def _compared(compare: Callable[[Seen], Comparison], load: Load) -> Comparison:
    return compare(run(load))


def as_data(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """For a program to read."""
    rows = [
        asdict(one) | {"ok": one.ok, "figures": [asdict(figure) | {"ok": figure.ok} for figure in one.figures]}
        for one in comparisons
    ]
    return {"ok": all(one.ok for one in comparisons), "loads": rows}


def report(data: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for row in data["loads"]:
        lines.append(f"Erlang {row['formula']}, {row['load']['name']}, {row['traffic']:.2f} erlang")
        lines += [
            f"  {'ok    ' if one['ok'] else 'FAILED'} {one['name']}: theory {one['theory']:.4g} {one['unit']}, "
            f"measured {one['measured']:.4g} ± {one['half']:.2g} {one['unit']}"
            for one in row["figures"]
        ]
    return "\n".join([*lines, "every figure agrees" if data["ok"] else "NOT every figure agrees"])


def _comparison(
    formula: str, seen: Seen, a: float, sample: Sequence[float], figures: tuple[Figure, ...], off_s: float | None = None
) -> Comparison:
    mean = statistics.fmean(sample)
    variation = statistics.variance(sample) / mean**2
    return Comparison(formula, seen.load, a, mean, variation, seen.set_up_s, seen.missing, figures, off_s)


def _figure(name: str, unit: str, theory: float, values: Sequence[float]) -> Figure:
    return Figure(name, unit, theory, *interval(values))


def _rate(seen: Seen) -> float:
    """Arrivals per second."""
    return (len(seen.fates) - 1) / (seen.fates[-1].came - seen.fates[0].came)


def _handled(seen: Seen) -> list[float]:
    """Of every call served: from the choice of the agent until he could have the next."""
    served = [(fate.offered, fate.handled) for fate in seen.fates]
    return [handled - offered for offered, handled in served if offered is not None and handled is not None]


def _waits(seen: Seen) -> list[float]:
    """From the queue to the choice of an agent, or to the hang-up."""
    waits = []
    for fate in seen.fates:
        until = fate.offered if fate.offered is not None else fate.ended
        if fate.queued is not None and until is not None:
            waits.append(until - fate.queued)
    if len(waits) < (1 - BLOCKED_MOST) * len(seen.fates):
        raise ValueError(f"{seen.load.name}: only {len(waits)} of {len(seen.fates)} came into the queue: more lines")
    return waits


def _off(seen: Seen) -> float:
    """The largest difference between a wait and the one that first come, first served gives."""
    free = [-math.inf] * seen.load.agents
    worst = 0.0
    calls = [fate for fate in seen.fates if fate.queued is not None and fate.offered is not None and fate.handled]
    for fate in sorted(calls, key=lambda one: (one.queued, one.offered)):
        assert fate.queued is not None and fate.offered is not None and fate.handled is not None
        start = max(heapq.heappop(free), fate.queued)
        heapq.heappush(free, start + fate.handled - fate.offered)
        worst = max(worst, abs(start - fate.offered))
    return worst
