"""Every setup page: it loads in both languages, saves what it shows, and says beside the field what is nonsense."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from firmware.acd.model import Queues
from firmware.acd.vip import Card, Vip
from firmware.agents.section import Agents
from firmware.api.messages import Refused
from firmware.dialplan.firewall import Firewall
from firmware.guard.section import Callers, HangUps, HangUpTone
from firmware.ivr.answering import Answering
from firmware.outbound.section import Dialling
from firmware.setup.base import Section
from firmware.setup.store import Setup
from firmware.switching.section import Telephones
from firmware.voicemail.section import Mail, Voicemail
from tests.webui.door import browser, claim, csrf_header
from tests.webui.fakebox import FakeBox
from tests.webui.setup.formfields import Form, read
from webui.setup.pages import PAGES
from webui.setup.registry import ListPage, NamedPage, Page

WEEK = {
    "hours": {
        "shop": {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "09:00", "end": "12:00", "entry": "main"},
        "shop-later": {"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "13:30", "end": "18:00", "entry": "main"},
        "saturday": {"days": ["sat"], "begin": "10:00", "end": "24:00", "entry": "main"},
    },
    "otherwise": "closed",
    "holiday": "closed",
    "promotions": {"sale": {"begin": "2026-11-11T00:00:00", "end": "2026-11-12T00:00:00", "entry": "surge"}},
}
# One of everything, so that every kind of control is shown and sent.
FILLED: list[tuple[type[Section], dict[str, Any]]] = [
    (Answering, {
        "schedules": {"shop": WEEK}, "schedule": "shop", "lines": {"3": {"flow": "main"}},
        "surveys": {"sales": "surge"},
        "calendar": {"years": [2026], "holidays": {"2026-10-01": "国庆节", "2026-10-02": "国庆节"},
                     "make_up": {"2026-10-10": "国庆节"}},
        "http_allowed": [{"host": "192.168.1.20", "port": 80}],
    }),
    (Callers, {"firewall": Firewall(blacklist=("0085*",), whitelist=("13800138000",)).model_dump() |
               {"often": {"most": 5, "within_s": 600}}, "lines": {"2": "ring"}}),
    (HangUps, {"lines": {"3": [HangUpTone(hz=440, ms=(500, 500))]}}),
    (Vip, {"cards": [Card(card="12345", name="Zhao", priority=3)]}),
    (Queues, {"vip": {"13800138000": 5}}),
    (Dialling, {"stations": {"802": "inside"}, "routes": [{"id": "all", "lines": [8, 7, 6], "kinds": ["mobile"]}],
                "lines": {"1": {"before": "9w", "by": "pulses"}}}),
    (Agents, {"reasons": [{"code": "1", "zh": "小休", "en": "Break"}]}),
    (Telephones, {
        "supervisors": ["801"], "rights": {"802": ["listen", "send"]}, "speed": {"1": "13800138000"},
        "diversions": {"803": {"busy": "801", "follow_me": ["802"]}},
        "numbers": {"600": {"kind": "queue", "queue": "sales"}, "601": {"kind": "hang_up", "prompt": None}},
    }),
    (Voicemail, {"boxes": {"general": {"stations": ["801"], "mail": ["wang@example.com"], "seconds_most": 120}}}),
    (Mail, {"host": "smtp.example.com", "user": "box", "password": "secret", "sender": "box@example.com"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeBox]:
    """One box for all of this: each test sets it up anew."""
    box = FakeBox(tmp_path_factory.mktemp("every_page") / "data")
    yield box
    box.stop()


@pytest.fixture(scope="module")
def inside(box: FakeBox) -> Iterator[FlaskClient]:
    """Its owner, logged in."""
    with browser(box) as client:
        claim(client)
        yield client


def _those(fields: dict[str, Any], _now: Section) -> dict[str, Any]:
    return fields


@pytest.fixture
def filled(inside: FlaskClient, box: FakeBox) -> FlaskClient:
    """The page of a box in which everything is set up."""
    setup = Setup(box.data)
    for model, fields in FILLED:
        setup.change(model, partial(_those, fields), who="test")
    return inside


def paths(box: FakeBox, page: Page) -> list[str]:
    """Every form of a page."""
    if not isinstance(page, ListPage):
        return [f"/setup/{page.name}"]
    section = Setup(box.data).load(page.section)
    there = getattr(section, page.field)
    keys = list(there) if isinstance(page, NamedPage) else [str(getattr(one, page.key)) for one in there]
    return [f"/setup/{page.name}/item/{key}" for key in keys[:2]]


FORMS = [page for page in PAGES if isinstance(page, Page)]


def test_every_page_shows_and_saves_what_is_there(filled: FlaskClient, box: FakeBox) -> None:
    before = {page.name: Setup(box.data).load(page.section) for page in FORMS}
    for page in FORMS:
        for path in [f"/setup/{page.name}", f"/setup/{page.name}/now", *paths(box, page)]:
            for language in ("en", "zh"):
                shown = filled.get(path, headers={"Accept-Language": language})
                assert shown.status_code == 200, path
        for path in paths(box, page):
            saved = filled.post(path, data=read(filled.get(path).text).sent)
            assert saved.status_code == 302, (path, read(saved.text).faults)
    for page in FORMS:
        assert plain(Setup(box.data).load(page.section)) == plain(before[page.name]), page.name


def plain(section: Section) -> Any:
    """24:00 is the next day's 00:00."""
    return json.loads(section.model_dump_json().replace('"24:00"', '"00:00"'))


