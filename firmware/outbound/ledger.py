"""What outgoing calls have used: what the fuse counts, and how long each line was held. Kept by the event log alone.

It is fed with the bus's events and, at a start, with those of the log, so a restart forgets nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from firmware.bus import Event
from firmware.dialplan.numbers import Kind
from firmware.dialplan.permission import Fuse, Outgoing, Use, used
from firmware.store.models import CallRecord, EventRow

KINDS = ("call.dialling", "call.outcome", "call.far_answered", "line.released", "line.idle")
NOT_HAD = ("taken", "glare")  # outcomes of an attempt whose line is somebody else's
KEEP = timedelta(hours=48)  # longer than any night
LONGEST = timedelta(hours=12)  # no call lasts so long: where the log is read from


@dataclass(slots=True)
class _Leg:
    kind: Kind
    line: int
    began: float
    answered: float | None = None


class OutgoingLedger:
    """`apply` every event once, in order."""

    def __init__(self) -> None:
        self._legs: dict[int, _Leg] = {}  # by line: the call that dialled may have passed it on
        self._done: list[Outgoing] = []
        self._held: dict[tuple[int, int, int], float] = {}  # seconds by year, month, line

    def apply(self, event: Event) -> None:
        """Takes an event; most mean nothing here."""
        if event.kind not in KINDS or event.line is None:
            return
        match event.kind:
            case "call.dialling":
                self._legs[event.line] = _Leg(event.data["number_kind"], event.line, event.at)
            case "call.far_answered" if event.line in self._legs:
                self._legs[event.line].answered = event.at
            case "call.outcome" if event.data["result"] in NOT_HAD:
                self._legs.pop(event.line, None)
            case "line.released" | "line.idle":
                self._end(event.line, event.at)

    def end_all(self, at: float) -> None:
        """The box has stopped: nothing is under way."""
        for line in list(self._legs):
            self._end(line, at)

    def use(self, fuse: Fuse, now: datetime) -> Use:
        """What counts for the fuse. A call that is only being dialled counts as under way, but has no minutes yet."""
        under_way = [Outgoing(leg.kind, _local(leg.answered) if leg.answered else now) for leg in self._legs.values()]
        return used([*self._done, *under_way], fuse, now)

    def charged_now(self) -> int:
        """How many answered calls are under way."""
        return sum(leg.answered is not None for leg in self._legs.values())

    def held_s(self, line: int, now: datetime) -> float:
        """How long outgoing calls held the line this month; the present one not yet."""
        return self._held.get((now.year, now.month, line), 0.0)

    def emergency(self, line: int) -> bool:
        """Whether its call is one to an emergency number."""
        leg = self._legs.get(line)
        return leg is not None and leg.kind == "emergency"

    def outgoing(self, line: int) -> bool:
        """Whether the box has dialled its call."""
        return line in self._legs

    def _end(self, line: int, at: float) -> None:
        leg = self._legs.pop(line, None)
        if leg is None:
            return
        ended = _local(at)
        month = (ended.year, ended.month, leg.line)
        self._held[month] = self._held.get(month, 0.0) + max(0.0, at - leg.began)
        if leg.answered is not None:
            self._done = [one for one in self._done if one.ended is not None and one.ended > ended - KEEP]
            self._done.append(Outgoing(leg.kind, _local(leg.answered), ended))


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at)  # noqa: DTZ006 - nights are the box's local time


def read_ledger(store: Engine, now: float, *, month: bool) -> OutgoingLedger:
    """From the event log: the last two days; `month`: back to the month's begin, as the order 'least_used' needs."""
    ledger = OutgoingLedger()
    moment = _local(now)
    since = moment - KEEP
    if month:
        since = min(since, moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    last = now
    for event in _events(store, (since - LONGEST).timestamp()):
        ledger.apply(event)
        last = event.at
    ledger.end_all(last)
    return ledger


def _events(store: Engine, since: float) -> Iterable[Event]:
    with Session(store) as session:
        earliest = select(CallRecord.id).where(CallRecord.started >= since).order_by(CallRecord.started).limit(1)
        first = session.scalar(select(func.min(EventRow.seq)).where(EventRow.call.in_(earliest)))
        if first is None:
            return
        rows = session.scalars(
            select(EventRow).where(EventRow.seq >= first, EventRow.kind.in_(KINDS)).order_by(EventRow.seq)
        )
        for row in rows:
            yield Event(row.seq, row.at, row.kind, row.call, row.line, row.station, row.data)
