"""Call waiting through the wire: the box tells a telephone in talk who calls; the telephone's own ears show it."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from drivers.binding.engine import CoreError, Engine, Port
from drivers.binding.events import Ear, Kind, PortEvent, Waiting
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.clock import run_stepped
from firmware.config import countries, load_country
from firmware.training.telephone import Telephone

TYPE_2 = [country for country in countries() if load_country(country).caller_id.waiting]
TONE_ONLY = [country for country in countries() if not load_country(country).caller_id.waiting]


class Talk:
    """A telephone in talk at the box's first station; the second station is the other party."""

    def __init__(self, card: SimCard, *, shows_waiting: bool) -> None:
        self.box: Engine = card.box
        self.port: Port = card.box.ports[0]
        self.other: Port = card.box.ports[1]
        self.telephone = Telephone(card.far.ports[0], shows_waiting=shows_waiting)
        self.news: list[PortEvent] = []
        self._told = asyncio.Event()
        self.port.on_event = self._hear

    def _hear(self, event: PortEvent) -> None:
        self.news.append(event)
        if event.kind is Kind.WAITING:
            self._told.set()

    async def begin(self) -> None:
        await self.telephone.pick_up()
        await asyncio.sleep(1)
        self.port.listen(Ear.DTMF)
        self.box.bridge(self.port, self.other)
        await asyncio.sleep(0.2)

    async def waits(self, number: str, name: str = "", **how: str) -> Waiting:
        """Tells of a waiting call; how that ended."""
        self._told.clear()
        await self.port.call_waiting(number, name, **how)  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            await self._told.wait()
        await asyncio.sleep(0.1)
        return Waiting(next(event.value for event in reversed(self.news) if event.kind is Kind.WAITING))


Story = Callable[[Talk], Awaitable[None]]


def play(story: Story, country: str, *, shows_waiting: bool = True) -> None:
    wire = SimWire()  # loss, echo and noise as everywhere
    card = SimCard([("fxs", "801"), ("fxs", "802")], [wire, wire], load_country(country), record_sync_ms=0)

    async def whole() -> None:
        talk = Talk(card, shows_waiting=shows_waiting)
        await talk.begin()
        await story(talk)
        await talk.telephone.hang_up()
        await asyncio.sleep(2)

    try:
        run_stepped(whole(), [card.box, card.far])
        assert card.box.counters()["surprises"] == card.far.counters()["surprises"] == 0
    finally:
        card.close()


@pytest.mark.parametrize("country", TYPE_2)
def test_the_telephone_shows_who_waits(country: str) -> None:
    async def story(talk: Talk) -> None:
        for number, name in (("13900139000", "ZHANG"), ("1001", "")):
            assert await talk.waits(number, name) is Waiting.SENT
            shown = talk.telephone.waiting
            assert shown is not None and (shown.ok, shown.number, shown.name) == (True, number, name)
        assert await talk.waits("", withheld="private") is Waiting.SENT
        assert talk.telephone.waiting is not None and talk.telephone.waiting.number == "P"
        digits = [event.word for event in talk.news if event.kind is Kind.DIGIT]
        assert digits == [], "the telephone's answer is nobody's digit"
        await talk.telephone.handset.press("5")
        await asyncio.sleep(0.2)
        assert [event.word for event in talk.news if event.kind is Kind.DIGIT] == ["5"]

    play(story, country)


@pytest.mark.parametrize("country", TONE_ONLY)
def test_elsewhere_only_the_tone_is_heard(country: str) -> None:
    async def story(talk: Talk) -> None:
        assert await talk.waits("13900139000", "ZHANG") is Waiting.TONE_ONLY
        assert talk.telephone.waiting is None

    play(story, country)


def test_a_telephone_that_cannot_show_it() -> None:
    async def story(talk: Talk) -> None:
        assert await talk.waits("13900139000") is Waiting.NO_ACK
        assert talk.telephone.waiting is None

    play(story, "us", shows_waiting=False)


def test_the_other_party_hears_nothing_of_it() -> None:
    async def story(talk: Talk) -> None:
        with talk.box.tap() as tap:
            talk.box.link(talk.port.source, tap.sink)
            await asyncio.sleep(0.3)
            tap.read()
            assert await talk.waits("13900139000", "ZHANG") is Waiting.SENT
            heard = np.frombuffer(tap.read(), dtype=np.int16).astype(float)
            assert not heard[2800:-1600].any(), "the tone's echo aside: no answer, no data, no room"
            talk.telephone.handset.tone("dial", 500)
            await asyncio.sleep(0.4)
            after = np.frombuffer(tap.read(), dtype=np.int16).astype(float)
            assert np.sqrt(np.mean(after[-800:] ** 2)) > 1000, "and then the telephone is heard again"

    play(story, "us")


def test_who_puts_the_handset_down_ends_it() -> None:
    async def story(talk: Talk) -> None:
        await talk.port.call_waiting("13900139000")
        await asyncio.sleep(0.35)
        await talk.telephone.hang_up()
        await asyncio.sleep(3)
        assert [event.value for event in talk.news if event.kind is Kind.WAITING] == [Waiting.CUT]
        with pytest.raises(CoreError, match="tell of a waiting call"):
            await talk.port.call_waiting("13900139000")

    play(story, "us")
