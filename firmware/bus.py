"""Domain events: what happened on the box, published once, in order.

The store's writer, the live view and the page subscribe; the event log is the truth and the call record is
derived from it. Subscribers are called in the loop's thread and must return quickly.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

CATALOGUE: dict[str, str] = {
    "box.started": "board, country, language, epoch: the box answers from now on; recording: the mode in force",
    "box.stopping": "reason",
    "alarm.raised": "name, text arguments; stays until alarm.cleared of the same name. since: it is from before the"
    " last start",
    "alarm.cleared": "name",
    "setup.changed": "section: the box goes by it from now on; who: id of the person who changed it",
    "prompt.changed": "name, language, how: 'upload', 'browser', 'handset', 'microphone', 'text', 'version',"
    " 'renamed' or 'removed'; who: callers hear another prompt from now on",
    "customer.saved": "number, name, company, notes: a customer's card as it is now (all empty: none); who wrote it",
    "ticket.opened": "id, number: the customer's, title, of: the call in which it came up or null, who",
    "ticket.closed": "id, who: it is done",
    "box.restored": "made: when the backup was made, version: of the callbox that made it",
    "doctor.started": "id, what: 'examine', 'quick', 'call' or 'loop', who: the line is being examined",
    "doctor.done": "id, what, verdict, why: it ended before its end (null: it did not), findings {check: verdict}",
    "doctor.captured": "id, ms, who: what the port heard and sent is in a file",
    "selfcall.done": "ok (null: not made), way, why, checks [{name, ok, measured}], untested [names], of: its call",
    "audit.done": "ok, calls, recordings, orphans, missing: calls that lack audio, missing_s",
    "backup.done": "ok, file, bytes, files, error (null or words), code: of the error",
    "disk.measured": "free, total, per_day: bytes that a day brings, days until it is full (both null: not known)",
    "retention.done": "ok, removed, bytes, failed, why: 'age', 'space', or 'spoken' (what callers said to menus)",
    "surge.began": "why: 'lines' (all in use: lines) or 'waiting' (queue, waiting, agents)",
    "surge.ended": "why, queue, seconds, most: callers who waited at a time, came: calls that rang meanwhile",
    "line.ring": "burst: number of the ring burst, from 1",
    "line.data_call": "a modem's or fax's answer tone was heard: the echo canceller is off for this call",
    "line.ring_end": "ms: how long the burst was, after_ms: the silence before it (0: the first), usual: false for a"
    " distinctive ring",
    "line.callerid": "ok, scheme, number, name, withheld ('private', 'unavailable' or null)",
    "line.rang_out": "bursts: the caller gave up before the box answered",
    "line.callerid_learned": "scheme, moment ('before_ring', 'after_first_ring'), reversal: what the operator surely"
    " sends; absent: surely nothing; differs: from the country's plan",
    "line.remembered": "at the box's start: as line.callerid_learned, and cadences: hz, ms, seen",
    "line.cadence": "an unknown tone repeated: hz, ms (on, off ...) as heard on this line so far, seen times; heard_hz,"
    " heard_ms now; was_hz, was_ms before (null: new). A candidate, no verdict",
    "line.seized": "the box went off-hook",
    "line.far_end_gone": "cue: 'loop_drop', 'reversal', 'tone', 'learned_tone', 'no_battery', 'no_card'; tone, hz,"
    " cycles: how the box knew",
    "line.released": "the box went on-hook",
    "line.setup": "name, number: its own, in_use: as people have set it up from now on",
    "line.idle": "the line may be used again; fault: but for what is left (absent: nothing): 'no_battery', 'no_card'",
    "line.no_dial_tone": "evidence: what was there in its place",
    "line.fault": "what: 'no_battery', or 'no_card': the port's card was unplugged",
    "line.hang_up_proposed": "hz, ms: what was heard after the caller had gone; calls, cuts: its trial on past calls",
    "line.hang_up_learned": "hz, ms: it ends calls on this line from now on",
    "line.out_of_use": "why: it is not dialled on, but answered",
    "line.in_use": "it is dialled on again",
    "station.setup": "name, number (empty), in_use: as people have set it up from now on",
    "station.headset": "connected (null: a telephone again), how: 'setup' or 'hook'",
    "station.ringing": "number, name: shown on the handset; the call that rings it",
    "station.offhook": "",
    "station.onhook": "",
    "station.fault": "what: 'no_card', as line.fault, or 'no_headset': that of the box's own socket; station.idle when"
    " it may be used again",
    "station.refused": "text: why what the user asked for is not possible, code, holes: of that text, if it has one",
    "station.flash": "ms: how long the loop was open",
    "station.idle": "",
    "station.wrap_up": "seconds: so long it gets no call of a queue",
    "station.ready": "the wrap-up is over",
    "agent.signed_in": "agent: his number, person: id, name, how: 'handset', 'page', 'restart' or 'owner'",
    "agent.signed_out": "agent, person, how: 'handset', 'page', 'moved', 'replaced' by another, 'removed' or 'setup'",
    "agent.state": "agent, person (null: the station's own), state, then: what he is when the telephone is at rest, "
    "reason: code of 'busy' or null, words {zh, en}, by: 'handset', 'page', 'box' or 'telephone'",
    "agent.refused": "agent: as keyed, why, text: he could not sign in at this station",
    "station.tone": "tone: what the handset hears after the other party has gone",
    "station.lamp": "lit, how: 'fsk', 'voltage', or 'tone': it cannot be as people have set it, text: why (else empty)",
    "call.started": "direction: 'inbound', 'inside' or 'outbound'",
    "call.caller": "number, name, withheld: now known",
    "call.answered": "by: 'box' or a station",
    "call.prompt": "prompt: name of what is played",
    "call.prompt_end": "prompt, cut: true if a digit or hang-up stopped it, ms: how much was played",
    "call.digit": "digit, ms: pressed by the caller",
    "call.flow": "flow, version (0: as the box came; -1: a draft that is tried): the caller has come into it",
    "call.flow_step": "flow, node, and exit by which it was left or to: the place it led to",
    "call.flow_fault": "flow, node, fault, words: something is wrong with the flow or with what it needs",
    "call.flow_record": "node, path, seconds: what the caller said at a record node",
    "call.noted": "values: variables of the flow, for the agent's page and the record",
    "call.survey": "answers [{question, key}], comment (path or null)",
    "call.callback_wanted": "number, queue: whose agents shall call back; waited_s: so long he has waited there",
    "owed.opened": "id, why: 'missed' or 'callback', number, name, queue, calls: how often he called",
    "owed.closed": "id, number, how: 'served', 'called_back' or 'hand', who: by hand",
    "owed.tried": "id, number, result, tries: how often now, next_at: not again before; from the station",
    "call.member": "card, name: the caller has shown a card and its PIN",
    "call.queued": "queue, position, expected_s: the estimated wait, null if it is not known",
    "call.left_queue": "queue, to: where the caller goes instead, why: reasons (firmware/reasons.py)",
    "call.offered": "station, agent: his number, why: reasons of the choice (firmware/reasons.py)",
    "call.offer_ended": "station, agent, result: 'answered', 'other_answered', 'no_answer', 'caller_gone'",
    "call.connected": "station: both hear each other from now on; agent: who sits there, by: who put them through",
    "call.held": "station: who put it aside; the other party hears music",
    "call.retrieved": "station: who is back",
    "call.conference": "station: who joined them, parties: how many hear each other",
    "call.room": "room, parties: the caller is in a conference room, with so many in it",
    "call.room_muted": "muted: he hears, and is heard or not",
    "call.room_locked": "locked: nobody else comes in",
    "call.paging": "its guest speaks to the loudspeaker, after a chime",
    "call.paged": "seconds, why: 'hung_up', 'too_long' or 'no_loudspeaker'",
    "loudspeaker.prompt": "prompt, who: it is played to the loudspeaker",
    "loudspeaker.text": "text, language, seconds, who: it is spoken to the loudspeaker",
    "loudspeaker.cut": "why: 'stopped' or 'no_loudspeaker', who: the prompt or text there is not heard to its end",
    "call.parked": "slot, station: who parked him",
    "call.listening": "at: the station, other: its call, how: 'listen', 'whisper' or 'barge'",
    "call.knocking": "station: it is in talk, and hears that there is another call",
    "call.diverted": "station: whose, to, why: 'always', 'busy', 'no_answer', 'disturb', 'follow_me'",
    "voicemail.left": "box, message, ms, recovered: found at a start after a crash",
    "voicemail.heard": "box, message, ms",
    "voicemail.removed": "box, message, ms",
    "voicemail.mailed": "box, message, ms, to: addresses",
    "call.screened": "why: the caller may not come in, how: 'ring' (left ringing) or 'busy'",
    "call.twin": "of: the call of which this is another ring",
    "call.moved": "to: the place, why: 'transferred', 'recalled', 'came_back', 'picked_up', ..., by: station or null",
    "call.recording": "path (relative to the data directory), mode: the setting that began it",
    "call.recording_paused": "silence from now on in place of both parties; the file's time goes on",
    "call.recording_resumed": "ms: how long it was silent",
    "call.recording_gap": "mode 'voice': ms nobody spoke and the file stood still, at_ms in the file",
    "call.recording_removed": "path, why: 'age', 'space' or 'not_restored': its file is there no more",
    "call.marked": "marked: true: the retention leaves this recording; false: no longer",
    "call.selfcall": "the box made this call itself, to see that everything works",
    "call.recorded": "path, ms, error (null or words); recovered: true if found at a start after a crash",
    "call.number": "number, number_kind, origin: 'station' or 'outside', why: it may be dialled (firmware/reasons.py)",
    "call.refused": "number, number_kind, origin, why: it may not",
    "call.dialling": "number, number_kind, route, why: over this line; several are tried until one will do",
    "call.progress": "what: seen or heard on the line that dials, at_s: seconds since it was seized",
    "call.outcome": "result: 'answered', 'busy', 'vacant' ..., 'taken', 'no_line'; by: what told it; evidence, why",
    "call.asked": "number, taken: whether whoever answered there pressed the key that takes the call (follow-me)",
    "call.far_answered": "number, number_kind, by: the called party is there; counted by the fuse from now on",
    "call.limited": "seconds: so long until the fuse ends the call",
    "fuse.blown": "number, number_kind, why: an outgoing call was stopped or ended against fraud",
    "call.ended": "side: 'caller', 'called', 'agent' or 'box'; cue: what told it; result: 'answered', 'abandoned', "
    "'busy', 'no_answer', 'no_station', 'refused', 'voicemail', 'messages' or 'failed'",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at` is seconds since the Unix epoch on the box's clock (virtual in simulation)."""

    seq: int
    at: float
    kind: str
    call: str | None = None
    line: int | None = None
    station: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


