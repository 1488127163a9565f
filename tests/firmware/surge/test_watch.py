"""The watch in virtual time, at moments whose seconds do not add up exactly in binary."""

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from firmware.acd.queue import Hall
from firmware.bus import Bus, Event
from firmware.clock import SteppedLoop
from firmware.lines import Line
from firmware.surge.section import Surge
from firmware.surge.watch import Watch

AFTER_S, CALM_S = 30.1, 60.3


class Jack:
    """An outside line, as far as the watch asks."""

    in_use, state, free = True, None, True


class Empty:
    """A hall in which nobody waits; it is asked whenever the watch looks."""

    asked = 0

    def load(self) -> dict[str, tuple[int, int]]:
        self.asked += 1
        assert self.asked < 1000, "the watch looks again and again in one moment"
        return {}


def adverse(seconds: float) -> float:
    """A moment after which so many seconds seem not yet over when they are."""
    return next(tick / 100 for tick in range(1, 100_000) if (tick / 100 + seconds) - tick / 100 < seconds)


@pytest.mark.parametrize("begins", [0.0, adverse(AFTER_S)])
def test_it_begins_and_ends_when_its_time_has_come(begins: float) -> None:
    loop, hall, lines = SteppedLoop(), Empty(), {1: Jack(), 2: Jack()}
    told: list[Event] = []

    async def day() -> None:
        bus = Bus(loop.time)
        bus.subscribe(told.append)
        section = Surge(lines_after_s=AFTER_S, calm_s=CALM_S)
        watch = Watch(bus, lambda: section, cast(Mapping[int, Line], lines), cast(Hall, hall))
        for free, at, event in ((False, begins, "line.ring"), (True, 500 + adverse(CALM_S), "line.idle")):
            await asyncio.sleep(at - loop.time())
            for line in lines.values():
                line.free = free
            bus.publish(event, line=2)
            await asyncio.sleep(100)
        watch.close()

    loop.run_until_complete(day())
    loop.close()
    at = {event.kind: event.at for event in told}
    assert at["surge.began"] - at["line.ring"] == pytest.approx(AFTER_S, abs=0.011)
    assert at["surge.ended"] - at["line.idle"] == pytest.approx(CALM_S, abs=0.011)
    assert hall.asked < 12
