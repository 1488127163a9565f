"""Members with a card (VIP): their priority, their own agent, and the PIN that opens a queue's door. Section "vip"."""

from typing import Annotated

from pydantic import Field, model_validator

from firmware.calls.places import StationNumber
from firmware.people import Hash
from firmware.setup.base import SECRET, Section, Strict, wrong


class Card(Strict):
    """A member. `agent`: the number of his own, who is looked for first."""

    card: Annotated[str, Field(pattern="^[0-9]{3,12}$")]
    name: Annotated[str, Field(max_length=40)] = ""
    pin_hash: Hash | None = Field(default=None, json_schema_extra=SECRET)
    priority: Annotated[int, Field(ge=1, le=9)] = 1
    agent: StationNumber | None = None


class Vip(Section):
    """Everybody with a card. Without a PIN a card opens nothing."""

    cards: Annotated[tuple[Card, ...], Field(max_length=5000)] = ()

    @model_validator(mode="after")
    def _once(self) -> "Vip":
        numbers = [card.card for card in self.cards]
        if len(set(numbers)) != len(numbers):
            twice = sorted({number for number in numbers if numbers.count(number) > 1})
            raise wrong("There are two cards with the number {card}.", card=twice[0])
        return self
