"""Calls to outside numbers, made at a handset, at the page, and by passing a caller on; heard at both far ends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from drivers.binding.events import Kind
from firmware.api.messages import Nothing, Refused
from firmware.api.switching import Dial
from firmware.dialplan.permission import Fuse, ServiceClass
from firmware.ivr.answering import Answering
from firmware.outbound.section import Dialling
from firmware.switching.desk import Desk
from firmware.training.caller import Caller
from firmware.training.live import subscriber as by_last_digit
from firmware.training.measure import find, read
from firmware.training.subscribers import Callee, Sounds, Subscriber
from firmware.training.telephone import Telephone
from tests.journeys.conftest import Town
from tests.journeys.test_handset import hear_each_other

Play = Callable[..., None]

NUMBER = "13900139000"


def subscriber(town: Town, number: str = NUMBER, **how: Any) -> Subscriber:
    """Somebody outside whom the box can call."""
    if town.world.office.sounds is None:
        town.world.office.sounds = Sounds.of(town.prompts, town.data)
    return town.world.office.subscriber(Subscriber(number, **how))


async def answers(person: Subscriber, after_s: float = 6.0) -> Callee:
    """He lets it ring, and picks up."""
    callee = await person.called()
    await asyncio.sleep(after_s)
    callee.answers()
    return callee


async def greets(town: Town, callee: Callee, kind: str = "call.connected", **seen: Any) -> None:
    """The first word, by which the box knows that he is there, and tells `kind`."""
    await asyncio.sleep(0.4)
    await callee.speaks(town.prompts.path("callee_hello"))
    await town.until(kind, **seen)


async def answers_and_greets(town: Town, person: Subscriber, **seen: Any) -> Callee:
    """Whoever stays with him in the box's place hears him by then."""
    callee = await answers(person)
    await greets(town, callee, "call.far_answered", **seen)
    await asyncio.sleep(0.5)
    return callee


async def talks_outside(town: Town, agent: str = "801", dialled: str = "9" + NUMBER) -> tuple[Telephone, Callee]:
    """An agent dials, somebody outside answers, and they talk."""
    person = subscriber(town)
    li = town.agent(agent)
    await li.dial(dialled)
    callee = await answers(person)
    await greets(town, callee)
    return li, callee


def setup(town: Town, **dialling: Any) -> None:
    """As if changed on the page."""
    town.box.setup.change(Dialling, lambda now: now.model_copy(update=dialling), who="test")
    town.box.changes.changed("dialling")


async def whole(li: Telephone) -> None:
    """After the call: busy tone, and the handset is put down."""
    await li.other_party_gone(within=20)
    await li.hang_up()


