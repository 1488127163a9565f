"""One-way delay on the wires: `taps FOLDER LINE STATION SECONDS` compares what the exchange sends into a line with what
the box sends to a station, second by second, and leaves taps.json in the folder."""

import asyncio
import json
import statistics
import sys
from pathlib import Path

import numpy as np

from drivers.binding.dahdicard import DahdiCard
from firmware.config import load_country
from firmware.training import measure
from tests.system.inside.bench import TAPS, lost, running

MOST_MS = 60
LOUD_DBM0 = -30.0  # a second with less says nothing
ALIKE = 0.8


def delays(sent: measure.Samples, heard: measure.Samples) -> list[float]:
    """Milliseconds by which `heard` lags, for every second in which something was said and heard."""
    found = []
    for begin in range(0, len(sent) - 2 * measure.RATE, measure.RATE):
        known = sent[begin : begin + measure.RATE]
        around = heard[begin : begin + measure.RATE + MOST_MS * measure.RATE // 1000]
        match = measure.find(known, around)
        if measure.level(known) > LOUD_DBM0 and match.correlation > ALIKE:
            found.append(round(match.start * 1000, 3))
    return found


async def main(folder: Path, line: int, station: int, seconds: float) -> None:
    channels = [TAPS["exchange"][line], TAPS["station"][station]]
    card = DahdiCard([("fxo", "exchange's tap"), ("fxo", "station's tap")], channels, load_country("cn"))
    target = folder / "taps.wav"
    with running(card.engine):
        recorder = card.engine.recorder()
        recorder.start(target)
        card.engine.link(card.engine.ports[0].source, recorder.left)
        card.engine.link(card.engine.ports[1].source, recorder.right)
        await asyncio.sleep(seconds)
        await recorder.stop()
        counters = lost(card.engine)
    card.close()
    found = delays(*measure.read(target))
    steps = np.abs(np.diff(found)) if found else []
    result = {
        "seconds_measured": len(found),
        "delay_ms": {"least": min(found), "median": statistics.median(found), "most": max(found)} if found else None,
        "slips": int(np.sum(np.asarray(steps) > 0.2)),
        "all_ms": found,
        **counters,
    }
    (folder / "taps.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:4]), float(sys.argv[4])))
