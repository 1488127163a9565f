"""What a flow needs of the call and of the box. The interpreter knows nothing else: no line, no file, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from firmware.calls.places import Target
from firmware.ivr.nodes import Http, Language


class CallerGone(Exception):
    """The caller has hung up. Passes through the flow untouched, as does a cancellation."""


class Unplayable(Exception):
    """Nothing of what should have been said could be played; the caller heard nothing."""


class Refused(Exception):
    """A look-up or request did not work. The message is for the log and the person who can mend it."""


class Sound(NamedTuple):
    """A prompt or part of speech, in the language it is to be heard in."""

    name: str
    language: Language


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a caller as the flow begins."""

    number: str = ""
    name: str = ""
    line: int | None = None
    called: str = ""
    language: Language = "zh"
    earlier_calls: int = 0
    last_station: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to record: for `most_s` at most, until one of `stop_keys` or `silence_s` of silence; after a tone. `node`:
    who wants it."""

    node: str
    most_s: float
    silence_s: float
    stop_keys: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """`file`: relative to the data directory; `seconds` of it in which somebody spoke or might have."""

    file: str
    seconds: float


class Caller(Protocol):
    """Who is led through the flow. Each method may raise CallerGone, or be cancelled when the caller goes."""

    facts: Facts

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False) -> None:
        """To the end, or to a key, which is kept for the next `ask`. Unplayable."""

    async def ask(self, sounds: Sequence[Sound], wait_s: float, *, secret: bool = False) -> str | None:
        """Plays; the first key pressed before, meanwhile or up to `wait_s` after the end, or None. A key stops the
        sounds at once. `secret`: the key is told nowhere. No sounds: only waits. Unplayable."""

    async def record(self, wanted: Wanted) -> Recorded | None:
        """None if he said nothing. Tells call.flow_record, also if he hangs up while he speaks. Refused: no room."""

    def speaks(self, language: Language) -> None:
        """From now on he is spoken to in this language, in the queue, too."""

    def priority(self, priority: int) -> None:
        """How he stands in the queues from now on."""

    def tell(self, kind: str, **data: Any) -> None:
        """Publishes an event of firmware/bus.py about this call."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer over HTTP: `data` is its JSON, None if it was none."""

    status: int
    data: Any


class Box(Protocol):
    """The box around a flow."""

    def now(self) -> datetime:
        """The wall clock, local."""

    def playable(self, sound: Sound) -> bool:
        """Whether there is a file for it."""

    def entry(self, schedule: str) -> str | None:
        """Which entry a schedule gives now; None if there is no such schedule."""

    def possible(self, target: Target) -> bool:
        """Whether there is such a queue, station or box."""

    async def look_up(self, query: str, arguments: Mapping[str, str]) -> Mapping[str, str] | None:
        """One of the questions of `lookups`; None: nothing found. Refused."""

    async def fetch(
        self, request: Http, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> Fetched:
        """Refused."""
