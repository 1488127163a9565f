"""What is too much just now: a pure function of the lines, the queues and the setup."""

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.surge.section import Surge, When


@dataclass(frozen=True, slots=True)
class Queued:
    """One queue: who waits there, and its agents who are there, busy or not."""

    waiting: int
    agents: int


@dataclass(frozen=True, slots=True)
class Cause:
    """`why`: 'lines' or 'waiting'; `after_s`: a surge only if it lasts so long. `queue`, `waiting`, `agents`: of a
    queue; `lines`: how many there are, all in use."""

    why: When
    after_s: float = 0.0
    queue: str | None = None
    waiting: int = 0
    agents: int = 0
    lines: int = 0

    @property
    def name(self) -> str:
        """One for each that can be at a time."""
        return "surge_lines" if self.queue is None else f"surge_{self.queue}"

    def words(self) -> str:
        """What it is, and what it means for callers."""
        if self.queue is None:
            return (
                f"all {self.lines} lines are in use: whoever calls now hears the exchange's busy tone, "
                "and the box does not see him"
            )
        return f"queue {self.queue}: {self.waiting} callers wait for {self.agents} agents"


def causes(section: Surge, lines: int, in_use: int, queues: Mapping[str, Queued]) -> list[Cause]:
    """What is too much. `lines`: those that work; a box with none or a single one is full with each call, and that is
    no surge."""
    found = []
    if 1 < lines <= in_use:
        found.append(Cause("lines", section.lines_after_s, lines=lines))
    for name, queue in queues.items():
        enough = 0 < section.waiting_least <= queue.waiting
        if enough and queue.waiting > section.per_agent * queue.agents:
            found.append(Cause("waiting", queue=name, waiting=queue.waiting, agents=queue.agents))
    return found
