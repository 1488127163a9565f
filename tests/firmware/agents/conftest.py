"""A room of real stations whose ports do nothing, and the people who sit there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.agents.kept import Kept
from firmware.agents.roster import Roster
from firmware.agents.section import Agents
from firmware.bus import Bus, Event
from firmware.clock import run_stepped
from firmware.people import People
from firmware.stations import Station

PEOPLE = People.model_validate({
    "people": [
        {"id": "li", "name": "Li", "number": "3001"},
        {"id": "zhao", "name": "Zhao", "number": "3002", "skills": {"english": 5}},
        {"id": "sun", "name": "Sun", "number": "3003", "enabled": False},
    ]
})  # fmt: skip


class Silent:
    """A port that does nothing."""

    on_event: Any = None

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Quiet(Station):
    """A station without sound; the test works its hook."""

    def _play_tones(self, tones: list[tuple[str, float]]) -> None: ...

    def lift(self) -> None:
        self._off_hook()

    def put_down(self) -> None:
        self._on_hook()


class Room:
    """Three stations, and a roster over one data directory."""

    def __init__(self, data: Path, section: Agents | None = None, people: People = PEOPLE) -> None:
        self.bus = Bus(asyncio.get_running_loop().time)
        self.events: list[Event] = []
        self.bus.subscribe(self.events.append)
        silent: Any = Silent()
        self.stations = {number: Quiet(number, silent, self.bus) for number in ("801", "802", "803")}
        self.kept = Kept(data)
        self.roster = Roster(self.stations, self.bus, self.kept, people, section or Agents())
        self.roster.start()

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def state(self, station: str) -> str | None:
        agent = self.roster.at(station)
        return None if agent is None else agent.state


Story = Callable[[Callable[..., Room]], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    def play(story: Story) -> None:
        run_stepped(story(lambda *how, **more: Room(tmp_path, *how, **more)), [])  # type: ignore[arg-type]

    return play
