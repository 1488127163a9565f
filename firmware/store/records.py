"""Questions the page asks about calls done: newest first, by page, by everything that is known of a call."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Integer, Select, String, column, func, select, table, text, union_all
from sqlalchemy.orm import Session

from firmware.store.models import CallRecord, EventRow
from firmware.store.search import TABLE, expression, rowid

# So many matches are counted and can be paged through; nobody reads more, and days lead to older calls.
COUNTED_ALL = 10_000
COUNTED = 500
AT_ONCE = 1_000
FEW = 20_000  # calls of a length: so many are put in order sooner than as many are found among all by their time


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls. Everything that is set must hold; nothing set: all. Times are seconds since the Unix epoch.

    `search`: part of a number or of a name; spaces and dashes of a number do not count. `agents`: one of these
    (None: anybody's). `talk_least`, `talk_most`: seconds; `recorded`: with or without a recording.
    """

    search: str = ""
    since: float | None = None
    until: float | None = None
    agents: tuple[str, ...] | None = None
    queue: str = ""
    line: int | None = None
    station: str = ""
    direction: str = ""
    result: str = ""
    talk_least: float | None = None
    talk_most: float | None = None
    recorded: bool | None = None
    marked: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of records. `page` counts from 1; `total` is of all pages; `more`: there are more than were counted."""

    items: tuple[CallRecord, ...]
    page: int
    pages: int
    total: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class QueueDay:
    """What became of a queue's calls: `in_time` of the `answered` waited no longer than was asked; times in seconds."""

    answered: int
    in_time: int
    gave_up: int
    mean_wait_s: float
    longest_wait_s: float

    @property
    def calls(self) -> int:
        """Answered or given up."""
        return self.answered + self.gave_up

    @property
    def level(self) -> float | None:
        """The service level: the share of all that were answered in time; None: there was no call."""
        return self.in_time / self.calls if self.calls else None


