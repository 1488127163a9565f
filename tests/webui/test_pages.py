"""The page's doors and rooms, through Flask, with a real socket, store and live view behind them."""

import errno
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.people import People
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, post
from tests.webui.fakebox import PASSWORD, ROOT, FakeBox
from webui.roles import OPEN
from webui.security import STREAMS, local_path

# -- the door -----------------------------------------------------------------------------------------------


def every_route(page: FlaskClient) -> list[tuple[str, str, str]]:
    routes = []
    for rule in page.application.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule.rule))
        routes += [(rule.endpoint, method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return routes


def test_before_the_claim_every_way_leads_to_it(page: FlaskClient) -> None:
    closed = [route for route in every_route(page) if route[0] not in OPEN]
    assert len(closed) >= 12
    for endpoint, method, path in closed:
        response = page.open(path, method=method, headers={"X-CSRFToken": "x"})
        if path.startswith("/api/") or endpoint in STREAMS:
            assert response.status_code == 401 or (method == "POST" and response.status_code == 400), path
        elif method == "GET":
            assert (response.status_code, response.headers["Location"]) == (302, "/claim"), path
        else:
            assert response.status_code in (302, 400), path


def test_after_the_claim_every_way_leads_to_the_login(inside: FlaskClient) -> None:
    inside.delete_cookie("callbox")
    for endpoint, method, path in every_route(inside):
        if endpoint in OPEN or method != "GET":
            continue
        response = inside.get(path)
        if path.startswith("/api/") or endpoint in STREAMS:
            assert response.status_code == 401, path
        else:
            assert response.headers["Location"].startswith("/login"), path


def test_a_browser_that_asks_for_the_icon_by_itself_begins_no_other_login(page: FlaskClient) -> None:
    """Its answer would bring another token than that of the form that is being filled in."""
    response = page.get("/favicon.ico")
    assert response.headers["Location"].startswith("/static/icon.svg") and "Set-Cookie" not in response.headers


def test_claim_checks_the_password(page: FlaskClient) -> None:
    for password, again, words in (
        ("short", "short", "At least 8 characters."),
        (PASSWORD, "something else", "The two passwords are not the same."),
        ("12345678", "12345678", "This one is guessed first."),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "This one is guessed first."),
        ("", "", "Choose a password."),
    ):
        response = post(page, "/claim", password=password, again=again)
        assert response.status_code == 400
        assert words in response.text


def test_claim_once(inside: FlaskClient, box: FakeBox) -> None:
    (owner,) = Setup(box.data).load(People).people
    assert (owner.id, owner.role, owner.number) == ("owner", "owner", "700")
    assert owner.password_hash is not None and owner.password_hash.startswith("$argon2id$")
    assert PASSWORD not in (box.data / "setup.json").read_text()
    assert inside.get("/").status_code == 200
    inside.delete_cookie("callbox")
    assert inside.get("/claim").headers["Location"] == "/login"
    assert inside.post("/claim", data={"password": "other one", "again": "other one"}).status_code == 400
    assert Setup(box.data).load(People).people == (owner,)


def test_login_logout(inside: FlaskClient) -> None:
    headers = csrf_header(inside)
    assert inside.post("/logout", headers=headers).headers["Location"] == "/login"
    assert inside.get("/").headers["Location"] == "/login"
    for user in ("owner", "700", "nobody"):
        assert "do not fit together" in post(inside, "/login", user=user, password="wrong").text
    response = post(inside, "/login?next=/calls", user="Owner", password=PASSWORD)
    assert response.headers["Location"] == "/calls"
    assert inside.get("/calls").status_code == 200


def test_five_wrong_passwords_lock_for_a_while(inside: FlaskClient) -> None:
    inside.delete_cookie("callbox")
    for _ in range(5):
        assert post(inside, "/login", user="owner", password="wrong").status_code == 400
    locked = post(inside, "/login", user="owner", password=PASSWORD)
    assert locked.status_code == 429
    assert "Wait a minute" in locked.text
    assert int(locked.headers["Retry-After"]) > 0


def test_the_cookie(page: FlaskClient) -> None:
    response = post(page, "/claim", password=PASSWORD, again=PASSWORD)
    cookie = SimpleCookie(response.headers["Set-Cookie"])["callbox"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    again = page.get("/", base_url="https://localhost", headers={"Cookie": f"callbox={cookie.value}"})
    assert all("Secure" in header for header in again.headers.getlist("Set-Cookie"))


def test_nothing_changes_without_the_token(inside: FlaskClient, box: FakeBox) -> None:
    for path in ("/logout", "/training/calls", "/api/v1/training/calls"):
        assert inside.post(path).status_code == 400, path
    assert inside.get("/").status_code == 200
    assert box.view.snapshot(0).tally.started == 0


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "calls", "", None, "/\n"]
)
def test_no_way_out_of_the_box(wanted: str | None) -> None:
    assert local_path(wanted) is None


