"""Calls done: who may see which, every way of searching, export, the picture of a recording, the mark."""

import csv
import io
import math
import re
import struct
import wave
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from firmware.people import People, Person, hash_secret
from firmware.setup.store import Setup
from firmware.store.database import open_store
from firmware.store.models import CallRecord
from tests.webui.door import csrf_header, log_in
from tests.webui.fakebox import PASSWORD, FakeBox
from webui.export import _harmless
from webui.peaks import Unreadable, peaks, svg

HASH = hash_secret(PASSWORD)
Tell = Callable[..., str]


@pytest.fixture
def tell(box: FakeBox) -> Tell:
    """A call that is over; its id."""
    told = iter(range(1, 1000))

    def tell(number: str = "13800138000", name: str = "", station: str = "801", **more: Any) -> str:
        call = f"c{next(told):03}"
        box.say("call.started", call=call, line=more.get("line", 3), direction=more.get("direction", "inbound"))
        box.say("call.caller", call=call, number=number, name=name, withheld=None)
        if "queue" in more:
            box.say("call.queued", call=call, queue=more["queue"], position=1, expected_s=None)
        if more.get("result", "answered") == "answered":
            answered = {"agent": more["agent"]} if "agent" in more else {}
            box.say("call.offer_ended", call=call, station=station, result="answered", **answered)
            box.say("call.connected", call=call, station=station)
        box.say("call.ended", call=call, side="caller", cue="tone", result=more.get("result", "answered"))
        return call

    return tell


def add(box: FakeBox, id: str, number: str, role: str, **more: Any) -> None:
    person = Person.model_validate({"id": id, "name": id, "number": number, "role": role, "password_hash": HASH} | more)
    Setup(box.data).change(People, lambda now: {"people": [*now.people, person]}, who="test")


def seen(page: FlaskClient, query: str = "") -> list[str]:
    return re.findall(r'<tr data-call="([^"]+)"', page.get(f"/calls{query}").text)


def test_everybody_sees_what_he_may(inside: FlaskClient, box: FakeBox, tell: Tell) -> None:
    one = tell(station="801")  # nobody had signed in there
    two = tell(station="802", agent="5002")
    three = tell(station="803", agent="5003")
    lost = tell(result="abandoned")
    add(box, "wang", "801", "agent")
    add(box, "li", "5002", "agent", group="sales")
    add(box, "zhao", "5003", "agent", group="sales")
    add(box, "boss", "5009", "supervisor", group="sales")
    add(box, "chief", "5010", "supervisor")
    for user, expected in (
        ("wang", [one]), ("li", [two]), ("boss", [three, two]), ("chief", [lost, three, two, one]),
        ("owner", [lost, three, two, one]),
    ):  # fmt: skip
        log_in(inside, user)
        assert seen(inside) == expected, user
        assert [call["id"] for call in inside.get("/api/v1/calls").json["calls"]] == expected
        for call in (one, two, three, lost):
            status = 200 if call in expected else 404
            assert inside.get(f"/calls/{call}").status_code == status, (user, call)
            assert inside.get(f"/api/v1/calls/{call}").status_code == status
    log_in(inside, "li")
    assert seen(inside, "?agent=5003") == []
    assert seen(inside, "?agent=5002") == [two]
    assert inside.get("/calls/export.csv").status_code == 403


def test_every_way_of_searching(inside: FlaskClient, tell: Tell) -> None:
    one = tell("13800138000", "王伟", queue="sales", line=1)
    two = tell("02164370000", "O'Brien & Söhne", station="802", line=2)
    three = tell("5551234", "王小明", result="abandoned", line=2)
    every = [three, two, one]
    for query, expected in (
        ("?search=0013", [one]), ("?search=138 0013-8000", [one]), ("?search=王伟", [one]),
        ("?search=王", [three, one]), ("?search=伟", [one]), ("?search=小明", [three]), ("?search=o'brien", [two]),
        ("?search=%26 Sö", [two]),
        ("?search=12", [three]), ("?search=%25", []), ("?search=%22", []), ("?search=*", []),
        ("?search=a' OR 1=1 --", []), ("?search=NOT number", []), ("?queue=sales", [one]), ("?line=2", [three, two]),
        ("?line=2&result=abandoned", [three]), ("?agent=802", [two]), ("?result=answered", [two, one]),
        ("?from=2020-01-01&to=2020-02-01", []), ("?from=2020-01-01", every), ("?to=9999-12-31", every),
        ("?from=rubbish&line=x&talk=-1&result=odd", every), ("?search=王&line=2", [three]),
        ("?direction=outbound", []), ("?talk=1", []),
    ):  # fmt: skip
        assert seen(inside, query) == expected, query


