"""Tables of the store, in types that SQLite and PostgreSQL both have.

Times are seconds since the Unix epoch as double precision: the same number the bus carries, so the log is a
faithful copy and no time zone can creep in.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Double, Index, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite makes only INTEGER an alias of its row id; PostgreSQL needs BIGINT for a log that never starts again.
Sequence = BigInteger().with_variant(Integer(), "sqlite")


# What a search looks at is in the index itself, so that a hundred thousand calls of one agent need no other page.
LOOKED_AT = ("ended", "result", "queue", "line", "direction", "talk_s", "agent", "marked", "id")


class Base(DeclarativeBase):
    """All tables."""


class EventRow(Base):
    """One line of the event log; never changed once written."""

    __tablename__ = "event"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Double)
    kind: Mapped[str] = mapped_column(String(64))
    call: Mapped[str | None] = mapped_column(String(64))
    line: Mapped[int | None]
    station: Mapped[str | None] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("event_by_call", "call", "seq"),)


class CallRecord(Base):
    """What is said of one call afterwards; derived from its events by `derive`, so it may be made again."""

    __tablename__ = "call_record"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    direction: Mapped[str] = mapped_column(String(16))
    line: Mapped[int | None]
    station: Mapped[str | None] = mapped_column(String(16))
    agent: Mapped[str | None] = mapped_column(String(16))
    queue: Mapped[str | None] = mapped_column(String(32))
    number: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(128))
    withheld: Mapped[str | None] = mapped_column(String(16))
    started: Mapped[float] = mapped_column(Double)
    answered: Mapped[float | None] = mapped_column(Double)
    queued: Mapped[float | None] = mapped_column(Double)
    connected: Mapped[float | None] = mapped_column(Double)
    ended: Mapped[float | None] = mapped_column(Double)
    wait_s: Mapped[float | None] = mapped_column(Double)
    talk_s: Mapped[float | None] = mapped_column(Double)
    result: Mapped[str | None] = mapped_column(String(16))
    end_side: Mapped[str | None] = mapped_column(String(16))
    end_cue: Mapped[str | None] = mapped_column(String(64))
    recording: Mapped[str | None] = mapped_column(String(255))
    recording_ms: Mapped[int | None]
    recording_error: Mapped[str | None] = mapped_column(String(255))
    recording_removed: Mapped[str | None] = mapped_column(String(16))
    paused_s: Mapped[float | None] = mapped_column(Double)
    marked: Mapped[bool] = mapped_column(Boolean, default=False)
    recovered: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        Index("call_record_by_start", "started", *LOOKED_AT),
        Index("call_record_by_end", "ended"),
        Index("call_record_by_number", "number"),
        Index("call_record_by_talk", "talk_s", "started", *(one for one in LOOKED_AT if one != "talk_s")),
        *(Index(f"call_record_by_{name}", name, "started") for name in ("station", "marked")),
        *(
            Index(f"call_record_by_{name}", name, "started", *(one for one in LOOKED_AT if one != name))
            for name in ("agent", "queue", "line", "result")
        ),
    )
