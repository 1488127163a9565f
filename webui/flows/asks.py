"""What the editor's page asks of the box about flows, and what the box says no with."""

import json
import re
from typing import Any

from flask import current_app

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from webui.refusals import WORDS, refusal
from webui.security import address, who
from webui.translate import _

NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
BYTES_MOST = 900_000  # of a document: more the box takes in no message

CONFLICTS = {"flow_removed", "flow_changed", "flow_changed_by_somebody"}
GONE = {"no_flow", "no_version", "no_draft"}


class Said(Exception):
    """It cannot be done; a sentence for people, and the status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Conflict(Said):
    """Somebody else has changed the flow."""


class Missing(Said):
    """There is no such flow, version or draft."""


def ask(intent: str, **args: Any) -> dict[str, Any]:
    """The box's answer. Said: 409 it says no, 503 it is away."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket, timeout=30.0) as client:  # texts are spoken meanwhile
            return client.request(intent, **args)
    except Refused as error:
        kind = Conflict if error.code in CONFLICTS else Missing if error.code in GONE else Said
        raise kind(refusal(error), 409) from error
    except BoxAway as error:
        raise Said(_("The box does not answer, so nothing was done. Try again."), 503) from error


def noted(what: str, flow: str, **data: Any) -> None:
    """For the page's log."""
    current_app.extensions["callbox"].keep.note(who(), f"flow_{what}", address(), flow=flow, **data)


def name_of(typed: str) -> str:
    """A flow's short name as it was typed; Said if it cannot be one."""
    name = typed.strip().lower()
    if not NAME.fullmatch(name):
        raise Said(str(WORDS["flow_name"]), 422)
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
