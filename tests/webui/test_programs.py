"""Other programs: keys and what they are good for, the stream that goes on, webhooks, control, and every example."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.api.messages import Refused
from firmware.people import People, hash_secret
from firmware.setup.programs import Pop, Program, Programs, Webhook, Webhooks, hash_key, new_key
from firmware.setup.store import Setup, SetupInvalid
from tests.webui.door import csrf_header, post
from tests.webui.fakebox import PASSWORD, ROOT, FakeBox, Served
from webui.control import CONTROL
from webui.events import fits
from webui.pop import filled
from webui.roles import SCOPES
from webui.webhooks import SIGNATURE, Pace, Post, sign

SECRET = "a secret of webhooks"
Key = Callable[..., dict[str, str]]
ROOMS = ("/api/v1", "/calls", "/setup", "/account", "/health/")


@pytest.fixture
def key(box: FakeBox, inside: FlaskClient) -> Key:
    """Makes a program with these scopes; the header with its key. The browser is logged out."""

    def make(*scopes: str, enabled: bool = True, per_minute: int = 600) -> dict[str, str]:
        made = new_key()
        program = {
            "id": f"p{len(made)}", "name": "P", "scopes": scopes, "enabled": enabled, "key_hash": hash_key(made),
            "per_minute": per_minute,
        }  # fmt: skip
        Setup(box.data).change(Programs, lambda _: {"programs": [program]}, who="test")
        inside.delete_cookie("callbox")
        return {"Authorization": f"Bearer {made}"}

    return make


# -- keys -----------------------------------------------------------------------------------------------------


def test_a_program_that_runs_wild_is_told_to_wait(inside: FlaskClient, key: Key) -> None:
    header = key("read", per_minute=10)
    answers = [inside.get("/api/v1/state", headers=header) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "asks too often" in answers[-1].json["message"] and 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert inside.get("/login").status_code == 200


def test_a_key_is_shown_once_and_kept_as_a_hash(inside: FlaskClient, box: FakeBox) -> None:
    sent = {"id": "crm", "name": "CRM", "scopes": "read", "per_minute": "600", "enabled": "on"}
    assert post(inside, "/setup/programs/new", **sent).status_code == 302
    shown = re.search(r"The key of CRM is (cbx_\S+)\.", inside.get("/setup/programs").text)
    assert shown is not None and shown[1] not in inside.get("/setup/programs").text
    assert shown[1] not in (box.data / "setup.json").read_text() + (box.data / "setup-history.jsonl").read_text()
    inside.delete_cookie("callbox")
    header = {"Authorization": f"Bearer {shown[1]}"}
    assert inside.get("/api/v1/state", headers=header).status_code == 200


@pytest.mark.parametrize("scope", ["read", "calls", "recordings", "events", "control"])
def test_a_key_opens_what_its_scopes_say(inside: FlaskClient, box: FakeBox, key: Key, scope: str) -> None:
    box.whole_call("c1")
    header = key(scope)
    for rule in inside.application.url_map.iter_rules():
        if rule.endpoint == "rest.events" or not rule.rule.startswith(ROOMS):
            continue
        path = re.sub(r"<int:[^>]+>", "999999", rule.rule)
        path = re.sub(r"<[^>]+>", "c1", path)
        wanted = SCOPES.get(rule.endpoint, SCOPES.get(rule.endpoint.partition(".")[0]))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            status = inside.open(path, method=method, headers=header, json={} if method == "POST" else None).status_code
            opened = status not in (401, 403)
            assert opened == (wanted == scope), (method, path, status)


def test_keys_that_open_nothing(inside: FlaskClient, box: FakeBox, key: Key) -> None:
    good = key("read")
    for header in (
        {}, {"Authorization": "Bearer cbx_"}, {"Authorization": "Bearer cbx_" + "A" * 43},
        {"Authorization": good["Authorization"] + "x"},
        {"Authorization": good["Authorization"].replace("Bearer", "Basic")},
        {"Authorization": "Bearer " + "\u00e9" * 3}, {"Authorization": "x" * 8000},
    ):  # fmt: skip
        assert inside.get("/api/v1/state", headers=header).status_code == 401, header
    Setup(box.data).change(
        Programs, lambda now: {"programs": [now.programs[0].model_copy(update={"enabled": False})]}, who="test"
    )
    assert inside.get("/api/v1/state", headers=good).status_code == 401


def test_a_cookie_needs_the_token_also_with_a_wrong_key(inside: FlaskClient) -> None:
    header = {"Authorization": "Bearer cbx_wrong"}
    assert inside.post("/api/v1/training/calls", json={}, headers=header).status_code == 400


# -- the stream -----------------------------------------------------------------------------------------------


def take(page: FlaskClient, count: int, query: str = "", **headers: str) -> list[dict[str, Any]]:
    response = page.get(f"/api/v1/events{query}", headers=headers, buffered=False)
    assert (response.status_code, response.mimetype) == (200, "text/event-stream")
    found: list[dict[str, Any]] = []
    for chunk in response.response:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        if "data: " in text:
            head, _, data = text.partition("data: ")
            found.append(json.loads(data))
            assert f"id: {found[-1]['seq']}\n" in head
        if len(found) == count:
            response.close()
            return found
    raise AssertionError("the stream ended")


def test_the_stream_goes_on_where_it_broke(inside: FlaskClient, box: FakeBox, key: Key) -> None:
    header = key("events")
    box.whole_call("c1")
    everything = take(inside, 10, "?after=0", **header)
    assert [event["seq"] for event in everything] == list(range(1, 11))
    again = take(inside, 3, "?after=99999", **header, **{"Last-Event-ID": "7"})
    assert [event["seq"] for event in again] == [8, 9, 10]
    ended = take(inside, 1, "?after=0&kinds=call.ended,setup.*", **header)
    assert (ended[0]["kind"], ended[0]["call"]) == ("call.ended", "c1")
    assert inside.get("/api/v1/events?kinds=<script>", headers=header).status_code == 422


def test_the_stream_begins_with_what_happens_next(inside: FlaskClient, box: FakeBox, key: Key) -> None:
    header = key("events")
    box.whole_call("c1")
    timer = threading.Timer(0.2, lambda: box.say("line.ring", line=2, burst=1))
    timer.start()
    assert take(inside, 1, **header)[0]["kind"] == "line.ring"
    timer.join()


def test_kinds() -> None:
    assert fits("call.ended", ()) and fits("call.ended", ("call.*",)) and fits("x", ("*",))
    assert not fits("call.ended", ("line.*", "call.started"))


# -- control --------------------------------------------------------------------------------------------------


def test_control_asks_the_box(inside: FlaskClient, box: FakeBox, key: Key) -> None:
    assert {"desk.dial", "desk.transfer", "desk.hang_up", "agent.sign_in", "call.record"} <= set(CONTROL)
    header = key("control")
    box.whole_call("c1")
    done = inside.post("/api/v1/control/call.mark", json={"call": "c1", "marked": True}, headers=header)
    assert (done.status_code, done.json) == (200, {"result": {"call": "c1", "marked": True, "changed": True}})
    box.refuses["desk.dial"] = Refused("it is in use")
    refused = inside.post("/api/v1/control/desk.dial", json={"station": "801", "to": "123"}, headers=header)
    assert (refused.status_code, refused.json) == (409, {"message": "it is in use"})
    wrong = inside.post("/api/v1/control/desk.dial", json={"station": "801", "to": "rm -rf /"}, headers=header)
    assert wrong.status_code == 422
    assert inside.post("/api/v1/control/box.restart", json={}, headers=header).status_code == 404


# -- pop ------------------------------------------------------------------------------------------------------


def test_the_pop_escapes_what_callers_are_called() -> None:
    url = filled("https://crm/?n={number}&w={name}", number="138", name="a&b=c/../#", call="c", line=1, agent=None)
    assert url == "https://crm/?n=138&w=a%26b%3Dc%2F..%2F%23"


@pytest.mark.parametrize("url", ["https://x/{who}", "https://x/{number.__class__}", "https://x/{", "https://x/{number!r}",
                                 "javascript:alert(1)", "https://x/{}"])  # fmt: skip
def test_templates_that_cannot_be(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupInvalid):
        Setup(tmp_path).change(Pop, lambda _: {"url": url}, who="test")


# -- webhooks -------------------------------------------------------------------------------------------------


class Address:
    """An address that takes or refuses, as the test says."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refuse = 0
        self.news = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.news:
                    outer.refuse -= 1
                    status = 500 if outer.refuse >= 0 else 200
                    at = int(self.headers[SIGNATURE].split(",")[0].removeprefix("t="))
                    assert self.headers[SIGNATURE] == sign(SECRET, at, body)
                    if status == 200:
                        outer.taken += json.loads(body)["events"]
                    outer.news.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def until(self, holds: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(holds, 20)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def address() -> Iterator[Address]:
    address = Address()
    yield address
    address.close()


@pytest.fixture
def posted(inside: FlaskClient, box: FakeBox, address: Address) -> Iterator[Post]:
    """One webhook that hears of calls, and the couriers."""
    hook = Webhook(id="crm", url=f"http://127.0.0.1:{address.server.server_port}/in", kinds=("call.*",), secret=SECRET)
    Setup(box.data).change(Webhooks, lambda _: {"webhooks": [hook]}, who="test")
    page = inside.application.extensions["callbox"]
    page.keep.delivery("crm", 0)
    post = Post(page.setup, page.records, page.keep, pace=Pace(first=0.01, most=0.05))
    yield post
    post.stop()


def test_webhooks_come_in_order_and_again_until_they_are_taken(
    inside: FlaskClient, box: FakeBox, address: Address, posted: Post
) -> None:
    address.refuse = 3
    box.whole_call("c1")
    posted.start()
    address.until(lambda: any(event["kind"] == "call.ended" for event in address.taken))
    box.whole_call("c2")
    address.until(lambda: sum(event["kind"] == "call.ended" for event in address.taken) == 2)
    posted.stop()
    seqs = [event["seq"] for event in address.taken]
    assert seqs == sorted(set(seqs)) and {event["kind"].partition(".")[0] for event in address.taken} == {"call"}
    row = inside.application.extensions["callbox"].keep.delivery_of("crm")
    assert (row.failures, row.failed, row.lost) == (0, 3, 0)
    assert "taken at" in inside.get("/setup/webhooks").text


def test_an_address_that_refuses_is_shown_and_given_up_at_last(
    inside: FlaskClient, box: FakeBox, address: Address, posted: Post
) -> None:
    page = inside.application.extensions["callbox"]
    address.refuse = 10_000
    box.whole_call("c1")
    posted._pace = Pace(first=0.001, most=0.01, give_up=1.0)
    posted.start()
    address.until(lambda: page.keep.delivery_of("crm").lost > 0 or address.refuse < 9_000)
    posted.stop()
    row = page.keep.delivery_of("crm")
    assert row.lost > 0 and row.failed > 3


def test_after_a_restart_webhooks_go_on(inside: FlaskClient, box: FakeBox, address: Address, posted: Post) -> None:
    page = inside.application.extensions["callbox"]
    box.whole_call("c1")
    page.keep.delivery("crm", page.records.last_seq())
    box.whole_call("c2")
    posted.start()
    address.until(lambda: any(event["kind"] == "call.ended" for event in address.taken))
    assert {event["call"] for event in address.taken} == {"c2"}


# -- examples -------------------------------------------------------------------------------------------------


class Example:
    """A program of examples/, running beside a page that is really served."""

    def __init__(self, name: str, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / f"{name}.py"), *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=os.environ | environment,
        )  # fmt: skip

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


