"""Flows for programs: drafts with checks, publishing, old versions, out as a file and in again; by key and role."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.setup.programs import Programs, Scope, hash_key, new_key
from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.webui.fakebox import ROOT, Served
from tests.webui.flowbox import FlowBox


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FlowBox]:
    box = FlowBox(tmp_path / "data")
    yield box
    box.stop()


class Program:
    """Asks with a key."""

    def __init__(self, page: FlaskClient, box: FlowBox, *scopes: Scope) -> None:
        key = new_key()
        program = {"id": "crm", "name": "CRM", "scopes": scopes, "key_hash": hash_key(key)}
        Setup(box.data).change(Programs, lambda _: {"programs": [program]}, who="test")
        self.page = page.application.test_client()
        self.header = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}

    def asks(self, how: str, path: str, **body: Any) -> TestResponse:
        sent = {"data": json.dumps(body), "content_type": "application/json"} if how in ("PUT", "POST") else {}
        return self.page.open(f"/api/v1/flows{path}", method=how, headers=self.header, **sent)


@pytest.fixture
def program(inside: FlaskClient, box: FlowBox) -> Program:
    return Program(inside, box, "flows")


def test_from_a_file_to_callers_and_back(program: Program, box: FlowBox) -> None:
    document = program.asks("GET", "/main/document").get_json()
    assert document["nodes"] and program.asks("GET", "/main").get_json()["document"] == document
    assert program.asks("PUT", "/shop/draft", document=document, seen="").get_json()["problems"] == []
    shown = next(one for one in program.asks("GET", "").get_json()["flows"] if one["flow"] == "shop")
    assert (shown["version"], shown["draft"], shown["own"], shown["errors"]) == (None, True, True, 0)
    assert program.asks("POST", "/shop/publish", note="first").get_json() == {"version": 1}
    found = program.asks("GET", "/shop").get_json()
    assert [(one["number"], one["who"], one["note"]) for one in found["versions"]] == [(1, "program:crm", "first")]
    changed = document | {"title": {"en": "Shop", "zh": "商店"}}
    assert program.asks("PUT", "/shop/draft", document=changed, seen=found["stamp"]).status_code == 200
    assert program.asks("POST", "/shop/publish").get_json() == {"version": 2}
    assert program.asks("POST", "/shop/restore", version=1).get_json() == {"version": 3}
    assert program.asks("GET", "/shop/document").get_json() == document
    assert program.asks("GET", "/shop/document?version=2").get_json() == changed
    assert program.asks("DELETE", "/shop").status_code == 204
    assert program.asks("GET", "/shop").status_code == 404


def test_keys_stay_in_their_order(program: Program) -> None:
    document = program.asks("GET", "/main/document").get_json()
    nodes = dict(reversed(document["nodes"].items()))
    program.asks("PUT", "/shop/draft", document=document | {"nodes": nodes})
    for path in ("/shop/document", "/shop"):
        text = program.asks("GET", path).get_data(as_text=True)
        found = json.loads(text).get("document") or json.loads(text)
        assert list(found["nodes"]) == list(nodes)


def test_what_is_wrong_is_said_and_keeps_it_from_callers(program: Program) -> None:
    broken = program.asks("GET", "/main/document").get_json()
    broken["nodes"]["sales"]["queue"] = "gone"
    checked = program.asks("POST", "/shop/check", document=broken).get_json()["problems"]
    assert any(one["node"] == "sales" and one["severity"] == "error" and "gone" in one["text"] for one in checked)
    assert program.asks("GET", "/shop").status_code == 404, "looking changed nothing"
    assert program.asks("PUT", "/shop/draft", document=broken).get_json()["problems"] == checked
    refused = program.asks("POST", "/shop/publish")
    assert refused.status_code == 409 and "Not published" in refused.get_json()["message"]
    assert refused.get_json()["detail"]["problems"] == checked
    assert program.asks("GET", "/shop").get_json()["versions"] == []


def test_nobody_overwrites_what_he_has_not_seen(program: Program, inside: FlaskClient) -> None:
    document = program.asks("GET", "/main/document").get_json()
    first = program.asks("PUT", "/shop/draft", document=document, seen="").get_json()["stamp"]
    refused = program.asks("PUT", "/shop/draft", document=document, seen="")
    assert refused.status_code == 409 and "meanwhile" in refused.get_json()["message"]
    assert program.asks("PUT", "/shop/draft", document=document, seen=first).status_code == 200
    assert program.asks("POST", "/shop/publish", seen="old").status_code == 409


@pytest.mark.parametrize(
    ("how", "path", "body", "status"),
    [
        ("GET", "/gone", {}, 404),
        ("GET", "/main?version=77", {}, 404),
        ("GET", "/../people", {}, 404),
        ("GET", "/MAIN", {}, 404),
        ("PUT", "/shop/draft", {"document": "no object"}, 422),
        ("PUT", "/shop/draft", {"document": {}, "force": True}, 422),
        ("POST", "/gone/publish", {}, 404),
        ("POST", "/main/restore", {"version": 77}, 404),
        ("POST", "/main/restore", {"version": -1}, 422),
        ("DELETE", "/main", {}, 409),
        ("DELETE", "/gone", {}, 404),
    ],
)
def test_what_cannot_be(program: Program, how: str, path: str, body: dict[str, Any], status: int) -> None:
    answer = program.asks(how, path, **body)
    assert answer.status_code == status and answer.get_json()["message"], answer.get_data(as_text=True)


def test_a_draft_can_be_thrown_away(program: Program) -> None:
    document = program.asks("GET", "/main/document").get_json()
    program.asks("PUT", "/shop/draft", document=document)
    program.asks("POST", "/shop/publish")
    program.asks("PUT", "/shop/draft", document=document | {"start": "nowhere"})
    assert program.asks("DELETE", "/shop/draft").status_code == 204
    assert program.asks("GET", "/shop").get_json()["draft"] is None


def test_only_with_the_scope(inside: FlaskClient, box: FlowBox) -> None:
    other = Program(inside, box, "read", "calls", "control", "events", "recordings")
    for how, path in (("GET", ""), ("GET", "/main"), ("PUT", "/main/draft"), ("DELETE", "/main")):
        assert other.asks(how, path).status_code == 403


def test_without_the_box(program: Program, box: FlowBox) -> None:
    box.stop()
    answer = program.asks("GET", "")
    assert answer.status_code == 503 and "does not answer" in answer.get_json()["message"]


def test_example_flows_as_files(program: Program, box: FlowBox, tmp_path: Path) -> None:
    Setup(box.data).change(Site, lambda _: {"language": "en"}, who="test")
    served = Served(box.data)
    asking = {"CALLBOX_URL": served.url, "CALLBOX_KEY": program.header["Authorization"].removeprefix("Bearer ")}

    def run(what: str) -> tuple[int, str]:
        command = [sys.executable, str(ROOT / "examples" / "flows_as_files.py"), what, str(tmp_path / "flows")]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | asking, timeout=60, check=False)
        assert not done.stderr
        return done.returncode, done.stdout

    try:
        assert "main: written" in run("out")[1] and run("in") == (0, "")
        file = tmp_path / "flows" / "main.json"
        document = json.loads(file.read_text())
        document["title"]["en"] = "Shop"
        (tmp_path / "flows" / "shop.json").write_text(json.dumps(document))
        assert run("in") == (0, "shop: version 1\n")
        document["nodes"]["sales"]["queue"] = "gone"
        file.write_text(json.dumps(document))
        code, told = run("in")
        assert code == 1 and "main: Not published: 1 error is in it." in told and "  sales: " in told
    finally:
        served.stop()
