"""What is wrong with a flow, before a caller finds out: pure functions of the document and of names the box knows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.dialplan.hours import Schedule
from firmware.ivr.document import Document
from firmware.ivr.fetch import Allowed, host_of, is_inside
from firmware.ivr.graph import circles, leads_to, reached
from firmware.ivr.lookups import QUERIES
from firmware.ivr.nodes import (
    Callback,
    Condition,
    Digits,
    Fax,
    GoTo,
    Hours,
    Http,
    Language,
    Lookup,
    Menu,
    NamedPrompt,
    Node,
    Record,
    Return,
    SetVariables,
    Sms,
    SpokenMoney,
    SpokenValue,
    SubFlow,
    Survey,
    ToQueueNode,
    ToVoicemailNode,
    Transfer,
    WrittenPrompt,
)  # fmt: skip
from firmware.ivr.problems import LANGUAGES, Problem, problem
from firmware.ivr.values import FACTS, named, texts_of

NameSet = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Names:
    """What the box knows. None: not told, so not checked. `parts`: 'sms', 'fax' if it has them. `flows`: those that
    are published, with the one that is checked in the version to come. `prompts`: by language. `http_allowed`: hosts of
    the own network that flows may ask."""

    queues: NameSet = None
    stations: NameSet = None
    boxes: NameSet = None
    rooms: NameSet = None
    schedules: Mapping[str, Schedule] | None = None
    flows: Mapping[str, Document] | None = None
    prompts: Mapping[Language, frozenset[str]] | None = None
    languages: tuple[Language, ...] = ("zh", "en")
    parts: frozenset[str] = frozenset()
    http_allowed: tuple[Allowed, ...] = ()


def check(document: Document, names: Names = Names(), own: str = "") -> list[Problem]:
    """Every problem, errors first, in the order of the nodes. `own`: the flow's name."""
    found: list[Problem] = []
    for name, node in document.nodes.items():
        found += _exits(document, name, node)
        found += (one for kind, look in LOOKS if isinstance(node, kind) for one in look(name, node, names))
    found += _graph(document)
    found += _fallback(document, names)
    found += _prompts(document, names)
    found += _variables(document, names, own)
    found += _calls(document, names, own)
    order = {name: index for index, name in enumerate([None, *document.nodes])}
    return sorted(dict.fromkeys(found), key=lambda one: (one.severity != "error", order.get(one.node, 0)))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep a flow from being published."""
    return [one for one in problems if one.severity == "error"]


# -- the graph ------------------------------------------------------------------------------------------------


def _exits(document: Document, name: str, node: Node) -> Iterator[Problem]:
    possible = node.possible()
    for exit_ in node.required():
        if exit_ not in node.exits:
            yield problem(name, "exit_missing", exit=exit_)
    for exit_, target in node.exits.items():
        if exit_ not in possible:
            yield problem(name, "exit_unknown", exit=exit_, there=", ".join(possible) or "—")
        elif target not in document.nodes:
            yield problem(name, "exit_to_nothing", exit=exit_, target=target)


def _graph(document: Document) -> Iterator[Problem]:
    if document.start not in document.nodes:
        yield problem(None, "start_missing", start=document.start)
        return
    every = {name: _behind(document, node, None) for name, node in document.nodes.items()}
    within = reached(document.start, every)
    for name in document.nodes:
        if name not in within:
            yield problem(name, "unreachable")
    unasked = {
        name: _behind(document, node, None) if node.silent is None else [] for name, node in document.nodes.items()
    }
    loops = [circle for circle in circles(unasked) if within & circle]
    endless = [circle for circle in loops if _closed(circle, every)]
    for circle in loops:
        name = "endless" if circle in endless else "loop_without_input"
        yield problem(_first(document, circle), name, nodes=", ".join(_in_order(document, circle)))
    silent = {name: _behind(document, node, node.silent) for name, node in document.nodes.items()}
    for circle in circles(silent):
        if within & circle and _closed(circle, silent) and circle not in endless:
            yield problem(_first(document, circle), "endless_silence", nodes=", ".join(_in_order(document, circle)))
    ends = [name for name, node in document.nodes.items() if node.ends]
    out = leads_to(ends, every)
    stuck = {one for circle in endless for one in circle}
    for name, node in document.nodes.items():
        if name in within and name not in out and name not in stuck and node.exits:
            yield problem(name, "no_way_out")


def _behind(document: Document, node: Node, exits: tuple[str, ...] | None) -> list[str]:
    """The nodes behind these exits, or behind all."""
    behind = [target for exit_, target in node.exits.items() if exits is None or exit_ in exits]
    return [target for target in dict.fromkeys(behind) if target in document.nodes]


def _closed(circle: frozenset[str], ways: Mapping[str, list[str]]) -> bool:
    """Whether nothing leads out of it: with a way out, a condition may take it."""
    return all(target in circle for name in circle for target in ways[name])


def _in_order(document: Document, circle: frozenset[str]) -> list[str]:
    return [name for name in document.nodes if name in circle]


def _first(document: Document, circle: frozenset[str]) -> str:
    return _in_order(document, circle)[0]


# -- names ----------------------------------------------------------------------------------------------------


def _unknown(name: str, kind: str, value: str, known: Iterable[str] | None) -> Iterator[Problem]:
    """A name that is not there; one made of variables is known only during the call."""
    if known is not None and not named(value) and value not in known:
        yield problem(name, f"{kind}_unknown", name=value)


def _queue(name: str, node: ToQueueNode | Callback, names: Names) -> Iterator[Problem]:
    yield from _unknown(name, "queue", node.queue, names.queues)


def _transfer(name: str, node: Transfer, names: Names) -> Iterator[Problem]:
    if node.to != "number":
        known = names.stations if node.to == "station" else names.rooms
        yield from _unknown(name, node.to, node.address, known)


def _voicemail(name: str, node: ToVoicemailNode, names: Names) -> Iterator[Problem]:
    yield from _unknown(name, "box", node.box, names.boxes)


def _menu(name: str, node: Menu, _: Names) -> Iterator[Problem]:
    if not any(exit_ in Menu.may for exit_ in node.exits):
        yield problem(name, "no_keys")


def _hours(name: str, node: Hours, names: Names) -> Iterator[Problem]:
    yield from _unknown(name, "schedule", node.schedule, names.schedules)
    schedule = (names.schedules or {}).get(node.schedule)
    if schedule is None:
        return
    entries = schedule.entries()
    for exit_ in node.exits:
        if exit_ not in (*entries, "otherwise"):
            yield problem(name, "entry_unknown", schedule=node.schedule, exit=exit_, there=", ".join(entries))
    for entry in entries:
        if entry not in node.exits:
            yield problem(name, "entry_not_joined", entry=entry)


def _lookup(name: str, node: Lookup, _: Names) -> Iterator[Problem]:
    query = QUERIES.get(node.query)
    if query is None:
        yield problem(name, "query_unknown", name=node.query, there=", ".join(QUERIES))
        return
    if set(query.arguments) - set(node.arguments):
        yield problem(name, "query_argument", query=node.query, there=", ".join(query.arguments))
    for column in node.into.values():
        if column not in query.fields:
            yield problem(name, "query_field", query=node.query, name=column, there=", ".join(query.fields))


def _http(name: str, node: Http, names: Names) -> Iterator[Problem]:
    """Only what the address itself says; what a name stands for is looked at when it is asked."""
    host, port = host_of(node.url)
    if is_inside(host) and not any(one.covers(host, port) for one in names.http_allowed):
        yield problem(name, "address", host=host)


def _goto(name: str, node: GoTo, names: Names) -> Iterator[Problem]:
    yield from _unknown(name, "flow", node.flow, names.flows)


def _sub_flow(name: str, node: SubFlow, names: Names) -> Iterator[Problem]:
    yield from _unknown(name, "flow", node.flow, names.flows)
    called = (names.flows or {}).get(node.flow)
    if called is None:
        return
    back = returns(called)
    for exit_ in back:
        if exit_ in node.exits:
            continue
        yield problem(name, "return_unknown", flow=node.flow, exit=exit_)
    for exit_ in node.exits:
        if exit_ not in (*back, *SubFlow.needs, *SubFlow.may):
            yield problem(name, "exit_unknown", exit=exit_, there=", ".join(sorted({*back, *SubFlow.may})))


def returns(document: Document) -> list[str]:
    """The exits by which a flow comes back to one that called it."""
    return sorted({one.by for one in document.nodes.values() if isinstance(one, Return)})


def _part(name: str, node: Sms | Fax, names: Names) -> Iterator[Problem]:
    if node.kind not in names.parts:
        yield problem(name, "part_missing", part=node.kind)


LOOKS: tuple[tuple[Any, Callable[[str, Any, Names], Iterator[Problem]]], ...] = (
    (ToQueueNode | Callback, _queue),
    (Transfer, _transfer),
    (ToVoicemailNode, _voicemail),
    (Menu, _menu),
    (Hours, _hours),
    (Lookup, _lookup),
    (Http, _http),
    (GoTo, _goto),
    (SubFlow, _sub_flow),
    (Sms | Fax, _part),
)


def _fallback(document: Document, names: Names) -> Iterator[Problem]:
    target = document.fallback
    known = {"queue": names.queues, "station": names.stations, "voicemail": names.boxes}
    if target.kind in known:
        value = {"voicemail": "box"}.get(target.kind, target.kind)
        yield from (
            problem(None, one.name, **dict(one.args))
            for one in _unknown("", value, getattr(target, value), known[target.kind])
        )


# -- prompts, variables, other flows --------------------------------------------------------------------------


def _prompts(document: Document, names: Names) -> Iterator[Problem]:
    known = names.prompts
    for node, where, part in document.parts():
        if isinstance(part, WrittenPrompt):
            for language in names.languages:
                if language not in part.text:
                    yield problem(node, "text_missing", language=LANGUAGES[language], field=where)
        elif isinstance(part, NamedPrompt) and known is not None:
            for language in (part.language,) if part.language else names.languages:
                if part.name not in known.get(language, frozenset()):
                    yield problem(node, "prompt_missing", language=LANGUAGES[language], prompt=part.name, field=where)


def _variables(document: Document, names: Names, own: str) -> Iterator[Problem]:
    given = {*FACTS, *document.variables, "entered"} | _given_by_callers(names, own)
    for name, node in document.nodes.items():
        sets = set(_set_by(node))
        given |= sets
        for variable in sorted(sets & FACTS.keys()):
            yield problem(name, "variable_fact", name=variable)
    for name, node in document.nodes.items():
        for variable in sorted({one for text in _texts(node) for one in named(text)} - given):
            yield problem(name, "variable_unset", name=variable)
    for where, _, part in document.parts():
        if isinstance(part, SpokenValue | SpokenMoney):
            for variable in sorted(named(part.value) - given):
                yield problem(where, "variable_unset", name=variable)


def variables_named(document: Document) -> set[str]:
    """Every variable or fact that its texts and prompts name."""
    spoken = {part.value for _, _, part in document.parts() if isinstance(part, SpokenValue | SpokenMoney)}
    texts = {text for node in document.nodes.values() for text in _texts(node)}
    return {one for text in spoken | texts for one in named(text)}


def _given_by_callers(names: Names, own: str) -> set[str]:
    """What other flows give this one, or leave behind in it."""
    given: set[str] = set()
    for document in (names.flows or {}).values():
        for node in document.nodes.values():
            if isinstance(node, SubFlow) and node.flow == own:
                given |= node.give.keys()
            elif isinstance(node, GoTo) and node.flow == own:
                given |= {*document.variables, *(one for other in document.nodes.values() for one in _set_by(other))}
    return given


def _set_by(node: Node) -> Iterator[str]:
    """The variables that a node sets."""
    match node:
        case Digits(into=into) | Record(into=into) | Fax(into=into):
            yield into
        case Menu(into=str(into)):
            yield into
        case SetVariables(values=values):
            yield from values
        case Lookup(into=table):
            yield from table
        case Http(into=table, status_into=status):
            yield from (*table, *([] if status is None else [status]))
        case SubFlow(take=table):
            yield from table
        case Survey(questions=questions):
            yield from (question.id for question in questions)


def _texts(node: Node) -> Iterator[str]:
    """The texts of a node in which variables may stand."""
    match node:
        case Condition(branches=branches):
            yield from (text for branch in branches for one in branch.when for text in (one.left, one.right))
        case SetVariables(values=values):
            yield from (text for value in values.values() for text in texts_of(value))
        case Lookup(arguments=table) | SubFlow(give=table):
            yield from table.values()
        case Http(url=url, headers=headers, body=body):
            yield from (url, *headers.values(), *(body or {}).values())
        case Transfer(address=text) | ToVoicemailNode(box=text):
            yield text
        case Sms(to=to, text=text):
            yield from (to, text)


def _calls(document: Document, names: Names, own: str) -> Iterator[Problem]:
    """Flows that call each other in a circle, without end."""
    flows = dict(names.flows or {}) | ({own: document} if own else {})
    calls = {
        name: [node.flow for node in one.nodes.values() if isinstance(node, SubFlow) and node.flow in flows]
        for name, one in flows.items()
    }
    for circle in circles(calls):
        if own in circle:
            yield problem(None, "calls_itself", flows=", ".join(sorted(circle)))
    if own and any(isinstance(node, Return) for node in document.nodes.values()) and not _called(flows, own):
        for name, node in document.nodes.items():
            if isinstance(node, Return):
                yield problem(name, "return_not_called")


def _called(flows: Mapping[str, Document], own: str) -> bool:
    return any(isinstance(node, SubFlow) and node.flow == own for one in flows.values() for node in one.nodes.values())
