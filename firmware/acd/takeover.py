"""A `queues.toml` of earlier versions becomes section "queues" of the setup, once."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from firmware.acd.model import Queue, Queues
from firmware.calls.places import Name, Number
from firmware.config.errors import sentences
from firmware.errors import UserError
from firmware.setup.base import Strict
from firmware.setup.store import Setup, SetupInvalid

OWN = "queues.toml"  # in the box's data directory
TAKEN = "queues.toml.taken-over"
WHO = "taken over from queues.toml"


class QueueError(UserError):
    """The queues cannot be used; a sentence for each mistake."""


class _Document(Strict):
    """As the file has them: by name."""

    queues: Annotated[dict[Name, Queue], Field(min_length=1)]
    vip: dict[Number, int] = Field(default_factory=dict)


def queues_of(document: dict[str, Any], name: str = OWN) -> Queues:
    """The section from what the file said; QueueError, a sentence for each mistake."""
    tables = document.get("queues")
    named = tables.items() if isinstance(tables, dict) else ()
    queues = {key: {**body, "id": key} if isinstance(body, dict) else body for key, body in named}
    try:
        found = _Document.model_validate(document | ({"queues": queues} if isinstance(tables, dict) else {}))
        return Queues.model_validate({"queues": list(found.queues.values()), "vip": found.vip})
    except ValidationError as error:
        raise QueueError(sentences(name, error)) from error


def read(path: Path) -> Queues:
    """Reads such a file; QueueError."""
    try:
        return queues_of(tomllib.loads(path.read_text("utf-8")), str(path))
    except OSError as error:
        raise QueueError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise QueueError(f"{path}: not TOML: {error}") from error


def take_over(data: Path, setup: Setup, stations: Collection[str]) -> bool:
    """Writes the file's queues into the setup and puts the file aside; False: there is none. QueueError: it is wrong,
    nothing was changed, and the box must not answer callers by other queues than these."""
    path = data / OWN
    if not path.exists():
        return False
    found = read(path)
    if strange := found.strange_stations(stations):
        queue = strange[0][0]
        words = ", ".join(station for name, station in strange if name == queue)
        raise QueueError(f"queue {queue}: there is no station {words}; stations are {', '.join(stations)}")
    try:
        setup.change(Queues, lambda _: found, who=WHO)
    except SetupInvalid as error:
        raise QueueError(f"{path}: {error}") from error
    try:
        path.rename(data / TAKEN)
    except OSError as error:
        raise QueueError(f"{path}: cannot be renamed to {TAKEN}: {error.strerror}") from error
    return True
