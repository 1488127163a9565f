"""The training mode of a running box: its telephones are staffed, and callers come when the page asks for one.

Every outside number can be called. Its last digit tells what becomes of it: see `subscriber`. People may take
telephones into their own hands (firmware/training/booth.py): then nobody plays those.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from typing import Any

from firmware.api.messages import Refused, TrainingCall
from firmware.api.telephones import OUTSIDE
from firmware.dialplan.numbers import Numbering, wholeness
from firmware.prompts import Prompts
from firmware.training.caller import Caller
from firmware.training.exchange import ExchangeLine
from firmware.training.inhand import Extension, InHand, No
from firmware.training.outsider import Outsider
from firmware.training.people import AgentHabits, AgentLog, CallerHabits, Visit, agent, visit
from firmware.training.subscribers import Sounds, Subscriber
from firmware.training.world import World

log = logging.getLogger(__name__)

AGENTS = AgentHabits(answer_s=(6.0, 10.0), hangs_up_first=0.3, talk_s=(20.0, 40.0), wrap_up_s=2.0)
PATIENCE_S = 300.0
TALK_S = (20.0, 40.0)
ANSWER_S = (4.0, 12.0)
SHORT = 5  # digits: services and emergency numbers


def subscriber(number: str, random: Random, says: Path) -> Subscriber:
    """Who has this number: 0 is busy, 1 not in use, 2 never answers, 3 is an answering machine, 4 a fax machine, and 5
    cannot be reached for a full network. Behind every other last digit, and every short number, there is a person."""
    match number[-1:] if len(number) > SHORT else "":
        case "0":
            return Subscriber(number, "busy")
        case "1":
            return Subscriber(number, "vacant", announced=True)
        case "2":
            return Subscriber(number)
        case "3" | "4":
            return Subscriber(number, after_s=random.uniform(*ANSWER_S), who="machine" if number[-1] == "3" else "fax")
        case "5":
            return Subscriber(number, "congestion")
    return Subscriber(number, after_s=random.uniform(*ANSWER_S), says=says, talk_s=random.uniform(*TALK_S))


def whole(digits: str, country: str, own: Collection[str]) -> bool:
    """As an exchange knows the numbers of its country, and those that people have given to their telephones (`own`)."""
    return digits in own or wholeness(digits, Numbering(country=country)) == "whole"


class Training:
    """Agents at every telephone from `start()` on; `call` is the api's intent."""

    def __init__(self, world: World, prompts: Prompts) -> None:
        self._world = world
        self._hands: dict[str, InHand] = {}  # telephones that people hold
        self.is_alone = False  # the box calls itself just now
        self._prompts = prompts
        self._random = SystemRandom()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tones: TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Staffs the telephones; whoever is called from the box has a voice."""
        self._tones = TemporaryDirectory(prefix="callbox-training-")
        office = self._world.office
        office.sounds = Sounds.of(self._prompts, Path(self._tones.name))
        office.otherwise, office.otherwise_whole = self.whom, self.is_whole
        for number in self._world.telephones:
            if number not in self._hands:
                self._staff(number)

    async def call(self, wanted: TrainingCall) -> dict[str, Any]:
        """Sends in a caller; Refused when the line does not exist or is busy. The line he calls on."""
        number, line = self._choose(wanted.line)
        line.busy = True
        seen = Visit(wanted.number, number, asyncio.get_running_loop().time())
        habits = CallerHabits("1", PATIENCE_S, self._random.uniform(*TALK_S))
        caller = Caller(line, wanted.number, wanted.name)
        speech = self._prompts.path("caller_speech")
        self._begin(visit(caller, seen, habits, speech, self._random), f"caller {wanted.number}")
        return {"line": number, "number": wanted.number}

    # -- telephones in people's hands ------------------------------------------------------------------------

    @property
    def telephones(self) -> list[str]:
        """Every one that can be taken, those outside first."""
        return [*(f"out{number}" for number in range(1, OUTSIDE + 1)), *self._world.telephones]

    @property
    def lines(self) -> list[int]:
        """On which one can call in."""
        return list(self._world.lines)

    async def take(self, name: str) -> InHand:
        """A telephone that nobody holds. An agent's becomes free of the one who plays him, also in mid-call. Refused
        while the box calls itself; KeyError: there is none of the name."""
        if self.is_alone:
            raise No("selfcall")
        if name not in self.telephones or name in self._hands:
            raise KeyError(name)
        if name not in self._world.telephones:
            speech = self._prompts.path("caller_speech")
            self._hands[name] = Outsider(name, self._world, speech, self._begin)
        else:
            await _ended([task for task in self._tasks if task.get_name() == f"agent {name}"])
            speech = self._prompts.path("agent_speech")
            self._hands[name] = Extension(name, self._world.telephones[name], speech)
        return self._hands[name]

    async def give_back(self, name: str) -> None:
        """It is put down; at an agent's there is somebody again. Fine if nobody holds it."""
        held = self._hands.pop(name, None)
        if held is None:
            return
        await held.put_away()
        if name in self._world.telephones and not self.is_alone and self._tones is not None:
            self._staff(name)

    def _staff(self, number: str) -> None:
        telephone, speech = self._world.telephones[number], self._prompts.path("agent_speech")
        self._begin(agent(telephone, AgentLog(number), AGENTS, speech, self._random), f"agent {number}")

    def whom(self, number: str) -> Subscriber:
        """Whom a number rings: a person with a telephone outside, first who has it for his own, or somebody played."""
        outside = [held for held in self._hands.values() if isinstance(held, Outsider)]
        for held in sorted(outside, key=lambda one: not one.reach.number):
            if (found := held.subscriber(number)) is not None:
                return found
        return subscriber(number, self._random, self._prompts.path("caller_speech"))

    def is_whole(self, digits: str) -> bool:
        """Whether the exchange knows that no digit can follow."""
        own = {held.reach.number for held in self._hands.values() if isinstance(held, Outsider)}
        return whole(digits, self._world.far.plan.country, own)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[World]:
        """The world without people, for the box's call to itself; the agents come back afterwards. Refused while
        somebody calls or talks."""
        at_work = [task for task in self._tasks if task.get_name().startswith("agent ")]
        if len(at_work) < len(self._tasks) or any(one.offhook for one in self._world.telephones.values()):
            raise Refused("somebody is calling or talking", code="line_taken")
        self.is_alone = True
        await _ended(at_work)
        try:
            yield self._world
        finally:
            self.is_alone = False
            self.start()

    async def stop(self) -> None:
        """Everybody puts the handset down."""
        for name in list(self._hands):
            await self._hands.pop(name).put_away()
        await _ended(list(self._tasks))
        await self._world.close()
        if self._tones is not None:
            self._tones.cleanup()
            self._tones = None

    def _choose(self, wanted: int | None) -> tuple[int, ExchangeLine]:
        if wanted is not None and wanted not in self._world.lines:
            known = ", ".join(str(number) for number in self._world.lines)
            raise Refused(f"there is no line {wanted}; lines are {known}", code="no_line", name=wanted)
        for number, line in self._world.lines.items():
            if line.idle and wanted in (None, number):
                return number, line
        if wanted is None:
            raise Refused("every line is busy", code="lines_in_use")
        raise Refused(f"line {wanted} is busy", code="line_not_free", name=wanted)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s failed", task.get_name(), exc_info=task.exception())


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
