"""What the editor in the browser knows of nodes: made from the models of firmware/ivr/nodes.py, in the page's words."""

from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from firmware.ivr.document import Document
from firmware.ivr.nodes import AnyNode, NamedPrompt, Node
from firmware.ivr.values import FACTS
from webui.flows.words import CHOICES, EXITS, FIELDS, GROUPS, KINDS, PARTS
from webui.setup.shapes import Shape, shape, tags
from webui.translate import _, language

# Fields that name something the box has; the browser gets the names with the flow.
NAMED: dict[str, str] = {
    "ToQueueNode.queue": "queues", "Callback.queue": "queues", "ToQueue.queue": "queues",
    "Hours.schedule": "schedules", "SubFlow.flow": "flows", "GoTo.flow": "flows",
    "ToVoicemailNode.box": "boxes", "ToVoicemail.box": "boxes", "ToStation.station": "stations",
    "Transfer.address": "addresses", "Lookup.query": "queries",
}  # fmt: skip
VARIABLES = frozenset({"Menu.into", "Digits.into", "Record.into", "Http.status_into", "Fax.into"})
LONG = frozenset({"Sms.text", "ToText.text"})
OF_ALL = frozenset({"kind", "label", "at", "exits"})
OF_FLOW = ("excuse", "fallback", "limits", "variables")


@cache
def node_models() -> dict[str, type[Node]]:
    """Every kind of node."""
    return {tags(model, "kind")[0]: model for model in get_args(get_args(AnyNode)[0])}


def catalogue(queries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Kinds with their exits and fields, the flow's own fields, and the words of exits and of parts of prompts.
    `queries`: what flows may look up, as the box tells it."""
    chosen: Literal["zh", "en"] = "zh" if language() == "zh" else "en"
    return {
        "groups": [[name, str(word)] for name, word in GROUPS.items()],
        "kinds": {kind: _kind(kind, model) for kind, model in node_models().items()},
        "flow": [_field(Document, name, Document.model_fields[name]) for name in OF_FLOW],
        "exits": {name: str(word) for name, word in EXITS.items()},
        "parts": [[name, str(word)] for name, word in PARTS.items()],
        "languages": [["zh", str(CHOICES["language.zh"])], ["en", str(CHOICES["language.en"])]],
        "currencies": ["CNY", "USD", "GBP", "EUR"],
        "facts": list(FACTS),
        "queries": {
            name: {"word": one["words"][chosen], "arguments": one["arguments"], "fields": one["fields"]}
            for name, one in queries.items()
        },
    }


def label(model: type[BaseModel], name: str) -> tuple[str, str]:
    """Label and help of a field."""
    word, help_ = FIELDS[f"{model.__name__}.{name}"]
    return str(word), str(help_)


def field_word(kind: str | None, path: str) -> str:
    """The label of a field of this kind of node, or of the flow; "" if it has none. `path`: prompt.0.text.en."""
    model = Document if kind is None else node_models().get(kind)
    known = FIELDS.get(f"{model.__name__}.{path.partition('.')[0]}") if model is not None else None
    return str(known[0]) if known else ""


def _kind(kind: str, model: type[Node]) -> dict[str, Any]:
    words = KINDS[kind]
    return {
        "word": str(words.word), "sentence": str(words.sentence), "group": words.group,
        "needs": model.needs, "may": model.may, "instead": model.instead, "ends": model.ends,
        "fields": [_field(model, name, one) for name, one in model.model_fields.items() if name not in OF_ALL],
    }  # fmt: skip


def _fields(model: type[BaseModel]) -> list[dict[str, Any]]:
    return [_field(model, name, one) for name, one in model.model_fields.items()]


def _field(model: type[BaseModel], field: str, info: FieldInfo) -> dict[str, Any]:
    name = info.alias or field
    key = f"{model.__name__}.{name}"
    found = shape(info)
    word, help_ = label(model, name)
    made: dict[str, Any] = {"name": name, "kind": found.kind, "label": word, "help": help_, "optional": found.optional}
    if not info.is_required():
        made["default"] = to_jsonable_python(info.get_default(call_default_factory=True))
    bounds = {"min": found.minimum, "max": found.maximum, "longest": found.longest}
    made |= {bound: value for bound, value in bounds.items() if value is not None}
    if NamedPrompt in found.models:
        made["kind"] = "prompt"
    elif key in NAMED:
        made |= {"kind": "name", "of": NAMED[key]}
    elif key in VARIABLES:
        made["kind"] = "variable"
    elif key in LONG:
        made["kind"] = "long"
    else:
        made |= _inside(key, found, info)
    return made


def _inside(key: str, found: Shape, info: FieldInfo) -> dict[str, Any]:
    """What only some kinds of controls have."""
    match found.kind:
        case "choice":
            return {"choices": [[str(one), _choice(key, str(one))] for one in found.choices], "step": found.step}
        case "number":
            return {"step": found.step}
        case "pairs":
            return {"values": _values(info)}
        case "group":
            return {"fields": _fields(found.models[0])}
        case "rows" | "keyed" | "union" if found.tag:
            made = {"tag": found.tag, "variants": [_variant(model, found.tag) for model in found.models]}
            return made | ({"key": label_of_key(key)} if found.kind == "keyed" else {})
        case "rows":
            return {"fields": _fields(found.models[0])}
    return {}


def label_of_key(key: str) -> str:
    """What stands before the name of a row that has one."""
    return str(FIELDS[f"{key}.@"][0])


def _variant(model: type[BaseModel], tag: str) -> dict[str, Any]:
    return {
        "tags": [[one, _choice(f"{model.__name__}.{tag}", one)] for one in tags(model, tag)],
        "fields": [_field(model, name, one) for name, one in model.model_fields.items() if name != tag],
    }


def _values(info: FieldInfo) -> list[list[str]]:
    """The values that pairs may have, if they are few."""
    annotation = info.annotation
    if get_origin(annotation) is UnionType:
        annotation = get_args(annotation)[0]
    value = get_args(annotation)[1] if get_origin(annotation) is dict else None
    found = get_args(value) if get_origin(value) is Literal else ()
    return [[str(one), _choice("language", str(one))] for one in found]


def _choice(key: str, value: str) -> str:
    word = CHOICES.get(f"{key}.{value}") or (CHOICES.get(f"language.{value}") if "language" in key else None)
    return str(word) if word is not None else value


def exit_word(name: str) -> str:
    """An exit as people say it."""
    if len(name) == 1 and name in "0123456789*#":
        return _("key %(key)s", key=name)
    return str(EXITS.get(name, name))
