"""What people call the things that a flow names."""

from typing import Any

from firmware.acd.model import Queues
from firmware.people import People
from webui.flows.words import CHOICES
from webui.translate import _, language


def in_order(names: dict[str, Any], box: Any) -> dict[str, Any]:
    """The names with the queues in the order in which they are set up."""
    order = list(box.setup.load(Queues).by_name())
    return names | {"queues": sorted(names["queues"], key=lambda one: order.index(one) if one in order else len(order))}


def labels(names: dict[str, Any], box: Any) -> dict[str, dict[str, str]]:
    """By kind of thing: name → what people read."""
    people = {one.number: one.name for one in box.setup.load(People).people}
    snapshot = box.hub.snapshot
    at = {one.station: one.name or one.agent for one in (snapshot.agents if snapshot else ())}
    found: dict[str, dict[str, str]] = {}
    for kind in ("stations", "boxes", "rooms"):
        known = ((name, at.get(name) or people.get(name) or "") for name in names[kind])
        found[kind] = {name: f"{name} {who}".strip() for name, who in known}
    found["boxes"]["general"] = _("general mailbox")
    chosen: Any = "zh" if language() == "zh" else "en"
    queues = {queue.id: queue.label.get(chosen) for queue in box.setup.load(Queues).queues}
    found["queues"] = {name: queues.get(name) or name for name in names["queues"]}
    found["flows"] = {
        name: f"{one['title'].get(chosen) or next(iter(one['title'].values()), '') or name} ({name})"
        for name, one in names["flows"].items()
    }
    found["languages"] = {name: str(CHOICES[f"language.{name}"]) for name in ("zh", "en")}
    return found
