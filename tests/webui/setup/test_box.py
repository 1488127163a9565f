"""Setup, Box: board, country, language, recording; the box is asked to start again."""

import pytest
from flask.testing import FlaskClient

from firmware.settings import SettingsFile
from tests.webui.door import csrf_header, post
from tests.webui.fakebox import FakeBox

CHOSEN = {"board": "sim-8x8", "country": "de", "language": "en", "recording": "answer"}


def test_another_country_needs_a_new_start(inside: FlaskClient, box: FakeBox) -> None:
    assert "China" in inside.get("/setup").text and "has to start again" not in inside.get("/setup/box").text
    assert post(inside, "/setup/box", **CHOSEN).status_code == 302
    now = SettingsFile(box.data).load()
    assert (now.country, now.language, now.recording) == ("de", "en", "answer")
    shown = inside.get("/setup/box").text
    assert "Saved. It counts once the box has started again." in shown and "it has to start again" in shown
    assert "country cn → de" in inside.get("/log").text


@pytest.mark.parametrize("fields", [{"board": "../x"}, {"country": "xx"}, {"language": "fr"}, {"recording": ""}])
def test_what_there_is_not_is_refused(inside: FlaskClient, box: FakeBox, fields: dict[str, str]) -> None:
    before = SettingsFile(box.data).load()
    assert post(inside, "/setup/box", **CHOSEN | fields).status_code == 422
    assert SettingsFile(box.data).load() == before


def test_a_box_that_cannot_start_again_says_so(inside: FlaskClient) -> None:
    asked = inside.post("/setup/box/restart", headers=csrf_header(inside), follow_redirects=True)
    assert asked.status_code == 200 and 'class="alert alert-success' in asked.text
