"""The desk: what each button asks of the box and for which station, what it refuses, and what the screen says."""

import json
import re
import wave
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.api.messages import Refused
from firmware.people import People, Person
from firmware.setup.store import Setup
from tests.webui.door import csrf_header, log_in
from tests.webui.fakebox import FakeBox
from tests.webui.test_roles import HASH
from webui.desk_asks import ASKS

CALLER = "13800138000"


@pytest.fixture
def desk(inside: FlaskClient, box: FakeBox) -> "AtDesk":
    """Wang, an agent with the number 811, logged in and signed in at station 801."""
    wang = Person(id="wang", name="Wang", number="811", password_hash=HASH)
    Setup(box.data).change(People, lambda now: {"people": [*now.people, wang]}, who="test")
    log_in(inside, "wang")
    return AtDesk(inside, box)


class AtDesk:
    """Presses buttons and looks."""

    def __init__(self, page: FlaskClient, box: FakeBox) -> None:
        self.page, self.box = page, box
        self.headers = csrf_header(page)

    def heard(self) -> None:
        """The page knows everything that the box has said."""
        hub = self.page.application.extensions["callbox"].hub
        seq = self.box.view.snapshot(0).seq
        while hub.snapshot is None or hub.snapshot.seq < seq:
            hub.wait(hub.version, 1)

    def sits(self, station: str = "801") -> None:
        who = {"agent": "811", "person": "wang"}
        self.box.say("agent.signed_in", station=station, name="Wang", how="page", **who)
        state = {"state": "ready", "then": "ready", "reason": None, "words": None, "by": "page"}
        self.box.say("agent.state", station=station, **who, **state)

    def rings(self, call: str = "c1", number: str = CALLER) -> None:
        self.box.do(lambda: self.box.ring(call, 3, number, "Li"))
        self.box.say("call.offered", call=call, station="801", agent="811", why=[])
        self.box.say("station.ringing", call=call, station="801", number=number, name="Li")

    def talks(self, call: str = "c1") -> None:
        self.rings(call)
        self.box.say("station.offhook", call=call, station="801")
        self.box.say("call.connected", call=call, line=3, station="801")
        self.box.say("call.recording", call=call, path="recordings/x.wav")

    def holds(self) -> None:
        """A customer on hold, and a colleague on the line."""
        self.talks()
        self.box.say("call.held", call="c1", station="801")
        self.box.say("call.started", call="c2", station="801", direction="inside")
        self.box.say("call.connected", call="c2", station="803")

    def asks(self, what: str, **fields: str) -> tuple[int, dict[str, Any]]:
        self.heard()
        response = self.page.post(f"/desk/ask/{what}", json=fields, headers=self.headers)
        return response.status_code, response.json or {}

    def asked(self) -> tuple[str, dict[str, Any]]:
        return [one for one in self.box.asked if one[0] != "voicemail.list"][-1]

    def shows(self) -> str:
        self.heard()
        return self.page.get("/desk").text

    def enabled(self) -> set[str]:
        buttons = re.findall(
            r'<button type="button" class="btn act [^"]*" id="act-([\w-]+)"[^>]*?( disabled)?>', self.shows()
        )
        return {name for name, off in buttons if not off}


def test_where_one_sits(desk: AtDesk) -> None:
    assert "Where do you sit?" in desk.shows()
    assert desk.asks("hold") == (409, {"error": "Choose the station where you sit first."})
    assert desk.asks("sign_in", station="801") == (202, {"said": ""})
    assert desk.asked() == ("agent.sign_in", {"agent": "811", "station": "801"})
    desk.sits()
    assert "Station 801" in desk.shows() and "Where do you sit?" not in desk.shows()


