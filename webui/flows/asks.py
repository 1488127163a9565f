"""What the editor's page asks of the box about flows, and what the box says no with."""

import json
import re
from typing import Any

from flask import current_app

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from webui.refusals import refused
from webui.security import address, who
from webui.translate import _, _l

NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
BYTES_MOST = 900_000  # of a document: more the box takes in no message

REFUSALS: tuple[tuple[str, Any], ...] = (
    (r"station (?P<name>\w+) is in use", _l("Station %(name)s is in use. Put its handset down, or choose another.")),
    (r"station (?P<name>\w+) is not there", _l("There is no station %(name)s.")),
    (r"every line is in use", _l("Every line is in use. Try again when a call has ended.")),
    (r"there is a flow (?P<name>\S+) already", _l("There is a flow “%(name)s” already. Choose another short name.")),
    (r"there is no flow (?P<name>\S+)", _l("There is no flow “%(name)s” any more.")),
    (r"there is no version (?P<name>\d+) of flow \S+", _l("There is no version %(name)s of this flow.")),
    (r"there is no draft of flow (?P<name>\S+)", _l("Nobody works on “%(name)s”: there is no draft.")),
    (r"flow (?P<name>\S+) came with the box.*", _l("“%(name)s” came with the box; it stays, under its name.")),
    (r"flow (?P<name>\S+) is used by .*", _l("“%(name)s” is in use: the list says by what. Change that first.")),
    (r"there are callers in flow (?P<name>\S+) .*", _l("Callers are in “%(name)s” just now. Try again later.")),
    (r"flow (?P<name>\S+) was removed or renamed.*", _l("“%(name)s” was removed or renamed meanwhile.")),
    (r"(?P<name>.+) has changed flow \S+ meanwhile", _l("%(name)s has changed this flow meanwhile.")),
    (
        r"version (?P<name>\d+) of flow .* was published since.*",
        _l("Version %(name)s was published meanwhile. Compare it with yours, or discard your draft."),
    ),
)


class Said(Exception):
    """It cannot be done; a sentence for people, and the status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Conflict(Said):
    """Somebody else has changed the flow."""


class Missing(Said):
    """There is no such flow, version or draft."""


def refusal(words: str) -> str:
    """What the box said, in the page's language."""
    return refused(words, REFUSALS)


def ask(intent: str, **args: Any) -> dict[str, Any]:
    """The box's answer. Said: 409 it says no, 503 it is away."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket, timeout=30.0) as client:  # texts are spoken meanwhile
            return client.request(intent, **args)
    except Refused as error:
        kind = Conflict if "meanwhile" in str(error) else Missing if str(error).startswith("there is no ") else Said
        raise kind(refusal(str(error)), 409) from error
    except BoxAway as error:
        raise Said(_("The box does not answer, so nothing was done. Try again."), 503) from error


def noted(what: str, flow: str, **data: Any) -> None:
    """For the page's log."""
    current_app.extensions["callbox"].keep.note(who(), f"flow_{what}", address(), flow=flow, **data)


def name_of(typed: str) -> str:
    """A flow's short name as it was typed; Said if it cannot be one."""
    name = typed.strip().lower()
    if not NAME.fullmatch(name):
        raise Said(_("A short name begins with a letter and has a–z, 0–9, _ and -, at most 32."), 422)
    return name


def sound(document: Any) -> bool:
    """Whether the editor can draw it, however wrong it may be."""
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), dict):
        return False
    return all(
        isinstance(node, dict) and isinstance(node.get("kind"), str) and isinstance(node.get("exits", {}), dict)
        for node in document["nodes"].values()
    )


def checked_size(document: Any) -> None:
    """Said if the box could not take it."""
    try:
        size = len(json.dumps(document))  # as it travels: what is not ASCII is escaped
    except (ValueError, RecursionError) as error:  # brackets without end
        raise Said(_("This is no flow: it cannot be written as JSON."), 400) from error
    if size > BYTES_MOST:
        raise Said(
            _("The flow is too large: %(size)s bytes, and at most %(most)s fit. Move a part into a flow of its own.",
              size=size, most=BYTES_MOST), 413,
        )  # fmt: skip
