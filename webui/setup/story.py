"""The setup's history in words: who changed what from what to what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from firmware.setup.difference import is_order
from firmware.setup.history import Entry
from firmware.setup.secrets import HIDDEN, is_secret
from firmware.setup.store import Setup, SetupError
from webui.setup.names import WORDS
from webui.setup.shapes import shape_of, tags
from webui.setup.words import CHOICES, FIELDS
from webui.translate import _


@dataclass(frozen=True, slots=True)
class Told:
    """One value that changed: where, and before and after in words; empty if there was none."""

    where: str
    before: str
    after: str


def told(setup: Setup, entry: Entry) -> list[Told]:
    """What this change did, for people. A section that is gone is told by its paths."""
    try:
        model: type[BaseModel] | None = setup.model_of(entry.section)
    except SetupError:
        model = None
    paths = [path for path in dict.fromkeys([*entry.before, *entry.after]) if not is_order(path)]
    if not paths:
        return [Told(_("Order"), "", "")]
    return [_one(model, path, entry) for path in sorted(paths)]


def touches(entry: Entry, start: str) -> bool:
    """Whether the change was at or below this path."""
    return any(path == start or path.startswith(f"{start}/") for path in (*entry.before, *entry.after))


def _one(model: type[BaseModel] | None, path: str, entry: Entry) -> Told:
    where, key, secret, inner = _where(model, path)
    sides = []
    for values in (entry.before, entry.after):
        sides.append(
            _("(secret)") if secret and values.get(path) else _shown(values[path], key, inner) if path in values else ""
        )
    return Told(where, sides[0], sides[1])


def _where(model: type[BaseModel] | None, path: str) -> tuple[str, str, bool, type[BaseModel] | None]:
    """The path in the words of the page; the last field's key in the tables of words; whether it is a secret; the model
    of what stands there."""
    labels, here, key, secret, in_rows = [], model, "", False, False
    for name in path.split("/"):
        name = name.replace("~1", "/").replace("~0", "~")
        if in_rows or here is None or name not in here.model_fields:
            labels.append(name)
            in_rows = False
            continue
        key, secret = f"{here.__name__}.{name}", is_secret(here, name)
        labels.append(str(FIELDS.get(key, (name, ""))[0]))
        found = shape_of(here, name)
        in_rows = found.kind in ("rows", "keyed", "each", "week")
        here = found.models[0] if len(found.models) == 1 else None
    return " › ".join(labels), key, secret, here


def _shown(value: Any, key: str, model: type[BaseModel] | None = None) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return _(", ").join(_shown(one, key) for one in value) or "–"
    if isinstance(value, dict):
        return _("; ").join(_fields(value, model)) or "–"
    if key in WORDS:
        return WORDS[key](str(value))
    return str(CHOICES.get(f"{key}.{value}", value))


def _fields(values: dict[str, Any], model: type[BaseModel] | None) -> Iterator[str]:
    """Each field that is not as it always is, in the words of the form; rows by their own names."""
    for name, value in values.items():
        if value in (None, "", [], {}, HIDDEN):
            continue
        if model is None or name not in model.model_fields:
            yield _("%(field)s: %(value)s", field=name, value=_shown(value, "", model))
        elif value != model.model_fields[name].get_default(call_default_factory=True):
            key, found = f"{model.__name__}.{name}", shape_of(model, name)
            label = str(FIELDS.get(key, (name, ""))[0])
            below = found.models[0] if len(found.models) == 1 else None
            yield _("%(field)s: %(value)s", field=label, value=_shown(value, key, below))


def inner_models(model: type[BaseModel], *fields: str) -> set[type[BaseModel]]:
    """The model and every model that its forms show; with `fields`, only those below these."""
    found = set() if fields else {model}
    for name in fields or model.model_fields:
        for below in shape_of(model, name).models:
            if below not in found:
                found |= inner_models(below)
    return found


def choices_of(model: type[BaseModel]) -> list[str]:
    """The keys of every choice that a form of this model offers, in the table of words."""
    keys = []
    for name in model.model_fields:
        found = shape_of(model, name)
        chosen = found.item or found
        values = chosen.choices if chosen.kind in ("choice", "multi") else ()
        keys += [f"{model.__name__}.{name}.{value}" for value in values]
        for variant in found.models if found.tag else ():
            keys += [f"{variant.__name__}.{found.tag}.{tag}" for tag in tags(variant, found.tag)]
    return keys
