"""Where choices come from that are themselves set up, or that the box has: people, queues, lines … A field names its
source with `Field(json_schema_extra={"refers": "people"})`, or the table of layouts does."""

from collections.abc import Callable
from typing import Any

from flask import current_app

from firmware.acd.model import Queues
from firmware.api.client import ApiClient, BoxAway
from firmware.api.messages import Refused
from firmware.ivr.answering import Answering
from firmware.network.look import jacks
from firmware.network.wanted import zones
from firmware.outbound.section import Dialling
from firmware.prompts import PromptError, Prompts
from firmware.switching.section import Telephones
from firmware.voicemail.section import Voicemail
from webui.setup import sound
from webui.setup.devices import serial_ports
from webui.setup.names import boards, countries
from webui.translate import _, language
from webui.words import port_name

Choices = list[tuple[str, str]]


def _people(box: Any) -> Choices:
    return [(one.id, f"{one.name} ({one.number})") for one in box.people().people if one.enabled]


def _agents(box: Any) -> Choices:
    return [(one.number, f"{one.name} ({one.number})") for one in box.people().people if one.enabled]


def _ports(box: Any, kind: str) -> Choices:
    lamps = box.hub.snapshot.lamps if box.hub.snapshot else ()
    return [(lamp.port, _named(lamp)) for lamp in lamps if lamp.kind == kind]


def _named(lamp: Any) -> str:
    word = str(port_name(lamp))
    return word if lamp.port in word else f"{word} ({lamp.port})"


def _flows(box: Any) -> Choices:
    """With their titles; without the box those that are in use."""
    try:
        with ApiClient(box.socket) as client:
            found = client.request("flow.list").get("flows", ())
    except (BoxAway, Refused):
        return [(name, name) for name in sorted(box.setup.load(Answering).flows())]
    return [(one["flow"], titled(one.get("title"), one["flow"])) for one in found]


def titled(labels: Any, name: str) -> str:
    """In the page's language, else in any, else the name."""
    labels = labels if isinstance(labels, dict) else {}
    return str(labels.get("zh" if language() == "zh" else "en") or next(iter(labels.values()), "") or name)


def _entries(box: Any) -> Choices:
    """What hours may lead to: flows, and words that queues and menus ask for."""
    flows = _flows(box)
    schedules = box.setup.load(Answering).schedules.values()
    known = {name for name, _word in flows}
    more = {"open", "closed"} | {entry for one in schedules for entry in one.entries()}
    return flows + [(name, _entry(name)) for name in sorted(more - known)]


def _entry(name: str) -> str:
    return _("open (for queues and menus)") if name == "open" else name


def _schedules(box: Any) -> Choices:
    return [(name, name) for name in box.setup.load(Answering).schedules]


def _queues(box: Any) -> Choices:
    return [(one.id, titled(one.label, one.id)) for one in box.setup.load(Queues).queues]


def _boxes(box: Any) -> Choices:
    there = box.setup.load(Voicemail).boxes
    return [(name, name) for name in there] + [one for one in _ports(box, "station") if one[0] not in there]


def _rooms(box: Any) -> Choices:
    return [(one.number, f"{one.name} ({one.number})" if one.name else one.number)
            for one in box.setup.load(Telephones).rooms]  # fmt: skip


def _classes(box: Any) -> Choices:
    return [(name, name) for name in box.setup.load(Dialling).classes]


def _prompts(box: Any) -> Choices:
    chosen = "zh" if language() == "zh" else "en"
    try:
        return [(name, name) for name in Prompts(chosen, own=box.data / "prompts").names()]
    except PromptError:
        return []


SOURCES: dict[str, Callable[[Any], Choices]] = {
    "agents": _agents,
    "boards": lambda _box: boards(),
    "boxes": _boxes,
    "classes": _classes,
    "countries": lambda _box: countries(),
    "entries": _entries,
    "flows": _flows,
    "jacks": lambda _box: [(one.name, one.name) for one in jacks() if one.wired],
    "listening": lambda _box: sound.choices("listens"),
    "languages": lambda _box: [("zh", "中文"), ("en", "English")],
    "lines": lambda box: _ports(box, "line"),
    "people": _people,
    "playing": lambda _box: sound.choices("plays"),
    "prompts": _prompts,
    "queues": _queues,
    "rooms": _rooms,
    "schedules": _schedules,
    "serial": serial_ports,
    "stations": lambda box: _ports(box, "station"),
    "zones": lambda _box: [(name, name.replace("_", " ")) for name in zones()],
}


def choices(box: Any) -> Callable[[str], Choices]:
    """By name of the source; each is asked once, however many fields want it."""
    known: dict[str, Choices] = {}

    def of(name: str) -> Choices:
        if name not in known:
            known[name] = SOURCES[name](box)
        return known[name]

    return of


def named(source: str) -> dict[str, str]:
    """Its choices and their words, while somebody asks for a page."""
    return dict(SOURCES[source](current_app.extensions["callbox"]))
