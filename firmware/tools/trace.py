"""`callbox board trace`: lives through a trace again and tells what ears and line machines make of it."""

from collections import Counter
from pathlib import Path
from typing import Any

from drivers.binding.events import Kind, PortEvent
from drivers.binding.orders import CoreError
from drivers.binding.plan import Plan
from drivers.binding.trace import Trace
from firmware.errors import UserError

DIFFERENCES_SHOWN = 20


class TraceError(UserError):
    """The trace cannot be read; the message says why."""


def replay(path: Path, plan: Plan | None = None) -> dict[str, Any]:
    """What the ports tell in a replay, and where that differs from what the box was told then."""
    try:
        with Trace(path) as trace:
            now: list[PortEvent] = []
            then: list[PortEvent] = []
            for tick in trace.replay(plan):
                now += tick.now
                then += tick.then
    except CoreError as error:
        raise TraceError(str(error.strerror)) from error
    missed, added = Counter(then) - Counter(now), Counter(now) - Counter(then)
    differences = sorted(
        [("missed", event) for event in missed.elements()] + [("added", event) for event in added.elements()],
        key=lambda pair: (pair[1].tick, pair[1].port, pair[0]),
    )
    names = [port.name for port in trace.notes.ports]
    return {
        "ok": not differences,
        "version": trace.notes.version,
        "country": (plan or trace.notes.plan).country,
        "ports": names,
        "seconds": trace.ticks * trace.tick_ms / 1000,
        "missing_ticks": trace.missing,
        "damaged_bytes": trace.bytes - trace.sound,
        "events": [_event(event, names, trace.tick_ms) for event in now],
        "differences": [_event(event, names, trace.tick_ms) | {"what": what} for what, event in differences],
    }


def _event(event: PortEvent, names: list[str], tick_ms: int) -> dict[str, Any]:
    return {
        "t": round(event.tick * tick_ms / 1000, 3), "port": names[event.port], "kind": Kind(event.kind).name.lower(),
        "value": event.value, "extra": event.extra, "text": [word for word in event.text if word],
    }  # fmt: skip


def report(result: dict[str, Any]) -> str:
    """For people: every event, then what differs from what was told then."""
    lines = [_line(event) for event in result["events"]]
    lines += ["", f"{result['seconds']:.1f} s on {len(result['ports'])} ports, country {result['country']}, "
              f"written by callbox {result['version']}"]  # fmt: skip
    if result["missing_ticks"]:
        lines.append(f"{result['missing_ticks']} ticks are missing in the trace; what follows them may differ")
    if result["damaged_bytes"]:
        lines.append(f"the last {result['damaged_bytes']} bytes are cut short or damaged and were left out")
    if result["ok"]:
        return "\n".join([*lines, f"the same {len(result['events'])} events as the box was told then"])
    lines.append(f"{len(result['differences'])} events differ from what the box was told then:")
    lines += [f"{one['what']:7}{_line(one)}" for one in result["differences"][:DIFFERENCES_SHOWN]]
    return "\n".join(lines)


def _line(event: dict[str, Any]) -> str:
    numbers = f"{event['value']:6} {event['extra']:6}"
    return f"{event['t']:10.2f} s  {event['port']:14} {event['kind']:11} {numbers}  {' '.join(event['text'])}".rstrip()
