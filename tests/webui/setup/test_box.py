"""Setup, Box: company, board, country, language, recording; the box is asked to start again."""

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.config import config_folder
from firmware.setup.site import Site
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, post
from tests.webui.fakebox import FakeBox
from tests.webui.setup.formfields import read

CHOSEN = {"company": "长城电器", "board": "sim-8x8", "country": "de", "language": "en", "recording": "answer"}


def site(box: FakeBox) -> Site:
    return Setup(box.data).load(Site)


def send(page: FlaskClient, **typed: str) -> TestResponse:
    return post(page, "/setup/box", **dict(read(page.get("/setup/box").text).sent) | typed)


def choose(page: FlaskClient, **typed: str) -> int:
    return send(page, **typed).status_code


@pytest.fixture
def boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Board files that a test may change."""
    folder = tmp_path / "board-config"
    shutil.copytree(config_folder(), folder)
    monkeypatch.setenv("CALLBOX_BOARD_CONFIG", str(folder))
    return folder / "boards"


def test_another_country_needs_a_new_start(inside: FlaskClient, box: FakeBox) -> None:
    assert "has to start again" not in inside.get("/setup/box").text
    assert choose(inside, **CHOSEN) == 302
    assert site(box) == Site.model_validate(CHOSEN) and box.changed[-1] == "box"
    shown = inside.get("/setup/box").text
    assert "count once the box has started again" in shown and "It has to start again" in shown
    assert "runs with what was set before: Simulated" in shown
    assert shown.index("/setup/box/restart") < shown.index('name="company"'), "offered where it is said"
    assert "it has to start again" in inside.get("/setup").text
    for told in (shown, inside.get("/log").text):
        assert "China → Germany" in told and "conversations → from the answer on" in told
    assert Setup(box.data).history("box")[0].who == "owner"


def test_what_the_command_line_said_outweighs_the_setup(inside: FlaskClient, box: FakeBox) -> None:
    """Another start would not help, so none is asked for; what is not said there still needs one."""
    box.view._ordered = ("country",)
    box.say("box.started", board="sim-8x8", country="cn", language="zh", epoch=box.now())
    hub = inside.application.extensions["callbox"].hub
    while not hub.snapshot.ordered:
        hub.wait(hub.version, 1)
    assert choose(inside, **CHOSEN | {"country": "de", "board": "sim-8x8", "language": "zh"}) == 302
    shown = inside.get("/setup/box").text
    assert "has to start again" not in shown and "started with --country cn" in shown
    assert "it has to start again" not in inside.get("/setup").text
    assert choose(inside, **CHOSEN | {"country": "de", "board": "sim-8x8", "language": "en"}) == 302
    assert "It has to start again" in inside.get("/setup/box").text


def test_company_and_recording_need_none(inside: FlaskClient, box: FakeBox) -> None:
    assert choose(inside, company=" Great Wall ", recording="never") == 302
    assert (site(box).company, site(box).recording) == ("Great Wall", "never")
    shown = inside.get("/setup/box").text
    assert "has to start again" not in shown and "The box runs with" in shown
    assert "Great Wall · China" in inside.get("/setup").text


def test_a_change_is_taken_back(inside: FlaskClient, box: FakeBox) -> None:
    choose(inside, **CHOSEN)
    number = Setup(box.data).history("box")[0].id
    assert inside.post(f"/setup/undo/{number}", headers=csrf_header(inside)).status_code == 302
    assert site(box) == Site()


@pytest.mark.parametrize(
    "typed", [{"board": "../x"}, {"board": "gone"}, {"country": "xx"}, {"language": "fr"}, {"company": "x" * 41}]
)
def test_what_there_is_not_is_refused(inside: FlaskClient, box: FakeBox, typed: dict[str, str]) -> None:
    assert choose(inside, **typed) == 422
    assert site(box) == Site()


def test_a_board_whose_file_is_gone_is_told_and_another_can_be_chosen(
    inside: FlaskClient, box: FakeBox, boards: Path
) -> None:
    (boards / "sim-8x8.toml").rename(boards / "mine.toml")
    for path in ("/setup", "/setup/box"):
        assert "There is no board sim-8x8 on this box: it cannot start." in inside.get(path).text
    assert "sim-8x8 (not there)" in inside.get("/setup/box").text
    assert choose(inside, company="Great Wall") == 302  # what has nothing to do with it goes on
    assert choose(inside, board="mine") == 302
    assert "cannot start" not in inside.get("/setup").text


def test_a_damaged_board_file_is_no_choice_and_harms_no_screen(inside: FlaskClient, box: FakeBox, boards: Path) -> None:
    (boards / "mine.toml").write_text("card = ")
    assert inside.get("/first/place").status_code == 200 and ">mine<" in inside.get("/setup/box").text
    assert choose(inside, board="mine") == 422
    refused = send(inside, board="mine")
    assert "boards/mine.toml: not TOML" in refused.text and site(box).board == "sim-8x8"


def test_a_box_that_cannot_start_again_says_so(inside: FlaskClient) -> None:
    asked = inside.post("/setup/box/restart", headers=csrf_header(inside), follow_redirects=True)
    assert asked.status_code == 200 and 'class="alert alert-success' in asked.text
