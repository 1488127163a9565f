"""Customers' cards: the page writes one by the api, the event log keeps it, the store's writer makes the table."""

from collections.abc import Awaitable, Callable
from typing import Any

from firmware.api.customers import CustomerSave
from firmware.bus import Bus

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


def handlers(bus: Bus) -> dict[str, Handler]:
    """The api's intents `customer.…`."""

    async def save(wanted: CustomerSave) -> dict[str, Any]:
        bus.publish("customer.saved", **wanted.model_dump())
        return {"number": wanted.number}

    return {"customer.save": save}
