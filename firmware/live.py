"""What is going on right now, as the events told it: sixteen lamps, the calls, the counters, the alarms.

A reducer: `apply` takes each event of the bus in order and nothing else; no clock, no file, no asking back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from firmware.bus import Event
from firmware.snapshot import AgentNow, Alarm, CallNow, Done, Lamp, Learned, PortKind, Snapshot, State, Tally, Tried

CADENCES_SHOWN = 16  # as many as a line remembers (firmware/linememory.py)
OWN_WORK = frozenset({"selfcall", "audit", "backup", "retention", "disk"})


@dataclass(frozen=True, slots=True)
class Port:
    """A jack of the board as the view must know it before anything happened."""

    kind: PortKind
    port: str
    name: str = ""
    in_service: bool = True


class LiveView:
    """`bus.subscribe(view.apply)`, then `snapshot(now)` at any time."""

    def __init__(
        self, ports: list[Port], *, board: str = "", country: str = "", simulated: bool = False,
        loudspeaker: bool = False, microphone: bool = False, ordered: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.loudspeaker, self.microphone = loudspeaker, microphone  # the board has one
        self._board, self._country, self._simulated, self._ordered = board, country, simulated, ordered
        self._lamps: dict[tuple[str, str], Lamp] = {}
        for port in ports:
            state: State = "idle" if port.in_service else "out_of_service"
            self._lamps[port.kind, port.port] = Lamp(
                kind=port.kind, port=port.port, name=port.name, state=state, in_use=port.in_service
            )  # fmt: skip
        self._language = ""  # in which callers are spoken to; known once it has started
        self._calls: dict[str, CallNow] = {}
        self._agents: dict[str, AgentNow] = {}  # by station
        self._alarms: dict[str, Alarm] = {}
        self._done: dict[str, Done] = {}
        self._tally = Tally()
        self._seq = 0
        self._running = False

    def snapshot(self, now: float) -> Snapshot:
        """A copy: later events do not change it."""
        view = Snapshot(
            seq=self._seq,
            now=now,
            board=self._board,
            country=self._country,
            language=self._language,
            simulated=self._simulated,
            loudspeaker=self.loudspeaker,
            microphone=self.microphone,
            ordered=self._ordered,
            running=self._running,
            lamps=list(self._lamps.values()),
            calls=sorted(self._calls.values(), key=lambda call: (call.started, call.id)),
            agents=sorted(self._agents.values(), key=lambda agent: agent.station),
            tally=self._tally,
            alarms=list(self._alarms.values()),
            done=self._done,
        )
        return view.model_copy(deep=True)

    def stored(self, _seq: int, calls: int) -> None:
        """The store's writer tells that so many records can be read from now on (`StoreWriter.on_stored`)."""
        self._tally.stored += calls

    def remember(self, events: Iterable[Event]) -> None:
        """What the box did for itself before it was started anew."""
        for event in events:
            room = event.kind.partition(".")[0]
            if room in OWN_WORK:
                self._done[room] = Done(at=event.at, ok=event.data.get("ok"), data=event.data)

    def apply(self, event: Event) -> None:
        """The bus's subscriber. Kinds that change nothing to be seen, and unknown ports, are passed over."""
        self._seq = event.seq
        room, _, what = event.kind.partition(".")
        match room:
            case "box":
                self._running = what == "started"
                self._board = event.data.get("board", self._board)
                self._country = event.data.get("country", self._country)
                self._language = event.data.get("language", self._language)
            case "alarm":
                self._alarm(what, event)
            case "selfcall" | "audit" | "backup" | "retention" | "disk":
                self.remember([event])
            case "line" if event.line is not None:
                self._line(what, event, self._lamps.get(("line", str(event.line))))
            case "station" if event.station is not None:
                self._station(what, event, self._lamps.get(("station", event.station)))
            case "agent" if event.station is not None:
                self._agent(what, event.station, event)
            case "call" if event.call is not None:
                self._call(what, event)

    # -- alarms -----------------------------------------------------------------------------------------

    def _alarm(self, what: str, event: Event) -> None:
        name = str(event.data.get("name", ""))
        if what == "cleared":
            self._alarms.pop(name, None)
            return
        args = {key: value for key, value in event.data.items() if key != "name"}
        since = self._alarms[name].since if name in self._alarms else event.data.get("since", event.at)
        self._alarms[name] = Alarm(name=name, since=since, args=args)

    # -- ports ------------------------------------------------------------------------------------------

    def _line(self, what: str, event: Event, lamp: Lamp | None) -> None:
        if lamp is None:
            return
        match what:
            case "ring":
                _set(lamp, "ringing", event)
            case "callerid":
                _caller(lamp, event)
            case "setup":
                _setup(lamp, event)
            case "remembered" | "callerid_learned" | "cadence":
                _learned(lamp, event.data)
            case "seized" if lamp.state == "ringing":
                _set(lamp, "talking", event, detail="answered")
            case "seized":
                _set(lamp, "dialling", event)
            case "far_end_gone" | "released" if lamp.state == "fault":
                pass
            case "far_end_gone":
                _set(lamp, "busy", event, detail="far_end_gone")
            case "released":
                _set(lamp, "busy", event, detail="releasing")
            case "rang_out" | "idle":
                _clear(lamp, event)
                if event.data.get("fault"):
                    _set(lamp, "fault", event, detail=event.data["fault"])
            case "fault":
                _clear(lamp, event)
                _set(lamp, "fault", event, detail=event.data.get("what"))

    def _station(self, what: str, event: Event, lamp: Lamp | None) -> None:
        if lamp is None:
            return
        match what:
            case "ringing":
                _set(lamp, "ringing", event)
                _caller(lamp, event)
                lamp.tried = None
            case "offhook" if lamp.state == "ringing":
                _set(lamp, "talking", event, detail="answered")
            case "offhook" if lamp.state in ("idle", "wrap_up"):
                _set(lamp, "dialling", event)
            case "tone":
                _set(lamp, "busy", event, detail=event.data.get("tone"))
            case "wrap_up":
                _set(lamp, "wrap_up", event)
                lamp.until = event.at + float(event.data.get("seconds", 0.0))
            case "ready" if lamp.state == "wrap_up":
                _clear(lamp, event)
            case "onhook" if lamp.state == "fault":  # that its card is gone is what opened the loop
                pass
            case "onhook" | "idle":
                _clear(lamp, event)
            case "fault":
                _clear(lamp, event)
                _set(lamp, "fault", event, detail=event.data.get("what"))
            case "setup":
                _setup(lamp, event)
            case "headset":
                lamp.headset = event.data.get("connected")

    # -- agents -----------------------------------------------------------------------------------------

    def _agent(self, what: str, station: str, event: Event) -> None:
        data = event.data
        if what == "signed_out":
            self._agents.pop(station, None)
        elif what == "signed_in":
            self._agents[station] = AgentNow(
                agent=data["agent"], station=station, person=data["person"], name=data["name"], since=event.at
            )
        elif what == "state":
            known = self._agents.get(station)
            if data["person"] is None and data["state"] == data["then"] == "ready":
                self._agents.pop(station, None)
                return
            if known is None or known.agent != data["agent"]:
                known = AgentNow(agent=data["agent"], station=station, person=data["person"], since=event.at)
            if (known.state, known.reason) != (data["state"], data["reason"]):
                known.since = event.at
            known.state, known.then = data["state"], data["then"]
            known.reason, known.words = data["reason"], data["words"]
            self._agents[station] = known

    # -- calls ------------------------------------------------------------------------------------------

    def _call(self, what: str, event: Event) -> None:
        assert event.call is not None
        if what == "started":
            self._begin(event)
        call = self._calls.get(event.call)
        if call is None:
            return
        line = self._lamps.get(("line", str(call.line)))
        match what:
            case "caller":
                call.number, call.name, call.withheld = (
                    event.data.get(key) or None for key in ("number", "name", "withheld")
                )
                if line is not None:
                    _caller(line, event)
            case "number" if call.direction == "outbound":
                call.number, call.station = event.data.get("number"), event.station
                _stage(call, "dialling", event)
            case "dialling":
                self._dial(call, event)
            case "refused" | "outcome":
                self._try(call, event)
            case "answered":
                call.answered = event.at
                _stage(call, "answered", event)
            case "prompt":
                self._prompt(call, line, event)
            case "queued":
                call.queue = event.data.get("queue")
                _stage(call, "queue", event)
                if line is not None:
                    _set(line, "on_hold", event, detail="queue")
            case "offered":
                call.offered = event.station or event.data.get("station")
            case "offer_ended":
                self._offer_ended(call, event)
            case "connected":
                self._connect(call, line, event)
            case "recording":
                call.recording = True
            case "recorded":
                call.recording = call.paused = False
            case "ended":
                self._end(call, event)
            case _:
                _aside(call, what, event)

    def _begin(self, event: Event) -> None:
        assert event.call is not None
        line = self._lamps.get(("line", str(event.line)))
        call = CallNow(
            id=event.call,
            direction=str(event.data.get("direction", "inbound")),
            line=event.line,
            station=event.station,
            origin=event.station,
            started=event.at,
            since=event.at,
        )
        self._calls[event.call] = call
        self._tally.started += 1
        if (origin := self._lamps.get(("station", str(event.station)))) is not None:
            origin.tried = None
        if line is not None:
            line.call = event.call
            call.number, call.name, call.withheld = line.number, line.caller, line.withheld
            if call.direction == "inbound" and line.state == "idle":
                _set(line, "ringing", event)

    def _prompt(self, call: CallNow, line: Lamp | None, event: Event) -> None:
        if call.stage not in ("queue", "talking"):
            prompt = str(event.data.get("prompt", "greeting"))
            _stage(call, prompt, event)
            if line is not None:
                _set(line, "talking", event, detail=prompt)

    def _dial(self, call: CallNow, event: Event) -> None:
        lamp = self._lamps.get(("line", str(event.line)))
        if call.direction == "outbound":
            call.line = event.line
        if lamp is not None:
            lamp.number, lamp.call = event.data.get("number"), event.call

    def _try(self, call: CallNow, event: Event) -> None:
        """Only of who dialled: an agent is not told what becomes of a caller who is led outside."""
        lamp = self._lamps.get(("station", str(call.origin)))
        if lamp is None or call.direction != "outbound":
            return
        result = str(event.data.get("result", "refused"))
        number = str(event.data.get("number") or call.number or "")
        tried = Tried(number=number, result=result, why=event.data.get("why") or [])
        lamp.tried = None if result == "answered" else tried

    def _offer_ended(self, call: CallNow, event: Event) -> None:
        call.offered = None
        lamp = self._lamps.get(("station", str(event.station or event.data.get("station"))))
        if lamp is not None and lamp.state == "ringing" and event.data.get("result") != "answered":
            _clear(lamp, event)

    def _connect(self, call: CallNow, line: Lamp | None, event: Event) -> None:
        call.station = event.station or event.data.get("station")
        call.connected = event.at
        call.offered = call.slot = None
        call.held, call.parties = [], 0
        _stage(call, "talking", event)
        station = self._lamps.get(("station", str(call.station)))
        if line is not None:
            _set(line, "talking", event, peer=call.station)
        if station is not None:
            _set(station, "talking", event, peer=None if call.line is None else str(call.line))
            station.number, station.caller, station.withheld = call.number, call.name, call.withheld
        origin = self._lamps.get(("station", str(call.origin)))
        if origin is not None and origin is not station:
            _set(origin, "talking", event)
            origin.number = call.station

    def _end(self, call: CallNow, event: Event) -> None:
        del self._calls[call.id]
        result = event.data.get("result")
        if result in ("answered", "abandoned", "failed"):
            setattr(self._tally, result, getattr(self._tally, result) + 1)


