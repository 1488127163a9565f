"""The ring's own cadence tells a distinctive ring from the usual one."""

import asyncio
from collections.abc import Callable

import pytest

from tests.journeys.conftest import Town

Play = Callable[..., None]


@pytest.mark.parametrize(
    ("country", "exchange", "usual"), [("cn", "cn", True), ("gb", "gb", True), ("cn", "us", False)]
)
def test_a_distinctive_ring(play: Play, country: str, exchange: str, usual: bool) -> None:
    async def story(town: Town) -> None:
        town.box.calls.entry = None  # it is left ringing
        wang = town.caller(line=1, patience_s=9)
        calling = asyncio.create_task(wang.dials())
        told = await town.until("line.ring_end", line=1)
        assert told.data["usual"] is usual, told.data
        await calling
        await wang.hangs_up()
        assert all(event.data["usual"] is usual for event in town.told("line.ring_end"))

    play(story, country=country, exchange=exchange)
