"""Why something was decided: an id with arguments, so that the page can say it in any language.

Whatever is chosen purely (agent, overflow, route, permission, opening hours) gives its reasons this way; the event
log keeps them as data, and `words()` says them in English for people at a terminal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Value = str | int | float

SENTENCES: dict[str, str] = {
    # acd: which agent
    "longest_idle": "idle for {seconds:.0f} s, longest of {free} free",
    "fewest_calls": "has had {calls} calls, fewest of {free} free",
    "least_talk": "has talked {seconds:.0f} s, least of {free} free",
    "round_robin": "next in turn after {after}",
    "round_robin_first": "first in turn",
    "ring_all": "all who are free are rung: {free}",
    "linear": "first of {free} free in the queue's order",
    "random": "drawn from {free} free",
    "weighted": "furthest below the share of weight {weight:g}: {calls} calls",
    "skilled": "{skill} level {level}, highest of {free} free",
    "last_agent": "spoke with this caller last time",
    "waits_for_last_agent": "waits up to {seconds:.0f} s for {station}, who spoke with this caller last time",
    "tier": "those of tier {below} and lower cannot take it",
    "did_not_answer": "did not answer this call: {stations}",
    "skill_relaxed": "after {waited:.0f} s {skill} level {level} is enough",
    # acd: why this agent not
    "not_free": "is {presence}",
    "wrapping_up": "wraps up for another {seconds:.0f} s",
    "resting": "did not answer a call; is spared for another {seconds:.0f} s",
    "reserved": "is being rung for another call",
    "unskilled": "needs {skill} level {needed}, has {level}",
    # acd: overflow
    "waited": "has waited {seconds:.0f} s, more than {most:.0f} s",
    "queue_full": "{length} callers wait, {most} may",
    "expected_too_long": "would wait about {seconds:.0f} s, more than {most:.0f} s",
    "queue_closed": "the queue is closed: {hours}",
    "no_agents": "nobody is signed in and present",
    "all_busy": "all {present} who are present are busy",
    "pressed": "the caller pressed {key}",
    "been_there": "has already waited in queue {queue}",
    "asked_before": "was offered a callback before",
    "target_missing": "{target} is not possible on this box",
    # acd: estimated wait
    "free_agent": "{free} agents are free",
    "position_over_rate": "{position} calls to be taken by {agents} agents, {seconds:.0f} s each",
    "handling_measured": "handling time is the mean of the last {calls} calls",
    "handling_assumed": "handling time is the queue's assumption, as only {calls} calls were measured",
    # dialplan: may this number be dialled
    "emergency": "{number} is an emergency number: always allowed",
    "inside": "{number} is inside",
    "not_dialable": "{number} cannot be dialled",
    "class_allows": "{station} may dial {kind} numbers",
    "class_forbids": "{station} may not dial {kind} numbers {hours}",
    "kind_off": "{kind} numbers are not allowed on this box",
    "night_budget": "{used:.0f} of {most:.0f} minutes of this night are used",
    "night_budget_spent": "the {most:.0f} minutes of this night are used up",
    "outside_to_outside": "a caller from outside may not be put through to an outside number",
    "too_many_at_once": "{now} calls of this kind are under way, {most} may be",
    "number_allowed": "{number} is on the list of allowed numbers",
    "number_barred": "{number} is on the list of barred numbers",
    # dialplan: which line
    "line_in_order": "line {line} is the first free one in the route's order",
    "line_least_used": "line {line} is used least: {minutes:.0f} min",
    "line_in_turn": "line {line} is next in turn after {after}",
    "line_busy": "line {line} is busy",
    "line_out_of_service": "line {line} is out of service",
    "route": "route {route} takes {kind} numbers",
    "next_route": "no line of route {route} is free",
    "no_route": "no route takes {kind} numbers",
    "line_taken_over": "every line is busy; line {line} is freed for the emergency call",
    # dialplan: which entry answers
    "switched": "switched to {entry} by hand",
    "promotion": "promotion {name} until {until}",
    "holiday": "{date} is a holiday: {name}",
    "make_up_day": "{date} is a working day that makes up for a holiday: {name}",
    "hours": "{name}, {day} {begin} to {end}",
    "line_flow": "flow {flow} always answers line {line}",
    "no_hours": "no hours cover {day} {time}",
    # dialplan: may this caller come in
    "whitelisted": "{number} is on the whitelist",
    "blacklisted": "{number} is on the blacklist",
    "anonymous": "calls without a number are refused",
    "too_often": "{number} called {calls} times within {seconds:.0f} s, {most} may be",
    "not_on_whitelist": "only numbers on the whitelist are let in",
    "let_in": "nothing speaks against this caller",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `id` of SENTENCES and the arguments of its sentence."""

    id: str
    args: tuple[tuple[str, Value], ...] = ()

    def words(self) -> str:
        """In English."""
        return SENTENCES[self.id].format(**dict(self.args))

    def data(self) -> dict[str, Value]:
        """As the event log keeps it."""
        return {"id": self.id, **dict(self.args)}


def reason(name: str, /, **args: Value) -> Reason:
    """A reason of SENTENCES; KeyError if there is none of that name, or if an argument is missing."""
    SENTENCES[name].format(**args)
    return Reason(name, tuple(sorted(args.items())))


def words(reasons: Iterable[Reason]) -> str:
    """All of them in one sentence."""
    return "; ".join(one.words() for one in reasons)


def data(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """All of them as the event log keeps them."""
    return [one.data() for one in reasons]
