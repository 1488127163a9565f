"""Customers' cards, by number: derived from the events `customer.saved`, so that the log alone is the truth."""

from collections.abc import Collection

from sqlalchemy import Double, Engine, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from firmware.bus import Event
from firmware.store.models import Base, CallRecord

FIELDS = ("name", "company", "notes")


class Customer(Base):
    """One card. `number` with + and the country where it is known, else as it came; `changed` by whom, and when."""

    __tablename__ = "customer"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    company: Mapped[str] = mapped_column(String(80), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    changed: Mapped[float] = mapped_column(Double)
    who: Mapped[str] = mapped_column(String(64), default="")


def keep(session: Session, event: Event) -> None:
    """The card as this event says it is; an empty one goes."""
    data = event.data
    if any(data[name] for name in FIELDS):
        fields = {name: data[name] for name in FIELDS}
        session.merge(Customer(number=data["number"], changed=event.at, who=data["who"], **fields))
    else:
        session.execute(delete(Customer).where(Customer.number == data["number"]))


class Customers:
    """Reads only. Every call opens and closes its own session, so threads may share one object."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def card(self, number: str) -> Customer | None:
        """None: nobody has written one."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(Customer, number)

    def calls(self, numbers: Collection[str], most: int) -> list[CallRecord]:
        """Calls done with any of these numbers, newest first."""
        wanted = select(CallRecord).where(CallRecord.number.in_(numbers), CallRecord.ended.is_not(None))
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(wanted.order_by(CallRecord.started.desc()).limit(most)))
