"""A form from a model: controls to show, and what was typed back as the model's values.

Names of controls are paths with dots: `skills`, `rules.0.prefix`. Values are as they would stand in JSON; what was
typed and does not fit stays as it was typed, so that a form with faults looks as it was sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from webui.setup.shapes import Kind, Shape, shape, tags
from webui.setup.words import CHOICES, FIELDS, UNSET
from webui.translate import _

Values = dict[str, Any]
Typed = Mapping[str, Any]  # werkzeug's MultiDict
Sources = Callable[[str], list[tuple[str, str]]]

HERE = "#"  # tells that a row is there, also if nothing of it was typed
KEY = "@"  # the control with the name of a row that has one


@dataclass
class Control:
    """One field as it is shown. `fields`: of a group or of a union's variant; `rows`: each a group of its own."""

    name: str
    kind: Kind
    label: str
    help: str
    value: Any
    error: str = ""
    shape: Shape = field(default_factory=lambda: Shape("text"))
    choices: list[tuple[str, str]] = field(default_factory=list)
    fields: list["Control"] = field(default_factory=list)
    rows: list["Control"] = field(default_factory=list)
    fixed: bool = False

    @property
    def id(self) -> str:
        """For HTML."""
        return "f-" + self.name.replace(".", "-")

    def leaves(self) -> Iterator["Control"]:
        """Itself and everything below."""
        yield self
        for below in (*self.fields, *self.rows):
            yield from below.leaves()


# -- out ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Builder:
    """Makes the controls of a model. `errors` by path; `hidden` and `fixed` names of the top model's fields."""

    errors: dict[str, str]
    sources: Sources
    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()

    def controls(self, model: type[BaseModel], values: Values, at: str = "", where: str = "") -> list[Control]:
        """`at`: prefix of names; `where`: prefix of the errors' paths, which also name a union's variant."""
        made = []
        for name, info in model.model_fields.items():
            if not at and name in self.hidden:
                continue
            made.append(self._control(model, name, info, values.get(name), f"{at}{name}", f"{where}{name}"))
        return made

    def _control(
        self, model: type[BaseModel], name: str, info: FieldInfo, value: Any, path: str, where: str
    ) -> Control:
        found = shape(info)
        label, help_ = FIELDS.get(f"{model.__name__}.{name}", (name, ""))
        made = Control(path, found.kind, str(label), str(help_), value, shape=found, fixed=path in self.fixed)
        self._fill(made, model, name, found, value, where)
        whole = found.kind in ("group", "union", "rows", "keyed")
        made.error = self.errors.get(where, "") if whole else self._first(where)
        return made

    def _first(self, where: str) -> str:
        below = f"{where}."
        return next((text for path, text in self.errors.items() if path == where or path.startswith(below)), "")

    def _fill(self, made: Control, model: type[BaseModel], name: str, found: Shape, value: Any, where: str) -> None:
        key = f"{model.__name__}.{name}"
        match found.kind:
            case "choice" | "multi":
                made.choices = self._choices(key, found)
                made.value = value if found.kind == "choice" else [str(one) for one in value or ()]
            case "lines":
                made.value = "\n".join(str(one) for one in value or ())
            case "pairs":
                made.value = "\n".join(_line(name, one) for name, one in (value or {}).items())
            case "secret":
                made.value = bool(value)
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

    def _choices(self, key: str, found: Shape) -> list[tuple[str, str]]:
        if found.source:
            choices = self.sources(found.source)
        else:
            choices = [(str(one), str(CHOICES.get(f"{key}.{one}", one))) for one in found.choices]
        if found.kind == "choice" and found.optional:
            choices = [("", str(UNSET.get(key, _("not chosen")))), *choices]
        return choices


def values_of(model: BaseModel) -> Values:
    """As the form shows them."""
    return model.model_dump(mode="json")


def blank(model: type[BaseModel]) -> Values:
    """What a new one begins with: the defaults, nothing where there are none."""
    values: Values = {}
    for name, info in model.model_fields.items():
        found = shape(info)
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
    for name, info in model.model_fields.items():
        if not at and name in skip:
            continue
        found = shape(info)
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
            return [one for one in form.getlist(name) if one]
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
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


def keep_secrets(model: type[BaseModel], values: Values, before: Values | None) -> Values:
    """`values` with the secrets of `before` where none was typed, also in rows: by their id, else by their place."""
    for name, info in model.model_fields.items():
        found = shape(info)
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
            found = shape(holder.model_fields[name])
            here = here[name]
        if isinstance(here, dict) and not (found.kind == "keyed" and not name.isdecimal()):
            holder = found.variant(here.get(found.tag)) if found.tag else found.models[0]
    found = shape(holder.model_fields[names[-1]])
    if what in ("on", "off"):
        here[names[-1]] = _begun(found) if what == "on" else None
        return values
    rows = here[names[-1]]
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
