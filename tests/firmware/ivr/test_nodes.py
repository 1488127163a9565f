"""Each kind of node, by each of its exits: what the caller hears, what is kept, where he comes to."""

from typing import Any

import pytest

from firmware.calls.places import HangUp, ToNumber, ToQueue, ToRoom, ToStation, ToVoicemail
from firmware.ivr.nodes import AnyNode
from firmware.ivr.ports import Facts, Fetched, Refused
from tests.firmware.ivr.walking import Everything, Keys, Walk, flow, prompt

ENDS = {name: {"kind": "queue", "queue": name} for name in ("a", "b", "c", "d")}
OPERATOR = ToQueue(queue="operator")


def one(kind: str, exits: dict[str, str], **fields: Any) -> Any:
    """A flow of one node whose exits lead to queues of their own."""
    return flow({"node": {"kind": kind, "exits": exits, **fields}, **ENDS})


def test_play(walk: Walk) -> None:
    done = walk(one("play", {"next": "a"}, prompt=prompt("greeting", "closed")))
    assert done.place == ToQueue(queue="a") and done.caller.heard == ["greeting", "closed"]


MENU = {"kind": "menu", "prompt": prompt("greeting"), "exits": {"1": "a", "2": "b", "otherwise": "c"}, "into": "chosen"}


@pytest.mark.parametrize(
    ("keys", "queue", "heard"),
    [
        (["1"], "a", ["greeting"]),
        ([None, "2"], "b", ["greeting", "no_input", "greeting"]),
        (["9", "2"], "b", ["greeting", "wrong_input", "greeting"]),
        ([None, None], "c", ["greeting", "no_input", "greeting"]),
        (["9", "#"], "c", ["greeting", "wrong_input", "greeting"]),
    ],
)
def test_menu(walk: Walk, keys: list[str | None], queue: str, heard: list[str]) -> None:
    done = walk(flow({"menu": MENU, **ENDS}), *keys)
    assert (done.place, done.caller.heard) == (ToQueue(queue=queue), heard)
    if queue != "c":
        assert done.variable("chosen") == keys[-1]


DIGITS: dict[str, Any] = {
    "kind": "digits", "prompt": prompt("ask"), "into": "order", "least": 3, "most": 6,
    "exits": {"next": "a", "otherwise": "b"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "queue", "order"),
    [
        ("1 2 3 4 5 6", "a", "123456"),
        ("1 2 3 #", "a", "123"),
        ("1 2 3", "a", "123"),
        ("1 2 * 4 5 6 #", "a", "456"),
        ("1 2 A 3 #", "a", "123"),
        ("1 # 4 5 6 7 #", "a", "4567"),
        ("# #", "b", None),
        ("", "b", None),
    ],
)
def test_digits(walk: Walk, keys: str, queue: str, order: str | None) -> None:
    done = walk(flow({"digits": DIGITS, **ENDS}), *keys.split())
    assert done.place == ToQueue(queue=queue)
    assert done.run._way.frame.variables.get("order") == order


def test_an_end_key_out_of_habit_is_no_answer_to_the_next_question(walk: Walk) -> None:
    digits = DIGITS | {"exits": {"next": "menu", "otherwise": "b"}}
    done = walk(flow({"digits": digits, "menu": MENU, **ENDS}), *"123456#2")
    assert done.place == ToQueue(queue="b") and "wrong_input" not in done.caller.heard


def test_digits_that_are_secret_are_told_nowhere(walk: Walk) -> None:
    done = walk(flow({"digits": DIGITS | {"secret": True}, **ENDS}), *"123456")
    assert "123456" not in str(done.caller.told) and done.variable("order") == "123456"


@pytest.mark.parametrize(("key", "language"), [("1", "zh"), ("2", "en"), (None, "zh"), ("7", "zh")])
def test_language(walk: Walk, key: str | None, language: str) -> None:
    document = flow({
        "language": {"kind": "language", "exits": {"next": "say"}},
        "say": {"kind": "play", "prompt": prompt("greeting"), "exits": {"next": "a"}}, **ENDS,
    })  # fmt: skip
    done = walk(document, key, None)
    assert done.caller.language == language and done.caller.heard[-1] == "greeting"  # in his language now


def test_language_without_a_question(walk: Walk) -> None:
    done = walk(one("language", {"next": "a"}, language="en"))
    assert done.caller.language == "en" and done.caller.heard == []


SURVEY = {
    "kind": "survey", "comment_s": 60, "exits": {"next": "a", "no_answer": "b"},
    "questions": [
        {"id": "satisfaction", "prompt": prompt("q1")}, {"id": "again", "prompt": prompt("q2"), "keys": "12"},
    ],
}  # fmt: skip


