"""What the page asks about those who are owed a call: the api's intents `owed.…`."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from firmware.api.messages import Refused
from firmware.api.owed import OwedCall, OwedClose
from firmware.bus import Bus
from firmware.calls.places import ToNumber
from firmware.calls.switch import Switch
from firmware.lines import CallerId
from firmware.owed.book import Book
from firmware.owed.debts import Debt

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class OwedIntents:
    """Who may ask is the page's to know."""

    def __init__(self, book: Book, switch: Switch, bus: Bus) -> None:
        self._book = book
        self._switch = switch
        self._bus = bus

    def handlers(self) -> dict[str, Handler]:
        """By name."""
        return {"owed.list": self._list, "owed.close": self._close, "owed.call": self._call}

    async def _list(self, _: object) -> dict[str, Any]:
        return {"owed": [asdict(debt) for debt in self._book.open()]}

    async def _close(self, wanted: OwedClose) -> dict[str, Any]:
        debt = self._found(wanted.id)
        self._bus.publish("owed.closed", id=debt.id, number=debt.number, how="hand", who=wanted.who)
        return {"id": debt.id}

    async def _call(self, wanted: OwedCall) -> dict[str, Any]:
        debt = self._found(wanted.id)
        station = self._switch.stations.get(wanted.station)
        if station is None:
            raise Refused(
                f"there is no station {wanted.station}; stations are {', '.join(self._switch.stations)}",
                code="no_station",
                name=wanted.station,
            )
        if debt.number is None:
            raise Refused("the caller withheld his number; he cannot be called back", code="withheld")
        await station.sure()
        if not station.free:
            raise Refused(f"station {wanted.station} is in use", code="station_in_use", name=wanted.station)
        shown = CallerId(debt.number, debt.name or "")
        originate = self._switch.originate(station, ToNumber(number=debt.number), shown)
        self._switch.spawn(originate, f"calling back {debt.number} from {wanted.station}")
        return {"id": debt.id, "number": debt.number}

    def _found(self, wanted: str) -> Debt:
        debt = self._book.get(wanted)
        if debt is None:
            raise Refused("nobody is owed this call any more", code="not_owed")
        return debt
