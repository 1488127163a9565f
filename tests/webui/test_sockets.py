"""The box's own sound sockets in words: what each has lost, and the alarm of one that is not there."""

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from firmware.api.messages import Alarm, Counters
from webui.diagnosis import figures
from webui.sockets import sockets
from webui.words import alarm

HEADSET = {
    "said_inserted_ms": 10, "said_left_out_ms": 0, "heard_inserted_ms": 20, "heard_left_out_ms": 40, "lost": 1,
    "overruns": 0, "underruns": 0,
}  # fmt: skip
LINE_IN = {"inserted_ms": 30, "left_out_ms": 0, "overruns": 0, "lost": 0}


@pytest.fixture
def app() -> Flask:
    app = Flask("webui")
    Babel(app)
    return app


def test_what_each_has_lost(app: Flask) -> None:
    counters = Counters(since=0.0, sound={"809": HEADSET, "line_in": LINE_IN})
    with app.test_request_context(), force_locale("en"):
        shown = [(one.name, one.words, one.well) for one in sockets(counters)]
        lost = [(figure.counted.name, figure.value) for figure in figures(counters, 0) if figure.part == "sound"]
    assert shown == [
        ("Headset 809", "0.03 s of silence inserted, 0.04 s left out; gone away 1 times", False),
        ("Line-in", "0.03 s of silence inserted, 0.00 s left out", True),
    ]
    assert lost == [("lost", 1)]
    assert not sockets(None)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("station_809_no_headset", "The headset of station 809 is not there."),
        ("loudspeaker_gone", "The loudspeaker plughw:1 is not there."),
        ("line_in_gone", "Nothing comes from the line-in plughw:1."),
    ],
)
def test_alarms(app: Flask, name: str, what: str) -> None:
    found = Alarm(name=name, since=0.0, args={"socket": "plughw:1", "text": ""})
    with app.test_request_context(), force_locale("en"):
        words, advice = alarm(found)
    assert words == what and ("plughw:1" in words + advice)