class Records:
    """Reads only. Every call opens and closes its own session, so threads may share one object."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._indexed = engine.dialect.name == "sqlite"

    def find(self, wanted: Wanted | None = None, page: int = 1, size: int = 20) -> RecordPage:
        """Calls done, newest first. A page beyond the last gives the last."""
        wanted = wanted or Wanted()
        with Session(self._engine, expire_on_commit=False) as session:
            most = COUNTED_ALL if wanted == Wanted() else COUNTED
            ids = list(session.scalars(self._ids(session, wanted, most + 1)))
            total, more = min(len(ids), most), len(ids) > most
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            items = self._of(session, ids[:total][(page - 1) * size : page * size])
        return RecordPage(tuple(items), page, pages, total, more)

    def each(self, wanted: Wanted, most: int) -> Iterator[CallRecord]:
        """Every call that is wanted, newest first, at most so many; read piece by piece, for exports."""
        given = 0
        until = wanted.until
        while given < most:
            with Session(self._engine, expire_on_commit=False) as session:
                piece = self._of(
                    session, session.scalars(self._ids(session, _before(wanted, until), min(AT_ONCE, most - given)))
                )
            # Whoever began at the very moment of the last one may be left: they come with the next piece.
            if len(piece) == AT_ONCE and piece[0].started > piece[-1].started:
                last = piece[-1].started
                piece = [record for record in piece if record.started > last]
                until = piece[-1].started
            else:
                most = given + len(piece)
            given += len(piece)
            yield from piece

    def _of(self, session: Session, ids: Iterable[str]) -> list[CallRecord]:
        """These, the newest first."""
        chosen = select(CallRecord).where(CallRecord.id.in_(list(ids)))
        return list(session.scalars(chosen.order_by(CallRecord.started.desc(), CallRecord.id.desc())))

    def _ids(self, session: Session, wanted: Wanted, most: int) -> Select[str, float]:
        """Ids and starts of the newest `most` calls that are wanted, from one index each."""
        asked = expression(wanted.search) if self._indexed else None
        if asked is not None:
            return self._found(wanted, asked, most)
        if wanted.agents is not None and len(wanted.agents) > 1:
            # Each agent's newest by his own index, then the newest of them: sorting all of a group's takes too long.
            each = [self._newest(session, wanted, (agent,), most).subquery() for agent in wanted.agents]
            every = union_all(*(select(one.c.id, one.c.started) for one in each)).subquery()
            return select(every.c.id, every.c.started).order_by(every.c.started.desc(), every.c.id.desc()).limit(most)
        return self._newest(session, wanted, wanted.agents, most)

    def _newest(
        self, session: Session, wanted: Wanted, agents: tuple[str, ...] | None, most: int
    ) -> Select[str, float]:
        chosen = select(CallRecord.id, CallRecord.started).where(*_conditions(wanted, agents))
        if wanted.search.strip():
            chosen = chosen.where(_holds(wanted.search))
        if self._few_of_the_length(session, wanted):
            chosen = chosen.with_hint(CallRecord, "INDEXED BY call_record_by_talk", "sqlite")
        return chosen.order_by(CallRecord.started.desc(), CallRecord.id.desc()).limit(most)

    def _few_of_the_length(self, session: Session, wanted: Wanted) -> bool:
        """SQLite does not know how many calls last how long, and would look through all of them by their time."""
        if not self._indexed or (wanted.talk_least is None and wanted.talk_most is None):
            return False
        some = select(CallRecord.id).where(*_lengths(wanted)).limit(FEW + 1)
        some = some.with_hint(CallRecord, "INDEXED BY call_record_by_talk", "sqlite")
        return (session.scalar(select(func.count()).select_from(some.subquery())) or 0) <= FEW

    def _found(self, wanted: Wanted, asked: str, most: int) -> Select[str, float]:
        """By the index of pieces: its rows are in the order of time, so it stops as soon as there are enough."""
        pieces = table(TABLE, column("rowid", Integer), column("id", String))
        chosen = select(CallRecord.id, CallRecord.started).select_from(pieces).join(
            CallRecord, CallRecord.id == pieces.c.id
        )  # fmt: skip
        chosen = chosen.where(text(f"{TABLE} MATCH :asked").bindparams(asked=asked))
        number = pieces.c.rowid
        if wanted.since is not None:
            chosen = chosen.where(number >= rowid(wanted.since, "") // 1000 * 1000)
        if wanted.until is not None:
            chosen = chosen.where(number < (rowid(wanted.until, "") // 1000 + 1) * 1000)
        chosen = chosen.where(*_conditions(wanted, wanted.agents))
        return chosen.order_by(number.desc()).limit(most)

    def get(self, call: str) -> CallRecord | None:
        """One call, also a running one; None if there is none of this id."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(CallRecord, call)

    def last_agents(self, since: float) -> dict[str, str]:
        """Who last spoke with each number, of calls that connected at or after `since`: the agent's number, or the
        station's where nobody had signed in."""
        spoken = select(CallRecord.number, func.coalesce(CallRecord.agent, CallRecord.station)).where(
            CallRecord.connected >= since, CallRecord.number.is_not(None), CallRecord.station.is_not(None)
        )
        with Session(self._engine) as session:
            found = session.execute(spoken.order_by(CallRecord.connected)).all()
        return {number: agent for number, agent in found if number and agent}

    def recordings(self, line: int, most: int) -> list[str]:
        """Files of answered calls on a line that are still there, the latest first; relative to the data directory."""
        kept = select(CallRecord.recording).where(
            CallRecord.line == line, CallRecord.recording.is_not(None), CallRecord.recording_removed.is_(None),
            CallRecord.connected.is_not(None), CallRecord.ended.is_not(None),
        )  # fmt: skip
        with Session(self._engine) as session:
            return list(session.scalars(kept.order_by(CallRecord.started.desc()).limit(most)))

    def callers_since(self, since: float) -> list[tuple[str, float]]:
        """Number and time of every call from outside that told its number."""
        came = select(CallRecord.number, CallRecord.started).where(
            CallRecord.started >= since, CallRecord.direction == "inbound", CallRecord.number.is_not(None)
        )
        with Session(self._engine) as session:
            return [(str(number), float(at)) for number, at in session.execute(came.order_by(CallRecord.started)).all()]

    def tally(self, since: float) -> dict[str, int]:
        """How many calls that started at or after `since` ended how: answered, abandoned, failed."""
        ended = select(CallRecord.result, func.count()).where(
            CallRecord.started >= since, CallRecord.ended.is_not(None), CallRecord.direction != "selfcall"
        )
        with Session(self._engine) as session:
            found = dict(session.execute(ended.group_by(CallRecord.result)).all())
        return {result: found.get(result, 0) for result in ("answered", "abandoned", "failed")}

    def queue_days(self, since: float, within_s: float) -> dict[str, QueueDay]:
        """By queue, of calls that started at or after `since`; in time is who waited at most `within_s` seconds."""
        record = CallRecord
        answered, given_up = record.result == "answered", record.result == "abandoned"
        figures = select(
            record.queue, func.count().filter(answered), func.count().filter(answered, record.wait_s <= within_s),
            func.count().filter(given_up), func.avg(record.wait_s).filter(answered), func.max(record.wait_s),
        ).where(record.started >= since, record.ended.is_not(None), record.queue.is_not(None),
                record.direction != "selfcall")  # fmt: skip
        with Session(self._engine) as session:
            return {
                str(queue): QueueDay(served, in_time, gave_up, float(mean or 0), float(longest or 0))
                for queue, served, in_time, gave_up, mean, longest in session.execute(figures.group_by(record.queue))
            }

    def events(self, call: str) -> list[EventRow]:
        """The call's events in order."""
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(select(EventRow).where(EventRow.call == call).order_by(EventRow.seq)))

    def events_after(self, seq: int, most: int = 500) -> list[EventRow]:
        """The log behind the event `seq`, oldest first, at most so many."""
        with Session(self._engine, expire_on_commit=False) as session:
            later = select(EventRow).where(EventRow.seq > seq).order_by(EventRow.seq).limit(most)
            return list(session.scalars(later))

    def first_from_outside(self, seq: int) -> EventRow | None:
        """The beginning of the first call from outside behind the event `seq`; its `call` is the call's id."""
        began = select(EventRow).where(EventRow.seq > seq, EventRow.kind == "call.started").order_by(EventRow.seq)
        with Session(self._engine, expire_on_commit=False) as session:
            found = session.scalars(began.limit(AT_ONCE))
            return next((one for one in found if one.call and one.data.get("direction") == "inbound"), None)

    def last_seq(self) -> int:
        """Of the newest event in the log; 0: there is none."""
        with Session(self._engine) as session:
            return session.scalar(select(func.max(EventRow.seq))) or 0


