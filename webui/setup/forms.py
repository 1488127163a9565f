"""A form from a model: controls to show, and what was typed back as the model's values.

Names of controls are paths with dots: `skills`, `rules.0.prefix`. Values are as they would stand in JSON; what was
typed and does not fit stays as it was typed, so that a form with faults looks as it was sent.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from webui.setup import week
from webui.setup.codecs import CODECS
from webui.setup.control import Control, Sources, Values
from webui.setup.shapes import Shape, shape_of, tags
from webui.setup.words import CHOICES, FIELDS, UNSET
from webui.translate import _

Typed = Mapping[str, Any]  # werkzeug's MultiDict

HERE = "#"  # tells that a row is there, also if nothing of it was typed
KEY = "@"  # the control with the name of a row that has one


# -- out ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Builder:
    """Makes the controls of a model. `errors` by path; `hidden` and `fixed` names of the top model's fields."""

    errors: dict[str, str]
    sources: Sources
    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()

    def controls(self, model: type[BaseModel], values: Values, at: str = "", where: str = "") -> list[Control]:
        """`at`: prefix of names; `where`: prefix of the errors' paths, which also name a union's variant."""
        names = list(model.model_fields)
        if not at:
            names = [name for name in self.order or names if name not in self.hidden]
        return [self._control(model, name, values.get(name), f"{at}{name}", f"{where}{name}") for name in names]

    def _control(self, model: type[BaseModel], name: str, value: Any, path: str, where: str) -> Control:
        found = shape_of(model, name)
        label, help_ = FIELDS.get(f"{model.__name__}.{name}", (name, ""))
        made = Control(path, found.kind, str(label), str(help_), value, shape=found, fixed=path in self.fixed)
        self._fill(made, model, name, found, value, where)
        whole = found.kind in ("group", "union", "rows", "keyed", "each", "week")
        made.error = self.errors.get(where, "") if whole else self._first(where, found)
        made.usual = _usual(made, model.model_fields[name])
        return made

    def _first(self, where: str, found: Shape) -> str:
        """What is wrong with a field; of many lines, with which."""
        below = f"{where}."
        for path, text in self.errors.items():
            if path == where:
                return _in_units(found, text)
            if path.startswith(below):
                part = path[len(below) :]
                if found.kind == "lines" and part.isdecimal():
                    return _("Line %(number)s: %(fault)s", number=int(part) + 1, fault=text)
                if found.kind in ("coded", "pairs"):
                    return _("“%(what)s”: %(fault)s", what=part, fault=text)
                return text
        return ""

    def _fill(self, made: Control, model: type[BaseModel], name: str, found: Shape, value: Any, where: str) -> None:
        key = f"{model.__name__}.{name}"
        match found.kind:
            case "choice" | "multi":
                made.choices = self._choices(key, found, value)
                made.value = value if found.kind == "choice" else [str(one) for one in value or ()]
            case "lines":
                made.value = "\n".join(str(one) for one in value or ())
            case "pairs":
                made.value = "\n".join(_line(name, one) for name, one in (value or {}).items())
            case "secret":
                made.value = bool(value)
            case "number":
                made.value = _in_unit(value, found.look.times)
            case "coded":
                made.value = CODECS[found.look.codec].show(value)
            case "week":
                week.fill(made, value or {}, self.sources("entries"), self.errors, where)
            case "each":
                self._fill_each(made, key, found, value or {}, where)
            case "group":
                if value is not None:
                    made.fields = self.controls(found.models[0], value, f"{made.name}.", f"{where}.")
            case "union":
                if value is not None:
                    made.fields = self._variant(found, value, made.name, where)
            case "rows":
                made.rows = [self._row(made, found, row, index, where) for index, row in enumerate(value or ())]
            case "keyed":
                label, help_ = FIELDS.get(f"{key}.{KEY}", (_("Name"), ""))
                for index, (chosen, row) in enumerate((value or {}).items()):
                    one = self._row(made, found, row, index, where, chosen)
                    at = f"{one.name}.{KEY}"
                    one.fields.insert(0, Control(at, "text", str(label), str(help_), chosen, one.error))
                    one.error = ""
                    made.rows.append(one)

    def _fill_each(self, made: Control, key: str, found: Shape, value: Values, where: str) -> None:
        """One row for each of the keys that there are, and of those that have a value all the same."""
        item = found.item
        assert item is not None
        words = dict(self.sources(found.keys))
        for name in (*words, *(one for one in value if one not in words)):
            path = f"{where}.{name}"
            row = Control(f"{made.name}.{name}", item.kind, words.get(name, name), "", value.get(name), shape=item)
            row.quiet = item.kind == "group"
            if item.kind == "group":
                row.fields = self.controls(item.models[0], value.get(name) or {}, f"{row.name}.", f"{path}.")
                for one in row.fields:
                    one.help, one.usual = "", ""
            else:
                row.error = self._first(path, item)
                if item.kind == "coded":
                    row.value = CODECS[item.look.codec].show(row.value)
                else:
                    row.choices = self._choices(key, item, row.value)
                if item.kind == "choice":
                    row.choices = [("", str(UNSET.get(key, _("not chosen")))), *row.choices]
                elif item.kind == "multi":
                    row.value = [str(one) for one in row.value or ()]
            made.rows.append(row)

    def _row(
        self, rows: Control, found: Shape, value: Values, index: int, where: str, key: str | None = None
    ) -> Control:
        name, path = f"{rows.name}.{index}", f"{where}.{index if key is None else key}"
        made = Control(name, "group", "", "", value, self.errors.get(path, ""), shape=found)
        if found.tag:
            made.fields = self._variant(found, value, name, path)
        else:
            made.fields = self.controls(found.models[0], value, f"{name}.", f"{path}.")
        return made

    def _variant(self, found: Shape, value: Values, name: str, where: str) -> list[Control]:
        """The control that chooses the variant, then the variant's own."""
        variant = found.variant(value.get(found.tag))
        chosen = tags(variant, found.tag)[0]
        fields = self.controls(variant, value, f"{name}.", f"{where}.{chosen}.")
        for one in fields:
            if one.name == f"{name}.{found.tag}":
                one.choices = [
                    (str(tag), str(CHOICES.get(f"{model.__name__}.{found.tag}.{tag}", tag)))
                    for model in found.models
                    for tag in tags(model, found.tag)
                ]
                one.value = chosen
                one.shape = found
        return fields

    def _choices(self, key: str, found: Shape, value: Any) -> list[tuple[str, str]]:
        """What may be chosen. What is chosen and no longer there stays, and says so."""
        if found.source:
            choices = self.sources(found.source)
            known = {name for name, _word in choices}
            chosen = value if found.kind == "multi" else [value]
            gone = [str(one) for one in chosen or () if one not in (None, "") and str(one) not in known]
            choices = [*choices, *((one, _("%(name)s (not there)", name=one)) for one in gone)]
        else:
            choices = [
                (str(one), str(CHOICES.get(f"{key}.{one}", one)))
                for one in found.choices
                if one not in found.look.omits
            ]
        if found.kind == "choice" and found.optional:
            choices = [("", str(UNSET.get(key, _("not chosen")))), *choices]
        return choices


