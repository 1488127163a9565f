"""`callbox bench`: what the box costs and how late its news is, measured here and now.

Every figure comes with the machine it was measured on. Times of work are CPU time of the measuring thread
(CLOCK_THREAD_CPUTIME_ID), so that a noisy neighbour does not count as ours; latencies are real time.
"""

import asyncio
import gc
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drivers.binding._core import lib
from drivers.binding.engine import Engine
from drivers.binding.events import Ear, Kind, PortEvent
from drivers.binding.media import Media, step
from drivers.binding.simcard import SimCard
from firmware.acd.bench import queue_choice
from firmware.box import Box
from firmware.bus import Event
from firmware.clock import run_stepped
from firmware.config import Plan, load_board, load_country
from firmware.prompts import Prompts
from firmware.training.scenario import Scenario
from firmware.training.simulate import simulate

EVERY_EAR = Ear.DTMF | Ear.TONE | Ear.CALLERID | Ear.VOICE
TICKS = 6_000  # one minute of virtual time per round
ROUNDS = 5
LATENCY_S = 20.0
QUIET_S = 60.0


def machine() -> dict[str, str | int]:
    """The machine, as it names itself."""
    model = platform.processor() or "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _sim(plan: Plan, board: str = "sim-8x8") -> SimCard:
    found = load_board(board)
    return SimCard(found.port_specs, found.wires, plan, tick_ms=found.tick_ms, record_sync_ms=0)


def _busy(card: SimCard, folder: Path, ears: Ear, *, echo: bool) -> None:
    """Eight calls in talk: lines bridged to stations, both recorded apart, speech from both far ends."""
    box, far = card.box, card.far
    half = len(box.ports) // 2
    for index in range(half):
        line, station = box.ports[index], box.ports[half + index]
        box.bridge(line, station)
        recorder = box.recorder()
        recorder.start(folder / f"{time.monotonic_ns()}-{index}.wav")
        box.link(line.source, recorder.left)
        box.link(station.source, recorder.right)
    for index, port in enumerate(box.ports):
        port.listen(ears)
        port.echo(echo)
        if port.kind == "fxo":
            port.seize()
        else:
            far.ports[index].seize()
        player = far.player()
        player.file(Prompts("zh").path("caller_speech" if index % 2 else "agent_speech"), repeat=True)
        far.link(player.source, far.ports[index].sink)


async def _run_ticks(engines: list[Engine], ticks: int, timed: Engine) -> float:
    """Ticks the engines in turn; CPU seconds spent in `timed` (files included)."""
    spent = 0
    for _ in range(ticks):
        for engine in engines:
            before = time.thread_time_ns()
            step([engine], 1)
            if engine is timed:
                spent += time.thread_time_ns() - before
            engine.drain()
    return spent / 1e9


def port_tick() -> dict[str, Any]:
    """One port with every ear, one link in and out and half of a stereo recording, in a box of sixteen such ports."""
    rounds, size = _port_tick(EVERY_EAR)
    return {
        "port_tick_us": round(statistics.median(rounds), 3),
        "port_tick_us_rounds": [round(value, 3) for value in rounds],
        "core_bytes_per_port": round(size),
    }


def detectors() -> dict[str, Any]:
    """What each detector, and the echo canceller, adds to such a port's tick; and all of them together."""
    bare = statistics.median(_port_tick(Ear.NONE)[0])
    added = {(ear.name or "").lower(): statistics.median(_port_tick(ear)[0]) - bare for ear in Ear}
    added["echo canceller"] = statistics.median(_port_tick(Ear.NONE, echo=True)[0]) - bare
    whole = statistics.median(_port_tick(EVERY_EAR, echo=True)[0])
    return {
        "port_tick_bare_us": round(bare, 3),
        "port_tick_added_us": {name: round(value, 3) for name, value in added.items()},
        "port_tick_with_everything_us": round(whole, 3),
    }


