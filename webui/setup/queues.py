"""Setup: queues, and callers who come first."""

from typing import Any

from flask import current_app

from firmware.acd.model import Queue, Queues
from webui.setup.registry import ListPage, Now, Page
from webui.setup.sources import titled
from webui.setup.words import CHOICES
from webui.translate import _, _l, ngettext


def label(queue: Queue) -> str:
    """As people call it."""
    return titled(queue.label, queue.id)


def _waiting() -> dict[str, int]:
    snapshot: Any = current_app.extensions["callbox"].hub.snapshot
    found: dict[str, int] = {}
    for call in snapshot.calls if snapshot else ():
        if call.stage == "queue" and call.queue:
            found[call.queue] = found.get(call.queue, 0) + 1
    return found


def _state(section: Queues) -> str:
    waiting = sum(_waiting().values())
    words = ngettext("%(num)s queue", "%(num)s queues", len(section.queues))
    return f"{words} · {_wait(waiting)}"


def _wait(count: int) -> str:
    return ngettext("%(num)s caller waits", "%(num)s callers wait", count) if count else _("nobody waits")


def _now(section: Queues) -> list[Now]:
    """Who waits in each."""
    waiting = _waiting()
    return [
        Now("ringing" if waiting.get(one.id) else "idle", label(one), _wait(waiting.get(one.id, 0)))
        for one in section.queues
    ]


def _members(queue: Queue) -> str:
    if not queue.members:
        return _("every station")
    people = current_app.extensions["callbox"].people()
    names = []
    for one in queue.members:
        found = people.by_number(one.agent) if one.agent else None
        names.append(found.name if found is not None else one.number)
    return _(", ").join(names[:6]) + ("…" if len(names) > 6 else "")


QUEUES = ListPage(
    name="queues",
    title=_l("Queues"),
    sentence=_l(
        "Where callers wait for an agent: who serves them, in which order, and what happens when it takes long."
    ),
    section=Queues,
    group="in",
    state=_state,
    now=_now,
    field="queues",
    item=Queue,
    fields=(
        "id",
        "label",
        "members",
        "strategy",
        "ring_s",
        "wrap_up_s",
        "schedule",
        "announce",
        "overflow",
        "keys",
        "entry_prompt",
        "announce_agent",
        "whisper",
        "last_agent_wait_s",
        "rest_s",
        "weight",
        "vip_credit_s",
        "handling_s",
        "needs",
        "callback",
        "door",
        "open",
    ),
    columns=(
        (_l("Queue"), label),
        (_l("Members"), _members),
        (_l("Who is rung"), lambda one: CHOICES[f"Queue.strategy.{one.strategy}"]),
        (_l("Open by these hours"), lambda one: one.schedule or _("always open")),
    ),
    empty=_l("No queue yet. Add one, and lead a menu’s key into it."),
    new=_l("Add a queue"),
)

FIRST = Page(
    name="first",
    title=_l("Callers who come first"),
    sentence=_l("Good customers by their number: they wait less than others, but nobody is overtaken for ever."),
    section=Queues,
    group="in",
    state=lambda section: (
        ngettext("%(num)s number", "%(num)s numbers", len(section.vip)) if section.vip else _("nobody")
    ),
    fields=("vip",),
)