def values_of(model: BaseModel) -> Values:
    """As the form shows them: a week's rows from Monday on."""
    values: Values = model.model_dump(mode="json")
    for name in type(model).model_fields:
        if shape_of(type(model), name).kind == "week":
            values[name] = week.ordered(values[name])
    return values


def stamp(there: BaseModel | None) -> str:
    """Of what is there, so that nobody overwrites what somebody else changed meanwhile; none of a new one."""
    return "" if there is None else hashlib.sha256(there.model_dump_json().encode()).hexdigest()[:16]


def blank(model: type[BaseModel]) -> Values:
    """What a new one begins with: the defaults, nothing where there are none."""
    values: Values = {}
    for name, info in model.model_fields.items():
        found = shape_of(model, name)
        if not info.is_required():
            values[name] = to_jsonable_python(info.get_default(call_default_factory=True))
        elif found.kind == "union":
            values[name] = blank(found.models[0]) | {found.tag: tags(found.models[0], found.tag)[0]}
        elif found.kind == "group":
            values[name] = blank(found.models[0])
        else:
            values[name] = found.choices[0] if found.kind == "choice" and found.choices else None
    return values


# -- in -------------------------------------------------------------------------------------------------------


def typed(model: type[BaseModel], form: Any, at: str = "", skip: frozenset[str] = frozenset()) -> Values:
    """The model's values as they were typed; a secret that was left empty is not among them."""
    values: Values = {}
    for name in model.model_fields:
        if not at and name in skip:
            continue
        found = shape_of(model, name)
        value = _typed(found, form, f"{at}{name}")
        if found.kind != "secret" or value:
            values[name] = value
    return values