Subscriber = Callable[[Event], None]


class Bus:
    """Publishes each event once to every subscriber, in the order of publishing."""

    def __init__(self, now: Callable[[], float], first_seq: int = 1) -> None:
        self.now = now
        self.standing: dict[str, Event] = {}  # alarms by name, as they were last raised
        self._next = first_seq
        self._subscribers: list[Subscriber] = []
        self.subscriber_errors = 0

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Calls `subscriber` for every later event; the result ends it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def publish(
        self, kind: str, *, call: str | None = None, line: int | None = None, station: str | None = None, **data: Any
    ) -> Event:
        """Publishes `kind` of the CATALOGUE. One subscriber's fault is counted and logged; the others still hear."""
        if kind not in CATALOGUE:
            raise ValueError(f"unknown event kind {kind!r}")
        event = Event(self._next, self.now(), kind, call, line, station, data)
        self._next += 1
        if kind == "alarm.raised":
            self.standing[data["name"]] = event
        elif kind == "alarm.cleared":
            self.standing.pop(data["name"], None)
        for subscriber in list(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                self.subscriber_errors += 1
                log.exception("a subscriber failed on %s", kind)
        return event

    def alarm_over(self, name: str) -> None:
        """Clears the alarm, if it stands."""
        if name in self.standing:
            self.publish("alarm.cleared", name=name)
