"""Who sits where, as the hall asks it. The agents' roster (`firmware/agents/`) answers on a box."""

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

Wants = Literal["ready", "busy", "away"]


class Seating(Protocol):
    """Numbers are agents'; that of a station means whoever sits there."""

    def station_of(self, number: str) -> str | None:
        """Where he sits; None: nowhere."""
        ...

    def agent_at(self, station: str) -> str | None:
        """The number of whoever sits there."""
        ...

    def takes_calls(self, number: str) -> Wants | None:
        """Whether he wants calls as soon as his telephone is free; None: he is not there."""
        ...

    def skills(self, number: str) -> Mapping[str, int]:
        """What he can do, by level."""
        ...

    def answered(self, number: str) -> None:
        """He took a queue's call."""
        ...

    def unanswered(self, number: str) -> None:
        """He let one ring."""
        ...


class OwnStations:
    """A box without people: every station is an agent of its own and always ready."""

    def __init__(self, stations: Collection[str]) -> None:
        self._stations = stations

    def station_of(self, number: str) -> str | None:
        return number if number in self._stations else None

    def agent_at(self, station: str) -> str | None:
        return station

    def takes_calls(self, number: str) -> Wants | None:
        return "ready"

    def skills(self, number: str) -> Mapping[str, int]:
        return {}

    def answered(self, number: str) -> None: ...

    def unanswered(self, number: str) -> None: ...
