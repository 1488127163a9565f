"""What flows may ask the box's own records: questions with names, never queries of their own. Reading only.

There is no table of customers yet; the questions here are answered from the call records. A question more is a function
more in QUERIES.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from firmware.ivr.ports import Refused
from firmware.store.models import CallRecord

Answer = dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Query:
    """A question: what it wants, what it answers, and how."""

    arguments: tuple[str, ...]
    fields: tuple[str, ...]
    words: dict[str, str]
    ask: Callable[[Session, Mapping[str, str]], Answer]


def _calls_of(session: Session, arguments: Mapping[str, str]) -> Answer:
    number = arguments["number"]
    chosen = select(
        func.count(), func.count(CallRecord.connected), func.max(CallRecord.started), func.max(CallRecord.connected)
    ).where(CallRecord.number == number, CallRecord.ended.is_not(None))
    calls, answered, last, spoken = session.execute(chosen).one()
    if not number or not calls:
        return None
    return {
        "calls": str(calls), "answered": str(answered), "missed": str(calls - answered),
        "last_day": _day(last), "last_spoken_day": _day(spoken),
    }  # fmt: skip


def _last_call_of(session: Session, arguments: Mapping[str, str]) -> Answer:
    number = arguments["number"]
    newest = (
        select(CallRecord)
        .where(CallRecord.number == number, CallRecord.ended.is_not(None))
        .order_by(CallRecord.started.desc())
        .limit(1)
    )
    call = session.scalars(newest).first() if number else None
    if call is None:
        return None
    return {
        "name": call.name or "", "station": call.station or "", "result": call.result or "", "day": _day(call.started),
        "time": time.strftime("%H:%M", time.localtime(call.started)), "talk_s": str(round(call.talk_s or 0)),
        "direction": call.direction,
    }  # fmt: skip


def _day(at: float | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%d", time.localtime(at))


QUERIES: dict[str, Query] = {
    "calls_of": Query(
        ("number",), ("calls", "answered", "missed", "last_day", "last_spoken_day"),
        {"zh": "某号码的来电次数", "en": "How often a number called"}, _calls_of,
    ),
    "last_call_of": Query(
        ("number",), ("name", "station", "result", "day", "time", "talk_s", "direction"),
        {"zh": "某号码的上一次通话", "en": "The last call of a number"}, _last_call_of,
    ),
}  # fmt: skip


class Lookups:
    """Asks the store, in a thread: a slow disk must not stop the box."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def find(self, query: str, arguments: Mapping[str, str]) -> Answer:
        """None: nothing found. Refused: no such question, an argument missing, the store away."""
        if query not in QUERIES:
            raise Refused(f"there is no question {query!r}; there are {', '.join(QUERIES)}")
        missing = [name for name in QUERIES[query].arguments if name not in arguments]
        if missing:
            raise Refused(f"it needs {', '.join(missing)}")
        try:
            return await asyncio.to_thread(self._find, query, dict(arguments))
        except SQLAlchemyError as error:
            raise Refused(f"the store cannot be asked: {error}") from error

    def _find(self, query: str, arguments: dict[str, str]) -> Answer:
        with Session(self._engine) as session:
            return QUERIES[query].ask(session, arguments)
