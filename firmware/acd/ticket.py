"""A caller's place in a queue, and what became of a queue's callers."""

import asyncio
from dataclasses import dataclass, field

from firmware.acd.choose import Caller, Choice
from firmware.lines import CallerId


@dataclass(slots=True)
class Tally:
    """What became of a queue's callers. At every moment entered = served + abandoned + overflowed + inside."""

    entered: int = 0
    served: int = 0
    abandoned: int = 0
    overflowed: int = 0


@dataclass(eq=False, slots=True)
class Ticket:
    """One caller in a queue. `stays`: no rule takes him away; `asked`: he was offered a callback; `ringing`: agents are
    being rung for him; `choice`: pending while he waits for an agent."""

    call: str
    line: int | None
    caller: CallerId
    queue: str
    since: float
    priority: int = 0
    stays: bool = False
    asked: bool = False
    last_agent: str | None = None
    visited: list[str] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    ringing: bool = False
    choice: "asyncio.Future[Choice] | None" = None

    def as_caller(self) -> Caller:
        return Caller(self.call, self.since, self.priority, self.last_agent, self.tried)