def test_headers(page: FlaskClient) -> None:
    for path in ("/claim", "/static/page.js", "/healthz", "/nothing"):
        headers = page.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_health_is_open_and_tells_nothing_else(page: FlaskClient, box: FakeBox) -> None:
    assert page.get("/healthz").json == {"page": True, "box": True, "store": True}
    box.stop()
    hub = page.application.extensions["callbox"].hub
    while hub.away_since is None:
        hub.wait(hub.version, 1)
    response = page.get("/healthz")
    assert (response.status_code, response.json) == (503, {"page": True, "box": False, "store": True})


# -- health -------------------------------------------------------------------------------------------------


def test_nothing_was_lost(inside: FlaskClient) -> None:
    text = inside.get("/health").text
    assert "Nothing was lost or late since" in text and "things were lost" not in text
    part = inside.get("/health/now").text
    assert "<html" not in part and "Nothing was lost or late" in part and "room for about" in part
    chinese = inside.get("/health", headers={"Accept-Language": "zh-CN"}).text
    assert "没有任何丢失或延误" in chinese and "已允许" in chinese
    found = inside.get("/api/v1/health").json
    assert (found["well"], found["lost"], found["counters"]["version"]) == (True, [], "1.2.3")
    assert found["disk"]["free"] > 0 and found["page_breaks"] == 0


def test_what_a_line_has_learned_is_told(inside: FlaskClient, box: FakeBox) -> None:
    assert "What the lines have learned" not in inside.get("/health").text
    box.say(
        "line.callerid_learned", line=1, scheme="v23", moment="before_ring", reversal=True, absent=False, differs=True
    )
    box.say(
        "line.cadence",
        line=1,
        hz=400,
        ms=[400, 200],
        seen=3,
        heard_hz=401,
        heard_ms=[398, 203],
        was_hz=None,
        was_ms=None,
    )
    hub_knows(inside, box)
    text = inside.get("/health").text
    for words in (
        "What the lines have learned", "Caller id: FSK, V.23, before the first ring, after a polarity reversal",
        "the box goes by what the line does", "Unknown tone: 400 Hz, 0.40/0.20 s, heard 3 times",
    ):  # fmt: skip
        assert words in text, words


def test_what_was_lost_is_told_with_what_to_do(inside: FlaskClient, box: FakeBox) -> None:
    box.counters.box = {"ticks_missed": 3, "record_lost": 12_000, "tick_us_max": 11_000}
    box.counters.far = {"surprises": 1}
    box.counters.store = {"lost": 2}
    box.counters.fifo = False
    text = inside.get("/health").text
    assert "4 things were lost or late since" in text
    for words in ("heard a short break", "1.50 s", "real-time priority is permitted", "not permitted", "LimitRTPRIO"):
        assert words in text, words
    assert "simulated exchange and telephones" in text and "longer for a tick than it has" in text
    found = inside.get("/api/v1/health").json
    assert found["well"] is False
    assert [(loss["part"], loss["name"], loss["value"]) for loss in found["lost"]] == [
        ("box", "ticks_missed", 3), ("box", "record_lost", 12_000), ("store", "lost", 2), ("far", "surprises", 1)
    ]  # fmt: skip


