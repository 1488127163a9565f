"""`callbox demo-call`: one whole call on the simulated card, directed here and checked from its far ends.

An outside caller on line 3 → ring, caller id → greeting, cut by a digit → queue with music → station 801 rings
with the number on its display → both talk → the caller hangs up (busy tone, no loop drop) → everything idle,
recording closed, call record written. `checks` judges; this file only makes the call happen and gathers what
was seen (`seen`).
"""

import asyncio
import errno
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from drivers.binding.engine import CoreError, Engine, Order
from drivers.binding.media import Media
from drivers.binding.plan import Plan
from drivers.binding.simcard import SimCard
from drivers.binding.trace import TraceFile
from firmware.box import Box, Wiring
from firmware.clock import TickClock, run_stepped
from firmware.config import Board, load_board
from firmware.prompts import Prompts
from firmware.store.models import CallRecord
from firmware.training import measure
from firmware.training.caller import Caller
from firmware.training.checks import judge
from firmware.training.seen import KEY, LINE, NUMBER, STATION, TONE_S, Seen
from firmware.training.telephone import Telephone
from firmware.training.world import World

BOARD = "sim-8x8"
MUSIC_S = 4.0  # how long the caller is left with the music
OVERLAP_S = 2.0  # both talk at once for so long
SETTLE_S = 3.0  # an on-hook is known only after the longest flash
MOST_S = 180.0  # the whole call takes about 50 s
LISTEN_S = 0.4  # of unbroken speech in the greeting around the digit, so that its end can be told


class CardPair(Protocol):
    """The box's end and the far ends of the same wires: the simulated card, or a real one looped back by the kernel."""

    box: Engine
    far: Engine

    def close(self) -> None: ...


def demo_call(
    plan: Plan,
    *,
    data: Path | None = None,
    real_time: bool = False,
    card: CardPair | None = None,
    trace: Path | None = None,
) -> dict[str, Any]:
    """Makes the call and judges it: {ok, checks, timeline, recording, call, data}. Closes the `card`, whose ports are
    those of the board; without one the call is made on the simulated card."""
    data = data or Path(tempfile.mkdtemp(prefix="callbox-demo-"))
    board = load_board(BOARD).simulated
    traced = None if trace is None else TraceFile(trace, version("callbox"))
    card = card or SimCard(board.port_specs, board.wires, plan, tick_ms=board.tick_ms, trace=traced)
    try:
        engines = [card.box, card.far]
        if real_time:
            seen = asyncio.run(_in_real_time(card, board, plan, data))
        else:
            seen = run_stepped(_whole(card, board, plan, data, real_time=False), engines, tick_ms=board.tick_ms)
    finally:
        card.close()
    checks = judge(seen)
    recording = None if seen.record is None or not seen.record.recording else str(data / seen.record.recording)
    return {
        "ok": all(check["ok"] for check in checks),
        "country": plan.country,
        "checks": checks,
        "timeline": _timeline(seen),
        "recording": recording,
        "call": None if seen.record is None else _record(seen.record),
        "counters": seen.counters,
        "data": str(data),
    }


async def _in_real_time(card: CardPair, board: Board, plan: Plan, data: Path) -> Seen:
    loop = asyncio.get_running_loop()
    for engine in (card.box, card.far):
        engine.attach(loop)
    media = Media([card.box, card.far])
    try:
        return await _whole(card, board, plan, data, real_time=True)
    finally:
        media.close()


async def _whole(card: CardPair, board: Board, plan: Plan, data: Path, *, real_time: bool) -> Seen:
    now = time.time if real_time else TickClock(card.box, time.time())
    language = "zh" if plan.country == "cn" else "en"
    box = Box(Wiring(card.box, board, BOARD, plan, language, data, now, real_time))
    world = World(card.far, board)
    far = data / "far-ends"
    far.mkdir(parents=True, exist_ok=True)
    stamp = f"{int(now() * 1000)}"
    seen = Seen(plan, board, Prompts(language), data, far / f"{stamp}-caller.wav", far / f"{stamp}-agent.wav")
    seen.epoch = now() - asyncio.get_running_loop().time()
    box.bus.subscribe(seen.events.append)
    free = len(card.box.players_free), len(card.box.recorders_free)
    await box.start()
    try:
        await _direct(world, seen)
        await asyncio.sleep(SETTLE_S)
        seen.counters = {"box": card.box.counters(), "far": card.far.counters()}
        seen.left_over = await _left_over(card, free)
    finally:
        await world.close()
        await box.writer.flushed()
        call = next((event.call for event in seen.events if event.kind == "call.started"), None)
        seen.record = None if call is None else box.records.get(call)
        await box.stop("the demonstration is over")
    return seen


