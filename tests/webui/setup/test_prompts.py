"""Setup, Prompts: heard, brought, spoken, recorded at a handset, put back; what is wrong is said in words."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.api.messages import Refused
from firmware.prompts import Prompts
from firmware.prompts.library import Library
from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox

HELLO = "/setup/prompts/en/hello"
SPEECH = Prompts("en").path("goodbye").read_bytes()


def bring(page: FlaskClient, body: bytes, path: str = HELLO, how: str = "upload") -> TestResponse:
    headers = csrf_header(page) | {"Content-Type": "application/octet-stream"}
    return page.post(f"{path}/file?how={how}", data=body, headers=headers)


def send(page: FlaskClient, what: str, path: str = HELLO, **fields: str) -> str:
    response = page.post(f"{path}/{what}", data=fields, headers=csrf_header(page))
    assert response.status_code == 302
    return page.get(response.headers["Location"]).text


def test_what_came_with_the_box_is_listed_and_heard(inside: FlaskClient) -> None:
    listed = inside.get("/setup/prompts?language=en").text
    assert "/setup/prompts/en/greeting" in listed and "Hello, and thank you for calling." in listed
    assert "/setup/prompts/en/goodbye" in inside.get("/setup/prompts?language=en&q=goodbye").text
    shown = inside.get("/setup/prompts/en/greeting")
    assert 'class="wave"' in shown.text and shown.headers["Permissions-Policy"].count("microphone=(self)") == 1
    assert "microphone=()" in inside.get("/setup/prompts").headers["Permissions-Policy"]
    assert inside.get("/setup/prompts/en/greeting/sound").data[:4] == b"RIFF"
    assert "as they came with the box" in inside.get("/setup").text


def test_one_is_brought_and_taken_back(inside: FlaskClient, box: FakeBox) -> None:
    answer = bring(inside, SPEECH, "/setup/prompts/en/greeting", how="browser")
    assert answer.json == {"next": "/setup/prompts/en/greeting"}
    assert box.asked[-1] == (
        "prompt.changed", {"name": "greeting", "language": "en", "how": "browser", "who": "owner"}
    )  # fmt: skip
    shown = inside.get("/setup/prompts/en/greeting").text
    assert "Callers hear it from now on" in shown and "by the browser’s microphone" in shown
    assert "recorded the prompt greeting by microphone" in inside.get("/log").text
    assert "1 of your own" in inside.get("/setup").text
    assert "Callers hear what came with the box again." in send(inside, "remove", "/setup/prompts/en/greeting")
    (version,) = Library(box.data).versions("en", "greeting")
    assert not version.heard
    assert "Callers hear this version" in send(inside, "version", "/setup/prompts/en/greeting", version=version.id)
    heard = inside.get("/setup/prompts/en/greeting/sound").data
    assert heard == inside.get(f"/setup/prompts/en/greeting/sound?version={version.id}").data


def test_a_text_is_spoken(inside: FlaskClient, box: FakeBox) -> None:
    assert "Callers hear it from now on" in send(inside, "text", text="We are closed on Sunday.")
    assert Library(box.data).versions("en", "hello")[0].text == "We are closed on Sunday."
    assert "Write what shall be said." in send(inside, "text", text=" ")


def test_a_telephone_rings_and_the_page_waits(inside: FlaskClient, box: FakeBox) -> None:
    shown = send(inside, "handset", station="801")
    assert box.asked[-1] == ("prompt.record", {"name": "hello", "language": "en", "station": "801", "who": "owner"})
    found = re.search(r'hx-get="(/setup/prompts/en/hello/newest\?waits=none)"', shown)
    assert found is not None
    assert inside.get(found[1]).status_code == 204
    bring(inside, SPEECH)
    assert inside.get(found[1]).headers["HX-Redirect"] == HELLO
    box.refuses["prompt.record"] = Refused("x", code="station_in_use", name="801")
    assert "Station 801 is in use" in send(inside, "handset", station="801")


def test_renamed_and_removed_unless_used(inside: FlaskClient, box: FakeBox) -> None:
    bring(inside, SPEECH)
    assert "It is called welcome now." in send(inside, "rename", name="Welcome")
    welcome = "/setup/prompts/en/welcome"
    assert "There is a prompt of this name already." in send(inside, "rename", welcome, name="greeting")
    flow = box.data / "flows/shop"
    flow.mkdir(parents=True)
    (flow / "000001.json").write_text('{"document": {"prompt": [{"kind": "prompt", "name": "welcome"}]}}')
    assert "the menu “shop”" in inside.get(welcome).text
    assert "It is used, so it stays." in send(inside, "remove", welcome)
    assert "It is used, so it keeps its name." in send(inside, "rename", welcome, name="other")
    (flow / "000001.json").unlink()
    assert "Removed. Its versions are kept" in send(inside, "remove", welcome)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The file is empty."),
        (b"this is no sound" * 100, "This is no sound file"),
        (SPEECH[: len(SPEECH) // 2], "The file is cut short"),
        (SPEECH[:44] + bytes(len(SPEECH) - 44), "There is only silence in it."),
    ],
)
def test_what_cannot_be_used_is_said(inside: FlaskClient, box: FakeBox, body: bytes, words: str) -> None:
    answer = bring(inside, body)
    assert answer.status_code == 422 and answer.json is not None
    assert words in answer.json["message"]
    assert not Library(box.data).prompt("en", "hello").own
    assert not [one for one in box.asked if one[0] == "prompt.changed"]


@pytest.mark.parametrize("path", ["/setup/prompts/xx/hello", "/setup/prompts/en/..%2Fhello", "/setup/prompts/en/Hello",
                                  "/setup/prompts/en/hello/sound", "/setup/prompts?language=xx",
                                  "/setup/prompts/en/greeting/sound?version=../../x"])  # fmt: skip
def test_there_is_no_such_thing(inside: FlaskClient, path: str) -> None:
    assert inside.get(path).status_code == 404


def test_a_new_one_begins_empty(inside: FlaskClient) -> None:
    assert inside.get("/setup/prompts/new?language=en&name=Hello").headers["Location"] == HELLO
    assert "Nothing can be heard yet." in inside.get(HELLO).text
    back = inside.get("/setup/prompts/new?language=en&name=Hello+there", follow_redirects=True)
    assert "Small letters, digits, - and _" in back.text


def test_too_large_is_refused(inside: FlaskClient) -> None:
    assert bring(inside, bytes(50 * 1024**2 + 1)).status_code == 413


def test_at_the_boxs_microphone(inside: FlaskClient, box: FakeBox) -> None:
    assert "way-box" not in inside.get(HELLO).text, "the board has none"
    box.view.microphone = True
    box.say("line.ring", line=1, burst=1)
    while "way-box" not in inside.get(HELLO).text:
        pass
    idle = {"name": "", "language": "", "who": "", "recording": False, "seconds": 0.0, "peak": 0, "overruns": 0,
            "why": ""}  # fmt: skip
    mine = idle | {"name": "hello", "language": "en"}
    box.answers["microphone.state"] = idle
    assert 'id="take-record"' in inside.get(f"{HELLO}/take").text
    assert inside.get(f"{HELLO}/take/sound").status_code == 404
    box.answers["microphone.state"] = mine | {"recording": True, "seconds": 2.5, "peak": 16_000}
    shown = send(inside, "take", do="record")
    assert box.asked[-2][0] == "microphone.record"
    assert 'id="take-stop"' in shown and 'hx-trigger="every 1s"' in shown and 'value="0.488"' in shown
    assert 'id="take-stop"' in inside.get(f"{HELLO}/take/now").text
    assert "Somebody records" in inside.get("/setup/prompts/en/other/take").text
    box.answers["microphone.state"] = mine | {"why": "microphone plughw:1: No such device; arecord -L"}
    assert "It could not be recorded: " in send(inside, "take", do="stop")
    box.answers["microphone.state"] = mine | {"seconds": 3.0}
    (box.data / "takes").mkdir()
    (box.data / "takes" / "microphone.wav").write_bytes(SPEECH)
    shown = inside.get(f"{HELLO}/take").text
    assert "Recorded: 3.0 seconds." in shown and 'id="take-keep"' in shown and "take-missing" not in shown
    box.answers["microphone.state"] = mine | {"seconds": 3.0, "overruns": 1}
    assert "too busy once meanwhile" in inside.get(f"{HELLO}/take").text
    box.answers["microphone.state"] = mine | {"seconds": 3.0, "overruns": 2}
    assert "too busy 2 times meanwhile" in inside.get(f"{HELLO}/take").text
    assert "有 2 次来不及处理" in inside.get(f"{HELLO}/take", headers={"Accept-Language": "zh-CN"}).text
    assert inside.get(f"{HELLO}/take/sound").data == SPEECH
    assert 'id="take-record"' in inside.get("/setup/prompts/en/other/take").text
    box.answers["microphone.keep"] = {"seconds": 2.9, "gain_db": 6.0, "speech": True}
    assert "It was made 6 dB louder." in send(inside, "take", do="keep")
    assert "at the box’s microphone" in inside.get("/log").text
    box.refuses["microphone.keep"] = Refused("x", code="no_take")
    assert "Nothing is recorded for this prompt yet." in send(inside, "take", do="keep")
    assert inside.post(f"{HELLO}/take", data={"do": "sing"}, headers=csrf_header(inside)).status_code == 400