def test_health_of_a_box_that_is_away(inside: FlaskClient, box: FakeBox) -> None:
    box.stop()
    hub = inside.application.extensions["callbox"].hub
    while hub.away_since is None:
        hub.wait(hub.version, 1)
    text = inside.get("/health").text
    assert "What it counted is not known" in text and "Nothing was lost" not in text
    assert "Times the page lost sight of the box" in text and "room for about" in text
    found = inside.get("/api/v1/health").json
    assert (found["well"], found["counters"], found["page_breaks"]) == (False, None, 1)


# -- live ---------------------------------------------------------------------------------------------------


def hub_knows(page: FlaskClient, box: FakeBox) -> None:
    """Waits until the page has heard all that the box said."""
    hub = page.application.extensions["callbox"].hub
    seq = box.view.snapshot(0).seq
    while hub.snapshot is None or hub.snapshot.seq < seq:
        hub.wait(hub.version, 1)


def test_lamps_in_words(inside: FlaskClient, box: FakeBox) -> None:
    box.do(lambda: box.ring("c1", 3, "13800138000"))
    hub_knows(inside, box)
    english = inside.get("/").text
    assert english.count('class="lamp ') == 16
    assert 'aria-label="Line 3: ringing 13800138000"' in english
    chinese = inside.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert 'lang="zh-CN"' in chinese
    assert 'aria-label="外线 3: 振铃 13800138000"' in chinese
    assert "模拟来电" in chinese


def test_station_talks_with_the_caller(inside: FlaskClient, box: FakeBox) -> None:
    box.do(lambda: box.ring("c1", 3, "13800138000"))
    box.say("call.connected", call="c1", station="801")
    hub_knows(inside, box)
    assert 'aria-label="Station 801: talking with 13800138000"' in inside.get("/").text


def test_language_is_switched_and_kept(inside: FlaskClient) -> None:
    assert inside.get("/language/zh?next=/calls").headers["Location"] == "/calls"
    assert "通话记录" in inside.get("/calls").text
    inside.get("/language/klingon")
    assert "通话记录" in inside.get("/calls").text
    assert inside.get("/language/en?next=//evil.example").headers["Location"] == "/"
    assert "Calls done" in inside.get("/calls").text


def stream(page: FlaskClient) -> Iterator[dict[str, Any]]:
    response = page.get("/events", buffered=False)
    assert response.mimetype == "text/event-stream"
    for chunk in response.response:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        if text.startswith("event: parts\n"):
            yield json.loads(text.split("data: ", 1)[1])


def test_the_stream_brings_everything_then_what_changed(inside: FlaskClient, box: FakeBox) -> None:
    hub_knows(inside, box)
    messages = stream(inside)
    first = next(messages)
    assert {"alarms", "calls", "line-1", "station-808"} <= set(first["parts"])
    assert first["say"] == []
    box.say("line.ring", line=2, burst=1)
    changed = next(messages)
    assert set(changed["parts"]) == {"line-2"}
    assert (changed["say"], changed["ringing"]) == (["Line 2: ringing"], 1)


def test_the_stream_tells_that_the_box_went_away(inside: FlaskClient, box: FakeBox) -> None:
    hub_knows(inside, box)
    messages = stream(inside)
    assert next(messages)["away"] is False
    box.stop()
    assert next(message for message in messages if message["away"])


