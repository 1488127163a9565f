"""The flow editor's page by Flask's client: the list, new ones, files in and out, and everything that is sent wrong."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.ivr.document import Document
from firmware.ivr.nodes import Node
from firmware.ivr.uses import Use
from tests.webui.door import csrf_header
from tests.webui.flowbox import FlowBox
from webui.flows.catalogue import node_models
from webui.flows.starters import STARTERS, begun
from webui.flows.words import EXITS, KINDS, USES

QUEUE = {"kind": "queue", "queue": "sales"}
SMALL = {"start": "wait", "nodes": {"wait": QUEUE}}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FlowBox]:
    box = FlowBox(tmp_path / "data")
    yield box
    box.stop()


def asks(page: FlaskClient, flow: str, what: str, content: Any) -> TestResponse:
    return page.post(f"/flows/{flow}/ask/{what}", json=content, headers=csrf_header(page))


def sends(page: FlaskClient, action: str, **fields: Any) -> str:
    """The form at /flows; what the page then says."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get("/flows").text)
    assert token is not None
    page.post(action, data={"csrf_token": token[1], **fields})
    return page.get("/flows").text


def test_every_kind_of_node_has_its_words() -> None:
    models: dict[str, type[Node]] = node_models()
    assert set(models) == set(KINDS)
    exits = {exit_ for model in models.values() for exit_ in (*model.needs, *model.may) if len(exit_) > 1}
    assert exits == set(EXITS)
    assert set(USES) == {"lines", "line", "schedule", "night", "survey", "number", "queue", "flow"}


def test_the_catalogue_has_no_field_without_words(inside: FlaskClient) -> None:
    for language, key, queue in (("en", "key %(key)s", "Sales"), ("zh-CN", "按键 %(key)s", "销售")):
        inside.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        state = inside.get("/flows/main/state").get_json()
        assert set(state["catalogue"]["kinds"]) == set(KINDS)
        assert state["document"]["nodes"]["welcome"]["exits"]["1"] == "sales"
        assert (state["words"]["key"], state["labels"]["queues"]["sales"]) == (key, queue)


def test_starters_can_be_published_as_they_are(inside: FlaskClient, box: FlowBox) -> None:
    for starter in STARTERS:
        name = f"from_{starter}"
        assert post_new(inside, starter, name).headers["Location"] == f"/flows/{name}"
        draft = box.flows.library.draft(name)
        assert draft is not None and draft.who == "owner"
        assert box.flows.library.problems(name, draft.document, box.flows.names()) == []
        assert asks(inside, name, "publish", {"seen": draft.stamp, "note": "first"}).get_json()["version"] == 1
        Document.model_validate(begun(starter, {}, "", "zh"))  # also where the box has nothing


def post_new(page: FlaskClient, starter: str, name: str) -> TestResponse:
    fields = {"starter": starter, "name": name, "title": "T"}
    return page.post("/flows/new", data=fields, headers=csrf_header(page))


def test_the_list_says_how_each_stands(inside: FlaskClient, box: FlowBox) -> None:
    box.flows.library.save_draft("sale", SMALL | {"title": {"en": "Sale"}, "start": "gone"}, "wang")
    box.flows.within = {"main": 2}
    text = " ".join(inside.get("/flows").text.split())
    assert "Used by: all other lines" in text and "2 callers in it now" in text and "as the box came" in text
    assert "draft of wang" in text and "1 fault to mend" in text and "never published" in text
    assert "<strong>Sale</strong>" in text


def test_copy_rename_remove(inside: FlaskClient, box: FlowBox) -> None:
    sends(inside, "/flows/main/copy", to="second")
    assert box.flows.library.draft("second") is not None
    assert "is called “third” now" in sends(inside, "/flows/second/rename", to="third")
    assert "There is a flow “main” already" in sends(inside, "/flows/third/rename", to="main")
    assert "There is a flow “third” already" in sends(inside, "/flows/main/copy", to="third")
    assert "came with the box" in sends(inside, "/flows/surge/remove")
    assert "is in use" in sends(inside, "/flows/main/rename", to="other")
    assert "“third” is removed." in sends(inside, "/flows/third/remove")
    assert "There is no flow “third” any more." in sends(inside, "/flows/third/remove")
    assert "A short name begins with a letter" in sends(inside, "/flows/main/copy", to="../x")
    kinds = {row.kind for row in inside.application.extensions["callbox"].keep.log().rows}
    assert {"flow_renamed", "flow_removed"} <= kinds


