"""Erlang's formulas: what theory says of a queue, to plan staff by and to prove the box by.

Traffic `a` is in erlang: arrivals per second times the mean handling (or holding) time in seconds.

- B (lost calls cleared): A. K. Erlang, 1917; by the recursion over the number of servers, which only ever divides a
  sum of positive terms: ITU-T Teletraffic Engineering Handbook, section 7.3. It holds for any holding time.
- C (waiting): A. K. Erlang, 1917, from B; exponential handling times, no limit, nobody gives up.
- A (waiting with impatience): C. Palm, 1946, "Research on telephone traffic carried by full availability groups";
  as used by Garnett, Mandelbaum and Reiman, "Designing a Call Center with Impatient Customers", Manufacturing &
  Service Operations Management 4 (2002) 208-227. By the balance equations of its birth-death chain, scaled to the most
  likely state, so that nothing overflows for any size.
"""

import math
from dataclasses import dataclass

NEGLIGIBLE = 1e-16  # of the sum: states less likely than this are left out


def erlang_b(servers: int, a: float) -> float:
    """The share of calls that find every server busy and are lost. ValueError: servers < 0 or a < 0."""
    _check(servers, a, least=0)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = a * blocked / (number + a * blocked)
    return blocked


def erlang_c(servers: int, a: float) -> float:
    """The share of calls that must wait; 1 from a = servers on. ValueError: servers < 1 or a < 0."""
    _check(servers, a)
    if a >= servers:
        return 1.0
    blocked = erlang_b(servers, a)
    return servers * blocked / (servers - a * (1.0 - blocked))


def mean_wait(servers: int, a: float, handling_s: float) -> float:
    """Mean wait of all calls, seconds (also of those who need not wait); infinite from a = servers on."""
    waiting = erlang_c(servers, a)
    return math.inf if a >= servers else waiting * handling_s / (servers - a)


def service_level(servers: int, a: float, handling_s: float, within_s: float) -> float:
    """The share of calls that wait at most `within_s` seconds."""
    waiting = erlang_c(servers, a)
    if a >= servers:
        return 0.0
    return 1.0 - waiting * math.exp(-(servers - a) * within_s / handling_s)


@dataclass(frozen=True, slots=True)
class ErlangA:
    """With impatience: share that waits, share that gives up, mean wait of all in seconds, mean number in the queue."""

    waiting: float
    abandoned: float
    mean_wait_s: float
    queue_length: float


def erlang_a(servers: int, a: float, handling_s: float, patience_s: float) -> ErlangA:
    """Callers give up after an exponential time of mean `patience_s`. ValueError as erlang_c, and for times <= 0."""
    _check(servers, a)
    if handling_s <= 0 or patience_s <= 0:
        raise ValueError("handling and patience must be more than 0 seconds")
    arrivals, leaving, giving_up = a / handling_s, 1.0 / handling_s, 1.0 / patience_s

    def out(state: int) -> float:
        """How fast a state of so many calls inside loses one."""
        return min(state, servers) * leaving + max(0, state - servers) * giving_up

    # The most likely state is the last one that is entered faster than it is left.
    mode = math.floor(a) if a < servers else servers + math.floor((arrivals - servers * leaving) / giving_up)
    shares = {mode: 1.0}
    total, state = 1.0, mode
    while state > 0 and shares[state] > NEGLIGIBLE * total:
        shares[state - 1] = shares[state] * out(state) / arrivals
        state -= 1
        total += shares[state]
    state = mode
    while shares[state] > NEGLIGIBLE * total:
        shares[state + 1] = shares[state] * arrivals / out(state + 1)
        state += 1
        total += shares[state]
    waiting = sum(share for state, share in shares.items() if state >= servers) / total
    length = sum(share * (state - servers) for state, share in shares.items() if state > servers) / total
    if not arrivals:
        return ErlangA(0.0, 0.0, 0.0, 0.0)
    return ErlangA(waiting, giving_up * length / arrivals, length / arrivals, length)


def _check(servers: int, a: float, least: int = 1) -> None:
    if servers < least or not 0 <= a < math.inf:
        raise ValueError(f"servers must be {least} or more and traffic 0 or more, not {servers} and {a:g}")
