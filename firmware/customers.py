"""Customers' cards and tickets: the page writes one by the api, the event log keeps it, the store's writer makes the
table."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.api.customers import CustomerSave, TicketClose, TicketOpen
from firmware.bus import Bus

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


def handlers(bus: Bus) -> dict[str, Handler]:
    """The api's intents `customer.…` and `ticket.…`."""

    async def save(wanted: CustomerSave) -> dict[str, Any]:
        bus.publish("customer.saved", **wanted.model_dump())
        return {"number": wanted.number}

    async def open_ticket(wanted: TicketOpen) -> dict[str, Any]:
        ticket = secrets.token_hex(6)
        bus.publish(
            "ticket.opened", id=ticket, number=wanted.number, title=wanted.title, of=wanted.call, who=wanted.who
        )
        return {"ticket": ticket}

    async def close_ticket(wanted: TicketClose) -> dict[str, Any]:
        bus.publish("ticket.closed", id=wanted.ticket, who=wanted.who)
        return {}

    return {"customer.save": save, "ticket.open": open_ticket, "ticket.close": close_ticket}
