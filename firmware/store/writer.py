"""Appends the bus's events to the log and keeps the call records true to it.

The bus calls `StoreWriter` in the loop's thread. In real time it only puts the event into a queue; a thread
commits what has gathered, at most COMMIT_S after the first of it. In virtual time it commits in batches, inline,
so that a run repeats exactly. What cannot be written (disk full, database locked) is kept and tried again, and
an alarm says so; only beyond BACKLOG_MAX events are any given up, and those are counted and logged.
"""

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, bindparam, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from firmware.bus import Bus, Event
from firmware.store import customers, search, tickets
from firmware.store.derive import CallFacts, Draft
from firmware.store.models import CallRecord, EventRow

log = logging.getLogger(__name__)

COMMIT_S = 0.1
BATCH = 500
BACKLOG_MAX = 200_000
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
ALARM = "store"
ALARM_LOST = "store.lost"

EVENTS, RECORDS = cast(Table, EventRow.__table__), cast(Table, CallRecord.__table__)
FACTS = tuple(field.name for field in fields(CallFacts))
INSERT_EVENT = EVENTS.insert()
INSERT_RECORD = RECORDS.insert()
UPDATE_RECORD = RECORDS.update().where(RECORDS.c.id == bindparam("which"))
KEPT_ASIDE = {"customer.saved": customers.keep, "ticket.opened": tickets.keep, "ticket.closed": tickets.keep}

Stored = Callable[[int, int], None]


@dataclass
class WriterCounters:
    """What the page and the bench show. `lost` and `refused` are 0 on a healthy box."""

    written: int = 0
    commits: int = 0
    retries: int = 0
    refused: int = 0
    lost: int = 0
    backlog_max: int = 0


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that runs: what was told of it, and its record as the table has it (None: perhaps none)."""

    draft: Draft
    kept: CallFacts | None = None


class Ledger:
    """One transaction per batch: events appended, records of the calls they touch kept true.

    What running calls have told is kept in memory, so a call's record costs no reading while it runs, and no writing
    by events that change nothing of it. Statements are the tables' own, of few shapes: the mapper's work for each
    object would be most of a call's cost.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: dict[str, _Open] = {}

    def write(self, events: Sequence[Event]) -> int:
        """Commits all of `events` or, raising SQLAlchemy's or json's error, none. How many calls were closed."""
        fresh: dict[str, list[Event]] = {}
        for event in events:
            if event.call is not None:
                fresh.setdefault(event.call, []).append(event)
        now: dict[str, _Open] = {}
        closed = set()
        with self._engine.begin() as connection:
            for call, news in fresh.items():
                now[call] = self._told(connection, call, news)
            connection.execute(INSERT_EVENT, [_row(event) for event in events])
            aside = [event for event in events if event.kind in KEPT_ASIDE]
            if aside:
                _keep_aside(connection, aside)
            for call, one in now.items():
                facts = one.draft.record()
                if facts is None:
                    continue
                if facts != one.kept:
                    _keep_record(connection, facts)
                    now[call] = _Open(one.draft, facts)
                if facts.ended is not None:
                    closed.add(call)
                    search.put(connection, search.row(call, facts.started, facts.number, facts.name))
        self._open.update((call, one) for call, one in now.items() if call not in closed)
        for call in closed:
            self._open.pop(call, None)
        return len(closed)

    def _told(self, connection: Connection, call: str, news: Sequence[Event]) -> _Open:
        known = self._open.get(call, _Open(Draft()))
        draft = known.draft
        if call not in self._open and news[0].kind != "call.started":
            rows = connection.execute(select(EVENTS).where(EVENTS.c.call == call).order_by(EVENTS.c.seq))
            for row in rows:
                draft = draft.told(Event(row.seq, row.at, row.kind, row.call, row.line, row.station, row.data))
        for event in news:
            draft = draft.told(event)
        return _Open(draft, known.kept)


def _row(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq, "at": event.at, "kind": event.kind, "call": event.call, "line": event.line,
        "station": event.station, "data": event.data,
    }  # fmt: skip


def _keep_record(connection: Connection, facts: CallFacts) -> None:
    values = {name: getattr(facts, name) for name in FACTS}
    if not connection.execute(UPDATE_RECORD, values | {"which": facts.id}).rowcount:
        connection.execute(INSERT_RECORD, values)


def _keep_aside(connection: Connection, events: Sequence[Event]) -> None:
    """Customers and tickets, which their events change."""
    with Session(connection) as session:
        for event in events:
            KEPT_ASIDE[event.kind](session, event)
        session.flush()


