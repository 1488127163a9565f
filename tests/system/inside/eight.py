"""Eight calls at once through the whole box, all recorded: `eight:SECONDS` of talk.

The far ends and the listener at the taps are processes of their own, so that the box's processor time is its own. The
guest's clock counts instructions, so a microsecond is a thousand of them.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from drivers.binding.dahdicard import DahdiCard
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.config import load_board, load_country
from tests.system.inside.bench import lost, report, running

BOARD = "dahdi-loop"
FOLDER = Path("/tmp/eight")
CALLS = 8
IDLE_S = 5.0
CONNECT_WITHIN_S = 90.0


class Told:
    """The box's events, by kind. It runs in the box's own thread, so it does next to nothing for each."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._missing: dict[str, int] = {}
        self._there = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if event.kind in self._missing:
            self._missing[event.kind] -= 1
            if self._missing[event.kind] <= 0:
                self._there.set()

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    async def until(self, kind: str, count: int, within: float) -> None:
        self._missing = {kind: count - len(self.of(kind))}
        self._there.clear()
        if self._missing[kind] > 0:
            async with asyncio.timeout(within):
                await self._there.wait()
        self._missing = {}


class Meter:
    """Million instructions since it was made: of the process, and of each of its threads."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._process = time.process_time()
        self._threads = self._look()

    @staticmethod
    def _look() -> dict[str, float]:
        files = Path("/proc/self/task").glob("*/schedstat")
        return {file.parent.name: int(file.read_text().split()[0]) / 1e6 for file in files}

    def total(self) -> float:
        """Of the whole process."""
        return (time.process_time() - self._process) * 1000

    def above(self, idle_per_s: float) -> float:
        """Of the whole process, less what it would have used at rest."""
        return self.total() - idle_per_s * (time.monotonic() - self._began)

    def seconds(self) -> float:
        """Since it was made."""
        return round(time.monotonic() - self._began, 1)

    def threads(self) -> int:
        """How many there are."""
        return len(self._look())

    def threads_per_s(self) -> dict[str, float]:
        """Of each thread that used any, per second, the largest first: Python's by their names, and the core's two."""
        seconds = time.monotonic() - self._began
        names = {str(thread.native_id): thread.name for thread in threading.enumerate()}
        found = {
            names.get(one) or ("media" if os.sched_getscheduler(int(one)) == os.SCHED_FIFO else f"files {one}"): used
            for one, now in self._look().items()
            if (used := round((now - self._threads.get(one, 0.0)) / seconds, 2)) > 0
        }
        return dict(sorted(found.items(), key=lambda one: -one[1]))


def _rested() -> float:
    """Seconds for which the guest's one processor had nothing to do."""
    return float(Path("/proc/uptime").read_text().split()[1])


async def _process(name: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.system.inside.{name}", str(FOLDER), *map(str, arguments),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _calls(told: Told, found: dict[str, Any], talk_s: float) -> None:
    far = await _process("farends", talk_s + 15)
    assert far.stdin is not None and far.stdout is not None
    await far.stdout.readline()
    await asyncio.sleep(3)
    meter = Meter()
    await asyncio.sleep(IDLE_S)
    found["idle_M_per_s"] = idle = round(meter.total() / IDLE_S, 2)
    found["idle_threads_M_per_s"] = meter.threads_per_s()
    meter = Meter()
    far.stdin.write(b"go\n")
    await told.until("call.connected", CALLS, CONNECT_WITHIN_S)
    found["set_up_M_per_call"] = round(meter.total() / CALLS, 1)
    found["set_up_above_idle_M_per_call"] = round(meter.above(idle) / CALLS, 1)
    found["set_up_s"], found["set_up_threads_M_per_s"] = meter.seconds(), meter.threads_per_s()
    one = told.of("call.connected")[0]
    taps = await _process("taps", one.line - 1, int(one.station or 0) - 801, talk_s)
    await asyncio.sleep(2)
    meter, since, rested = Meter(), time.monotonic(), _rested()
    await asyncio.sleep(talk_s)
    found["talk_s"] = talked = round(time.monotonic() - since, 3)
    found["talk_M_per_call_s"] = round(meter.total() / CALLS / talked, 2)
    found["guest_busy_percent"] = round(100 - 100 * (_rested() - rested) / talked)
    found["talk_threads_M_per_s"] = meter.threads_per_s()
    found["threads"] = meter.threads()
    await told.until("line.far_end_gone", 1, 60)
    meter = Meter()
    await told.until("call.ended", CALLS, 60)
    found["tear_down_above_idle_M_per_call"] = round(meter.above(idle) / CALLS, 1)
    await told.until("line.idle", CALLS, 30)
    await taps.communicate()
    await far.communicate()


async def program(found: dict[str, Any]) -> None:
    talk_s = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    board, plan = load_board(BOARD), load_country("cn")
    card = DahdiCard(board.port_specs, board.dahdi.channels, plan, sound=board.dahdi)
    box = Box(Wiring(card.engine, board, BOARD, plan, "zh", FOLDER / "data", time.time, real_time=True))
    told = Told()
    box.bus.subscribe(told)
    await box.start()
    try:
        with running(card.engine) as media:
            found["media"] = {"fifo": media.fifo, "locked": media.locked}
            try:
                await _calls(told, found, talk_s)
            finally:
                found["box"] = lost(card.engine)
                found["resident_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                found["events"] = {kind: len(told.of(kind)) for kind in sorted({event.kind for event in told.events})}
                found["ring_to_answer_ms"] = _between(told, "line.ring", "line.seized")
                found["recorded_ms"] = sorted(event.data["ms"] for event in told.of("call.recorded"))
                found["hang_up"] = sorted({str(event.data.get("cue")) for event in told.of("line.far_end_gone")})
                await box.stop("the test is over")
    finally:
        card.close()
        for name in ("farends", "taps"):
            file = FOLDER / f"{name}.json"
            found[name] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _between(told: Told, first: str, second: str) -> list[int]:
    """Milliseconds between the lines' first events of two kinds, in order of size."""
    begins: dict[int | None, float] = {}
    for event in told.of(first):
        begins.setdefault(event.line, event.at)
    return sorted(round((event.at - begins[event.line]) * 1000) for event in told.of(second))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    report("eight", program)