def test_survey(walk: Walk) -> None:
    done = walk(flow({"survey": SURVEY, **ENDS}), "5", "3", "2")
    assert done.place == ToQueue(queue="a")
    assert done.caller.events("call.survey") == [
        {"answers": [{"question": "satisfaction", "key": "5"}, {"question": "again", "key": "2"}],
         "comment": "recordings/m.wav"}
    ]  # fmt: skip
    assert done.caller.heard == ["q1", "q2", "wrong_input", "q2", "survey_comment"]


def test_a_survey_broken_off_keeps_what_was_answered(walk: Walk) -> None:
    done = walk(flow({"survey": SURVEY, **ENDS}), "4")
    assert done.place == ToQueue(queue="a")
    assert done.caller.events("call.survey") == [
        {"answers": [{"question": "satisfaction", "key": "4"}], "comment": None}
    ]


def test_a_survey_nobody_answers(walk: Walk) -> None:
    done = walk(flow({"survey": SURVEY, **ENDS}))
    assert done.place == ToQueue(queue="b") and done.caller.events("call.survey") == []


CALLBACK = {"kind": "callback", "queue": "sales", "exits": {"next": "a", "no_number": "b"}}


@pytest.mark.parametrize(
    ("number", "keys", "wanted"),
    [
        ("13800138000", "1", "13800138000"),
        ("13800138000", "2 8 7 6 5 4 3 2 1 # 1", "87654321"),
        ("13800138000", "2 8 7 6 5 4 3 2 1 # 2 1 1 1 1 1 1 1 # 1", "1111111"),
        ("", "8 7 6 5 4 3 2 1 #", "87654321"),  # he hears it and hangs on
        ("", "1 2 #", None),
        ("", "", None),
    ],
)
def test_callback(walk: Walk, number: str, keys: str, wanted: str | None) -> None:
    done = walk(flow({"callback": CALLBACK, **ENDS}), *keys.split(), caller=Keys(facts=Facts(number=number)))
    events = done.caller.events("call.callback_wanted")
    assert events == ([] if wanted is None else [{"number": wanted, "queue": "sales"}])
    assert done.place == ToQueue(queue="b" if wanted is None else "a")


@pytest.mark.parametrize("failed", [True, False])
def test_record(walk: Walk, failed: bool) -> None:
    exits = {"next": "a", "empty": "b"} | ({"failed": "c"} if failed else {})
    document = one("record", exits, prompt=prompt("speak"), into="said")
    done = walk(document)
    assert done.place == ToQueue(queue="a") and done.variable("said") == "recordings/m.wav"
    assert walk(document, caller=Keys(recorded=None)).place == ToQueue(queue="b")
    full = walk(document, caller=Keys(recorded=Refused("no room")))
    assert full.place == ToQueue(queue="c" if failed else "b") and full.caller.faults() == ["record"]


@pytest.mark.parametrize(
    ("left", "is_", "right", "so"),
    [
        ("${number}", "begins_with", "138", True),
        ("${number}", "ends_with", "138", False),
        ("${number}", "one_of", "110, 13800138000", True),
        ("${order}", "less", "10", True),
        ("${order}", "at_most", "9", True),
        ("${order}", "more", "10", False),
        ("${order}", "at_least", "09.0", True),
        ("${order}", "equal", "9", False),  # texts: 09 is not 9
        ("${order}", "not_equal", "9", True),
        ("${order}", "contains", "9", True),
        ("${nothing}", "empty", "", True),
        ("${order}", "not_empty", "", True),
        ("${number}x", "more", "1", False),
        ("NaN", "at_most", "1", False),
        ("1e999999", "more", "1", False),
    ],
)
def test_condition(walk: Walk, left: str, is_: str, right: str, so: bool) -> None:
    branch = {"exit": "yes", "when": [{"left": left, "is": is_, "right": right}]}
    document = flow(
        {"if": {"kind": "condition", "branches": [branch], "exits": {"yes": "a", "otherwise": "b"}}, **ENDS},
        variables={"order": "09"},
    )
    assert walk(document).place == ToQueue(queue="a" if so else "b")


def test_conditions_of_all_and_any(walk: Walk) -> None:
    when = [{"left": "1", "is": "equal", "right": "1"}, {"left": "1", "is": "equal", "right": "2"}]
    branches = [{"exit": "both", "match": "all", "when": when}, {"exit": "one", "match": "any", "when": when}]
    exits = {"both": "a", "one": "b", "otherwise": "c"}
    assert walk(one("condition", exits, branches=branches)).place == ToQueue(queue="b")


