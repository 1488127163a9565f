"""Intents about customers: the card that a desk shows when they call, and what is to be done for them."""

from typing import Annotated

from pydantic import Field

from firmware.api.message import Message


class CustomerSave(Message):
    """The card of the customer with this number (with + and the country where it is known) is so from now on; all
    empty: there is none. `who` wrote it."""

    number: Annotated[str, Field(pattern=r"^\+?[0-9]{1,24}$")]
    name: Annotated[str, Field(max_length=80)] = ""
    company: Annotated[str, Field(max_length=80)] = ""
    notes: Annotated[str, Field(max_length=2000)] = ""
    who: Annotated[str, Field(max_length=64)] = ""


class TicketOpen(Message):
    """Something is to be done for the customer with this number; `call`: it came up there."""

    number: Annotated[str, Field(pattern=r"^\+?[0-9]{1,24}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    call: Annotated[str, Field(max_length=64)] | None = None
    who: Annotated[str, Field(max_length=64)] = ""


class TicketClose(Message):
    """It is done."""

    ticket: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    who: Annotated[str, Field(max_length=64)] = ""


CUSTOMERS: dict[str, type[Message]] = {
    "customer.save": CustomerSave, "ticket.open": TicketOpen, "ticket.close": TicketClose,
}  # fmt: skip