def _port_tick(ears: Ear, *, echo: bool = False) -> tuple[list[float], float]:
    """CPU µs per port and tick in each round, and the core's bytes per port."""
    with TemporaryDirectory() as folder, closing(_sim(load_country("cn"))) as card:
        ports = len(card.box.ports)

        async def measure() -> list[float]:
            _busy(card, Path(folder), ears, echo=echo)
            engines = [card.box, card.far]
            await _run_ticks(engines, 300, card.box)
            return [await _run_ticks(engines, TICKS, card.box) / TICKS / ports * 1e6 for _ in range(ROUNDS)]

        return run_stepped(measure(), []), card.box.bytes / ports


def engine_speedup() -> dict[str, Any]:
    """Eight busy lines with box and far ends, every detector and echo canceller on, in virtual time on one core."""
    with TemporaryDirectory() as folder, closing(_sim(load_country("cn"))) as card:

        async def measure() -> list[float]:
            _busy(card, Path(folder), EVERY_EAR, echo=True)
            speeds = []
            for _ in range(ROUNDS):
                before, made = time.thread_time(), 0
                while made < TICKS:
                    made += step([card.box, card.far], TICKS - made)
                    card.box.drain(), card.far.drain()
                speeds.append(TICKS * card.box.tick_ms / 1000 / (time.thread_time() - before))
            return speeds

        rounds = run_stepped(measure(), [])
        return {
            "core_speedup": round(statistics.median(rounds)),
            "core_speedup_rounds": [round(value) for value in rounds],
        }


def _spin() -> None:
    while True:
        pass


@contextmanager
def _busy_processes(count: int) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_spin, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def _percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def event_latency(seconds: float = LATENCY_S) -> dict[str, Any]:
    """From the media thread's telling of a digit to the coroutine that waits for it, beside two busy processes."""
    card = _sim(load_country("cn"))
    late: list[float] = []

    async def listen(engine: Engine, index: int) -> None:
        port, news = engine.ports[index], asyncio.Queue[PortEvent]()
        port.on_event = news.put_nowait
        port.listen(Ear.DTMF)
        while True:
            event = await news.get()
            now = time.monotonic_ns() / 1000
            told = lib.lc_told_us(engine.core, event.tick)
            if event.kind in (Kind.DIGIT, Kind.DIGIT_END) and told:
                late.append(now - told)

    async def dial(engine: Engine, index: int) -> None:
        player = engine.player()
        engine.link(player.source, engine.ports[index].sink)
        while True:
            await player.digits("0123456789*#ABCD")

    async def measure() -> tuple[bool, bool]:
        loop = asyncio.get_running_loop()
        for engine in (card.box, card.far):
            engine.attach(loop)
        with closing(Media([card.box, card.far])) as media:
            tasks = [asyncio.create_task(listen(card.box, index)) for index in range(len(card.box.ports))]
            tasks += [asyncio.create_task(dial(card.far, index)) for index in range(len(card.far.ports))]
            await asyncio.sleep(seconds)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return media.fifo, media.locked

    with closing(card), _busy_processes(2):
        fifo, locked = asyncio.run(measure())
        counters = card.box.counters()
    return {
        "event_latency_us": {
            "events": len(late),
            "p50": round(_percentile(late, 50)),
            "p99": round(_percentile(late, 99)),
            "worst": round(max(late)),
        },
        "event_latency_sched_fifo": fifo,
        "event_latency_memory_locked": locked,
        "event_latency_ticks_missed": counters["ticks_missed"],
    }


def quiet_run(seconds: float = QUIET_S) -> dict[str, Any]:
    """Ticks missed while the sixteen ports idle in real time."""
    card = _sim(load_country("cn"))

    async def measure() -> bool:
        with closing(Media([card.box, card.far])) as media:
            await asyncio.sleep(seconds)
            return media.fifo

    with closing(card):
        fifo = asyncio.run(measure())
        counters = card.box.counters()
    return {
        "quiet_seconds": seconds,
        "quiet_ticks": counters["ticks"],
        "quiet_ticks_missed": counters["ticks_missed"],
        "quiet_tick_us_max": counters["tick_us_max"],
        "quiet_sched_fifo": fifo,
    }


