"""Intents about callers who are owed a call: missed ones, and those who asked to be called back."""

from typing import Annotated

from pydantic import Field

from firmware.api.message import Message

DebtId = Annotated[str, Field(min_length=1, max_length=64)]


class OwedList(Message):
    """`{"owed": [...]}`: everybody, as in firmware/owed/debts.py (Debt); callbacks first, then the newest."""


class OwedClose(Message):
    """Nobody need call him any more. `who` says so."""

    id: DebtId
    who: Annotated[str, Field(max_length=64)] = ""


class OwedCall(Message):
    """The station rings; once it is picked up he is called."""

    id: DebtId
    station: Annotated[str, Field(pattern="^[0-9]{2,6}$")]


OWED: dict[str, type[Message]] = {"owed.list": OwedList, "owed.close": OwedClose, "owed.call": OwedCall}
