"""What is to be done for a customer: from the call in which it came up until somebody has done it."""

import pytest
from flask.testing import FlaskClient

from firmware.store.tickets import Ticket, Tickets
from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox


@pytest.fixture
def called(inside: FlaskClient, box: FakeBox) -> FlaskClient:
    """A customer has called twice, another one once."""
    box.whole_call("c1")
    box.whole_call("c2")
    box.whole_call("c3", number="13911112222")
    return inside


def asks(page: FlaskClient, path: str, **fields: str) -> str:
    return page.post(f"/desk/tickets{path}", data=fields, headers=csrf_header(page)).text


def known(box: FakeBox) -> list[Ticket]:
    return Tickets(box.engine).of("+8613800138000", 9)


def test_from_one_call_to_the_next(called: FlaskClient, box: FakeBox) -> None:
    assert "Send &lt;the&gt; offer" in asks(called, "", call="c1", title="  Send <the>   offer ")
    (ticket,) = known(box)
    assert (ticket.title, ticket.call, ticket.opened_by, ticket.closed) == ("Send <the> offer", "c1", "owner", None)
    assert "Send &lt;the&gt; offer" in called.get("/desk/card?call=c2").text
    assert "Send" not in called.get("/desk/card?call=c3").text
    assert "ticket-done" in asks(called, f"/{ticket.id}/close", call="c2")
    assert known(box)[0].closed_by == "owner"
    asks(called, "", call="c2", title="Call on Monday")
    assert [one.title for one in known(box)] == ["Call on Monday", "Send <the> offer"]


def test_what_cannot_be(called: FlaskClient, box: FakeBox) -> None:
    assert "Write in a few words" in asks(called, "", call="c1", title=" ")
    assert known(box) == []
    asks(called, "", call="c1", title="x" * 500)
    (ticket,) = known(box)
    assert len(ticket.title) == 200
    headers = csrf_header(called)
    for path, call in ((f"/{ticket.id}", "c3"), ("/ffffffffffff", "c1"), (f"/{ticket.id}", "nothing")):
        assert called.post(f"/desk/tickets{path}/close", data={"call": call}, headers=headers).status_code == 404
    assert known(box)[0].closed is None
    box.stop()
    assert "The box does not answer" in asks(called, "", call="c1", title="Later")
