"""Setup, People: as an owner and as others use it, through Flask."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.people import People, Person, secret_fits
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in, post
from tests.webui.fakebox import PASSWORD, FakeBox

WANG = {"id": "wang", "name": "Wang", "number": "801", "role": "agent", "skills": "english 7\nsales=3", "enabled": "on"}


def faults(response: TestResponse) -> list[str]:
    return re.findall(r'class="says bad"[^>]*>([^<]+)<', response.text)


def wang(box: FakeBox) -> Person:
    found = Setup(box.data).load(People).by_id("wang")
    assert found is not None
    return found


def add(page: FlaskClient, **more: str) -> TestResponse:
    return post(page, "/setup/people/new", **WANG | more)


def edit(page: FlaskClient, **more: str) -> TestResponse:
    path = "/setup/people/item/wang"
    stamp = re.search('name="_stamp" value="([^"]+)"', page.get(path).text)
    assert stamp is not None
    return post(page, path, _stamp=stamp[1], **{**WANG, **more})


def test_a_person_is_added_and_the_box_told(inside: FlaskClient, box: FakeBox) -> None:
    assert add(inside, pin="4718", password=PASSWORD).headers["Location"] == "/setup/people"
    found = wang(box)
    assert (found.number, found.skills, found.sees) == ("801", {"english": 7, "sales": 3}, None)
    assert secret_fits(found.pin_hash, "4718") and secret_fits(found.password_hash, PASSWORD)
    assert box.changed[-1] == "people"
    listed = inside.get("/setup/people").text
    assert "Saved. It counts from the next call on." in listed and "english 7, sales 3" in listed
    assert "2 people" in inside.get("/setup").text
    log_in(inside, "wang")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": "Wang Li"}, "Small letters, digits"),
        ({"id": "owner"}, "This is taken."),
        ({"name": " "}, "This is needed."),
        ({"number": "80"}, "3 to 6 digits."),
        ({"number": "700"}, "The number 700 is already that of Owner."),
        ({"role": "king"}, "Choose one."),
        ({"skills": "english 17"}, "9 or less."),
        ({"skills": "english"}, "A whole number."),
        ({"email": "wang"}, "An address such as"),
        ({"pin": "123"}, "4 to 8 digits."),
        ({"pin": "1234"}, "This one is guessed first."),
        ({"password": "short"}, "At least 8 characters."),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    inside: FlaskClient, box: FakeBox, fields: dict[str, str], words: str
) -> None:
    response = add(inside, **fields)
    assert response.status_code == 422
    (fault,) = faults(response)
    assert words in fault
    assert len(Setup(box.data).load(People).people) == 1
    checked = inside.post("/setup/people/check", data=WANG | fields, headers=csrf_header(inside))
    assert fields == {"name": " "} or words in faults(checked)[0]
    name = next(iter(fields))
    assert re.search(rf'id="says-f-{name}" class="says bad"', response.text)


def test_while_typing_what_nobody_came_to_is_not_wrong(inside: FlaskClient, box: FakeBox) -> None:
    checked = inside.post("/setup/people/check", data={"id": "wa"}, headers=csrf_header(inside))
    assert (checked.status_code, faults(checked)) == (200, [])
    assert "hx-swap-oob" in checked.text and "<html" not in checked.text
    assert box.changed == ["people"]  # the claim


def test_a_change_leaves_what_was_left_empty(inside: FlaskClient, box: FakeBox) -> None:
    add(inside, pin="4718", password=PASSWORD)
    assert edit(inside, name="Wang Fang", skills="").status_code == 302
    found = wang(box)
    assert (found.name, found.skills) == ("Wang Fang", {})
    assert secret_fits(found.pin_hash, "4718") and secret_fits(found.password_hash, PASSWORD)


def test_a_user_name_stays(inside: FlaskClient, box: FakeBox) -> None:
    add(inside)
    edit(inside, id="li")
    assert [person.id for person in Setup(box.data).load(People).people] == ["owner", "wang"]


def test_two_who_change_the_same_do_not_overwrite_each_other(inside: FlaskClient, box: FakeBox) -> None:
    add(inside)
    late = {"_stamp": "0123456789abcdef"}
    response = post(inside, "/setup/people/item/wang", **WANG, **late)
    assert response.status_code == 409
    assert "Somebody else changed this meanwhile." in response.text


def test_history_in_words_and_undo(inside: FlaskClient, box: FakeBox) -> None:
    add(inside)
    edit(inside, number="802", role="supervisor")
    text = re.sub(r"<[^>]+>", "", inside.get("/setup/people/item/wang").text)
    assert "People › wang › Staff number: 801 → 802" in text
    assert "People › wang › Role: agent → supervisor" in text
    newest = Setup(box.data).history()[0].id
    assert inside.post(f"/setup/undo/{newest}", headers=csrf_header(inside)).headers["Location"] == "/setup/people"
    assert (wang(box).number, wang(box).role) == ("801", "agent")
    assert "Taken back." in inside.get("/setup/people").text
    edit(inside, number="803")
    inside.post(f"/setup/undo/{newest}", headers=csrf_header(inside))
    assert "That cannot be taken back" in inside.get("/setup/people").text
    assert inside.post("/setup/undo/999", headers=csrf_header(inside)).status_code == 404


def test_removing_and_bringing_back(inside: FlaskClient, box: FakeBox) -> None:
    add(inside, pin="4718")
    inside.post("/setup/people/item/wang/remove", headers=csrf_header(inside))
    assert inside.get("/setup/people/item/wang").status_code == 404
    inside.post(f"/setup/undo/{Setup(box.data).history()[0].id}", headers=csrf_header(inside))
    assert (wang(box).number, wang(box).pin_hash) == ("801", None)


def test_history_tells_no_secret(inside: FlaskClient) -> None:
    add(inside)
    edit(inside, password=PASSWORD, pin="4718")
    text = inside.get("/setup/people").text
    assert "(secret)" in text and "argon2" not in text


def owner_fields(**more: str) -> dict[str, str]:
    return {"id": "owner", "name": "Owner", "number": "700", "role": "owner", "enabled": "on", **more}


def change_owner(page: FlaskClient, fields: dict[str, Any]) -> TestResponse:
    path = "/setup/people/item/owner"
    stamp = re.search('name="_stamp" value="([^"]+)"', page.get(path).text)
    assert stamp is not None
    return post(page, path, _stamp=stamp[1], **fields)


def test_a_technician_makes_no_owner_and_changes_none(inside: FlaskClient, box: FakeBox) -> None:
    add(inside, role="technician", password=PASSWORD)
    log_in(inside, "wang")
    assert "Only an owner changes an owner." in faults(change_owner(inside, owner_fields(password="mine now 1")))
    assert "Only an owner changes an owner." in faults(
        post(inside, "/setup/people/new", **WANG | {"id": "li", "number": "802", "role": "owner"})
    )
    assert "This is you. Somebody else must do that." in faults(edit(inside, role="agent"))
    undone = inside.post(f"/setup/undo/{Setup(box.data).history()[0].id}", headers=csrf_header(inside))
    assert undone.status_code == 403
    inside.post("/setup/people/item/owner/remove", headers=csrf_header(inside))
    owner = Setup(box.data).load(People).by_id("owner")
    assert owner is not None and secret_fits(owner.password_hash, PASSWORD)


def test_an_owner_does_not_lock_himself_out(inside: FlaskClient) -> None:
    for fields in (
        owner_fields(role="agent"),
        {key: value for key, value in owner_fields().items() if key != "enabled"},
    ):
        assert faults(change_owner(inside, fields)) == ["This is you. Somebody else must do that."]


def test_a_password_given_by_the_owner_ends_the_sessions(inside: FlaskClient) -> None:
    add(inside, password=PASSWORD)
    elsewhere = inside.application.test_client()
    log_in(elsewhere, "wang")
    edit(inside, password="another horse")
    assert elsewhere.get("/").headers["Location"] == "/login"


def test_in_chinese(inside: FlaskClient) -> None:
    text = inside.get("/setup/people/new", headers={"Accept-Language": "zh"}).text
    assert "用户名" in text and "坐席" in text
    response = inside.post(
        "/setup/people/check", data=WANG | {"number": "700"}, headers={**csrf_header(inside), "Accept-Language": "zh"}
    )
    assert faults(response) == ["号码 700 已属于 Owner。"]


@pytest.mark.parametrize("path", ["/setup/nothing", "/setup/people/item/nobody", "/setup/nothing/new"])
def test_what_is_not_there(inside: FlaskClient, path: str) -> None:
    assert inside.get(path).status_code == 404
    assert inside.post(path, headers=csrf_header(inside)).status_code == 404
