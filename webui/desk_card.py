"""Who calls: the place of his number, his card, and his earlier calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import phonenumbers
from flask import current_app

from firmware.dialplan.numbers import Numbering, e164
from firmware.store.customers import Customer, Customers
from firmware.store.models import CallRecord
from firmware.store.tickets import Ticket, Tickets
from webui.wanted import visible

EARLIER = 8
TICKETS = 6
FOUND_MOST = 40
FIELDS = {"name": 80, "company": 80, "notes": 2000}  # and how long each may be


@dataclass(frozen=True, slots=True)
class Card:
    """`number` as the card is kept under, or None: there is none. `calls`: the newest earlier ones; `listen`: those
    whose recordings may be heard by who asks; `often`: how many there were, at most FOUND_MOST; `names`: of people, by
    what they log in with and by their number."""

    number: str | None
    shown: str
    name: str
    place: str
    customer: Customer | None
    calls: tuple[CallRecord, ...]
    listen: frozenset[str]
    often: int
    tickets: tuple[Ticket, ...] = ()
    names: Mapping[str | None, str] = field(default_factory=dict)


def key(number: str | None, country: str) -> str | None:
    """The one form of a caller's number under which his card is kept; None: there is no number."""
    digits = "".join(letter for letter in number or "" if letter in "+0123456789")[:25]
    if not digits.strip("+"):
        return None
    return e164(digits, Numbering(country=country or "cn")) or digits.replace("+", "")[:24]


@lru_cache(maxsize=512)
def place(number: str, language: str) -> str:
    """Where a number with + is from, as far as Google's tables say; empty: unknown. No internet is asked."""
    # Its tables are large: whoever never opens a desk shall not have them in memory.
    from phonenumbers import geocoder

    if not number.startswith("+"):
        return ""
    try:
        return str(geocoder.description_for_number(phonenumbers.parse(number), language))
    except phonenumbers.NumberParseException:
        return ""


def card(box: Any, call: Any, country: str, language: str) -> Card:
    """Of this call (anything with id, number and name)."""
    cards = Customers(box.engine)
    kept = key(call.number, country)
    if kept is None:
        return Card(None, "", call.name or "", "", None, (), frozenset(), 0)
    found = [one for one in cards.calls({kept, call.number, kept.lstrip("+")}, FOUND_MOST) if one.id != call.id]
    calls = tuple(found[:EARLIER])
    listen = frozenset(one.id for one in calls if visible(one))
    return Card(
        kept,
        call.number,
        call.name or "",
        place(kept, language),
        cards.card(kept),
        calls,
        listen,
        len(found),
        tickets(box, kept),
        {name: one.name for one in box.people().people for name in (one.id, one.number) if name},
    )


def tickets(box: Any, kept: str) -> tuple[Ticket, ...]:
    """Of the customer whose card is kept under this number."""
    return tuple(Tickets(box.engine).of(kept, TICKETS))


def warm() -> None:
    """Loads the tables of places before anybody calls."""
    if not current_app.testing:
        place("+8613800138000", "en")
