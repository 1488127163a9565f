"""A working day: callers from outside, agents who answer, hold, pass on, park, confer, listen to messages, call each
other and the outside, all at random and all at once, at real telephones in virtual time.

The people know signals only. At the end the box must have forgotten nobody and kept nothing open.
"""

import asyncio
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drivers.binding.engine import CoreError
from drivers.binding.simcard import SimCard
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.clock import TickClock, run_stepped
from firmware.config import Board, load_board, load_country
from firmware.prompts import Prompts
from firmware.recording.audit import audit_recordings
from firmware.training.caller import Caller
from firmware.training.live import subscriber as by_last_digit
from firmware.training.subscribers import Sounds
from firmware.training.telephone import Telephone
from firmware.training.world import World

BEGINS = 1_767_574_800.0  # 2026-01-05 01:00 UTC, a Monday
LINES_HELD = 7  # callers at once; one line is left for calls to the outside
PATIENCE_S = (25.0, 120.0)
TALK_S = (4.0, 20.0)
BETWEEN_S = (1.0, 3.0)  # from one caller of a line to the next
IDLE_S = (20.0, 90.0)  # an agent without a call does something by himself after so long
GUARD_S = 2.0  # a telephone that was put down is not lifted sooner
LOST = ("events_lost", "play_starved", "record_lost", "record_errors", "surprises", "card_errors", "orders_refused",
        "handler_errors")  # fmt: skip

ACTS = ("talk",) * 8 + ("hold", "blind", "attended", "confer", "park", "voicemail", "forget")
ALONE = ("inside", "inside", "outside", "messages", "room", "nothing", "pick_up")


@dataclass(slots=True)
class _Day:
    box: Box
    world: World
    speech: Path
    calls: int
    random: Random
    done: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    miscounted: int = 0
    left: int = 0  # callers still to come

    def heard(self, event: Event) -> None:
        self.events[event.kind] += 1
        if event.kind == "call.ended":
            self.results[str(event.data["result"])] += 1
        self.miscounted += any(self.box.hall.missing(queue) for queue in self.box.hall.tallies)


def workday(calls: int = 1200, *, seed: int = 1, data: Path | None = None) -> dict[str, Any]:
    """Runs until so many callers have come: {ok, seconds, calls, acts, events, checks, data}."""
    board, plan = load_board("sim-8x8").simulated, load_country("cn")
    data = data or Path(tempfile.mkdtemp(prefix="callbox-workday-"))
    card = SimCard(board.port_specs, board.wires, plan, seed=seed, record_sync_ms=0)
    try:
        result = run_stepped(_whole(card, board, data, calls, seed), [card.box, card.far])
    finally:
        card.close()
    audit = audit_recordings(data)
    found = {key: audit[key] for key in ("calls", "recordings", "owed_s", "missing_s")}
    result["checks"].append(_check("every answered second owns audio, no file is an orphan", audit["ok"], found))
    result["ok"] = all(check["ok"] for check in result["checks"])
    return result | {"data": str(data)}


async def _whole(card: SimCard, board: Board, data: Path, calls: int, seed: int) -> dict[str, Any]:
    prompts = Prompts("zh")
    plan = card.box.plan
    box = Box(Wiring(card.box, board, "sim-8x8", plan, "zh", data, TickClock(card.box, BEGINS), False, 12.0))
    world = World(card.far, board)
    world.office.sounds = Sounds.of(prompts, data)
    speech = prompts.path("caller_speech")
    world.office.otherwise = lambda number: by_last_digit(number, Random(number), speech)  # noqa: S311
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    day = _Day(box, world, speech, calls, random, left=calls)
    box.bus.subscribe(day.heard)
    free = len(card.box.players_free), len(card.box.recorders_free), len(card.box.taps_free)
    await box.start()
    agents = [
        asyncio.create_task(_agent(day, number, Random(f"{seed} {number}")), name=f"agent {number}")  # noqa: S311
        for number in world.telephones
    ]
    async with asyncio.TaskGroup() as lines:
        for line in list(world.lines)[:LINES_HELD]:
            lines.create_task(_callers(day, line, Random(f"{seed} line {line}")), name=f"callers {line}")  # noqa: S311
    for agent in agents:
        agent.cancel()
    await asyncio.wait(agents)
    for telephone in world.telephones.values():
        await telephone.hang_up()
    await asyncio.sleep(120)  # who was parked or on hold comes back to a telephone that nobody answers
    stuck = [
        *(f"line {line.number}" for line in box.lines.values() if not line.free),
        *(f"station {station.number}" for station in box.stations.values() if not station.free),
    ]
    left = {
        "players": free[0] - len(card.box.players_free), "recorders": free[1] - len(card.box.recorders_free),
        "taps": free[2] - len(card.box.taps_free), "calls": len(box.calls), "parked": len(box.park.parked),
        "meetings": len(box.rooms.meetings),
    }  # fmt: skip
    lost = {name: count for name, count in card.box.counters().items() if name in LOST and count}
    seconds = asyncio.get_running_loop().time()
    await world.close()
    await box.writer.flushed()
    await box.stop("the day is over")
    checks = [
        _check("every port is idle", not stuck, stuck),
        _check("nothing is left over", not any(left.values()), left),
        _check("the core has lost nothing", not lost, lost),
        _check("every call that began has ended", day.events["call.started"] == day.events["call.ended"],
               {"began": day.events["call.started"], "ended": day.events["call.ended"]}),
        _check("callers in were served, gone, sent on or inside, at every event", not day.miscounted, day.miscounted),
        _check("no subscriber of the bus failed", not box.bus.subscriber_errors, box.bus.subscriber_errors),
        _check("no call failed", not day.results["failed"], dict(day.results)),
    ]  # fmt: skip
    return {
        "seconds": round(seconds), "calls": dict(day.results), "acts": dict(day.done),
        "events": dict(sorted(day.events.items())), "checks": checks,
    }  # fmt: skip


