"""Calls that rang for an agent and that he did not take, from the newest part of the log."""

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from firmware.store.models import CallRecord, EventRow

LOOKED_BACK = 20_000  # events: older ones nobody calls back
RANG = ("no_answer", "caller_gone")


def missed(engine: Engine, agent: str, station: str, most: int) -> list[CallRecord]:
    """Newest first, each once; a call that he or she took after all is not among them."""
    with Session(engine, expire_on_commit=False) as session:
        last = session.scalar(select(func.max(EventRow.seq))) or 0
        offers = select(EventRow.call, EventRow.station, EventRow.data).where(
            EventRow.seq > last - LOOKED_BACK, EventRow.kind == "call.offer_ended"
        )
        calls: dict[str, None] = {}
        for call, at, data in session.execute(offers.order_by(EventRow.seq.desc())):
            mine = data.get("agent") or at or data.get("station")
            if call and mine in (agent, station) and data.get("result") in RANG:
                calls[call] = None
        wanted = list(calls)[: 4 * most]
        found = session.scalars(select(CallRecord).where(CallRecord.id.in_(wanted), CallRecord.ended.is_not(None)))
        left = [record for record in found if record.agent not in (agent, station)]
    return sorted(left, key=lambda record: record.started, reverse=True)[:most]
