"""What the page itself keeps, in a database of its own: who is logged in, and who did what.

Only the page's process writes here, so the box's database stays the box's. Tokens of sessions are kept as hashes:
whoever reads the file cannot come in with it.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Double, Index, String, delete, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from firmware.setup.files import rights
from firmware.store.database import connect

FILE = "page.sqlite"
IDLE_S = 7 * 86_400
ABSOLUTE_S = 30 * 86_400
SEEN_EVERY_S = 60.0
LOG_S = 400 * 86_400  # older entries of the log are removed


class Base(DeclarativeBase):
    """The page's own tables."""


class SessionRow(Base):
    """Somebody is logged in. `id` is the hash of what his cookie says, `stamp` stands for the password he used."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), index=True)
    stamp: Mapped[str] = mapped_column(String(64))
    created: Mapped[float] = mapped_column(Double)
    seen: Mapped[float] = mapped_column(Double)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))


class LogRow(Base):
    """One thing that somebody did. `kind` is one of webui/logbook.py, `data` its details."""

    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    who: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("log_by_time", "at"), Index("log_by_who", "who", "at"), Index("log_by_kind", "kind", "at"))


class DeliveryRow(Base):
    """How far a webhook has come: the last event that was taken, and what went wrong."""

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int]
    at: Mapped[float] = mapped_column(Double)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    failed: Mapped[int] = mapped_column(default=0)  # ever
    lost: Mapped[int] = mapped_column(default=0)  # events given up
    error: Mapped[str] = mapped_column(String(200), default="")


@dataclass(frozen=True, slots=True)
class LogPage:
    """Newest first. `page` counts from 1."""

    rows: tuple[LogRow, ...]
    page: int
    pages: int


class Keep:
    """Every call opens and closes its own connection, so threads may share one object."""

    def __init__(self, data: Path, *, now: Callable[[], float] = time.time) -> None:
        path = data / FILE
        path.touch(mode=rights(path.parent), exist_ok=True)
        self.engine = self._engine = connect(f"sqlite:///{path}")
        Base.metadata.create_all(self._engine)
        self._now = now
        self.tidy()

    # -- sessions -----------------------------------------------------------------------------------------

    def begin(self, person: str, password_hash: str, address: str, browser: str) -> str:
        """Somebody has logged in: the token for his cookie, which nobody can guess."""
        token, now = secrets.token_urlsafe(32), self._now()
        row = SessionRow(
            id=_hashed(token), person=person, stamp=_hashed(password_hash), created=now, seen=now,
            address=address[:64], browser=browser[:200],
        )  # fmt: skip
        with Session(self._engine) as session, session.begin():
            session.add(row)
        return token

    def session(self, token: str) -> SessionRow | None:
        """The session of this token; None if it ended, was too long without use, or never was."""
        now, row_id = self._now(), _hashed(token)
        with Session(self._engine, expire_on_commit=False) as session:
            row = session.get(SessionRow, row_id)
        if row is None or now - row.seen > IDLE_S or now - row.created > ABSOLUTE_S:
            return None
        if now - row.seen > SEEN_EVERY_S:
            with Session(self._engine) as session, session.begin():
                session.execute(update(SessionRow).where(SessionRow.id == row_id).values(seen=now))
        return row

    def renew(self, token: str, password_hash: str) -> None:
        """The session outlives the change of the password that was made in it."""
        with Session(self._engine) as session, session.begin():
            mine = update(SessionRow).where(SessionRow.id == _hashed(token))
            session.execute(mine.values(stamp=_hashed(password_hash)))

    def sessions(self, person: str) -> list[SessionRow]:
        """Where somebody is logged in, the newest use first."""
        with Session(self._engine, expire_on_commit=False) as session:
            mine = select(SessionRow).where(SessionRow.person == person).order_by(SessionRow.seen.desc())
            return list(session.scalars(mine))

    def end(self, token: str) -> None:
        """This session is over: its cookie is worth nothing from now on."""
        with Session(self._engine) as session, session.begin():
            session.execute(delete(SessionRow).where(SessionRow.id == _hashed(token)))

    def end_all(self, person: str, *, but: str | None = None) -> None:
        """Every session of somebody, `but` the one with this token."""
        with Session(self._engine) as session, session.begin():
            kept = "" if but is None else _hashed(but)
            session.execute(delete(SessionRow).where(SessionRow.person == person, SessionRow.id != kept))

    # -- log ----------------------------------------------------------------------------------------------

    def note(self, who: str, kind: str, address: str = "", **data: Any) -> None:
        """Writes down that `who` did it."""
        row = LogRow(at=self._now(), who=who[:64], kind=kind, address=address[:64], data=data)
        with Session(self._engine) as session, session.begin():
            session.add(row)

    def log(self, page: int = 1, size: int = 50, *, who: str = "", kinds: Iterable[str] = ()) -> LogPage:
        """What was done, newest first: by `who`, of these `kinds`; empty: all."""
        chosen = select(LogRow)
        if who:
            chosen = chosen.where(LogRow.who == who)
        if kinds := tuple(kinds):
            chosen = chosen.where(LogRow.kind.in_(kinds))
        with Session(self._engine, expire_on_commit=False) as session:
            total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            newest = chosen.order_by(LogRow.at.desc(), LogRow.id.desc()).offset((page - 1) * size).limit(size)
            return LogPage(tuple(session.scalars(newest)), page, pages)

    # -- webhooks -----------------------------------------------------------------------------------------

    def delivered(self, hook: str) -> int | None:
        """The last event that this webhook's address took; None: it is new."""
        row = self.delivery_of(hook)
        return None if row is None else row.seq

    def delivery_of(self, hook: str) -> DeliveryRow | None:
        """How it stands with this webhook; None: it is new."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(DeliveryRow, hook)

    def delivery(self, hook: str, seq: int) -> None:
        """Everything up to the event `seq` was taken, or was not wanted."""
        with Session(self._engine) as session, session.begin():
            row = session.get(DeliveryRow, hook) or DeliveryRow(id=hook, failed=0, lost=0)
            row.seq, row.at, row.failures, row.error = seq, self._now(), 0, ""
            session.add(row)

    def delivery_failed(self, hook: str, error: str, *, lost: int = 0) -> None:
        """It was not taken, or given up."""
        with Session(self._engine) as session, session.begin():
            row = session.get(DeliveryRow, hook)
            if row is not None:
                row.failures, row.failed, row.lost = row.failures + 1, row.failed + 1, row.lost + lost
                row.error = error[:200]

    def tidy(self) -> None:
        """Forgets sessions that are over and what is older than the log is kept."""
        now = self._now()
        with Session(self._engine) as session, session.begin():
            session.execute(
                delete(SessionRow).where((SessionRow.seen < now - IDLE_S) | (SessionRow.created < now - ABSOLUTE_S))
            )
            session.execute(delete(LogRow).where(LogRow.at < now - LOG_S))

    def close(self) -> None:
        """Closes the database. Twice is fine."""
        self._engine.dispose()


def good_for(row: SessionRow, password_hash: str | None) -> bool:
    """Whether the password is still the one that the session began with."""
    return password_hash is not None and row.stamp == _hashed(password_hash)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