def _before(wanted: Wanted, until: float | None) -> Wanted:
    values = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return Wanted(**values | {"until": until})


def _conditions(wanted: Wanted, agents: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    """Everything but the search."""
    record = CallRecord
    found: list[ColumnElement[bool]] = [record.ended.is_not(None)]
    if agents is not None:
        found.append(record.agent == agents[0] if len(agents) == 1 else record.agent.in_(agents))
    equal: dict[str, Any] = {
        "queue": wanted.queue, "line": wanted.line, "station": wanted.station, "direction": wanted.direction,
        "result": wanted.result, "marked": wanted.marked,
    }  # fmt: skip
    found += [getattr(record, name) == value for name, value in equal.items() if value not in ("", None)]
    if wanted.since is not None:
        found.append(record.started >= wanted.since)
    if wanted.until is not None:
        found.append(record.started < wanted.until)
    found += _lengths(wanted)
    if wanted.recorded is not None:
        found.append(record.recording.is_not(None) if wanted.recorded else record.recording.is_(None))
    return found


def _lengths(wanted: Wanted) -> list[ColumnElement[bool]]:
    talked = CallRecord.talk_s
    found: list[ColumnElement[bool]] = []
    if wanted.talk_least is not None:
        found.append(talked >= wanted.talk_least)
    if wanted.talk_most is not None:
        found.append(talked <= wanted.talk_most)
    return found


def _holds(search: str) -> ColumnElement[bool]:
    """Without the index of pieces: looks into every number and name."""
    sought = search.strip()
    digits = "".join(letter for letter in sought if letter not in " -()")
    by_name = CallRecord.name.icontains(sought, autoescape=True)
    return CallRecord.number.contains(digits, autoescape=True) | by_name if digits else by_name