async def _direct(world: World, seen: Seen) -> None:
    """The call, step by step, as people outside would make it."""
    caller = Caller(world.lines[LINE], NUMBER)
    talk = asyncio.Event()
    seen.dialled_at = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(MOST_S), asyncio.TaskGroup() as people:
            people.create_task(_agent(world.telephones[STATION], talk, seen), name="agent")
            people.create_task(_caller(caller, talk, seen), name="caller")
    except* (TimeoutError, CoreError) as errors:
        seen.broken = "; ".join(str(error) or "somebody waited in vain" for error in errors.exceptions)


async def _caller(caller: Caller, talk: asyncio.Event, seen: Seen) -> None:
    loop = asyncio.get_running_loop()
    if not await caller.dials(seen.caller_file):
        raise TimeoutError("the box did not answer")
    seen.answered_at = loop.time()
    seen.caller_began, seen.caller_begins_at = caller.line.handset.began, caller.line.handset.begins_at
    await asyncio.sleep(_time_to_press(seen))
    await caller.presses(KEY)
    await talk.wait()
    saying = asyncio.create_task(caller.speaks(seen.prompts.path("caller_speech")), name="caller speaks")
    await asyncio.sleep(_agent_begins(seen) + _length(seen, "agent_speech") + 1.0)
    await saying
    seen.hung_up_at = loop.time()
    await caller.hangs_up()
    seen.released_at = await caller.line.until_released()


async def _agent(telephone: Telephone, talk: asyncio.Event, seen: Seen) -> None:
    loop = asyncio.get_running_loop()
    await telephone.rings()
    await asyncio.sleep(_length(seen, "queue_entry") + MUSIC_S)
    seen.shown, seen.bursts = telephone.shown, list(telephone.bursts)
    telephone.handset.write_down(seen.agent_file)
    seen.agent_begins_at = telephone.handset.begins_at
    await telephone.pick_up()
    seen.picked_up_at = loop.time()
    await asyncio.sleep(0.5)
    talk.set()
    await asyncio.sleep(_agent_begins(seen))
    await telephone.handset.speak(seen.prompts.path("agent_speech"))
    seen.agent_heard_tone = (await telephone.other_party_gone(within=30)).word
    await asyncio.sleep(TONE_S)
    seen.put_down_at = loop.time()
    await telephone.hang_up()


def _time_to_press(seen: Seen) -> float:
    """Seconds after the answer: where the greeting, which begins with it, speaks without a pause around the digit."""
    return measure.active_stretch(measure.read(seen.prompts.path("greeting"))[0], LISTEN_S, 2.5) + 0.1


def _length(seen: Seen, prompt: str) -> float:
    return len(measure.read(seen.prompts.path(prompt))[0]) / measure.RATE


def _agent_begins(seen: Seen) -> float:
    """Seconds after the caller's first word."""
    return _length(seen, "caller_speech") - OVERLAP_S


async def _left_over(card: CardPair, free: tuple[int, int]) -> dict[str, int]:
    """What the call left behind in the core: players and recorders taken, and links, each looked for by its removal."""
    box = card.box
    removals = [_removed(box.unlink(source.source, sink.sink)) for source in box.ports for sink in box.ports]
    links = sum(await asyncio.gather(*removals))
    return {
        "players": free[0] - len(box.players_free), "recorders": free[1] - len(box.recorders_free), "links": links,
    }  # fmt: skip


async def _removed(order: Order) -> bool:
    try:
        await order
    except CoreError as error:
        if error.errno != errno.ENOENT:
            raise
        return False
    return True


def _record(record: CallRecord) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in record.__table__.columns}


def _timeline(seen: Seen) -> list[dict[str, Any]]:
    begin = seen.epoch + seen.dialled_at
    return [
        {"t": round(event.at - begin, 3), "kind": event.kind}
        | {key: value for key in ("line", "station") if (value := getattr(event, key)) is not None}
        | event.data
        for event in seen.events
    ]


def report(result: dict[str, Any]) -> str:
    """For people: the timeline, then every check."""
    lines = [f"{one['t']:9.3f} s  {one['kind']:22} {_rest(one)}" for one in result["timeline"]]
    lines.append("")
    wide = max(len(check["name"]) for check in result["checks"])
    lines += [
        f"{'ok    ' if check['ok'] else 'FAILED'}  {check['name']:{wide}}  {check['measured']}"
        for check in result["checks"]
    ]
    lines += ["", f"recording: {result['recording']}", "every check holds" if result["ok"] else "NOT every check holds"]
    return "\n".join(lines)


def _rest(one: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in one.items() if key not in ("t", "kind") and value is not None)
