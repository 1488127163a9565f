"""A text for the loudspeaker, typed on the page: asked, stopped; what is not possible is said in words."""

import pytest
from flask.testing import FlaskClient

from firmware.api.messages import Refused
from tests.webui.door import csrf_header, log_in, post
from tests.webui.fakebox import FakeBox
from tests.webui.test_roles import AddPerson, person  # noqa: F401 - a fixture


@pytest.fixture
def speaker(box: FakeBox, inside: FlaskClient) -> FlaskClient:
    box.view.loudspeaker = True
    box.say("line.ring", line=1, burst=1)
    while "say-aloud" not in inside.get("/loudspeaker").text:
        pass
    box.answers["loudspeaker.say"] = {"language": "en", "seconds": 6.7}
    return inside


def test_a_box_without_one(inside: FlaskClient) -> None:
    shown = inside.get("/loudspeaker").text
    assert "This box has no loudspeaker." in shown and "say-aloud" not in shown
    assert "/loudspeaker" not in inside.get("/").text


def test_said_and_stopped(speaker: FlaskClient, box: FakeBox) -> None:
    assert 'href="/loudspeaker"' in speaker.get("/").text
    sent = post(speaker, "/loudspeaker", text=" Mr <Wang> to the desk ", twice="on")
    assert sent.status_code == 302
    assert box.asked[-1] == ("loudspeaker.say", {"text": "Mr <Wang> to the desk", "twice": True, "who": "owner"})
    assert "It is being said: 7 seconds, the chime included." in speaker.get("/loudspeaker").text
    assert "had this said at the loudspeaker: Mr &lt;Wang&gt; to the desk" in speaker.get("/log").text
    assert speaker.post("/loudspeaker/stop", headers=csrf_header(speaker)).status_code == 302
    assert box.asked[-1] == ("loudspeaker.stop", {"who": "owner"})
    assert "The loudspeaker is silent." in speaker.get("/loudspeaker").text


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        (Refused("x", code="loudspeaker_in_use"), "Somebody else speaks to the loudspeaker just now."),
        (Refused("x", code="loudspeaker_gone"), "The loudspeaker is not connected."),
        (
            Refused("x", code="page_too_long", seconds="75", most="60"),
            "To say this takes 75 s, and it may take 60 s at most.",
        ),
        (Refused("x", code="no_word"), "There is no word in it that the box could speak."),
        (Refused("x", code="not_done"), "This box has no loudspeaker."),
    ],
)
def test_refused_in_words_and_the_text_stays(speaker: FlaskClient, box: FakeBox, says: Refused, shown: str) -> None:
    box.refuses["loudspeaker.say"] = says
    answer = post(speaker, "/loudspeaker", text="Fire drill <now>", twice="on")
    assert answer.status_code == 409
    assert shown in answer.text and "Fire drill &lt;now&gt;</textarea>" in answer.text and " checked" in answer.text
    assert "had this said" not in speaker.get("/log").text


def test_too_short_too_long_and_nothing_to_stop(speaker: FlaskClient, box: FakeBox) -> None:
    for text in (" ", "x" * 501):
        answer = post(speaker, "/loudspeaker", text=text)
        assert answer.status_code == 422 and "has 1 to 500 letters" in answer.text
    assert all(intent != "loudspeaker.say" for intent, _ in box.asked)
    box.refuses["loudspeaker.stop"] = Refused("x", code="nothing_said")
    assert speaker.post("/loudspeaker/stop", headers=csrf_header(speaker)).status_code == 302
    assert "Nothing is being said there just now." in speaker.get("/loudspeaker").text


def test_in_chinese(speaker: FlaskClient, box: FakeBox) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    assert "念出来" in speaker.get("/loudspeaker", headers=chinese).text
    box.refuses["loudspeaker.say"] = Refused("x", code="page_too_long", seconds="75", most="60")
    answer = speaker.post("/loudspeaker", data={"text": "开饭了"}, headers=chinese | csrf_header(speaker))
    assert "念完需要 75 秒，最多允许 60 秒" in answer.text


def test_who_may(speaker: FlaskClient, person: AddPerson) -> None:  # noqa: F811
    """Whoever may dial *45: a technician has no telephone."""
    person("li", "811")
    log_in(speaker, "li")
    assert speaker.get("/loudspeaker").status_code == 200
    person("tech", "812", role="technician")
    log_in(speaker, "tech")
    assert speaker.get("/loudspeaker").status_code == 403