def test_what_callers_are_in_stays(inside: FlaskClient, box: FlowBox) -> None:
    sends(inside, "/flows/main/copy", to="second")
    box.flows.within = {"second": 1}
    assert "Callers are in “second” just now" in sends(inside, "/flows/second/remove")
    box.flows.within = {}
    box.flows.section = box.flows.section.model_copy(update={"surveys": {"sales": "second"}})
    assert box.flows.uses()["second"] == [Use("survey", "sales")]
    assert "“second” is in use" in sends(inside, "/flows/second/remove")


def test_out_as_a_file_and_in_again(inside: FlaskClient, box: FlowBox) -> None:
    out = inside.get("/flows/main/export")
    assert out.headers["Content-Disposition"] == 'attachment; filename="main.json"'
    file = (io.BytesIO(out.data), "main.json")
    sends(inside, "/flows/import", name="again", file=file)
    draft = box.flows.library.draft("again")
    assert draft is not None and draft.document == json.loads(out.data)
    assert list(draft.document["nodes"]) == ["welcome", "sales", "service", "operator"]  # as they were


NO_FLOWS: tuple[tuple[bytes, str], ...] = (
    (b"not json", "This file is not JSON"),
    (b"", "This file is not JSON"),
    (b"[" * 5000, "This file is not JSON"),
    (b"[]", "flow: flow cannot be"),
    (b'{"start": "a", "nodes": {"a": {"kind": "queue"}}}', "a: queue is missing"),
    (b'{"start": "a", "nodes": {"a": {"kind": "nothing"}}}', "kind"),
    (json.dumps(SMALL | {"title": {"en": "x" * 901_000}}).encode(), "The flow is too large"),
)


def test_files_that_are_no_flows(inside: FlaskClient, box: FlowBox) -> None:
    for content, words in NO_FLOWS:
        assert words in sends(inside, "/flows/import", name="again", file=(io.BytesIO(content), "x.json"))
        assert "again" not in box.flows.library.names()


def test_new_ones_that_cannot_be(inside: FlaskClient, box: FlowBox) -> None:
    assert post_new(inside, "nothing", "fresh").status_code == 400
    assert "There is a flow “main” already" in sends(inside, "/flows/new", starter="blank", name="main")
    assert "A short name begins" in sends(inside, "/flows/new", starter="blank", name="9")
    box.flows.library.save_draft("fresh", SMALL, "wang")
    assert "There is a flow “fresh” already" in sends(inside, "/flows/new", starter="blank", name="fresh")
    assert box.flows.library.draft("fresh").document == SMALL  # type: ignore[union-attr]


def test_forged_names_lead_nowhere(inside: FlaskClient, box: FlowBox) -> None:
    for name in ("..", "%2e%2e%2fmain", "Main", "a" * 40, "x%00", "_removed"):
        for path in (f"/flows/{name}", f"/flows/{name}/state", f"/flows/{name}/export", f"/flows/{name}/walk"):
            assert inside.get(path).status_code == 404, path
        assert asks(inside, name, "save", {"document": SMALL, "seen": ""}).status_code == 404
    assert not (box.data / "flows").exists()
    assert inside.get("/flows/nothing").status_code == 404
    assert inside.get("/flows/nothing/state").status_code == 409
    assert asks(inside, "main", "nothing", {}).status_code == 404


WRONG: tuple[tuple[str, Any, int], ...] = (
    ("save", [], 400),
    ("save", {}, 400),
    ("save", {"document": "main", "seen": ""}, 400),
    ("save", {"document": {"nodes": {"a": 7}}, "seen": ""}, 400),
    ("save", {"document": {"nodes": {"a": {"kind": []}}}, "seen": ""}, 400),
    ("save", {"document": SMALL, "seen": 7}, 400),
    ("save", {"document": SMALL, "seen": "x" * 99}, 400),
    ("save", {"document": SMALL | {"title": {"en": "中" * 150_050}}, "seen": "v0"}, 413),
    ("publish", {"seen": "v0"}, 409),
    ("publish", {"note": "x" * 501, "seen": "v0"}, 400),
    ("restore", {"version": "0"}, 400),
    ("restore", {"version": True}, 400),
    ("restore", {"version": 7}, 409),
    ("compare", {"before": -1}, 400),
    ("compare", {"before": 9}, 409),
    ("get", {"version": 10**12}, 400),
    ("call", {"station": "../801"}, 400),
    ("call", {"station": ["801"]}, 400),
    ("discard", {"seen": "v7"}, 409),
)


