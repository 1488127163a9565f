"""Changes reach whoever lives by a section, without a restart: the next call goes by them."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from firmware.setup.base import Section
from firmware.setup.store import Setup, SetupError

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Section)


class Changes:
    """In the box's loop. Callbacks get the whole new section and must return quickly."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.failed = 0  # callbacks that raised; each is logged
        self._callbacks: dict[str, list[Callable[[Any], None]]] = {}

    def on_change(self, model: type[S], callback: Callable[[S], None]) -> None:
        """Calls `callback` after each later change of this section."""
        self._callbacks.setdefault(self.setup.name_of(model), []).append(callback)

    def present(self, model: type[S]) -> Callable[[], S]:
        """Gives the section as it is now; if it cannot be read any more, as it last was: calls go on."""
        last: list[S] = []

        def load() -> S:
            try:
                last[:] = [self.setup.load(model)]
            except SetupError as error:
                self.failed += 1
                log.error("%s", error)
            return last[0] if last else model()

        return load

    def changed(self, name: str) -> int:
        """Loads the section and tells everybody; how many were told. SetupError if there is none or it cannot be
        read: then nobody is told and all go on with what they have."""
        section = self.setup.load(self.setup.model_of(name))
        callbacks = self._callbacks.get(name, [])
        for callback in callbacks:
            try:
                callback(section)
            except Exception:
                self.failed += 1
                log.exception("a change of %s could not be applied", name)
        return len(callbacks)