@pytest.mark.parametrize(
    ("entries", "queue", "faults"),
    [({"office": "day"}, "a", []), ({"office": "lunch"}, "b", []), ({}, "b", ["schedule"])],
)
def test_hours(walk: Walk, entries: dict[str, str], queue: str, faults: list[str]) -> None:
    done = walk(one("hours", {"day": "a", "otherwise": "b"}, schedule="office"), box=Everything(entries=entries))
    assert (done.place, done.caller.faults()) == (ToQueue(queue=queue), faults)


def test_set(walk: Walk) -> None:
    values = {
        "greeting": {"do": "text", "text": "${name}/${today}/${now}/${line}/${unset}/$5/$${x}"},
        "tries": {"do": "add", "left": "${tries}", "right": "1.5"},
        "rest": {"do": "subtract", "left": "10", "right": "${tries}"},
        "tail": {"do": "last", "text": "${number}", "length": 4},
        "head": {"do": "first", "text": "${number}", "length": 3},
        "number": {"do": "text", "text": "110"},
        "kept": {"do": "text", "text": "${number}"},
    }
    done = walk(one("set", {"next": "a"}, values=values, note=["tail"]))
    assert done.variable("greeting") == "王/2026-11-22/14:05/3//$5/${x}"
    assert [done.variable(name) for name in ("tries", "rest", "tail", "head")] == ["1.5", "8.5", "8000", "138"]
    assert done.variable("kept") == "13800138000"  # a fact is not overridden
    assert done.caller.events("call.noted") == [{"values": {"tail": "8000"}}]


@pytest.mark.parametrize(
    ("query", "number", "exits", "queue"),
    [
        ("calls_of", "13800138000", {}, "a"),
        ("calls_of", "110", {}, "b"),
        ("broken", "110", {}, "b"),
        ("broken", "110", {"failed": "c"}, "c"),
    ],
)
def test_lookup(walk: Walk, query: str, number: str, exits: dict[str, str], queue: str) -> None:
    box = Everything(records={"13800138000": {"calls": "7"}})
    fields = {"query": query, "arguments": {"number": number}, "into": {"calls": "calls", "other": "nothing"}}
    done = walk(one("lookup", {"found": "a", "not_found": "b"} | exits, **fields), box=box)
    assert done.place == ToQueue(queue=queue)
    if queue == "a":
        assert (done.variable("calls"), done.variable("other")) == ("7", "")


def test_a_caller_who_waits_for_a_look_up_is_not_left_in_silence(walk: Walk) -> None:
    fields = {"query": "calls_of", "arguments": {"number": "1"}}
    done = walk(one("lookup", {"found": "a", "not_found": "b"}, **fields), box=Everything(takes_s=10.0))
    assert done.caller.heard == ["one_moment"] * 2 and done.seconds >= 10


ANSWER = {"order": {"state": "sent", "items": [{"price": 12.5}], "paid": True, "note": None}}


@pytest.mark.parametrize(
    ("answer", "queue", "status", "state"),
    [
        (Fetched(200, ANSWER), "a", "200", ("sent", "12.5", "true", "")),
        (Fetched(200, None), "b", "200", None),
        (Fetched(404, ANSWER), "b", "404", None),
        (Refused("no host"), "b", "refused", None),
    ],
)
def test_http(walk: Walk, answer: Fetched | Refused, queue: str, status: str, state: tuple[str, ...] | None) -> None:
    paths = ["order.state", "order.items.0.price", "order.paid", "order.note"]
    fields = {
        "method": "POST", "url": "https://crm.example/orders/${evil}?n=${number}", "headers": {"X-Key": "k${line}"},
        "body": {"who": "${evil}"}, "into": dict(zip("wxyz", paths, strict=True)), "status_into": "status",
    }  # fmt: skip
    node = {"kind": "http", "exits": {"next": "a", "failed": "b"}, **fields}
    document = flow({"http": node, **ENDS}, variables={"evil": '../x?y&"@h/'})
    done = walk(document, box=Everything(answer=answer))
    assert done.place == ToQueue(queue=queue) and done.variable("status") == status
    assert done.box.asked == [
        ("https://crm.example/orders/..%2Fx%3Fy%26%22%40h%2F?n=13800138000", {"X-Key": "k3"}, {"who": '../x?y&"@h/'})
    ]
    assert state is None or tuple(done.variable(name) for name in "wxyz") == state


@pytest.mark.parametrize("kind", ["sms", "fax"])
def test_parts_that_the_box_does_not_have(walk: Walk, kind: str) -> None:
    fields = {"text": "x"} if kind == "sms" else {}
    done = walk(one(kind, {"next": "a", "not_available": "b"}, **fields))
    assert done.place == ToQueue(queue="b") and done.caller.faults() == ["part"]


