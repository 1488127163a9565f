"""A card that is unplugged in mid-call, as its driver's news tell the box; tests/system takes real spans away."""

from collections.abc import Callable

from drivers.binding.engine import Port
from drivers.binding.events import Kind, PortEvent
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes

Play = Callable[..., None]


def tells(port: Port, kind: Kind, value: int) -> None:
    """News of the port, as the core would tell it."""
    port.heard(PortEvent(0, 0, kind, port.index, value, 0, ()))


def lamp(town: Town, line: str) -> str:
    lamps = town.box.live.snapshot(0).lamps
    return next(lamp.state for lamp in lamps if (lamp.kind, lamp.port) == ("line", line))


def alarms(town: Town) -> list[str]:
    return [alarm.name for alarm in town.box.live.snapshot(0).alarms]


def test_a_lines_card_goes_away_and_comes_back(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", call=call)

        line = town.box.lines[1]
        tells(line.port, Kind.CARD, 0)
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"]) == ("caller", "no_card")
        assert not line.free
        assert lamp(town, "1") == "fault"
        assert alarms(town) == ["line_1_no_card"]
        await li.hang_up()
        await wang.hangs_up()
        await town.until("line.idle", line=1)

        tells(line.port, Kind.BATTERY, 0)  # nobody knows that of a wire whose card is gone
        assert not town.told("alarm.raised", name="line_1_no_battery")
        tells(line.port, Kind.BATTERY, 1)
        assert not line.free
        tells(line.port, Kind.CARD, 1)
        assert line.free and not alarms(town)
        assert lamp(town, "1") == "idle"

        tells(line.port, Kind.CARD, 0)
        tells(line.port, Kind.BATTERY, 0)
        tells(line.port, Kind.CARD, 1)  # back, but the wire is cut
        assert alarms(town) == ["line_1_no_battery"]
        tells(line.port, Kind.BATTERY, 1)
        assert lamp(town, "1") == "idle"

    play(story)


def test_a_ringing_telephones_card_goes_away(play: Play) -> None:
    async def story(town: Town) -> None:
        call = await comes(town, town.caller(line=1))
        first = (await town.until("call.offered", call=call)).station
        assert first is not None
        station = town.box.stations[first]
        tells(station.port, Kind.CARD, 0)
        await town.until("call.offer_ended", call=call)
        assert not station.free
        assert len(town.told("station.fault", station=first)) == 1
        second = (await town.until("station.ringing", station="802" if first == "801" else "801")).station
        assert second != first
        await town.agent(str(second)).pick_up()
        await town.until("call.connected", call=call)
        tells(station.port, Kind.CARD, 1)
        assert station.free and town.told("alarm.cleared", name=f"station_{first}_no_card")
        await town.agent(str(second)).hang_up()
        await town.until("call.ended", call=call)

    play(story)


def test_a_talking_telephones_card_goes_away(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=1), town.agent("801")
        call = await comes(town, wang)
        await li.rings()
        await li.pick_up()
        await town.until("call.connected", call=call)
        station = town.box.stations["801"]
        tells(station.port, Kind.CARD, 0)
        await li.hang_up()  # the card tells that the loop is open
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"]) == ("agent", "no_card")
        await wang.hears_hang_up()
        await wang.hangs_up()
        assert not station.free and not town.told("station.idle", station="801")
        tells(station.port, Kind.CARD, 1)

    play(story)