def _check(name: str, ok: bool, measured: Any) -> dict[str, Any]:
    return {"name": name, "ok": ok, "measured": measured}


# -- callers ---------------------------------------------------------------------------------------------


async def _callers(day: _Day, line: int, random: Random) -> None:
    while day.left > 0:
        await asyncio.sleep(random.uniform(*BETWEEN_S))
        if not day.world.lines[line].idle or day.left <= 0:
            continue
        day.left -= 1
        caller = Caller(day.world.lines[line], f"138{random.randrange(10**8):08d}", patience_s=random.uniform(8, 40))
        try:
            if await caller.dials():
                await _inside(day, caller, random)
        finally:
            await caller.hangs_up()


async def _inside(day: _Day, caller: Caller, random: Random) -> None:
    await asyncio.sleep(random.uniform(0.5, 4.0))
    await caller.presses(random.choice("1120*9"))
    with suppress(TimeoutError):
        async with asyncio.timeout(random.uniform(*PATIENCE_S)):
            talking = asyncio.ensure_future(caller.speaks(day.speech, repeat=True))
            try:
                await caller.hears_hang_up()
            finally:
                talking.cancel()


# -- agents ----------------------------------------------------------------------------------------------


async def _agent(day: _Day, number: str, random: Random) -> None:
    phone = day.world.telephones[number]
    others = [one for one in day.world.telephones if one != number]
    while True:
        try:
            async with asyncio.timeout(random.uniform(*IDLE_S)):
                await phone.rings()
            await asyncio.sleep(random.uniform(0.5, 4.0))
            if not phone.ringing:
                continue
            await phone.pick_up()
            act = random.choice(ACTS)
        except TimeoutError:
            act = random.choice(ALONE)
        day.done[act] += 1
        with suppress(TimeoutError, CoreError):  # the other has gone meanwhile, or it rang as he lifted
            await _does(day, phone, act, random.choice(others), random)
        with suppress(CoreError):
            await phone.hang_up()
        await asyncio.sleep(GUARD_S)


async def _talks(phone: Telephone, random: Random) -> bool:
    """For a while; False: the other side has gone."""
    try:
        await phone.other_party_gone(random.uniform(*TALK_S))
    except TimeoutError:
        return True
    return False


async def _does(day: _Day, phone: Telephone, act: str, other: str, random: Random) -> None:
    if act in ALONE:
        await _alone(phone, act, other, random)
        return
    if not await _talks(phone, random):
        return
    match act:
        case "hold":
            await phone.flash()
            await asyncio.sleep(random.uniform(1, 8))
            await phone.flash()
            await _talks(phone, random)
        case "blind":
            await phone.flash(other)
            await asyncio.sleep(random.uniform(1, 3))
        case "attended" | "confer":
            await phone.flash(other)
            await asyncio.sleep(random.uniform(4, 12))
            if act == "confer":
                await phone.flash("3")
                await _talks(phone, random)
        case "park":
            await phone.flash("*20")
            await asyncio.sleep(3)
        case "voicemail":
            await phone.flash(other)
            await asyncio.sleep(1)
        case "forget":
            await phone.flash()
            await asyncio.sleep(1)


async def _alone(phone: Telephone, act: str, other: str, random: Random) -> None:
    if act == "nothing" or phone.ringing:
        return
    dialled = {
        "inside": other, "outside": f"9139{random.randrange(10**8):08d}", "messages": "*97", "room": "*4070#",
        "pick_up": random.choice(["*8#", f"*21{random.randrange(1, 4)}#"]),
    }[act]  # fmt: skip
    await phone.dial(dialled)
    await _talks(phone, random)


def report(result: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{result['seconds'] / 3600:.2f} h of work: " + ", ".join(f"{n} {w}" for w, n in result["calls"].items())]
    lines.append("what agents did: " + ", ".join(f"{count} × {act}" for act, count in sorted(result["acts"].items())))
    lines += [f"{'ok    ' if one['ok'] else 'FAILED'}  {one['name']}: {one['measured']}" for one in result["checks"]]
    lines.append(f"recordings and database: {result['data']}")
    return "\n".join(lines)
