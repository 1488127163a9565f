"""Agents and callers who act by themselves, with seeded habits: for the simulation and for the page's button."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random

from firmware.training.caller import AGENT_MARK, Caller
from firmware.training.telephone import Telephone

GREETING_S = (1.0, 6.0)  # how long a caller listens to the greeting before he presses a key


@dataclass(slots=True)
class AgentLog:
    """What an agent did."""

    station: str
    rung: int = 0
    answered: int = 0
    talk_s: float = 0.0
    no_display: int = 0  # picked up before the handset showed a number
    wrong_display: int = 0  # the number came with an error


@dataclass(frozen=True, slots=True)
class AgentHabits:
    """`answer_s`: from the first ring until he picks up, between two bounds. `hangs_up_first`: share of the talks
    that he ends, after `talk_s`. `wrap_up_s`: how long he does not pick up afterwards."""

    answer_s: tuple[float, float] = (2.0, 5.0)
    hangs_up_first: float = 0.0
    talk_s: tuple[float, float] = (20.0, 40.0)
    wrap_up_s: float = 0.0


async def agent(telephone: Telephone, log: AgentLog, habits: AgentHabits, speech: Path, random: Random) -> None:
    """Picks up whenever his telephone rings, talks until either side ends it, for ever."""
    loop = asyncio.get_running_loop()
    while True:
        await telephone.rings()
        log.rung += 1
        await asyncio.sleep(random.uniform(*habits.answer_s))
        if not telephone.ringing:
            continue
        log.no_display += telephone.shown is None
        log.wrong_display += telephone.shown is not None and not telephone.shown.ok
        await telephone.pick_up()
        log.answered += 1
        began = loop.time()
        await _talk(telephone, habits, speech, random)
        log.talk_s += loop.time() - began
        await telephone.hang_up()
        await asyncio.sleep(habits.wrap_up_s)


async def _talk(telephone: Telephone, habits: AgentHabits, speech: Path, random: Random) -> None:
    speaking = asyncio.create_task(_speak(telephone, speech), name="agent speaks")
    limit = random.uniform(*habits.talk_s) if random.random() < habits.hangs_up_first else None
    try:
        await telephone.other_party_gone(limit)
    except TimeoutError:
        pass  # he ends it himself
    finally:
        speaking.cancel()


async def _speak(telephone: Telephone, speech: Path) -> None:
    await asyncio.sleep(0.3)
    await telephone.handset.press(AGENT_MARK)
    await asyncio.sleep(0.5)
    await telephone.handset.speak(speech)


@dataclass(slots=True)
class Visit:
    """How a caller fared, as he saw it. `result`: 'talked', 'gave_up' or 'not_answered'."""

    number: str
    line: int
    began: float
    result: str = "not_answered"
    wait_s: float = 0.0  # from dialling until a person answered, or until he gave up
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CallerHabits:
    """One caller: the key he presses, how long he waits for a person, and how long he talks (seconds)."""

    key: str
    patience_s: float
    talk_s: float


async def visit(caller: Caller, seen: Visit, habits: CallerHabits, speech: Path, random: Random) -> None:
    """One call from dialling to hanging up; what he saw goes into `seen`."""
    loop = asyncio.get_running_loop()
    try:
        if await caller.dials():
            seen.result = "gave_up"
            await _inside(caller, seen, habits, speech, random)
        else:
            seen.wait_s = loop.time() - seen.began
    finally:
        await caller.hangs_up()


async def _inside(caller: Caller, seen: Visit, habits: CallerHabits, speech: Path, random: Random) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(random.uniform(*GREETING_S))
    await caller.presses(habits.key)
    answered = await _answered(caller, within=max(1.0, seen.began + habits.patience_s - loop.time()))
    seen.wait_s = loop.time() - seen.began
    if not answered:
        return
    seen.result = "talked"
    began = loop.time()
    speaking = asyncio.create_task(_say(caller, speech), name="caller speaks")
    try:
        async with asyncio.timeout(habits.talk_s):
            await caller.hears_hang_up()
    except TimeoutError:
        pass  # he ends it himself
    finally:
        speaking.cancel()
        seen.talk_s = loop.time() - began


async def _answered(caller: Caller, within: float) -> bool:
    """Waits for an agent; False when his patience has ended, or the box has hung up on him."""
    agent = asyncio.create_task(caller.hears_agent(within), name="caller waits")
    gone = asyncio.create_task(caller.hears_hang_up(), name="caller is cut off")
    try:
        await asyncio.wait({agent, gone}, return_when=asyncio.FIRST_COMPLETED)
        return agent.done() and agent.result()
    finally:
        agent.cancel()
        gone.cancel()


async def _say(caller: Caller, speech: Path) -> None:
    await asyncio.sleep(2.0)
    await caller.speaks(speech)