@pytest.mark.parametrize(
    ("button", "fields", "intent", "args"),
    [
        ("sign_out", {}, "agent.sign_out", {"agent": "811"}),
        ("ready", {}, "agent.state", {"agent": "811", "state": "ready"}),
        ("busy", {"reason": "2"}, "agent.state", {"agent": "811", "state": "busy", "reason": "2"}),
        ("away", {}, "agent.state", {"agent": "811", "state": "away"}),
        ("more", {}, "agent.wrap_up", {"agent": "811", "seconds": 60}),
        ("answer", {}, "desk.answer", {}),
        ("hold", {}, "desk.hold", {}),
        ("retrieve", {}, "desk.retrieve", {}),
        ("swap", {}, "desk.swap", {}),
        ("confer", {}, "desk.confer", {}),
        ("through", {}, "desk.transfer", {}),
        ("transfer", {"kind": "station", "to": "804"}, "desk.transfer", {"to": {"kind": "station", "station": "804"}}),
        ("transfer", {"kind": "queue", "to": "sales"}, "desk.transfer", {"to": {"kind": "queue", "queue": "sales"}}),
        ("transfer", {"kind": "number", "to": "804"}, "desk.transfer", {"to": {"kind": "station", "station": "804"}}),
        (
            "transfer", {"kind": "number", "to": "010 8888-6666"},
            "desk.transfer", {"to": {"kind": "number", "number": "01088886666"}},
        ),
        ("hang_up", {}, "desk.hang_up", {}),
        ("page", {}, "desk.page", {}),
        ("park", {}, "desk.park", {}),
        ("fetch", {"of": "2"}, "desk.fetch", {"of": "2"}),
        ("pick_up", {"of": "803"}, "desk.pick_up", {"of": "803"}),
        ("dial", {"to": "+44 20 7946 0000"}, "desk.dial", {"to": "+442079460000"}),
        ("pause", {}, "call.record", {"call": "c1", "action": "pause"}),
        ("resume", {}, "call.record", {"call": "c1", "action": "resume"}),
        ("gone", {}, "line.caller_had_gone", {"line": 3}),
    ],
)  # fmt: skip
def test_what_each_button_asks(
    desk: AtDesk, button: str, fields: dict[str, str], intent: str, args: dict[str, Any]
) -> None:
    desk.sits()
    desk.talks()
    status, _answer = desk.asks(button, station="802", **fields)  # never at a station that the browser names
    assert status == 202
    asked, found = desk.asked()
    assert asked == intent
    own = {"station": "801"} if intent.startswith("desk.") else {}
    assert json.loads(json.dumps(found)) == own | args


def test_every_button_is_tested() -> None:
    tested = {case[0] for case in test_what_each_button_asks.pytestmark[0].args[1]}
    assert set(ASKS) - tested == {"sign_in", "mark", "unmark"}


def test_every_button_on_the_screen_can_be_asked(desk: AtDesk) -> None:
    desk.sits()
    assert 'id="act-page"' not in desk.shows()
    desk.box.view.loudspeaker = True
    desk.holds()
    desk.box.do(lambda: desk.box.ring("c3", 5, "01088886666"))
    desk.box.say("call.parked", call="c3", station="802", slot=2)
    shown = [re.findall(r'data-do="([^"]*)"', button) for button in re.findall("<button[^>]*>", desk.shows())]
    assert all(len(one) <= 1 for one in shown)
    assert {one[0] for one in shown if one} == set(ASKS) - {"sign_in", "pick_up", "resume", "unmark", "answer"}


def test_a_headset(desk: AtDesk) -> None:
    """Its button is there while it is told of a call, and only then; unplugged, the desk says so."""
    desk.sits()
    assert "headset" not in desk.shows()
    desk.box.say("station.headset", station="801", connected=True, how="setup")
    desk.box.do(lambda: desk.box.ring("c1", 3, "13800138000"))
    desk.box.say("call.offered", call="c1", station="801", agent="811", why=[])
    desk.box.say("station.ringing", call="c1", station="801", number="13800138000", name="")
    assert "answer" in desk.enabled() and "Lift the handset to answer" not in desk.shows()
    desk.box.say("station.offhook", call="c1", station="801")
    desk.box.say("call.connected", call="c1", line=3, station="801")
    assert "answer" not in desk.enabled()
    desk.box.say("station.headset", station="801", connected=False, how="hook")
    assert "The headset is not connected" in desk.shows()
    desk.box.say("station.headset", station="801", connected=None, how="setup")
    assert "headset" not in desk.shows()


def test_marks(desk: AtDesk) -> None:
    desk.sits()
    desk.talks()
    assert desk.asks("mark") == (202, {"said": ""})
    assert "Take mark off" in desk.shows()
    assert desk.asks("unmark")[0] == 202
    assert "Take mark off" not in desk.shows()


