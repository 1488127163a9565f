"""Every country over a simulated subscriber's line: what its exchange sends, the box hears, and the other way round."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from drivers.binding.convert import SCHEMES
from drivers.binding.events import Ear, Kind, PortEvent
from drivers.binding.plan import Plan, SimWire
from drivers.binding.simcard import SimCard
from firmware.callerid import expected
from firmware.clock import run_stepped
from firmware.config import countries, load_country

NUMBER, NAME, TIME = "13800138000", "Anna", "11221005"
WIRE = SimWire(loss=3.0, noise=-60.0)  # codecs as in the country


class Wire:
    """One line of the box, and the exchange's end of it."""

    def __init__(self, code: str) -> None:
        self.plan: Plan = load_country(code)
        self.card = SimCard([("fxo", "line 1")], [WIRE], self.plan)
        self.line, self.exchange = self.card.box.ports[0], self.card.far.ports[0]
        self.heard: list[PortEvent] = []  # by the box
        self.seen: list[PortEvent] = []  # by the exchange
        self.awaited: tuple[Kind, asyncio.Future[None]] | None = None
        self.line.on_event = self.hear
        self.exchange.on_event = self.seen.append

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        async def main() -> None:
            await story()

        run_stepped(main(), [self.card.box, self.card.far])

    def hear(self, event: PortEvent) -> None:
        self.heard.append(event)
        if self.awaited is not None and event.kind is self.awaited[0]:
            self.awaited[1].set_result(None)
            self.awaited = None

    async def until(self, kind: Kind) -> None:
        self.awaited = (kind, asyncio.get_running_loop().create_future())
        await self.awaited[1]

    def of(self, *kinds: Kind) -> list[PortEvent]:
        return [event for event in self.heard if event.kind in kinds]


@pytest.fixture(params=countries())
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    wire = Wire(request.param)
    yield wire
    wire.card.close()


def test_ringing_and_caller_id(wire: Wire) -> None:
    how, cycle = wire.plan.caller_id, sum(wire.plan.ring) / 1000

    async def story() -> None:
        wire.line.listen(Ear.CALLERID)
        wire.exchange.ring(NUMBER, NAME, time=TIME)
        await asyncio.sleep(3 * cycle + 5)
        wire.exchange.stop_ring()
        await asyncio.sleep(8)

    wire.run(story)
    rings = wire.of(Kind.RING)
    assert [event.value for event in rings] == list(range(1, len(rings) + 1)), "one call"
    assert len(wire.of(Kind.RING_STOP)) == 1
    assert not wire.of(Kind.SURPRISE)
    ends = wire.of(Kind.RING_END)[: len(wire.plan.ring) // 2]
    assert [event.value for event in ends] == pytest.approx(list(wire.plan.ring[::2]), abs=20)
    reversals = [event.value for event in wire.of(Kind.POLARITY)]
    assert reversals == ([1, 0] if "reversal" in how.alert or how.lines == "ntt" else [])
    told = wire.of(Kind.CALLERID)
    scheme, moment = expected(wire.plan)
    assert len(told) == 1
    assert (told[0].value, told[0].extra) == (1, SCHEMES[scheme])
    assert told[0].text[:3] == ((NUMBER,) if scheme in ("dtmf", "ntt") else (NUMBER, NAME, TIME))
    assert (told[0].at < rings[0].at) == (moment == "before_ring")


@pytest.mark.parametrize("withheld", ["private", "unavailable"])
def test_withheld_number(wire: Wire, withheld: str) -> None:
    async def story() -> None:
        wire.line.listen(Ear.CALLERID)
        wire.exchange.ring("", "", withheld)  # type: ignore[arg-type]
        await asyncio.sleep(sum(wire.plan.ring) / 1000 + 4)

    wire.run(story)
    told = wire.of(Kind.CALLERID)
    assert [(event.value, event.word) for event in told] == [(1, "P" if withheld == "private" else "O")]


def test_the_second_of_two_callers_keeps_his_number(wire: Wire) -> None:
    """The first gives up with his first burst, the next one is put through a moment later."""
    first_ms = wire.plan.ring[0] + 20

    async def story() -> None:
        wire.line.listen(Ear.CALLERID)
        wire.exchange.ring("110", "")
        await wire.until(Kind.RING)
        await asyncio.sleep(first_ms / 1000 - 0.1)
        wire.exchange.stop_ring()
        await asyncio.sleep(0.1)
        wire.exchange.ring(NUMBER, "")
        await asyncio.sleep(sum(wire.plan.ring) / 1000 + 4)

    wire.run(story)
    told = [(event.kind, event.value) for event in wire.of(Kind.RING, Kind.RING_STOP)]
    if wire.plan.caller_id.moment == "after_first_ring":  # else the second's data make the pause too long to tell
        assert told[:3] == [(Kind.RING, 1), (Kind.RING_STOP, 1), (Kind.RING, 1)]
    assert wire.of(Kind.CALLERID)[-1].word == NUMBER


def test_progress_tones(wire: Wire) -> None:
    """Each tone that is listened for is told as itself, and nothing is told or learned besides."""

    async def story() -> None:
        wire.line.listen(Ear.CALLERID)
        await wire.line.seize()
        for name, tone in wire.plan.tones.items():
            if not tone.listen_cycles:
                continue
            wire.heard.clear()
            wire.line.listen(Ear.TONE)
            with wire.card.far.player() as player:
                wire.card.far.link(player.source, wire.exchange.sink)
                await player.tone(name, 0 if tone.once else 20_000)
            await asyncio.sleep(8)
            wire.line.listen(Ear.NONE)
            await asyncio.sleep(0.1)
            assert [(event.kind, event.word) for event in wire.of(Kind.TONE, Kind.CADENCE)] == [(Kind.TONE, name)]
            hz = min(hz for step in tone.steps[:1] for hz in step.hz)
            assert wire.of(Kind.TONE)[0].value == pytest.approx(hz, abs=2)

    wire.run(story)


def test_pulses_and_flash(wire: Wire) -> None:
    async def story() -> None:
        await wire.line.seize()
        await asyncio.sleep(1)
        await wire.line.pulses("2095")
        await wire.until(Kind.PULSED)
        await asyncio.sleep(2)
        await wire.line.flash((wire.plan.timers.get("flash_min", 80) + wire.plan.timers.get("flash_max", 800)) // 2)
        await asyncio.sleep(3)

    wire.run(story)
    assert wire.of(Kind.PULSED)[0].value == 4
    assert "".join(event.word for event in wire.seen if event.kind is Kind.PULSE) == "2095"
    assert len([event for event in wire.seen if event.kind is Kind.FLASH]) == 1
    assert not [event for event in (*wire.seen, *wire.heard) if event.kind in (Kind.SURPRISE, Kind.LOOP_DROP)]