def test_every_list_takes_a_new_one(filled: FlaskClient, box: FakeBox) -> None:
    fields = {
        "hours": {"@": "night", "otherwise": "closed"},
        "queues": {"id": "repair", "label.en": "Repair"},
        "cards": {"card": "777", "name": "Qian"},
        "classes": {"@": "sales"},
        "routes": {"id": "rest", "lines": "1 2，3"},
        "rooms": {"number": "75", "name": "Board"},
        "voicemail": {"@": "sales"},
    }
    for name, typed in fields.items():
        form = read(filled.get(f"/setup/{name}/new").text).sent
        saved = filled.post(f"/setup/{name}/new", data=MultiDict({**form.to_dict(False), **typed}))
        assert saved.status_code == 302, (name, read(saved.text).faults)
        key = next(iter(typed.values()))
        again = filled.post(f"/setup/{name}/new", data=MultiDict({**form.to_dict(False), **typed}))
        assert (again.status_code, len(read(again.text).faults)) == (422, 1), name
        removed = filled.post(f"/setup/{name}/item/{key}/remove", headers=csrf_header(filled))
        assert removed.headers["Location"] == f"/setup/{name}"
        assert filled.get(f"/setup/{name}/item/{key}").status_code == 404


NONSENSE = [
    ("hours/item/shop", {"hours.0.end": ""}, "hours.0", "This is needed.", "必填"),
    ("hours/item/shop", {"hours.0.begin": "9"}, "hours.0", "A time of day", "时刻"),
    ("hours/item/shop", {"hours.1.days": "fri"}, "hours", "Hours overlap: Fri 09:00", "时段重叠：周五"),
    ("hours/item/shop", {"promotions.0.end": "2026-11-01T00:00"}, "promotions.0.end", "not after its begin", "不晚于"),
    ("holidays", {"calendar.holidays": "soon 国庆节"}, "calendar.holidays", "“soon 国庆节”: A date", "日期"),
    ("holidays", {"calendar.make_up": "2026-10-01 x"}, "calendar.make_up", "both a holiday and", "既是节假日"),
    ("answering", {"http_allowed.0.host": "my host"}, "http_allowed.0.host", "A name or an address", "名称或地址"),
    ("queues/item/sales", {"ring_s": "2"}, "ring_s", "5 or more.", "5"),
    ("queues/item/sales", {"strategy": "skill"}, "needs", "say which skill", "技能"),
    ("queues/item/sales", {"callback.retry_s": "9999"}, "callback.retry_s", "1440 or less.", "1440"),
    ("first", {"vip": "13800138000 12"}, "vip", "“13800138000”: 9 or less.", "13800138000"),
    ("callers", {"firewall.blacklist": "0085*\nnobody"}, "firewall.blacklist", "Line 2: A number", "第 2 行"),
    ("cards/new", {"card": "12"}, "card", "3 to 12 digits.", "3 到 12"),
    ("cards/item/12345", {"pin": "1"}, "pin", "4 to 8 digits.", "4"),
    ("hangups", {"lines.3": "beep"}, "lines.3", "A whole number.", "整数"),
    ("dialling", {"prefix": "999"}, "prefix", "1 or 2 digits.", "1 到 2 位"),
    ("classes/item/normal", {"barred": "09x"}, "barred", "Line 1: The beginning", "第 1 行"),
    ("routes/item/all", {"lines": "8 8"}, "lines", "Each line may stand once", "重复"),
    ("linedialling/item/1", {"before": "9z"}, "before", "Digits, * and #", "停顿"),
    ("fuse", {"fuse.night_ends": "20:00"}, "fuse.night_ends", "must have a length", "必须有一段时间"),
    ("agents", {"reasons.0.code": "x"}, "reasons.0.code", "1 or 2 digits.", "1 到 2 位"),
    ("telephones", {"park_s": "1"}, "park_s", "10 or more.", "10"),
    ("diversions/item/803", {"busy": "Wang"}, "busy", "A telephone number", "电话号码"),
    ("rooms/item/70", {"pin": "12"}, "pin", "4 to 8 digits.", "4"),
    ("numbers", {"numbers.0.@": "x"}, "numbers.0.@", "2 to 6 digits.", "2"),
    ("speed", {"speed": "123 456"}, "speed", "1 or 2 digits.", "1 到 2 位"),
    ("voicemail/item/general", {"mail": "wang"}, "mail", "Line 1: An address", "第 1 行"),
    ("voicemail/item/general", {"seconds_most": "99"}, "seconds_most", "30 or less.", "30"),
    ("mail", {"host": "my server"}, "host", "A name such as", "smtp.example.com"),
    ("mail", {"port": "70000"}, "port", "65535 or less.", "65535"),
]  # fmt: skip