def test_buttons_follow_what_events_said(desk: AtDesk) -> None:
    desk.sits()
    always = {"busy-1", "busy-2", "busy-3", "busy-4", "busy-5", "away", "sign_out", "gone"}
    assert desk.enabled() == always
    desk.rings()
    assert desk.enabled() == always
    assert "Lift the handset to answer." in desk.shows()
    desk.box.say("station.offhook", call="c1", station="801")
    desk.box.say("call.connected", call="c1", line=3, station="801")
    assert desk.enabled() == always | {"hold", "park", "hang_up"}
    desk.box.say("call.recording", call="c1", path="recordings/x.wav")
    assert desk.enabled() == always | {"hold", "park", "hang_up", "record", "mark"}
    desk.box.say("call.held", call="c1", station="801")
    assert desk.enabled() == always | {"retrieve", "park"}
    desk.box.say("call.started", call="c2", station="801", direction="inside")
    desk.box.say("call.offered", call="c2", station="803", why=[])
    assert desk.enabled() == always | {"retrieve", "swap", "through", "park", "hang_up"}
    desk.box.say("call.connected", call="c2", station="803")
    assert desk.enabled() == always | {"retrieve", "swap", "through", "confer", "park", "hang_up", "hold"}
    desk.box.say("call.ended", call="c2", side="agent", cue="onhook", result="answered")
    desk.box.say("call.moved", call="c1", to={"kind": "parked"}, why="parked", by="801")
    desk.box.say("call.parked", call="c1", station="801", slot=4)
    desk.box.say("station.idle", station="801")
    assert desk.enabled() == always | {"fetch-4"}
    assert "Parked at 4." in desk.shows()


def test_wrap_up(desk: AtDesk) -> None:
    desk.sits()
    who = {"agent": "811", "person": "wang", "reason": None, "words": None, "by": "telephone"}
    desk.box.say("station.wrap_up", station="801", seconds=30)
    desk.box.say("agent.state", station="801", state="wrap_up", then="ready", **who)
    assert {"ready", "more"} <= desk.enabled()
    assert "wrap-up" in desk.shows() and "until " in desk.shows()


def test_who_is_free(desk: AtDesk) -> None:
    desk.sits()
    li = {"agent": "812", "person": "li"}
    desk.box.say("agent.signed_in", station="802", name="Li Na", how="page", **li)
    words = {"zh": "小休", "en": "Break"}
    desk.box.say("agent.state", station="802", state="busy", then="busy", reason="1", words=words, by="page", **li)
    desk.box.say("station.ringing", call="c9", station="803", number=CALLER, name="")
    team = re.sub("<[^>]+>|\\s+", " ", desk.shows().split('id="desk-team"')[1].split("</ul>")[0])
    assert re.search(r"Li Na\s+802\s+busy · Break", team)
    assert re.search(r"Station 803\s+ringing\s+Pick up", team)
    assert re.search(r"Station 804\s+idle\s+Call", team)
    assert re.search(r"Sales\s+queue\s+0 waiting", team)


def test_what_was_dialled_in_vain_is_said(desk: AtDesk) -> None:
    desk.sits()
    why = [{"id": "class_forbids", "kind": "unknown", "station": "801", "hours": "now"}]
    for what, said in (
        ({"result": "busy", "why": []}, "The number is busy."),
        (
            {"number": "4711", "why": why},
            " may not be dialled: the box knows no such number; for those of its own town",
        ),
    ):
        desk.box.say("call.started", call="o1", station="801", direction="outbound")
        desk.box.say("call.number", call="o1", station="801", number="65521188", number_kind="local", why=[])
        desk.box.say("call.refused" if "number" in what else "call.outcome", call="o1", **what)
        desk.box.say("call.ended", call="o1", side="box", cue="busy", result="busy")
        assert said in desk.shows()
    desk.box.say("station.ringing", call="c9", station="801", number=CALLER, name="")
    assert "desk-tried" not in desk.shows()


def test_refusals_are_said_in_words(desk: AtDesk) -> None:
    desk.sits()
    desk.box.refuses["desk.hold"] = Refused("x", code="in_no_call")
    assert desk.asks("hold") == (409, {"error": "You speak with nobody just now."})
    desk.box.refuses["desk.hold"] = Refused("the moon is full")
    assert desk.asks("hold") == (409, {"error": "The box says no: the moon is full"})
    assert desk.asks("pause") == (409, {"error": "You speak with nobody just now."})
    assert desk.asks("dial", to="rm -rf")[0] == desk.asks("transfer", kind="flow", to="main")[0] == 409
    assert desk.asks("fetch", of="../x")[0] == 409
    assert desk.asks("gone") == (409, {"error": "Your last call was not from outside; there is no line to learn from."})
    assert desk.asks("nothing")[0] == 404
    desk.box.stop()
    assert desk.asks("ready") == (503, {"error": "The box does not answer, so nothing was asked."})


