"""`callbox simulate`: random traffic through the real box on the simulated card, in virtual time.

Callers and agents know signals only; what they saw is compared with what the box kept.
"""

import asyncio
import resource
import tempfile
import wave
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drivers.binding.simcard import SimCard
from firmware.box import Box, Wiring
from firmware.clock import TickClock, run_stepped
from firmware.config import Board, ConfigError, load_board, load_country
from firmware.prompts import Prompts
from firmware.store.models import CallRecord
from firmware.training.caller import Caller
from firmware.training.people import AgentHabits, AgentLog, CallerHabits, Visit, agent, visit
from firmware.training.scenario import Scenario
from firmware.training.world import World

LOST = (
    "events_lost", "play_starved", "record_lost", "record_errors", "surprises", "card_errors", "commands_refused",
    "orders_refused", "handler_errors",
)  # fmt: skip
CROSSED_S = 4.0  # busy tone is recognised within this time
Watch = Callable[[Box, SimCard], None]
SETTLE_S = 20.0  # after the last caller: tones are heard, handsets put down, guards over


@dataclass
class _Day:
    """What is counted while it happens."""

    scenario: Scenario
    language: str
    offered: int = 0
    miscounted: int = 0  # events at which some queue's callers did not add up
    blocked: int = 0
    visits: list[Visit] = field(default_factory=list)
    agents: list[AgentLog] = field(default_factory=list)
    busy_ports: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    counters: dict[str, dict[str, int]] = field(default_factory=dict)
    resources: dict[str, dict[str, int]] = field(default_factory=dict)
    records: list[CallRecord] = field(default_factory=list)
    seconds: float = 0.0


def simulate(scenario: Scenario, *, data: Path | None = None, watch: Watch | None = None) -> dict[str, Any]:
    """Runs the scenario: {ok, counts, waits, agents, checks, counters, calls, data}. ConfigError: unknown names.

    `watch` is shown the box and its card when the box has started (for measuring)."""
    board, plan = load_board(scenario.board).simulated, load_country(scenario.country)
    for number in scenario.agents.stations:
        try:
            board.station(number)
        except KeyError as error:
            raise ConfigError(f"agents.stations: {error.args[0]}") from error
    data = data or Path(tempfile.mkdtemp(prefix="callbox-simulate-"))
    card = SimCard(
        board.port_specs, board.wires, plan, tick_ms=board.tick_ms, seed=scenario.seed or 1, record_sync_ms=0
    )
    try:
        day = run_stepped(_day(card, board, scenario, data, watch), [card.box, card.far], tick_ms=board.tick_ms)
    finally:
        card.close()
    return _result(day, data)


async def _day(card: SimCard, board: Board, scenario: Scenario, data: Path, watch: Watch | None) -> _Day:
    language = "zh" if scenario.country == "cn" else "en"
    now = TickClock(card.box, scenario.begins.timestamp())
    plan = card.box.plan
    box = Box(Wiring(card.box, board, scenario.board, plan, language, data, now, False, scenario.agents.ring_s))
    day = _Day(scenario, language)
    calls: set[str] = set()
    box.bus.subscribe(lambda event: calls.add(event.call) if event.kind == "call.started" and event.call else None)
    box.bus.subscribe(lambda event: _count(box, day))
    free = len(card.box.players_free), len(card.box.recorders_free)
    world = World(card.far, board)
    await box.start()
    if watch is not None:
        watch(box, card)
    agents = _agents(world, day)
    # Taken when everything has been used once: what comes after must not grow.
    asyncio.get_running_loop().call_later(scenario.duration_s / 10, _weigh, day, "after_a_tenth")
    try:
        day.resources["begin"] = _resources()
        await _callers(world, day)
        await asyncio.sleep(SETTLE_S)
        day.resources["end"] = _resources()
        day.seconds = asyncio.get_running_loop().time()
        day.busy_ports = [
            *(f"line {line.number}" for line in box.lines.values() if not line.free),
            *(f"station {station.number}" for station in box.stations.values() if not station.free),
        ]
        day.left = {
            "players": free[0] - len(card.box.players_free), "recorders": free[1] - len(card.box.recorders_free),
            "calls": len(box.calls),
        }  # fmt: skip
        day.counters = {"box": card.box.counters(), "far": card.far.counters()}
    finally:
        for task in agents:
            task.cancel()
        await world.close()
        await box.writer.flushed()
        found = [box.records.get(call) for call in sorted(calls)]
        day.records = [record for record in found if record is not None]
        await box.stop("the simulation is over")
    return day


