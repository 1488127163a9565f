"""What a user does in the very moment in which his caller's line is being released: nothing is left over, and a call
that is over is joined by nobody and recorded once."""

from collections.abc import Callable

import pytest

from firmware.bus import Event
from firmware.calls.handset import Handset
from firmware.switching import others
from firmware.switching.others import NotPossible
from tests.journeys.conftest import Town
from tests.journeys.test_handset import in_talk
from tests.journeys.test_switching import done

Play = Callable[..., None]
Act = Callable[[Town, Handset], None]


def flashes(_: Town, li: Handset) -> None:
    li.flash()


def puts_down(_: Town, li: Handset) -> None:
    li.transfer()


def confers(_: Town, li: Handset) -> None:
    li.confer()


def is_taken_over(town: Town, _: Handset) -> None:
    with pytest.raises(NotPossible, match="speaks with nobody"):
        others.take_over(town.box.calls.handsets["803"], "801")


def in_the_moment(town: Town, act: Act) -> None:
    def told(event: Event) -> None:
        if event.kind == "line.released" and not town.told("call.ended", line=1):
            act(town, town.box.calls.handsets["801"])

    town.box.bus.subscribe(told)


def left_alone(town: Town, call: str) -> None:
    assert not town.told("alarm.raised", name="recording")
    ended = town.told("call.ended", call=call)[0]
    connected = town.told("call.connected", call=call)
    released = town.told("line.released", line=1)[0]
    assert all(event.seq < released.seq for event in connected) and len(town.told("call.recorded", call=call)) == 1
    assert ended.data["side"] == "caller"


@pytest.mark.parametrize("act", [flashes, is_taken_over])
def test_while_he_speaks_with_him(play: Play, act: Act) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        in_the_moment(town, act)
        await wang.hangs_up()
        await town.until("call.ended", call=call)
        await done(town, li)
        await town.quiet()
        left_alone(town, call)

    play(story)


@pytest.mark.parametrize("act", [puts_down, confers, flashes])
def test_while_he_is_on_hold(play: Play, act: Act) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("802")
        zhao = town.agent("802")
        await zhao.rings()
        await zhao.pick_up()
        await town.until("call.connected", station="802")
        in_the_moment(town, act)
        await wang.hangs_up()
        await town.until("call.ended", call=call)
        await done(town, li, zhao)
        await town.quiet()
        left_alone(town, call)

    play(story)
