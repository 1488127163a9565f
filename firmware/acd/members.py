"""The agents of a queue as the pure functions see them: who sits where, and whether he can take a call."""

from collections.abc import Mapping

from firmware.acd.choose import Agent, Presence
from firmware.acd.model import Member, Queue
from firmware.acd.seating import Seating
from firmware.acd.seats import Seats
from firmware.stations import Station


class Members:
    """`rung`: stations of offers under way: who sits there may change meanwhile."""

    def __init__(self, stations: Mapping[str, Station], seating: Seating, seats: Seats) -> None:
        self.rung: set[str] = set()
        self._stations = stations
        self._seating = seating
        self._seats = seats
        self._everybody = tuple(Member(station=number) for number in stations)

    def of(self, queue: Queue) -> list[Agent]:
        """Each once: of two members who mean the same station the first."""
        agents: list[Agent] = []
        taken: set[str] = set()
        for member in queue.members or self._everybody:
            place = self._seating.station_of(member.number)
            if place is not None and place in taken:
                continue
            taken |= {place} if place is not None else set()
            agents.append(self._agent(queue.id, member, place))
        return agents

    def _agent(self, queue: str, member: Member, place: str | None) -> Agent:
        number = member.number if place is None else self._seating.agent_at(place) or member.number
        seat = self._seats[number]
        done = seat.work(queue)
        station = None if place is None else self._stations[place]
        return Agent(
            number, self._presence(number, station), 0.0 if station is None else station.idle_since,
            done.calls, done.talk_s, seat.wraps_up_until, seat.rests_until, seat.reserved or place in self.rung,
            member.tier, member.weight,
            member.skills or self._seating.skills(number),
        )  # fmt: skip

    def _presence(self, number: str, station: Station | None) -> Presence:
        wants = None if station is None else self._seating.takes_calls(number)
        if station is None or wants is None:
            return "signed_out"
        if wants == "away":
            return "away"
        if station.call is not None:
            return "talking" if station.offhook else "ringing"
        if station.offhook or not station.connected:
            return "off_hook"
        return "busy" if wants == "busy" else "free"
