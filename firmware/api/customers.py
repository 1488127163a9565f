"""Intents about customers: the card that a desk shows when they call."""

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


CUSTOMERS: dict[str, type[Message]] = {"customer.save": CustomerSave}