def test_what_only_the_answer_tells(desk: AtDesk) -> None:
    desk.sits()
    assert desk.asks("dial", to="13800138000")[1]["said"].startswith("Your telephone rings.")
    desk.talks()
    desk.box.answers["desk.park"] = {"slot": 3}
    assert desk.asks("park")[1] == {"said": "Parked at 3."}
    desk.box.answers["line.caller_had_gone"] = {"hz": 440, "ms": [500, 500], "calls": 3, "cuts": 0}
    assert "440 Hz, 0.50 / 0.50 s" in desk.asks("gone")[1]["said"]


def test_the_card(desk: AtDesk) -> None:
    desk.sits()
    desk.box.whole_call("old")
    desk.rings()
    desk.heard()
    card = desk.page.get("/desk/card?call=c1").text
    assert "Beijing" in card and "Nobody has written a card" in card and "caller hung up" in card
    assert "/calls/old/recording" not in card  # another agent's call: that it was is told, not what was said
    fields = {"call": "c1", "name": "Li <Na>", "company": "Acme", "notes": "likes tea", "number": "110"}
    assert desk.page.post("/desk/card", data=fields, headers=desk.headers).json == {"said": "saved"}
    kept = desk.page.get("/desk/card?call=c1").text
    assert "Li &lt;Na&gt;" in kept and "likes tea" in kept and "by Wang" in kept
    desk.box.say("call.ended", call="c1", side="caller", cue="tone", result="abandoned")
    desk.box.say("station.idle", station="801")
    desk.box.do(lambda: desk.box.ring("c5", 5, f"+86{CALLER}"))
    desk.box.say("station.ringing", call="c5", station="801", number=f"+86{CALLER}", name="")
    desk.heard()
    assert "likes tea" in desk.page.get("/desk/card?call=c5").text  # the same subscriber, sent in another form


def test_nobody_elses_card(desk: AtDesk) -> None:
    desk.sits()
    desk.box.do(lambda: desk.box.ring("c7", 5, "01088886666"))
    desk.heard()
    assert desk.page.get("/desk/card?call=c7").status_code == 404
    assert desk.page.post("/desk/card", data={"call": "c7", "name": "x"}, headers=desk.headers).status_code == 404
    desk.rings("c8", "")
    desk.heard()
    assert "No number was sent" in desk.page.get("/desk/card?call=c8").text
    assert desk.page.post("/desk/card", data={"call": "c8", "name": "x"}, headers=desk.headers).status_code == 409


def test_missed_calls_and_messages(desk: AtDesk) -> None:
    desk.sits()
    folder = desk.box.data / "voicemail/801"
    folder.mkdir(parents=True)
    with wave.open(str(folder / "m1.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    message = {"id": "m1", "call": "", "number": "13911112222", "name": "", "at": 1e9, "ms": 100, "heard": False}
    others = message | {"box": "802", "id": "m2"}
    desk.box.answers["voicemail.list"] = {"messages": [message | {"box": "801"}, others]}
    desk.rings()
    desk.box.say("call.offer_ended", call="c1", station="801", agent="811", result="no_answer")
    desk.box.say("call.ended", call="c1", side="caller", cue="tone", result="abandoned")
    left = desk.page.get("/desk/left").text
    assert CALLER in left and 'data-do="dial"' in left
    left = desk.page.get("/desk/left?show=voicemail").text
    assert "13911112222" in left and "/desk/voicemail/801/m1" in left and "m2" not in left
    assert desk.page.get("/desk/voicemail/801/m1").mimetype == "audio/wav"
    assert desk.asked() == ("voicemail.heard", {"box": "801", "message": "m1"})
    for path in ("802/m2", "801/m3", "801/..%2f..%2fsetup"):
        assert desk.page.get(f"/desk/voicemail/{path}").status_code == 404


def test_the_stream_brings_only_this_desk(desk: AtDesk) -> None:
    desk.sits()
    desk.heard()
    lines = desk.page.get("/desk/events", buffered=False).response
    first = next(
        line for line in (one.decode() if isinstance(one, bytes) else one for one in lines) if "data: " in line
    )
    message = json.loads(first.split("data: ")[1])
    assert set(message["parts"]) == {"desk-me", "desk-call", "desk-team", "desk-news"} and message["ringing"] == 0
    assert message["say"] == []
    desk.box.do(lambda: desk.box.ring("c7", 5, "01088886666"))
    desk.rings()
    said: list[str] = []  # the other caller may be told of before this one
    for line in (one.decode() if isinstance(one, bytes) else one for one in lines):
        message = json.loads(line.split("data: ")[1]) if "data: " in line else {"parts": {}, "say": []}
        said += message["say"]
        if CALLER in message["parts"].get("desk-call", ""):
            assert message["ringing"] and any("ringing" in one for one in said)
            return
