"""Call waiting through the wire: the box tells a telephone in talk who calls; the telephone's own ears show it."""

import asyncio
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

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


def play(story: Story, country: str, *, shows_waiting: bool = True, echo: bool = True) -> None:
    wire = SimWire() if echo else SimWire(echo_loss=100, far_echo_loss=100)  # loss and noise as everywhere
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


def _spans(samples: NDArray[np.float64], hz: tuple[float, ...], least: float) -> list[tuple[float, float]]:
    """Begins and ends, ms, of where windows of 10 ms hold nearly all their energy at these frequencies."""
    window = 80
    found: list[tuple[float, float]] = []
    times = np.arange(window) / 8000
    for at in range(0, len(samples) - window, 8):
        piece = samples[at : at + window]
        energy = float(np.sum(piece**2))
        inside = sum(2 / window * abs(np.sum(piece * np.exp(-2j * np.pi * f * times))) ** 2 for f in hz)
        if energy > least and inside > 0.7 * energy:
            now = at / 8
            if found and now - found[-1][1] <= 2:
                found[-1] = (found[-1][0], now)
            else:
                found.append((now, now))
    return [(begin, end + 10) for begin, end in found if end - begin >= 20]


@pytest.mark.parametrize("country", ["us", "gb"])
def test_its_times_on_the_wire(country: str, tmp_path: Path) -> None:
    """GR-30 and EN 300 659-2: alert 75 to 85 ms, answer within 100 ms of it, data 50 to 500 ms behind the answer."""
    receiver = tmp_path / "telephone.wav"

    async def story(talk: Talk) -> None:
        talk.box.unbridge(talk.port, talk.other)
        talk.telephone.handset.write_down(receiver)
        await asyncio.sleep(0.2)
        assert await talk.waits("13900139000", "ZHANG") is Waiting.SENT
        await talk.telephone.handset.put_down()

    play(story, country, echo=False)
    with wave.open(str(receiver)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(float)
    heard, said = both[0::2], both[1::2]
    loud = 80 * 300.0**2
    ((alert_begin, alert_end),) = _spans(heard, (2130.0, 2750.0), loud)
    ((ack_begin, ack_end),) = _spans(said, (941.0, 1633.0), loud)
    mark = 1200.0 if country == "us" else 1300.0
    data_begin = next(begin for begin, end in _spans(heard, (mark,), loud) if begin > ack_begin and end - begin >= 50)
    assert 70 <= alert_end - alert_begin <= 90  # the windows see 5 ms more or less
    assert 0 <= ack_begin - alert_end <= 100
    assert 50 <= ack_end - ack_begin <= 80
    assert 50 <= data_begin - ack_end <= 500
