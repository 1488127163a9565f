"""People of the box: each number once, PINs that only fit whom they belong to."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from firmware.people import People, Person, hash_secret, pin_fits, secret_fits

WANG = {"id": "wang", "name": "Wang", "number": "801"}


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([WANG, WANG | {"id": "li"}], "The number 801 is already that of Wang"),
        ([WANG, WANG | {"number": "802"}], "two people with the user name wang"),
        ([WANG | {"number": "80"}], "number"),
        ([WANG | {"id": "Wang Li"}], "id"),
        ([WANG | {"skills": {"english": 10}}], "skills"),
        ([WANG | {"email": "wang"}], "email"),
        ([WANG | {"name": "  "}], "name"),
        ([WANG | {"role": "king"}], "role"),
        ([WANG | {"pin_hash": "1234"}], "pin_hash"),
    ],
)
def test_what_cannot_be_is_refused(people: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        People.model_validate({"people": people})


def test_a_pin_fits_its_person_only_while_enabled() -> None:
    wang = Person(**WANG, pin_hash=hash_secret("4711"))
    li = Person(id="li", name="Li", number="802")

    async def tries() -> list[bool]:
        off = wang.model_copy(update={"enabled": False})
        return [
            await pin_fits(wang, "4711"),
            await pin_fits(wang, "4712"),
            await pin_fits(off, "4711"),
            await pin_fits(li, "4711"),
            await pin_fits(None, ""),
        ]

    assert asyncio.run(tries()) == [True, False, False, False, False]


def test_a_damaged_hash_fits_nothing() -> None:
    assert not secret_fits("$argon2id$rubbish", "4711")
    assert not secret_fits(None, "nobody")
