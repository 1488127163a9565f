"""Calling back those who asked for it: the wish keeps its place in the queue. When its turn comes an agent is rung; he
picks up, and the customer is dialled from his station. Whoever is not reached is tried again, by the queue's rule."""

import asyncio
import logging
from collections.abc import Callable

from firmware.acd.queue import Hall
from firmware.calls.places import ToNumber
from firmware.calls.switch import Switch
from firmware.lines import CallerId
from firmware.owed.book import Book
from firmware.owed.debts import Changed, Debt
from firmware.stations import Station

log = logging.getLogger(__name__)


class Turns:
    """One waiting task for each callback. `now` is the box's clock."""

    def __init__(self, book: Book, hall: Hall, switch: Switch, now: Callable[[], float]) -> None:
        self._book = book
        self._hall = hall
        self._switch = switch
        self._now = now
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._talking: set[str] = set()  # debts whose customer is being dialled
        book.on_change.append(self._changed)

    def start(self) -> None:
        """After a restart: whoever was owed a callback stands in his queue again."""
        for debt in self._book.open():
            self._begin(debt)

    async def close(self) -> None:
        """Nobody is called back any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # -- inside --------------------------------------------------------------------------------------

    def _changed(self, change: Changed) -> None:
        debt = change.debt
        if change.how is None:
            self._begin(debt)
        elif debt.id in self._tasks and debt.id not in self._talking:
            self._tasks[debt.id].cancel()

    def _begin(self, debt: Debt) -> None:
        if debt.kind != "callback" or debt.number is None or debt.queue is None:
            return
        if debt.id not in self._tasks and debt.tries < self._hall.queue(debt.queue).callback.tries:
            task = asyncio.create_task(self._until_reached(debt.id, debt.queue), name=f"callback {debt.id}")
            self._tasks[debt.id] = task
            task.add_done_callback(lambda _: self._over(debt.id))

    def _over(self, wanted: str) -> None:
        task = self._tasks.pop(wanted)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("callback %s: %s", wanted, error, exc_info=error)

    async def _until_reached(self, wanted: str, queue: str) -> None:
        while (debt := self._book.get(wanted)) is not None:
            rule = self._hall.queue(queue).callback
            if debt.tries >= rule.tries:
                return
            await asyncio.sleep(max(0.0, debt.next_at - self._now()))
            assert debt.number is not None
            ticket = f"{debt.id}-back{debt.tries + 1}"
            station = await self._hall.serve(
                ticket, None, queue, CallerId(debt.number, debt.name or ""), asyncio.Queue(), lambda: "overflowed",
                waited_s=max(0.0, self._now() - debt.since), stays=True,
            )  # fmt: skip
            assert isinstance(station, Station)
            self._talking.add(wanted)
            try:
                result = await self._dialled(station, debt.number)
            finally:
                self._talking.discard(wanted)
                self._hall.ended(ticket)
            tries = debt.tries + 1
            self._switch.bus.publish(
                "owed.tried", station=station.number, id=debt.id, number=debt.number, result=result,
                tries=tries, next_at=self._now() + rule.retry_s,
            )  # fmt: skip
            await asyncio.sleep(0)  # the book has heard it

    async def _dialled(self, station: Station, number: str) -> str:
        """From the station that has been picked up; what became of it."""
        call = self._switch.handsets[station.number].dial(ToNumber(number=number))
        try:
            await asyncio.shield(call.ended)
        except asyncio.CancelledError:
            call.guest.leave("box_stopped")
            raise
        return "answered" if call.connected else call.result or "failed"
