"""Setup, Upkeep: the box's own work, as its owner sets it."""

import re
from datetime import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.keeping.section import Keeping
from firmware.setup.store import Setup
from tests.webui.door import post
from tests.webui.fakebox import FakeBox

TYPED = {
    "night": "02:15", "selfcall": "on", "selfcall_keys": "12", "backups": "30", "backup_folder": "/media/usb",
    "recordings_days": "90", "room_gb": "20", "remove_for_room": "on", "warn_days": "21",
}  # fmt: skip


def save(page: FlaskClient, **typed: str) -> TestResponse:
    path = "/setup/upkeep"
    stamp = re.search('name="_stamp" value="([^"]+)"', page.get(path).text)
    assert stamp is not None
    return post(page, path, _stamp=stamp[1], **TYPED | typed)


def test_what_is_typed_counts(inside: FlaskClient, box: FakeBox) -> None:
    assert "03:30 · 7 backups · recordings are kept as long as there is room" in inside.get("/setup").text
    save(inside)
    found = Setup(box.data).load(Keeping)
    assert (found.night, found.selfcall_keys, found.backups, found.recordings_days) == (time(2, 15), "12", 30, 90)
    assert (found.backup_folder, found.room_gb, found.backup_recordings) == ("/media/usb", 20.0, False)
    assert box.changed[-1] == "keeping"
    assert "02:15 · 30 backups · recordings are kept 90 days" in inside.get("/setup").text


def test_for_ever(inside: FlaskClient, box: FakeBox) -> None:
    save(inside, recordings_days="", backups="0")
    assert Setup(box.data).load(Keeping).recordings_days is None
    assert "no backups" in inside.get("/setup").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"night": "25:00"}, "says bad"), ({"recordings_days": "0"}, "1 or more."),
        ({"warn_days": "ten"}, "A whole number."), ({"backup_folder": "usb"}, "says bad"),
        ({"selfcall_keys": "1a"}, "says bad"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_the_field(
    inside: FlaskClient, box: FakeBox, typed: dict[str, str], words: str
) -> None:
    assert words in save(inside, **typed).text
    assert Setup(box.data).load(Keeping) == Keeping()
