"""`callbox selfcall`: has the running box call itself now."""

from pathlib import Path
from typing import Any

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import SOCKET, Refused
from firmware.errors import UserError

WITHIN_S = 300.0


class SelfCallError(UserError):
    """It cannot be made just now; the message says why."""


def selfcall(data: Path) -> dict[str, Any]:
    """What `selfcall.done` carries. SelfCallError in words."""
    try:
        with ApiClient(data / SOCKET, timeout=WITHIN_S) as box:
            return box.request("selfcall.make")
    except (BoxAway, Refused) as error:
        raise SelfCallError(f"the box does not call itself: {error}") from error


def report(result: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for check in result["checks"]:
        measured = "" if check["measured"] is None else check["measured"]
        lines.append(f"{'ok    ' if check['ok'] else 'FAILED'}  {check['name']:14} {measured}")
    lines += [f"not tested: {', '.join(result['untested'])}"] if result["untested"] else []
    lines += [f"broke off: {result['why']}"] if result.get("why") else []
    return "\n".join([*lines, "everything that was tested works" if result["ok"] else "NOT everything works"])
