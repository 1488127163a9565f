"""Every route, every role, from the one table; and who is let in as whom."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.people import People, Person, Role, hash_secret
from firmware.setup.programs import Programs, hash_key, new_key
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in, post
from tests.webui.fakebox import PASSWORD, FakeBox
from webui.roles import OPEN, ROLES, SCOPES, roles_of
from webui.security import STREAMS

ROLE_NAMES: tuple[Role, ...] = ("owner", "technician", "supervisor", "agent")
HASH = hash_secret(PASSWORD)

AddPerson = Callable[..., Person]


@pytest.fixture
def person(inside: FlaskClient, box: FakeBox) -> AddPerson:
    """Adds somebody with the one password."""

    def add(id: str, number: str, role: Role = "agent", **more: Any) -> Person:
        one = Person(id=id, name=id.capitalize(), number=number, role=role, password_hash=HASH, **more)
        Setup(box.data).change(People, lambda now: {"people": [*now.people, one]}, who="test")
        return one

    return add


def change(box: FakeBox, id: str, **fields: Any) -> None:
    Setup(box.data).change(
        People,
        lambda now: {"people": [one.model_copy(update=fields) if one.id == id else one for one in now.people]},
        who="test",
    )


def routes(page: FlaskClient) -> list[tuple[str, str, str]]:
    found = []
    for rule in page.application.url_map.iter_rules():
        path = re.sub(r"<int:[^>]+>", "999999", rule.rule)
        path = re.sub(r"<[^>]+>", "x", path)
        found += [(rule.endpoint, method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_every_route_is_in_the_table(page: FlaskClient) -> None:
    endpoints = {endpoint for endpoint, _, _ in routes(page)}
    assert [one for one in sorted(endpoints - OPEN) if one not in ROLES and one.partition(".")[0] not in ROLES] == []
    known = endpoints | {endpoint.partition(".")[0] for endpoint in endpoints}
    assert set(ROLES) - known == set()
    assert (set(SCOPES) | OPEN) - known == set()


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_each_role_comes_where_the_table_says_and_nowhere_else(
    inside: FlaskClient, person: AddPerson, role: Role
) -> None:
    person("wang", "801", role)
    log_in(inside, "wang")
    headers = csrf_header(inside)
    for endpoint, method, path in routes(inside):
        if endpoint in OPEN | STREAMS | {"auth.logout", "account.leave"}:
            continue
        answer = inside.open(path, method=method, headers=headers)
        answer.close()  # a stream that nobody reads would end in the middle of another request
        status = answer.status_code
        assert (status != 403) == (role in roles_of(endpoint)), (role, method, path, status)


def test_an_unknown_route_is_the_owners(page: FlaskClient) -> None:
    assert roles_of("somewhere.new") == {"owner"}


def test_a_refusal_is_said_and_written_down(inside: FlaskClient, person: AddPerson) -> None:
    person("wang", "801", "agent")
    log_in(inside, "wang")
    response = inside.get("/health")
    assert response.status_code == 403
    assert "Your role does not permit this." in response.text
    assert "/health" not in re.findall('href="([^"]+)"', inside.get("/").text)
    keep = inside.application.extensions["callbox"].keep
    assert [(row.who, row.data["path"]) for row in keep.log(kinds=["refused"]).rows] == [("wang", "/health")]


def test_login_by_name_or_number(inside: FlaskClient, person: AddPerson) -> None:
    person("wang", "801")
    for user in ("wang", " WANG ", "801"):
        log_in(inside, user)
        assert "Wang" in inside.get("/account").text


@pytest.mark.parametrize("fields", [{"enabled": False}, {"password_hash": None}])
def test_who_may_no_longer_is_out_at_once(
    inside: FlaskClient, person: AddPerson, box: FakeBox, fields: dict[str, Any]
) -> None:
    person("wang", "801")
    log_in(inside, "wang")
    change(box, "wang", **fields)
    assert inside.get("/").headers["Location"] == "/login"
    assert "do not fit together" in post(inside, "/login", user="wang", password=PASSWORD).text


def test_a_role_taken_away_is_gone_at_once(inside: FlaskClient, person: AddPerson, box: FakeBox) -> None:
    person("wang", "801", "technician")
    log_in(inside, "wang")
    assert inside.get("/health").status_code == 200
    change(box, "wang", role="agent")
    assert inside.get("/health").status_code == 403


def test_a_cookie_is_worth_nothing_after_logging_out(inside: FlaskClient) -> None:
    cookie = inside.get_cookie("callbox")
    assert cookie is not None
    inside.post("/logout", headers=csrf_header(inside))
    inside.set_cookie("callbox", cookie.value)
    assert inside.get("/").headers["Location"] == "/login"


def test_no_session_is_left_behind_by_another_login(inside: FlaskClient) -> None:
    cookie = inside.get_cookie("callbox")
    assert cookie is not None
    assert post(inside, "/login", user="owner", password=PASSWORD).headers["Location"] == "/"
    other = inside.get_cookie("callbox")
    assert other is not None and other.value != cookie.value and inside.get("/").status_code == 200
    inside.set_cookie("callbox", cookie.value)
    assert inside.get("/").headers["Location"] == "/login"


def test_who_is_out_is_led_to_the_door_whatever_he_had_begun(inside: FlaskClient) -> None:
    """Also where the token ended with the session: a browser that dropped its cookie while somebody typed."""
    header = csrf_header(inside)
    inside.delete_cookie("callbox")
    typing = inside.post("/setup/box/check", data={"company": "x"}, headers=header | {"HX-Request": "true"})
    assert (typing.status_code, typing.headers["HX-Redirect"]) == (401, "/login")
    assert inside.post("/setup/box", data={"company": "x"}, headers=header).headers["Location"] == "/login"
    assert inside.post("/api/v1/training/calls", json={}, headers=header).status_code == 401


def test_ones_own_password(inside: FlaskClient) -> None:
    elsewhere = inside.application.test_client()
    elsewhere.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    log_in(elsewhere, "owner")
    for old, new, again, words in (
        ("wrong one", "another horse", "another horse", "This is not your password."),
        (PASSWORD, "short", "short", "At least 8 characters."),
        (PASSWORD, "another horse", "another house", "The two passwords are not the same."),
    ):
        assert words in post(inside, "/account", old=old, password=new, again=again).text
    done = post(inside, "/account", old=PASSWORD, password="another horse", again="another horse")
    assert done.headers["Location"] == "/account"
    assert "Your password is changed." in inside.get("/account").text
    assert elsewhere.get("/").headers["Location"] == "/login"
    log_in(elsewhere, "owner", "another horse")
    inside.post("/account/leave", headers=csrf_header(inside))
    assert elsewhere.get("/").headers["Location"] == "/login"
    assert inside.get("/").status_code == 200


def test_one_user_is_locked_wherever_the_tries_come_from(inside: FlaskClient, person: AddPerson) -> None:
    person("wang", "801")
    inside.delete_cookie("callbox")
    for tried in range(10):
        inside.environ_base["REMOTE_ADDR"] = f"192.0.2.{tried}"
        assert post(inside, "/login", user="wang", password="wrong").status_code == 400
    inside.environ_base["REMOTE_ADDR"] = "192.0.2.99"
    assert post(inside, "/login", user="wang", password=PASSWORD).status_code == 429
    assert post(inside, "/login", user="owner", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("path", ["/events", "/desk/events", "/wall/events", "/api/v1/events"])
def test_a_stream_ends_with_its_session(inside: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr("webui.security.LOOK_S", 0.0)
    lines = iter(inside.get(path, buffered=False).response)
    assert next(lines)
    keep = inside.application.extensions["callbox"].keep
    keep.end_all("owner")
    inside.application.extensions["callbox"].hub.wake()
    for _line in lines:  # what was on its way comes, and then the end
        pass


def test_a_programs_stream_ends_with_its_key(
    inside: FlaskClient, box: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.security.LOOK_S", 0.0)
    key = new_key()
    program = {"id": "p", "name": "P", "scopes": ("events",), "key_hash": hash_key(key)}
    Setup(box.data).change(Programs, lambda _: {"programs": [program]}, who="test")
    inside.delete_cookie("callbox")
    lines = iter(inside.get("/api/v1/events", buffered=False, headers={"Authorization": f"Bearer {key}"}).response)
    assert next(lines)
    Setup(box.data).change(Programs, lambda _: {"programs": [program | {"enabled": False}]}, who="test")
    inside.application.extensions["callbox"].hub.wake()
    for _line in lines:
        pass
