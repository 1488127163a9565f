"""When a caller leaves his queue for another place: a pure function of data, with its reasons."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from firmware.acd.model import Closed, Exit, ExpectedWait, Length, NoAgents, Queue, Rule, ToCallback, Waited, exit_words
from firmware.calls.places import Target, ToQueue
from firmware.reasons import Reason, reason

Possible = Callable[[Target], bool]


@dataclass(frozen=True, slots=True)
class Situation:
    """The queue as one caller meets it. `waited_s` is his; `entering`: he is just coming in, and `ahead` callers stand
    before him. `expected_s` is his estimated wait, None if it is not known. `present`: members who are there, free or
    not; `ready`: those of them who are not busy. `open` with `hours` in words, which default to always. `visited`:
    queues where this call has waited; `asked`: he has been offered a callback."""

    waited_s: float
    entering: bool
    ahead: int
    present: int
    ready: int = 0
    expected_s: float | None = None
    open: bool = True
    hours: str = "always"
    visited: Collection[str] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """The caller leaves `queue`, where he has waited so long, for `to`."""

    to: Exit
    why: tuple[Reason, ...]
    queue: str = ""
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stay:
    """The caller stays. `again_at_s`: the wait at which time alone may change that; None: only an event can.
    `passed`: why rules that apply were not followed."""

    again_at_s: float | None = None
    passed: tuple[Reason, ...] = ()


def overflow(queue: Queue, at: Situation, possible: Possible) -> Leave | Stay:
    """The first of the queue's rules that applies and whose target is possible: where no caller goes in circles, and
    none is sent where the box has nothing for him."""
    passed: list[Reason] = []
    for rule in queue.overflow:
        why = _applies(rule, at)
        if why is None:
            continue
        if isinstance(rule.to, ToQueue) and rule.to.queue in at.visited:
            passed += [why, reason("been_there", queue=rule.to.queue)]
        elif isinstance(rule.to, ToCallback) and at.asked:
            passed += [why, reason("asked_before")]
        elif not isinstance(rule.to, ToCallback) and not possible(rule.to):
            passed += [why, reason("target_missing", target=exit_words(rule.to))]
        else:
            return Leave(rule.to, (why,))
    later = [rule.after_s for rule in queue.overflow if isinstance(rule, Waited) and rule.after_s > at.waited_s]
    return Stay(min(later, default=None), tuple(passed))


def pressed(queue: Queue, key: str, visited: Collection[str], possible: Possible) -> Leave | Stay:
    """What a key means to one who waits."""
    target = queue.keys.get(key)
    if target is None:
        return Stay()
    why = reason("pressed", key=key)
    if isinstance(target, ToQueue) and target.queue in visited:
        return Stay(passed=(why, reason("been_there", queue=target.queue)))
    if not isinstance(target, ToCallback) and not possible(target):
        return Stay(passed=(why, reason("target_missing", target=exit_words(target))))
    return Leave(target, (why,))


def _applies(rule: Rule, at: Situation) -> Reason | None:
    match rule:
        case Waited(after_s=most) if at.waited_s >= most:
            return reason("waited", seconds=at.waited_s, most=most)
        case Length(most=most) if at.entering and at.ahead >= most:
            return reason("queue_full", length=at.ahead, most=most)
        case ExpectedWait(most_s=most) if at.entering and at.expected_s is not None and at.expected_s > most:
            return reason("expected_too_long", seconds=at.expected_s, most=most)
        case Closed(leave=leave) if not at.open and (at.entering or leave):
            return reason("queue_closed", hours=at.hours)
        case NoAgents(leave=leave) if not at.present and (at.entering or leave):
            return reason("no_agents")
        case NoAgents(leave=leave, ready_only=True) if not at.ready and (at.entering or leave):
            return reason("all_busy", present=at.present)
    return None
