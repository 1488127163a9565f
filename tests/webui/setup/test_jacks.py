"""Setup, Lines and Stations: every jack of the board is there, with how it stands; names are shown everywhere."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.jacks.section import InsideStations, OutsideLines
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, post
from tests.webui.fakebox import FakeBox

LINE = {"name": "Sales", "number": "010 6262-8888", "in_use": "on", "rings": "2", "recording": "answer",
        "receive_db": "0", "transmit_db": "-1.5"}  # fmt: skip


def save(page: FlaskClient, path: str, **typed: str) -> TestResponse:
    stamp = re.search('name="_stamp" value="([^"]+)"', page.get(path).text)
    assert stamp is not None
    return post(page, path, _stamp=stamp[1], **typed)


def test_every_jack_of_the_board_is_listed(inside: FlaskClient) -> None:
    lines, stations = inside.get("/setup/lines").text, inside.get("/setup/stations").text
    assert re.findall("/setup/lines/item/([0-9]+)", lines) == [str(n) for n in range(1, 9)]
    assert re.findall("/setup/stations/item/([0-9]+)", stations) == [str(n) for n in range(801, 809)]
    assert inside.get("/setup/lines/item/9").status_code == 404
    assert "/setup/lines/new" not in lines


def test_a_line_gets_a_name_and_only_that_line_is_kept(inside: FlaskClient, box: FakeBox) -> None:
    assert save(inside, "/setup/lines/item/3", **LINE).headers["Location"] == "/setup/lines"
    (kept,) = Setup(box.data).load(OutsideLines).lines
    assert (kept.id, kept.name, kept.number, kept.rings, kept.transmit_db) == ("3", "Sales", "01062628888", 2, -1.5)
    assert box.changed[-1] == "lines"
    assert save(inside, "/setup/lines/item/3", **LINE | {"name": "Service"}).status_code == 302
    assert [one.name for one in Setup(box.data).load(OutsideLines).lines] == ["Service"]
    history = inside.get("/setup/lines/item/3").text
    assert "Sales → Service" in history
    number = re.findall("/setup/undo/([0-9]+)", history)[0]
    inside.post(f"/setup/undo/{number}", headers=csrf_header(inside))
    assert [one.name for one in Setup(box.data).load(OutsideLines).lines] == ["Sales"]


def test_the_name_stands_in_records_and_stories(inside: FlaskClient, box: FakeBox) -> None:
    save(inside, "/setup/lines/item/3", **LINE)
    box.say("line.setup", line=3, name="Sales", number="01062628888", in_use=True)
    box.whole_call("c1")
    assert ">3 Sales<" in inside.get("/calls").text
    assert "Line 3 Sales rings" in inside.get("/calls/c1").text
    assert "3 Sales" in inside.get("/").text


def test_how_a_line_stands_is_beside_its_form(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    shown = inside.get("/setup/lines/item/3").text
    beside = shown[shown.index('class="beside"') : shown.index('class="setup-form"')]
    for words in ('id="line-3"', "the menu “main”", "Nothing has been learned yet", "<dd>1</dd>"):
        assert words in beside
    box.say("agent.signed_in", station="801", agent="700", person="owner", name="Owner", how="page")
    hub = inside.application.extensions["callbox"].hub
    while not hub.snapshot.agents:
        hub.wait(hub.version, 1)
    assert "<dd>Owner</dd>" in inside.get("/setup/stations/item/801").text


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/setup/lines/item/3", {"number": "sales"}, "A telephone number"),
        ("/setup/lines/item/3", {"rings": "9"}, "8 or less."),
        ("/setup/lines/item/3", {"transmit_db": "13"}, "12 or less."),
        ("/setup/lines/item/3", {"recording": "always"}, "Choose one."),
        ("/setup/stations/item/801", {"name": "x" * 25}, "At most 24 characters."),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    inside: FlaskClient, path: str, fields: dict[str, str], words: str
) -> None:
    response = save(inside, path, **LINE | fields)
    assert response.status_code == 422
    assert any(words in one for one in re.findall(r'class="says bad"[^>]*>([^<]+)<', response.text))


def test_a_station_is_taken_out_of_use(inside: FlaskClient, box: FakeBox) -> None:
    station = {"name": "Store room", "headset": "auto", "recorded": "on", "receive_db": "0", "transmit_db": "0"}
    save(inside, "/setup/stations/item/802", **station)
    (kept,) = Setup(box.data).load(InsideStations).stations
    assert (kept.id, kept.in_use, kept.recorded, kept.headset) == ("802", False, True, "auto")
    assert "1 is out of use" in inside.get("/setup").text


def test_a_stations_name_stands_beside_its_number(inside: FlaskClient, box: FakeBox) -> None:
    change = Setup(box.data).change
    change(InsideStations, lambda _now: {"stations": [{"id": "801", "name": "Front desk"}]}, who="test")
    change(OutsideLines, lambda _now: {"lines": [{"id": "3", "name": "Sales"}]}, who="test")
    box.say("line.setup", line=3, name="Sales", number="", in_use=True)
    box.do(lambda: box.ring("c2", 3, "13800138000"))
    box.say("call.answered", call="c2", by="box")
    box.say("call.connected", call="c2", station="801")
    hub = inside.application.extensions["callbox"].hub
    version = -1
    while "talking with 801 Front desk" not in inside.get("/").text:
        version = hub.wait(version, 10.0)
    box.say("call.ended", call="c2", side="caller", cue="tone", result="answered")
    box.whole_call("c1")
    assert "801 Front desk" in inside.get("/calls").text and "801 Front desk" in inside.get("/calls/c1").text
    newest = inside.get("/calls/export.csv").text.splitlines()[1]
    assert newest.endswith(",c1,Sales,Front desk")
    box.say("alarm.raised", name="line_3_no_battery", text="x")
    while "Line 3 Sales has no voltage" not in inside.get("/").text:
        version = hub.wait(version, 10.0)
    inside.application.extensions["callbox"].keep.note("owner", "lead_listen", call="c1", station="801")
    assert "at station 801 Front desk" in inside.get("/log").text
