"""What was seen of the demonstration call: the far ends' receiver files and times, the box's events, the store."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.binding.plan import Plan
from firmware.bus import Event
from firmware.config import Board
from firmware.prompts import Prompts
from firmware.store.models import CallRecord
from firmware.training.telephone import Shown

LINE, STATION, NUMBER, KEY = 3, "801", "13800138000", "1"
TONE_S = 5.0  # the agent listens to the tone for so long


@dataclass
class Seen:
    """What was seen of the call, from outside and inside. Times `*_at` are seconds of the loop's clock."""

    plan: Plan
    board: Board
    prompts: Prompts
    data: Path
    caller_file: Path
    agent_file: Path
    events: list[Event] = field(default_factory=list)
    epoch: float = 0.0  # the box's clock when the loop's was 0
    dialled_at: float = 0.0
    answered_at: float = 0.0
    picked_up_at: float = 0.0
    hung_up_at: float = 0.0
    released_at: float = 0.0
    put_down_at: float = 0.0
    agent_heard_tone: str = ""
    broken: str = ""  # why the call could not be made to its end
    shown: Shown | None = None
    bursts: list[int] = field(default_factory=list)
    caller_began: float = 0.0  # loop time of the caller's receiver file's first sample
    caller_begins_at: int = 0  # far sample counts of the receiver files' first samples
    agent_begins_at: int = 0
    counters: dict[str, dict[str, int]] = field(default_factory=dict)
    left_over: dict[str, int] = field(default_factory=dict)
    record: CallRecord | None = None

    def event(self, kind: str, **data: Any) -> Event | None:
        """The first event of the kind with these data."""
        for event in self.events:
            if event.kind == kind and all(event.data.get(key) == value for key, value in data.items()):
                return event
        return None
