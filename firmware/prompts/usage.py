"""Where a prompt is used: in flows, as published and as drafts, and in the setup. Reads their documents, not their
models: a field that names a prompt is told by its name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = ("prompt", "greeting", "whisper", "music", "announcement")


@dataclass(frozen=True, slots=True)
class Use:
    """`room`: 'flow' or a section of the setup; `what`: the flow's name, or the path in the section."""

    room: str
    what: str


def uses(data: Path, name: str) -> list[Use]:
    """Every place that would miss it, each once."""
    return list(dict.fromkeys((*_in_flows(data / "flows", name), *_in_setup(data / "setup.json", name))))


def _in_flows(folder: Path, name: str) -> Iterator[Use]:
    for flow in sorted(folder.iterdir()) if folder.is_dir() else ():
        newest = sorted(flow.glob("[0-9]*.json"))[-1:]
        for file in (*newest, flow / "draft.json"):
            if any(_sounds(_read(file), name)):
                yield Use("flow", flow.name)


def _sounds(value: Any, name: str) -> Iterator[bool]:
    """Parts of prompts of a flow: {"kind": "prompt", "name": …}."""
    if isinstance(value, dict):
        if value.get("kind") == "prompt" and value.get("name") == name:
            yield True
        for below in value.values():
            yield from _sounds(below, name)
    elif isinstance(value, list):
        for below in value:
            yield from _sounds(below, name)


def _in_setup(file: Path, name: str) -> Iterator[Use]:
    document = _read(file)
    for section, table in document.items() if isinstance(document, dict) else ():
        for path in _named(table, name, ()):
            yield Use(section, "/".join(path))


def _named(value: Any, name: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Paths of fields that name the prompt, without TinyDB's number of the document."""
    if isinstance(value, dict):
        for key, below in value.items():
            where = path if not path and key.isdecimal() else (*path, key)
            if below == name and key.endswith(FIELDS):
                yield where
            else:
                yield from _named(below, name, where)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            own = below.get("id", index) if isinstance(below, dict) else index
            yield from _named(below, name, (*path, str(own)))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
