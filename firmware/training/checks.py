"""What must hold of the demonstration call. Each check is {name, ok, measured}; `measured` carries its units.

The far ends' receiver files are the witnesses: left is what was heard there, right what was said there.
"""

import statistics
import wave
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from firmware.training import measure
from firmware.training.measure import RATE, Match, Samples
from firmware.training.seen import KEY, LINE, NUMBER, STATION, TONE_S, Seen

Check = dict[str, Any]

HEARD_WELL = 0.9
RECORDED_WELL = 0.95
PROMPT_STOPS_MS = 45
DELAY_MS = 60
LEVEL_DBM0 = (-35.0, -12.0)  # speech of -20 dBm0 after two wires
DIGIT_HZ = {"1": (697.0, 1209.0)}


def judge(seen: Seen) -> list[Check]:
    """All checks. One that cannot be made is one that failed, with the reason as its measure."""
    witness = _Witness(seen)
    found = [_check("the call was made to its end", not seen.broken, seen.broken or "it was")]
    for group in (_ringing, _greeting, _waiting, _talking, _recorded, _ending, _kept, _left_behind):
        try:
            found += list(group(witness))
        except Exception as error:
            found.append(
                _check(group.__name__.strip("_"), False, f"cannot be measured: {type(error).__name__}: {error}")
            )
    return found


def _check(name: str, ok: bool, measured: Any) -> Check:
    return {"name": name, "ok": bool(ok), "measured": measured}


class _Witness:
    """The evidence, read once."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.plan = seen.plan

    @cached_property
    def caller(self) -> list[Samples]:
        return measure.read(self.seen.caller_file)

    @cached_property
    def agent(self) -> list[Samples]:
        return measure.read(self.seen.agent_file)

    @cached_property
    def recording(self) -> list[Samples]:
        assert self.seen.record is not None and self.seen.record.recording is not None
        return measure.read(self.seen.data / self.seen.record.recording)

    def prompt(self, name: str) -> Samples:
        return measure.read(self.seen.prompts.path(name))[0]

    @property
    def number_sent(self) -> str | None:
        """What the exchange tells of the caller: nothing where the country has no caller id."""
        return NUMBER if self.plan.caller_id.comes else None

    @cached_property
    def digit_at(self) -> float:
        """Onset of the digit in the caller's file."""
        onset = measure.first_sound(self.caller[1])
        assert onset is not None, "the caller pressed nothing"
        return onset

    @cached_property
    def greeting(self) -> Match:
        """The greeting up to the digit, in the caller's ear."""
        known = self.prompt("greeting")[: int(2.0 * RATE)]
        return measure.find(known, self.caller[0][: int(self.digit_at * RATE)])

    def time(self, kind: str, **data: Any) -> float:
        """When the box published an event, on the loop's clock."""
        event = self.seen.event(kind, **data)
        assert event is not None, f"no event {kind}"
        return event.at - self.seen.epoch


