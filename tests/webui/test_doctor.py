"""The line doctor's pages: lines with their verdicts, one port, a report in both languages, and who may hear what."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.api.messages import Refused
from firmware.config import load_country
from firmware.doctor import call_findings, findings
from firmware.doctor.job import Job
from firmware.doctor.measure import Cadence, Hum, Noise, Part, SteadyTone
from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox
from webui import doctor_words

ID = "20261122-080000000-l3"


def report(**more: Any) -> dict[str, Any]:
    """As the box keeps one."""
    tone = SteadyTone(300, (Part(425.0, -14.0),), -14.0, False)
    found = [
        findings.battery(there=True, reversed_=False), *findings.dial_tone(tone, load_country("cn")),
        *findings.noise(Noise(-44.0, -47.0, Hum(50, -32.0, 50))), findings.digit(90, 1, "1"),
    ]  # fmt: skip
    job = Job(ID, 3, "examine", "owner", 1_767_600_000.0, findings=list(found), done=True, sound=True)
    return json.loads(json.dumps(job.data() | {"country": "cn"})) | more


def test_the_list_tells_each_lines_last_verdict(inside: FlaskClient, box: FakeBox) -> None:
    assert inside.get("/doctor").text.count("not examined yet") == 8
    box.answers["doctor.reports"] = {"reports": [report()]}
    text = inside.get("/doctor").text
    assert text.count("not examined yet") == 7 and "fault" in text
    assert inside.post("/doctor/all", headers=csrf_header(inside)).json == {
        "said": "8 lines are examined, two at a time."
    }
    assert [asked[1]["quick"] for asked in box.asked if asked[0] == "doctor.examine"] == [True] * 8


def test_a_report_says_figure_limit_source_and_what_to_do(inside: FlaskClient, box: FakeBox) -> None:
    box.answers["doctor.report"] = report()
    text = inside.get(f"/doctor/report/{ID}").text
    for words in ("Hum of 50 Hz and its harmonics is -32.0 dBm0", "at most -50 dBm0", "Keep the line away from mains",
                  "Dial tone is 425 Hz, as in the country", "mend what is marked"):  # fmt: skip
        assert words in text
    inside.set_cookie("language", "zh")
    assert "嗡声为 -32.0 dBm0" in inside.get(f"/doctor/report/{ID}").text
    for path in ("/doctor/report/nonsense", f"/doctor/captured/{ID}", "/doctor/line/40", "/doctor/station/999"):
        assert inside.get(path).status_code == 404


def test_buttons_ask_the_box_and_say_why_not(inside: FlaskClient, box: FakeBox) -> None:
    headers = csrf_header(inside)

    def ask(what: str, **fields: str) -> tuple[int, dict[str, Any]]:
        answer = inside.post(f"/doctor/line/3/ask/{what}", json=fields, headers=headers)
        return answer.status_code, answer.json or {}

    assert ask("examine")[0] == ask("call")[0] == ask("stop")[0] == 202
    assert ask("loop", to="4", number="021 8888 0002")[0] == 202
    assert ask("loop", to="4", number="; rm")[0] == 400 and ask("nonsense")[0] == 404
    box.refuses["doctor.examine"] = Refused("x", code="line_in_use")
    assert ask("examine") == (
        409,
        {"error": "The line is in use. It is examined when it is idle; the call is not disturbed."},
    )
    box.answers["doctor.report"] = report(offer={"hz": 425, "ms": [480, 480], "calls": 5, "cuts": 0})
    assert ask("use", report=ID) == (202, {"said": "Used from the next call on.", "id": None})
    took = next(args for name, args in box.asked if name == "line.take_hang_up")
    assert (took["hz"], took["ms"], took["who"]) == (425, (480, 480), "owner")
    box.answers["doctor.report"] = report()
    assert ask("use", report=ID)[0] == 409  # nothing was measured


def test_level_and_news_come_by_a_stream(inside: FlaskClient, box: FakeBox) -> None:
    entry = {"n": 7, "at": 1.0, "kind": "digit", "value": 0, "extra": 0, "text": ["5"]}
    box.answers["doctor.look"] |= {"news": [entry], "job": report()}
    stream = inside.get("/doctor/line/3/live").response
    pieces = (piece if isinstance(piece, str) else piece.decode() for piece in stream)
    look = next(piece for piece in pieces if piece.startswith("event: look"))
    told = json.loads(look.split("data: ", 1)[1])
    assert (told["rx"], told["busy"], told["news"]) == (-64.2, False, [[1.0, "key 5 begins"]])
    assert 'data-check="hum"' in told["job"]


@pytest.mark.parametrize(
    "kind", sorted([*doctor_words.NEWS, *doctor_words.PAIRS, "callerid", "digit", "line_state", "unheard_of"])
)
def test_every_news_has_words(inside: FlaskClient, kind: str) -> None:
    entry = {"n": 1, "at": 0.0, "kind": kind, "value": 1, "extra": -20, "text": ["busy"]}
    with inside.application.test_request_context():
        assert doctor_words.news(entry, keys=True)
        assert "%(" not in doctor_words.news(entry, keys=True)
        if kind in ("digit", "callerid"):
            assert "•" in doctor_words.news(entry, keys=False)


CAME = {
    "scheme": "bell202", "dbm0": -16.4, "octets": "80 0D 02 0B 31", "keys": "", "checksum": True,
    "fields": [["number", "13800138000"], ["2A", "31"]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("gains", "words"), [([0, 0], "the box adds no gain"), ([3.0, -1.5], "gain of +3 dB, sent behind -1.5 dB")]
)
def test_a_report_has_the_caller_id_as_it_came_and_says_what_levels_are(
    inside: FlaskClient, box: FakeBox, gains: list[float], words: str
) -> None:
    box.answers["doctor.report"] = report(what="call", received=CAME, gains=gains)
    shown = inside.get(f"/doctor/report/{ID}").text
    for part in ("FSK, Bell 202", "-16.4 dBm0", "80 0D 02 0B 31", "13800138000", "Field 2A", "right", words):
        assert part in shown, part


def test_news_of_a_caller_id_tell_every_field(inside: FlaskClient) -> None:
    entry = {"n": 1, "at": 0.0, "kind": "callerid", "value": 1, "extra": 2, "text": ["13800138000", "LI", "11220930"]}
    with inside.application.test_request_context(headers={"Accept-Language": "en"}):
        told = doctor_words.news(entry, keys=True)
        assert told == "caller id: FSK, V.23, checksum right, Number: 13800138000, Name: LI, Time: 11220930"
        assert "1380" not in doctor_words.news(entry, keys=False)
        assert "checksum wrong" in doctor_words.news(entry | {"value": 0, "text": []}, keys=True)
        raw = entry | {"kind": "received", "extra": -16, "text": ["bell202", "80 0D 02 0B 31"]}
        told = "caller id as it came (FSK, Bell 202, -16 dBm0, checksum right): "
        assert doctor_words.news(raw, keys=True) == f"{told}80 0D 02 0B 31"
        assert doctor_words.news(raw, keys=False) == f"{told}•••"
        assert "checksum" not in doctor_words.news(raw | {"value": -1, "text": ["dtmf", "D1380C"]}, keys=True)


def test_every_finding_can_be_shown(inside: FlaskClient) -> None:
    plan = load_country("cn")
    heard = Cadence((Part(425.0, -12.0),), 480, 480, -12.0, 4)
    made = [
        findings.battery(there=False, reversed_=False), findings.battery(there=True, reversed_=True),
        findings.no_dial_tone(5, -60), findings.digit(None, 2, "1"), findings.clipping(3, 2), findings.echo(None),
        findings.no_canceller(), findings.release(None), findings.release(1.2),
        call_findings.ringing(2, 1000, 4000, plan), call_findings.ringing(1, 1000, None, plan),
        *(call_findings.hang_up(by, heard, 0) for by in ("loop_drop", "reversal", "tone", "unknown_tone", "nothing")),
        call_findings.loss("loss_there", -16, -22, True), call_findings.through_noise(-60, there=True),
    ]  # fmt: skip
    with inside.application.test_request_context():
        for one in made:
            shown = doctor_words.findings([{key: getattr(one, key) for key in one.__slots__}])[0]
            assert shown.says and "%(" not in shown.says + shown.limit + shown.advice
