"""Callers who wait, and the stations that serve them. First come, first served; `choose` says by whom."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware.acd.choose import Agent, Choice, longest_idle
from firmware.bus import Bus
from firmware.lines import CallerId
from firmware.stations import Station

RING_S = 20.0  # a station rings so long before the next is tried
RETRY_S = 5.0  # all who are free have been tried: a breath, then once more


@dataclass(eq=False)
class _Ticket:
    call: str
    queue: str
    tried: set[str] = field(default_factory=set)
    choice: "asyncio.Future[Choice] | None" = None  # pending while the ticket waits for a free station


class Hall:
    """All queues of the box. `queues` maps a queue's name to its stations' numbers."""

    def __init__(
        self, stations: Mapping[str, Station], queues: Mapping[str, Sequence[str]], bus: Bus, *, ring_s: float = RING_S
    ) -> None:
        self._stations = stations
        self._queues = queues
        self._bus = bus
        self._ring_s = ring_s
        self._waiting: list[_Ticket] = []
        self._reserved: set[str] = set()  # chosen, and the call has not yet begun to ring it
        for station in stations.values():
            station.on_idle = self._hand_out

    def waiting(self, queue: str) -> int:
        """How many callers stand in this queue."""
        return sum(ticket.queue == queue for ticket in self._waiting)

    async def serve(self, call: str, line: int, queue: str, caller: CallerId) -> Station:
        """Queues the call until an agent has picked up: his station then belongs to it. KeyError: no such queue."""
        self._queues[queue]
        ticket = _Ticket(call, queue)
        self._waiting.append(ticket)
        self._bus.publish("call.queued", call=call, line=line, queue=queue, position=self.waiting(queue))
        try:
            while True:
                station = await self._turn(ticket, line)
                if await self._offer(ticket, line, station, caller):
                    return station
        finally:
            self._waiting.remove(ticket)
            self._hand_out()

    async def _turn(self, ticket: _Ticket, line: int) -> Station:
        """Waits until a station is chosen for the ticket."""
        ticket.choice = asyncio.get_running_loop().create_future()
        try:
            self._hand_out()
            while not ticket.choice.done():
                await self._breath(ticket, ticket.choice)
            choice = ticket.choice.result()
        finally:
            if ticket.choice.done() and not ticket.choice.cancelled():
                self._reserved.discard(ticket.choice.result().station)
            ticket.choice = None
        self._bus.publish("call.offered", call=ticket.call, line=line, station=choice.station, why=list(choice.why))
        return self._stations[choice.station]

    async def _breath(self, ticket: _Ticket, choice: "asyncio.Future[Choice]") -> None:
        """Waits for a choice; if some did not answer, they are asked once more after a while."""
        if not ticket.tried:
            await asyncio.wait([choice])
            return
        await asyncio.wait([choice], timeout=RETRY_S)
        if not choice.done():
            ticket.tried.clear()
            self._hand_out()

    async def _offer(self, ticket: _Ticket, line: int, station: Station, caller: CallerId) -> bool:
        result = "caller_gone"
        try:
            answered = await station.offer(ticket.call, caller, self._ring_s)
            result = "answered" if answered else "no_answer"
        finally:
            self._bus.publish("call.offer_ended", call=ticket.call, line=line, station=station.number, result=result)
        if not answered:
            ticket.tried.add(station.number)
        return answered

    def _hand_out(self) -> None:
        """Gives free stations to waiting tickets, in the order of their coming."""
        now = asyncio.get_running_loop().time()
        for ticket in self._waiting:
            if ticket.choice is None or ticket.choice.done():
                continue
            agents = [self._agent(number, ticket) for number in self._queues[ticket.queue]]
            choice = longest_idle(agents, now)
            if choice is not None:
                self._reserved.add(choice.station)
                ticket.choice.set_result(choice)

    def _agent(self, number: str, ticket: _Ticket) -> Agent:
        station = self._stations[number]
        free = station.free and number not in self._reserved
        return Agent(number, free, station.idle_since, number in ticket.tried)
