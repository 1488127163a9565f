"""A supervisor at the screen Now: he listens in, takes over, from where he sits, or ends a call; it is written down."""

import pytest
from flask.testing import FlaskClient

from firmware.api.messages import Refused
from firmware.people import People, Role
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in
from tests.webui.fakebox import FakeBox
from tests.webui.test_desk import AtDesk
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture


def talking(inside: FlaskClient, box: FakeBox) -> AtDesk:
    """Somebody else's call at 803."""
    lead = AtDesk(inside, box)
    box.do(lambda: box.ring("c1", 3, "13800138000"))
    box.say("call.connected", call="c1", line=3, station="803")
    lead.heard()
    return lead


def sits(box: FakeBox) -> None:
    owner = Setup(box.data).load(People).people[0]
    who = {"agent": owner.number, "person": owner.id}
    box.say("agent.signed_in", station="801", name=owner.name, how="page", **who)


def test_his_own_telephone_rings(inside: FlaskClient, box: FakeBox) -> None:
    sits(box)
    lead = talking(inside, box)
    assert all(word in inside.get("/").text for word in ("Listen in", "Whisper", "Barge in", "Take over", "Release"))
    for what in ("listen", "whisper", "barge", "take_over", "release"):
        assert inside.post(f"/lead/{what}", json={"call": "c1"}, headers=lead.headers).status_code == 202
    assert [one for one in box.asked if one[0] != "voicemail.list"] == [
        ("desk.listen", {"station": "801", "of": "803", "how": "listen"}),
        ("desk.listen", {"station": "801", "of": "803", "how": "whisper"}),
        ("desk.listen", {"station": "801", "of": "803", "how": "barge"}),
        ("desk.take_over", {"station": "801", "of": "803"}),
        ("call.release", {"station": "803"}),
    ]
    log = inside.get("/log").text
    assert "listened in on call c1 at station 803" in log and "ended call c1 at station 803" in log


def test_what_cannot_be(inside: FlaskClient, box: FakeBox) -> None:
    lead = talking(inside, box)

    def asks(what: str, call: str = "c1") -> tuple[int, str]:
        answer = inside.post(f"/lead/{what}", json={"call": call}, headers=lead.headers)
        return answer.status_code, (answer.json or {}).get("error", "")

    assert asks("listen") == (409, "Choose your station on the desk first: it is your telephone that rings.")
    assert asks("listen", "c2") == (409, "Nobody speaks in this call any more.")
    assert asks("nothing")[0] == 404
    box.refuses["call.release"] = Refused("x", code="nobody_speaks_there")
    assert asks("release") == (409, "Nobody speaks there just now.")
    box.stop()
    assert asks("release")[0] == 503


@pytest.mark.parametrize(("role", "leads"), [("supervisor", True), ("agent", False), ("technician", False)])
def test_who_may(inside: FlaskClient, box: FakeBox, person: AddPerson, role: Role, leads: bool) -> None:  # noqa: F811
    talking(inside, box)
    person("wang", "811", role)
    log_in(inside, "wang")
    assert ("Listen in" in inside.get("/").text) == leads
    status = inside.post("/lead/listen", json={"call": "c1"}, headers=csrf_header(inside)).status_code
    assert status == (409 if leads else 403)
