"""Which agent gets the next call: pure functions of data."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """A station as the choice sees it. `idle_since` and `now` are of the same clock, seconds."""

    station: str
    free: bool
    idle_since: float
    tried: bool = False  # rung for this very call without an answer


@dataclass(frozen=True, slots=True)
class Choice:
    """Who, and why: sentences for the event log."""

    station: str
    why: tuple[str, ...]


def longest_idle(agents: Iterable[Agent], now: float) -> Choice | None:
    """The free agent who has been idle longest, not yet tried for this call; None when there is none.

    Equal times: the lower station number, so that the choice repeats."""
    everyone = list(agents)
    able = [agent for agent in everyone if agent.free and not agent.tried]
    if not able:
        return None
    chosen = min(able, key=lambda agent: (agent.idle_since, agent.station))
    why = [f"idle for {now - chosen.idle_since:.0f} s, longest of {len(able)} free"]
    tried = sorted(agent.station for agent in everyone if agent.tried)
    if tried:
        why.append(f"did not answer this call: {', '.join(tried)}")
    return Choice(chosen.station, tuple(why))
