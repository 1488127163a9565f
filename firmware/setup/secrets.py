"""Secrets of a section, which history must never hold."""

from typing import Any

from pydantic import BaseModel

HIDDEN = "•••"


def masked(model: BaseModel) -> dict[str, Any]:
    """The model as JSON, each secret that is set replaced by HIDDEN."""
    dumped: dict[str, Any] = model.model_dump(mode="json")
    _mask(model, dumped)
    return dumped


def holds(value: Any) -> bool:
    """Whether a hidden secret is part of `value`."""
    if isinstance(value, dict):
        return any(holds(one) for one in value.values())
    if isinstance(value, list):
        return any(holds(one) for one in value)
    return bool(value == HIDDEN)


def without(value: Any) -> Any:
    """`value` with null in place of each hidden secret."""
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one) for one in value]
    return None if value == HIDDEN else value


def is_secret(model: type[BaseModel], name: str) -> bool:
    """Whether the field `name` is marked."""
    extra = model.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and extra.get("secret") is True


def _mask(value: Any, dumped: Any) -> None:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if is_secret(type(value), name):
                dumped[name] = None if getattr(value, name) is None else HIDDEN
            else:
                _mask(getattr(value, name), dumped[name])
    elif isinstance(value, dict):
        for (_, one), kept in zip(value.items(), dumped.values(), strict=True):
            _mask(one, kept)
    elif isinstance(value, list | tuple):
        for one, kept in zip(value, dumped, strict=True):
            _mask(one, kept)
