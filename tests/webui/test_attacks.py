"""What somebody tries who wants in: injection, ways out of a folder, forged ids, replay, too much and malformed."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from flask.testing import FlaskClient

from firmware.people import People
from firmware.setup.programs import Program, Programs, hash_key, new_key
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in, post, token
from tests.webui.fakebox import PASSWORD, FakeBox

NASTY = (
    "' OR '1'='1", "'; DROP TABLE call_record; --", '"', "\\", "%00", "\x00", "../../settings.json",
    "..%2f..%2fsetup.json", "....//....//etc/passwd", "/etc/passwd", "<script>alert(1)</script>", "{{7*7}}", "${7*7}",
    "%s%s%n", "$(id)", "`id`", "; id", "| id", "\r\nSet-Cookie: a=b", "\u202e", "𝕏" * 50, "a" * 2000, "-1",
    "99999999999999999999", "NaN", "[]", "{}",
)  # fmt: skip


def places(page: FlaskClient) -> list[tuple[str, str]]:
    """Every route with something to fill in: its address with a %s there, and how it is asked."""
    found = []
    for rule in page.application.url_map.iter_rules():
        if "<" in rule.rule and not rule.rule.startswith("/static"):
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            found.append((re.sub(r"<[^>]+>", "%s", rule.rule), method))
    return found


def unharmed(page: FlaskClient, box: FakeBox) -> None:
    assert page.get("/calls/c1").status_code == 200
    assert len(Setup(box.data).load(People).people) == 1


def test_in_the_address(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    headers = csrf_header(inside)
    for nasty, (place, method) in product(NASTY, places(inside)):
        path = place % ((nasty.replace("%", "%25").replace("?", "%3f").replace("#", "%23"),) * place.count("%s"))
        response = inside.open(path, method=method, headers=headers)
        assert response.status_code < 500, (method, place, nasty)
        assert b"root:x:" not in response.data and b"secret_key" not in response.data
        assert "<script>alert(1)" not in response.text and "a=b" not in response.headers.get("Set-Cookie", "")
    unharmed(inside, box)


def test_in_the_query(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    names = [
        "search",
        "page",
        "agent",
        "queue",
        "line",
        "from",
        "to",
        "talk",
        "result",
        "direction",
        "who",
        "kind",
        "next",
    ]
    paths = ("/calls", "/log", "/api/v1/calls", "/calls/export.csv", "/", "/setup", "/language/en")
    for nasty, path in product(NASTY, paths):
        response = inside.get(path, query_string=dict.fromkeys(names, nasty))
        assert response.status_code < 500, (path, nasty)
        assert "<script>alert(1)" not in response.text and 'value="49"' not in response.text
        assert not response.headers.get("Location", "/").startswith(("//", "http"))
    unharmed(inside, box)


def test_in_forms(inside: FlaskClient, box: FakeBox) -> None:
    box.whole_call("c1")
    fields = [
        "id",
        "name",
        "number",
        "role",
        "skills",
        "email",
        "group",
        "url",
        "kinds",
        "scopes",
        "password",
        "again",
        "sees",
        "language",
        "_stamp",
    ]
    paths = ("/setup/people/new", "/setup/programs/new", "/setup/webhooks/new")
    secret = token(inside, "/account")
    for nasty, path in product(NASTY, paths):
        response = inside.post(path, data={"csrf_token": secret, **dict.fromkeys(fields, nasty)})
        assert response.status_code in (400, 409, 422), (path, nasty)
        assert "<script>alert(1)" not in response.text
    unharmed(inside, box)


@pytest.mark.parametrize(
    "order", ["add:", "add:x.y.z", "drop:kinds.0", "up:0", "on:id", "off:name", "drop:skills.x", ":"]
)
def test_orders_that_no_button_gives(inside: FlaskClient, order: str) -> None:
    for name in ("people", "webhooks"):
        response = inside.post(f"/setup/{name}/check", data={"_do": order}, headers=csrf_header(inside))
        assert response.status_code in (200, 400)


def test_a_forged_session(inside: FlaskClient) -> None:
    cookie = inside.get_cookie("callbox")
    assert cookie is not None
    body, _dot, seal = cookie.value.rpartition(".")
    for forged in (f"{body}.{seal[:-2]}AA", f"{body}.", body, "", "e30.e30.e30", cookie.value[::-1], "a" * 4000):
        inside.set_cookie("callbox", forged)
        assert inside.get("/").headers["Location"] == "/login", forged
    inside.set_cookie("callbox", cookie.value)
    assert inside.get("/").status_code == 200


def test_a_token_of_another_session_is_worth_nothing(inside: FlaskClient) -> None:
    other = inside.application.test_client()
    theirs = token(other, "/login")
    assert inside.post("/logout", data={"csrf_token": theirs}).status_code == 400
    assert inside.get("/").status_code == 200


def test_what_was_sent_once_does_not_work_again(inside: FlaskClient, box: FakeBox) -> None:
    sent = {"id": "wang", "name": "Wang", "number": "801", "role": "agent", "enabled": "on"}
    again = {"csrf_token": token(inside, "/setup/people/new"), **sent}
    assert inside.post("/setup/people/new", data=again).status_code == 302
    assert inside.post("/setup/people/new", data=again).status_code == 422
    path = "/setup/people/item/wang"
    stamp = re.search('name="_stamp" value="([^"]+)"', inside.get(path).text)
    assert stamp is not None
    change = {"csrf_token": again["csrf_token"], "_stamp": stamp[1], **sent, "number": "802"}
    assert [inside.post(path, data=change).status_code for _ in range(2)] == [302, 409]
    cookie = inside.get_cookie("callbox")
    assert cookie is not None
    inside.post("/logout", headers=csrf_header(inside))
    inside.set_cookie("callbox", cookie.value)
    assert inside.post(path, data=change).status_code in (302, 400)
    assert inside.get("/").headers["Location"] == "/login"


def test_who_claims_second_gets_nothing(inside: FlaskClient, box: FakeBox) -> None:
    second = inside.application.test_client()
    second.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert second.get("/claim").headers["Location"] == "/login"
    claimed = {"csrf_token": token(second, "/login"), "password": PASSWORD, "again": PASSWORD, "user": "thief"}
    assert second.post("/claim", data=claimed).headers["Location"] == "/login"
    assert [one.id for one in Setup(box.data).load(People).people] == ["owner"]


def test_more_than_a_form_can_hold(inside: FlaskClient) -> None:
    headers = csrf_header(inside)
    for path in ("/login", "/setup/people/new", "/api/v1/training/calls", "/setup/certificate"):
        for data in (b"a=" + b"x" * 2**20, b"&".join(b"f%d=1" % n for n in range(20_000))):
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            assert inside.post(path, data=data, headers=headers | kind).status_code in (400, 413, 422), path


MALFORMED = (
    (b"", "application/json"), (b"{", "application/json"), (b"\xff\xfe", "application/json"),
    (b"null", "application/json"), (b"[" * 5_000, "application/json"), (b'{"line": 1e999}', "application/json"),
    (b'{"number": {"$gt": ""}}', "application/json"), (b'{"line": ' + b"9" * 5_000 + b"}", "application/json"),
    (b"{}", "text/plain"), (b"<x/>", "application/xml"), (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"x", "multipart/form-data"), (b"x", "a" * 5_000),
)  # fmt: skip


def test_malformed_bodies(inside: FlaskClient) -> None:
    headers = csrf_header(inside)
    paths = [
        "/api/v1/training/calls",
        "/api/v1/control/desk.dial",
        "/login",
        "/setup/people/new",
        "/setup/people/check",
    ]
    for (body, kind), path in product(MALFORMED, paths):
        response = inside.post(path, data=body, headers=headers, content_type=kind)
        assert response.status_code < 500, (path, body[:40], kind[:40])


def test_a_right_user_name_is_not_told_by_time(inside: FlaskClient) -> None:
    """Nobody costs a hash, too: the verification runs for users who are not there."""
    from firmware import people

    asked: list[str] = []
    real = people.hasher.verify

    def counted(kept: str, secret: str) -> bool:
        asked.append(kept)
        return real(kept, secret)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "hasher", type("Hasher", (), {"verify": staticmethod(counted)}))
        inside.delete_cookie("callbox")
        for user in ("owner", "nobody"):
            post(inside, "/login", user=user, password="wrong one")
    assert len(asked) == 2


def test_name_and_number_are_one_when_tries_are_counted(inside: FlaskClient) -> None:
    """Ten wrong passwords, wherever from and however he is called; then not even the right one."""
    inside.delete_cookie("callbox")
    told = []
    for number in range(12):
        user = ("owner", "700", " Owner ")[number % 3]
        secret = token(inside, "/login")
        sent = {"csrf_token": secret, "user": user, "password": "wrong one"}
        told.append(inside.post("/login", data=sent, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}).status_code)
    assert told == [400] * 10 + [429] * 2


def test_many_wrong_passwords_at_once_are_counted_like_one_by_one(inside: FlaskClient) -> None:
    inside.delete_cookie("callbox")
    secret = token(inside, "/login")
    cookie = inside.get_cookie("callbox")
    assert cookie is not None

    def guess(number: int) -> int:
        other = inside.application.test_client()
        other.set_cookie("callbox", cookie.value)
        sent = {"csrf_token": secret, "user": "owner", "password": f"wrong {number}"}
        return int(other.post("/login", data=sent).status_code)

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(guess, range(40)))
    assert set(told) == {400, 429} and told.count(400) <= 8  # five, and who was in the middle of it


def test_keys_that_are_none_are_soon_not_even_looked_at(inside: FlaskClient, box: FakeBox) -> None:
    inside.delete_cookie("callbox")
    wrong = {"Authorization": "Bearer cbx_" + "x" * 43}
    told = [inside.get("/api/v1/state", headers=wrong).status_code for _ in range(32)]
    assert told[:30] == [401] * 30 and told[30:] == [429] * 2
    assert "Wait a minute" in inside.get("/api/v1/state", headers=wrong).text
    keep = inside.application.extensions["callbox"].keep
    assert len(keep.log(kinds=["refused_keys"]).rows) == 1
    key = new_key()
    program = Program(id="crm", name="CRM", scopes=("read",), key_hash=hash_key(key))
    Setup(box.data).change(Programs, lambda _: {"programs": [program]}, who="test")
    right = {"Authorization": f"Bearer {key}"}
    assert inside.get("/api/v1/state", headers=right).status_code == 200, "whoever else is behind that address"


def test_methods_and_hosts_that_nobody_uses(inside: FlaskClient) -> None:
    for method in ("TRACE", "CONNECT", "PROPFIND", "DELETE", "PATCH"):
        assert inside.open("/", method=method, headers=csrf_header(inside)).status_code in (400, 404, 405)
    for host in ("evil.example", "a" * 500, "127.0.0.1:99999"):
        response = inside.get("/logout", headers={"Host": host})
        assert response.status_code < 500 and "evil" not in response.headers.get("Location", "")


def test_an_old_session_is_not_kept_alive_by_who_stole_it(inside: FlaskClient) -> None:
    keep = inside.application.extensions["callbox"].keep
    now: Callable[[], float] = time.time
    keep._now = lambda: now() + 31 * 86_400
    assert inside.get("/").headers["Location"] == "/login"
    keep._now = now
    log_in(inside, "owner")
