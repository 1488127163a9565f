"""Everybody who sits at a station: signing in and out, ready and busy, in step with the telephones.

The roster hears the stations' events on the bus and changes the agent's state in the same breath, so hook and state
never disagree. Nothing here knows a queue; whoever gives out calls asks `agent_at`, `station_of` and `takes_calls`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.agents.kept import Kept, Sitting
from firmware.agents.section import Agents
from firmware.agents.states import Event as Change
from firmware.agents.states import Rest, Standing, State
from firmware.bus import Bus, Event
from firmware.errors import UserError
from firmware.people import People, Person
from firmware.stations import Station

log = logging.getLogger(__name__)

How = Literal["handset", "page", "restart", "owner", "moved", "replaced", "removed", "setup"]
By = Literal["handset", "page", "box"]
WISHES: Mapping[Rest, Change] = {"ready": "be_ready", "busy": "be_busy", "away": "be_away"}


class AgentError(UserError):
    """It is not possible; the message is a sentence for people, `why` its id for prompts, and with "agent_" before it
    its code."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words, code=f"agent_{why}")
        self.why = why


class WrapUps(Protocol):
    """Whoever keeps the time after calls."""

    def wraps(self, agent: str) -> bool:
        """Whether a wrap-up of this agent runs, or begins when his handset is down."""
        ...

    def wrap_up(self, agent: str, seconds: float, running: bool = False) -> bool:
        """It ends so many seconds from now (0: at once), or will last so long after the call under way, unless only a
        `running` one is meant. False: there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody at a station. `person` is None for the station's own agent, whose number is the station's."""

    number: str
    station: str
    person: Person | None
    standing: Standing

    @property
    def state(self) -> State:
        """What he is now."""
        return self.standing.state

    @property
    def name(self) -> str:
        """As people call him."""
        return f"Station {self.number}" if self.person is None else self.person.name


