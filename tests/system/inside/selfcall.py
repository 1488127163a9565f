"""The box's call to itself through the kernel: whole, with the training far ends; and over a cable, which here is a
loop-back span between a line's channel and a station's."""

import asyncio
import time
from pathlib import Path
from typing import Any

from drivers.binding.dahdicard import DahdiCard
from drivers.binding.engine import Engine
from firmware.box import Box, Wiring
from firmware.config import Board, load_board, load_country
from firmware.prompts import Prompts
from firmware.selfcall.night import SelfCall
from firmware.selfcall.result import Box as Touched
from firmware.training.live import Training
from firmware.training.world import World
from tests.system.inside.bench import loop_cards, lost, report, running

DATA = Path("/tmp/selfcall")
BOARD = "dahdi-loop"
CABLE = (1, 17)  # DAHDI's channels: a line's, and the exchange's end of it, here a station


def cable_board() -> Board:
    """One line and one station, joined."""
    return Board.model_validate(
        {
            "name": {"en": "One line and one station, joined", "zh": "一外线一内线相连"}, "card": "dahdi",
            "lines": [{"number": 1, "channel": 0}], "stations": [{"number": "801", "channel": 1}],
            "dahdi": {"channels": CABLE}, "selfcall": {"line": 1, "station": "801"},
        }
    )  # fmt: skip


async def made(engine: Engine, board: Board, data: Path, training: Training | None) -> dict[str, Any]:
    """One self-call of a box on this card."""
    box = Box(Wiring(engine, board, BOARD, engine.plan, "zh", data, time.time, real_time=True))
    touched = Touched(engine, box.bus, engine.plan, box.lines, box.stations, data, "1", records=True)
    await box.start()
    if training is not None:
        training.start()
    try:
        found = await SelfCall(lambda: touched, board, training).make()
        return SelfCall.told(found) | {"box": lost(engine)}
    finally:
        if training is not None:
            await training.stop()
        await box.stop("the self-call is over")


async def program(found: dict[str, Any]) -> None:
    cards = loop_cards()
    board = load_board(BOARD)
    with running(cards.box, cards.far):
        training = Training(World(cards.far, board), Prompts("zh"))
        found["whole"] = await made(cards.box, board, DATA / "whole", training)
    cards.close()
    await asyncio.sleep(2)
    board = cable_board()
    card = DahdiCard(board.port_specs, CABLE, load_country("cn"))
    with running(card.engine):
        found["cable"] = await made(card.engine, board, DATA / "cable", None)
    card.close()


if __name__ == "__main__":
    report("selfcall", program)
