"""Traffic as theory supposes it, made of real signals: Poisson arrivals, exponential handling and patience.

Calls come over the simulated card: rung lines, caller id, a key in the menu, the queue, a rung station, off-hook, talk,
on-hook, the line's release. Only what theory counts is steered:

- *Handling time* runs from the choice of an agent (`call.offered`) until he can have the next call (`station.ready`).
  It has a part that nobody can shorten (ringing, hook debouncing, on-hook told from a flash, a short wrap-up): it is
  measured first, by calls almost without talk. The agent then talks so long that the whole is exponential; where the
  draw is shorter than that part, it is that part.
- *Patience* runs from the queue until the caller's hang-up is known to the box. What the box needs to know it is
  measured, too, and taken off. Nobody hangs up once an agent is chosen for him, as theory has it.
- *Holding time* of a line runs from its seizure by the exchange until both its ends are on-hook again.
"""

import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drivers.binding.simcard import SimCard
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.clock import TickClock, run_stepped
from firmware.config import Board, load_board, load_country
from firmware.training.caller import Caller
from firmware.training.telephone import Telephone
from firmware.training.world import World

BEGIN = 1_767_600_000.0
KEY_AFTER_S = 0.5  # the greeting is cut by the key
PILOT_CALLS = 12
LEAST_TALK_S = 0.3  # a shorter off-hook is a contact's bounce
WRAP_UP_S = 1.5  # a telephone put down just now does not tell the first burst that rings it
PATIENCE_S = 2.0  # of those who show how long the box needs to know that they hung up
QUEUES = {"queues": [{"id": "sales", "wrap_up_s": WRAP_UP_S}, {"id": "service"}, {"id": "operator"}]}
SETTLE_S = 5.0
FOREVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Load:
    """One experiment. `per_s`: arrivals per second; `handling_s`, `patience_s` (None: endless): means before the
    unavoidable parts are put in; `calls`: how many come."""

    name: str
    lines: int
    agents: int
    per_s: float
    handling_s: float
    patience_s: float | None
    calls: int
    seed: int = 1


@dataclass(slots=True)
class Fate:
    """One call, in seconds of the loop's clock; None: it did not come to that."""

    came: float
    queued: float | None = None
    offered: float | None = None
    talking: float | None = None
    handled: float | None = None  # the agent was idle again
    ended: float | None = None
    freed: float | None = None  # the line, at the exchange
    blocked: bool = False


@dataclass(slots=True)
class Seen:
    """What came of a load, in the order of coming. `set_up_s`, `notice_s`: the measured unavoidable parts of handling
    and patience. `missing`: events after which callers in were not served + abandoned + overflowed + inside."""

    load: Load
    fates: list[Fate]
    set_up_s: float
    notice_s: float
    missing: int


def run(load: Load) -> Seen:
    """Measures the unavoidable parts by a few calls, then makes the traffic."""
    quiet = Load("pilot", 2, 1, 1.0, 0.0, None, PILOT_CALLS)
    served = _play(quiet, _Habits(0.0, 0.0, None), one_by_one=True)
    set_up = _mean(
        [fate.handled - fate.offered - LEAST_TALK_S for fate in served.fates if fate.handled and fate.offered]
    )
    given_up = _play(quiet, _Habits(0.0, 0.0, PATIENCE_S, absent=True), one_by_one=True)
    notice = _mean([fate.ended - fate.queued - PATIENCE_S for fate in given_up.fates if fate.ended and fate.queued])
    seen = _play(load, _Habits(set_up, notice, load.patience_s))
    return Seen(load, seen.fates, set_up, notice, seen.missing)


@dataclass(frozen=True, slots=True)
class _Habits:
    set_up_s: float
    notice_s: float
    patience_s: float | None
    absent: bool = False  # nobody picks up: to measure how long the box needs to know of a hang-up


@dataclass(slots=True)
class _Day:
    load: Load
    habits: _Habits
    fates: list[Fate] = field(default_factory=list)
    by_line: dict[int, Fate] = field(default_factory=dict)
    by_station: dict[str, Fate] = field(default_factory=dict)
    chosen: dict[int, asyncio.Event] = field(default_factory=dict)
    missing: int = 0


def _play(load: Load, habits: _Habits, *, one_by_one: bool = False) -> _Day:
    board, plan = _board(load), load_country("cn")
    card = SimCard(board.port_specs, board.wires, plan, seed=load.seed, record_sync_ms=0)
    with tempfile.TemporaryDirectory(prefix="callbox-traffic-") as data:
        try:
            return run_stepped(_day(card, board, load, habits, Path(data), one_by_one), [card.box, card.far])
        finally:
            card.close()