MEMBER = {
    "ask": {"kind": "digits", "prompt": prompt("ask"), "into": "entered_number", "least": 1, "most": 4,
            "exits": {"next": "if", "otherwise": "no"}},
    "if": {"kind": "condition", "exits": {"right": "yes", "otherwise": "no"},
           "branches": [{"exit": "right", "when": [{"left": "${entered_number}", "is": "equal", "right": "${pin}"}]}]},
    "yes": {"kind": "return"}, "no": {"kind": "return", "by": "stranger"},
}  # fmt: skip


@pytest.mark.parametrize(("keys", "queue", "entered"), [("1234", "a", "1234"), ("9999", "b", "9999")])
def test_sub_flow(walk: Walk, keys: str, queue: str, entered: str) -> None:
    fields = {"flow": "member", "give": {"pin": "12${line}4"}, "take": {"card": "entered_number"}}
    done = walk(one("sub_flow", {"next": "a", "stranger": "b"}, **fields), *keys, member=flow(MEMBER))
    assert done.place == ToQueue(queue=queue) and done.variable("card") == entered
    assert "pin" not in done.run._way.frame.variables
    assert [data["flow"] for data in done.caller.events("call.flow")] == ["main", "member"]


def test_a_sub_flow_that_is_not_there(walk: Walk) -> None:
    done = walk(one("sub_flow", {"next": "a", "failed": "b"}, flow="nothing"))
    assert done.place == ToQueue(queue="b") and done.caller.faults() == ["sub_flow"]


def test_flows_that_call_each_other_without_end(walk: Walk) -> None:
    document = one("sub_flow", {"next": "a", "failed": "b"}, flow="main")
    done = walk(document)
    assert done.place == ToQueue(queue="b") and done.caller.faults() == ["sub_flow"]
    assert len(done.nodes) == 9


def test_going_to_another_flow(walk: Walk) -> None:
    other = flow({"end": {"kind": "queue", "queue": "other"}}, variables={"x": "1", "y": "2"})
    done = walk(flow({"go": {"kind": "flow", "flow": "other"}}, variables={"x": "mine"}), other=other)
    assert done.place == ToQueue(queue="other") and (done.variable("x"), done.variable("y")) == ("mine", "2")
    lost = walk(flow({"go": {"kind": "flow", "flow": "nothing"}}))
    assert lost.place == OPERATOR and lost.caller.heard == ["flow_excuse"]


def test_a_return_that_nobody_called_is_the_fallback(walk: Walk) -> None:
    done = walk(flow({"end": {"kind": "return"}}))
    assert done.place == OPERATOR and done.caller.heard == []


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ({"kind": "queue", "queue": "sales"}, ToQueue(queue="sales")),
        ({"kind": "transfer", "to": "station", "address": "80${line}"}, ToStation(station="803")),
        ({"kind": "transfer", "to": "number", "address": "${number}"}, ToNumber(number="13800138000")),
        ({"kind": "transfer", "to": "station", "address": "801", "ring_s": 12}, ToStation(station="801", ring_s=12)),
        ({"kind": "transfer", "to": "room", "address": "900"}, ToRoom(room="900")),
        ({"kind": "voicemail", "box": "80${line}"}, ToVoicemail(box="803")),
        ({"kind": "voicemail", "box": "general"}, ToVoicemail(box="general")),
        ({"kind": "hang_up"}, HangUp(prompt=None)),
    ],
)
def test_places(walk: Walk, node: dict[str, Any], place: Any) -> None:
    done = walk(flow({"end": node}))
    assert done.place == place
    assert done.caller.heard == (["goodbye"] if node["kind"] == "hang_up" else [])


@pytest.mark.parametrize(
    "node",
    [
        {"kind": "transfer", "to": "station", "address": "${name}"},
        {"kind": "transfer", "to": "number", "address": "${nothing}"},
        {"kind": "voicemail", "box": "Straße 5"},
    ],
)
def test_an_address_that_is_none(walk: Walk, node: dict[str, Any]) -> None:
    lost = walk(flow({"end": node}))
    assert lost.place == OPERATOR and lost.caller.heard == ["flow_excuse"] and lost.caller.faults() == ["place", "exit"]
    assert walk(flow({"end": node | {"exits": {"not_possible": "a"}}, **ENDS})).place == ToQueue(queue="a")


def test_the_priority_of_a_caller(walk: Walk) -> None:
    done = walk(flow({"end": {"kind": "queue", "queue": "vip", "priority": 7}}))
    assert done.caller.rank == 7


def test_every_kind_has_its_test() -> None:
    """The kinds named in this file are those there are."""
    import pathlib
    from typing import get_args

    text = pathlib.Path(__file__).read_text("utf-8")
    for node in get_args(get_args(AnyNode)[0]):
        kind = get_args(node.model_fields["kind"].annotation)[0]
        assert f'"{kind}"' in text, f"no test of {kind}"
