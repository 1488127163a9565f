"""Message lamps: each telephone shows whether messages wait for its user, in the way that people have set for it.

The stuttering dial tone (firmware/calls/handset.py) is there in every way; by 'fsk' or 'voltage' the telephone's own
lamp shows it, too. It is set when the telephone lies on-hook and is in no call; what a ring cuts is sent again
afterwards, and everything after a restart, for nobody knows what the telephones show then.
"""

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from typing import Literal

from drivers.binding.engine import CoreError
from drivers.binding.events import LampWay
from firmware.bus import Bus, Event
from firmware.stations import Station

log = logging.getLogger(__name__)

Way = Literal["tone", "fsk", "voltage"]
NEWS = ("voicemail.left", "voicemail.heard", "voicemail.removed")
ORDERS = {"fsk": LampWay.FSK, "voltage": LampWay.VOLTAGE}
CANNOT = {
    "fsk": "caller id is no FSK in this country, so telephones know no lamp by data; the dial tone stutters",
    "voltage": "this card has no voltage for neon lamps; the dial tone stutters",
}


class Lamps:
    """`way`: how a station's lamp is lit; `new_for`: how many messages wait at it; `fsk`: the country has such data."""

    def __init__(
        self,
        stations: Mapping[str, Station],
        bus: Bus,
        way: Callable[[str], Way],
        new_for: Callable[[str], int],
        fsk: bool,
    ) -> None:
        self._stations = stations
        self._bus = bus
        self._way = way
        self._new_for = new_for
        self._fsk = fsk
        self._shown: dict[str, tuple[Way, bool]] = {}  # as far as known
        self._cannot: set[tuple[str, Way]] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        bus.subscribe(self._heard)

    def start(self) -> None:
        """All are set, lit or dark; also when the setup has changed, and with it perhaps what is possible."""
        self._cannot.clear()
        for number in self._stations:
            self._look(number)

    def close(self) -> None:
        """Nothing more is sent."""
        for task in self._tasks.values():
            task.cancel()

    def _heard(self, event: Event) -> None:
        if event.kind in NEWS:
            for number in self._stations:
                self._look(number)
        elif event.kind == "station.idle" and event.station is not None and event.station in self._stations:
            self._look(event.station)

    def _wanted(self, number: str) -> tuple[Way, bool] | None:
        """None: nothing is to be sent. A lamp that was lit in another way is put out first."""
        way, shown = self._way(number), self._shown.get(number)
        if shown is not None and shown[0] != way and shown[1]:
            return shown[0], False
        wanted = way, self._new_for(number) > 0
        return None if way == "tone" or wanted == shown or (number, way) in self._cannot else wanted

    def _look(self, number: str) -> None:
        wanted = self._wanted(number)
        if wanted is not None and number not in self._tasks and self._stations[number].free:
            self._tasks[number] = asyncio.create_task(self._set(number, *wanted), name=f"lamp of station {number}")

    async def _set(self, number: str, way: Way, lit: bool) -> None:
        again = True
        try:
            if way == "fsk" and not self._fsk:
                raise CoreError(errno.ENOTTY, CANNOT[way])
            again = await self._sent(number, way, lit)
            if again:
                self._shown[number] = way, lit
                self._bus.publish("station.lamp", station=number, lit=lit, how=way, text="")
        except CoreError as error:
            again = error.errno == errno.ENOTTY
            log.warning("lamp of station %s by %s: %s", number, way, CANNOT[way] if again else error)
            if again:
                self._cannot.add((number, way))
                self._shown.pop(number, None)
                self._bus.publish("station.lamp", station=number, lit=lit, how="tone", text=CANNOT[way])
        finally:
            del self._tasks[number]
        if again:  # else the telephone is in use: when it is idle
            self._look(number)

    async def _sent(self, number: str, way: Way, lit: bool) -> bool:
        """False: a ring or the user came between."""
        station = self._stations[number]
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        station.on_lamp = lambda sent: None if done.done() else done.set_result(sent)
        try:
            await station.port.lamp(lit, ORDERS[way])
            return await done if way == "fsk" else True
        finally:
            station.on_lamp = None
