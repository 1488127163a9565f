"""How soon a key over a prompt silences it, on the wires and in the caller's receiver file."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from drivers.binding.dahdicard import DahdiCard, DahdiLoop
from drivers.binding.simcard import PortSpec, SimCard
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import Bench
from firmware.conformance.keys import PROMPT_DBM0, both, delays, over_prompt
from firmware.prompts import Prompts
from firmware.training import measure
from tests.system.inside.bench import LINE_TAPS, TAPS, report, running
from tests.system.inside.spanwork import tap_lines

PLAN = load_country("cn")
LINE, EXCHANGE = 1, 17
KEYS = 60
# The exchange's card is not the one that makes the ticks. Begun in a later chunk of the kernel than the box's, all its
# blocks are complete just after a tick and are taken by the next one, a block late: then both begin anew.
BEGUN_MOST, BEHIND_MS = 4, 20


async def program(found: dict[str, Any]) -> None:
    tap_lines()
    for begun in range(1, BEGUN_MOST + 1):
        found["begun"] = begun
        ear, wires, found["dips"] = await _once()
        found["at_his_ear"], found["on_the_wires"] = _spread(ear), _spread(wires)
        if found["at_his_ear"]["median"] - found["on_the_wires"]["median"] < BEHIND_MS:
            return


async def _once() -> tuple[list[float], list[float], int]:
    """Milliseconds of each key, in the caller's file and on the wires; dips of the prompt that no key made."""
    ports: list[PortSpec] = [("fxo", "line 1")]
    folder = Path(tempfile.mkdtemp(prefix="keys-"))
    card = DahdiLoop(ports, [LINE], [EXCHANGE], PLAN)
    taps = DahdiCard([("fxo", "box"), ("fxo", "exchange")], [LINE_TAPS[0], TAPS["exchange"][0]], PLAN)
    try:
        with running(card.box, card.far), running(taps.engine):
            await asyncio.sleep(1)
            greeting = np.asarray(measure.read(Prompts("zh").path("greeting"))[0], dtype=np.float64)
            speech = signals.at_level(greeting, PROMPT_DBM0)
            bench = Bench(cast(SimCard, card), folder)
            wires = taps.engine.recorder()
            wires.start(folder / "wires.wav")
            for port, side in zip(taps.engine.ports, (wires.left, wires.right), strict=True):
                taps.engine.link(port.source, side)
            done = await over_prompt(bench, KEYS, signals.rng_of("dahdi", "keys"), speech)
            await wires.stop()
            await card.box.ports[0].release()
    finally:
        card.close()
        taps.close()
    assert wires.path is not None
    return list(done.ms), list(delays(*both(str(wires.path)))), done.dips


def _spread(ms: Sequence[float]) -> dict[str, float]:
    found = sorted(ms)
    return {"keys": len(found), "least": found[0], "median": found[len(found) // 2], "most": found[-1]}


if __name__ == "__main__":
    report("keys", program)
