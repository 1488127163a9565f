"""Alarms over a restart of the box.

Most are found again by whoever found them before: a card that is gone, a queue that leads nowhere, a disk that is full.
Those here tell of what has been. They are raised again at a start, and are over when the same goes well the next time,
or is not wanted any more; the fuse's when somebody has seen it.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from firmware.bus import Bus, Event
from firmware.store.models import EventRow

OUTLIVE = frozenset({"recording", "voicemail", "fraud_fuse", "selfcall", "audit", "backup"})
NIGHT = "night_"  # a job of the night that failed


def left_standing(session: Session, after: int) -> list[Event]:
    """Those of the log behind event `after` that were raised and not cleared, and that nobody would find again."""
    kinds = ("alarm.raised", "alarm.cleared")
    standing: dict[str, Event] = {}
    told = select(EventRow).where(EventRow.seq > after, EventRow.kind.in_(kinds)).order_by(EventRow.seq)
    for row in session.scalars(told):
        name = str(row.data.get("name", ""))
        standing.pop(name, None)
        if row.kind == "alarm.raised" and (name in OUTLIVE or name.startswith(NIGHT)):
            standing[name] = Event(row.seq, row.at, row.kind, row.call, row.line, row.station, row.data)
    return list(standing.values())


def raise_again(bus: Bus, alarms: Iterable[Event]) -> None:
    """Tells of each, with `since` when it was first told of; not of one that is told of already."""
    for one in alarms:
        if one.data["name"] not in bus.standing:
            bus.publish("alarm.raised", line=one.line, station=one.station, **{"since": one.at, **one.data})
