"""Why the box decided as it did, in the page's language: the reasons that firmware/reasons.py names by id."""

from collections.abc import Iterable, Mapping
from typing import Any

from webui.translate import _, _l
from webui.words import clock

_SECONDS = ("seconds", "waited", "most")

_SENTENCES: dict[str, Any] = {
    # which agent
    "longest_idle": _l("free for %(seconds)s, the longest of %(free)s"),
    "fewest_calls": _l("%(calls)s calls so far, the fewest of %(free)s"),
    "least_talk": _l("talked for %(seconds)s so far, the least of %(free)s"),
    "round_robin": _l("next in turn after %(after)s"),
    "round_robin_first": _l("first in turn"),
    "ring_all": _l("all who are free are rung: %(free)s"),
    "linear": _l("the first of %(free)s in the queue’s order"),
    "random": _l("drawn by lot from %(free)s"),
    "weighted": _l("furthest below a share of %(weight)s, with %(calls)s calls"),
    "skilled": _l("%(skill)s at level %(level)s, the highest of %(free)s"),
    "last_agent": _l("spoke with this caller last time"),
    "waits_for_last_agent": _l("waits up to %(seconds)s for %(station)s, who spoke with this caller last time"),
    "tier": _l("nobody of tier %(below)s or before can take it"),
    "did_not_answer": _l("%(stations)s did not answer"),
    "skill_relaxed": _l("after %(waited)s, %(skill)s at level %(level)s is enough"),
    # why the caller leaves the queue
    "waited": _l("waited %(seconds)s, more than %(most)s"),
    "queue_full": _l("%(length)s callers wait, %(most)s may"),
    "expected_too_long": _l("would wait about %(seconds)s, more than %(most)s"),
    "queue_closed": _l("the queue is closed: %(hours)s"),
    "no_agents": _l("nobody is there to answer"),
    "all_busy": _l("all %(present)s who are there are busy"),
    "pressed": _l("the caller pressed %(key)s"),
    "been_there": _l("has already waited in the queue “%(queue)s”"),
    "target_missing": _l("%(target)s is not possible on this box"),
}

_COUNTED = frozenset({"queue_full"})  # its `most` is callers, not seconds


def reason(found: Mapping[str, Any] | str) -> str:
    """One reason. One that has no sentence here yet is shown by its id and arguments: nothing is hidden."""
    if isinstance(found, str):
        return found
    name = str(found.get("id", ""))
    args = {key: value for key, value in found.items() if key != "id"}
    if name not in _SENTENCES:
        return " ".join([name, *(f"{key} {value}" for key, value in args.items())])
    if name not in _COUNTED:
        args |= {key: clock(float(args[key])) for key in _SECONDS if key in args}
    return str(_SENTENCES[name]) % args


def reasons(found: Iterable[Mapping[str, Any] | str]) -> str:
    """All of them, one after the other."""
    return _("; ").join(reason(one) for one in found)


KNOWN = frozenset(_SENTENCES)
