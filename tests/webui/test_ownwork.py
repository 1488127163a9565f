"""What the box does for itself, told in both languages: each kind done, done badly, and not done."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Babel, force_locale

from firmware.api.messages import Alarm, Done, Snapshot
from firmware.selfcall.result import CHECKS as REAL_CHECKS
from tests.webui.fakebox import FakeBox
from webui.ownwork import CHECKS, Row, own_work
from webui.words import alarm

NOW = 1_800_000_000.0
GOOD = [{"name": "ring", "ok": True, "measured": 1}]
BAD = [*GOOD, {"name": "playback", "ok": False, "measured": 0.1}]


def told(language: str = "en", ago: float = 3600.0, **done: Any) -> dict[str, Row]:
    snapshot = Snapshot(
        done={kind: Done(at=NOW - ago, ok=data.get("ok"), data=data) for kind, data in done.items()}
    )  # fmt: skip
    app = Flask("webui")
    Babel(app)
    with app.test_request_context(), force_locale(language):
        return {row.key: row for row in own_work(snapshot, NOW)}


@pytest.mark.parametrize(
    ("kind", "data", "well", "words"),
    [
        ("selfcall", {"ok": True, "checks": GOOD, "untested": []}, True,
         "everything works, from the ring to the playback"),
        ("selfcall", {"ok": True, "checks": GOOD, "untested": ["queue", "talk"]}, True,
         "works, as far as it can be tested here; not tested: queue, connection"),
        ("selfcall", {"ok": False, "checks": BAD, "untested": []}, False, "does not work: playback"),
        ("selfcall", {"ok": False, "checks": [], "why": "No space left on device"}, False,
         "broke off: the disk is full"),
        ("selfcall", {"ok": None, "why": "busy", "checks": []}, None,
         "not made: somebody was on the line all the time"),
        ("audit", {"ok": True, "calls": 412, "recordings": 412, "orphans": 0}, True,
         "412 calls, 412 recordings, 0 orphans"),
        ("audit", {"ok": False, "calls": 412, "recordings": 411, "orphans": 2}, False,
         "412 calls, 411 recordings, 2 orphans"),
        ("backup", {"ok": True, "file": "/x/callbox-20260105-033000.zip", "bytes": 2_400_000}, True,
         "callbox-20260105-033000.zip, 2.4 MB"),
        ("backup", {"ok": False, "error": "/usb is not there"}, False, "not made: /usb is not there"),
        ("disk", {"free": 21.4e9, "days": 63.9}, None, "21.4 GB are free, enough for 63 days"),
        ("disk", {"free": 21.4e9, "days": None}, None,
         "21.4 GB are free; how long that does is known after some days"),
        ("retention", {"ok": True, "removed": 40, "bytes": 1.5e9, "why": "space"}, None,
         "40 of 1.50 GB, to make room"),
    ],
)  # fmt: skip
def test_one_kind(kind: str, data: dict[str, Any], well: bool | None, words: str) -> None:
    row = told(**{kind: data})[kind]
    assert (row.well, row.words) == (well, words)
    assert bool(row.advice) == (well is False)
    chinese = told("zh", **{kind: data})[kind]
    assert chinese.words != words or kind == "backup"
    assert chinese.name != row.name


def test_nothing_done_yet() -> None:
    assert {row.words for row in told().values()} == {"not done yet"}
    assert set(told()) == {"selfcall", "audit", "backup", "disk"}


def test_green_for_two_nights_only() -> None:
    row = told(ago=60 * 3600.0, selfcall={"ok": True, "checks": GOOD})["selfcall"]
    assert row.well is None and "switched off at night" in row.advice


def test_every_check_has_a_word() -> None:
    assert tuple(CHECKS) == REAL_CHECKS


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("selfcall", {"failed": ["ring", "playback"]}, "does not work: ring, playback."),
        ("audit", {"missing": 2, "orphans": 1}, "2 calls lack sound, 1 files belong to no call."),
        ("backup", {"text": "/usb is not there", "code": "no_folder"}, "No backup was made last night."),
        ("backup", {"text": "No space left on device"}, "No backup was made last night: the disk is full."),
        ("disk_low", {"free": 1.2e9}, "1.2 GB are left"),
        ("disk_filling", {"days": 13.9}, "full in 13 days"),
        ("update", {"version": "2.0", "former": "1.0", "text": "it did not come up"}, "to 2.0 was given up: it did"),
        ("panel", {"text": "No such device"}, "cannot be reached: the device is not there."),
        ("smdr", {"text": "it is not plugged in"}, "The call printer cannot be reached: it is not plugged in."),
        ("queue_sales", {"text": "x", "queue": "sales", "stations": ["809"]}, "telephones that this box has not: 809."),
        ("queue_sales", {"text": "x", "queue": "sales", "stations": []}, "has a rule that leads to what this box has"),
        ("flow_main", {"text": "flow main: x"}, "The flow “main” cannot be used as it is."),
        ("flow_file_main", {"text": "x"}, "The file of the flow “main” is damaged."),
        ("mail", {"text": "no route"}, "could not be sent by mail: no route."),
        ("voicemail", {"text": "No space left on device"}, "could not be kept: the disk is full."),
        ("lines_not_kept", {"text": "No space left on device"}, "cannot be kept: the disk is full."),
        ("line_3_no_dial_tone", {"text": "x", "line": 3}, "Line 3 gives no dial tone."),
        ("store.lost", {"text": "3 events"}, "Some of what happened could not be stored"),
        ("night_audit", {"text": "KeyError"}, "Work of the night failed: KeyError."),
    ],
)
def test_alarms_say_what_to_do(name: str, args: dict[str, Any], words: str) -> None:
    app = Flask("webui")
    Babel(app)
    with app.test_request_context():
        with force_locale("en"):
            what, advice = alarm(Alarm(name=name, since=NOW, args=args))
        with force_locale("zh"):
            chinese, rat = alarm(Alarm(name=name, since=NOW, args=args))
    assert words in what and advice.endswith(".") and chinese != what and rat.endswith("。")


def test_on_the_screen(inside: FlaskClient, box: FakeBox) -> None:
    """Through socket and page: green, red, and the red line at the top."""
    box.say("audit.done", ok=True, calls=412, recordings=412, orphans=0, missing=0, missing_s=0.0)
    box.say("selfcall.done", ok=False, way="simulated", why=None, checks=BAD, untested=[], of="c1")
    box.say("alarm.raised", name="selfcall", text="playback", failed=["playback"])
    told_anew(inside, "does not work: playback")
    text = inside.get("/health/now").text
    audit = re.search(r'data-own="audit">.*?</dd>', text, re.DOTALL)
    selfcall = re.search(r'<div class="([^"]*)" data-own="selfcall">', text)
    assert audit is not None and "412 calls, 412 recordings, 0 orphans" in audit[0] and 'aria-label="well"' in audit[0]
    assert selfcall is not None and "s-fault" in selfcall[1]
    assert "The box called itself, and something does not work: playback." in inside.get("/").text


def told_anew(page: FlaskClient, words: str) -> None:
    """Until the page has heard it from the box."""
    hub = page.application.extensions["callbox"].hub
    version = -1
    while words not in page.get("/health/now").text:
        version = hub.wait(version, 10.0)