def test_an_alarm_says_what_to_do(inside: FlaskClient, box: FakeBox) -> None:
    box.say("alarm.raised", name="line_7_no_battery", text="line 7: no battery, the wire is cut")
    box.say("alarm.raised", name="something_new", text="words <b>of</b> the box")
    box.say("alarm.raised", name="recording", text=os.strerror(errno.ENOSPC))
    box.say("alarm.raised", name="store", text="database or disk is full")
    box.say("alarm.raised", name="prompt_greeting", text=f"[Errno 2] player 0: {os.strerror(errno.ENOENT)}")
    hub_knows(inside, box)
    text = inside.get("/").text
    assert "Line 7 has no voltage" in text and "Check the plug" in text
    assert "words &lt;b&gt;of&lt;/b&gt; the box" in text
    assert "Calls are not being recorded: the disk is full." in text
    chinese = inside.get("/", headers={"Accept-Language": "zh"}).text
    for words in ("通话没有录音：磁盘已满。", "通话记录无法保存：磁盘已满。", "语音提示无法播放：文件不存在。"):
        assert words in chinese
    assert "No space" not in chinese


def test_simulate(inside: FlaskClient, box: FakeBox) -> None:
    headers = csrf_header(inside)
    assert inside.post("/training/calls", headers=headers).status_code == 202
    box.stop()
    response = inside.post("/training/calls", headers=headers)
    assert response.status_code == 503
    assert response.json == {"error": "The box does not answer, so nothing was asked."}


# -- calls done ---------------------------------------------------------------------------------------------


