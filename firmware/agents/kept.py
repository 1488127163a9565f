"""Who is signed in, across a restart: a small file beside the setup, replaced whole at every change."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from drivers.binding.plan import Strict
from firmware.setup.files import AtomicStorage

log = logging.getLogger(__name__)

FILE = "agents.json"


class Sitting(Strict):
    """Somebody who is signed in. `person`: his id; `number` may have changed since."""

    person: str
    number: str
    station: str
    then: Literal["ready", "busy", "away"] = "ready"
    reason: Annotated[str, Field(max_length=2)] | None = None


_SITTINGS = TypeAdapter(list[Sitting])


class Kept:
    """The file. What cannot be read or written costs signing in again after a restart, never a call; it is logged and
    counted in `failed`."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE
        self.failed = 0
        self._storage = AtomicStorage(self.path)
        self._known: list[Sitting] = []

    def load(self) -> list[Sitting]:
        """Who was signed in when the box last knew."""
        try:
            found = self._storage.read() or {}
            self._known = _SITTINGS.validate_python(list(found.get("signed_in", {}).values()))
        except (OSError, ValueError, ValidationError) as error:
            self.failed += 1
            log.warning("%s cannot be read, agents must sign in again: %s", self.path, error)
        return self._known

    def save(self, sittings: Iterable[Sitting]) -> None:
        """From now on these."""
        wanted = list(sittings)
        if wanted == self._known:
            return
        self._known = wanted
        try:
            self._storage.write({"signed_in": {one.station: one.model_dump() for one in wanted}})
        except OSError as error:
            self.failed += 1
            log.warning("%s cannot be written, agents will have to sign in after a restart: %s", self.path, error)
