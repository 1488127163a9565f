"""The debts of the box: heard from the bus, kept across a restart, told to whoever wants to know.

The file is a snapshot with the number of its last event; at a start the events since then are read from the store. It
is written at most once a second, so its loss costs time at the next start and nobody's call.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from firmware.bus import Bus, Event
from firmware.owed.debts import KINDS, Changed, Debt, Debts
from firmware.setup.files import AtomicStorage
from firmware.store.models import EventRow

log = logging.getLogger(__name__)

FILE = "owed.json"
SAVE_S = 1.0
_DEBTS = TypeAdapter(Debts)


class Book:
    """`key` brings the forms of a number together. `on_change` is told of each change after the event that made it."""

    def __init__(self, data: Path, store: Engine, bus: Bus, key: Callable[[str], str]) -> None:
        self.path = data / FILE
        self.failed = 0  # snapshots that could not be read or written; each is logged
        self.on_change: list[Callable[[Changed], None]] = []
        self._storage = AtomicStorage(self.path)
        self._store = store
        self._bus = bus
        self._key = key
        self._state = Debts()
        self._due: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Knows everything that happened before, and hears what happens from now on."""
        self._state = self._load()
        for event in self._since(self._state.seq):
            self._state.apply(event, self._key)
        self._bus.subscribe(self._heard)

    def open(self) -> list[Debt]:
        """Everybody who is owed a call: callbacks first, then whoever called last."""
        return sorted(self._state.debts.values(), key=lambda debt: (debt.kind, -debt.last))

    def get(self, wanted: str) -> Debt | None:
        """The open debt of this id."""
        return self._state.debts.get(wanted)

    def save(self) -> None:
        """Writes the snapshot now."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        try:
            self._storage.write({"owed": asdict(self._state)})
        except OSError as error:
            self.failed += 1
            log.warning("%s cannot be written: %s", self.path, error)

    # -- inside --------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        if event.kind not in KINDS:
            return
        changes = self._state.apply(event, self._key)
        loop = asyncio.get_running_loop()
        for change in changes:
            loop.call_soon(self._tell, change)  # after the event: others hear it first
        if changes and self._due is None:
            self._due = loop.call_later(SAVE_S, self.save)

    def _tell(self, change: Changed) -> None:
        debt = change.debt
        if change.how is None:
            self._bus.publish(
                "owed.opened", id=debt.id, why=debt.kind, number=debt.number, name=debt.name,
                queue=debt.queue, calls=debt.calls,
            )  # fmt: skip
        elif change.how != "hand":
            self._bus.publish("owed.closed", id=debt.id, number=debt.number, how=change.how, who=None)
        for told in self.on_change:
            told(change)

    def _load(self) -> Debts:
        try:
            found = self._storage.read()
            return Debts() if found is None else _DEBTS.validate_python(found.get("owed", {}))
        except (OSError, ValueError, ValidationError) as error:
            self.failed += 1
            log.warning("%s cannot be read, the whole event log is gone through: %s", self.path, error)
            return Debts()

    def _since(self, seq: int) -> Iterable[Event]:
        wanted = select(EventRow).where(EventRow.seq > seq, EventRow.kind.in_(KINDS)).order_by(EventRow.seq)
        with Session(self._store) as session:
            for row in session.scalars(wanted.execution_options(yield_per=1000)):
                yield Event(row.seq, row.at, row.kind, row.call, row.line, row.station, row.data)
