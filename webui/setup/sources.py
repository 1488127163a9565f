"""Where choices come from that are themselves set up: people, queues … A field names its source with
`Field(json_schema_extra={"refers": "people"})`."""

from collections.abc import Callable

from firmware.people import People
from firmware.setup.store import Setup

Choices = list[tuple[str, str]]


def _people(setup: Setup) -> Choices:
    return [(one.id, f"{one.name} ({one.number})") for one in setup.load(People).people if one.enabled]


SOURCES: dict[str, Callable[[Setup], Choices]] = {
    "people": _people,
}
