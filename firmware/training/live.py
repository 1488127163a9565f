"""The training mode of a running box: its telephones are staffed, and callers come when the page asks for one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

from firmware.api.messages import Refused, TrainingCall
from firmware.prompts import Prompts
from firmware.training.caller import Caller
from firmware.training.exchange import ExchangeLine
from firmware.training.people import AgentHabits, AgentLog, CallerHabits, Visit, agent, visit
from firmware.training.world import World

log = logging.getLogger(__name__)

AGENTS = AgentHabits(answer_s=(6.0, 10.0), hangs_up_first=0.3, talk_s=(20.0, 40.0), wrap_up_s=2.0)
PATIENCE_S = 300.0
TALK_S = (20.0, 40.0)


class Training:
    """Agents at every telephone from `start()` on; `call` is the api's intent."""

    def __init__(self, world: World, prompts: Prompts) -> None:
        self._world = world
        self._prompts = prompts
        self._random = SystemRandom()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Staffs the telephones."""
        speech = self._prompts.path("agent_speech")
        for number, telephone in self._world.telephones.items():
            self._begin(agent(telephone, AgentLog(number), AGENTS, speech, self._random), f"agent {number}")

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

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[World]:
        """The world without people, for the box's call to itself; the agents come back afterwards. Refused while
        somebody calls or talks."""
        at_work = [task for task in self._tasks if task.get_name().startswith("agent ")]
        if len(at_work) < len(self._tasks) or any(one.offhook for one in self._world.telephones.values()):
            raise Refused("somebody is calling or talking")
        await _ended(at_work)
        try:
            yield self._world
        finally:
            self.start()

    async def stop(self) -> None:
        """Everybody puts the handset down."""
        await _ended(list(self._tasks))
        await self._world.close()

    def _choose(self, wanted: int | None) -> tuple[int, ExchangeLine]:
        if wanted is not None and wanted not in self._world.lines:
            known = ", ".join(str(number) for number in self._world.lines)
            raise Refused(f"there is no line {wanted}; lines are {known}")
        for number, line in self._world.lines.items():
            if line.idle and wanted in (None, number):
                return number, line
        raise Refused("every line is busy" if wanted is None else f"line {wanted} is busy")

    def _begin(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s failed", task.get_name(), exc_info=task.exception())


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)