def _aside(call: CallNow, what: str, event: Event) -> None:
    """What is done with a call while it goes on."""
    match what:
        case "held" if event.station is not None and event.station not in call.held:
            call.held = [*call.held, event.station]
        case "retrieved":
            call.held = [one for one in call.held if one != event.station]
        case "conference":
            call.parties = int(event.data.get("parties", 0))
        case "parked":
            call.slot = event.data.get("slot")
            _stage(call, "parked", event)
        case "moved":
            _moved(call, event)
        case "recording_paused" | "recording_resumed":
            call.paused = what == "recording_paused"
        case "marked":
            call.marked = bool(event.data.get("marked"))


def _moved(call: CallNow, event: Event) -> None:
    """Somewhere else from now on: whoever sent it there has it no more, whoever joins it is told by what comes next."""
    call.held, call.parties, call.slot, call.offered = [], 0, None, None
    call.station = None
    if call.origin == event.data.get("by"):
        call.origin = None
    _stage(call, "moved", event)


def _setup(lamp: Lamp, event: Event) -> None:
    """As people have set it up; what is going on there goes on."""
    lamp.name, lamp.own = str(event.data.get("name", "")), str(event.data.get("number", ""))
    lamp.in_use = bool(event.data.get("in_use", True))
    if lamp.state in ("idle", "out_of_service"):
        _clear(lamp, event)


