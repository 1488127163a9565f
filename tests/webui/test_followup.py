"""Messages and calls owed: who sees which, listening logged, called back from one's own telephone, taken off."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.acd.model import Member, Queue, Queues
from firmware.agents.section import Agents
from firmware.api.messages import Refused
from firmware.people import People, Person, hash_secret
from firmware.setup.store import Setup
from firmware.voicemail.section import MailBox, Voicemail
from tests.webui.door import csrf_header, log_in
from tests.webui.fakebox import PASSWORD, FakeBox

HASH = hash_secret(PASSWORD)
PEOPLE = (
    {"id": "li", "name": "Li", "number": "811", "group": "sales"},
    {"id": "zhao", "name": "Zhao", "number": "812", "group": "sales"},
    {"id": "qian", "name": "Qian", "number": "813"},
    {"id": "head", "name": "Head", "number": "814", "role": "supervisor", "group": "sales"},
    {"id": "tech", "name": "Tech", "number": "815", "role": "technician"},
)


def left(box: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "box": box, "call": name, "number": "13800138000", "name": "Wang", "at": 1.7e9, "ms": 61_000,
        "heard": False, "mailed": False, "recovered": False, **more,
    }  # fmt: skip


def debt(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "kind": "missed", "number": "13900139000", "name": None, "queue": None, "first": 1.7e9,
        "last": 1.7e9, "calls": 1, "since": 1.7e9, "tries": 0, "next_at": 0.0, **more,
    }  # fmt: skip


@pytest.fixture
def house(inside: FlaskClient, box: FakeBox) -> FlaskClient:
    """Li has station 801 for good, Qian 803; Li and Zhao serve the queue sales, Qian repair."""
    setup = Setup(box.data)
    people = [Person(**{"role": "agent", **one}, password_hash=HASH) for one in PEOPLE]  # type: ignore[arg-type]
    setup.change(People, lambda now: {"people": [*now.people, *people]}, who="test")
    setup.change(Agents, lambda _: {"stations": {"801": "811", "803": "813"}}, who="test")
    setup.change(Voicemail, lambda _: {"boxes": {"sales": MailBox(stations=["801"]), "boss": MailBox()}}, who="test")
    queues = [Queue(id="sales", members=(Member(agent="811"), Member(agent="812"))),
              Queue(id="repair", members=(Member(agent="813"),)), Queue(id="all")]  # fmt: skip
    setup.change(Queues, lambda _: {"queues": queues}, who="test")
    box.answers["voicemail.list"] = {
        "messages": [left("801", "m1"), left("sales", "m2", heard=True), left("803", "m3"), left("boss", "m4")]
    }
    box.answers["owed.list"] = {
        "owed": [
            debt("d1", kind="callback", queue="sales"),
            debt("d2", queue="repair"),
            debt("d3"),
            debt("d4", queue="all"),
        ]
    }
    for message in box.answers["voicemail.list"]["messages"]:
        folder = box.data / "voicemail" / message["box"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{message['id']}.wav").write_bytes(b"RIFF" + bytes(96))
    return inside


@pytest.mark.parametrize(
    ("who", "heard", "owing"),
    [
        ("owner", "m1 m2 m3 m4", "d1 d2 d3 d4"),
        ("li", "m1 m2", "d1 d3 d4"),
        ("qian", "m3", "d2 d3 d4"),
        ("zhao", "", "d1 d3 d4"),
        ("head", "m1 m2", "d1 d3 d4"),
    ],
)
def test_each_sees_what_is_his(house: FlaskClient, box: FakeBox, who: str, heard: str, owing: str) -> None:
    if who != "owner":
        log_in(house, who)
    messages, owed = house.get("/messages").text, house.get("/owed").text
    assert [one for one in ("m1", "m2", "m3", "m4") if f"/{one}.wav" in messages] == heard.split()
    assert [one for one in ("d1", "d2", "d3", "d4") if f"/owed/{one}/done" in owed] == owing.split()
    for message in box.answers["voicemail.list"]["messages"]:
        wanted = 200 if message["id"] in heard.split() else 404
        assert house.get(f"/messages/{message['box']}/{message['id']}.wav").status_code == wanted
        path = f"/messages/{message['box']}/{message['id']}/remove"
        assert house.post(path, headers=csrf_header(house)).status_code == (302 if wanted == 200 else 404)
    for one in ("d1", "d2"):
        wanted = 302 if one in owing.split() else 404
        assert house.post(f"/owed/{one}/done", headers=csrf_header(house)).status_code == wanted


def test_a_technician_has_neither(house: FlaskClient) -> None:
    log_in(house, "tech")
    assert {house.get(path).status_code for path in ("/messages", "/owed", "/messages/801/m1.wav")} == {403}
    assert "/owed" not in house.get("/calls").text


def test_listening_is_logged_and_counts_as_heard(house: FlaskClient, box: FakeBox) -> None:
    sound = house.get("/messages/801/m1.wav", headers={"Range": "bytes=0-9"})
    assert (sound.status_code, sound.mimetype) == (206, "audio/wav")
    house.get("/messages/801/m1.wav", headers={"Range": "bytes=10-"})
    assert [one for one in box.asked if one[0] == "voicemail.heard"] == [
        ("voicemail.heard", {"box": "801", "message": "m1"})
    ]
    assert house.get("/log").text.count("listened to the message m1 in the voicemail box 801") == 1


def test_what_is_asked(house: FlaskClient, box: FakeBox) -> None:
    for path, intent, args in (
        ("/messages/801/m1/heard", "voicemail.heard", {"box": "801", "message": "m1"}),
        ("/messages/801/m1/remove", "voicemail.remove", {"box": "801", "message": "m1"}),
        ("/owed/d1/done", "owed.close", {"id": "d1", "who": "owner"}),
        ("/owed/d3/not_needed", "owed.close", {"id": "d3", "who": "owner"}),
    ):
        house.post(path, headers=csrf_header(house))
        assert box.asked[-1] == (intent, args)
    text = house.get("/log").text
    assert "removed the message m1" in text and "called back 13900139000: done" in text
    assert house.post("/owed/d1/dance", headers=csrf_header(house)).status_code == 404
    assert house.post("/messages/801/m1/dance", headers=csrf_header(house)).status_code == 404


def test_called_back_from_ones_own_telephone(house: FlaskClient, box: FakeBox) -> None:
    before = len(box.asked)
    house.post("/owed/d3/call", headers=csrf_header(house))
    assert "Choose your station on the desk first" in house.get("/owed").text
    assert "owed.call" not in {intent for intent, _args in box.asked[before:]}
    state = {"state": "ready", "then": "ready", "reason": None, "words": None, "by": "page"}
    box.say("agent.signed_in", station="805", agent="700", person="owner", name="Owner", by="page")
    box.say("agent.state", station="805", agent="700", person="owner", **state)
    hub = house.application.extensions["callbox"].hub
    while not any(one.person == "owner" for one in hub.snapshot.agents):
        hub.wait(hub.version, 1)
    assert "Call now" in house.get("/owed").text
    house.post("/owed/d3/call", headers=csrf_header(house))
    assert box.asked[-1] == ("owed.call", {"id": "d3", "station": "805"})
    house.post("/messages/boss/m4/call", headers=csrf_header(house))
    assert box.asked[-1] == ("desk.dial", {"station": "805", "to": "13800138000"})
    box.refuses["owed.call"] = Refused("x", code="station_in_use", name="805")
    house.post("/owed/d3/call", headers=csrf_header(house))
    assert "Your telephone is in use." in house.get("/owed").text


def test_a_box_that_is_away(house: FlaskClient, box: FakeBox) -> None:
    box.stop()
    assert "Messages appear as soon as it does" in house.get("/messages").text
    assert "The list appears as soon as it does" in house.get("/owed").text
    assert house.get("/calls").status_code == 200


def test_for_programs(house: FlaskClient, box: FakeBox) -> None:
    def ids(what: str) -> list[str]:
        return [one["id"] for one in json.loads(house.get(f"/api/v1/{what}").text)[what]]

    assert ids("owed") == ["d1", "d2", "d3", "d4"]
    assert sorted(ids("messages")) == ["m1", "m2", "m3", "m4"]
    house.post("/api/v1/control/owed.close", json={"id": "d1"}, headers=csrf_header(house))
    assert box.asked[-1] == ("owed.close", {"id": "d1", "who": "owner"})
    log_in(house, "qian")
    assert ids("owed") == ["d2", "d3", "d4"]
