"""Which caller-id scheme a line really has, learned from what came in. Pure: events in, an answer out.

The core hears every scheme at every moment, so nothing here decides whether a number is received. What is learned
tells people what the operator sends, tells the line how long it is worth waiting for a number, and is kept with the
line's settings, so that a line that differs from its country's plan (a private exchange, an adapter) is known from the
first call after a restart.
"""

from dataclasses import dataclass, replace
from typing import Literal

from drivers.binding.plan import Plan, Scheme

Moment = Literal["before_ring", "after_first_ring"]  # NTT's off-hook data come before the ring, too

SURE_AFTER = 3  # messages in a row of the same kind
SILENT_AFTER = 5  # calls in a row without any: the service is not there
MESSAGES_MOST = 1000  # counters stop here
PROBE_EVERY = 20  # calls on a line without the service: one of so many is waited for, lest it is never noticed


@dataclass(frozen=True, slots=True)
class Learned:
    """What a line has shown so far. `scheme` and `moment` are those of the last good message, `times` how many in a row
    were so; `damaged` counts messages with a wrong checksum, `silent` the calls in a row without a message."""

    scheme: Scheme | None = None
    moment: Moment | None = None
    times: int = 0
    damaged: int = 0
    silent: int = 0
    reversal: bool = False  # the last message came after the line's polarity had been turned

    @property
    def sure(self) -> bool:
        """Enough of the same to rely on."""
        return self.times >= SURE_AFTER

    @property
    def absent(self) -> bool:
        """The operator sends nothing on this line."""
        return self.silent >= SILENT_AFTER


def message(learned: Learned, scheme: Scheme, *, bursts: int, reversal: bool, good: bool = True) -> Learned:
    """A caller id came in after so many ring bursts of this call; `reversal`: the polarity was turned for it."""
    if not good:
        return replace(learned, damaged=min(learned.damaged + 1, MESSAGES_MOST), silent=0)
    moment: Moment = "after_first_ring" if bursts else "before_ring"
    same = (learned.scheme, learned.moment) == (scheme, moment)
    times = min(learned.times + 1, MESSAGES_MOST) if same else 1
    return replace(learned, scheme=scheme, moment=moment, times=times, silent=0, reversal=reversal)


def no_message(learned: Learned, *, bursts: int, plan: Plan) -> Learned:
    """A call ended or was answered without a caller id. One that was answered before its moment says nothing, but is
    counted on a line known to have none, which answers at once."""
    if bursts <= len(plan.ring) // 2 and not learned.absent:
        return learned
    return replace(learned, silent=learned.silent + 1 if learned.silent < MESSAGES_MOST else SILENT_AFTER)


def expected(plan: Plan) -> tuple[Scheme, Moment]:
    """What the country's exchange sends, and when."""
    if plan.caller_id.lines == "ntt":
        return "ntt", "before_ring"
    return plan.caller_id.scheme, plan.caller_id.moment


def worth_waiting(learned: Learned, plan: Plan) -> bool:
    """May a number still come after the first ring? False: the call may be answered at its first burst."""
    if learned.absent:
        return learned.silent % PROBE_EVERY == 0
    if learned.sure:
        return learned.moment == "after_first_ring"
    return plan.caller_id.comes and expected(plan)[1] == "after_first_ring"


def differs(learned: Learned, plan: Plan) -> bool:
    """The line surely has another scheme or moment than its country's plan: worth showing."""
    if not learned.sure:
        return learned.absent and plan.caller_id.comes
    return (learned.scheme, learned.moment) != expected(plan)