def _board(load: Load) -> Board:
    """The simulated card with as many ports as the load wants."""
    usual = load_board("sim-8x8").simulated
    lines = [{"number": index + 1, "channel": index} for index in range(load.lines)]
    stations = [{"number": str(801 + index), "channel": load.lines + index} for index in range(load.agents)]
    return Board.model_validate(usual.model_dump() | {"lines": lines, "stations": stations})


async def _day(card: SimCard, board: Board, load: Load, habits: _Habits, data: Path, one_by_one: bool) -> _Day:
    (data / "setup.json").write_text(json.dumps({"queues": {"1": QUEUES}}))
    box = Box(Wiring(card.box, board, "traffic", card.box.plan, "zh", data, TickClock(card.box, BEGIN), False))
    world = World(card.far, board, release="loop_drop")
    day = _Day(load, habits)
    box.bus.subscribe(lambda event: _heard(day, box, data, event))
    await box.start()
    if habits.absent:
        for telephone in world.telephones.values():
            await telephone.pick_up()
    agents = [
        asyncio.create_task(_agent(day, telephone, Random(f"{load.seed} agent {number}")), name=f"agent {number}")  # noqa: S311
        for number, telephone in world.telephones.items()
        if not habits.absent
    ]
    try:
        await _callers(day, world, one_by_one)
        await asyncio.sleep(SETTLE_S)
    finally:
        for task in agents:
            task.cancel()
        await world.close()
        await box.stop("the traffic is over")
    return day


async def _callers(day: _Day, world: World, one_by_one: bool) -> None:
    loop, load = asyncio.get_running_loop(), day.load
    random = Random(f"{load.seed} callers")  # noqa: S311 - repeatable, not secret
    at = loop.time()
    async with asyncio.TaskGroup() as inside:
        for number in range(load.calls):
            at += random.expovariate(load.per_s)
            patience = FOREVER_S if day.habits.patience_s is None else day.habits.patience_s
            if not day.habits.absent and day.habits.patience_s is not None:
                patience = max(0.0, random.expovariate(1 / patience) - day.habits.notice_s)
            if not one_by_one:
                await asyncio.sleep(max(0.0, at - loop.time()))  # the sum of the draws: rounding to ticks adds nothing
            fate = Fate(loop.time())
            day.fates.append(fate)
            index = next((index for index, line in world.lines.items() if line.idle), None)
            if index is None:
                fate.blocked = True
                continue
            world.lines[index].busy = True
            caller = Caller(world.lines[index], f"138{number % 10**8:08d}")
            task = inside.create_task(_visit(day, index, caller, fate, patience), name=f"caller {number}")
            if one_by_one:
                await task
                await asyncio.sleep(SETTLE_S)


async def _visit(day: _Day, index: int, caller: Caller, fate: Fate, patience: float) -> None:
    """One call; the caller stays until he is out of patience, or until the box releases the line."""
    day.by_line[index] = fate
    chosen = day.chosen[index] = asyncio.Event()
    if await caller.dials():
        await asyncio.sleep(KEY_AFTER_S)
        await caller.presses("1")
        if not await _within(chosen.wait, patience):
            await caller.hangs_up()
        await caller.hears_hang_up()
    await caller.hangs_up()
    fate.freed = asyncio.get_running_loop().time()


async def _within(wait: Callable[[], Coroutine[Any, Any, Any]], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds if seconds < FOREVER_S else None):
            await wait()
    except TimeoutError:
        return False
    return True


async def _agent(day: _Day, telephone: Telephone, random: Random) -> None:
    """Picks up at the first ring; ends the call when its handling has lasted as long as was drawn."""
    while True:
        await telephone.rings()
        await telephone.pick_up()
        drawn = random.expovariate(1 / day.load.handling_s) if day.load.handling_s else 0.0
        await asyncio.sleep(max(LEAST_TALK_S, drawn - day.habits.set_up_s))
        await telephone.hang_up()


def _heard(day: _Day, box: Box, data: Path, event: Event) -> None:
    """The experimenter's notes."""
    day.missing += any(box.hall.missing(queue) for queue in box.hall.tallies)
    now = asyncio.get_running_loop().time()
    if event.kind == "station.ready" and event.station in day.by_station:
        day.by_station.pop(event.station).handled = now
    if event.line is None or event.line not in day.by_line:
        return
    fate = day.by_line[event.line]
    match event.kind:
        case "call.queued":
            fate.queued = now
        case "call.offered" if event.station is not None:
            fate.offered = now
            day.by_station[event.station] = fate
            day.chosen[event.line].set()
        case "call.connected":
            fate.talking = now
        case "call.recorded":
            (data / str(event.data["path"])).unlink(missing_ok=True)  # thousands of them would fill the disk
        case "call.ended":
            fate.ended = now


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
