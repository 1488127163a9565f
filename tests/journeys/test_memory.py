"""A box set to China on a British exchange: it learns what its line really sends, and keeps it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from firmware.linememory import MemoryFile
from tests.journeys.conftest import Town

Play = Callable[..., None]


def test_a_line_learns_what_its_exchange_sends(play: Play, tmp_path: Path) -> None:
    async def three_calls(town: Town) -> None:
        li = town.agent("801")
        for number in ("02079460001", "02079460002", "02079460003"):
            wang = town.caller(line=2, number=number)
            calling = asyncio.create_task(wang.dials())
            assert await calling
            await asyncio.sleep(2)
            await wang.presses("1")
            await li.rings()
            await li.pick_up()
            await asyncio.sleep(2)
            await wang.hangs_up()
            await asyncio.sleep(5)  # British busy tone: 400 Hz, 375 ms on and off
            await li.hang_up()
            await town.quiet()
        told = [event.data for event in town.told("line.callerid_learned", line=2)]
        assert told == [{"scheme": "v23", "moment": "before_ring", "reversal": True, "absent": False, "differs": True}]
        heard = town.told("line.cadence", line=2)
        busy = [event.data for event in heard]
        assert len(busy) >= 3 and busy[-1]["seen"] == len(busy) and all(abs(one["hz"] - 400) <= 3 for one in busy)
        assert all(abs(ms - 375) <= 12 for ms in busy[-1]["ms"])
        lamp = next(one for one in town.box.live.snapshot(0).lamps if (one.kind, one.port) == ("line", "2"))
        assert lamp.learned is not None
        assert (lamp.learned.scheme, lamp.learned.differs, lamp.learned.cadences[-1]["hz"]) == (
            "v23",
            True,
            busy[-1]["hz"],
        )

    async def next_day(town: Town) -> None:
        remembered = town.box.lines[2].memory.kept
        assert remembered.callerid.sure and not town.box.lines[2].memory.worth_waiting
        lamp = next(one for one in town.box.live.snapshot(0).lamps if (one.kind, one.port) == ("line", "2"))
        assert lamp.learned is not None and lamp.learned.scheme == "v23" and lamp.learned.cadences

    play(three_calls, exchange="gb")
    assert set(MemoryFile(tmp_path).load()) == set(range(1, 9))
    play(next_day, exchange="gb")
