"""What the desk shows of the box's state: whose calls are whose, and what can be done with them. Pure functions."""

from dataclasses import dataclass

from firmware.api.messages import AgentNow, CallNow, Lamp, Snapshot

AT_REST = ("idle", "wrap_up", "out_of_service", "fault")


@dataclass(frozen=True, slots=True)
class Mine:
    """One of a station's calls. `state` as of lamps; `other`: the station at its other end, inside the house."""

    call: CallNow
    state: str
    other: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A station as others see it. `state`: its lamp's, or that of who sits there while the telephone is at rest."""

    station: str
    lamp: Lamp
    agent: AgentNow | None
    state: str

    @property
    def free(self) -> bool:
        """A call there would ring now."""
        return self.state == "idle"


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's desk. Without `here` he sits nowhere. `can`: the buttons that mean something now."""

    agent: AgentNow | None
    here: Place | None
    rings: bool
    ringing: Mine | None
    active: Mine | None
    held: tuple[Mine, ...]
    parked: tuple[CallNow, ...]
    team: tuple[Place, ...]
    can: frozenset[str]

    @property
    def station(self) -> str:
        """Where he sits; empty: nowhere."""
        return "" if self.here is None else self.here.station

    @property
    def first(self) -> CallNow | None:
        """Whose card is shown: who rings, else who is spoken with or waits; of two the one from outside."""
        mine = [one for one in (self.ringing, self.active, *self.held) if one is not None]
        return min(mine, key=lambda one: one.other is not None).call if mine else None


def places(snapshot: Snapshot | None) -> tuple[Place, ...]:
    """Every station."""
    if snapshot is None:
        return ()
    agents = {one.station: one for one in snapshot.agents}
    return tuple(_place(lamp, agents.get(lamp.port)) for lamp in snapshot.lamps if lamp.kind == "station")


def look(snapshot: Snapshot | None, person: str) -> Desk:
    """The desk of this person (his id)."""
    if snapshot is None:
        return Desk(None, None, False, None, None, (), (), (), frozenset())
    everywhere = places(snapshot)
    agent = next((one for one in snapshot.agents if one.person == person), None)
    here = next((one for one in everywhere if agent is not None and one.station == agent.station), None)
    parked = tuple(call for call in snapshot.calls if call.slot is not None)
    team = tuple(one for one in everywhere if one is not here and one.state != "out_of_service")
    if here is None:
        return Desk(None, None, False, None, None, (), parked, team, frozenset())
    rings = here.lamp.state == "ringing"
    ringing = _ringing(snapshot, here) if rings else None
    active = None if rings or here.lamp.state in AT_REST else _active(snapshot, here.station)
    held = tuple(Mine(one, "on_hold", _other(one, here.station)) for one in snapshot.calls if here.station in one.held)
    can = _can(here, agent, rings, active, held)
    if snapshot.loudspeaker and not rings:
        can |= {"page"}
    return Desk(agent, here, rings, ringing, active, held, parked, team, can)


def _place(lamp: Lamp, agent: AgentNow | None) -> Place:
    state = lamp.state
    if state == "idle" and agent is not None and agent.state in ("busy", "away", "wrap_up"):
        return Place(lamp.port, lamp, agent, agent.state)
    return Place(lamp.port, lamp, agent, state)


def _ringing(snapshot: Snapshot, here: Place) -> Mine | None:
    """None: it rings for nobody's call, as before a number is dialled for its user."""
    for call in snapshot.calls:
        if call.id == here.lamp.call or (here.lamp.call is None and call.offered == here.station):
            return Mine(call, "ringing", _other(call, here.station))
    return None


def _active(snapshot: Snapshot, station: str) -> Mine | None:
    mine = [one for one in snapshot.calls if station in (one.station, one.origin) and station not in one.held]
    if not mine:
        return None
    call = max(mine, key=lambda one: one.started)
    return Mine(call, "talking" if call.stage == "talking" else "dialling", _other(call, station))


def _other(call: CallNow, station: str) -> str | None:
    if call.direction != "inside":
        return None
    if call.origin != station:
        return call.origin or ""
    return next((one for one in (call.offered, call.station) if one and one != station), "")


def _can(
    here: Place, agent: AgentNow | None, rings: bool, active: Mine | None, held: tuple[Mine, ...]
) -> frozenset[str]:
    talks = active is not None and active.state == "talking"
    lifted = not rings and here.lamp.state not in AT_REST
    recorded = active is not None and active.call.recording
    possible = {
        "answer": rings and bool(here.lamp.headset),
        "hold": talks,
        "retrieve": bool(held) and lifted,
        "swap": bool(held) and active is not None,
        "confer": bool(held) and talks,
        "through": bool(held) and active is not None,
        "transfer": talks or bool(held),
        "park": talks or bool(held),
        "hang_up": active is not None,
        "record": recorded,
        "mark": recorded,
        "dial": not rings,
        "fetch": not rings,
        "pick_up": not rings and active is None,
        "wrap_up": agent is not None and agent.state == "wrap_up",
    }
    return frozenset(name for name, holds in possible.items() if holds)
