"""What is done at the nodes that decide, look up and send. Each returns the exit the caller leaves by."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from firmware.ivr.nodes import Condition, Fax, Hours, Http, Lookup, SetVariables, Sms
from firmware.ivr.ports import Refused
from firmware.ivr.values import fill, worked_out
from firmware.ivr.way import Outcome, Way


async def condition(way: Way, node: Condition) -> Outcome:
    variables = way.variables()
    for branch in node.branches:
        so = [comparison.holds(variables) for comparison in branch.when]
        if all(so) if branch.match == "all" else any(so):
            return branch.exit
    return "otherwise"


async def hours(way: Way, node: Hours) -> Outcome:
    entry = way.box.entry(node.schedule)
    if entry is None:
        way.fault("schedule", f"schedule {node.schedule}: not there")
        return "otherwise"
    return entry if entry in node.exits else "otherwise"


async def set_variables(way: Way, node: SetVariables) -> Outcome:
    for name, value in node.values.items():
        way.set(name, worked_out(value, way.variables()))
    if node.note:
        variables = way.variables()
        way.caller.tell("call.noted", values={name: variables.get(name, "") for name in node.note})
    return "next"


async def look_up(way: Way, node: Lookup) -> Outcome:
    arguments = {name: way.fill(text) for name, text in node.arguments.items()}
    try:
        found = await way.patiently(way.box.look_up(node.query, arguments))
    except Refused as error:
        way.fault("lookup", f"{node.query}: {error}")
        return "failed"
    if found is None:
        return "not_found"
    for variable, column in node.into.items():
        way.set(variable, found.get(column, ""))
    return "found"


async def http(way: Way, node: Http) -> Outcome:
    variables = way.variables()
    url = fill(node.url, variables, lambda value: quote(value, safe=""))
    headers = {name: fill(text, variables) for name, text in node.headers.items()}
    body = None if node.body is None else {name: fill(text, variables) for name, text in node.body.items()}
    status, exit_ = "", "failed"
    try:
        answer = await way.patiently(way.box.fetch(node, url, headers, body))
        status = str(answer.status)
        if not 200 <= answer.status <= 299:
            raise Refused(f"it answered with status {answer.status}")
        if node.into and answer.data is None:
            raise Refused("its answer is not JSON")
        for variable, path in node.into.items():
            way.set(variable, as_text(at(answer.data, path)))
        exit_ = "next"
    except Refused as error:
        status = status or "refused"
        way.fault("http", f"{node.url}: {error}")
    if node.status_into is not None:
        way.set(node.status_into, status)
    return exit_


def at(data: Any, path: str) -> Any:
    """The value at a path such as data.items.0.name; None if there is none."""
    for name in path.split("."):
        if isinstance(data, dict):
            data = data.get(name)
        elif isinstance(data, list) and name.isdecimal() and len(name) < 6 and int(name) < len(data):
            data = data[int(name)]
        else:
            return None
    return data


def as_text(value: Any) -> str:
    """A value of JSON as a variable holds it: nothing is empty, true and false are words, tables are JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def part_missing(name: str) -> Callable[[Way, Any], Any]:
    """The act of a node whose part this box does not have."""

    async def act(way: Way, _: Sms | Fax) -> Outcome:
        way.fault("part", f"this box has no part for {name}")
        return "not_available"

    return act
