"""Every kind of event has a sentence, in both languages, or is left out on purpose."""

import re

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from firmware.bus import CATALOGUE
from firmware.reasons import SENTENCES
from firmware.store.models import CallRecord, EventRow
from tests.webui.fakebox import ROOT
from webui.reasons import KNOWN, reason
from webui.story import LEFT_OUT, tell

DATA = {
    "burst": 2, "ok": True, "number": "13800138000", "name": "Wang & Li", "cue": "tone", "hz": 450.2,
    "prompt": "greeting", "cut": True, "ms": 3720, "digit": "1", "queue": "sales", "position": 1,
    "result": "no_answer", "path": "x.wav",
    "to": "voicemail 2", "seconds": 30, "why": [{"id": "longest_idle", "seconds": 10.2, "free": 8}],
    "text": "No space left on device", "flow": "main", "node": "welcome", "words": "exit 3 leads nowhere",
    "answers": [{"question": "satisfaction", "key": "5"}],
}  # fmt: skip


# Why an agent was passed over: kept with the choice, not told in the event.
OF_OTHERS = frozenset({"not_free", "wrapping_up", "resting", "reserved", "unskilled"})


def story(kind: str, language: str, **data: object) -> list[str]:
    record = CallRecord(id="c1", direction="inbound", started=100.0, result="answered", end_side="caller")
    record.recovered = False
    event = EventRow(seq=1, at=103.2, kind=kind, call="c1", line=3, station="801", data=DATA | data)
    app = Flask("webui")
    Babel(app)
    with app.test_request_context(), force_locale(language):
        return [str(told.words) for told in tell(record, [event], "cn")]


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - LEFT_OUT))
def test_every_kind_has_a_sentence(kind: str) -> None:
    named = {"name": "recording"} if kind.startswith("alarm.") else {}
    english, chinese = story(kind, "en", **named), story(kind, "zh", **named)
    assert english != [kind] and chinese != [kind] and english != chinese
    assert all(words.endswith(".") for words in english) and all(words.endswith("。") for words in chinese)
    assert not any("%(" in words for words in english + chinese)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("call.offered", {}, "The box chooses station 801: free for 0:10, the longest of 8."),
        ("call.offered", {"why": []}, "The box chooses station 801."),
        ("call.offered", {"why": [{"id": "new", "number": "<8>"}]},
         "The box chooses station 801: new number &lt;8&gt;."),
        ("call.left_queue", {"why": [{"id": "waited", "seconds": 90, "most": 60.0}]},
         "The caller leaves the queue “sales” for voicemail 2: waited 1:30, more than 1:00."),
        ("line.callerid", {"ok": False}, "The exchange sent who calls, but it arrived damaged and cannot be read."),
        ("line.callerid", {"number": "", "withheld": "private"},
         "The exchange tells that the caller withholds the number."),
        ("line.callerid", {"number": ""}, "The exchange tells that it does not know the number."),
        ("line.far_end_gone", {"cue": "loop_drop"}, "The exchange interrupts the line: the caller has gone."),
        ("call.prompt_end", {"cut": False, "ms": 0},
         "The announcement cannot be played; the caller hears nothing in its place."),
        ("call.recorded", {"error": "No space left on device"}, "The recording is not whole: the disk is full."),
        ("something.new", {}, "something.new"),
    ],
)  # fmt: skip
def test_what_is_said(kind: str, data: dict[str, object], words: str) -> None:
    assert story(kind, "en", **data) == [words]


def test_every_reason_of_a_queue_has_a_sentence() -> None:
    """Those of firmware/reasons.py that choice and overflow give; their arguments are the same."""
    for source in ("choose", "overflow"):
        given = set(re.findall(r'reason\(\s*"(\w+)"', (ROOT / f"firmware/acd/{source}.py").read_text()))
        seen = given if source == "overflow" else given - OF_OTHERS
        assert seen and seen <= KNOWN, seen - KNOWN
    app = Flask("webui")
    Babel(app)
    with app.test_request_context():
        for name in KNOWN:
            args = dict.fromkeys(re.findall(r"{(\w+)", SENTENCES[name]), 7)
            assert "%(" not in reason({"id": name, **args})


def test_what_needs_no_words() -> None:
    assert story("call.prompt_end", "en", cut=False) == []
    assert story("call.offer_ended", "en", result="answered") == []
