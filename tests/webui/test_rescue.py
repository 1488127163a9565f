"""By the page of a box whose database is lost: told why in both languages, and a backup restored, by an owner alone."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.keeping.backup import BACKUPS, backup
from firmware.store.presence import mark
from tests.firmware.keeping.conftest import BEGIN, keep_call
from tests.webui.door import csrf_header
from tests.webui.fakebox import ROOT, FakeBox

PLACE = "/setup/backups"


@pytest.fixture
def rescued(inside: FlaskClient, box: FakeBox) -> Iterator["subprocess.Popen[bytes]"]:
    """The page knows that the box stopped, and why."""
    keep_call(box.data, "c1", BEGIN)
    (box.data / BACKUPS).mkdir()
    backup(box.data, box.data / BACKUPS, now=BEGIN)
    mark(box.data / "callbox.sqlite")
    box.stop()
    for file in box.data.glob("callbox.sqlite*"):
        file.unlink()
    command = [sys.executable, "-m", "firmware.cli", "rescue", "--no-page", "--data", str(box.data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    page = inside.application.extensions["callbox"]
    page.engine.dispose()  # what it still had open
    while not page.hub.stopped:
        assert process.poll() is None
        page.hub.pause(0.05)
    yield process
    process.kill()
    process.wait()


def test_a_lost_database_is_restored(rescued: "subprocess.Popen[bytes]", inside: FlaskClient, box: FakeBox) -> None:
    text = inside.get("/").text
    assert "Its database is missing or empty" in text and f'href="{PLACE}"' in text
    done = inside.get("/calls")
    assert done.status_code == 503 and "has stopped. Its database is missing" in done.text
    text = inside.get(PLACE).text
    assert "callbox-20260105-" in text and "Make a backup now" not in text
    inside.set_cookie("language", "zh")
    assert "数据库缺失或为空" in inside.get(PLACE).text
    inside.set_cookie("language", "en")

    (name,) = (file.name for file in (box.data / BACKUPS).iterdir())
    token: dict[str, Any] = {"csrf_token": csrf_header(inside)["X-CSRFToken"]}
    assert inside.post(f"{PLACE}/make", data=token, follow_redirects=True).status_code == 200
    _until(inside, "may be damaged")
    inside.post(f"{PLACE}/{name}/check", data=token)
    _until(inside, "It is whole.")
    inside.post(f"{PLACE}/{name}/restore", data=token | {"when": "idle"})
    assert rescued.wait(120) == 0
    assert (box.data / "callbox.sqlite").exists() and not list(box.data.glob(".restor*"))


def _until(inside: FlaskClient, words: str) -> None:
    """The box looks at it in a program of its own."""
    while words not in inside.get(f"{PLACE}/now").text:
        inside.application.extensions["callbox"].hub.pause(0.1)
