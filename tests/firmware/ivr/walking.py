"""A caller made of a list of keys, and a box that has everything; both write down what happens to them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from firmware.calls.places import Target
from firmware.clock import run_stepped
from firmware.ivr.document import Document
from firmware.ivr.interpreter import Run
from firmware.ivr.nodes import Http, Language
from firmware.ivr.ports import Facts, Fetched, Recorded, Refused, Sound, Wanted
from firmware.ivr.way import Published

SAYS_S = 2.0  # every prompt takes so long
WANG = Facts(number="13800138000", name="王", line=3, called="4001234567")
MESSAGE = Recorded("recordings/m.wav", 3.0)
EMPTY = Fetched(200, {})
SUNDAY = datetime.fromisoformat("2026-11-22 14:05")


@dataclass
class Keys:
    """A caller who answers each question with the next key; None: nothing, for as long as he is waited for."""

    keys: list[str | None] = field(default_factory=list)
    facts: Facts = WANG
    heard: list[str] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    recorded: Recorded | Refused | None = MESSAGE
    language: Language = "zh"
    rank: int | None = None

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False) -> None:
        self.heard += [sound.name if sound.language == self.language else f"{sound.language}/{sound.name}"
                       for sound in sounds]  # fmt: skip
        await asyncio.sleep(SAYS_S)

    async def ask(self, sounds: Sequence[Sound], wait_s: float, *, secret: bool = False) -> str | None:
        self.heard += [sound.name for sound in sounds]
        key = self.keys.pop(0) if self.keys else None
        await asyncio.sleep(0.1 if key else wait_s)
        return key

    async def record(self, wanted: Wanted) -> Recorded | None:
        if isinstance(self.recorded, Refused):
            raise self.recorded
        await asyncio.sleep(wanted.silence_s)
        return self.recorded

    def speaks(self, language: Language) -> None:
        self.language = language

    def priority(self, priority: int) -> None:
        self.rank = priority

    def tell(self, kind: str, **data: Any) -> None:
        self.told.append((kind, data))

    def faults(self) -> list[str]:
        return [data["fault"] for kind, data in self.told if kind == "call.flow_fault"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [data for told, data in self.told if told == kind]


@dataclass
class Everything:
    """A box that has every prompt but `broken` ones, and every place but `away` ones."""

    broken: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    entries: dict[str, str] = field(default_factory=dict)
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    answer: Fetched | Refused = EMPTY
    takes_s: float = 0.1
    asked: list[tuple[str, dict[str, str], dict[str, str] | None]] = field(default_factory=list)
    clock: datetime = SUNDAY

    def now(self) -> datetime:
        return self.clock

    def playable(self, sound: Sound) -> bool:
        return sound.name not in self.broken

    def entry(self, schedule: str) -> str | None:
        return self.entries.get(schedule)

    def possible(self, target: Target) -> bool:
        return target.kind not in self.away

    async def look_up(self, query: str, arguments: Mapping[str, str]) -> Mapping[str, str] | None:
        await asyncio.sleep(self.takes_s)
        if query == "broken":
            raise Refused("the store cannot be asked")
        return self.records.get(arguments.get("number", ""))

    async def fetch(
        self, request: Http, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> Fetched:
        self.asked.append((url, dict(headers), None if body is None else dict(body)))
        await asyncio.sleep(self.takes_s)
        if isinstance(self.answer, Refused):
            raise self.answer
        return self.answer


def flow(nodes: dict[str, Any], **more: Any) -> Document:
    """A document that begins at the first of its nodes; `fallback` is the operator's queue."""
    given = {"start": next(iter(nodes)), "nodes": nodes, "fallback": {"kind": "queue", "queue": "operator"}}
    return Document.model_validate(given | more)


def prompt(*names: str) -> list[dict[str, str]]:
    return [{"kind": "prompt", "name": name} for name in names]


@dataclass
class Walked:
    """Where a caller came to, and how."""

    place: Target
    run: Run
    caller: Keys
    box: Everything
    seconds: float

    @property
    def nodes(self) -> list[str]:
        return [node for _, node in self.run.trail.nodes]

    def variable(self, name: str) -> str:
        return self.run._way.frame.variables[name]


Walk = Callable[..., Walked]


@pytest.fixture
def walk() -> Walk:
    """walk(document, keys…): leads a caller through it in virtual time."""

    def walked(
        document: Document,
        *keys: str | None,
        caller: Keys | None = None,
        box: Everything | None = None,
        **flows: Document,
    ) -> Walked:
        someone, around = caller or Keys(), box or Everything()
        someone.keys += keys
        known = {name: Published(1, one) for name, one in flows.items()} | {"main": Published(1, document)}

        async def story() -> Walked:
            run = Run("main", known, someone, around)
            clock = asyncio.get_running_loop().time
            began = clock()
            place = await run.walk()
            return Walked(place, run, someone, around, clock() - began)

        return run_stepped(story(), [])

    return walked
