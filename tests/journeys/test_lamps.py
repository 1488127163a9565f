"""The message lamp of a telephone, seen at the telephone: by data, by voltage, and where neither is possible."""

import asyncio
from collections.abc import Callable

from drivers.binding.events import Kind, PortEvent
from firmware.lines import CallerId
from firmware.switching.section import Lamp, Telephones
from firmware.training.caller import Caller
from firmware.voicemail.lamps import Lamps
from tests.journeys.conftest import Town
from tests.journeys.test_voicemail import at_the_tone

Play = Callable[..., None]


def lamps(town: Town, lamp: Lamp = "tone", **single: Lamp) -> None:
    """As people set them on the page: the default, and `station_801="fsk"`."""
    update = {"lamp": lamp, "lamps": {name.removeprefix("station_"): way for name, way in single.items()}}
    town.box.setup.change(Telephones, lambda now: now.model_copy(update=update), who="test")
    town.box.changes.changed("telephones")


async def leaves_a_message(town: Town, caller: Caller) -> None:
    call = await at_the_tone(town, caller)
    await caller.speaks(town.prompts.path("caller_speech"))
    await caller.hangs_up()
    await town.until("voicemail.left", call=call)


async def lights(town: Town, station: str, lit: bool, within: float = 20.0) -> None:
    """Until the telephone's lamp is so."""
    await town.agent(station).lamp_is(lit, within)


def test_lit_by_data_when_a_message_comes_and_dark_when_it_was_heard(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, station_801="fsk", station_802="voltage")
        await lights(town, "801", False)
        assert town.agent("803").lamp is None
        await leaves_a_message(town, town.caller(line=1))
        await lights(town, "801", True)
        assert (await town.until("station.lamp", station="801", lit=True)).data["how"] == "fsk"
        (message,) = town.box.office.shelf.messages("801")
        town.box.office.heard("801", message.id)
        await lights(town, "801", False)
        assert not town.agent("801").bursts
        await town.quiet()

    play(story, country="us")


def test_after_reversal_and_alert_where_the_country_wants_them(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, "fsk")
        seen: list[Kind] = []
        port = town.agent("801").port
        hears = port.on_event
        assert hears is not None

        def on_event(event: PortEvent) -> None:
            seen.append(event.kind)
            hears(event)

        port.on_event = on_event
        await leaves_a_message(town, town.caller(line=1))
        await lights(town, "801", True)
        assert Kind.POLARITY in seen[: seen.index(Kind.MESSAGES)] and Kind.RING not in seen
        await town.quiet()

    play(story, country="gb")


def test_by_voltage(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, "voltage")
        await leaves_a_message(town, town.caller(line=1))
        await lights(town, "801", True)
        await town.agent("801").pick_up()
        await lights(town, "801", False, within=1.0)  # the handset is up: no high voltage
        await town.agent("801").hang_up()
        await lights(town, "801", True, within=5.0)
        lamps(town, "tone")
        await lights(town, "801", False)
        await town.quiet()

    play(story)


def test_a_ring_wins_and_the_lamp_is_set_afterwards(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, "fsk")
        await leaves_a_message(town, town.caller(line=1))
        await asyncio.sleep(0.2)
        assert town.agent("801").lamp is not True  # its data are on their way
        offered = asyncio.create_task(_rung(town))
        await town.agent("801").rings()
        assert town.agent("801").lamp is not True
        assert not await offered
        await lights(town, "801", True)
        await town.quiet()

    play(story)


async def _rung(town: Town) -> bool:
    return await town.box.stations["801"].offer("test", CallerId("12345", "", None), 3.0)


def test_a_restart_sends_it_again(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, "fsk")
        await leaves_a_message(town, town.caller(line=1))
        await lights(town, "801", True)
        town.agent("801").lamp = None
        anew = Lamps(town.box.stations, town.box.bus, lambda _: "fsk", town.box.office.new_for, fsk=True)
        anew.start()
        await lights(town, "801", True)
        anew.close()
        await town.quiet()

    play(story)


def test_what_the_country_cannot_is_said_once_and_the_tone_stutters(play: Play) -> None:
    async def story(town: Town) -> None:
        lamps(town, "fsk")
        await leaves_a_message(town, town.caller(line=1))
        told = await town.until("station.lamp", station="801")
        assert told.data["how"] == "tone" and "stutters" in told.data["text"]
        assert len([one for one in town.told("station.lamp") if one.station == "801"]) == 1
        assert town.agent("801").lamp is None
        await town.quiet()

    play(story, country="br")
