"""What the card tells of each thing the far ends can do, and how late. Times in ms, from the order to the news."""

import asyncio
from typing import Any

from drivers.binding.dahdicard import DahdiLoop
from drivers.binding.engine import CoreError
from drivers.binding.events import Feed, Kind
from tests.system.inside.bench import Witness, loop_cards, lost, report, running

FLASHES_MS, DIALLED = (100, 150, 600), "1705"
LINE, STATION = 2, 8  # ports of both cards: line 3 with its exchange, station 801 with its telephone


def _since(begin: float, when: float) -> float:
    return round((when - begin) * 1000, 1)


class Stage:
    """A line with its exchange, a station with its telephone."""

    def __init__(self, card: DahdiLoop) -> None:
        self.card = card
        self.line, self.exchange = card.box.ports[LINE], card.far.ports[LINE]
        self.station, self.telephone = card.box.ports[STATION], card.far.ports[STATION]
        self.at_line, self.at_exchange = Witness(self.line), Witness(self.exchange)
        self.at_station, self.at_telephone = Witness(self.station), Witness(self.telephone)
        self.now = asyncio.get_running_loop().time

    async def ringing(self) -> dict[str, Any]:
        begin = self.now()
        await self.exchange.ring()
        rings, _ = await self.at_line.next(Kind.RING)
        again, second = await self.at_line.next(Kind.RING, within=8)
        await self.exchange.stop_ring()
        _, stop = await self.at_line.next(Kind.RING_STOP, within=12)
        return {
            "ring_ms": _since(begin, rings),
            "cycle_ms": _since(rings, again),
            "bursts": stop.value,
            "second": second.value,
        }

    async def answered(self) -> dict[str, Any]:
        await self.exchange.ring()
        await self.at_line.next(Kind.RING)
        begin = self.now()
        await self.line.seize()
        tripped, event = await self.at_exchange.next(Kind.OFFHOOK)
        return {"offhook_ms": _since(begin, tripped), "while_ringing": event.value}

    async def released(self) -> dict[str, Any]:
        begin = self.now()
        await self.line.release()
        noticed, _ = await self.at_exchange.next(Kind.ONHOOK)
        return {"onhook_ms": _since(begin, noticed), "flash_max_ms": self.card.box.plan.timers.get("flash_max")}

    async def rung_at_once(self) -> dict[str, Any]:
        """A ring just after a release, to which the driver would be deaf for 2 s."""
        begin = self.now()
        await self.exchange.ring()
        heard, _ = await self.at_line.next(Kind.RING, within=3)
        await self.exchange.stop_ring()
        await self.at_line.next(Kind.RING_STOP, within=12)
        return {"ring_ms": _since(begin, heard)}

    async def dropped(self, after_s: float) -> dict[str, Any]:
        """The exchange opens the loop so long after the answer."""
        await self.exchange.ring()
        await self.at_line.next(Kind.RING)
        await self.line.seize()
        await self.at_exchange.next(Kind.OFFHOOK)
        await asyncio.sleep(after_s)
        self.at_line.forget()
        begin = self.now()
        await self.exchange.feed(Feed.OFF, 500)
        told, event = await self.at_line.next(Kind.LOOP_DROP, within=3)
        await self.line.release()
        await asyncio.sleep(3)
        return {"drop_ms": _since(begin, told), "gone_ms": event.value, "exchange": self.at_exchange.kinds()[-3:]}

    async def telephone_answers(self) -> dict[str, Any]:
        begin = self.now()
        await self.station.ring()
        rings, _ = await self.at_telephone.next(Kind.RING)
        await asyncio.sleep(0.2)
        up = self.now()
        await self.telephone.seize()
        noticed, event = await self.at_station.next(Kind.OFFHOOK)
        return {"ring_ms": _since(begin, rings), "offhook_ms": _since(up, noticed), "while_ringing": event.value}

    async def flash(self, ms: int) -> dict[str, Any]:
        self.at_station.forget()
        begin = self.now()
        await self.telephone.flash(ms)
        told, event = await self.at_station.next(Kind.FLASH, within=3)
        return {"told_ms": _since(begin, told), "measured_ms": event.value}

    async def dialled(self, digits: str) -> dict[str, Any]:
        """A telephone with a dial, whose breaks of 60 ms the driver alone would count."""
        self.at_station.forget()
        await self.telephone.pulses(digits)
        await self.at_telephone.next(Kind.PULSED, within=20)
        for _ in digits:
            await self.at_station.next(Kind.PULSE, within=2)
        seen = [event for _, event in self.at_station.seen]
        return {
            "digits": "".join(event.word for event in seen if event.kind is Kind.PULSE),
            "digits_by_tone": sum(event.kind is Kind.DIGIT for event in seen),
        }

    async def hung_up(self) -> dict[str, Any]:
        begin = self.now()
        await self.telephone.release()
        noticed, _ = await self.at_station.next(Kind.ONHOOK)
        return {"onhook_ms": _since(begin, noticed)}

    async def reversed(self) -> dict[str, Any]:
        """The loop-back spans cannot, and must say so."""
        try:
            await self.exchange.feed(Feed.REVERSED)
        except CoreError as error:
            return {"errno": error.errno}
        return {"errno": 0}


async def program(found: dict[str, Any]) -> None:
    card = loop_cards()
    stage = Stage(card)
    try:
        with running(card.box, card.far) as media:
            found["media"] = {"fifo": media.fifo, "locked": media.locked}
            await _play(stage, found)
            await asyncio.sleep(1)
    finally:
        for name in ("at_line", "at_exchange", "at_station", "at_telephone"):
            found[name] = getattr(stage, name).kinds()
        found["box"], found["far"] = lost(card.box), lost(card.far)
        card.close()


async def _play(stage: Stage, found: dict[str, Any]) -> None:
    found["ringing"] = await stage.ringing()
    found["answered"] = await stage.answered()
    await asyncio.sleep(1)
    found["released"] = await stage.released()
    found["rung_at_once"] = await stage.rung_at_once()
    found["dropped"] = await stage.dropped(2.0)
    found["dropped_early"] = await stage.dropped(0.3)
    found["telephone_answers"] = await stage.telephone_answers()
    await asyncio.sleep(1)
    for ms in FLASHES_MS:
        found[f"flash_{ms}"] = await stage.flash(ms)
        await asyncio.sleep(1)
    found["dialled"] = await stage.dialled(DIALLED)
    await asyncio.sleep(1)
    found["hung_up"] = await stage.hung_up()
    found["reversed"] = await stage.reversed()


if __name__ == "__main__":
    report("card", program)
