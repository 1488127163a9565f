"""The REST interface for people: what its description says, as a page. No viewer from the internet."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("docs", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class Operation:
    """One way of asking. `fields`: name, type, whether it is needed, what it means; `answers`: status and meaning."""

    method: str
    path: str
    summary: str
    text: str
    fields: list[tuple[str, str, bool, str]]
    answers: list[tuple[str, str]]


@bp.get("")
def page() -> ResponseReturnValue:
    """Every operation, by its tag."""
    spec: dict[str, Any] = current_app.spec  # type: ignore[attr-defined]
    tags: dict[str, list[Operation]] = {}
    for path, methods in sorted(spec["paths"].items()):
        for method, found in methods.items():
            if method in ("get", "post", "put", "delete", "patch"):
                operation = _operation(spec, method, path, found)
                tags.setdefault(str((found.get("tags") or [""])[0]), []).append(operation)
    return render_template("api.html", tags=tags)


def _operation(spec: dict[str, Any], method: str, path: str, found: dict[str, Any]) -> Operation:
    fields = [
        (one["name"], _kind(spec, one.get("schema", {})), bool(one.get("required")), one.get("description", ""))
        for one in found.get("parameters", [])
    ]
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        whole = _resolved(spec, body)
        needed = whole.get("required", [])
        fields += [
            (name, _kind(spec, one), name in needed, one.get("description", ""))
            for name, one in whole.get("properties", {}).items()
        ]
    answers = [(status, str(one.get("description", ""))) for status, one in sorted(found.get("responses", {}).items())]
    return Operation(method.upper(), path, found.get("summary", ""), found.get("description", ""), fields, answers)


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: dict[str, Any] = spec["components"]["schemas"].get(name, {}) if name else schema
    return found


def _kind(spec: dict[str, Any], schema: dict[str, Any]) -> str:
    schema = _resolved(spec, schema)
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(spec, one) for one in schema["anyOf"]))
    kind = str(schema.get("const", schema.get("type", "")))
    return f"{kind} {schema['pattern']}" if "pattern" in schema else kind
