"""`callbox self-check`: whether the box does what it is there for, seen from outside. After an update it decides."""

import http.client
import ssl
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import BUSY, SOCKET, Counters, Refused
from firmware.update.trial import given_up

EVERY_S = 1.0
ANSWER_S = 5.0
CALL_S = 300.0  # a whole call, on a slow machine
BUSY_S = 180.0  # for all of it, an update on trial has ten minutes
LEAST_TICKS = 0.5  # of those due


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `words`: what was found, for people."""

    name: str
    ok: bool
    words: str


def self_check(data: Path, page: str, within_s: float, *, call: bool = False) -> list[Finding]:
    """Looks at everything until all is well, or `within_s` seconds are over; what was found last. With `call` the box
    then calls itself, once."""
    until = time.monotonic() + within_s
    while True:
        found = [*box_findings(data), _page(page), *_update(data)]
        well = all(finding.ok for finding in found)
        if well or time.monotonic() >= until:
            return [*found, _call(data)] if call and well else found
        time.sleep(EVERY_S)


def as_data(found: list[Finding]) -> dict[str, object]:
    """For --json."""
    return {
        "ok": all(finding.ok for finding in found),
        "checks": [{"name": finding.name, "ok": finding.ok, "words": finding.words} for finding in found],
    }


def report(result: dict[str, object]) -> str:
    """For people."""
    checks = result["checks"]
    assert isinstance(checks, list)
    return "\n".join(f"{'ok    ' if check['ok'] else 'FAILED'}  {check['name']}: {check['words']}" for check in checks)


def box_findings(data: Path) -> list[Finding]:
    """Its socket answers, its card makes ticks, its lines are there and what happens is stored."""
    try:
        with ApiClient(data / SOCKET, timeout=ANSWER_S) as client:
            began, first = time.monotonic(), _counters(client)
            time.sleep(EVERY_S)
            snapshot, counters = client.request("snapshot"), _counters(client)
            seconds = time.monotonic() - began
    except (BoxAway, Refused) as error:
        return [Finding("box", False, str(error))]
    ticks = counters.box.get("ticks", 0) - first.box.get("ticks", 0)
    due = seconds * 1000 / counters.tick_ms
    faults = [lamp["port"] for lamp in snapshot["lamps"] if lamp["state"] == "fault"]
    return [
        Finding("box", bool(snapshot["running"]), f"version {counters.version}, {counters.lines} lines, "
                f"{len(faults)} with a fault (a line that is not plugged in is no fault of the box)"),
        Finding("card", ticks >= LEAST_TICKS * due, f"{ticks} of {due:.0f} ticks made"),
        Finding("store", not counters.store.get("lost", 0), f"{counters.store.get('written', 0)} events stored, "
                f"{counters.store.get('lost', 0)} lost"),
        *alarms(snapshot),
    ]  # fmt: skip


def alarms(snapshot: dict[str, Any]) -> list[Finding]:
    """What stands is told, for whoever has only the console; it is no fault of the program. `update` has its own."""
    standing = [one for one in snapshot["alarms"] if one["name"] != "update"]
    return [Finding(f"alarm {one['name']}", True, str(one["args"].get("text") or "stands")) for one in standing]


def _update(data: Path) -> list[Finding]:
    """Going back is what the box should do, so it is no fault of this version."""
    found = given_up(data)
    return [] if found is None else [Finding("update", True, found.words)]


def _counters(client: ApiClient) -> Counters:
    return Counters.model_validate(client.request("counters"))


def _call(data: Path, busy_s: float = BUSY_S) -> Finding:
    """Waits until nobody is on the line. Where somebody always is, the box serves calls, and that is no fault of an
    update, which would be given up, and they cut off."""
    until = time.monotonic() + busy_s
    while True:
        try:
            with ApiClient(data / SOCKET, timeout=CALL_S) as client:
                result = client.request("selfcall.make")
        except BoxAway as error:
            return Finding("call", False, str(error))
        except Refused as error:
            if error.code != BUSY:
                return Finding("call", False, str(error))
        else:
            if result["why"] != BUSY:
                return _called(result)
        if time.monotonic() >= until:
            return Finding("call", True, f"not made: somebody was on the line for {busy_s:.0f} s")
        time.sleep(EVERY_S)


def _called(result: dict[str, Any]) -> Finding:
    failed = [str(check["name"]) for check in result["checks"] if not check["ok"]]
    words = ", ".join(failed) or result["why"] or f"{len(result['checks'])} checks"
    return Finding("call", result["ok"] is not False, f"{result['way']}: {words}")


def _page(address: str) -> Finding:
    url = urlsplit(address)
    host = url.hostname or "localhost"
    if url.scheme == "https":
        any_certificate = ssl.create_default_context()
        any_certificate.check_hostname, any_certificate.verify_mode = False, ssl.CERT_NONE  # the box's own is self-made
        connection: http.client.HTTPConnection
        connection = http.client.HTTPSConnection(host, url.port, timeout=ANSWER_S, context=any_certificate)
    else:
        connection = http.client.HTTPConnection(host, url.port, timeout=ANSWER_S)
    try:
        connection.request("GET", url.path or "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Finding("page", False, f"{address} does not answer: {error}")
    finally:
        connection.close()
    return Finding("page", status == HTTPStatus.OK, f"{address} answers with status {status}")
