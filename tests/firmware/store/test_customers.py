"""Customers' cards: written by the api's intent, kept by the log, read by number; an empty one is gone."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from firmware import customers
from firmware.api.customers import CustomerSave
from firmware.bus import Bus
from firmware.store.customers import Customers
from firmware.store.database import open_store
from firmware.store.models import CallRecord
from firmware.store.writer import StoreWriter

NUMBER = "+8613800138000"


def test_a_card_is_what_was_said_last(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    bus = Bus(lambda: 100.0)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    save = customers.handlers(bus)["customer.save"]

    def says(**fields: Any) -> None:
        asyncio.run(save(CustomerSave(number=NUMBER, who="wang", **fields)))
        assert writer.flush()

    cards = Customers(engine)
    says(name="Li", company="Acme", notes="calls on Mondays")
    says(name="Li", company="Acme", notes="calls on Tuesdays")
    card = cards.card(NUMBER)
    assert card is not None
    assert (card.name, card.company, card.notes, card.changed, card.who) == (
        "Li", "Acme", "calls on Tuesdays", 100.0, "wang",
    )  # fmt: skip
    says()
    assert cards.card(NUMBER) is None
    engine.dispose()


def test_calls_with_a_customer(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    with Session(engine) as session, session.begin():
        for index, number in enumerate(("13800138000", NUMBER, "138001380001", "13800138000")):
            ended = None if index == 3 else 200.0
            session.add(
                CallRecord(id=f"c{index}", direction="inbound", number=number, started=100.0 + index, ended=ended)
            )
    found = Customers(engine).calls(("13800138000", NUMBER), 9)
    assert [one.id for one in found] == ["c1", "c0"]
    engine.dispose()
