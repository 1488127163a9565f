"""Questions the page asks about calls done: newest first, by page, by number."""

from dataclasses import dataclass

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from firmware.store.models import CallRecord, EventRow


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of records. `page` counts from 1; `total` is of all pages."""

    items: tuple[CallRecord, ...]
    page: int
    pages: int
    total: int


class Records:
    """Reads only. Every call opens and closes its own session, so threads may share one object."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, page: int = 1, size: int = 20, search: str = "") -> RecordPage:
        """Calls done, newest first. `search`: part of a number or of a name; spaces and dashes do not count.

        A page beyond the last gives the last.
        """
        chosen = _matching(search)
        with Session(self._engine, expire_on_commit=False) as session:
            total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            newest = chosen.order_by(CallRecord.started.desc(), CallRecord.id.desc())
            items = session.scalars(newest.offset((page - 1) * size).limit(size)).all()
        return RecordPage(tuple(items), page, pages, total)

    def get(self, call: str) -> CallRecord | None:
        """One call, also a running one; None if there is none of this id."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(CallRecord, call)

    def last_stations(self, since: float) -> dict[str, str]:
        """Which station last spoke with each number, of calls that connected at or after `since`."""
        spoken = select(CallRecord.number, CallRecord.station).where(
            CallRecord.connected >= since, CallRecord.number.is_not(None), CallRecord.station.is_not(None)
        )
        with Session(self._engine) as session:
            found = session.execute(spoken.order_by(CallRecord.connected)).all()
        return {number: station for number, station in found if number and station}

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
            CallRecord.started >= since, CallRecord.ended.is_not(None)
        )
        with Session(self._engine) as session:
            found = dict(session.execute(ended.group_by(CallRecord.result)).all())
        return {result: found.get(result, 0) for result in ("answered", "abandoned", "failed")}

    def events(self, call: str) -> list[EventRow]:
        """The call's events in order."""
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(select(EventRow).where(EventRow.call == call).order_by(EventRow.seq)))


def _matching(search: str) -> Select[CallRecord]:
    chosen = select(CallRecord).where(CallRecord.ended.is_not(None))
    text = search.strip()
    if not text:
        return chosen
    digits = "".join(letter for letter in text if letter not in " -()")
    by_number = CallRecord.number.contains(digits, autoescape=True)
    return chosen.where(by_number | CallRecord.name.icontains(text, autoescape=True))