def _ringing(w: _Witness) -> Iterator[Check]:
    seen, plan = w.seen, w.plan
    lasts = [0]
    while len(lasts) < max(2, len(seen.bursts)):
        step = 2 * ((len(lasts) - 1) % (len(plan.ring) // 2))
        lasts.append(lasts[-1] + plan.ring[step] + plan.ring[step + 1])
    starts = [round((at - seen.bursts[0]) / 8) for at in seen.bursts]
    off = max((abs(a - b) for a, b in zip(starts, lasts, strict=False)), default=9999)
    yield _check(
        "telephone: ring cadence", len(starts) > 1 and off <= 50, {"bursts_ms": starts, "plan_ms": list(plan.ring)}
    )
    first = seen.event("line.ring", burst=1)
    yield _check("line 3 rang", first is not None and first.line == LINE, {"line": first and first.line})
    took = seen.answered_at - seen.dialled_at
    yield _check("answered", 0 < took < sum(plan.ring) / 1000 + 3, {"s": round(took, 2)})
    heard = seen.event("line.callerid")
    number = heard.data["number"] if heard else None
    sent = w.number_sent
    yield _check("box: caller id", number == sent, {"number": number, "scheme": heard and heard.data["scheme"]})
    shown = seen.shown
    after_ms = None if shown is None or not seen.bursts else round((shown.at - seen.bursts[0]) / 8)
    if plan.caller_id.scheme == "none":
        yield _check("telephone: no caller id in this country", shown is None, {"number": shown and shown.number})
        return
    in_time = after_ms is not None and (
        after_ms < 0 if plan.caller_id.moment == "before_ring" else plan.ring[0] <= after_ms < sum(plan.ring)
    )
    yield _check(
        "telephone: caller id on the display",
        shown is not None and shown.ok and shown.number == NUMBER and in_time,
        {"number": shown and shown.number, "after_first_ring_ms": after_ms},
    )


def _greeting(w: _Witness) -> Iterator[Check]:
    found = w.greeting
    heard = w.caller[0]
    level = measure.level(heard[int(found.start * RATE) : int(w.digit_at * RATE)])
    yield _check(
        "caller: hears the greeting",
        found.correlation >= HEARD_WELL and LEVEL_DBM0[0] < level < LEVEL_DBM0[1],
        {"correlation": round(found.correlation, 3), "starts_s": round(found.start, 2), "dbm0": round(level, 1)},
    )
    known = w.prompt("greeting")
    pressed = int((w.digit_at - found.start) * RATE)  # in the prompt's own time
    begin = max(0, pressed - int(0.4 * RATE))
    aligned = heard[int(found.start * RATE) + begin :][: pressed - begin + RATE // 2]
    stops = measure.stops_at(known[begin:], aligned, DIGIT_HZ[KEY])
    after_ms = None if stops is None else round((stops - (pressed - begin) / RATE) * 1000, 1)
    ok = after_ms is not None and 0 < after_ms <= PROMPT_STOPS_MS
    yield _check(
        "caller: greeting silent after the digit", ok, {"ms_after_onset": after_ms, "limit_ms": PROMPT_STOPS_MS}
    )
    digit = w.seen.event("call.digit")
    yield _check("box: digit", digit is not None and digit.data["digit"] == KEY, digit and dict(digit.data))


def _waiting(w: _Witness) -> Iterator[Check]:
    begin = w.time("call.prompt_end", prompt="queue_entry") - w.time("line.seized")
    end = w.time("station.offhook") - w.time("line.seized")
    offset = w.seen.answered_at - w.seen.caller_began
    heard = w.caller[0][int((begin + offset + 0.3) * RATE) : int((end + offset - 0.1) * RATE)]
    loop = w.prompt("music")
    found = measure.find(heard, loop) if len(heard) else Match(0, 0, -99)
    yield _check(
        "caller: hears music",
        found.correlation >= HEARD_WELL,
        {
            "correlation": round(found.correlation, 3),
            "s": round(len(heard) / RATE, 2),
            "dbm0": round(measure.level(heard), 1),
        },
    )
    queued = w.seen.event("call.queued")
    yield _check("queue", queued is not None and queued.data["queue"] == "sales", queued and dict(queued.data))
    offered = w.seen.event("call.offered")
    measured = offered and {"station": offered.station, "why": offered.data["why"]}
    yield _check("offered to station 801", offered is not None and offered.station == STATION, measured)


def _talking(w: _Witness) -> Iterator[Check]:
    seen = w.seen
    pairs = (
        (
            "agent: hears the caller",
            "caller_speech",
            w.agent[0],
            w.caller[1],
            seen.agent_begins_at - seen.caller_begins_at,
        ),
        (
            "caller: hears the agent",
            "agent_speech",
            w.caller[0],
            w.agent[1],
            seen.caller_begins_at - seen.agent_begins_at,
        ),
    )
    for name, prompt, ear, mouth, later in pairs:
        known = w.prompt(prompt)
        heard, said = measure.find(known, ear), measure.find(known, mouth)
        delay = (heard.start - said.start) * 1000 + later / 8
        level = measure.level(ear[int(heard.start * RATE) :][: len(known)])
        ok = heard.correlation >= HEARD_WELL and LEVEL_DBM0[0] < level < LEVEL_DBM0[1] and 0 <= delay <= DELAY_MS
        measured = {"correlation": round(heard.correlation, 3), "dbm0": round(level, 1), "delay_ms": round(delay, 1)}
        yield _check(name, ok, measured)


def _recorded(w: _Witness) -> Iterator[Check]:
    left, right = w.recording
    caller, agent = w.prompt("caller_speech"), w.prompt("agent_speech")
    on_left, on_right = measure.find(caller, left), measure.find(agent, right)
    for name, found in (("recording: caller on the left", on_left), ("recording: agent on the right", on_right)):
        measured = {"correlation": round(found.correlation, 3), "starts_s": round(found.start, 2)}
        yield _check(name, found.correlation >= RECORDED_WELL, measured)
    alone = slice(int(on_left.start * RATE), int(on_right.start * RATE))  # only the caller speaks
    last = slice(
        int((on_left.start + 0.2) * RATE) + len(caller), int(on_right.start * RATE) + len(agent)
    )  # only the agent
    sim = w.seen.board.sim
    for name, own, other, part, echo in (
        ("recording: caller's echo only on the right", left, right, alone, sim.station.echo_loss),
        ("recording: agent's echo only on the left", right, left, last, sim.line.echo_loss),
    ):
        below = measure.level(own[part]) - measure.level(other[part])
        yield _check(name, below >= echo - 6, {"db_below": round(below, 1), "hybrid_db": echo})
    at_agent = measure.find(agent, w.agent[1]).start - measure.find(caller, w.agent[0]).start
    apart = (at_agent - (on_right.start - on_left.start)) * 1000
    yield _check("recording: channels aligned", abs(apart) <= 40, {"ms_apart": round(apart, 1)})


def _ending(w: _Witness) -> Iterator[Check]:
    seen, plan = w.seen, w.plan
    cue = seen.event("line.far_end_gone")
    yield _check("box: knows by the tone", cue is not None and cue.data.get("tone") == "busy", cue and dict(cue.data))
    busy = plan.tones["busy"]
    cycle = sum(step.ms for step in busy.steps) / 1000
    limit = busy.listen_cycles * cycle + plan.timers.get("release_guard", 2000) / 1000 + 1.0
    idle = w.time("line.idle") - seen.hung_up_at
    yield _check("line idle after hang-up", 0 < idle <= limit, {"s": round(idle, 2), "limit_s": round(limit, 2)})
    released = seen.released_at - seen.hung_up_at
    yield _check("exchange: line released", 0 < released <= limit + 2, {"s": round(released, 2)})
    yield _check("telephone: recognises the tone", seen.agent_heard_tone == "busy", {"tone": seen.agent_heard_tone})
    end = int((seen.put_down_at - seen.picked_up_at) * RATE)
    tone = w.agent[0][end - int((TONE_S - 1.5) * RATE) : end]
    hz = sorted({frequency for step in busy.steps for frequency in step.hz})
    found = measure.cadence(tone, len(hz))
    on, off = _times(plan)
    ok = all(abs(a - b) <= 0.02 * b for a, b in zip(found.hz, hz, strict=True))
    ok = ok and abs(found.on_ms - on) <= 0.1 * on and abs(found.off_ms - off) <= 0.1 * off and found.bursts >= 2
    yield _check(
        "agent: hears the country's busy tone",
        ok,
        {
            "hz": [round(one, 1) for one in found.hz],
            "on_ms": found.on_ms,
            "off_ms": found.off_ms,
            "plan_hz": hz,
            "plan_ms": [on, off],
        },
    )
    put_down, free = w.time("station.onhook"), w.time("station.idle")
    yield _check("station idle after on-hook", 0 <= free - put_down < 0.1, {"s": round(free - put_down, 3)})


def _times(plan: Any) -> tuple[float, float]:
    """The busy tone's times on and off, ms."""
    steps = plan.tones["busy"].steps
    return (
        statistics.median(step.ms for step in steps if step.hz),
        statistics.median(step.ms for step in steps if not step.hz),
    )


def _kept(w: _Witness) -> Iterator[Check]:
    record = w.seen.record
    if record is None:
        yield _check("call record", False, "there is none")
        return
    wanted = {
        "line": LINE,
        "station": STATION,
        "number": w.number_sent,
        "result": "answered",
        "end_side": "caller",
        "end_cue": "tone",
    }
    found = {key: getattr(record, key) for key in wanted}
    yield _check("call record", found == wanted, found)
    talk = w.time("call.ended") - w.time("call.connected")
    ok = record.talk_s is not None and abs(record.talk_s - talk) < 0.05
    yield _check("call record: talk time", ok, {"record_s": record.talk_s, "seen_s": round(talk, 3)})
    assert record.recording is not None
    with wave.open(str(w.seen.data / record.recording), "rb") as file:
        seconds, channels = file.getnframes() / file.getframerate(), file.getnchannels()
    told = w.seen.event("call.recorded")
    ok = channels == 2 and told is not None and told.data["error"] is None and abs(seconds - talk) < 0.25
    ok = ok and record.recording_ms is not None and abs(record.recording_ms / 1000 - seconds) < 0.05
    yield _check("recording closed and whole", ok, {"s": round(seconds, 2), "record_ms": record.recording_ms})


def _left_behind(w: _Witness) -> Iterator[Check]:
    left = w.seen.left_over
    yield _check("nothing left behind", bool(left) and not any(left.values()), left)
    lost = (
        "events_lost", "play_starved", "record_lost", "record_errors", "surprises", "card_errors", "clipped",
        "commands_refused", "orders_refused",
    )  # fmt: skip
    for side, counters in w.seen.counters.items():
        found = {name: counters[name] for name in lost if name in counters}
        yield _check(f"counters are zero: {side}", not any(found.values()), found)