class StoreWriter:
    """Subscribe with `bus.subscribe(writer)`; `start()` before, `stop()` after the last event.

    `on_stored(seq, calls)` is called in the loop's thread after each commit: every event up to `seq` is on the
    disk, `calls` records were closed or completed by it.
    """

    def __init__(
        self, engine: Engine, bus: Bus, *, threaded: bool = True, on_stored: Stored | None = None, batch: int = BATCH
    ) -> None:
        self.counters = WriterCounters()
        self._ledger = Ledger(engine)
        self._bus = bus
        self._threaded = threaded
        self._on_stored = on_stored
        self._batch = batch
        self._pending: deque[Event] = deque()
        self._queue: queue.SimpleQueue[Event | threading.Event] = queue.SimpleQueue()
        self._queued = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._hurry = threading.Event()  # somebody flushes
        self._failing = False

    def start(self) -> None:
        """In the running loop's thread."""
        self._loop = asyncio.get_running_loop()
        if self._threaded and self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="store-writer")
            self._thread.start()

    def __call__(self, event: Event) -> None:
        """The bus's subscriber; never waits for the disk in real time."""
        backlog = self._queue.qsize() + len(self._pending)
        self.counters.backlog_max = max(self.counters.backlog_max, backlog + 1)
        if backlog >= BACKLOG_MAX:
            self._lose(event)
        elif self._threaded:
            self._queue.put(event)
        else:
            self._pending.append(event)
            if len(self._pending) >= self._batch:
                self._commit()

    def flush(self, timeout: float = 10.0) -> bool:
        """Waits until all that was published so far is on the disk; False if it was not within `timeout` s.

        Blocks: the loop uses `flushed()`.
        """
        if not self._threaded or self._thread is None:
            while self._pending and self._commit():
                pass
            return not self._pending
        mark = threading.Event()
        self._queue.put(mark)
        self._hurry.set()
        return mark.wait(timeout)

    async def flushed(self, within: float = 10.0) -> bool:
        """`flush()` for the loop: other coroutines run meanwhile. In virtual time it is done at once."""
        if not self._threaded or self._thread is None:
            return self.flush()
        return await asyncio.to_thread(self.flush, within)

    def stop(self, timeout: float = 10.0) -> int:
        """Writes what is left and ends the thread. How many events could not be written (logged, one by one)."""
        done = self.flush(timeout)
        if self._thread is not None:
            self._stopping.set()
            self._queue.put(threading.Event())
            self._thread.join()
            self._thread = None
        if not done:
            self._take_all()
            for event in self._pending:
                log.error("not stored: %s", event)
        left = len(self._pending)
        self._pending.clear()
        return left

    # -- the thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        marks: list[threading.Event] = []
        attempt = 0
        while True:
            marks += self._gather(wait=not self._pending)
            if self._pending:
                if self._commit():
                    attempt = 0
                elif self._stopping.wait(RETRY_S[min(attempt, len(RETRY_S) - 1)]):
                    return
                else:
                    attempt += 1
            if not self._pending:
                for mark in marks:
                    mark.set()
                marks.clear()
                if self._stopping.is_set() and self._queue.empty():
                    return

    def _gather(self, wait: bool) -> list[threading.Event]:
        """Moves events from the queue to the batch until it is full, COMMIT_S is over, or somebody flushes."""
        marks: list[threading.Event] = []
        if wait:
            self._take(self._queue.get(), marks)
            # Sleeping through it: being woken by each event would cost more than the event.
            if not marks:
                self._hurry.wait(COMMIT_S)
        self._hurry.clear()
        while len(self._pending) < self._batch and not marks:
            try:
                self._take(self._queue.get_nowait(), marks)
            except queue.Empty:
                break
        return marks

    def _take(self, item: Event | threading.Event, marks: list[threading.Event]) -> None:
        if isinstance(item, Event):
            self._pending.append(item)
        else:
            marks.append(item)

    def _take_all(self) -> None:
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, Event):
                self._pending.append(item)

    # -- one batch ------------------------------------------------------------------------------------

    def _commit(self) -> bool:
        """Writes up to one batch; False if it must be tried again."""
        batch = [self._pending[index] for index in range(min(self._batch, len(self._pending)))]
        try:
            calls = self._ledger.write(batch)
        except OperationalError as error:
            self._fail(error)
            return False
        except (SQLAlchemyError, TypeError, ValueError):
            found = self._one_by_one(batch)
            if found is None:
                return False
            calls = found
        for _ in batch:
            self._pending.popleft()
        self.counters.written += len(batch)
        self.counters.commits += 1
        if self._failing:
            self._failing = False
            self._tell("alarm.cleared", name=ALARM)
        if self._on_stored is not None:
            self._in_loop(self._on_stored, batch[-1].seq, calls)
        return True

    def _one_by_one(self, batch: Sequence[Event]) -> int | None:
        """One event of the batch cannot be stored at all: find it, refuse it alone. None: the disk failed now."""
        calls = 0
        for index, event in enumerate(batch):
            try:
                calls += self._ledger.write([event])
            except OperationalError as error:
                for _ in range(index):
                    self._pending.popleft()
                self.counters.written += index
                self._fail(error)
                return None
            except (SQLAlchemyError, TypeError, ValueError):
                self.counters.refused += 1
                self.counters.written -= 1
                log.exception("refused by the store: %s", event)
                self._tell("alarm.raised", name=ALARM_LOST, text=f"event {event.seq} ({event.kind}) cannot be stored")
        return calls

    def _fail(self, error: DBAPIError) -> None:
        self.counters.retries += 1
        if not self._failing:
            self._failing = True
            log.error("the store cannot write: %s; trying again", error.orig)
            self._tell("alarm.raised", name=ALARM, text=str(error.orig))

    def _lose(self, event: Event) -> None:
        if not self.counters.lost:
            self._tell("alarm.raised", name=ALARM_LOST, text=f"more than {BACKLOG_MAX} events could not be stored")
        self.counters.lost += 1
        log.error("not stored, backlog full: %s", event)

    def _tell(self, kind: str, **data: str) -> None:
        self._in_loop(lambda: self._bus.publish(kind, call=None, line=None, station=None, **data))

    def _in_loop(self, call: Callable[..., object], *args: object) -> None:
        # Never directly: a subscriber that publishes would show others the second event before the first.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)