SATURATED = {  # more callers than eight lines can carry: all of them are busy all the time
    "seed": 1,
    "duration_s": 600,
    "calls": {"per_hour": 3600, "patience_s": {"mean": 120, "least": 30}, "talk_s": {"mean": 60}},
    "agents": {"answer_s": [1, 2]},
}
SOAK = {  # short calls, a thousand of them
    "seed": 2,
    "duration_s": 9000,
    "calls": {"per_hour": 560, "patience_s": {"mean": 60, "least": 30}, "talk_s": {"mean": 15, "least": 3, "most": 60}},
    "agents": {"answer_s": [1, 2]},
}
SOAK_SAMPLES = (200, 1000)  # calls: growth is what lies between, when pools and caches are filled


def sim_speedup() -> dict[str, Any]:
    """The whole box with exchange, callers, agents, database and recordings, eight lines busy, on one core."""
    with TemporaryDirectory() as folder:
        before = time.process_time()
        result = simulate(Scenario.model_validate(SATURATED), data=Path(folder))
        spent = time.process_time() - before
    talk = sum(call["talk_s"] or 0 for call in result["calls"])
    return {
        "sim_speedup": round(result["seconds"] / spent),
        "sim_seconds": result["seconds"],
        "sim_lines_talking": round(talk / result["seconds"], 1),
        "sim_calls": len(result["calls"]),
        "sim_ok": result["ok"],
    }


def _sample(card: SimCard) -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "resident_kb": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "open_files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - the directory itself is one of them, each time
        "tasks": len(asyncio.all_tasks()),
        "objects": len(gc.get_objects()),
        "ring_fill": max(card.box.counters()["commands_fill_max"], card.box.counters()["events_fill_max"]),
    }


def soak() -> dict[str, Any]:
    """What grows between the 200th and the 1,000th simulated call; records and recordings must be as many as calls."""
    samples: dict[int, dict[str, int]] = {}

    def watch(box: Box, card: SimCard) -> None:
        ended = 0

        def count(event: Event) -> None:
            nonlocal ended
            ended += event.kind == "call.ended"
            if event.kind == "call.ended" and ended in SOAK_SAMPLES:
                samples[ended] = _sample(card)

        box.bus.subscribe(count)

    with TemporaryDirectory() as folder:
        result = simulate(Scenario.model_validate(SOAK), data=Path(folder), watch=watch)
    first, last = (samples[calls] for calls in SOAK_SAMPLES)
    failed = [check for check in result["checks"] if not check["ok"]]
    return {
        "soak_calls": len(result["calls"]),
        "soak_growth": {name: last[name] - first[name] for name in first},
        "soak_at_1000": last,
        "soak_ok": result["ok"],
        "soak_failed": failed,
    }


def web() -> dict[str, Any]:
    """The page with a million calls: list, search, open; its database is made once and kept below build/."""
    return _apart("webui.bench", "--data", str(Path(__file__).parents[1] / "build" / "bench" / "web"))


def desks() -> dict[str, Any]:
    """What fifty desks cost an idle box, and from a ring to what a browser has painted; six minutes."""
    return _apart("webui.bench_desks")


def _apart(*module: str) -> dict[str, Any]:
    """What a module of the page measures in a process of its own."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


MEASURES: dict[str, Callable[[], dict[str, Any]]] = {
    "port-tick": port_tick,
    "detectors": detectors,
    "core-speedup": engine_speedup,
    "sim-speedup": sim_speedup,
    "soak": soak,
    "event-latency": event_latency,
    "quiet": quiet_run,
    "web": web,
    "desks": desks,
    "queue": queue_choice,
}


def bench(names: Sequence[str]) -> dict[str, Any]:
    """Measures what is named, or everything; each in turn, never two at once."""
    result: dict[str, Any] = {"machine": machine()}
    for name in names or MEASURES:
        print(f"bench: {name}: {(MEASURES[name].__doc__ or '').strip()}", file=sys.stderr, flush=True)  # noqa: T201
        result |= MEASURES[name]()
    return result


def report(result: dict[str, Any]) -> str:
    """For people."""
    return "\n".join(f"{name:28} {value}" for name, value in result.items())
