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
    "asked_before": _l("was offered a callback before"),
    "been_there": _l("has already waited in the queue “%(queue)s”"),
    "target_missing": _l("%(target)s is not possible on this box"),
    # may this number be dialled
    "emergency": _l("%(number)s is an emergency number: always allowed"),
    "inside": _l("%(number)s is inside"),
    "not_dialable": _l("%(number)s cannot be dialled"),
    "class_allows": _l("%(station)s may dial numbers of this kind: %(kind)s"),
    "class_forbids": _l("%(station)s may not dial numbers of this kind: %(kind)s"),
    "kind_off": _l("numbers of this kind are off on this box: %(kind)s"),
    "night_budget": _l("%(used)s of %(most)s minutes of this night are used"),
    "night_budget_spent": _l("the %(most)s minutes of this night are used up"),
    "outside_to_outside": _l("a caller from outside may not be put through to the outside"),
    "too_many_at_once": _l("%(now)s calls of this kind are under way, %(most)s may be"),
    "number_allowed": _l("%(number)s is on the list of allowed numbers"),
    "number_barred": _l("%(number)s is on the list of barred numbers"),
}

_NO_NUMBER = _l("the box knows no such number; for those of its own town it needs the area code (Setup, Calls out)")

KINDS = {
    "inside": _l("inside numbers"),
    "special": _l("short numbers of services"),
    "toll_free": _l("free numbers"),
    "local": _l("local"),
    "national": _l("long distance"),
    "mobile": _l("mobile"),
    "premium": _l("dear special numbers"),
    "international": _l("international"),
    "unknown": _l("unknown"),
}

# Their `most` is callers, calls or minutes, not seconds.
_COUNTED = frozenset({"queue_full", "night_budget", "night_budget_spent", "too_many_at_once"})


def reason(found: Mapping[str, Any] | str) -> str:
    """One reason. One that has no sentence here yet is shown by its id and arguments: nothing is hidden."""
    if isinstance(found, str):
        return found
    name = str(found.get("id", ""))
    args = {key: value for key, value in found.items() if key != "id"}
    if name == "class_forbids" and args.get("kind") == "unknown":
        return str(_NO_NUMBER)
    if name not in _SENTENCES:
        return " ".join([name, *(f"{key} {value}" for key, value in args.items())])
    if name not in _COUNTED:
        args |= {key: clock(float(args[key])) for key in _SECONDS if key in args}
    args |= {key: round(args[key]) for key in ("used", "most") if isinstance(args.get(key), float)}
    if "kind" in args:
        args["kind"] = KINDS.get(str(args["kind"]), args["kind"])
    return str(_SENTENCES[name]) % args


def reasons(found: Iterable[Mapping[str, Any] | str]) -> str:
    """All of them, one after the other."""
    return _("; ").join(reason(one) for one in found)


KNOWN = frozenset(_SENTENCES)
