"""What a stop in mid-call left open is closed at the next start, in the log and in the records."""

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from firmware.bus import Event
from firmware.store.database import next_seq
from firmware.store.models import CallRecord, EventRow
from firmware.store.writer import Ledger


def close_open_calls(engine: Engine) -> list[str]:
    """Ends every call that a former run left open, and returns their ids. Call before the bus is made.

    The end is put at the last thing the former run wrote: when it died nobody knows, it lived at least so long.
    """
    with Session(engine) as session:
        last = session.scalar(select(func.max(EventRow.at)))
        open_calls = session.scalars(
            select(CallRecord).where(CallRecord.ended.is_(None)).order_by(CallRecord.started)
        ).all()
    if not open_calls or last is None:
        return []
    first = next_seq(engine)
    ends = [
        Event(
            first + index,
            max(last, record.started),
            "call.ended",
            record.id,
            record.line,
            record.station,
            {
                "side": "box",
                "cue": "box_stopped",
                "result": "failed" if record.connected is None else "answered",
                "recovered": True,
            },
        )
        for index, record in enumerate(open_calls)
    ]
    Ledger(engine).write(ends)
    return [record.id for record in open_calls]
