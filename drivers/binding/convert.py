"""Fills the core's structures from the Python models."""

from typing import Any

from drivers.binding._core import ffi, lib
from drivers.binding.events import Kind, PortEvent
from drivers.binding.plan import Plan, SimWire

SCHEMES = {
    "none": lib.LC_CID_NONE, "bell202": lib.LC_CID_BELL202, "v23": lib.LC_CID_V23, "dtmf": lib.LC_CID_DTMF,
    "ntt": lib.LC_CID_NTT,
}  # fmt: skip
SCHEME_NAMES = {number: name for name, number in SCHEMES.items()}
MOMENTS = {"after_first_ring": lib.LC_CID_AFTER_FIRST_RING, "before_ring": lib.LC_CID_BEFORE_RING}
ALERTS = {"reversal": lib.LC_CID_ALERT_REVERSAL, "tone": lib.LC_CID_ALERT_TONE}
COMPANDING = {"linear": lib.LC_LINEAR, "alaw": lib.LC_ALAW, "ulaw": lib.LC_ULAW}


def timer_table() -> dict[str, tuple[int, int, int]]:
    """Each line timer's standard, least and most, ms (drivers/line/timers.h)."""
    table = {}
    info = ffi.new("struct lc_timer_info *")
    index = 0
    while lib.lc_timer_info(index, info) == 0:
        table[ffi.string(info.name).decode()] = (int(info.standard), int(info.least), int(info.most))
        index += 1
    return table


def fields_of(struct: Any) -> dict[str, int]:
    """A structure of numbers, as `struct lc_counters`, by its members' names."""
    return {name: int(getattr(struct, name)) for name, _ in ffi.typeof(struct).item.fields}


def port_event(event: Any) -> PortEvent:
    """A `struct lc_event` of a port."""
    text = bytes(ffi.buffer(event.text)).rstrip(b"\0").split(b"\0")
    words = tuple(part.decode("utf-8", "replace") for part in text)
    return PortEvent(event.tick, event.at, Kind(event.kind), event.slot, event.value, event.extra, words)


def fill_plan(out: Any, plan: Plan) -> None:
    """Writes `plan` into a `struct lc_plan`; a timer outside its bounds is a ValueError that names it."""
    out.country = plan.country.encode()
    out.callerid_scheme = SCHEMES[plan.caller_id.scheme]
    out.callerid_moment = MOMENTS[plan.caller_id.moment]
    out.callerid_alert = sum(ALERTS[alert] for alert in set(plan.caller_id.alert))
    out.callerid_answer = plan.caller_id.lines == "ntt"
    out.callerid_waiting = plan.caller_id.waiting
    out.callerid_lamp = lib.LC_CID_LAMP_RING_PULSE if plan.caller_id.lamp == "ring_pulse" else lib.LC_CID_LAMP_AS_CALL
    out.callerid_dbm0 = plan.caller_id.level
    out.callerid_start, out.callerid_end = (digits.encode() for digits in plan.caller_id.frame)
    out.callerid_private = plan.caller_id.private.encode()
    out.callerid_unavailable = plan.caller_id.unavailable.encode()
    out.ring_steps = len(plan.ring)
    for index, ms in enumerate(plan.ring):
        out.ring_ms[index] = ms
    out.dtmf_low_dbm0, out.dtmf_high_dbm0 = plan.dtmf.low, plan.dtmf.high
    out.dtmf_on_ms, out.dtmf_off_ms = plan.dtmf.on_ms, plan.dtmf.off_ms
    out.dtmf_twist_db, out.dtmf_reverse_twist_db = plan.dtmf.twist, plan.dtmf.reverse_twist
    out.tones = len(plan.tones)
    for index, (name, tone) in enumerate(plan.tones.items()):
        _fill_tone(out.tone[index], name, tone)
    _fill_timers(out.timers, plan)


def _fill_tone(out: Any, name: str, tone: Any) -> None:
    out.name = name.encode()
    out.level_dbm0 = tone.level
    out.am_hz = tone.am
    out.once = int(tone.once)
    out.listen_cycles, out.listen_ms = tone.listen_cycles, tone.listen_ms
    out.cadence_percent = tone.cadence_percent
    out.steps = len(tone.steps)
    for index, step in enumerate(tone.steps):
        out.step[index].ms = step.ms
        for place, hz in enumerate(step.hz):
            out.step[index].hz[place] = hz


def _fill_timers(out: Any, plan: Plan) -> None:
    table = timer_table()
    for name in plan.timers:
        if name not in table:
            raise ValueError(f"country {plan.country}: timers.{name} is unknown; known are {', '.join(table)}")
    for name, (standard, least, most) in table.items():
        ms = plan.timers.get(name, ring_stop(plan, least, most) if name == "ring_stop" else standard)
        if not least <= ms <= most:
            raise ValueError(f"country {plan.country}: timers.{name} = {ms}: must be {least} to {most} ms")
        setattr(out, name, ms)


def ring_stop(plan: Plan, least: int, most: int) -> int:
    """How long after a burst the caller must have given up: half as long again as the country's longest pause, ms."""
    return min(max(max(plan.ring[1::2]) * 3 // 2, least), most)


def fill_wire(out: Any, wire: SimWire, plan: Plan) -> None:
    """Writes `wire`, a subscriber's line in the plan's country, into a `struct lc_sim_wire`."""
    out.companding = COMPANDING[plan.companding if wire.companding == "country" else wire.companding]
    out.loss_db = wire.loss
    out.echo_loss_db, out.far_echo_loss_db = wire.echo_loss, wire.far_echo_loss
    out.noise_dbm0, out.hum_dbm0 = wire.noise, wire.hum
