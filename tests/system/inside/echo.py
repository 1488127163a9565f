"""What the kernel's canceller leaves of a prompt's echo from the far end, second by second after the answer: with and
without having been trained."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from drivers.binding.dahdicard import DahdiCard
from drivers.binding.plan import DahdiSound
from drivers.binding.simcard import PortSpec, SimCard
from firmware.config import load_country
from firmware.conformance import signals
from firmware.conformance.bench import Bench
from firmware.prompts import Prompts
from firmware.training import measure
from tests.system.inside.bench import report, running

PLAN = load_country("cn")
LINE, EXCHANGE = 8, 24  # has a canceller (spans)
TAPS = 256  # the far end's own blocks make the echo come 16 ms late
LOSS_DB, NOISE_DBM0, PROMPT_DBM0 = -12.0, -60.0, -16.0
SECONDS = 6
TRAIN_MS = {"untrained": 0, "trained": 300}


async def _left(train_ms: int) -> dict[str, Any]:
    """Echo and noise in each second of a prompt that begins right after the training, dB against the prompt; and how
    like itself the prompt's begin is at the exchange."""
    box: list[PortSpec] = [("fxo", "line 8")]
    far: list[PortSpec] = [("fxs", "exchange line 8")]
    sound = DahdiSound(echo_taps=TAPS, echo_train_ms=train_ms)
    near = DahdiCard(box, [LINE], PLAN, sound=sound)
    away = DahdiCard(far, [EXCHANGE], PLAN.as_exchange())
    try:
        with running(near.engine, away.engine):
            await asyncio.sleep(1)
            wire = away.engine.ports[0]
            away.engine.link(wire.source, wire.sink, gain_db=LOSS_DB)
            rng = signals.rng_of("dahdi", "echo")
            bench = Bench(cast(SimCard, _Ends(near, away)), Path(tempfile.mkdtemp(prefix="echo-")))
            noise = signals.noise("white", NOISE_DBM0, signals.samples(1000 * (SECONDS + 2)), rng)
            bench.play(away.engine, wire, noise.round().astype(np.int16))
            greeting = np.asarray(measure.read(Prompts("zh").path("greeting"))[0], dtype=np.float64)
            greeting = np.tile(signals.at_level(greeting, PROMPT_DBM0), 4)[: signals.samples(1000 * SECONDS)]
            await near.engine.ports[0].seize()
            await asyncio.sleep(sound.deaf_s)  # as the box does (firmware/lines.py)
            recorder = bench.record(near.engine, near.engine.ports[0])
            at_exchange = bench.record(away.engine, wire)
            await bench.play(near.engine, near.engine.ports[0], greeting.round().astype(np.int16))
            heard = (await bench.heard(recorder)).astype(np.float64)
            begin = measure.find(greeting[: signals.RATE // 2], (await bench.heard(at_exchange)).astype(np.float64))
            await near.engine.ports[0].release()
    finally:
        near.close()
        away.close()
    rate = signals.RATE
    left_db = [
        round(signals.dbm0_of(heard[at : at + rate]) - signals.dbm0_of(greeting[at : at + rate]), 1)
        for at in range(0, rate * SECONDS, rate)
    ]
    return {"left_db": left_db, "begin": round(begin.correlation, 3)}


class _Ends:
    """The two cards as one."""

    def __init__(self, near: DahdiCard, away: DahdiCard) -> None:
        self.box, self.far = near.engine, away.engine


async def program(found: dict[str, Any]) -> None:
    for name, train_ms in TRAIN_MS.items():
        found[name] = await _left(train_ms)


if __name__ == "__main__":
    report("echo", program)
