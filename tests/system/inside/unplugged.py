"""Spans taken away from under the box in mid-call, as an unplugged card does, and given back."""

import asyncio
from typing import Any

from drivers.binding.events import Kind
from tests.system.inside.bench import Witness, loop_cards, lost, report, running
from tests.system.inside.spanwork import device, give, take

LINE, STATION = 2, 8


async def program(found: dict[str, Any]) -> None:
    card = loop_cards()
    line, station = Witness(card.box.ports[LINE]), Witness(card.box.ports[STATION])
    exchange, telephone = card.far.ports[LINE], card.far.ports[STATION]
    lines, stations = device(1), device(9)
    now = asyncio.get_running_loop().time
    try:
        with running(card.box, card.far):
            await asyncio.sleep(3)
            await exchange.ring()
            await line.next(Kind.RING)
            await line.port.seize()
            await asyncio.sleep(1)
            begin = now()
            await take(lines)
            told, _ = await line.next(Kind.LOOP_DROP)
            found["drop_ms"] = round((told - begin) * 1000)
            await line.port.release()
            told, event = await line.next(Kind.BATTERY, within=10)
            found["line_cut"] = {"ms": round((told - begin) * 1000), "value": event.value}
            # The stations do not notice.
            await telephone.seize()
            await station.next(Kind.OFFHOOK)
            ticks, begin = card.box.tick, now()
            await asyncio.sleep(2)
            found["ticks_per_s_without_lines"] = round((card.box.tick - ticks) / (now() - begin))
            await take(stations)
            await station.next(Kind.ONHOOK)
            ticks, begin = card.box.tick, now()
            await asyncio.sleep(2)
            found["ticks_per_s_without_card"] = round((card.box.tick - ticks) / (now() - begin))
            begin = now()
            await give(stations, 2, 9)
            await give(lines, 1, 1)
            told, event = await line.next(Kind.BATTERY, within=10)
            found["line_back"] = {"ms": round((told - begin) * 1000), "value": event.value}
            await station.next(Kind.OFFHOOK)  # its telephone was up all the time
            await asyncio.sleep(4)
            line.forget()
            await exchange.stop_ring()
            await exchange.ring()
            await line.next(Kind.RING, within=10)
            found["rings_again"] = True
            ticks, begin = card.box.tick, now()
            await asyncio.sleep(2)
            found["ticks_per_s_after"] = round((card.box.tick - ticks) / (now() - begin))
    finally:
        found["line"], found["station"] = line.kinds(), station.kinds()
        found["box"] = lost(card.box)
        card.close()


if __name__ == "__main__":
    report("unplugged", program)