def _count(box: Box, day: _Day) -> None:
    day.miscounted += any(box.hall.missing(queue) for queue in box.hall.tallies)


def _resources() -> dict[str, int]:
    """What this process holds: memory in KiB, open files, tasks of the loop."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "memory_kib": pages * resource.getpagesize() // 1024, "files": len(list(Path("/proc/self/fd").iterdir())),
        "tasks": len(asyncio.all_tasks()),
    }  # fmt: skip


def _weigh(day: _Day, when: str) -> None:
    day.resources[when] = _resources()


def _agents(world: World, day: _Day) -> list["asyncio.Task[None]"]:
    agents = day.scenario.agents
    habits = AgentHabits(agents.answer_s, agents.hangs_up_first, wrap_up_s=agents.wrap_up_s)
    speech = Prompts(day.language).path("agent_speech")
    tasks = []
    for number in agents.stations:
        log = AgentLog(number)
        day.agents.append(log)
        random = Random(f"{day.scenario.seed} agent {number}")  # noqa: S311 - repeatable, not secret
        work = agent(world.telephones[number], log, habits, speech, random)
        tasks.append(asyncio.create_task(work, name=f"agent {number}"))
    return tasks


async def _callers(world: World, day: _Day) -> None:
    """Lets callers come until the scenario's end, and waits for the last of them."""
    loop = asyncio.get_running_loop()
    random = Random(f"{day.scenario.seed} callers")  # noqa: S311
    speech = Prompts(day.language).path("caller_speech")
    end = loop.time() + day.scenario.duration_s
    async with asyncio.TaskGroup() as inside:
        while True:
            pause = random.expovariate(day.scenario.calls.per_hour / 3600)
            if loop.time() + pause >= end:
                break
            await asyncio.sleep(pause)
            day.offered += 1
            line = world.idle_line()
            habits = CallerHabits(
                random.choice(day.scenario.calls.keys),
                day.scenario.calls.patience_s.draw(random),
                day.scenario.calls.talk_s.draw(random),
            )
            number = f"1{random.choice('3578')}{random.randrange(10**9):09d}"
            own = Random(f"{day.scenario.seed} caller {day.offered}")  # noqa: S311
            if line is None:
                day.blocked += 1
                continue
            index = next(index for index, one in world.lines.items() if one is line)
            seen = Visit(number, index, loop.time())
            day.visits.append(seen)
            caller = Caller(line, number, patience_s=habits.patience_s)
            line.busy = True  # from now on, not only once the task has run
            inside.create_task(visit(caller, seen, habits, speech, own), name=f"caller {number}")


