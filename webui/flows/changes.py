"""What is different between two documents of a flow, in sentences by node."""

import json
from typing import Any

from webui.flows.catalogue import exit_word, label, node_models
from webui.flows.words import FIELDS, KINDS
from webui.translate import _

SHOWN = 60  # characters of a value


def told(changes: list[dict[str, Any]], after: Any) -> list[dict[str, Any]]:
    """Each with its `node` (None: the flow itself), its `mark` (added, removed, changed) and its `text`. `changes` as
    flow.compare gives them; `after` is the document that came of them."""
    nodes = after.get("nodes") if isinstance(after, dict) else None
    return [_one(one, nodes if isinstance(nodes, dict) else {}) for one in changes]


def _one(change: dict[str, Any], nodes: dict[str, Any]) -> dict[str, Any]:
    parts = str(change["path"]).split("/")
    node = change["node"]
    if node is None:
        text = _flow(parts, change)
    elif len(parts) == 2:
        text = _node(node, change)
    elif parts[2] == "exits":
        text = _exit(node, parts[3:], change)
    else:
        text = _field(node, parts[2:], change, nodes.get(node))
    mark = change["what"] if node is not None and len(parts) == 2 else "changed"
    return {"node": node, "mark": mark, "text": text}


def _node(node: str, change: dict[str, Any]) -> str:
    content = change["after"] if change["what"] == "added" else change["before"]
    kind = content.get("kind", "") if isinstance(content, dict) else ""
    word = str(KINDS[kind].word) if kind in KINDS else str(kind)
    if change["what"] == "added":
        return _("“%(node)s” (%(kind)s) is new.", node=node, kind=word)
    return _("“%(node)s” (%(kind)s) is gone.", node=node, kind=word)


def _exit(node: str, below: list[str], change: dict[str, Any]) -> str:
    if not below:
        return _("“%(node)s”: its exits are others.", node=node)
    word = exit_word(below[0])
    if change["after"] is None:
        return _("“%(node)s”: the exit %(exit)s leads nowhere now.", node=node, exit=word)
    return _("“%(node)s”: the exit %(exit)s leads to “%(target)s” now.",
             node=node, exit=word, target=change["after"])  # fmt: skip


def _field(node: str, below: list[str], change: dict[str, Any], content: Any) -> str:
    kind = content.get("kind") if isinstance(content, dict) else None
    model = node_models().get(str(kind))
    word = below[0]
    if model is not None and f"{model.__name__}.{word}" in FIELDS:
        word = label(model, word)[0]
    elif word == "label":
        word = _("Words on the node")
    return _("“%(node)s”: %(field)s was %(before)s, is %(after)s.", node=node, field=word, **_sides(change))


def _flow(parts: list[str], change: dict[str, Any]) -> str:
    own = {"title": _("Title"), "start": _("Where it begins")}
    known = FIELDS.get(f"Document.{parts[0]}")
    word = own.get(parts[0]) or (str(known[0]) if known else parts[0])
    return _("%(field)s was %(before)s, is %(after)s.", field=word, **_sides(change))


def _sides(change: dict[str, Any]) -> dict[str, str]:
    return {side: _shown(change[side]) for side in ("before", "after")}


def _shown(value: Any) -> str:
    """A value for people, not longer than fits."""
    if value is None:
        return _("not set")
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        text = " ".join(_part(one) for one in value) or _("nothing")
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return f"“{text if len(text) <= SHOWN else text[:SHOWN] + '…'}”"


def _part(one: dict[str, Any]) -> str:
    text = one.get("text")
    said = " / ".join(str(each) for each in text.values()) if isinstance(text, dict) else text
    return str(said or one.get("name") or one.get("value") or json.dumps(one, ensure_ascii=False))
