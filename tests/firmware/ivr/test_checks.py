"""Bad flows, each with its words in both languages and at the right node; and the flows of the box are good."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from firmware.dialplan.hours import Schedule
from firmware.ivr import schema as published
from firmware.ivr.checks import Names, check, errors
from firmware.ivr.document import Document, FlowError, read
from firmware.ivr.nodes import AnyNode
from firmware.ivr.problems import WORDS, refused
from firmware.prompts import texts
from tests.firmware.ivr.walking import flow, prompt

OFFICE = Schedule.model_validate({
    "otherwise": "night", "hours": {"day": {"days": ["mon"], "begin": "09:00", "end": "18:00", "entry": "day"}}
})  # fmt: skip
ENDS: dict[str, Any] = {name: {"kind": "queue", "queue": name} for name in ("a", "b")}
MEMBER = flow({"x": {"kind": "return"}, "y": {"kind": "return", "by": "stranger"}})
NAMES = Names(
    queues=frozenset({"a", "b", "operator"}), stations=frozenset({"801"}), boxes=frozenset({"general"}),
    rooms=frozenset({"900"}), schedules={"office": OFFICE}, flows={"member": MEMBER},
    prompts={"zh": frozenset({"x", "flow_excuse", "only_zh", "no_input", "wrong_input", "goodbye"}),
             "en": frozenset({"x", "flow_excuse", "no_input", "wrong_input", "goodbye"})},
)  # fmt: skip
PLAY: dict[str, Any] = {"kind": "play", "prompt": prompt("x"), "exits": {"next": "a"}}
MENU: dict[str, Any] = {"kind": "menu", "prompt": prompt("x"), "exits": {"1": "a", "otherwise": "b"}}


def node(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def found(document: Document, names: Names = NAMES, own: str = "main") -> list[tuple[str | None, str, str]]:
    return [(one.node, one.name, one.words("en")) for one in check(document, names, own)]


def test_a_good_flow_has_no_problems() -> None:
    assert found(flow({"menu": MENU, **ENDS})) == []


@pytest.mark.parametrize(
    ("nodes", "at", "name", "words"),
    [
        ({"p": PLAY | {"exits": {}}}, "p", "exit_missing", "The exit “next” leads nowhere. Join it to a node."),
        ({"p": PLAY | {"exits": {"next": "gone"}}}, "p", "exit_to_nothing",
         "The exit “next” leads to “gone”, but there is no such node."),
        ({"p": PLAY | {"exits": {"next": "a", "busy": "a"}}}, "p", "exit_unknown",
         "A node of this kind has no exit “busy”; it has next."),
        ({"m": MENU | {"exits": {"otherwise": "a"}}}, "m", "no_keys",
         "The menu has no exit for any key, so the caller has nothing to choose."),
        ({"p": PLAY, "q": PLAY}, "q", "unreachable", "No way leads to this node."),
        ({"p": PLAY | {"exits": {"next": "q"}}, "q": PLAY | {"exits": {"next": "p"}}}, "p", "endless",
         "A caller goes round in these nodes without being asked anything: p, q."),
        ({"p": PLAY | {"exits": {"next": "p"}}}, "p", "endless",
         "A caller goes round in these nodes without being asked anything: p."),
        ({"p": PLAY | {"exits": {"next": "i"}},
          "i": node("hours", schedule="office", exits={"day": "a", "night": "p", "otherwise": "p"})},
         "p", "loop_without_input", "These nodes form a loop in which the caller is asked nothing"),
        ({"m": MENU | {"exits": {"1": "a", "otherwise": "m"}}}, "m", "endless_silence",
         "A caller who presses nothing goes round in these nodes until the flow's limit: m."),
        ({"m": MENU | {"exits": {"1": "m", "otherwise": "l"}}, "l": node("language", exits={"next": "m"})}, "m",
         "no_way_out", "No way leads from this node to an end: a queue, a transfer, voicemail, hanging up."),
        ({"p": PLAY | {"prompt": prompt("gone")}}, "p", "prompt_missing",
         "There is no prompt “gone” in Chinese (prompt)."),
        ({"p": PLAY | {"prompt": prompt("only_zh")}}, "p", "prompt_missing",
         "There is no prompt “only_zh” in English (prompt)."),
        ({"m": MENU | {"no_input": prompt("gone")}}, "m", "prompt_missing",
         "There is no prompt “gone” in Chinese (no_input)."),
        ({"s": node("survey", questions=[{"id": "q", "prompt": prompt("gone")}], exits={"next": "a"})}, "s",
         "prompt_missing", "There is no prompt “gone” in Chinese (questions.q.prompt)."),
        ({"p": PLAY | {"prompt": [{"kind": "text", "text": {"zh": "您好"}}]}}, "p", "text_missing",
         "The written prompt has no text in English (prompt); callers hear the other language."),
        ({"q": node("queue", queue="gone")}, "q", "queue_unknown", "There is no queue “gone”."),
        ({"c": node("callback", queue="gone", exits={"next": "a", "no_number": "a"})}, "c", "queue_unknown",
         "There is no queue “gone”."),
        ({"t": node("transfer", to="station", address="999")}, "t", "station_unknown", "There is no station “999”."),
        ({"t": node("transfer", to="room", address="999")}, "t", "room_unknown", "There is no conference room “999”."),
        ({"h": node("http", url="https://crm.local/", exits={"next": "a", "failed": "a"})}, "h", "address",
         "Flows may not ask crm.local: it is this box or its own network."),
        ({"v": node("voicemail", box="999")}, "v", "box_unknown", "There is no voicemail box “999”."),
        ({"f": node("flow", flow="gone")}, "f", "flow_unknown", "There is no published flow “gone”."),
        ({"f": node("sub_flow", flow="gone", exits={"next": "a"})}, "f", "flow_unknown",
         "There is no published flow “gone”."),
        ({"f": node("sub_flow", flow="member", exits={"next": "a"})}, "f", "return_unknown",
         "The flow “member” returns by “stranger”, and there is no such exit here."),
        ({"f": node("sub_flow", flow="member", exits={"next": "a", "stranger": "a", "other": "a"})}, "f",
         "exit_unknown", "A node of this kind has no exit “other”; it has failed, next, stranger."),
        ({"f": node("sub_flow", flow="main", exits={"next": "a"})}, None, "calls_itself",
         "Flows call each other without end: main."),
        ({"r": node("return")}, "r", "return_not_called",
         "Where this flow answers a line itself, the caller goes to its fallback here."),
        ({"h": node("hours", schedule="gone", exits={"otherwise": "a"})}, "h", "schedule_unknown",
         "There is no schedule “gone”."),
        ({"h": node("hours", schedule="office", exits={"day": "a", "lunch": "a", "night": "a", "otherwise": "a"})}, "h",
         "entry_unknown", "The schedule “office” has no entry “lunch”; it has day, night."),
        ({"h": node("hours", schedule="office", exits={"day": "a", "otherwise": "a"})}, "h", "entry_not_joined",
         "The schedule's entry “night” has no exit here and takes “otherwise”."),
        ({"l": node("lookup", query="customer", exits={"found": "a", "not_found": "a"})}, "l", "query_unknown",
         "There is no query “customer”; there are calls_of, last_call_of."),
        ({"l": node("lookup", query="calls_of", exits={"found": "a", "not_found": "a"})}, "l", "query_argument",
         "The query “calls_of” needs the arguments number."),
        ({"l": node("lookup", query="calls_of", arguments={"number": "1"}, into={"x": "colour"},
                    exits={"found": "a", "not_found": "a"})}, "l", "query_field",
         "The query “calls_of” has no field “colour”; it has calls, answered, missed, last_day, last_spoken_day."),
        ({"t": node("transfer", to="number", address="${order}")}, "t", "variable_unset",
         "The variable “order” is never set, so it is always empty."),
        ({"p": PLAY | {"prompt": [{"kind": "digits", "value": "${order}"}]}}, "p", "variable_unset",
         "The variable “order” is never set, so it is always empty."),
        ({"d": node("digits", prompt=prompt("x"), into="number", exits={"next": "a", "otherwise": "a"})}, "d",
         "variable_fact", "“number” is a fact of the call and cannot be set. Take another name."),
        ({"h": node("http", url="http://127.0.0.1:8080/", exits={"next": "a", "failed": "a"})}, "h", "address",
         "Flows may not ask 127.0.0.1: it is this box or its own network."),
        ({"s": node("sms", text="x", exits={"next": "a", "not_available": "a"})}, "s", "part_missing",
         "This box has no part for sms: the caller always leaves by “not_available”."),
        ({"s": node("fax", exits={"next": "a", "not_available": "a"})}, "s", "part_missing",
         "This box has no part for fax: the caller always leaves by “not_available”."),
    ],
)  # fmt: skip
def test_bad_flows(nodes: dict[str, Any], at: str | None, name: str, words: str) -> None:
    problems = check(flow({**nodes, **ENDS}), NAMES, "main")
    one = next(one for one in problems if one.name == name)
    assert one.node == at and one.words("en").startswith(words)
    assert one.words("zh") != one.words("en") and "{" not in one.words("zh")


def test_a_bad_start_and_a_bad_fallback() -> None:
    bad = flow({"m": MENU, **ENDS}, start="gone", fallback={"kind": "queue", "queue": "gone"})
    assert found(bad) == [
        (None, "start_missing", "The flow begins at “gone”, but there is no such node."),
        (None, "queue_unknown", "There is no queue “gone”."),
    ]


def test_every_problem_is_shown_by_a_test_above() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [name for name in WORDS if f'"{name}"' not in text] == []


def test_what_is_not_known_is_not_checked() -> None:
    document = flow({"q": {"kind": "queue", "queue": "gone"}})
    assert found(document, Names()) == []


# -- documents that cannot be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "at", "name", "words"),
    [
        ({"nodes": {"a": ENDS["a"]}}, None, "field_missing", "start is missing."),
        ({"start": "a", "nodes": {"a": ENDS["a"]}, "colour": 1}, None, "field_unknown",
         "There is nothing called colour."),
        ({"start": "a", "nodes": {}}, None, "field_wrong", "nodes cannot be “dict”: needs at least 1"),
        ({"start": "a", "nodes": {"a": node("play")}}, "a", "field_missing", "prompt is missing."),
        ({"start": "a", "nodes": {"a": PLAY | {"promt": 1}}}, "a", "field_unknown", "There is nothing called promt."),
        ({"start": "a", "nodes": {"a": MENU | {"tries": 11}}}, "a", "field_wrong",
         "tries cannot be “11”: must be 10 or less"),
        ({"start": "a", "nodes": {"a": node("dance")}}, "a", "field_wrong", "kind cannot be “dict”: must be one of"),
        ({"start": "a", "nodes": {"a": {}}}, "a", "field_wrong", "kind cannot be “dict”: kind is missing"),
        ({"start": "a", "nodes": {"a": node("http", url="file:///etc/passwd")}}, "a", "field_wrong",
         "url cannot be “file:///etc/passwd”: must match"),
        ({"start": "a", "nodes": {"a": node("digits", prompt=prompt("x"), into="x", least=5, most=4)}}, "a",
         "field_wrong", "kind cannot be “dict”: Value error, at most 4 digits, but at least 5"),
        ({"start": "a", "nodes": {"a": node("flow", flow="../../etc")}}, "a", "field_wrong",
         "flow cannot be “../../etc”: must match"),
    ],
)  # fmt: skip
def test_documents_that_are_refused(document: dict[str, Any], at: str | None, name: str, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        Document.model_validate(document)
    one = refused(error.value)[0]
    assert (one.node, one.name) == (at, name) and one.words("en").startswith(words) and one.words("zh")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"start": NaN}', "NaN is no number"),
        ('{"start": "a"}', "nodes is missing"),
        (" " * 1_000_001, "a flow may have 1000000"),
    ],
)
def test_files_that_are_no_flow(text: str, words: str) -> None:
    with pytest.raises(FlowError, match=words):
        read(text)


# -- what the box comes with ----------------------------------------------------------------------------------

SHIPPED = sorted((Path(published.__file__).parent / "flows").glob("*.json"))
SPOKEN = frozenset(texts()["prompts"])


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_flows_of_the_box_are_good(file: Path) -> None:
    flows = {one.stem: read(one.read_bytes(), one.name) for one in SHIPPED}
    names = Names(
        queues=frozenset({"sales", "service", "operator"}), boxes=frozenset({"general"}), schedules={}, flows=flows,
        prompts={"zh": SPOKEN, "en": SPOKEN},
    )  # fmt: skip
    assert check(flows[file.stem], names, file.stem) == []


def test_every_prompt_that_nodes_have_of_themselves_is_spoken() -> None:
    nodes = [
        node("menu", prompt=prompt("x")), node("digits", prompt=prompt("x"), into="x"), node("language"),
        node("survey"), node("callback", queue="a"), node("hang_up"),
    ]  # fmt: skip
    document = flow({f"n{index}": one for index, one in enumerate(nodes)})
    wanted = {getattr(part, "name", None) for _, _, part in document.parts()} | {"one_moment"}
    assert wanted - SPOKEN == {"x"}


def test_the_schema_is_current() -> None:
    written = published.FILE.read_text("utf-8")
    assert written == published.schema(), "run python -m firmware.ivr.schema"
    assert json.loads(written)["title"] == "callbox flow"


def test_errors_come_first_and_keep_a_flow_back() -> None:
    problems = check(flow({"p": PLAY | {"exits": {}}, "q": PLAY, **ENDS}), NAMES)
    assert [one.severity for one in problems] == sorted(one.severity for one in problems)
    assert {one.name for one in errors(problems)} == {"exit_missing"}


def test_the_page_names_every_kind_and_every_exit() -> None:
    page = (Path(__file__).parents[3] / "docs" / "flows.md").read_text("utf-8")
    for one in get_args(get_args(AnyNode)[0]):
        kind = get_args(one.model_fields["kind"].annotation)[0]
        row = next(line for line in page.splitlines() if line.startswith("| `") and f"`{kind}`" in line.split("|")[1])
        assert all(exit_ in row for exit_ in (*one.needs, *one.may) if len(exit_) > 1), kind
