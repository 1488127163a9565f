"""`callbox doctor`: examines a line of the running box and prints the report."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import SOCKET, Refused
from firmware.errors import UserError

LOOK_EVERY_S = 0.25
WITHIN_LOOKS = 480
VERDICTS = {"good": "good   ", "look": "LOOK   ", "fault": "FAULT  ", "unknown": "unknown"}
ENDED = {
    "rung": "a caller rang and was answered; examine again when the line is idle",
    "glare": "somebody called the very moment the line was seized and was answered; examine again",
    "emergency": "the line was needed for an emergency call",
    "stopped": "it was stopped",
    "no_battery": "the voltage went away",
}


class DoctorError(UserError):
    """The line cannot be examined just now; the message says why."""


def doctor(data: Path, line: int, *, quick: bool) -> dict[str, Any]:
    """The report. DoctorError in words."""
    try:
        with ApiClient(data / SOCKET) as box:
            name = box.request("doctor.examine", line=line, quick=quick)["id"]
            for job in _until_done(box, line):
                if job["id"] == name and job["done"]:
                    return box.request("doctor.report", id=name)
    except (BoxAway, Refused) as error:
        raise DoctorError(f"line {line} is not examined: {error}") from error
    raise DoctorError(f"the examination of line {line} does not end; `doctor.stop` ends it")


def _until_done(box: ApiClient, line: int) -> Iterator[dict[str, Any]]:
    for _ in range(WITHIN_LOOKS):
        yield box.request("doctor.look", line=line)["job"]
        sleep(LOOK_EVERY_S)


def report(found: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for one in found["findings"]:
        lines.append(f"{VERDICTS[one['verdict']]}  {one['says'] % one['values']}")
        if one["limit"]:
            lines.append(f"         limit: {one['limit'] % one['values']} ({one['source']})")
        if one["advice"]:
            lines.append(f"         {one['advice'] % one['values']}")
    if came := found.get("received"):
        checksum = {True: ", checksum right", False: ", checksum wrong"}.get(came["checksum"], "")
        lines.append(f"caller id as it came: {came['scheme']}, {came['dbm0']} dBm0{checksum}")
        lines += [f"         {name}: {value}" for name, value in came["fields"]]
        lines.append(f"         {came['octets'] or came['keys']}")
    gains = "received before the box's own gain of {:+g} dB, sent behind that of {:+g} dB"
    lines.append(f"levels: dBm0 at the jack, {gains.format(*found.get('gains', (0.0, 0.0)))}")
    if found["why"]:
        lines.append(f"ended before its end: {ENDED.get(found['why'], found['why'])}")
    good = found["verdict"] == "good" and not found["why"]
    return "\n".join([*lines, f"line {found['line']}: {'good' if good else 'look at what stands above'}"])
