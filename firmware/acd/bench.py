"""What the hall costs with a full house: two hundred callers wait, every agent is busy, one becomes free."""

import asyncio
import time
from statistics import median

from drivers.binding.simcard import SimCard
from firmware.acd.model import Queues
from firmware.acd.queue import Hall
from firmware.bus import Bus
from firmware.clock import run_stepped
from firmware.config import load_board, load_country
from firmware.lines import CallerId
from firmware.stations import Station

CALLERS = 200
ROUNDS = 50


def queue_choice() -> dict[str, float]:
    """Two hundred callers in three queues of eight agents: CPU time of one choice for each, and of one who comes."""
    board, plan = load_board("sim-8x8"), load_country("cn")
    card = SimCard(board.port_specs, board.wires, plan, tick_ms=board.tick_ms)
    try:
        return run_stepped(_full_house(card), [card.box])
    finally:
        card.close()


async def _full_house(card: SimCard) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    board = load_board("sim-8x8")
    bus = Bus(loop.time)
    stations = {jack.number: Station(jack.number, card.box.ports[jack.channel], bus) for jack in board.stations}
    kinds = {"sales": "longest_idle", "service": "weighted", "operator": "round_robin"}
    queues = [{"id": name, "strategy": strategy, "weight": 1} for name, strategy in kinds.items()]
    hall = Hall(stations, Queues.model_validate({"queues": queues}), bus)
    for station in stations.values():
        station.call = "busy"
    names, comes = list(kinds), []
    waiting = []
    for index in range(CALLERS):
        serve = hall.serve(f"c{index}", None, names[index % 3], CallerId(str(index)), asyncio.Queue())
        waiting.append(asyncio.create_task(serve))
        began = time.thread_time()
        for _ in range(5):
            await asyncio.sleep(0)
        comes.append(time.thread_time() - began)
    rounds = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        hall.look()
        rounds.append(time.thread_time() - began)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    hall.close()
    whole = median(rounds) * 1000
    return {
        "queue_choose_ms": round(whole / CALLERS, 4),
        "queue_choose_all_ms": round(whole, 2),
        "queue_enter_ms": round(max(comes[-20:]) * 1000, 2),
    }