def _learned(lamp: Lamp, data: dict[str, Any]) -> None:
    """One more unknown tone, or what the line's caller id is now known to be."""
    known = lamp.learned or Learned()
    if "hz" in data:
        heard = {"hz": data["hz"], "ms": data["ms"], "seen": data["seen"]}
        others = [one for one in known.cadences if (one["hz"], one["ms"]) != (data["was_hz"], data["was_ms"])]
        lamp.learned = known.model_copy(update={"cadences": [*others, heard][-CADENCES_SHOWN:]})
    else:
        lamp.learned = Learned.model_validate({"cadences": known.cadences} | data)


def _set(lamp: Lamp, state: State, event: Event, *, detail: str | None = None, peer: str | None = None) -> None:
    """The state with its time; `since` moves only when what is shown changes."""
    if lamp.state == state and lamp.detail == detail and lamp.peer == peer:
        return
    lamp.state, lamp.detail, lamp.peer, lamp.since = state, detail, peer, event.at
    lamp.call = event.call or lamp.call


def _clear(lamp: Lamp, event: Event) -> None:
    rest: State = "idle" if lamp.in_use else "out_of_service"
    if lamp.state != rest:
        lamp.state, lamp.since = rest, event.at
    lamp.detail = lamp.number = lamp.caller = lamp.withheld = lamp.peer = lamp.call = lamp.until = None


def _caller(lamp: Lamp, event: Event) -> None:
    lamp.number = event.data.get("number") or None
    lamp.caller = event.data.get("name") or None
    lamp.withheld = event.data.get("withheld") or None


def _stage(call: CallNow, stage: str, event: Event) -> None:
    if call.stage != stage:
        call.stage, call.since = stage, event.at
