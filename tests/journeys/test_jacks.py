"""Lines and stations as people have set them up: out of use, answered later, never recorded; from the next call on."""

from collections.abc import Callable
from typing import Any

from firmware.jacks.section import InsideStations, OutsideLines
from firmware.setup.base import Section
from tests.journeys.conftest import Town

Play = Callable[..., None]


def set_up(town: Town, section: type[Section], **fields: Any) -> None:
    """As the page does it."""
    town.box.setup.change(section, lambda _: fields, who="owner")
    town.box.changes.changed(town.box.setup.name_of(section))


def lamp(town: Town, kind: str, port: str) -> Any:
    return next(one for one in town.box.live.snapshot(0).lamps if (one.kind, one.port) == (kind, port))


def test_a_line_out_of_use_is_left_ringing_and_comes_back(play: Play) -> None:
    async def story(town: Town) -> None:
        set_up(town, OutsideLines, lines=[{"id": "3", "name": "Sales", "number": "010 6262 8888", "in_use": False}])
        shown = lamp(town, "line", "3")
        assert (shown.name, shown.own, shown.state) == ("Sales", "01062628888", "out_of_service")
        wang = town.caller(line=3, patience_s=15.0)
        assert not await wang.dials()
        await wang.hangs_up()
        await town.quiet()
        assert not town.told("call.started")
        assert lamp(town, "line", "3").state == "out_of_service"
        set_up(town, OutsideLines, lines=[])
        assert (lamp(town, "line", "3").name, lamp(town, "line", "3").state) == ("", "idle")
        li = town.caller(line=3)
        assert await li.dials()
        await town.until("call.answered")
        await li.hangs_up()

    play(story)


def test_a_line_is_answered_after_so_many_rings(play: Play) -> None:
    async def story(town: Town) -> None:
        set_up(town, OutsideLines, lines=[{"id": "2", "rings": 3}])
        wang = town.caller(line=2)
        assert await wang.dials()
        await town.until("call.answered")
        assert len(town.told("line.ring", line=2)) == 3
        await wang.hangs_up()

    play(story)


def test_a_station_out_of_use_is_not_rung_and_hears_busy_tone(play: Play) -> None:
    async def story(town: Town) -> None:
        set_up(town, InsideStations, stations=[{"id": "801", "name": "Front desk", "in_use": False}])
        assert lamp(town, "station", "801").state == "out_of_service"
        await town.agent("801").pick_up()
        await town.until("station.tone", station="801", tone="busy")
        await town.agent("801").hang_up()
        await town.until("station.idle", station="801")
        wang = town.caller(line=1)
        assert await wang.dials()
        await town.until("call.prompt", prompt="greeting")
        await wang.presses("1")
        offered = await town.until("call.offered")
        assert offered.station != "801"
        set_up(town, InsideStations, stations=[])
        assert lamp(town, "station", "801").state == "idle"
        await wang.hangs_up()

    play(story)


def test_what_is_said_at_a_station_is_never_recorded(play: Play) -> None:
    async def story(town: Town) -> None:
        stations = [{"id": str(number), "recorded": False} for number in range(801, 809)]
        set_up(town, InsideStations, stations=stations)
        wang, li = town.caller(line=1), town.agent("801")
        assert await wang.dials()
        await town.until("call.prompt", prompt="greeting")
        await wang.presses("1")
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", station="801")
        await li.hang_up()
        await wang.hangs_up()
        await town.quiet()
        assert (await town.record()).recording is None

    play(story)


def test_a_line_has_a_mode_of_its_own(play: Play) -> None:
    async def story(town: Town) -> None:
        set_up(town, OutsideLines, lines=[{"id": "1", "recording": "answer"}])
        for line in (1, 2):
            wang = town.caller(line=line)
            assert await wang.dials()
            await town.until("call.prompt", prompt="greeting", line=line)
            await wang.hangs_up()
            await town.quiet()
        assert [event.line for event in town.told("call.recording")] == [1]

    play(story)
