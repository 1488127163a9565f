"""What changed between two documents, by path, and how it is put back. Pure functions over JSON values.

A path is names joined by "/" (a "/" or "~" in a name is written ~1, ~0): people/wang/name. In a list of objects that
have an `id`, the id is the name; `#` is the order of such a list. A path that is not there has no value.
"""

from collections.abc import Iterator
from typing import Any

Values = dict[str, Any]
ORDER = "#"


class Missing(Exception):
    """Nothing is at this path."""


def changed(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The paths at which they differ, as deep as both have them."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            where = _below(path, name)
            if name in before and name in after:
                yield from changed(before[name], after[name], where)
            else:
                yield where
    elif _keyed(before, after):
        one, other = ({item["id"]: item for item in side} for side in (before, after))
        yield from changed(one, other, path)
        if list(one) != list(other):
            yield _below(path, ORDER)
    elif before != after:
        yield path


def values(document: Any, paths: Iterator[str] | list[str]) -> Values:
    """What stands at those `paths` that are there."""
    found = {}
    for path in paths:
        try:
            found[path] = at(document, path)
        except Missing:
            continue
    return found


def at(document: Any, path: str) -> Any:
    """The value at `path`; Missing."""
    for name in _names(path):
        document = _step(document, name)
    return document


def put(document: Any, path: str, value: Any) -> None:
    """Sets it, in place. Missing if what is above it is not there."""
    *above, last = _names(path)
    for name in above:
        document = _step(document, name)
    if isinstance(document, dict):
        document[last] = value
    elif not isinstance(document, list):
        raise Missing(path)
    elif last == ORDER:
        place = {name: index for index, name in enumerate(value)}
        document.sort(key=lambda item: place.get(item["id"], len(place)))
    else:
        _drop(document, last)
        document.append(value)


def remove(document: Any, path: str) -> None:
    """Takes it out, in place; nothing if it is not there."""
    *above, last = _names(path)
    try:
        for name in above:
            document = _step(document, name)
    except Missing:
        return
    if isinstance(document, dict):
        document.pop(last, None)
    elif isinstance(document, list):
        _drop(document, last)


def is_order(path: str) -> bool:
    """Whether it is a list's order, not a value."""
    return path.endswith(f"/{ORDER}") or path == ORDER


def _drop(items: list[Any], name: str) -> None:
    items[:] = [item for item in items if item["id"] != name]


def _keyed(*lists: Any) -> bool:
    """All of them lists, of objects with an id, and not all empty."""
    if not all(isinstance(one, list) for one in lists) or not any(lists):
        return False
    return all(isinstance(item, dict) and isinstance(item.get("id"), str) for one in lists for item in one)


def _step(document: Any, name: str) -> Any:
    if isinstance(document, dict) and name in document:
        return document[name]
    if isinstance(document, list) and _keyed(document):
        if name == ORDER:
            return [item["id"] for item in document]
        for item in document:
            if item["id"] == name:
                return item
    raise Missing(name)


def _below(path: str, name: str) -> str:
    name = name.replace("~", "~0").replace("/", "~1")
    return f"{path}/{name}" if path else name


def _names(path: str) -> list[str]:
    return [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")] if path else []