class Roster:
    """Who sits at which of `stations`. `busy_at` tells whether a station is in a call, also in one on hold.
    `on_change` is called when somebody comes, goes, or wants or no longer wants calls."""

    def __init__(
        self, stations: Mapping[str, Station], bus: Bus, kept: Kept, people: People, section: Agents,
        busy_at: Callable[[str], bool] | None = None,
    ) -> None:  # fmt: skip
        self.section = section
        self.people = people
        self.on_change: Callable[[], None] = lambda: None
        self.surprises = 0  # events that the table does not know where they came; each is logged
        self._stations = stations
        self._bus = bus
        self._kept = kept
        self._busy_at = busy_at or (lambda number: stations[number].call is not None)
        self._wrap_ups: WrapUps | None = None
        self._at: dict[str, Agent] = {}  # by station
        self._unanswered: dict[str, int] = {}  # queue calls that an agent let ring, in a row
        for number in stations:
            self._fill(number)

    def wire(self, wrap_ups: WrapUps) -> None:
        """Whom to ask about wrap-ups."""
        self._wrap_ups = wrap_ups

    def start(self) -> None:
        """Hears the telephones from now on; whoever was signed in before the restart is again."""
        self._bus.subscribe(self._heard)
        for sitting in self._kept.load():
            person = self.people.by_id(sitting.person)
            if person is None or not person.enabled or sitting.station not in self._stations:
                log.warning("%s is not signed in at station %s any more", sitting.number, sitting.station)
            elif sitting.station not in self.section.stations and self._person_at(sitting.station) is None:
                self._sit(person, sitting.station, "restart")
                if sitting.then != "ready":
                    self._change(sitting.station, WISHES[sitting.then], "box", sitting.reason)
        self._owners()
        self._save()

    # -- to be asked ---------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Agent]:
        return iter(list(self._at.values()))

    def at(self, station: str) -> Agent | None:
        """Who sits at a station; None: nobody."""
        return self._at.get(station)

    def find(self, number: str) -> Agent | None:
        """The agent with this number, if he sits anywhere."""
        found = None
        for agent in self._at.values():
            if agent.number == number:
                if agent.person is not None:
                    return agent
                found = found or agent
        return found

    def agent_at(self, station: str) -> str | None:
        """The number of whoever sits there."""
        agent = self._at.get(station)
        return None if agent is None else agent.number

    def station_of(self, number: str) -> str | None:
        """Where the agent with this number sits, or the station with it, whoever sits there; None: nowhere."""
        agent = self.find(number)
        if agent is not None:
            return agent.station
        mine = self.people.by_number(number) is not None
        return number if number in self._at and not mine else None

    def rings_at(self, number: str) -> str | None:
        """Where a call of the house to this number rings: at a station whoever sits there, or nobody does."""
        there = self.find(number)
        if there is not None and there.person is not None:
            return there.station
        return number if number in self._stations else None

    def numbers(self) -> list[str]:
        """Those of all people, signed in or not."""
        return [person.number for person in self.people.people if person.enabled]

    def takes_calls(self, number: str) -> Rest | None:
        """'ready': the agent with this number (or whoever sits at the station with it) takes calls of queues as soon
        as his telephone is free. None: nobody is there."""
        station = self.station_of(number)
        return None if station is None else self._at[station].standing.then

    def skills(self, number: str) -> Mapping[str, int]:
        """What the person with this number can do."""
        person = self.people.by_number(number)
        return {} if person is None else person.skills

    # -- signing in and out --------------------------------------------------------------------------

    def may_sign_in(self, number: str, station: str) -> Person:
        """The person, if he may sign in there; AgentError says why not."""
        if station not in self._stations:
            raise AgentError("no_station", f"There is no station {station}; stations are {', '.join(self._stations)}.")
        person = self.people.by_number(number) or self.people.by_login(number)
        if person is None:
            raise AgentError("unknown", f"There is no agent with the number {number}.")
        owner = self.section.stations.get(station)
        if owner is not None and owner != person.number and self.people.by_number(owner) is not None:
            raise AgentError("owned", f"Station {station} belongs to the agent {owner} for good.")
        own = next((place for place, who in self.section.stations.items() if who == person.number), None)
        if own is not None and own != station:
            raise AgentError("owner", f"{person.name} has station {own} for good.")
        there = self.find(person.number)
        if there is not None and there.station != station and self._busy_at(there.station):
            raise AgentError("in_call", f"{person.name} is in a call at station {there.station}; it must end first.")
        if self.agent_at(station) != person.number and self._busy_at(station):
            raise AgentError("taken", f"There is a call at station {station}; it must end first.")
        return person

    def sign_in(self, number: str, station: str, how: How) -> Agent:
        """He sits there from now on. He leaves another station where he sat, and whoever sat here is signed out;
        AgentError if there is a call at either. At the same station it changes nothing but that he is ready."""
        person = self.may_sign_in(number, station)
        there = self.find(person.number)
        if there is not None and there.person is not None and there.station == station:
            self._want(station, "ready", how="page" if how == "page" else "handset")
            return self._at[station]
        if there is not None and there.person is not None:
            self._rise(there.station, "moved")
        self._sit(person, station, how)
        self._save()
        self.on_change()
        return self._at[station]

    def sign_out(self, station: str, how: How) -> Agent:
        """Who sat there; a call under way goes on. Who has the station for good is away instead. AgentError: nobody
        has signed in there."""
        agent = self._person_at(station)
        if agent is None:
            raise AgentError("nobody", f"Nobody is signed in at station {station}.")
        if station in self.section.stations:
            self._want(station, "away", how="page" if how == "page" else "handset")
        else:
            self._rise(station, how)
            self._save()
            self.on_change()
        return agent

    # -- what agents want ----------------------------------------------------------------------------

    def ready(self, station: str, by: By) -> Agent:
        """Takes calls again; a wrap-up ends. AgentError: nobody is there."""
        self._there(station)
        self._unanswered.pop(self._at[station].number, None)
        return self._want(station, "ready", by)

    def busy(self, station: str, code: str, by: By) -> Agent:
        """Takes no calls of queues, for a reason of the section, or an empty code if there is none. AgentError."""
        self._there(station)
        if code or self.section.reasons:
            self.busy_reason(code)
        return self._want(station, "busy", by, code or None)

    def away(self, station: str, by: By) -> Agent:
        """Is not at his desk. AgentError: nobody is there."""
        self._there(station)
        return self._want(station, "away", by)

    def busy_reason(self, code: str) -> None:
        """AgentError if there is no such reason."""
        if self.section.reason(code) is None:
            known = ", ".join(f"{one.code} {one.en}" for one in self.section.reasons)
            raise AgentError("no_reason", f"There is no reason {code!r}; there are {known or 'none'}.")

    def wrap_up(self, station: str, seconds: float) -> Agent:
        """His wrap-up ends so many seconds from now, or lasts so long after this call. AgentError: there is none."""
        agent = self._there(station)
        if self._wrap_ups is None or not self._wrap_ups.wrap_up(agent.number, seconds):
            raise AgentError("no_wrap_up", f"{agent.name} is not in wrap-up.")
        return self._at[station]

    # -- to be told ----------------------------------------------------------------------------------

    def unanswered(self, number: str) -> None:
        """He let a queue's call ring; too many in a row set him away."""
        station = self.station_of(number)
        if station is None or not self.section.away_after:
            return
        self._unanswered[number] = self._unanswered.get(number, 0) + 1
        if self._unanswered[number] >= self.section.away_after and self._at[station].standing.then == "ready":
            del self._unanswered[number]
            self._want(station, "away", "box")

    def answered(self, number: str) -> None:
        """He took a queue's call."""
        self._unanswered.pop(number, None)

    def people_changed(self, people: People) -> None:
        """Who is no longer among them, or disabled, is signed out; names and numbers are as they are now."""
        self.people = people
        for station, agent in list(self._at.items()):
            if agent.person is None:
                continue
            person = people.by_id(agent.person.id)
            if person is None or not person.enabled:
                self._rise(station, "removed")
            else:
                self._at[station] = Agent(person.number, station, person, agent.standing)
        self._set_up_anew()

    def section_changed(self, section: Agents) -> None:
        """Owners sit at their stations, a reason that is gone stays until the next change."""
        before, self.section = self.section, section
        for station, number in before.stations.items():
            agent = self._person_at(station)
            if agent is not None and agent.number == number and section.stations.get(station) != number:
                self._rise(station, "setup")
        self._set_up_anew()

    # -- inside --------------------------------------------------------------------------------------

    def _set_up_anew(self) -> None:
        for station in self._stations:
            self._fill(station)
        self._owners()
        self._save()
        self.on_change()

    def _owners(self) -> None:
        for station, number in self.section.stations.items():
            person = self.people.by_number(number)
            sitting = self._person_at(station)
            if person is None or station not in self._stations or (sitting and sitting.person == person):
                continue
            there = self.find(number)
            if there is not None and there.person is not None:
                self._rise(there.station, "moved")
            self._sit(person, station, "owner")

    def _fill(self, station: str) -> None:
        """Where nobody has signed in: the station's own agent, or nobody."""
        agent = self._at.get(station)
        if agent is not None and agent.person is not None:
            return
        namesake = self.find(station)  # the number of a station may be a person's, too, who sits elsewhere
        if self.section.sign_in or (namesake is not None and namesake.person is not None):
            self._at.pop(station, None)
        elif agent is None:
            self._at[station] = Agent(station, station, None, self._standing(station))

    def _standing(self, station: str) -> Standing:
        """Of one who sits down there: ready, and what his telephone does."""
        telephone = self._stations[station]
        standing = Standing().after("sign_in")
        if telephone.offhook:
            return standing.after("lifted")
        return standing if telephone.call is None else standing.after("rings")

    def _sit(self, person: Person, station: str, how: How) -> None:
        if self._person_at(station) is not None:
            self._rise(station, "replaced")
        elif station in self._at:
            self._stop_wrapping(self._at.pop(station))
        agent = self._at[station] = Agent(person.number, station, person, self._standing(station))
        self._bus.publish(
            "agent.signed_in", station=station, agent=agent.number, person=person.id, name=person.name, how=how
        )
        if agent.number in self._stations and agent.number != station:
            self._fill(agent.number)
        self._tell(agent, "box" if how in ("restart", "owner") else "page" if how == "page" else "handset")

    def _rise(self, station: str, how: How) -> None:
        agent = self._at[station]
        assert agent.person is not None
        self._stop_wrapping(agent)
        del self._at[station]
        self._unanswered.pop(agent.number, None)
        self._bus.publish("agent.signed_out", station=station, agent=agent.number, person=agent.person.id, how=how)
        for place in {station, agent.number} & self._stations.keys():
            self._fill(place)

    def _stop_wrapping(self, agent: Agent) -> None:
        if self._wrap_ups is not None:
            self._wrap_ups.wrap_up(agent.number, 0, running=True)

    def _person_at(self, station: str) -> Agent | None:
        agent = self._at.get(station)
        return agent if agent is not None and agent.person is not None else None

    def _there(self, station: str) -> Agent:
        agent = self._at.get(station)
        if agent is None:
            raise AgentError("nobody", f"Nobody is signed in at station {station}.")
        return agent

    def _want(self, station: str, rest: Rest, how: By, reason: str | None = None) -> Agent:
        self._stop_wrapping(self._there(station))
        self._change(station, WISHES[rest], how, reason)
        self._save()
        self.on_change()
        return self._at[station]

    def _heard(self, event: Event) -> None:
        if event.station not in self._at:
            return
        what = event.kind
        if what == "station.ringing":
            self._change(event.station, "rings", "telephone")
        elif what == "station.offhook":
            self._change(event.station, "lifted", "telephone")
        elif what == "station.onhook":
            agent = self._at[event.station]
            if self._wrap_ups is not None and self._wrap_ups.wraps(agent.number) and not agent.standing.wrapping:
                self._at[event.station] = Agent(
                    agent.number, agent.station, agent.person, agent.standing.after("wrap_up")
                )
            self._change(event.station, "put_down", "telephone")
        elif what == "station.headset" and event.data["how"] == "hook":
            self._headset(self._at[event.station], connected=bool(event.data["connected"]))
        elif what == "station.idle" and self._at[event.station].state == "ringing":
            self._change(event.station, "rang_out", "telephone")
        elif what == "station.wrap_up":
            self._change(event.station, "wrap_up", "box")
        elif what == "station.ready":
            self._change(event.station, "wrapped_up", "box")

    def _headset(self, agent: Agent, *, connected: bool) -> None:
        """Who takes his headset off is away. Who puts it on says himself that he is ready, if anybody is signed in."""
        if not connected and agent.standing.then == "ready":
            self._stop_wrapping(agent)
            self._change(agent.station, "be_away", "telephone")
        elif connected and agent.person is None and agent.standing.then == "away":
            self._change(agent.station, "be_ready", "telephone")
        self._save()

    def _change(self, station: str, change: Change, by: By | Literal["telephone"], reason: str | None = None) -> None:
        """One event of the table; told if it changes what can be seen."""
        agent = self._at[station]
        if not agent.standing.can(change):
            if change != "wrapped_up":  # a wish has ended the wrap-up already
                self.surprises += 1
                log.warning("agent %s: %s in state %s", agent.number, change, agent.state)
            return
        now = Agent(agent.number, station, agent.person, agent.standing.after(change, reason))
        self._at[station] = now
        before, after = agent.standing, now.standing
        if (before.state, before.then, before.reason) != (after.state, after.then, after.reason):
            own = agent.person is None and before.then == after.then == "ready"
            if not own:  # of a station's own agent the station's events tell it
                self._tell(now, by)

    def _tell(self, agent: Agent, by: By | Literal["telephone"]) -> None:
        standing = agent.standing
        reason = None if standing.reason is None else self.section.reason(standing.reason)
        self._bus.publish(
            "agent.state", station=agent.station, agent=agent.number, person=agent.person.id if agent.person else None,
            state=standing.state, then=standing.then, reason=standing.reason,
            words=None if reason is None else {"zh": reason.zh, "en": reason.en}, by=by,
        )  # fmt: skip

    def _save(self) -> None:
        self._kept.save(
            Sitting(
                person=agent.person.id, number=agent.number, station=agent.station,
                then=agent.standing.then, reason=agent.standing.reason,
            )
            for agent in self._at.values()
            if agent.person is not None
        )  # fmt: skip