def test_who_when_how_long_how(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1", "13800138000")
    text = inside.get("/calls").text
    assert 'title="13800138000"' in text
    assert "Wang" in text and "caller hung up" in text and "801" in text and "today" in text
    assert 'href="/calls/c1/recording"' in text


def test_one_call_explained(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1", "13800138000")
    assert 'href="/calls/c1"' in inside.get("/calls").text and 'href="/calls/c1"' in inside.get("/").text
    text = re.sub(r"<[^>]+>", "", inside.get("/calls/c1").text)
    for words in ("Line 3 rings.", "The box answers.", "station 801 hear each other", "The recording is closed: 0:01."):
        assert words in text, words
    assert "The call ends: caller hung up." in text
    chinese = re.sub(r"<[^>]+>", "", inside.get("/calls/c1", headers={"Accept-Language": "zh"}).text)
    assert "交换机送来来电号码：13800138000 Wang。" in chinese and "通话结束：来电方挂断。" in chinese
    assert inside.get("/calls/nobody").status_code == 404


def test_a_call_that_goes_on(inside: FlaskClient, box: FakeBox) -> None:
    box.do(lambda: box.ring("c1", 3, "13800138000", "<b>"))
    text = inside.get("/calls/c1").text
    assert "It is still going on." in text and "&lt;b&gt;" in text and "<b>" not in text


def test_paging_and_search(inside: FlaskClient, box: FakeBox) -> None:
    for index in range(25):
        box.whole_call(f"c{index:02}", f"1380013{index:04}", recording=False)
    assert "page 1 of 2" in inside.get("/calls").text
    assert inside.get("/calls?page=2").text.count("<tr data-call") == 5
    assert inside.get("/calls?page=rubbish").status_code == 200
    part = inside.get("/calls?search=138 0013 0007", headers={"HX-Request": "true"}).text
    assert part.count("<tr data-call") == 1 and "<html" not in part
    assert "No call fits “&lt;script&gt;”" in inside.get("/calls?search=<script>").text


def test_recording_in_parts(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    whole = inside.get("/calls/c1/recording")
    assert (whole.mimetype, whole.data[:4], len(whole.data)) == ("audio/wav", b"RIFF", 44 + 32_000)
    part = inside.get("/calls/c1/recording", headers={"Range": "bytes=8-11"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"WAVE", "bytes 8-11/32044")


@pytest.mark.parametrize(
    "path", ["../settings.json", "recordings/../settings.json", "/etc/passwd", "recordings/gone.wav"]
)
def test_only_recordings_are_given_out(inside: FlaskClient, box: FakeBox, path: str) -> None:
    box.say("call.started", call="c1", line=1, direction="inbound")
    box.say("call.recorded", call="c1", path=path, ms=1, error=None)
    assert inside.get("/calls/c1/recording").status_code == 404
    assert inside.get("/calls/nobody/recording").status_code == 404


def test_unreadable_store_is_told_in_words(inside: FlaskClient, box: FakeBox) -> None:
    box.stop()
    for name in ("callbox.sqlite", "callbox.sqlite-wal", "callbox.sqlite-shm"):
        (box.data / name).unlink(missing_ok=True)
    inside.application.extensions["callbox"].records._engine.dispose()
    response = inside.get("/calls")
    assert response.status_code == 503
    assert "The list of calls cannot be read just now" in response.text
    assert inside.get("/").status_code == 200


# -- for programs -------------------------------------------------------------------------------------------


def test_state_and_calls(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    box.do(lambda: box.ring("c2", 4, "02164370000"))
    hub_knows(inside, box)
    state = inside.get("/api/v1/state").json
    assert state["away_since"] is None
    assert [lamp["state"] for lamp in state["snapshot"]["lamps"]].count("ringing") == 1
    calls = inside.get("/api/v1/calls?size=5").json
    assert (calls["total"], calls["calls"][0]["id"]) == (1, "c1")
    one = inside.get("/api/v1/calls/c1").json
    assert one["result"] == "answered"
    assert next(event["kind"] for event in one["events"]) == "line.ring"
    assert "The exchange tells who calls: 13800138000 Wang." in [told["words"] for told in one["told"]]
    assert inside.get("/api/v1/calls/nobody").status_code == 404
    assert inside.get("/api/v1/calls?size=100000").status_code == 422


def test_training_call(inside: FlaskClient) -> None:
    headers = csrf_header(inside)
    response = inside.post("/api/v1/training/calls", json={"number": "13800138000", "line": 5}, headers=headers)
    assert (response.status_code, response.json) == (202, {"line": 5})
    wrong = inside.post("/api/v1/training/calls", json={"number": "x"}, headers=headers)
    assert wrong.status_code == 422


def test_the_description_covers_the_routes(inside: FlaskClient) -> None:
    described = inside.get("/api/v1/openapi.json").json
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in inside.application.url_map.iter_rules()}
    assert set(described["paths"]) == {
        rule for rule in rules if rule.startswith("/api/v1/") and rule != "/api/v1/openapi.json"
    }  # fmt: skip


def test_rubbish_is_answered_in_words(inside: FlaskClient) -> None:
    headers = csrf_header(inside)
    assert inside.post("/api/v1/training/calls", data=b"\xff{", headers=headers).status_code in (400, 422)
    assert "There is nothing at this address" in inside.get("/nothing").text
    assert "cannot be used that way" in inside.put("/calls", headers=headers).text
    assert inside.post("/login", data={"password": "x" * 100_000}).status_code in (400, 413)


def test_styles_and_scripts_travel_compressed_and_pages_do_not(inside: FlaskClient) -> None:
    packed = {"Accept-Encoding": "gzip"}
    plain, small = inside.get("/static/page.css"), inside.get("/static/page.css", headers=packed)
    assert small.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in small.headers["Vary"]
    assert gzip.decompress(small.data) == plain.data and len(small.data) < len(plain.data) / 2
    known = {**packed, "If-None-Match": small.headers["ETag"]}
    assert inside.get("/static/page.css", headers=known).status_code == 304
    assert "Content-Encoding" not in inside.get("/", headers=packed).headers


# -- files made by others -----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["webui/static/vendor", "tests/webui/vendor"])
def test_vendored_files_are_what_the_list_says(folder: str) -> None:
    vendor = ROOT / folder
    listed = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.MULTILINE)
    files = {path.name for path in vendor.iterdir() if path.suffix in (".css", ".js")}
    assert {name for name, _ in listed} == files
    for name, sum_ in listed:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == sum_
