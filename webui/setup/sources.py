"""Where choices come from that are themselves set up: people, queues … A field names its source with
`Field(json_schema_extra={"refers": "people"})`."""

from collections.abc import Callable

from firmware.acd.model import Queues
from firmware.people import People
from firmware.setup.store import Setup
from webui.translate import language

Choices = list[tuple[str, str]]


def _people(setup: Setup) -> Choices:
    return [(one.id, f"{one.name} ({one.number})") for one in setup.load(People).people if one.enabled]


def _agents(setup: Setup) -> Choices:
    """By the number with which they sign in."""
    return [(one.number, f"{one.name} ({one.number})") for one in setup.load(People).people if one.enabled]


def _queues(setup: Setup) -> Choices:
    chosen = "zh" if language() == "zh" else "en"
    return [(queue.id, queue.label.get(chosen, queue.id)) for queue in setup.load(Queues).queues]  # type: ignore[call-overload]


def _schedules(setup: Setup) -> Choices:
    """The page does not know the model of this section: as it stands in the document."""
    names = setup.load(setup.model_of("answering")).model_dump(mode="json")["schedules"]
    return [(name, name) for name in names]


SOURCES: dict[str, Callable[[Setup], Choices]] = {
    "agents": _agents,
    "people": _people,
    "queues": _queues,
    "schedules": _schedules,
}
