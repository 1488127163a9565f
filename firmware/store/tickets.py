"""Tickets: what is to be done for a customer, by his number; derived from the events `ticket.…`."""

from sqlalchemy import Double, Engine, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from firmware.bus import Event
from firmware.store.models import Base


class Ticket(Base):
    """One of them. `call`: in which it was opened; `closed` None: still to be done."""

    __tablename__ = "ticket"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    call: Mapped[str | None] = mapped_column(String(64))
    opened: Mapped[float] = mapped_column(Double)
    opened_by: Mapped[str] = mapped_column(String(64))
    closed: Mapped[float | None] = mapped_column(Double)
    closed_by: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (Index("ticket_by_number", "number", "opened"),)


def keep(session: Session, event: Event) -> None:
    """The ticket as this event says it is."""
    data = event.data
    if event.kind == "ticket.opened":
        fields = {"number": data["number"], "title": data["title"], "opened_by": data["who"]}
        session.merge(Ticket(id=data["id"], call=data["of"], opened=event.at, closed=None, closed_by="", **fields))
    elif (ticket := session.get(Ticket, data["id"])) is not None:
        ticket.closed, ticket.closed_by = event.at, data["who"]


class Tickets:
    """Reads only. Every call opens and closes its own session, so threads may share one object."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, number: str, most: int) -> list[Ticket]:
        """A customer's: those still to be done first, of each the newest first."""
        mine = select(Ticket).where(Ticket.number == number).order_by(Ticket.closed.is_not(None), Ticket.opened.desc())
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(mine.limit(most)))

    def get(self, ticket: str) -> Ticket | None:
        """None: there is none with this id."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(Ticket, ticket)