def _typed(found: Shape, form: Any, name: str) -> Any:
    text = str(form.get(name, "")).strip()
    match found.kind:
        case "switch":
            return name in form
        case "multi":
            return [one for one in form.getlist(name) if one] or (None if found.optional else [])
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "coded":
            return CODECS[found.look.codec].read(text)
        case "week":
            return week.read(form, name)
        case "each":
            return _typed_each(found, form, name)
        case "number" if found.look.times != 1 and text:
            return _in_base(text, found.look.times)
        case "pairs":
            return dict(_pair(line, found.many) for line in text.splitlines() if line.strip())
        case "keyed":
            return _typed_by_name(found, form, name)
        case "group":
            there = not found.optional or f"{name}.{HERE}" in form
            return typed(found.models[0], form, f"{name}.") if there else None
        case "union":
            return _typed_variant(found, form, name) if f"{name}.{found.tag}" in form else None
        case "rows":
            return [_typed_row(found, form, f"{name}.{index}") for index in _indexes(form, name)]
        case "choice" if found.choices:
            return next((one for one in found.choices if str(one) == text), text or None)
    return None if found.optional and not text else text


def _typed_each(found: Shape, form: Any, name: str) -> Values:
    """What was chosen, without what was left open."""
    item, values = found.item, {}
    assert item is not None
    start = f"{name}."
    for key in dict.fromkeys(key[len(start) :].partition(".")[0] for key in form if key.startswith(start)):
        value = _typed(item, form, f"{start}{key}")
        empty = isinstance(value, dict) and not any(value.values())
        if value not in (None, "", []) and not empty:
            values[key] = value
    return values


def _typed_row(found: Shape, form: Any, name: str) -> Values:
    return _typed_variant(found, form, name) if found.tag else typed(found.models[0], form, f"{name}.")


def _typed_variant(found: Shape, form: Any, name: str) -> Values:
    return typed(found.variant(form.get(f"{name}.{found.tag}")), form, f"{name}.")


def _indexes(form: Any, name: str) -> list[int]:
    start = f"{name}."
    found = {key[len(start) :].partition(".")[0] for key in form if key.startswith(start)}
    return sorted(int(one) for one in found if one.isascii() and one.isdecimal() and len(one) <= 4)


def _typed_by_name(found: Shape, form: Any, name: str) -> Values:
    """Two rows of one name: the second gets one that is refused, so that nothing is lost without a word."""
    rows: Values = {}
    for index in _indexes(form, name):
        key = str(form.get(f"{name}.{index}.{KEY}", "")).strip()
        rows[key if key not in rows else f"{key} ({index + 1})"] = _typed_row(found, form, f"{name}.{index}")
    return rows


def _line(name: str, value: Any) -> str:
    return f"{name}: {', '.join(str(one) for one in value)}" if isinstance(value, list) else f"{name} {value}".strip()


def _pair(line: str, many: bool) -> tuple[str, Any]:
    """“english 7”, “english=7”, “english: 7”; a value may be missing. `many`: “801: listen, barge”."""
    if many:
        name, _colon, rest = line.replace("=", ":").replace("：", ":").replace("，", ",").partition(":")
        return name.strip(), [one.strip() for one in rest.split(",") if one.strip()]
    words = line.replace("=", " ").replace(":", " ").replace("：", " ").split()
    return (words[0], "") if len(words) == 1 else (" ".join(words[:-1]), words[-1])


