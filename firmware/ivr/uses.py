"""Where flows are used: what would lead callers nowhere if a flow were gone."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from firmware.calls.places import Target, ToFlow
from firmware.ivr.answering import Answering

Kind = Literal["lines", "line", "schedule", "night", "survey", "number", "queue", "flow"]


class Use(NamedTuple):
    """`kind` 'lines': all that have none of their own; 'night': the night switch. Of the others `name` tells which: a
    line's number, a schedule that lines go by, a queue (also of a 'survey'), an inside number, another flow."""

    kind: Kind
    name: str = ""


def uses(
    section: Answering, numbers: Mapping[str, Target], queues: Mapping[str, Any], documents: Iterable[tuple[str, Any]]
) -> dict[str, list[Use]]:
    """By flow. `numbers`: the inside numbers; `queues` and `documents` as JSON, by name: a flow may have several
    documents, such as a version and a draft, and those may be anything."""
    found: dict[str, list[Use]] = {}
    for flow, use in (*_answering(section), *_numbers(numbers), *_named("queue", queues.items()), *_other(documents)):
        known = found.setdefault(flow, [])
        if use not in known:
            known.append(use)
    return found


def _answering(section: Answering) -> Iterator[tuple[str, Use]]:
    used = {section.schedule, *(one.schedule for one in section.lines.values())}
    yield section.flow, Use("lines")
    for number, line in section.lines.items():
        if line.flow is not None:
            yield line.flow, Use("line", number)
    for name, schedule in section.schedules.items():
        if name in used:
            yield from ((entry, Use("schedule", name)) for entry in schedule.entries())
    for flow in {section.night_flow, section.night} - {None}:
        yield str(flow), Use("night")
    for queue, flow in section.surveys.items():
        yield flow, Use("survey", queue)


def _numbers(numbers: Mapping[str, Target]) -> Iterator[tuple[str, Use]]:
    yield from ((one.flow, Use("number", number)) for number, one in numbers.items() if isinstance(one, ToFlow))


def _named(kind: Kind, content: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Use]]:
    for name, one in content:
        yield from ((flow, Use(kind, name)) for flow in _leads(one, {"flow"}))


def _other(documents: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Use]]:
    for name, document in documents:
        nodes = document.get("nodes") if isinstance(document, dict) else None
        for node in nodes.values() if isinstance(nodes, dict) else ():
            for flow in _leads(node, {"flow", "sub_flow"}):
                if flow != name:
                    yield flow, Use("flow", name)


def _leads(content: Any, kinds: set[str]) -> Iterator[str]:
    """Every flow that is named as a place, however deep."""
    if isinstance(content, dict):
        if content.get("kind") in kinds and isinstance(content.get("flow"), str):
            yield content["flow"]
        for one in content.values():
            yield from _leads(one, kinds)
    elif isinstance(content, list | tuple):
        for one in content:
            yield from _leads(one, kinds)