def _result(day: _Day, data: Path) -> dict[str, Any]:
    results = Counter(record.result for record in day.records)
    waits = sorted(record.wait_s for record in day.records if record.queued is not None and record.wait_s is not None)
    checks = _checks(day, data)
    return {
        "ok": all(check["ok"] for check in checks),
        "seconds": round(day.seconds, 2),
        "counts": {
            "offered": day.offered, "blocked": day.blocked, "answered": results["answered"],
            "abandoned": results["abandoned"], "failed": results["failed"],
        },
        "waits_s": {
            "mean": round(sum(waits) / len(waits), 2) if waits else None,
            "median": waits[len(waits) // 2] if waits else None,
            "p90": waits[int(len(waits) * 0.9)] if waits else None,
            "longest": waits[-1] if waits else None,
        },
        "agents": [asdict(log) | {"talk_s": round(log.talk_s, 2)} for log in day.agents],
        "checks": checks,
        "counters": day.counters,
        "resources": day.resources,
        "calls": [_call(record) for record in day.records],
        "data": str(data),
    }  # fmt: skip


def _checks(day: _Day, data: Path) -> list[dict[str, Any]]:
    """What must hold whatever the traffic was."""
    answered = [record for record in day.records if record.result == "answered"]
    whole = [record for record in answered if _whole(record, data)]
    talked = {seen.number for seen in day.visits if seen.result == "talked"}
    # A caller may hang up while the agent picks up; the box learns of it only by the tone.
    crossed = [record for record in answered if record.number not in talked and (record.talk_s or 0) <= CROSSED_S]
    numbers = Counter(seen.number for seen in day.visits)
    numbers -= Counter(record.number or "" for record in day.records)
    checks = [
        _check("a record for every call", len(day.records) == len(day.visits) == day.offered - day.blocked,
               {"records": len(day.records), "callers": len(day.visits)}),
        _check("every caller's number in his record", not numbers, {"missing": sum(numbers.values())}),
        _check("a whole recording for every answered call", len(whole) == len(answered),
               {"recordings": len(whole), "answered": len(answered)}),
        _check("answered by the box's count and by the callers'", len(talked) + len(crossed) == len(answered),
               {"box": len(answered), "callers": len(talked), "crossed": len(crossed)}),
        _check("no call failed", not any(record.result == "failed" for record in day.records),
               [record.id for record in day.records if record.result == "failed"]),
        _check("no display was wrong", not any(log.wrong_display for log in day.agents),
               sum(log.wrong_display for log in day.agents)),
        _check("every port idle at the end", not day.busy_ports, day.busy_ports),
        _check("callers in were served, gone, sent on or inside, at every event", not day.miscounted,
               {"events at which not": day.miscounted}),
        _check("nothing left behind", not any(day.left.values()), day.left),
        _check("no file or task left open", _same(day, "files") and _same(day, "tasks"), day.resources),
    ]  # fmt: skip
    for side, counters in day.counters.items():
        found = {name: counters[name] for name in LOST if name in counters}
        checks.append(_check(f"counters are zero: {side}", not any(found.values()), found))
    return checks


def _same(day: _Day, what: str) -> bool:
    return day.resources["begin"][what] == day.resources["end"][what]


def _check(name: str, ok: bool, measured: Any) -> dict[str, Any]:
    return {"name": name, "ok": ok, "measured": measured}


def _whole(record: CallRecord, data: Path) -> bool:
    """True if the recording is a valid stereo file that lasts as long as the talk."""
    if record.recording is None or record.talk_s is None:
        return False
    try:
        with wave.open(str(data / record.recording), "rb") as file:
            return file.getnchannels() == 2 and abs(file.getnframes() / file.getframerate() - record.talk_s) < 0.3
    except (OSError, wave.Error, EOFError):
        return False


def _call(record: CallRecord) -> dict[str, Any]:
    wanted = (
        "id",
        "number",
        "line",
        "station",
        "started",
        "wait_s",
        "talk_s",
        "result",
        "end_side",
        "end_cue",
        "recording",
    )
    return {name: getattr(record, name) for name in wanted}


def report(result: dict[str, Any]) -> str:
    """For people."""
    counts, waits = result["counts"], result["waits_s"]
    lines = [f"{result['seconds'] / 3600:.2f} h: " + ", ".join(f"{value} {key}" for key, value in counts.items())]
    lines.append("waits: " + ", ".join(f"{key} {value} s" for key, value in waits.items() if value is not None))
    lines += [
        f"station {one['station']}: rung {one['rung']}, answered {one['answered']}, talked {one['talk_s']:.0f} s"
        for one in result["agents"]
    ]
    lines += [f"{'ok    ' if one['ok'] else 'FAILED'}  {one['name']}: {one['measured']}" for one in result["checks"]]
    lines.append(f"recordings and database: {result['data']}")
    return "\n".join(lines)
