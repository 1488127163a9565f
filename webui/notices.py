"""Announcements to everybody and messages between people, kept in the page's own database."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from sqlalchemy import Double, Engine, Index, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webui.keep import Base

Kind = Literal["urgent", "news", "shift", "offer"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LONGEST = 1_000  # letters
KEPT_S = 400 * 86_400
SHOWN = 60
MOST = 2**63 - 1  # SQLite's largest number


class NoticeRow(Base):
    """An announcement. It is shown from `since` until `until` (None: until it is taken away)."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    who: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    since: Mapped[float] = mapped_column(Double)
    until: Mapped[float | None] = mapped_column(Double)


class NoticeReadRow(Base):
    """Somebody has read an announcement."""

    __tablename__ = "notice_read"

    notice: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[float] = mapped_column(Double)


class MessageRow(Base):
    """From one person to another. `read`: when; None: not yet."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    sender: Mapped[str] = mapped_column(String(32))
    receiver: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    read: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index("message_to", "receiver", "read"), Index("message_from", "sender"))


@dataclass(frozen=True, slots=True)
class Unread:
    """What somebody has not seen yet."""

    messages: int
    notices: int
    urgent: tuple[NoticeRow, ...]


class Notices:
    """Every call opens and closes its own connection, so threads may share one object."""

    def __init__(self, engine: Engine, *, now: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = now
        self._tidy()

    # -- announcements ------------------------------------------------------------------------------------

    def announce(self, who: str, kind: Kind, text: str, since: float | None = None, until: float | None = None) -> None:
        """Everybody shall know it, from `since` (now) on."""
        now = self._now()
        row = NoticeRow(at=now, who=who, kind=kind, text=text, since=since or now, until=until)
        with Session(self._engine) as session, session.begin():
            session.add(row)

    def take_away(self, notice: int) -> NoticeRow | None:
        """Nobody sees it any more; what it was, None if there was none."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            row = session.get(NoticeRow, min(notice, MOST))
            if row is not None:
                session.delete(row)
                session.execute(delete(NoticeReadRow).where(NoticeReadRow.notice == notice))
            return row

    def every(self) -> list[NoticeRow]:
        """Also those that are over or are still to come, the newest first."""
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(select(NoticeRow).order_by(NoticeRow.since.desc()).limit(200)))

    def current(self) -> list[NoticeRow]:
        """What is to be shown now, the newest first."""
        now = self._now()
        shown = select(NoticeRow).where(NoticeRow.since <= now, or_(NoticeRow.until.is_(None), NoticeRow.until > now))
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(shown.order_by(NoticeRow.since.desc()).limit(SHOWN)))

    def seen(self, person: str) -> set[int]:
        """The announcements that somebody has read."""
        with Session(self._engine) as session:
            return set(session.scalars(select(NoticeReadRow.notice).where(NoticeReadRow.person == person)))

    def see(self, person: str, notice: int) -> None:
        """He has read it. Twice is fine, and so is one that is gone."""
        with Session(self._engine) as session, session.begin():
            if session.get(NoticeRow, min(notice, MOST)) is not None:
                session.merge(NoticeReadRow(notice=notice, person=person, at=self._now()))

    def readers(self) -> dict[int, int]:
        """How many have read each announcement."""
        read = select(NoticeReadRow.notice, func.count()).group_by(NoticeReadRow.notice)
        with Session(self._engine) as session:
            return {int(notice): int(count) for notice, count in session.execute(read)}

    # -- messages -----------------------------------------------------------------------------------------

    def send(self, sender: str, receiver: str, text: str) -> None:
        """A message to somebody."""
        with Session(self._engine) as session, session.begin():
            session.add(MessageRow(at=self._now(), sender=sender, receiver=receiver, text=text, read=None))

    def messages(self, person: str) -> list[MessageRow]:
        """To and from somebody, the newest first."""
        mine = or_(MessageRow.receiver == person, MessageRow.sender == person)
        newest = select(MessageRow).where(mine).order_by(MessageRow.at.desc(), MessageRow.id.desc()).limit(SHOWN)
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(newest))

    def read(self, person: str, newest: int) -> None:
        """Somebody has read his messages, up to the one with this number."""
        unread = (MessageRow.receiver == person, MessageRow.read.is_(None), MessageRow.id <= newest)
        with Session(self._engine) as session, session.begin():
            session.execute(update(MessageRow).where(*unread).values(read=self._now()))

    def unread(self, person: str) -> Unread:
        """What somebody has not seen yet."""
        seen = self.seen(person)
        new = [one for one in self.current() if one.id not in seen and one.who != person]
        count = select(func.count()).where(MessageRow.receiver == person, MessageRow.read.is_(None))
        with Session(self._engine) as session:
            messages = session.scalar(count) or 0
        return Unread(messages, len(new), tuple(one for one in new if one.kind == "urgent"))

    def _tidy(self) -> None:
        old = self._now() - KEPT_S
        with Session(self._engine) as session, session.begin():
            session.execute(delete(MessageRow).where(MessageRow.at < old))
            session.execute(delete(NoticeRow).where(NoticeRow.until < old))
            # A number may be given again: nobody has read the new one.
            session.execute(delete(NoticeReadRow).where(NoticeReadRow.notice.not_in(select(NoticeRow.id))))
