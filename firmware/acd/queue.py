"""Callers who wait, and the stations that serve them. What is decided, `choose` and `overflow` decide; this does it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

from firmware.acd.choose import ABSENT, Agent, Choice, choose, in_turn
from firmware.acd.members import Members
from firmware.acd.model import Announce, Queue, Queues, exit_words
from firmware.acd.offers import first, stop
from firmware.acd.overflow import Leave, Situation, Stay, overflow, pressed
from firmware.acd.seating import OwnStations, Seating
from firmware.acd.seats import Seats
from firmware.acd.ticket import Tally, Ticket
from firmware.acd.waiting import Estimate, Handling, estimated_wait
from firmware.bus import Bus
from firmware.calls.places import HangUp, Target, ToQueue
from firmware.lines import CallerId, Digit
from firmware.reasons import data
from firmware.stations import Station
from firmware.tasks import ended

LOOK_AGAIN_S = 5.0  # rules about hours and presence are looked at so often
SOON_S = 0.001  # a timer never asks for the very moment it runs in

Fate = Literal["served", "abandoned", "overflowed"]
IsOpen = Callable[[str], tuple[bool, str]]


def always_open(_: str) -> tuple[bool, str]:
    """A queue without hours."""
    return True, "always"


def queues_only(target: Target) -> bool:
    """Where one who waits can be sent, if nothing else is wired."""
    return isinstance(target, ToQueue | HangUp)


class Hall:
    """All queues of the box. `ring_s` takes the place of the queues' own. `is_open` tells whether a queue's hours are
    on, `seating` who sits where: by default every station is an agent of its own. A member whose station is not there
    is never rung. `queues`: those that are set up, by name, always the same dictionary."""

    def __init__(
        self, stations: Mapping[str, Station], queues: Queues, bus: Bus, *,
        ring_s: float | None = None, seed: int = 0, is_open: IsOpen = always_open,
        possible: Callable[[Target], bool] = queues_only, seating: Seating | None = None,
    ) -> None:  # fmt: skip
        self.queues: dict[str, Queue] = {}
        self.tallies: dict[str, Tally] = {}
        self._gone: dict[str, Queue] = {}  # taken away while callers waited there: these are served as before
        self._vip: Mapping[str, int] = {}
        self._stations = stations
        self._bus = bus
        self._ring_s = ring_s
        self._seed = seed
        self._is_open = is_open
        self._elsewhere = possible
        self._waiting: list[Ticket] = []
        self._after: dict[str, str] = {}  # whom each queue chose last
        self._handling: dict[str, Handling] = {}
        self._last_agents: dict[str, str] = {}
        self._preferred: dict[str, int] = {}  # priority by call
        self._seats = Seats(bus, self._hand_out)
        self._seating = seating or OwnStations(stations)
        self._members = Members(stations, self._seating, self._seats)
        self._again: asyncio.TimerHandle | None = None
        for number, station in stations.items():
            station.on_idle = partial(self._idle, number)
        self._set_up(queues)

    # -- to be asked ---------------------------------------------------------------------------------

    def waiting(self, queue: str) -> int:
        """How many callers stand in this queue."""
        return sum(ticket.queue == queue for ticket in self._waiting)

    def missing(self, queue: str) -> int:
        """Callers who are neither served nor gone nor inside: 0, or something is wrong."""
        tally = self.tallies[queue]
        return tally.entered - tally.served - tally.abandoned - tally.overflowed - self.waiting(queue)

    def place(self, call: str) -> tuple[int, Estimate | None]:
        """A waiting caller's position in his queue (1: next) and his estimated wait. KeyError: he waits nowhere."""
        ticket = next((one for one in self._waiting if one.call == call), None)
        if ticket is None:
            raise KeyError(f"call {call} waits in no queue")
        callers = [(one.as_caller(), self.queue(one.queue)) for one in self._waiting]
        order = [one.call for one in in_turn(callers)]
        here = {one.call for one in self._waiting if one.queue == ticket.queue}
        position = [one for one in order if one in here].index(call) + 1
        return position, self._estimate(ticket.queue, position - self._ringing(ticket.queue))

    def waits(self, call: str) -> tuple[str, float, Announce] | None:
        """The queue in which a call waits, since when on the loop's clock, and what is announced there."""
        ticket = next((one for one in self._waiting if one.call == call), None)
        if ticket is None:
            return None
        return ticket.queue, ticket.since, self.queue(ticket.queue).announce

    def queue(self, name: str) -> Queue:
        """As it is set up; one that was taken away while callers wait there as it was, and later the first one."""
        return self.queues.get(name) or self._gone.get(name) or self.queues[self.name_of(name)]

    def name_of(self, wanted: str) -> str:
        """The queue itself, or the first one if it is no longer there: nobody is sent to nowhere."""
        return wanted if wanted in self.queues else next(iter(self.queues))

    def served_in(self, call: str) -> str | None:
        """The queue whose agent has picked up for this call, until the call has ended."""
        return self._seats.queue_of(call)

    def load(self) -> dict[str, tuple[int, int]]:
        """By queue, how many callers wait there, and how many of its agents are there, busy with calls or not."""
        waiting = Counter(ticket.queue for ticket in self._waiting if not ticket.stays)
        return {
            name: (count, sum(agent.presence not in ABSENT for agent in self._agents(name)))
            for name, count in waiting.items()
        }

    # -- to be told ----------------------------------------------------------------------------------

    def remember(self, number: str, agent: str) -> None:
        """This number spoke with that agent last."""
        self._last_agents[number] = agent

    def prefer(self, call: str, priority: int | None) -> None:
        """From now on this call stands in queues with this priority, or a higher one of its number; None: forget it."""
        if priority is None:
            self._preferred.pop(call, None)
        else:
            self._preferred[call] = priority

    def change(self, queues: Queues) -> None:
        """The setup has changed: the next choice goes by it. Whoever waits stays where he stands; in a queue that was
        taken away he is served by its members as before."""
        self._set_up(queues)
        for ticket in self._waiting:  # rules may have changed: each looks at them again
            if ticket.choice is not None and not ticket.choice.done():
                ticket.choice.cancel()
        self._hand_out()

    def look(self) -> None:
        """Somebody has come or gone, or wants or no longer wants calls."""
        self._hand_out()

    def wraps(self, agent: str) -> bool:
        """Whether an agent's wrap-up runs, or begins when his handset is down."""
        return self._seats.wraps(agent)

    def wrap_up(self, agent: str, seconds: float, running: bool = False) -> bool:
        """His wrap-up ends so many seconds from now, or will last so long after the call under way, unless only a
        `running` one is meant. False: there is none."""
        return self._seats.wrap_up(agent, seconds, running)

    def ended(self, call: str) -> None:
        """A call's talk is over; its agent may still hold the handset."""
        self._seats.talk_ended(call)

    def left(self, station: str) -> None:
        """A station has left its call, which may go on with another."""
        self._seats.left(station)

    def close(self) -> None:
        """Ends what the hall does by itself."""
        self._seats.close()
        if self._again is not None:
            self._again.cancel()

    # -- one caller ----------------------------------------------------------------------------------

    async def serve(
        self,
        call: str,
        line: int | None,
        queue: str,
        caller: CallerId,
        keys: "asyncio.Queue[Digit]",
        fate: Callable[[], Fate] = lambda: "abandoned",
        *,
        waited_s: float = 0.0,
        stays: bool = False,
    ) -> Station | Leave:
        """Queues the call until an agent has picked up (his station then belongs to it), or until it leaves for
        another place than a queue. `keys` are what the caller presses meanwhile. When this is cancelled, `fate` tells
        what became of him: 'served' if somebody else has taken the call. `waited_s`: so long he has waited already, his
        place is kept, and he was asked whether he wants a callback. `stays`: no rule and no key takes him away, as one
        who is to be called back. KeyError: no such queue."""
        ticket = Ticket(
            call,
            line,
            caller,
            self.name_of(queue),
            asyncio.get_running_loop().time(),
            priority=max(self._vip.get(caller.number, 0), self._preferred.get(call, 0)),
            last_agent=self._last_agents.get(caller.number),
        )
        ticket.stays, ticket.asked = stays, waited_s > 0
        while True:
            outcome = await self._in_queue(ticket, keys, fate, waited_s)
            waited_s = 0.0
            if isinstance(outcome, Station):
                if caller.number:
                    self.remember(caller.number, self._seating.agent_at(outcome.number) or outcome.number)
                return outcome
            if not isinstance(outcome.to, ToQueue):
                return outcome
            ticket.queue = self.name_of(outcome.to.queue)

    async def _in_queue(
        self, ticket: Ticket, keys: "asyncio.Queue[Digit]", fate: Callable[[], Fate], waited_s: float
    ) -> Station | Leave:
        """From coming into one queue until going out of it."""
        tally = self.tallies[ticket.queue]
        ahead, ticket.since = self.waiting(ticket.queue), asyncio.get_running_loop().time() - waited_s
        ticket.visited.append(ticket.queue)
        ticket.tried.clear()
        tally.entered += 1
        self._waiting.append(ticket)
        outcome: Station | Leave | None = None
        try:
            position, estimate = self.place(ticket.call)
            expected = None if estimate is None else round(estimate.seconds, 1)
            self._publish("call.queued", ticket, queue=ticket.queue, position=position, expected_s=expected)
            outcome = await self._served_or_leaving(ticket, ahead, keys)
        finally:
            self._waiting.remove(ticket)
            if ticket.queue not in self.queues and not self.waiting(ticket.queue):
                self._gone.pop(ticket.queue, None)
            became: Fate = fate() if outcome is None else "served" if isinstance(outcome, Station) else "overflowed"
            setattr(tally, became, getattr(tally, became) + 1)
            self._hand_out()
        if isinstance(outcome, Leave):
            outcome = replace(outcome, queue=ticket.queue, waited_s=asyncio.get_running_loop().time() - ticket.since)
            where = exit_words(outcome.to)
            self._publish("call.left_queue", ticket, queue=ticket.queue, to=where, why=data(outcome.why))
        return outcome

    async def _served_or_leaving(self, ticket: Ticket, ahead: int, keys: "asyncio.Queue[Digit]") -> Station | Leave:
        """Whatever comes first: an agent, a rule of overflow, a key. One who has picked up is never left alone."""
        serving = asyncio.create_task(self._served(ticket, ahead), name=f"queue of {ticket.call}")
        leaving = asyncio.create_task(self._pressed(ticket, keys), name=f"keys of {ticket.call}")
        settled = False
        try:
            await asyncio.wait([serving, leaving], return_when=asyncio.FIRST_COMPLETED)
            serving.cancel()
            leaving.cancel()
            await asyncio.wait([serving, leaving])
            settled = True
            return leaving.result() if serving.cancelled() else serving.result()
        finally:
            if not settled:  # the caller has gone, perhaps in the moment in which somebody picked up
                serving.cancel()
                leaving.cancel()
                await ended([serving, leaving])
                if not serving.cancelled() and serving.exception() is None:
                    picked_up = serving.result()
                    if isinstance(picked_up, Station):
                        self._seats.talk_ended(ticket.call)
                        picked_up.leave()

    async def _pressed(self, ticket: Ticket, keys: "asyncio.Queue[Digit]") -> Leave:
        while True:
            digit = await keys.get()
            decision = pressed(self.queue(ticket.queue), digit.digit, ticket.visited, self.possible)
            if isinstance(decision, Leave):
                return decision

    async def _served(self, ticket: Ticket, ahead: int) -> Station | Leave:
        """Offers the call to agents until one picks up or a rule takes the caller away. A station that rings is not
        stopped by a rule: rules are looked at between offers."""
        entering = True
        while True:
            decision = self._overflow(ticket, ahead, entering)
            if isinstance(decision, Leave):
                return decision
            entering = False
            choice = await self._turn(ticket, decision)
            if choice is not None:
                station = await self._offer(ticket, choice)
                if station is not None:
                    return station

    def _overflow(self, ticket: Ticket, ahead: int, entering: bool) -> Leave | Stay:
        queue = self.queue(ticket.queue)
        if ticket.stays:
            return Stay()
        is_open, hours = self._is_open(ticket.queue)
        estimate = self._estimate(ticket.queue, ahead + 1 - self._ringing(ticket.queue))
        present = [agent for agent in self._agents(ticket.queue) if agent.presence not in ABSENT]
        at = Situation(
            asyncio.get_running_loop().time() - ticket.since, entering, ahead,
            present=len(present), ready=sum(agent.presence != "busy" for agent in present),
            expected_s=None if estimate is None else estimate.seconds,
            open=is_open, hours=hours, visited=ticket.visited, asked=ticket.asked,
        )  # fmt: skip
        return overflow(queue, at, self.possible)

    async def _turn(self, ticket: Ticket, stay: Stay) -> Choice | None:
        """Waits until agents are chosen for the ticket; None: it is time to look at the rules again."""
        loop = asyncio.get_running_loop()
        queue = self.queue(ticket.queue)
        limit = None if stay.again_at_s is None else ticket.since + stay.again_at_s - loop.time()
        if not ticket.stays and any(rule.when in ("closed", "no_agents") and rule.leave for rule in queue.overflow):
            limit = LOOK_AGAIN_S if limit is None else min(limit, LOOK_AGAIN_S)
        ticket.choice = loop.create_future()
        taken = False
        try:
            self._hand_out()
            await asyncio.wait([ticket.choice], timeout=None if limit is None else max(SOON_S, limit))
            taken = True
            return ticket.choice.result() if ticket.choice.done() and not ticket.choice.cancelled() else None
        finally:
            if not taken and ticket.choice.done() and not ticket.choice.cancelled():
                self._seats.release(ticket.choice.result().agents)
            ticket.choice = None

    # -- ringing -------------------------------------------------------------------------------------

    async def _offer(self, ticket: Ticket, choice: Choice) -> Station | None:
        """Rings all who are chosen; the first who picks up has the call, the others stop ringing."""
        queue = self.queue(ticket.queue)
        seconds = queue.ring_s if self._ring_s is None else self._ring_s
        offers: dict[Station, asyncio.Task[bool]] = {}
        results = dict.fromkeys(choice.agents, "caller_gone")
        where = {number: self._seating.station_of(number) for number in choice.agents}
        began = asyncio.get_running_loop().time()
        winner: Station | None = None
        settled = False
        ticket.ringing = True
        try:
            for number, place in where.items():
                station = None if place is None else self._stations[place]
                if station is None or not station.free or not self._still_there(number, station):
                    results[number] = "not_free"
                    continue
                self._publish("call.offered", ticket, station=place, agent=number, why=data(choice.why))
                offer = station.offer(ticket.call, ticket.caller, seconds)
                self._members.rung.add(station.number)
                offers[station] = asyncio.create_task(offer, name=f"station {place} rung for {ticket.call}")
            winner = await first(offers)
            for number, result in results.items():
                if result != "not_free":
                    results[number] = "no_answer" if winner is None else "other_answered"
            await stop(offers, winner)
            settled = True
        finally:
            try:
                if not settled:  # the caller has gone, perhaps in the moment in which somebody picked up
                    winner = None
                    results = {n: "not_free" if r == "not_free" else "caller_gone" for n, r in results.items()}
                    await stop(offers, None)
            finally:
                self._offered(ticket, queue, winner, results, where, began)
        return winner

    def _still_there(self, number: str, station: Station) -> bool:
        """Whether nothing has changed since he was chosen."""
        return self._seating.agent_at(station.number) == number and self._seating.takes_calls(number) == "ready"

    def _offered(
        self, ticket: Ticket, queue: Queue, winner: Station | None, results: dict[str, str],
        where: Mapping[str, str | None], began: float,
    ) -> None:  # fmt: skip
        """What the offer's end means for those who were rung."""
        for number, result in results.items():
            place = where[number]
            if winner is not None and winner.number == place:
                result = "answered"
                self._seats.picked_up(number, winner.number, ticket.call, ticket.queue, queue.wrap_up_s, began)
                self._seating.answered(number)
            if result == "no_answer":
                ticket.tried[number] = ticket.tried.get(number, 0) + 1
                self._seats.did_not_answer(number, queue.rest_s)
                self._seating.unanswered(number)
            if result != "not_free":
                self._publish("call.offer_ended", ticket, station=place, agent=number, result=result)
        ticket.ringing = False
        self._members.rung -= {place for number, place in where.items() if place and results[number] != "not_free"}
        self._seats.release(results)  # the ticket hands out next, whether it waits on or goes

    def _hand_out(self) -> None:
        """Gives free agents to waiting tickets, in their turn; sets the clock for what time alone will change."""
        now = asyncio.get_running_loop().time()
        again: list[float] = []
        open_tickets = {one.call: one for one in self._waiting if one.choice is not None and not one.choice.done()}
        callers = [(one.as_caller(), self.queue(one.queue)) for one in open_tickets.values()]
        agents: dict[str, list[Agent]] = {}  # as they are until one is reserved
        for caller in in_turn(callers):
            ticket = open_tickets[caller.call]
            if ticket.queue not in agents:
                agents[ticket.queue] = self._agents(ticket.queue)
            queue, after = self.queue(ticket.queue), self._after.get(ticket.queue)
            choice = choose(queue, caller, agents[ticket.queue], now, after=after, seed=self._seed)
            if choice.agents and ticket.choice is not None:
                self._after[ticket.queue] = choice.agents[-1]
                self._seats.reserve(choice.agents)
                ticket.choice.set_result(choice)
                agents.clear()
            elif choice.again_at is not None:
                again.append(choice.again_at)
        if self._again is not None:
            self._again.cancel()
        loop = asyncio.get_running_loop()
        self._again = loop.call_at(max(min(again), now + SOON_S), self._hand_out) if again else None

    def _idle(self, number: str) -> None:
        """A station can take a call again."""
        for queue, seconds in self._seats.idle(number, self._seating.agent_at(number)):
            self._handling[queue].measured(seconds)
        self._hand_out()

    def _set_up(self, queues: Queues) -> None:
        now = queues.by_name()
        for name in [name for name in self.queues if name not in now]:
            queue = self.queues.pop(name)
            if self.waiting(name):
                self._gone[name] = queue
        for name, queue in now.items():
            self._gone.pop(name, None)
            self.tallies.setdefault(name, Tally())
            self._handling.setdefault(name, Handling(queue.handling_s)).assumed_s = queue.handling_s
        self.queues.clear()
        self.queues.update(now)
        self._vip = queues.vip

    def possible(self, target: Target) -> bool:
        """Whether a queue can send callers there."""
        return target.queue in self.queues if isinstance(target, ToQueue) else self._elsewhere(target)

    # -- as the pure functions see it ----------------------------------------------------------------

    def _agents(self, queue: str) -> list[Agent]:
        return self._members.of(self.queue(queue))

    def _ringing(self, queue: str) -> int:
        """How many of the queue's callers have agents rung for them: these agents are counted as taken already."""
        return sum(ticket.ringing for ticket in self._waiting if ticket.queue == queue)

    def _estimate(self, queue: str, position: int) -> Estimate | None:
        agents = self._agents(queue)
        now = asyncio.get_running_loop().time()
        present = sum(agent.presence not in ABSENT and agent.presence != "busy" for agent in agents)
        free = sum(agent.presence == "free" and not agent.reserved and agent.wraps_up_until <= now for agent in agents)
        return estimated_wait(position, free, present, self._handling[queue])

    def _publish(self, kind: str, ticket: Ticket, *, station: str | None = None, **more: object) -> None:
        self._bus.publish(kind, call=ticket.call, line=ticket.line, station=station, **more)