def test_what_is_sent_wrong(inside: FlaskClient, box: FlowBox) -> None:
    for what, content, status in WRONG:
        answer = asks(inside, "main", what, content)
        assert (answer.status_code, bool(answer.get_json()["error"])) == (status, True), (what, content)
        assert box.flows.library.draft("main") is None
    for body in (b"{", b"\xff\xfe", b"[" * 9000):
        headers = csrf_header(inside) | {"Content-Type": "application/json"}
        assert inside.post("/flows/main/ask/save", data=body, headers=headers).status_code == 400


def test_two_at_the_same_flow(inside: FlaskClient, box: FlowBox) -> None:
    seen = inside.get("/flows/main/state").get_json()["stamp"]
    mine = asks(inside, "main", "save", {"document": SMALL, "seen": seen}).get_json()
    box.flows.library.save_draft("main", SMALL | {"title": {"en": "Wang’s"}}, "wang", mine["stamp"])
    refused = asks(inside, "main", "save", {"document": SMALL, "seen": mine["stamp"]})
    assert refused.status_code == 409
    assert refused.get_json() == {"error": "wang has changed this flow meanwhile.", "changed": True}
    for what in ("publish", "discard"):
        assert asks(inside, "main", what, {"seen": mine["stamp"]}).get_json()["changed"]
    theirs = asks(inside, "main", "get", {}).get_json()
    assert (theirs["draft"]["who"], theirs["document"]["title"]) == ("wang", {"en": "Wang’s"})


def test_published_compared_restored_discarded(inside: FlaskClient, box: FlowBox) -> None:
    saved = asks(inside, "main", "save", {"document": SMALL | {"start": "gone"}, "seen": "v0"}).get_json()
    assert [one["text"] for one in saved["problems"]] == ["The flow begins at “gone”, but there is no such node."]
    refused = asks(inside, "main", "publish", {"seen": saved["stamp"]}).get_json()
    assert refused["version"] is None and refused["problems"] == saved["problems"]
    empty = SMALL | {"nodes": {"wait": {"kind": "play", "prompt": [{"kind": "text", "text": {"en": ""}}]}}}
    saved = asks(inside, "main", "save", {"document": empty, "seen": saved["stamp"]}).get_json()
    assert [one["text"] for one in saved["problems"]] == ["What is said cannot be “”: must not be empty"]
    saved = asks(inside, "main", "save", {"document": SMALL, "seen": saved["stamp"]}).get_json()
    changes = asks(inside, "main", "compare", {"before": 0}).get_json()["changes"]
    assert {"node": "wait", "mark": "added", "text": "“wait” (Queue) is new."} in changes
    assert {"node": None, "mark": "changed", "text": "Where it begins was “welcome”, is “wait”."} in changes
    assert asks(inside, "main", "publish", {"seen": saved["stamp"], "note": "short"}).get_json()["version"] == 1
    assert asks(inside, "main", "restore", {"version": 0}).get_json()["versions"][0]["number"] == 2
    assert asks(inside, "main", "compare", {"before": 2}).get_json()["changes"] == []
    saved = asks(inside, "main", "save", {"document": SMALL, "seen": "v2"}).get_json()
    assert asks(inside, "main", "discard", {"seen": saved["stamp"]}).get_json()["draft"] is None
    assert "flow_published" in {row.kind for row in inside.application.extensions["callbox"].keep.log().rows}


def test_test_calls(inside: FlaskClient, box: FlowBox) -> None:
    assert "801 rings" in asks(inside, "main", "call", {"station": "801"}).get_json()["said"]
    assert "line 3" in asks(inside, "main", "call", {}).get_json()["said"]
    assert box.flows.tried == [("main", "801"), ("main", "outside")]


def test_a_draft_that_is_no_flow_can_be_discarded(inside: FlaskClient, box: FlowBox) -> None:
    box.flows.library.save_draft("main", {"nodes": 7}, "wang")
    state = inside.get("/flows/main/state").get_json()
    assert state["document"] is None and state["problems"]
    assert asks(inside, "main", "discard", {"seen": state["stamp"]}).get_json()["document"]


def test_without_the_box(inside: FlaskClient, box: FlowBox) -> None:
    headers = csrf_header(inside)
    box.stop()
    assert "The flows cannot be read just now" in inside.get("/flows").text
    assert inside.get("/flows/main").headers["Location"] == "/flows"
    answer = inside.post("/flows/main/ask/save", json={"document": SMALL, "seen": ""}, headers=headers)
    assert answer.status_code == 503 and "nothing was done" in answer.get_json()["error"]