# -- by handset ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["cn", "us", "de"])
def test_both_ways_with_levels(play: Play, country: str, tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        number = {"cn": "13900139000", "us": "12125550123", "de": "01711234567"}[country]
        person = subscriber(town, number)
        li = town.agent("801")
        await li.dial("9" + number)
        await li.handset.until(Kind.TONE, "ringback", within=25)
        callee = await person.called()
        callee.answers(tmp_path / "callee.wav")
        await greets(town, callee)
        assert await hear_each_other(li.handset, callee.line.handset)
        await li.handset.speak(town.prompts.path("agent_speech"))
        await asyncio.sleep(0.2)
        await callee.hangs_up()
        await whole(li)
        await town.until("call.ended")
        said = read(town.prompts.path("agent_speech"))[0]
        heard = find(said, read(tmp_path / "callee.wav")[0])
        assert heard.correlation > 0.9
        assert heard.gain_db == pytest.approx(-4, abs=1), "1 dB of the station's wire and 3 of the line's"
        record = await town.record()
        assert (record.direction, record.number, record.station, record.line, record.result, record.end_side) == (
            "outbound", number, "801", 8, "answered", "called",
        )  # fmt: skip
        assert record.answered is not None and record.recording is not None
        left, _right = read(town.data / record.recording)
        assert np.abs(left).max() > 1000, "the called party is on the left"

    play(story, country=country)


@pytest.mark.parametrize(
    ("how", "result", "tone"),
    [
        ({"becomes": "busy"}, "busy", "busy"),
        ({"becomes": "congestion"}, "congestion", "congestion"),
        ({"becomes": "vacant"}, "vacant", "vacant"),
        ({"becomes": "vacant", "announced": True}, "vacant", "sit"),
        ({}, "no_answer", "ringback"),
    ],
)
def test_why_not(play: Play, how: dict[str, Any], result: str, tone: str) -> None:
    async def story(town: Town) -> None:
        subscriber(town, **how)
        li = town.agent("801")
        await li.dial("9" + NUMBER)
        await li.handset.until(Kind.TONE, tone, within=30)
        ended = await town.until("call.ended", within=90)
        assert (ended.data["result"], ended.data["side"], ended.data["cue"]) == (result, "box", result)
        await whole(li)
        assert (await town.record()).number == NUMBER

    play(story)


def test_the_announcement_of_a_vacant_number_is_heard_out(play: Play, tmp_path: Path) -> None:
    async def story(town: Town) -> None:
        subscriber(town, becomes="vacant", announced=True)
        li = town.agent("801")
        li.handset.write_down(tmp_path / "li.wav")
        await li.dial("9" + NUMBER)
        await town.until("call.ended", within=60)
        await whole(li)
        heard = find(read(town.prompts.path("callee_vacant"))[0], read(tmp_path / "li.wav")[0])
        assert heard.correlation > 0.8

    play(story)


@pytest.mark.parametrize(
    ("dialled", "prompt", "alarm"),
    [("90012125550123", "out_not_allowed", False), ("9008613", "out_wrong_number", False)],
)
def test_a_number_that_may_not_be_dialled(play: Play, dialled: str, prompt: str, alarm: bool) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        await li.dial(dialled)
        await town.until("call.prompt", prompt=prompt)
        await town.until("call.ended", result="refused")
        await whole(li)
        assert not town.told("line.seized")
        assert bool(town.told("fuse.blown")) is alarm

    play(story)


def test_the_fuse_has_blown(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, otherwise="all")
        li = town.agent("801")
        await li.dial("90012125550123")
        await town.until("call.prompt", prompt="out_fuse")
        await town.until("alarm.raised", name="fraud_fuse")
        await whole(li)
        await town.box.quiet(Nothing())
        assert town.told("alarm.cleared", name="fraud_fuse")

    play(story)


def test_the_night_is_over_before_the_talk(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, fuse=Fuse(night_minutes=2, night_begins="00:00", night_ends="23:59"))
        li, callee = await talks_outside(town)
        await town.until("call.limited", within=90)
        assert await hear_each_other(li.handset, callee.line.handset)
        ended = await town.until("call.ended", within=90)
        assert (ended.data["side"], ended.data["cue"]) == ("box", "fuse")
        await callee.hears_hang_up()
        await callee.hangs_up()
        await whole(li)

    play(story)


def test_the_agent_hangs_up_while_it_rings(play: Play) -> None:
    async def story(town: Town) -> None:
        person = subscriber(town)
        li = town.agent("801")
        await li.dial("9" + NUMBER)
        callee = await person.called()
        await asyncio.sleep(3)
        await li.hang_up()
        await callee.hears_hang_up()
        ended = await town.until("call.ended")
        assert (ended.data["side"], ended.data["cue"], ended.data["result"]) == ("agent", "onhook", "abandoned")

    play(story)


def test_hung_up_at_any_moment(play: Play) -> None:
    async def story(town: Town) -> None:
        subscriber(town, after_s=5.0)
        for tenths in (1, 5, 15, 25, 40, 55, 90, 110):
            li = town.agent("801")
            await li.dial("9" + NUMBER + "#")
            await asyncio.sleep(tenths / 10)
            await li.hang_up()
            await town.quiet()

    play(story)


def test_keys_go_through_to_a_menu(play: Play) -> None:
    async def story(town: Town) -> None:
        li, callee = await talks_outside(town)
        heard = asyncio.ensure_future(callee.line.handset.until(Kind.DIGIT, "7", within=5))
        await li.handset.press("7")
        assert (await heard).word == "7"
        await li.hang_up()
        await callee.hears_hang_up()
        await callee.hangs_up()

    play(story)


def test_music_in_place_of_ringback_and_a_long_talk(play: Play) -> None:
    """The box cannot tell when he answers; it must not cut them, and every second is recorded."""

    async def story(town: Town) -> None:
        person = subscriber(town, music=town.prompts.path("caller_speech"))
        li = town.agent("801")
        await li.dial("9" + NUMBER)
        callee = await answers(person, after_s=10)
        assert await hear_each_other(li.handset, callee.line.handset)
        assert not town.told("call.connected")
        await town.until("call.far_answered", by="assumed", within=90)
        await asyncio.sleep(30)
        assert await hear_each_other(li.handset, callee.line.handset)
        await callee.hangs_up()
        await whole(li)
        await town.until("call.ended")
        record = await town.record()
        assert record.result == "answered"
        assert record.recording_ms is not None and record.recording_ms > 80_000

    play(story)


def test_who_speaks_before_the_answer_does_not_make_it(play: Play) -> None:
    async def story(town: Town) -> None:
        subscriber(town, after_s=None)
        li = town.agent("801")
        await li.dial("9" + NUMBER)
        await li.handset.until(Kind.TONE, "ringback", within=25)
        li.handset.speak(town.prompts.path("agent_speech"), repeat=True)
        await asyncio.sleep(25)
        assert not town.told("call.connected")
        await li.hang_up()

    play(story)


# -- lines ---------------------------------------------------------------------------------------------------------


def test_the_caller_who_rings_that_moment_is_served(play: Play) -> None:
    """He rings for 60 ms when the line is seized: too short to be seen. The box hears him in place of dial tone."""

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        subscriber(town, "95588", becomes="busy")
        li, wang = town.agent("801"), Caller(town.world.lines[8], "13800138000")
        await li.dial("995588")
        begin = loop.time()
        await town.until("call.dialling", line=8)
        late = loop.time() - begin  # more digits might have followed
        await whole(li)
        await town.quiet()
        town.events.clear()
        await li.dial("995588")
        await asyncio.sleep(late - 0.06)
        assert await wang.dials(), "answered by the box, which wanted to dial"
        await wang.speaks(town.prompts.path("callee_hello"))
        await town.until("call.started", direction="inbound", line=8)
        await town.until("call.dialling", line=7)
        await town.until("call.prompt", prompt="greeting")
        await wang.hangs_up()
        await town.until("call.outcome", line=7, result="busy")
        await whole(li)

    play(story)


# -- at the page ---------------------------------------------------------------------------------------------------


async def clicks(town: Town, number: str, station: str = "801") -> None:
    """A number at a key of the page."""
    box = town.box
    desk = Desk(box.calls, box.setup, box.park, box.rooms)
    await desk.intents()["desk.dial"](Dial(station=station, to=number))


@pytest.mark.parametrize("number", [NUMBER, "9" + NUMBER])
def test_a_number_at_a_key(play: Play, number: str) -> None:
    async def story(town: Town) -> None:
        person = subscriber(town)
        li = town.agent("801")
        await clicks(town, number)
        await li.rings()
        shown = await li.shows(within=8)
        assert shown is not None and shown.number == number
        with pytest.raises(Refused, match="station 801 is in use"):
            await clicks(town, NUMBER)
        await li.pick_up()
        callee = await answers(person)
        await greets(town, callee)
        assert await hear_each_other(li.handset, callee.line.handset)
        await li.hang_up()
        await callee.hears_hang_up()
        await callee.hangs_up()
        await town.until("call.ended")
        record = await town.record()
        assert (record.direction, record.number, record.station, record.result, record.end_side) == (
            "outbound", NUMBER, "801", "answered", "agent",
        )  # fmt: skip

    play(story)


# -- the same again, and closed -----------------------------------------------------------------------------------


def test_redial(play: Play) -> None:
    async def story(town: Town) -> None:
        subscriber(town, becomes="busy")
        li = town.agent("801")
        for dialled in ("9" + NUMBER, "*66"):
            await li.dial(dialled)
            await town.until("call.ended", result="busy")
            await whole(li)
            await town.quiet()
            town.events.clear()
        assert town.world.office.dialled == [NUMBER, NUMBER]

    play(story)


def test_what_a_class_may_dial_when_it_is_closed(play: Play) -> None:
    async def story(town: Town) -> None:
        setup(town, classes={"normal": ServiceClass(when_closed=("inside",))})
        town.box.setup.change(Answering, lambda now: now.model_copy(update={"night": "closed"}), who="test")
        li = town.agent("801")
        await li.dial("9" + NUMBER)
        refused = await town.until("call.refused")
        assert refused.data["why"][0]["hours"] == "while it is switched to night"
        await whole(li)

    play(story)


# -- any day -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_hour(play: Play, seed: int) -> None:
    """Agents dial whatever comes to their minds and put down at any moment, while callers ring in: afterwards nothing
    is left, and the ledger has counted every talk."""
    random = Random(seed)

    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        subscriber(town)
        office = town.world.office
        office.otherwise = lambda number: by_last_digit(number, random, town.prompts.path("caller_speech"))
        end = loop.time() + 500

        async def agent(number: str) -> None:
            li = town.agent(number)
            while loop.time() < end:
                await asyncio.sleep(random.uniform(1, 20))
                if li.ringing or not town.box.stations[number].free:
                    continue
                with suppress(TimeoutError):
                    await li.dial(f"913900139{random.randrange(1000):03}")
                    async with asyncio.timeout(random.uniform(0, 60)):
                        await li.other_party_gone()
                await li.hang_up()
                await asyncio.sleep(2)

        async def caller(line: int) -> None:
            while loop.time() < end:
                await asyncio.sleep(random.uniform(5, 120))
                exchange = town.world.lines[line]
                if not exchange.idle:
                    continue
                wang = Caller(exchange, f"1380013{line:04}", patience_s=random.uniform(0.05, 20))
                if await wang.dials():
                    await asyncio.sleep(random.uniform(0, 10))
                await wang.hangs_up()
                await exchange.until_released()

        await asyncio.gather(*(agent(f"80{n}") for n in range(1, 7)), *(caller(line) for line in range(3, 9)))
        await town.quiet()
        outcomes = {event.data["result"] for event in town.told("call.outcome")}
        assert {"answered", "busy", "vacant"} <= outcomes, outcomes
        ledger = town.box.dialler.means.ledger
        assert ledger.charged_now() == 0
        assert not any(ledger.outgoing(line) for line in town.box.lines)
        begun = {event.call for event in town.told("call.started")}
        assert begun == {event.call for event in town.told("call.ended")}

    play(story)
