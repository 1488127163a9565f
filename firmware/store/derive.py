"""From the events of one call to its record: a pure function, so the log alone is the truth."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from firmware.bus import Event


@dataclass(frozen=True, slots=True)
class CallFacts:
    """The fields of a call record. Times are seconds since the epoch, `*_s` seconds, `recording_ms` ms.

    `wait_s`: how long the caller waited for a person: from the queue (or the call's start, if it never was
    queued) until somebody spoke with him, or until the end. `talk_s`: None if nobody ever did.
    `paused_s`: how much of the recording is silence that somebody asked for; None: nobody paused it.
    `recording_removed`: why its file is there no more: 'age' or 'space' (the retention), 'not_restored' (not in the
    backup that was restored); `recording` is None then. `marked`: the retention leaves it.
    `agent`: the number of who spoke with the caller last; his station's, if nobody had signed in there. `queue`: the
    last one the caller was in.
    `station` is the last that spoke with the caller, `connected` the first time one did. `recovered`: the box
    died in this call, and its end was put down at the next start.
    """

    id: str
    direction: str
    started: float
    line: int | None = None
    station: str | None = None
    agent: str | None = None
    queue: str | None = None
    number: str | None = None
    name: str | None = None
    withheld: str | None = None
    answered: float | None = None
    queued: float | None = None
    connected: float | None = None
    ended: float | None = None
    wait_s: float | None = None
    talk_s: float | None = None
    result: str | None = None
    end_side: str | None = None
    end_cue: str | None = None
    recording: str | None = None
    recording_ms: int | None = None
    recording_error: str | None = None
    recording_removed: str | None = None
    paused_s: float | None = None
    marked: bool = False
    recovered: bool = False


def derive(events: Iterable[Event]) -> CallFacts | None:
    """The record of the call these events (one call's, in order of seq) tell of; None before `call.started`."""
    draft = Draft()
    for event in events:
        draft = draft.told(event)
    return draft.record()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a call's events have told until now. `told` leaves it as it is: what could not be written is told anew."""

    facts: CallFacts | None = None
    paused_at: float | None = None

    def told(self, event: Event) -> "Draft":
        """With the call's next event."""
        facts, paused_at = self.facts, self.paused_at
        if facts is None:
            if event.kind == "call.started" and event.call is not None:
                direction = str(event.data.get("direction", "inbound"))
                return Draft(CallFacts(event.call, direction, event.at, event.line))
            return self
        changes = _changes(facts, event)
        match event.kind:
            case "call.recording_paused":
                paused_at = event.at
            case "call.recording_resumed" | "call.recorded" if paused_at is not None:
                changes["paused_s"] = round((facts.paused_s or 0.0) + max(0.0, event.at - paused_at), 3)
                paused_at = None
        if facts.line is None and event.line is not None:
            changes["line"] = event.line
        if not changes and paused_at == self.paused_at:
            return self
        return Draft(replace(facts, **changes), paused_at)

    def record(self) -> CallFacts | None:
        """The record so far; None before `call.started`."""
        return None if self.facts is None else _durations(self.facts)


def _changes(facts: CallFacts, event: Event) -> dict[str, Any]:
    data = event.data
    match event.kind:
        case "call.caller":
            return {key: data.get(key) or None for key in ("number", "name", "withheld")}
        case "call.number" if facts.direction == "outbound":
            return {"number": data.get("number") or None}
        case "call.answered" | "call.far_answered" if facts.answered is None:
            return {"answered": event.at}
        case "call.queued":
            return {"queued": event.at if facts.queued is None else facts.queued, "queue": data.get("queue")}
        case "call.offer_ended" if data.get("result") == "answered":
            station = event.station or data.get("station")
            return {"station": station, "agent": data.get("agent") or station}
        case "call.connected":
            return _connected(facts, event)
        case "call.room" if facts.connected is None:
            return {"connected": event.at}
        case "call.recording":
            return {"recording": data.get("path")}
        case "call.recorded":
            return {
                "recording": data.get("path") or facts.recording,
                "recording_ms": data.get("ms"),
                "recording_error": data.get("error"),
            }
        case "call.recording_removed":
            return {"recording": None, "recording_removed": data.get("why")}
        case "call.marked":
            return {"marked": bool(data.get("marked"))}
        case "call.selfcall":
            return {"direction": "selfcall"}
        case "call.ended" if facts.ended is None:
            return {
                "ended": event.at,
                "end_side": data.get("side"),
                "end_cue": data.get("cue"),
                "result": data.get("result"),
                "recovered": bool(data.get("recovered")),
            }
    return {}


def _connected(facts: CallFacts, event: Event) -> dict[str, Any]:
    station = event.station or event.data.get("station")
    # Who has signed in there was told by the offer that came before.
    agent = event.data.get("agent") or (facts.agent if facts.station == station else None) or station
    connected = event.at if facts.connected is None else facts.connected
    return {"station": station, "agent": agent, "connected": connected}


def _durations(facts: CallFacts) -> CallFacts:
    waited_from = facts.started if facts.queued is None else facts.queued
    waited_until = facts.ended if facts.connected is None else facts.connected
    talk = None
    if facts.connected is not None and facts.ended is not None:
        talk = round(max(0.0, facts.ended - facts.connected), 3)
    wait = None if waited_until is None else round(max(0.0, waited_until - waited_from), 3)
    return replace(facts, wait_s=wait, talk_s=talk)