def test_nonsense_is_said_beside_the_field_in_both_languages(filled: FlaskClient, box: FakeBox) -> None:
    wrong = []
    for path, typed, field, english, chinese in NONSENSE:
        form = read(filled.get(f"/setup/{path}").text).sent
        sent: MultiDict[str, Any] = MultiDict({**form.to_dict(False), **typed})
        for language, words, where in (("en", english, f"/setup/{path}"), ("zh", chinese, checked(path))):
            faults = read(said(filled, where, sent, language).text).faults
            if words not in faults.get("f-" + field.replace(".", "-"), ""):
                wrong.append((where, language, field, faults))
    assert not wrong, "\n".join(map(str, wrong))


def checked(path: str) -> str:
    """Where it is looked at while somebody types."""
    name, _slash, rest = path.partition("/")
    item = re.sub("^item/", "", rest) if rest.startswith("item/") else ""
    return f"/setup/{name}/check?item={item}"


def said(page: FlaskClient, path: str, sent: MultiDict[str, Any], language: str) -> TestResponse:
    answer = page.post(path, data=sent, headers={**csrf_header(page), "Accept-Language": language})
    assert answer.status_code in (200, 422), (path, answer.status_code)
    return answer


def form_of(page: FlaskClient, path: str) -> Form:
    return read(page.get(path).text)


def test_a_week_is_shown_as_a_week(filled: FlaskClient) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", filled.get("/setup/hours/item/shop").text))
    assert "Mon to Fri 9:00–12:00 Main menu 13:30–18:00 Main menu" in text
    assert "Sat 10:00–24:00 Main menu" in text and "Sun outside these hours all day" in text
    sent = form_of(filled, "/setup/hours/item/shop").sent
    assert (sent["hours.0.begin"], sent["hours.0.pause"], sent["hours.0.resume"], sent["hours.0.end"]) == (
        "09:00", "12:00", "13:30", "18:00",
    )  # fmt: skip
    assert "Mon to Fri 9:00–12:00、13:30–18:00" in filled.get("/setup/hours").text.replace(", ", "、")


def test_rows_of_the_week(filled: FlaskClient, box: FakeBox) -> None:
    path = "/setup/hours/item/shop"
    sent = form_of(filled, path).sent
    more = filled.post(path, data=MultiDict({**sent.to_dict(False), "_do": "add:hours"})).text
    assert read(more).sent.getlist("hours.2.days") == ["sun"]
    less = filled.post(path, data=MultiDict({**sent.to_dict(False), "_do": "drop:hours.0"})).text
    assert read(less).sent["hours.0.begin"] == "10:00" and "hours.1.begin" not in read(less).sent
    lunch = MultiDict({**sent.to_dict(False), "hours.0.pause_entry": "surge"})
    assert filled.post(path, data=lunch).status_code == 302
    hours = Setup(box.data).load(Answering).schedules["shop"].hours
    assert {name: (one.begin, one.end, one.entry) for name, one in hours.items() if name.startswith("shop")} == {
        "shop": ("09:00", "12:00", "main"), "shop-later": ("13:30", "18:00", "main"),
        "shop-pause": ("12:00", "13:30", "surge"),
    }  # fmt: skip
    assert form_of(filled, path).sent["hours.0.pause_entry"] == "surge"


