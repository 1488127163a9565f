"""From a field of a pydantic model to the kind of control that shows it. Knows nothing of requests or words."""

import datetime
import types
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from webui.setup.layout import LOOKS, PLAIN, Look

Kind = Literal[
    "text", "long", "number", "switch", "choice", "multi", "lines", "pairs", "secret", "time", "date", "group", "rows",
    "union", "keyed", "moment", "each", "week", "coded",
]  # fmt: skip
SINGLE: dict[type, Kind] = {
    bool: "switch", int: "number", float: "number", str: "text", datetime.time: "time", datetime.date: "date",
    datetime.datetime: "moment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field looks like. `choices`: of a choice or multi. `models`: what a group, a row or a union's variants
    are made of; `tag`: the field that tells the variants apart. `source`: where choices come from at run time.
    `many`: each of the pairs has several values. `keys` and `item`: of each, where its keys come from and what stands
    beside them. `look`: how it is laid out."""

    kind: Kind
    optional: bool = False
    choices: tuple[Any, ...] = ()
    models: tuple[type[BaseModel], ...] = ()
    tag: str = ""
    source: str = ""
    many: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: str = "1"
    longest: int | None = None
    keys: str = ""
    item: "Shape | None" = None
    look: Look = PLAIN

    def variant(self, tag: Any) -> type[BaseModel]:
        """The model whose tag this is; the first if there is none."""
        return next((model for model in self.models if tag in tags(model, self.tag)), self.models[0])


def tags(model: type[BaseModel], tag: str) -> tuple[Any, ...]:
    """The values by which a variant is told."""
    return get_args(model.model_fields[tag].annotation) if tag in model.model_fields else ()


def shape_of(model: type[BaseModel], name: str) -> Shape:
    """The shape of a model's field as the table of layouts has it; TypeError for what no control shows."""
    look = LOOKS.get(f"{model.__name__}.{name}", PLAIN)
    field = model.model_fields[name]
    optional, annotation, _metadata, _tag = _unwrapped(field.annotation, [])
    if look.keys:
        found = _each(get_args(annotation)[1], look)
    elif look.codec:
        found = Shape("coded", optional)
    elif look.week:
        found = Shape("week", optional, models=(get_args(annotation)[1],))
    else:
        found = shape(field, look.source)
    return replace(found, look=look)


def _each(value: Any, look: Look) -> Shape:
    item = Shape("coded") if look.codec else shape(FieldInfo.from_annotation(value), look.source)
    item = replace(item, look=replace(look, keys=""))
    return Shape("each", keys=look.keys, item=item, models=item.models)


def shape(field: FieldInfo, refers: str = "") -> Shape:
    """The shape of a field by its type alone; `refers`: where its choices come from."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    optional, annotation, metadata, tag = _unwrapped(field.annotation, list(field.metadata))
    tag = str(field.discriminator or tag or "")
    source = refers or str(extra.get("refers", ""))
    if extra.get("secret"):
        return Shape("secret", optional)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (tuple, list, set, frozenset):
        return _several(optional, inner[0], source)
    if origin is dict:
        return _by_name(optional, inner[1])
    if origin is Literal:
        return Shape("choice", optional, inner)
    if origin in (Union, types.UnionType):
        models = tuple(one for one in inner if isinstance(one, type) and issubclass(one, BaseModel))
        return Shape("union", optional, models=models, tag=tag) if models else Shape("text", optional)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("group", optional, models=(annotation,))
    if annotation not in SINGLE:
        raise TypeError(f"no control shows {annotation}")
    kind = "choice" if source else "long" if extra.get("long") else SINGLE[annotation]
    return Shape(kind, optional, source=source, step="any" if annotation is float else "1", **_bounds(metadata))


def _several(optional: bool, item: Any, source: str) -> Shape:
    """Many of something: rows of models, boxes to tick, or lines of text."""
    _, annotation, metadata, tag = _unwrapped(item, [])
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return Shape("multi", optional, inner)
    if get_origin(annotation) in (Union, types.UnionType):
        return Shape("rows", optional, models=inner, tag=tag)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("rows", optional, models=(annotation,))
    return Shape("multi" if source else "lines", optional, source=source, **_bounds(metadata))


def _by_name(optional: bool, value: Any) -> Shape:
    """Values by a name that people choose: models as rows with their name, else lines of name and value."""
    _, annotation, _, tag = _unwrapped(value, [])
    if get_origin(annotation) in (tuple, list):
        found = _several(optional, get_args(annotation)[0], "")
        if found.models:
            raise TypeError(f"no control shows lists of {found.models[0].__name__} by name")
        return Shape("pairs", optional, many=True)
    models = get_args(annotation) if tag else (annotation,)
    if all(isinstance(one, type) and issubclass(one, BaseModel) for one in models):
        return Shape("keyed", optional, models=models, tag=tag)
    return Shape("pairs", optional)


def _unwrapped(annotation: Any, metadata: list[Any]) -> tuple[bool, Any, list[Any], str]:
    """Without Annotated and None: optional, type, constraints, discriminator."""
    optional, tag = False, ""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            for one in more:
                if isinstance(one, FieldInfo):
                    metadata += one.metadata
                    tag = str(one.discriminator or tag)
                else:
                    metadata.append(one)
            continue
        if get_origin(annotation) in (Union, types.UnionType):
            rest = [one for one in get_args(annotation) if one is not type(None)]
            optional = optional or len(rest) < len(get_args(annotation))
            if len(rest) == 1:
                annotation = rest[0]
                continue
            if optional:
                annotation = Union[tuple(rest)]  # noqa: UP007 - X | Y cannot be made of a list
        return optional, annotation, metadata, tag


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in metadata:
        if isinstance(one, annotated_types.Ge):
            found["minimum"] = one.ge
        elif isinstance(one, annotated_types.Le):
            found["maximum"] = one.le
        elif isinstance(one, annotated_types.MaxLen):
            found["longest"] = one.max_length
    return found
