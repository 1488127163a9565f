"""The live view told one call, step by step: what a person looking at the page would read after each event."""

from firmware.bus import Bus
from firmware.live import LiveView, Port
from firmware.snapshot import CallNow, Lamp

PORTS = [Port("line", str(n), f"Line {n}") for n in range(1, 9)] + [
    Port("station", str(801 + n), in_service=n != 7) for n in range(8)
]


class Told:
    """A bus with a live view at its end, and a clock that only moves by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.bus = Bus(lambda: self.now)
        self.view = LiveView(PORTS, board="sim-8x8", country="cn", simulated=True)
        self.bus.subscribe(self.view.apply)
        self.say = self.bus.publish

    def lamp(self, kind: str, port: str) -> Lamp:
        return next(lamp for lamp in self.view.snapshot(self.now).lamps if (lamp.kind, lamp.port) == (kind, port))

    def call(self) -> CallNow:
        (call,) = self.view.snapshot(self.now).calls
        return call

    def words(self, kind: str, port: str) -> tuple[str, str | None, str | None, str | None]:
        lamp = self.lamp(kind, port)
        return lamp.state, lamp.detail, lamp.number, lamp.peer


def test_sixteen_lamps_before_anything_happened() -> None:
    told = Told()
    lamps = told.view.snapshot(0).lamps
    assert len(lamps) == 16
    assert [lamp.state for lamp in lamps] == ["idle"] * 15 + ["out_of_service"]


def test_one_call_from_ring_to_idle() -> None:
    told = Told()
    told.say("box.started", board="sim-8x8", country="us", epoch=1)
    assert told.view.snapshot(0).running

    told.say("call.started", call="c1", line=3, direction="inbound")
    told.say("line.ring", call="c1", line=3, burst=1)
    assert told.words("line", "3") == ("ringing", None, None, None)
    told.now += 3
    told.say("line.callerid", call="c1", line=3, ok=True, number="13800138000", name="WANG", withheld=None)
    told.say("call.caller", call="c1", line=3, number="13800138000", name="WANG", withheld=None)
    told.say("line.ring", call="c1", line=3, burst=2)
    assert told.words("line", "3") == ("ringing", None, "13800138000", None)
    assert told.lamp("line", "3").since == 1000
    assert (told.call().number, told.call().stage) == ("13800138000", "ringing")

    told.now += 2
    told.say("line.seized", call="c1", line=3)
    told.say("call.answered", call="c1", by="box")
    told.say("call.prompt", call="c1", prompt="greeting")
    assert told.words("line", "3") == ("talking", "greeting", "13800138000", None)
    told.say("call.queued", call="c1", queue="all", position=1)
    assert told.words("line", "3") == ("on_hold", "queue", "13800138000", None)
    told.say("call.prompt", call="c1", prompt="all_busy")
    assert told.call().stage == "queue"

    told.say("call.offered", call="c1", station="801", why=[])
    told.say("station.ringing", call="c1", station="801", number="13800138000", name="WANG")
    assert told.words("station", "801") == ("ringing", None, "13800138000", None)
    assert told.call().offered == "801"
    told.say("station.offhook", call="c1", station="801")
    told.now += 1
    told.say("call.offer_ended", call="c1", station="801", result="answered")
    told.say("call.connected", call="c1", station="801")
    assert told.words("line", "3") == ("talking", None, "13800138000", "801")
    assert told.words("station", "801") == ("talking", None, "13800138000", "3")
    assert told.lamp("station", "801").since == told.now

    told.say("call.recording", call="c1", path="recordings/x.wav")
    assert told.call().recording
    told.now += 42
    told.say("line.far_end_gone", call="c1", line=3, cue="tone")
    told.say("call.ended", call="c1", side="caller", cue="tone", result="answered")
    told.say("line.released", call="c1", line=3)
    assert told.words("line", "3")[:2] == ("busy", "releasing")
    told.say("station.tone", call="c1", station="801", tone="busy")
    assert told.words("station", "801")[:2] == ("busy", "busy")
    told.say("line.idle", line=3)
    told.say("station.onhook", station="801")
    told.say("station.idle", station="801")
    assert told.words("line", "3") == told.words("station", "801") == ("idle", None, None, None)
    view = told.view.snapshot(told.now)
    assert view.calls == []
    assert (view.tally.started, view.tally.answered, view.tally.abandoned) == (1, 1, 0)


def test_caller_gives_up_and_agent_does_not_answer() -> None:
    told = Told()
    told.say("line.ring", line=2, burst=1)
    told.say("call.started", call="c1", line=2, direction="inbound")
    told.say("call.offered", call="c1", station="802")
    told.say("station.ringing", call="c1", station="802", number="", name="")
    told.say("call.offer_ended", call="c1", station="802", result="no_answer")
    assert told.lamp("station", "802").state == "idle"
    told.say("line.rang_out", call="c1", line=2, bursts=4)
    told.say("call.ended", call="c1", side="caller", cue="rang_out", result="abandoned")
    assert told.lamp("line", "2").state == "idle"
    assert told.view.snapshot(0).tally.abandoned == 1


def test_outgoing_and_inside() -> None:
    told = Told()
    told.say("station.offhook", station="803")
    assert told.lamp("station", "803").state == "dialling"
    told.say("line.seized", line=5)
    assert told.lamp("line", "5").state == "dialling"


def test_fault_and_alarm_stand_until_cleared() -> None:
    told = Told()
    told.say("line.fault", line=7, what="no_battery")
    told.say("alarm.raised", line=7, name="line.7", text="line 7: no battery")
    told.now += 5
    told.say("alarm.raised", line=7, name="line.7", text="line 7: no battery")
    assert told.words("line", "7")[:2] == ("fault", "no_battery")
    (alarm,) = told.view.snapshot(0).alarms
    assert (alarm.since, alarm.args) == (1000, {"text": "line 7: no battery"})
    told.say("line.idle", line=7)
    told.say("alarm.cleared", name="line.7")
    assert told.view.snapshot(0).alarms == []
    assert told.lamp("line", "7").state == "idle"


def test_unknown_ports_and_calls_are_passed_over() -> None:
    told = Told()
    told.say("line.ring", line=99, burst=1)
    told.say("station.offhook", station="999")
    told.say("call.connected", call="never started", station="801")
    assert {lamp.state for lamp in told.view.snapshot(0).lamps} == {"idle", "out_of_service"}
    assert told.bus.subscriber_errors == 0


def test_a_snapshot_does_not_change_afterwards() -> None:
    told = Told()
    before = told.view.snapshot(0)
    told.say("line.ring", line=1, burst=1)
    assert before.lamps[0].state == "idle"


def test_wrap_up() -> None:
    told = Told()
    told.say("station.idle", station="801")
    told.say("station.wrap_up", station="801", seconds=15.0)
    assert told.lamp("station", "801").state == "wrap_up"
    told.say("station.offhook", station="801")
    assert told.lamp("station", "801").state == "dialling"
    told.say("station.ready", station="801")
    assert told.lamp("station", "801").state == "dialling"
    told.say("station.onhook", station="801")
    told.say("station.wrap_up", station="801", seconds=15.0)
    told.say("station.ready", station="801")
    assert told.lamp("station", "801").state == "idle"


def test_an_outgoing_call() -> None:
    told = Told()
    told.say("station.offhook", station="801")
    told.say("call.started", call="c1", direction="outbound")
    told.say("call.number", call="c1", station="801", number="13900139000", number_kind="mobile")
    told.say("call.dialling", call="c1", line=8, number="13900139000", number_kind="mobile", route="all", why=[])
    told.say("line.seized", call="c1", line=8)
    assert told.words("line", "8") == ("dialling", None, "13900139000", None)
    assert (told.call().number, told.call().station, told.call().line, told.call().stage) == (
        "13900139000", "801", 8, "dialling",
    )  # fmt: skip
    told.say("call.connected", call="c1", line=8, station="801")
    assert told.words("line", "8") == ("talking", None, "13900139000", "801")
    assert told.words("station", "801") == ("talking", None, "13900139000", "8")
    told.say("line.released", call="c1", line=8)
    told.say("call.ended", call="c1", side="agent", cue="onhook", result="answered")
    told.say("line.idle", line=8)
    assert told.words("line", "8") == ("idle", None, None, None)


def test_a_call_that_is_put_aside_parked_and_sent_on() -> None:
    told = Told()
    told.say("call.started", call="c1", station="802", direction="inside")
    told.say("call.connected", call="c1", station="801")
    assert told.words("station", "802") == ("talking", None, "801", None)
    assert told.call().origin == "802"
    told.say("call.held", call="c1", station="801")
    assert told.call().held == ["801"]
    told.say("call.retrieved", call="c1", station="801")
    told.say("call.conference", call="c1", station="801", parties=3)
    told.say("call.recording_paused", call="c1")
    told.say("call.marked", call="c1", marked=True)
    call = told.call()
    assert (call.held, call.parties, call.paused, call.marked) == ([], 3, True, True)
    told.say("call.moved", call="c1", to={"kind": "parked"}, why="parked", by="801")
    told.say("call.parked", call="c1", station="801", slot=2)
    call = told.call()
    assert (call.station, call.origin, call.slot, call.stage) == (None, "802", 2, "parked")
    told.say("call.connected", call="c1", station="803")
    call = told.call()
    assert (call.station, call.slot, call.parties, call.stage) == ("803", None, 0, "talking")


def test_when_a_wrap_up_will_be_over() -> None:
    told = Told()
    told.say("station.wrap_up", station="801", seconds=30)
    assert told.lamp("station", "801").until == 1030
    told.say("station.ready", station="801")
    assert told.lamp("station", "801").until is None


def test_what_was_dialled_in_vain() -> None:
    """Until somebody answers, or the station's next call begins; not of callers who are led outside."""
    told = Told()

    def dials(call: str, number: str) -> None:
        told.say("call.started", call=call, station="801", direction="outbound")
        told.say("call.number", call=call, station="801", number=number, number_kind="local", origin="station", why=[])

    def tried() -> tuple[str, str] | None:
        found = told.lamp("station", "801").tried
        return None if found is None else (found.number, found.result)

    dials("c1", "65521188")
    assert tried() is None
    told.say("call.outcome", call="c1", line=8, result="glare", by="", evidence=[], why=[])
    assert tried() == ("65521188", "glare")
    told.say("call.outcome", call="c1", line=7, result="answered", by="voice", evidence=[], why=[])
    assert tried() is None
    told.say("call.ended", call="c1", side="agent", cue="onhook", result="answered")
    dials("c2", "65521188")
    told.say("call.outcome", call="c2", line=8, result="busy", by="tone", evidence=[], why=[])
    told.say("call.ended", call="c2", side="box", cue="busy", result="busy")
    told.say("station.onhook", station="801")
    told.say("station.idle", station="801")
    assert tried() == ("65521188", "busy")
    told.say("call.started", call="c3", station="801", direction="outbound")
    assert tried() is None
    told.say("call.refused", call="c3", station="801", number="4711", number_kind="unknown", origin="station", why=[])
    assert tried() == ("4711", "refused")
    told.say("call.ended", call="c3", side="box", cue="refused", result="refused")
    told.say("station.ringing", call="c4", station="801", number="13800138000", name="")
    assert tried() is None

    told.say("call.started", call="c5", line=3, direction="inbound")
    told.say("call.refused", call="c5", number="4711", number_kind="unknown", origin="outside", why=[])
    assert tried() is None
