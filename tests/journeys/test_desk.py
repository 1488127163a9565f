"""Buttons of the desk at moments between: the handset is being put down, or the user is told what went wrong."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.api.messages import Message, Refused
from firmware.api.switching import AtStation, Dial
from firmware.switching.desk import Desk
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town

Play = Callable[..., None]

UNKNOWN = "94711"
GUARD_S = 2.0  # a telephone that was put down is not lifted sooner


async def asks(town: Town, what: str, wanted: Message) -> None:
    box = town.box
    await Desk(box.calls, box.setup, box.park, box.rooms).intents()[f"desk.{what}"](wanted)


async def dials(town: Town, to: str) -> None:
    await asks(town, "dial", Dial(station="801", to=to))


async def is_refused(town: Town, li: Telephone) -> None:
    """A number that may not be dialled was clicked, and Li hears it."""
    await dials(town, UNKNOWN)
    await li.rings()
    await li.pick_up()
    await town.until("call.prompt")


async def in_talk(town: Town) -> tuple[Telephone, Telephone]:
    """Li has dialled Zhao, and they speak with each other."""
    li, zhao = town.agent("801"), town.agent("802")
    await li.dial("802")
    await zhao.rings()
    await zhao.pick_up()
    await town.until("call.connected")
    return li, zhao


def test_dialled_again_as_soon_as_the_handset_is_down(play: Play) -> None:
    """The box does not know yet whether the break of the loop is a flash: it waits until it does, and rings."""

    async def story(town: Town) -> None:
        li = town.agent("801")
        await is_refused(town, li)
        await li.hang_up()
        await asyncio.sleep(0.1)
        assert town.box.stations["801"].offhook
        await dials(town, UNKNOWN)
        await li.rings()
        await asyncio.sleep(GUARD_S)
        await li.pick_up()
        await town.until("call.ended", result="refused")
        await asyncio.sleep(1)
        assert len(town.told("call.refused")) == 2
        await li.hang_up()

    play(story)


def test_dialled_from_busy_tone_as_soon_as_the_handset_is_down(play: Play) -> None:
    """Not into the handset that is no longer at an ear."""

    async def story(town: Town) -> None:
        li, zhao = await in_talk(town)
        await zhao.hang_up()
        await town.until("station.tone", station="801")
        await li.hang_up()
        await asyncio.sleep(0.1)
        await dials(town, "802")
        await li.rings()
        assert len(town.told("call.started")) == 1
        await asyncio.sleep(GUARD_S)
        await li.pick_up()
        await zhao.rings()
        await li.hang_up()

    play(story)


def test_dialled_again_with_the_handset_up(play: Play) -> None:
    """A call that came to nothing gives way to the next one; one that is being dialled does not."""

    async def story(town: Town) -> None:
        li, zhao = town.agent("801"), town.agent("802")
        await is_refused(town, li)
        await dials(town, "802")
        await zhao.rings()
        assert town.told("call.ended", result="refused")
        with pytest.raises(Refused, match="station 801 is in use"):
            await dials(town, "803")
        await zhao.pick_up()
        await town.until("call.connected")
        await li.hang_up()
        await zhao.hang_up()

    play(story)


def test_held_while_the_handset_is_put_down(play: Play) -> None:
    """Whoever was spoken with is not left on hold by somebody who has gone."""

    async def story(town: Town) -> None:
        li, zhao = await in_talk(town)
        await li.hang_up()
        await asyncio.sleep(0.1)
        with pytest.raises(Refused, match="it speaks with nobody"):
            await asks(town, "hold", AtStation(station="801"))
        assert not town.told("call.held")
        await zhao.hang_up()

    play(story)
