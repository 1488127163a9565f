"""Announcements on every desk, and messages between people: who sees what, who has read it, what is refused."""

from pathlib import Path

from flask.testing import FlaskClient

from tests.webui.door import csrf_header, log_in, post
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture
from webui.keep import Keep
from webui.notices import KEPT_S, LONGEST, Notices


def said(page: FlaskClient, to: str, text: str) -> str:
    return page.post("/desk/message", data={"to": to, "text": text}, headers=csrf_header(page)).text


def test_a_message_arrives_and_is_read(inside: FlaskClient, person: AddPerson) -> None:  # noqa: F811
    person("wang", "811")
    version = inside.application.extensions["callbox"].hub.version
    assert "Lunch at &lt;12&gt;?" in said(inside, "wang", " Lunch at <12>? ")
    assert inside.application.extensions["callbox"].hub.version > version
    assert ">read<" not in inside.get("/desk/left?show=messages").text
    log_in(inside, "wang")
    assert 'data-new="1 0"' in inside.get("/desk").text
    assert "Lunch at &lt;12&gt;?" in inside.get("/desk/left?show=messages").text
    assert 'data-new="0 0"' in inside.get("/desk").text
    log_in(inside, "owner")
    assert ">read<" in inside.get("/desk/left?show=messages").text


def test_messages_that_cannot_be(inside: FlaskClient, person: AddPerson) -> None:  # noqa: F811
    person("wang", "811")
    person("gone", "812", enabled=False)
    for to in ("", "owner", "nobody", "gone"):
        assert "Choose to whom the message goes." in said(inside, to, "Hello")
    assert "A message has 1 to" in said(inside, "wang", " ") and "A message has 1 to" in said(
        inside, "wang", "x" * 1001
    )
    assert "letter-mine" not in inside.get("/desk/left?show=messages").text
    person("li", "813")
    said(inside, "wang", "for Wang alone")
    log_in(inside, "li")
    assert "for Wang alone" not in inside.get("/desk/left?show=messages").text


def test_an_announcement_on_every_desk(inside: FlaskClient, person: AddPerson) -> None:  # noqa: F811
    person("wang", "811")
    assert post(inside, "/notices", kind="urgent", text="The <exchange> works today").status_code == 200
    assert (
        post(
            inside, "/notices", kind="news", text="Long ago", since="2001-01-01T08:00", until="2001-01-02T08:00"
        ).status_code
        == 200
    )
    assert (
        "desk-news" in inside.get("/desk").text and "banner" not in inside.get("/desk").text.split("desk-news")[1][:200]
    )
    log_in(inside, "wang")
    desk = inside.get("/desk").text
    assert 'data-new="0 1"' in desk and "The &lt;exchange&gt; works today" in desk and "Long ago" not in desk
    inside.post("/desk/seen/1", headers=csrf_header(inside))
    for nothing in (999, 10**20):
        assert inside.post(f"/desk/seen/{nothing}", headers=csrf_header(inside)).status_code == 200
    assert 'data-new="0 0"' in inside.get("/desk").text
    assert "works today" in inside.get("/desk/left?show=news").text
    assert inside.get("/notices").status_code == 403
    log_in(inside, "owner")
    assert ">1<" in inside.get("/notices").text
    assert "Long ago" not in post(inside, "/notices", kind="news", text="x").text.split("<tbody>")[0]
    token = csrf_header(inside)
    assert inside.post("/notices/1/remove", headers=token).status_code == 200
    assert inside.post("/notices/1/remove", headers=token).status_code == 404
    assert inside.post(f"/notices/{10**20}/remove", headers=token).status_code == 404
    assert "announced: The &lt;exchange&gt; works today" in inside.get("/log").text


def test_announcements_that_cannot_be(inside: FlaskClient) -> None:
    for fields, words in (
        ({"kind": "news", "text": ""}, "An announcement has 1 to"),
        ({"kind": "else", "text": "x"}, "An announcement has 1 to"),
        ({"kind": "news", "text": "x" * (LONGEST + 1)}, "An announcement has 1 to"),
        ({"kind": "news", "text": "kept", "since": "soon"}, "The times are not understood."),
        ({"kind": "news", "text": "kept", "until": "2001-01-01T08:00"}, "over before it begins"),
    ):
        answer = post(inside, "/notices", **fields)
        assert answer.status_code == 422 and words in answer.text
    assert ">kept</textarea>" in answer.text and "None yet." in answer.text


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    Notices(keep.engine, now=lambda: 1.0).send("a", "b", "old")
    assert len(Notices(keep.engine, now=lambda: KEPT_S).messages("b")) == 1
    assert Notices(keep.engine, now=lambda: KEPT_S + 2).messages("b") == []


def test_a_number_that_is_given_again_has_been_read_by_nobody(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    then = Notices(keep.engine, now=lambda: 1.0)
    then.announce("a", "news", "over", until=2.0)
    then.see("b", then.every()[0].id)
    later = Notices(keep.engine, now=lambda: KEPT_S + 3)
    later.announce("a", "news", "new")
    assert later.unread("b").notices == 1