def _in_unit(value: Any, times: float) -> Any:
    """A number as it is shown; what is none as it was typed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    shown = value / times
    return int(shown) if shown == int(shown) else round(shown, 3)


def _in_base(text: str, times: float) -> Any:
    try:
        return float(text) * times
    except ValueError:
        return text


def _in_units(found: Shape, text: str) -> str:
    """A fault that names a bound names it in the unit that is shown."""
    for bound in (found.minimum, found.maximum) if found.look.times != 1 else ():
        if bound is not None:
            text = re.sub(rf"\b{bound:g}(\.0)?\b", f"{bound / found.look.times:g}", text)
    return text


def _usual(control: Control, info: FieldInfo) -> str:
    """What stands there if nobody changes it; empty where that is what stands there, or says nothing."""
    if info.is_required() or control.kind not in ("number", "choice", "switch", "time"):
        return ""
    usual = to_jsonable_python(info.get_default(call_default_factory=True))
    if control.kind == "switch":
        return "" if bool(control.value) == usual else _("on") if usual else _("off")
    if control.kind == "number":
        usual = _in_unit(usual, control.shape.look.times)
    if usual in (None, "") or str(usual) == str(control.value):
        return ""
    return dict(control.choices).get(str(usual), str(usual)) if control.kind == "choice" else str(usual)


def keep_secrets(model: type[BaseModel], values: Values, before: Values | None) -> Values:
    """`values` with the secrets of `before` where none was typed, also in rows: by their id, else by their place."""
    for name in model.model_fields:
        found = shape_of(model, name)
        old = (before or {}).get(name)
        if found.kind == "secret":
            values.setdefault(name, old)
        elif found.kind == "group" and values.get(name) is not None:
            keep_secrets(found.models[0], values[name], old)
        elif found.kind == "keyed" and not found.tag:
            for key, row in (values.get(name) or {}).items():
                keep_secrets(found.models[0], row, (old or {}).get(key))
        elif found.kind == "rows" and not found.tag:
            known = {row.get("id", index): row for index, row in enumerate(old or ())}
            for index, row in enumerate(values.get(name) or ()):
                keep_secrets(found.models[0], row, known.get(row.get("id", index)))
    return values


def rearranged(model: type[BaseModel], values: Values, order: str) -> Values:
    """After a button of the form: `add:rules`, `drop:rules.2`, `up:rules.2`, `on:limits`, `off:limits`, `again`."""
    what, _colon, path = order.partition(":")
    if what == "again":  # a union's variant was chosen: what was typed is already read by it
        return values
    names = path.split(".")
    index = int(names.pop()) if what in ("drop", "up") and names[-1].isdecimal() else None
    here: Any = values
    holder, found = model, Shape("group")
    for name in names[:-1]:
        if isinstance(here, list):
            here = here[int(name)]
        elif found.kind == "keyed" and name.isdecimal():
            here = list(here.values())[int(name)]
        else:
            found = shape_of(holder, name)
            here = here[name]
        if isinstance(here, dict) and not (found.kind == "keyed" and not name.isdecimal()):
            holder = found.variant(here.get(found.tag)) if found.tag else found.models[0]
    found = shape_of(holder, names[-1])
    if what in ("on", "off"):
        here[names[-1]] = _begun(found) if what == "on" else None
        return values
    rows = here[names[-1]]
    if found.kind == "week":
        here[names[-1]] = week.rearranged(rows, what, index)
        return values
    if found.kind == "keyed":
        here[names[-1]] = _rearranged_by_name(found, rows, what, index)
        return values
    if what == "add":
        rows.append(_begun(found))
    elif what == "drop" and index is not None:
        del rows[index]
    elif what == "up" and index:
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
    return values


def _rearranged_by_name(found: Shape, rows: Values, what: str, index: int | None) -> Values:
    items = list(rows.items())
    if what == "add" and "" not in rows:
        items.append(("", _begun(found)))
    elif what == "drop" and index is not None:
        del items[index]
    elif what == "up" and index:
        items[index - 1], items[index] = items[index], items[index - 1]
    return dict(items)


def _begun(found: Shape) -> Values:
    first = found.models[0]
    return blank(first) | ({found.tag: tags(first, found.tag)[0]} if found.tag else {})
