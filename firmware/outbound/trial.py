"""How well answers are told: `python -m firmware.outbound.trial --json` dials numbers whose people are synthetic.

Each call rings for 1 to 20 s, then somebody picks up, and after 0.1 to 1.2 s says one of the greetings of
firmware/voice/corpus.py, in its own voice, at its own level. With `--never` nobody picks up, and every answer is false.
"""

import argparse
import asyncio
import json
import statistics
import sys
import wave
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from drivers.binding.engine import RATE
from drivers.binding.simcard import SimCard
from firmware.bus import Bus
from firmware.clock import TickClock, run_stepped
from firmware.config import load_board, load_country
from firmware.lines import Line
from firmware.outbound.attempt import Attempt
from firmware.outbound.linedialling import LineDialling
from firmware.training.subscribers import Subscriber
from firmware.training.world import World
from firmware.voice.corpus import SEED, Maker

RINGS_S = (1.0, 20.0)
NO_ANSWER_S = 45.0
HUM = 5.0  # so much below the noise


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one call. `late_s`: from picking up until the box knew; None: nobody picked up."""

    result: str
    by: str | None
    late_s: float | None
    greeting: str


def measure(country: str, calls: int, noise: float, *, never: bool) -> list[Told]:
    """Dials on all lines of the simulated card at once. `noise`: on each line, dBm0."""
    board, plan = load_board("sim-8x8"), load_country(country)
    wires = [wire.model_copy(update={"noise": noise, "hum": noise - HUM}) for wire in board.wires]
    card = SimCard(board.port_specs, wires, plan, record_sync_ms=0)
    told: list[Told] = []

    async def whole() -> None:
        bus = Bus(TickClock(card.box, 0.0))
        world = World(card.far, board)
        lines = [Line(jack.number, card.box.ports[jack.channel], plan, bus) for jack in board.lines]
        maker, random = Maker(SEED), Random(SEED)  # noqa: S311 - repeatable on purpose
        answers = [maker.plan("human")() for _ in range(calls)]

        async def dial(line: Line, index: int, folder: Path) -> None:
            path = folder / f"{index}.wav"
            _write(path, answers[index].samples)
            subscriber = world.office.subscriber(Subscriber(f"139{index:08}"))
            attempt = Attempt(line, subscriber.number, plan, LineDialling(no_answer_s=NO_ANSWER_S), lambda _: None)
            person = _Person(subscriber, path, None if never else random.uniform(*RINGS_S))
            living = asyncio.create_task(person.lives(), name=subscriber.number)
            outcome = await attempt.run(subscriber.number)
            told.append(Told(outcome.kind, outcome.by, person.since(), answers[index].what))
            attempt.close()
            await line.hang_up()
            await line.idle()
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living

        async def work(line: Line, folder: Path) -> None:
            for index in range(lines.index(line), calls, len(lines)):
                await dial(line, index, folder)

        with TemporaryDirectory() as folder:
            await asyncio.gather(*(work(line, Path(folder)) for line in lines))
        await world.close()

    try:
        run_stepped(whole(), [card.box, card.far])
    finally:
        card.close()
    return told


class _Person:
    """Picks up after so long of ringing (None: never), and greets."""

    def __init__(self, subscriber: Subscriber, greeting: Path, rings_s: float | None) -> None:
        self._subscriber, self._greeting, self._rings_s = subscriber, greeting, rings_s
        self._picked_up: float | None = None

    def since(self) -> float | None:
        """Seconds since he picked up."""
        return None if self._picked_up is None else asyncio.get_running_loop().time() - self._picked_up

    async def lives(self) -> None:
        """Until cancelled."""
        callee = await self._subscriber.called()
        try:
            if self._rings_s is None:
                await asyncio.Future()
            await asyncio.sleep(self._rings_s or 0)
            callee.answers()
            self._picked_up = asyncio.get_running_loop().time()
            await callee.speaks(self._greeting)
            await asyncio.Future()
        finally:
            await callee.hangs_up()


def _write(path: Path, samples: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)


def summary(told: list[Told]) -> dict[str, Any]:
    """Counts and delays, and the greetings that were missed."""
    late = sorted(one.late_s for one in told if one.result == "answered" and one.late_s is not None)
    return {
        "calls": len(told),
        "results": Counter(f"{one.result} {one.by or ''}".strip() for one in told),
        "late_s": {"median": round(statistics.median(late), 2), "p90": round(late[int(0.9 * len(late))], 2)}
        if late
        else None,
        "missed": [one.greeting for one in told if one.result != "answered" and one.late_s is not None],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well answers of outgoing calls are told")
    parser.add_argument("--country", default="cn")
    parser.add_argument("--calls", type=int, default=160)
    parser.add_argument("--noise", type=float, default=-65.0, help="of each line, dBm0")
    parser.add_argument("--never", action="store_true", help="nobody picks up: every answer is false")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = summary(measure(args.country, args.calls, args.noise, never=args.never))
    json.dump(found, sys.stdout, ensure_ascii=False, indent=None if args.json else 1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
