"""Calls that the box makes, as its line port alone hears them: the exchange's answers to loop and digits."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers.binding.engine import Port
from drivers.binding.events import Ear, Kind, PortEvent
from drivers.binding.simcard import SimCard
from firmware.clock import run_stepped
from firmware.config import load_board, load_country
from firmware.prompts import Prompts
from firmware.training.caller import Caller
from firmware.training.subscribers import Sounds, Subscriber
from firmware.training.world import World

NUMBER = "13900139000"


class Set:
    """A plain telephone on line 1: what it hears, in order."""

    def __init__(self, card: SimCard, world: World, sounds: Sounds) -> None:
        self.card, self.world, self.sounds = card, world, sounds
        self.line = world.lines[1]
        self.port: Port = card.box.ports[0]
        self.heard: list[PortEvent] = []
        self._news = asyncio.Event()
        self.port.on_event = self._event
        self.port.listen(Ear.NONE)
        self._player = card.box.player()
        card.box.link(self._player.source, self.port.sink)

    def _event(self, event: PortEvent) -> None:
        self.heard.append(event)
        self._news.set()

    async def until(self, kind: Kind, word: str = "", within: float = 30.0) -> PortEvent:
        seen = len(self.heard)
        async with asyncio.timeout(within):
            while True:
                for event in self.heard[seen:]:
                    if event.kind is kind and event.word == word:
                        return event
                seen = len(self.heard)
                self._news.clear()
                await self._news.wait()

    async def up(self) -> None:
        await self.port.seize()
        self.port.listen(Ear.TONE | Ear.VOICE)

    async def dials(self, digits: str = NUMBER) -> None:
        await self.until(Kind.TONE, "dial")
        await self._player.digits(digits)

    async def down(self) -> None:
        await self.port.release()
        self.port.listen(Ear.NONE)
        await self.line.until_released()
        await asyncio.sleep(1)

    def subscriber(self, **how: object) -> Subscriber:
        return self.world.office.subscriber(Subscriber(NUMBER, **how))  # type: ignore[arg-type]


Story = Callable[[Set], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., None]:
    def tell(story: Story, country: str = "cn") -> None:
        board, plan = load_board("sim-8x8"), load_country(country)
        card = SimCard(board.port_specs, board.wires, plan, record_sync_ms=0)

        async def whole() -> None:
            world = World(card.far, board)
            sounds = Sounds.of(Prompts("zh" if country == "cn" else "en"), tmp_path)
            world.office.sounds = sounds
            free = len(card.far.players_free)
            try:
                await story(Set(card, world, sounds))
                await asyncio.sleep(2)
                assert all(line.idle for line in world.lines.values())
                assert len(card.far.players_free) == free
                assert card.far.orders_refused == 0
            finally:
                await world.close()

        try:
            run_stepped(whole(), [card.box, card.far])
        finally:
            card.close()

    return tell


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de"])
@pytest.mark.parametrize(("becomes", "tone"), [("busy", "busy"), ("congestion", "congestion"), ("rings", "ringback")])
def test_tones(tell: Callable[..., None], becomes: str, tone: str, country: str) -> None:
    async def story(phone: Set) -> None:
        phone.subscriber(becomes=becomes)
        await phone.up()
        await phone.dials()
        await phone.until(Kind.TONE, tone)
        assert phone.world.office.dialled == [NUMBER]
        await phone.down()

    tell(story, country)


def test_vacant_number_by_tone(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        await phone.up()
        await phone.dials("22222222")
        await phone.until(Kind.TONE, "vacant")
        await phone.down()

    tell(story)


def test_vacant_number_by_words(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.subscriber(becomes="vacant", announced=True)
        await phone.up()
        await phone.dials()
        await phone.until(Kind.TONE, "sit")
        await phone.until(Kind.TONE, "busy", within=60)
        await phone.down()

    tell(story)


def test_congestion_when_told_so(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.subscriber()
        phone.world.office.congested = True
        await phone.up()
        await phone.dials()
        await phone.until(Kind.TONE, "congestion")
        await phone.down()

    tell(story)


def test_a_person_answers_speaks_presses_and_hangs_up(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.subscriber(after_s=6.0, keys="5", talk_s=2.0)
        await phone.up()
        await phone.dials()
        await phone.until(Kind.TONE, "ringback")
        phone.port.listen(Ear.TONE | Ear.DTMF)
        await phone.until(Kind.DIGIT, "5", within=15)
        await phone.until(Kind.TONE, "busy", within=10)
        await phone.down()

    tell(story)


def test_by_hand_with_reversal(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.line.reverse_on_answer = True
        person = phone.subscriber()
        await phone.up()
        await phone.dials()
        callee = await person.called()
        await phone.until(Kind.TONE, "ringback")
        callee.answers()
        turned = await phone.until(Kind.POLARITY)
        assert turned.value == 1
        phone.port.listen(Ear.DTMF)
        await callee.presses("7")
        assert [event.word for event in phone.heard if event.kind is Kind.DIGIT] == ["7"]
        await phone.down()
        await callee.hangs_up()

    tell(story)


def test_pulses(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.subscriber(becomes="busy")
        await phone.up()
        await phone.until(Kind.TONE, "dial")
        phone.port.pulses(NUMBER)
        await phone.until(Kind.PULSED)
        await phone.until(Kind.TONE, "busy")
        assert phone.world.office.dialled == [NUMBER]
        await phone.down()

    tell(story)


def test_slow_dial_tone_and_none(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.line.dial_tone_after_s = 3.0
        began = asyncio.get_running_loop().time()
        await phone.up()
        await phone.until(Kind.TONE, "dial")
        assert 4.0 < asyncio.get_running_loop().time() - began < 5.0
        await phone.down()
        phone.line.dial_tone_after_s = None
        await phone.up()
        with pytest.raises(TimeoutError):
            await phone.until(Kind.TONE, "dial", within=15)
        await phone.down()

    tell(story)


def test_second_dial_tone(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.world.office.second_dial_tone = {"0"}
        phone.world.office.subscriber(Subscriber("0" + NUMBER, "busy"))
        await phone.up()
        await phone.dials("0")
        await phone.dials(NUMBER)
        await phone.until(Kind.TONE, "busy")
        assert phone.world.office.dialled == ["0" + NUMBER]
        await phone.down()

    tell(story)


def test_no_digit_and_no_answer(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        await phone.up()
        await phone.until(Kind.TONE, "busy", within=30)
        await phone.down()
        phone.subscriber()
        await phone.up()
        await phone.dials()
        await phone.until(Kind.TONE, "busy", within=80)
        await phone.down()

    tell(story)


def test_wild_numbers_and_the_longest(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        phone.world.office.subscriber(Subscriber("110", "congestion"))
        phone.world.office.subscriber(Subscriber("1390013xxxx", "busy"))
        phone.world.office.subscriber(Subscriber("13900139000", "congestion"))
        for number, tone in (("110", "congestion"), ("13900137777", "busy"), ("13900139000", "congestion")):
            await phone.up()
            await phone.dials(number)
            await phone.until(Kind.TONE, tone)
            await phone.down()

    tell(story)


def test_who_calls_a_line_in_use_meets_busy(tell: Callable[..., None]) -> None:
    async def story(phone: Set) -> None:
        person = phone.subscriber()
        await phone.up()
        await phone.dials()
        callee = await person.called()
        callee.answers()
        other = Caller(phone.line, "075512345678")
        assert not await other.dials()
        await other.hangs_up()
        phone.port.listen(Ear.DTMF)
        await callee.presses("3")
        assert any(event.kind is Kind.DIGIT for event in phone.heard), "the call goes on"
        await callee.hangs_up()
        await phone.down()

    tell(story)
