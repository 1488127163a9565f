"""Setup: which of the box's own sound sockets is what, which there are, and how those that are used stand."""

from typing import Any

from flask import current_app

from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.sound.section import SoundSockets, would_run
from webui.jacks import station_called
from webui.setup.registry import Action, Now, Page
from webui.translate import _, _l

WORDS = {"loudspeaker": _l("Loudspeaker"), "line_in": _l("Line-in"), "microphone": _l("Microphone")}


def asked() -> dict[str, Any]:
    """Which there are and how they stand; nothing of it while the box is away."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return dict(client.request("sound.state"))
    except (BoxAway, Refused):
        return {}


def choices(way: str) -> list[tuple[str, str]]:
    """To choose from: those that can do it, `plays` or `listens`."""
    return [(one["device"], f"{one['what']} · {one['device']}") for one in asked().get("sockets", ()) if one[way]]


def _now(section: SoundSockets) -> list[Now]:
    found = asked()
    if not found:
        return [Now("fault", _("The box does not answer"), _("What is chosen here counts when it starts."))]
    runs, gone = found["runs"], found["gone"]
    rows = []
    if runs != _wanted(section):
        rows.append(
            Now("fault", _("It has to start again"), _("The box still runs with the sockets that were set before."))
        )
    used = [(name, str(word), runs[name]) for name, word in WORDS.items() if runs.get(name)]
    used += [(one["station"], _headset(one["station"]), one["play"]) for one in runs.get("headsets", ())]
    cards = {one["device"]: one["what"] for one in found["sockets"]}
    rows += [_row(title, socket, cards.get(socket, socket), name in gone) for name, title, socket in used]
    there = " · ".join(dict.fromkeys(cards.values()))
    return [*rows, Now("idle", _("Sound cards of this machine"), there or _("none was found"))]


def _headset(station: str) -> str:
    return _("Headset, station %(station)s", station=station_called(station))


def _row(title: str, socket: str, card: str, gone: bool) -> Now:
    if gone:
        return Now("fault", title, _("%(socket)s is not there. It is looked for every few seconds.", socket=socket))
    return Now("talking", title, _("at %(device)s", device=card))


def _wanted(section: SoundSockets) -> dict[str, Any]:
    """What the box would run with after another start."""
    box = current_app.extensions["callbox"]
    snapshot = box.hub.snapshot
    return would_run(box.site().board if snapshot is None else snapshot.board, section)


def _state(section: SoundSockets) -> str:
    if section.as_board:
        return _("as the board has it")
    parts = [str(word) for name, word in WORDS.items() if getattr(section, name) is not None]
    parts += [_headset(one.station) for one in section.headsets]
    return " · ".join(parts) or _("none")


PAGE = Page(
    name="sound",
    title=_l("Sound sockets"),
    sentence=_l("What is plugged into the box’s own sound card, or one at its USB: headsets as stations, a loudspeaker "
                "for paging, a microphone for prompts, music on hold. It counts when the box has started again."),
    section=SoundSockets,
    state=_state,
    now=_now,
    counts=_l("Saved. It counts once the box has started again."),
    action=Action("box.restart", _l("Start again when nobody talks")),
)  # fmt: skip
