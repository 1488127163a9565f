"""First run: coming back, leaving out, two browsers, a box that is away, faults said where they are."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.agents.section import Agents
from firmware.api.messages import Refused
from firmware.doctor import findings
from firmware.doctor.job import Job
from firmware.ivr.answering import Answering
from firmware.jacks.section import OutsideLines
from firmware.outbound.section import Dialling
from firmware.people import People, secret_fits
from firmware.prompts.library import Library
from firmware.setup.first import FirstSteps
from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in, post
from tests.webui.fakebox import FakeBox
from tests.webui.setup.formfields import read
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture
from webui.first.steps import STEPS

NAMES = [step.name for step in STEPS]


def steps(box: FakeBox) -> dict[str, str]:
    return {str(name): str(came) for name, came in Setup(box.data).load(FirstSteps).steps.items()}


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def fields(page: FlaskClient, path: str) -> dict[str, str]:
    """What the form of a table would send if nobody touched it."""
    text = page.get(path).text.replace('class="first-table"', 'class="setup-form"')
    return dict(read(text).sent.items())


def stamp(page: FlaskClient, path: str) -> str:
    found = re.search('name="_stamp" value="([^"]*)"', page.get(path).text)
    assert found is not None
    return found[1]


def test_a_new_owner_is_led_here_and_finds_where_he_was(inside: FlaskClient, box: FakeBox) -> None:
    assert "Begin" in inside.get("/first").text and 'href="/first"' in inside.get("/setup").text
    for name in NAMES:
        shown = inside.get(f"/first/{name}")
        assert shown.status_code == 200 and 'aria-current="step"' in shown.text, name
    answer = post(inside, "/first/place", company=" 长城电器 ", country="cn", language="zh", area="010")
    assert answer.headers["Location"] == "/first/clock"
    assert post(inside, "/first/clock").headers["Location"] == "/first/test"
    assert steps(box) == {"place": "done", "clock": "done"}
    elsewhere = inside.application.test_client()
    elsewhere.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh"
    log_in(elsewhere, "owner")
    assert "继续：检测到的外线" in elsewhere.get("/first").text
    assert 'value="长城电器"' in elsewhere.get("/first/place").text
    assert Setup(box.data).load(Dialling).area == "10" and 'value="10"' in elsewhere.get("/first/place").text
    assert Setup(box.data).load(Site).company == "长城电器" and Setup(box.data).history("box")[0].who == "owner"


def test_each_step_can_be_left_out_and_come_back_to(inside: FlaskClient, box: FakeBox) -> None:
    headers = csrf_header(inside)
    there = "/first/place"
    for name in NAMES:
        assert there == f"/first/{name}"
        there = inside.post(f"/first/{name}/skip", headers=headers).headers["Location"]
    assert there == "/first/ready" and steps(box) == dict.fromkeys(NAMES, "skipped")
    assert "Left out so far" in inside.get("/first/ready").text
    assert 'href="/first"' not in inside.get("/setup").text
    post(inside, "/first/clock")
    inside.post("/first/clock/skip", headers=headers)
    assert steps(box)["clock"] == "done"
    assert inside.post("/first/nonsense/skip", headers=headers).status_code == 404


def test_whoever_does_not_need_it_is_not_led_here(inside: FlaskClient, box: FakeBox) -> None:
    assert inside.post("/first/over", headers=csrf_header(inside)).headers["Location"] == "/setup"
    assert 'href="/first"' not in inside.get("/setup").text
    again = inside.post("/first/over", data={"over": "0"}, headers=csrf_header(inside))
    assert again.headers["Location"] == "/first" and 'href="/first"' in inside.get("/setup").text


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"company": "x" * 41}, "At most 40 characters."),
        ({"country": "xx"}, "no country xx"),
        ({"area": "Beijing"}, 'says-f-area" class="says bad">'),
    ],
)
def test_a_place_that_cannot_be(inside: FlaskClient, box: FakeBox, typed: dict[str, str], fault: str) -> None:
    answer = post(inside, "/first/place", **{"company": "Great Wall", "country": "cn", "language": "zh", **typed})
    assert answer.status_code == 422 and fault in answer.text and steps(box) == {}
    assert {one.section for one in Setup(box.data).history()} == {"people"}


def test_another_country_needs_a_new_start(inside: FlaskClient, box: FakeBox) -> None:
    post(inside, "/first/place", company="", country="de", language="en")
    assert "it has to start again" in inside.get("/first/place").text
    box.answers["box.restart"] = {"calls": 0}
    restart = inside.post("/setup/box/restart", data={"next": "/first/place"}, headers=csrf_header(inside))
    assert restart.headers["Location"] == "/first/place"


# -- lines --------------------------------------------------------------------------------------------------------


def job(line: int, *, done: bool = True, dead: bool = False, why: str | None = None) -> dict[str, Any]:
    found = [findings.battery(there=not dead, reversed_=False)]
    return Job(f"20261122-080000000-l{line}", line, "quick", "owner", 1.0, findings=found, done=done, step="quiet",
               why=why).data()  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (job(1, dead=True), ("There is no voltage on the line.", "Check the plug", "Test again")),
        (job(1, done=False), ("Noise and hum", "Being examined…", 'hx-trigger="every 1s"')),
        (job(1, why="rung"), ("A caller rang and was answered.", "Test again")),
        (None, ("not examined yet", "Test all lines", "8 lines, 8 telephones")),
    ],
)
def test_lines_are_told_with_advice(
    inside: FlaskClient, box: FakeBox, found: dict[str, Any] | None, said: tuple[str, ...]
) -> None:
    box.answers["doctor.look"] = {"job": found}
    text = inside.get("/first/test").text
    for part in said:
        assert part in text, part
    assert inside.get("/first/test/now").status_code == 200


def test_every_line_is_examined_or_one(inside: FlaskClient, box: FakeBox) -> None:
    headers = csrf_header(inside)
    assert inside.post("/first/test/start", headers=headers).headers["Location"] == "/first/test"
    inside.post("/first/test/start", data={"line": "3"}, headers=headers)
    asked = [args for intent, args in box.asked if intent == "doctor.examine"]
    assert [one["line"] for one in asked] == [*range(1, 9), 3] and all(one["quick"] for one in asked)
    box.refuses["doctor.examine"] = Refused("x", code="line_in_use")
    inside.post("/first/test/start", data={"line": "3"}, headers=headers)
    inside.post("/first/test/start", headers=headers)
    text = inside.get("/first/test").text
    assert "The line is in use." in text and "8 lines are in use or are being examined already" in text


def test_names_and_numbers_of_lines(inside: FlaskClient, box: FakeBox) -> None:
    path = "/first/lines"
    typed = fields(inside, path) | {"1.name": "Sales", "1.number": "010 6262-8888", "3.name": "Service"}
    assert inside.post(path, data=typed).headers["Location"] == "/first/people"
    kept = Setup(box.data).load(OutsideLines)
    named = [(one.id, one.name, one.number) for one in kept.lines]
    assert named == [("1", "Sales", "01062628888"), ("3", "Service", "")]
    behind = inside.post(path, data=typed | {"1.name": "Other"})
    assert behind.status_code == 409 and "Somebody else changed this meanwhile." in behind.text
    wrong = inside.post(path, data=fields(inside, path) | {"2.number": "soon"})
    assert wrong.status_code == 422 and 'id="says-f-2-number">A telephone number' in wrong.text
    before = len(Setup(box.data).history("lines"))
    assert inside.post(path, data=fields(inside, path)).status_code == 302
    assert len(Setup(box.data).history("lines")) == before, "nothing changed, so nothing is written"


# -- people -------------------------------------------------------------------------------------------------------


def test_people_get_a_telephone_and_a_slip_that_works(inside: FlaskClient, box: FakeBox) -> None:
    path = "/first/people"
    typed = fields(inside, path) | {"0.name": "Wang Fang", "1.name": "李明", "1.role": "supervisor", "1.station": ""}
    answer = inside.post(path, data=typed)
    shown = words(answer.text)
    found = re.search(r"Wang Fang Number 701 Telephone 801 PIN at a telephone (\d{6}) User name in the page wang-fang "
                      r"First password ([a-z]{4}-[a-z]{4}-[a-z]{4}-\d\d)", shown)  # fmt: skip
    assert found is not None and "agent-702" in shown
    setup = Setup(box.data)
    wang = setup.load(People).by_id("wang-fang")
    assert wang is not None and secret_fits(wang.pin_hash, found[1])
    assert setup.load(Agents).stations == {"801": "701"} and steps(box) == {"people": "done"}
    assert found[1] not in inside.get(path).text and found[2] not in (box.data / "setup-history.jsonl").read_text()
    log_in(inside.application.test_client(), "wang-fang", found[2])
    again = inside.post(path, data=typed | {"0.station": ""})
    assert again.status_code == 422 and "The number 701 is already that of Wang Fang." in again.text
    assert inside.post(path, data=fields(inside, path)).headers["Location"] == "/first/greeting"


@pytest.mark.parametrize(
    ("typed", "field", "fault"),
    [
        ({"0.number": "7"}, "0-number", "3 to 6 digits."),
        ({"1.name": "Li", "1.number": "701"}, "1-number", "The number 701 is already that of Wang."),
        ({"1.name": "Li", "1.station": "801"}, "1-station", "Only one person can have a telephone for good."),
        ({"0.station": "999"}, "0-station", "Somebody has this telephone already."),
        ({"0.role": "king"}, "0-role", "Choose one."),
        ({"0.name": "W" * 41}, "0-name", "At most 40 characters."),
    ],
)
def test_people_who_cannot_be(inside: FlaskClient, box: FakeBox, typed: dict[str, str], field: str, fault: str) -> None:
    path = "/first/people"
    answer = inside.post(path, data=fields(inside, path) | {"0.name": "Wang"} | typed)
    assert answer.status_code == 422 and f'id="says-f-{field}">{fault}' in answer.text
    assert len(Setup(box.data).load(People).people) == 1


def test_a_technician_makes_no_owner(inside: FlaskClient, box: FakeBox, person: AddPerson) -> None:  # noqa: F811
    person("wu", "720", "technician")
    log_in(inside, "wu")
    path = "/first/people"
    answer = inside.post(path, data=fields(inside, path) | {"0.name": "Wang", "0.role": "owner"})
    assert answer.status_code == 422 and "Only an owner changes an owner." in answer.text


# -- greeting and hours -------------------------------------------------------------------------------------------


def test_a_greeting_with_the_companys_name(inside: FlaskClient, box: FakeBox) -> None:
    post(inside, "/first/place", company="长城电器", country="cn", language="zh")
    shown = inside.get("/first/greeting")
    assert "欢迎致电长城电器。" in shown.text and "microphone=(self)" in shown.headers["Permissions-Policy"]
    text = "您好，欢迎致电长城电器。"
    answer = inside.post("/setup/prompts/zh/greeting/text", data={"text": text, "next": "/first/greeting"},
                         headers=csrf_header(inside))  # fmt: skip
    assert answer.headers["Location"] == "/first/greeting"
    assert "Callers hear your own greeting." in inside.get("/first/greeting").text
    assert Library(box.data).prompt("zh", "greeting").own
    outside = inside.post("/setup/prompts/zh/greeting/handset", data={"station": "801", "next": "//evil.example"},
                          headers=csrf_header(inside))  # fmt: skip
    assert outside.headers["Location"].startswith("/setup/prompts/zh/greeting?waits=")
    rung = inside.post("/setup/prompts/zh/greeting/handset", data={"station": "801", "next": "/first/greeting"},
                       headers=csrf_header(inside)).headers["Location"]  # fmt: skip
    assert rung.startswith("/first/greeting?waits=") and "Waits for what is recorded" in inside.get(rung).text


def test_a_simple_week(inside: FlaskClient, box: FakeBox) -> None:
    path = "/first/hours"
    typed = {
        "open": "hours", "_stamp": stamp(inside, path), "hours.0.@": "shop", "hours.0.entry": "main",
        "hours.0.days": ["mon", "fri"], "hours.0.begin": "09:00", "hours.0.end": "18:00", "hours.0.pause": "12:00",
        "hours.0.resume": "13:30", "hours.1.@": "other", "hours.1.entry": "main", "hours.1.days": ["sat"],
        "hours.1.begin": "10:00", "hours.1.end": "16:00",
    }  # fmt: skip

    def send(**more: Any) -> Any:
        return inside.post(path, data={**typed, "_stamp": stamp(inside, path), **more}, headers=csrf_header(inside))

    assert send(**{"hours.1.days": ["fri"]}).status_code == 422
    assert "Hours overlap: Fri" in send(**{"hours.1.days": ["fri"]}).text
    assert "Tick the days" in send(**{"hours.0.days": [], "hours.1.days": []}).text
    assert send().headers["Location"] == "/first/call"
    now = Setup(box.data).load(Answering)
    shop = now.schedules["shop"]
    assert (now.schedule, shop.otherwise, shop.holiday) == ("shop", "closed", "closed")
    assert {name: (one.begin, one.end) for name, one in shop.hours.items()} == {
        "shop": ("09:00", "12:00"), "shop-later": ("13:30", "18:00"), "other": ("10:00", "16:00"),
    }  # fmt: skip
    again = inside.get(path).text
    assert 'value="13:30"' in again and 'value="sat" checked' in again
    assert inside.post(path, data=typed | {"_stamp": "old"}, headers=csrf_header(inside)).status_code == 409
    assert send(open="always").status_code == 302
    always = Setup(box.data).load(Answering)
    assert always.schedule is None and 'value="always" checked' in inside.get(path).text
    hours = {"sale": {"begin": "2026-11-11T00:00:00", "end": "2026-11-12T00:00:00", "entry": "surge"}}
    rich = shop.model_dump(mode="json") | {"promotions": hours}
    Setup(box.data).change(Answering, lambda _: {"schedule": "shop", "schedules": {"shop": rich}}, who="test")
    assert "more to them than fits here" in inside.get(path).text and post(inside, path, open="x").status_code == 409


# -- the test call ------------------------------------------------------------------------------------------------


def stages(page: FlaskClient, path: str) -> dict[str, str]:
    return dict(re.findall('data-stage="([a-z]+)" data-state="([a-z]+)"', page.get(path).text))


def test_a_call_is_walked_through_to_its_recording(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("before", number="13911112222")  # another one, which the page may still show
    start = inside.post("/first/call/start", headers=csrf_header(inside)).headers["Location"]
    assert start.startswith("/first/call?after=")
    polled = start.replace("/call?", "/call/now?")
    hub = inside.application.extensions["callbox"].hub
    while not any(one.number == "13800138000" for one in hub.snapshot.calls):
        hub.wait(hub.version, 1)
    call = hub.snapshot.calls[0].id
    assert stages(inside, polled) | {"answer": "now"} == {
        "ring": "done", "callerid": "done", "answer": "now", "greeting": "ahead", "menu": "ahead", "queue": "ahead",
        "rings": "ahead", "talk": "ahead", "end": "ahead", "record": "ahead",
    }  # fmt: skip
    for kind, what in (
        ("call.answered", {"by": "box"}), ("call.prompt", {"prompt": "greeting"}),
        ("call.flow_step", {"flow": "main", "node": "welcome", "exit": "1", "to": ""}),
        ("call.queued", {"queue": "sales", "position": 1}), ("call.prompt", {"prompt": "queue_entry"}),
    ):  # fmt: skip
        box.say(kind, call=call, line=3, **what)
    assert stages(inside, polled)["rings"] == "now"
    box.say("station.ringing", call=call, station="801", number="13800138000")
    box.say("call.connected", call=call, station="801")
    box.say("call.recording", call=call, path="recordings/t.wav")
    assert stages(inside, polled)["end"] == "now"
    box.say("call.recorded", call=call, path="recordings/t.wav", ms=12_000, error=None)
    assert stages(inside, polled)["record"] == "ahead"
    box.say("call.ended", call=call, side="caller", cue="tone", result="answered")
    assert set(stages(inside, polled).values()) == {"done"}
    text = inside.get(polled).text
    assert "The call has come all the way." in text and "every 1s" not in text and f"/calls/{call}" in text
    assert "Key 1 was heard." in text and 'class="num"' in text and "0:12" in text
    assert post(inside, "/first/call").headers["Location"] == "/first/ready"
    assert "You are ready" in inside.get("/first/ready").text


def test_a_call_that_does_not_come_all_the_way(inside: FlaskClient, box: FakeBox) -> None:
    now = box.now()
    late = inside.get(f"/first/call/now?after=0&at={now - 100:.0f}").text
    assert 'data-stage="ring" data-state="late"' in late and "No ring has come." in late
    box.say("line.ring", call="c1", line=2, burst=1)
    box.say("call.started", call="c1", line=2, direction="inbound")
    box.say("call.answered", call="c1", by="box")
    box.say("call.prompt", call="c1", prompt="greeting")
    shown = inside.get("/first/call/now?after=0&at=junk").text
    assert 'data-stage="callerid" data-state="left"' in shown and "Ask the operator to switch on caller id" in shown
    assert "That is somebody else" in shown
    box.say("call.ended", call="c1", side="caller", cue="tone", result="abandoned")
    shown = inside.get("/first/call/now?after=0").text
    assert "nobody talked with the caller" in shown and "Nothing was recorded of this call." in shown
    after = re.search(r"/first/call\?after=(\d+)", shown)
    assert after is not None and stages(inside, f"/first/call/now?after={after[1]}")["ring"] == "now"


def test_closed_just_now_is_said_before_anybody_wonders(inside: FlaskClient, box: FakeBox) -> None:
    assert "it is closed just now" not in inside.get("/first/call").text
    Setup(box.data).change(Answering, lambda _: {"flow": "closed"}, who="test")
    assert "it is closed just now" in inside.get("/first/call").text


def test_a_box_that_is_away_is_no_hindrance(inside: FlaskClient, box: FakeBox) -> None:
    hub = inside.application.extensions["callbox"].hub
    box.stop()
    while hub.away_since is None:
        hub.wait(hub.version, 1)
    headers = csrf_header(inside)
    for path in ("/first/test/start", "/first/call/start"):
        assert inside.post(path, headers=headers).status_code == 302
    assert "nothing was asked" in inside.get("/first").text
    assert "The box does not answer just now, so its lines cannot be examined." in inside.get("/first/test").text
    assert "so a call cannot be seen" in inside.get("/first/call").text
    for name in (*NAMES, "ready"):
        assert inside.get(f"/first/{name}").status_code == 200, name
    assert inside.post("/first/lines", data=fields(inside, "/first/lines") | {"1.name": "Sales"}).status_code == 302
    assert [one.name for one in Setup(box.data).load(OutsideLines).lines] == ["Sales"]
