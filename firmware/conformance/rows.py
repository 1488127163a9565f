"""The table's rows, and the work that fills them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from firmware.config import countries

QUICK_COUNTRIES = ("cn", "gb", "us")
Bound = Literal["at least", "at most", "exactly"]


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and what was measured. `repeat`: which job to run again to see it; `note`: what was counted."""

    group: str
    requirement: str
    clause: str
    bound: Bound
    limit: float
    measured: float
    unit: str
    compare: str = ""  # the figure of spandsp or Asterisk, where the design's table of field figures has one
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the limit holds; what could not be measured (NaN) does not."""
        match self.bound:
            case "at least":
                return bool(self.measured >= self.limit)
            case "at most":
                return bool(self.measured <= self.limit)
            case _:
                return bool(self.measured == self.limit)

    def as_json(self) -> dict[str, Any]:
        """For `--json`; a measurement that does not exist is null."""
        known = self.measured == self.measured
        return {
            "group": self.group, "requirement": self.requirement, "clause": self.clause, "bound": self.bound,
            "limit": self.limit, "measured": round(float(self.measured), 6) if known else None, "unit": self.unit,
            "pass": self.passed, "compare": self.compare or None, "note": self.note or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. `quick` fits into a test; full is the proof. `only`: countries, instead of the usual."""

    quick: bool
    only: tuple[str, ...] = ()

    def pick(self, quick: int, full: int) -> int:
        """The count for this scale."""
        return quick if self.quick else full

    def countries(self) -> list[str]:
        """Those asked for; else every country shipped; quick: those that differ most."""
        if self.only:
            return [country for country in countries() if country in self.only]
        return [country for country in countries() if not self.quick or country in QUICK_COUNTRIES]


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one process: a module's function and plain arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = field(default=())

    def __call__(self) -> Any:
        return self.function(*self.arguments)


class Group(Protocol):
    """What each group's module offers."""

    def jobs(self, scale: Scale) -> Sequence[Job]:
        """The work, in an order that rows() knows."""

    def rows(self, results: Sequence[Any], scale: Scale) -> list[Row]:
        """The results of the jobs as rows."""


def share(part: int, whole: int) -> float:
    """Per cent; NaN of nothing."""
    return 100.0 * part / whole if whole else float("nan")


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many per cent do not exceed; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")
