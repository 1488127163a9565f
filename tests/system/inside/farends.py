"""The exchange, eight telephones and their people in a process of their own: `farends FOLDER TALK_SECONDS`.

Says "ready", waits for a line on its input, then one caller dials on each line at once, presses 1, talks for so many
seconds and hangs up; an agent sits at every telephone. Leaves farends.json in the folder.
"""

import asyncio
import json
import sys
import wave
from dataclasses import asdict
from pathlib import Path
from random import Random

from drivers.binding.dahdicard import DahdiCard
from drivers.binding.simcard import PortSpec
from firmware.config import Board, load_board, load_country
from firmware.prompts import Prompts
from firmware.training.caller import Caller
from firmware.training.people import AgentHabits, AgentLog, CallerHabits, Visit, agent, visit
from firmware.training.world import World
from tests.system.inside.bench import BOARD, FAR, lost, running

TAIL_S = 8.0  # tones, and agents who put the handset down


def far_card(board: Board) -> DahdiCard:
    """The far ends' card."""
    ports: list[PortSpec] = [
        ("fxs", f"exchange {name}") if kind == "fxo" else ("fxo", f"telephone {name}")
        for kind, name in board.port_specs
    ]
    return DahdiCard(ports, FAR, load_country("cn"), players=2 * len(ports), recorders=1)


def long_speech(prompt: Path, seconds: float, folder: Path) -> Path:
    """The prompt again and again for so long, so that there is always something to hear."""
    target = folder / f"long-{prompt.name}"
    with wave.open(str(prompt), "rb") as source, wave.open(str(target), "wb") as out:
        out.setparams(source.getparams())
        frames = source.readframes(source.getnframes())
        for _ in range(int(seconds * source.getframerate() / source.getnframes()) + 1):
            out.writeframes(frames)
    return target


async def main(folder: Path, talk_s: float) -> None:
    board, prompts, random = load_board(BOARD), Prompts("zh"), Random(1)
    caller_says = long_speech(prompts.path("caller_speech"), talk_s, folder)
    agent_says = long_speech(prompts.path("agent_speech"), talk_s, folder)
    card = far_card(board)
    world = World(card.engine, board)
    loop = asyncio.get_running_loop()
    habits = AgentHabits(answer_s=(2.0, 3.0))
    logs = [AgentLog(number) for number in world.telephones]
    visits = [Visit(f"1380013800{number}", number, 0.0) for number in world.lines]
    with running(card.engine):
        agents = [
            asyncio.create_task(agent(telephone, log, habits, agent_says, random))
            for telephone, log in zip(world.telephones.values(), logs, strict=True)
        ]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for one in visits:
            one.began = loop.time()
        wants = CallerHabits("1", 120.0, talk_s)
        await asyncio.gather(
            *(visit(Caller(world.lines[one.line], one.number), one, wants, caller_says, random) for one in visits)
        )
        await asyncio.sleep(TAIL_S)
        for task in agents:
            task.cancel()
        found = {
            "visits": [asdict(one) for one in visits],
            "agents": [asdict(log) for log in logs],
            **lost(card.engine),
        }
        await world.close()
    card.close()
    (folder / "farends.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
