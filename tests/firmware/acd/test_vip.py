"""Members' cards as the setup keeps them."""

import pytest
from pydantic import ValidationError

from firmware.acd.vip import Card, Vip
from firmware.setup.secrets import masked


def test_each_card_once() -> None:
    with pytest.raises(ValidationError, match="two cards with the number 88001"):
        Vip(cards=(Card(card="88001"), Card(card="88001")))


def test_the_pin_is_never_shown() -> None:
    kept = Vip(cards=(Card(card="88001", pin_hash="$argon2id$secret"),))
    assert "secret" not in str(masked(kept))