def test_ones_own_calendar_begins_as_the_countrys(filled: FlaskClient, box: FakeBox) -> None:
    Setup(box.data).change(Answering, lambda _: {"calendar": None}, who="test")
    sent = form_of(filled, "/setup/holidays").sent
    begun = filled.post("/setup/holidays", data=MultiDict({**sent.to_dict(False), "_do": "on:calendar"})).text
    assert "2026-02-15 – 2026-02-23 春节" in begun
    typed = read(begun).sent
    typed["calendar.holidays"] += "\n2027-01-01 至 2027-01-03 元旦"
    assert filled.post("/setup/holidays", data=typed).status_code == 302
    calendar = Setup(box.data).load(Answering).calendar
    assert calendar is not None and 2027 in calendar.years
    assert sorted(str(day) for day in calendar.holidays)[-1] == "2027-01-03"


def test_what_is_gone_is_still_shown(filled: FlaskClient, box: FakeBox) -> None:
    Setup(box.data).change(Answering, lambda _: {"flow": "gone"}, who="test")
    assert "gone (not there)" in filled.get("/setup/answering").text
    assert form_of(filled, "/setup/answering").sent["flow"] == "gone"


def test_undo_stays_with_its_page(filled: FlaskClient, box: FakeBox) -> None:
    sent = form_of(filled, "/setup/speed").sent
    filled.post("/setup/speed", data=MultiDict({**sent.to_dict(False), "speed": "1 10086"}))
    assert "10086" in filled.get("/setup/speed").text
    assert "Take back" in filled.get("/setup/speed").text
    newest = Setup(box.data).history()[0]
    assert f"/setup/undo/{newest.id}" not in filled.get("/setup/rooms").text
    answer = filled.post(f"/setup/undo/{newest.id}", headers=csrf_header(filled))
    assert answer.headers["Location"] == "/setup/speed"
    assert Setup(box.data).load(Telephones).speed == {"1": "13800138000"}


def test_the_standard_holds_again(filled: FlaskClient, box: FakeBox) -> None:
    assert "Back to the standard" in filled.get("/setup/diversions/item/803").text
    assert "Back to the standard" not in filled.get("/setup/diversions/item/804").text
    filled.post("/setup/diversions/item/803/remove", headers=csrf_header(filled))
    assert "803" not in Setup(box.data).load(Telephones).diversions
    assert filled.get("/setup/diversions/new").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "there", "away"),
    [("holiday", "Opening hours", "Mail server"), ("pin", "Conference rooms", "Holidays"), ("区号", "", "Upkeep")],
)
def test_the_index_is_searched_by_label(filled: FlaskClient, wanted: str, there: str, away: str) -> None:
    text = filled.get(f"/setup?q={wanted}").text
    assert there in text and f"<strong>{away}" not in text
    assert "Nothing in the setup speaks of that" in filled.get("/setup?q=submarine").text


def test_the_index_groups_and_tells_states(filled: FlaskClient) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", filled.get("/setup").text))
    for words in (
        "Calls in", "Calls out", "People and telephones", "The box", "Other programs",
        "shop: Mon to Fri 9:00–12:00, 13:30–18:00", "3 queues · nobody waits", "smtp.example.com", "70, 71",
    ):  # fmt: skip
        assert words in text, words


def test_states_at_this_moment(filled: FlaskClient, box: FakeBox) -> None:
    box.say("line.ring", call="c1", line=3, burst=1)
    box.say("call.started", call="c1", line=3, direction="inbound")
    box.say("call.queued", call="c1", queue="sales")
    box.say("voicemail.mailed", call="c2", box="general", message="c2", ms=1000, to=["wang@example.com"])
    hub = filled.application.extensions["callbox"].hub
    while not any(call.queue == "sales" for call in hub.snapshot.calls):
        hub.wait(hub.version, 1)
    assert "1 caller waits" in filled.get("/setup/queues/now").text
    assert "wang@example.com" in filled.get("/setup/mail/now").text
    assert "110" in filled.get("/setup/dialling/now").text
    assert "until" in filled.get("/setup/answering/now").text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"ok": True, "said": "250 OK"}, "The server took the mail to wang@example.com. It said: 250 OK"),
        ({"ok": False, "said": "535 no"}, "The mail was not taken. The server said: 535 no"),
        (None, "is no mail address. Nothing was sent."),
    ],
)
def test_a_test_mail(inside: FlaskClient, box: FakeBox, answer: dict[str, Any] | None, words: str) -> None:
    box.answers["mail.test"] = answer or {}
    if answer is None:
        box.refuses["mail.test"] = Refused("no")
    inside.post("/setup/mail/test", data={"to": "wang@example.com"}, headers=csrf_header(inside))
    assert words in inside.get("/setup/mail").text