@pytest.fixture
def asking(box: FakeBox, served: Served) -> dict[str, str]:
    """A claimed box and a key for everything, as the examples want them."""
    made = new_key()
    setup = Setup(box.data)
    owner = {"id": "owner", "name": "Owner", "number": "700", "role": "owner", "password_hash": hash_secret(PASSWORD)}
    setup.change(People, lambda _: {"people": [owner]}, who="test")
    program = Program(id="example", name="E", scopes=("calls", "events", "control"), key_hash=hash_key(made))
    setup.change(Programs, lambda _: {"programs": [program]}, who="test")
    return {"CALLBOX_URL": served.url, "CALLBOX_KEY": made}


def test_example_calls_done(box: FakeBox, asking: dict[str, str]) -> None:
    box.whole_call("c1")
    example = Example("calls_done", "1380", **asking)
    assert "13800138000" in example.line() and example.line() == "1 of 1"
    example.stop()


def test_example_follow_events(box: FakeBox, asking: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "last"
    kept.write_text("1")
    box.whole_call("c1")
    example = Example("follow_events", "call.*", str(kept), **asking)
    seen = [json.loads(example.line()) for _ in range(3)]
    example.stop()
    kept.write_text(str(seen[1]["seq"]))
    again = Example("follow_events", "call.*", str(kept), **asking)
    assert json.loads(again.line()) == seen[2]
    again.stop()
    assert [event["kind"] for event in seen] == ["call.started", "call.caller", "call.answered"]


def test_example_take_webhooks(box: FakeBox, asking: dict[str, str]) -> None:
    example = Example("take_webhooks", "0", WEBHOOK_SECRET=SECRET)
    url = example.line().removeprefix("waiting at ")
    hook = Webhook(id="crm", url=url, kinds=("call.ended",), secret=SECRET)
    Setup(box.data).change(Webhooks, lambda _: {"webhooks": [hook]}, who="test")
    for number in range(100):  # a webhook hears what happens after it was made, which takes a moment
        box.say("call.ended", call=f"c{number}", side="caller", cue="tone", result="answered")
        if example.process.stdout is not None and _readable(example.process.stdout.fileno()):
            break
    assert json.loads(example.line())["kind"] == "call.ended"
    example.stop()


def _readable(file: int) -> bool:
    import select

    return bool(select.select([file], [], [], 0.2)[0])


def test_example_click_to_dial(box: FakeBox, asking: dict[str, str]) -> None:
    box.refuses["desk.dial"] = Refused("station 801 is in use")
    example = Example("click_to_dial", "801", "13800138000", **asking)
    assert "station 801 is in use" in example.line()
    assert example.process.wait(20) == 1
    example.stop()


def test_example_screen_pop(box: FakeBox, asking: dict[str, str]) -> None:
    Setup(box.data).change(Pop, lambda _: {"url": "https://crm.example.com/?n={number}"}, who="test")
    example = Example("screen_pop", "801", "--print", **asking)
    assert example.process.stderr is not None and example.process.stderr.readline() == "watching\n"
    box.do(lambda: box.ring("c1", 3, "13800138000"))
    for _ in range(100):
        box.say("call.offered", call="c1", station="801", why=[])
        if example.process.stdout is not None and _readable(example.process.stdout.fileno()):
            break
    assert example.line() == "https://crm.example.com/?n=13800138000"
    example.stop()


def test_the_interface_is_described_for_people(inside: FlaskClient) -> None:
    text = inside.get("/api").text
    for words in ("/api/v1/control/desk.dial", "/api/v1/events", "station", "Last-Event-ID"):
        assert words in text, words
    assert csrf_header(inside)
