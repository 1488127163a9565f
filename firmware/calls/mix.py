"""Who hears whom in a conversation. What follows from the roles is a pure function; `Mix` makes it so.

Two parties who talk, a conference, a call on hold, monitor, whisper and barge are all the same thing: roles. A change
of role changes only the links that differ, so the others hear nothing of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.binding.engine import Engine, Port
from firmware.calls.party import Party

Role = Literal[
    "talk",
    "mute",  # hears the talkers, is not heard
    "listen",  # the same, and nobody is told (监听)
    "whisper",  # hears the talkers, only `to` hears him (耳语)
    "held",  # neither hears nor is heard: music plays to him
    "away",  # neither hears nor is heard: he is in another call meanwhile
]


@dataclass(frozen=True, slots=True)
class Seat:
    """A party's role; `to` is whom it whispers to."""

    role: Role
    to: Party | None = None


def hears(seats: Mapping[Party, Seat]) -> set[tuple[Port, Port]]:
    """(speaker, hearer) for everybody who is to be heard by somebody. Nobody hears himself, also not one who is here
    twice, as a user who listens in on a call that he has on hold."""
    listening = [party for party, seat in seats.items() if seat.role not in ("held", "away")]
    talking = [party for party, seat in seats.items() if seat.role == "talk"]
    pairs = {(speaker, hearer) for speaker in talking for hearer in listening if speaker is not hearer}
    whispers = {
        (party, seat.to)
        for party, seat in seats.items()
        if seat.role == "whisper" and seat.to is not None and seat.to in listening
    }
    ports = {(speaker.port, hearer.port) for speaker, hearer in pairs | whispers}
    return {(speaker, hearer) for speaker, hearer in ports if speaker is not hearer}


class Mix:
    """The seats of one conversation, and the links that they ask for. `on_change` is told after each change."""

    def __init__(self, engine: Engine, on_change: Callable[[], None] | None = None) -> None:
        self.seats: dict[Party, Seat] = {}
        self._engine = engine
        self._linked: set[tuple[Port, Port]] = set()
        self.on_change = on_change

    @property
    def talkers(self) -> list[Party]:
        """Those who are heard by everybody, in the order of their coming."""
        return [party for party, seat in self.seats.items() if seat.role == "talk"]

    def role(self, party: Party) -> Role | None:
        """None: not here."""
        seat = self.seats.get(party)
        return None if seat is None else seat.role

    def put(self, party: Party, role: Role, to: Party | None = None) -> None:
        """Lets a party in, or changes its role."""
        self.seats[party] = Seat(role, to)
        self._apply()

    def remove(self, party: Party) -> None:
        """Takes a party out; fine if it is not here."""
        if self.seats.pop(party, None) is not None:
            self._apply()

    def clear(self) -> None:
        """Everybody is taken out."""
        self.seats.clear()
        self._apply()

    def _apply(self) -> None:
        wanted = hears(self.seats)
        for speaker, hearer in sorted(self._linked - wanted, key=_order):
            self._engine.unlink(speaker.source, hearer.sink)
        for speaker, hearer in sorted(wanted - self._linked, key=_order):
            self._engine.link(speaker.source, hearer.sink)
        self._linked = wanted
        if self.on_change is not None:
            self.on_change()


def _order(pair: tuple[Port, Port]) -> tuple[int, int]:
    return pair[0].index, pair[1].index