def test_by_time_of_day_and_length(inside: FlaskClient) -> None:
    """To the minute and the second; what was typed belongs to what is found."""
    box = inside.application.extensions["callbox"]

    def at(day: int, hour: int, minute: int, second: int = 0) -> float:
        return datetime(2026, 3, day, hour, minute, second).astimezone().timestamp()

    lengths = {"a": (at(4, 9, 29, 59), 59.0), "b": (at(4, 9, 30), 60.0), "c": (at(4, 10, 15, 59), 150.0),
               "d": (at(4, 10, 16), 300.0), "e": (at(5, 9, 40), None)}  # fmt: skip
    with Session(open_store(box.data)) as session, session.begin():
        for call, (started, talk) in lengths.items():
            session.add(CallRecord(id=call, direction="inbound", line=1, started=started, ended=started + 400,
                                   talk_s=talk, result="answered", marked=False, recovered=False))  # fmt: skip
    day = "from=2026-03-04&to=2026-03-04"
    for query, expected in (
        (day, "dcba"), (f"{day}&from_time=09:30", "dcb"), (f"{day}&to_time=10:15", "cba"),
        (f"{day}&from_time=09:30&to_time=10:15", "cb"), ("from=2026-03-04&from_time=10:16", "ed"),
        ("to=2026-03-05&to_time=09:39", "dcba"), ("from_time=00:00", ""), (f"{day}&from_time=25:99", "dcba"),
        ("talk=1", "dcb"), ("talk_to=1", "ba"), ("talk=1&talk_to=2:30", "cb"), ("talk=1:01&talk_to=4:59", "c"),
        ("talk=0:59&talk_to=0:59", "a"), ("talk=5:99", "edcba"), ("talk_to=x", "edcba"), ("talk=2：30", "dc"),
    ):  # fmt: skip
        assert "".join(seen(inside, f"?{query}")) == expected, query
    rows = inside.get(f"/calls/export.csv?{day}&from_time=09:30&to_time=10:15&talk_to=1").text.splitlines()
    assert len(rows) == 2


def test_export(inside: FlaskClient, tell: Tell) -> None:
    tell("13800138000", "=1+1")
    tell("5551234", "Wang", result="abandoned")
    rows = list(csv.reader(io.StringIO(inside.get("/calls/export.csv").text.removeprefix("\ufeff"))))
    assert [row[1] for row in rows] == ["Number", "5551234", "13800138000"]
    assert rows[2][2] == "'=1+1"
    sheet = openpyxl.load_workbook(io.BytesIO(inside.get("/calls/export.xlsx?search=138").data)).active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=True))
    assert [row[1] for row in cells] == ["Number", "13800138000"]
    assert sheet["C2"].data_type == "s" and sheet["C2"].value == "=1+1"
    assert inside.get("/calls/export.exe").status_code == 404
    for name in (" =1+1", "＝1+1", "@SUM(A1)", "\n=1"):
        assert str(_harmless(name)).startswith("'"), name
    assert _harmless("王小明") == "王小明" and _harmless(7) == 7
    log = inside.application.extensions["callbox"].keep.log(kinds=["exported"]).rows
    assert [row.data["format"] for row in log] == ["Excel", "CSV"]


def test_listening_is_written_down_once(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    for begin in (0, 20_000, 8_000):
        inside.get("/calls/c1/recording", headers={"Range": f"bytes={begin}-"})
    inside.get("/calls/c1/recording?download=1")
    log = inside.application.extensions["callbox"].keep.log(kinds=["listened", "downloaded"]).rows
    assert [(row.who, row.kind, row.data["call"]) for row in log] == [
        ("owner", "downloaded", "c1"), ("owner", "listened", "c1"),
    ]  # fmt: skip


def test_a_technician_sees_calls_and_hears_none(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    add(box, "tech", "5020", "technician")
    log_in(inside, "tech")
    text = inside.get("/calls/c1").text
    assert "recorded" in text and "/calls/c1/recording" not in text and "wave" not in text
    assert inside.get("/calls/c1/recording").status_code == 403


def test_marking(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    headers = csrf_header(inside)
    assert inside.post("/calls/c1/mark", headers=headers).headers["Location"] == "/calls/c1"
    assert "Take the mark off" in inside.get("/calls/c1").text
    assert seen(inside, "?marked=1") == ["c1"]
    inside.post("/calls/c1/mark", headers=headers)
    assert seen(inside, "?marked=1") == []


def two_parties(path: Path, seconds: int = 3) -> None:
    """The caller a tone that grows, the agent silence."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        for n in range(8000 * seconds):
            file.writeframesraw(struct.pack("<hh", int(32_000 * n / (8000 * seconds) * math.sin(n)), 0))


def test_the_picture_shows_both_parties(tmp_path: Path) -> None:
    two_parties(tmp_path / "a.wav")
    found = peaks(tmp_path / "a.wav")
    assert len(found) == 1000
    assert found[50][0] < found[500][0] < found[-1][0] <= 1 and not any(right for _, right in found)
    drawn = svg(found)
    assert drawn.count("<path") == 2 and len(drawn) < 60_000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00WAVEfmt ", bytes(100)], ids=repr)
def test_no_picture_of_rubbish(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(Unreadable):
        peaks(tmp_path / "a.wav")
    with pytest.raises(Unreadable):
        peaks(tmp_path / "gone.wav")


def test_the_picture_on_the_page(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="wave"' in inside.get("/calls/c1").text
    (box.data / "recordings/c1.wav").unlink()
    assert inside.get("/calls/c1").status_code == 200


def test_which_way_a_call_went(inside: FlaskClient, tell: Tell) -> None:
    came, out, within = tell(), tell(direction="outbound"), tell(direction="inside")
    shown = inside.get("/calls").text
    rows = dict(re.findall(r'(?s)<tr data-call="([^"]+)".*?<td class="who"[^>]*>(.*?)</td>', shown))
    assert "went out" in rows[out] and ">inside<" in rows[within]
    assert "went out" not in rows[came] and "inside" not in rows[came]
