"""docs/erlang.md: the comparison as a page, with its picture beside it."""

from collections.abc import Sequence
from pathlib import Path

from firmware.theory.experiment import BATCHES, Comparison
from firmware.theory.plot import svg
from firmware.training.traffic import LEAST_TALK_S

HEAD = """# The box against Erlang

Made by `./box callbox simulate --theory --out docs` ({calls} calls; a version repeats exactly).
Every call is whole: the simulated exchange rings a line, sends caller id, the caller presses a key in the menu (DTMF),
the queue chooses, a station rings, an agent goes off-hook, talks, goes on-hook, the line is released. Theory sees only
times:

- **Arrivals** are a Poisson process at the exchange; the menu delays each call by the same time, so it is one at the
  queue, too.
- **Handling** runs from the choice of an agent until he can have the next call. The part that nobody can shorten
  (ringing, hook debouncing, telling on-hook from a flash, 1.5 s of wrap-up) is measured first with calls almost without
  talk: {set_up:.2f} s and {least:.1f} s of talk. Agents then talk so long that the whole is exponential with a mean of
  30 s; a draw shorter than the unavoidable part becomes that part.
- **Patience** (Erlang A) runs from the queue until the box knows that the caller has gone; what it needs to know that
  is measured and taken off, too. Nobody hangs up while an agent is rung for him.
- **Holding** (Erlang B) runs from the exchange's seizure of a line until both ends are on-hook.

Theory is asked with the rate of arrivals and the mean handling or holding time of the sample: chance in these two would
else outweigh what is looked for. Intervals are at 99 %, from the means of {batches} batches of calls; a first batch is
left out, as the box starts empty. With {figures} figures, one in a hundred may lie outside by chance alone.

Two checks leave nothing to chance. Every single wait of the Erlang C runs is computed once more from the same arrivals
and handling times, first come, first served: the largest difference is {off:.0f} ms. And at every event of every run,
callers in = served + abandoned + overflowed + inside: {missing} times it did not hold.

![Theory (red) and measurement (blue, 99 % interval)](erlang.svg)

| formula | load | erlang | figure | theory | measured, 99 % | agrees |
| --- | --- | --- | --- | --- | --- | --- |
"""

TAIL = """
Times as they were: mean handling (B: holding) time and its squared coefficient of variation, which is 1 for
exponential times. Erlang C and A suppose 1; Erlang B holds for any.

| load | calls | mean, s | variation |
| --- | --- | --- | --- |
"""


def page(comparisons: Sequence[Comparison]) -> str:
    """The text."""
    head = HEAD.format(
        calls=sum(one.load.calls for one in comparisons), set_up=comparisons[0].set_up_s, batches=BATCHES - 1,
        figures=sum(len(one.figures) for one in comparisons), missing=sum(one.missing for one in comparisons),
        least=LEAST_TALK_S, off=1000 * max(one.off_s or 0.0 for one in comparisons),
    )  # fmt: skip
    rows = [
        f"| {one.formula} | {one.load.name} | {one.traffic:.2f} | {figure.name} | {_shown(figure.theory, figure.unit)} "
        f"| {_shown(figure.measured, figure.unit)} ± {_shown(figure.half, figure.unit)} | {_yes(figure.ok)} |"
        for one in comparisons
        for figure in one.figures
    ]
    times = [
        f"| {one.formula}: {one.load.name} | {one.load.calls} | {one.mean_s:.2f} | {one.variation:.2f} |"
        for one in comparisons
    ]
    return head + "\n".join(rows) + "\n" + TAIL + "\n".join(times) + "\n"


def write(comparisons: Sequence[Comparison], folder: Path) -> None:
    """erlang.md and erlang.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "erlang.md").write_text(page(comparisons), "utf-8")
    (folder / "erlang.svg").write_text(svg(comparisons), "utf-8")


def _yes(ok: bool) -> str:
    return "yes" if ok else "no"


def _shown(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit else f"{value * 100:.2f} %"
