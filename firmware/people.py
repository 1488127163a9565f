"""The people who work with the box: section "people" of the setup, their PINs and passwords.

A PIN is keyed into a handset, a password typed into the page; the box keeps only argon2 hashes of both.
"""

import asyncio
import re
from typing import Annotated, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field, field_validator, model_validator

from firmware.setup.base import SECRET, Section, Slug, Strict, wrong

Role = Literal["owner", "technician", "supervisor", "agent"]
Scope = Literal["own", "group", "all"]
Number = Annotated[str, Field(pattern="^[0-9]{3,6}$")]
Hash = Annotated[str, Field(pattern=r"^\$argon2")]
Skill = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Level = Annotated[int, Field(ge=1, le=9)]

OWNER_NUMBER = 700  # of who claims the box, or the next that is free
PIN = re.compile("[0-9]{4,8}")

# 32 MiB and three passes: about 0.1 s on the box. A PIN has few digits, so the work per guess is the same.
hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


class Person(Strict):
    """`number`: what he is called on inside, and signs in with at a handset. Without a PIN he cannot sign in at a
    handset, without a password not in the page. `sees`: whose calls; None: what goes with his role."""

    id: Slug
    name: Annotated[str, Field(min_length=1, max_length=40)]
    number: Number
    role: Role = "agent"
    group: Annotated[str, Field(max_length=32)] = ""
    sees: Scope | None = None
    skills: dict[Skill, Level] = Field(default_factory=dict)
    email: Annotated[str, Field(max_length=120, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    language: Literal["zh", "en"] | None = None
    enabled: bool = True
    pin_hash: Hash | None = Field(default=None, json_schema_extra=SECRET)
    password_hash: Hash | None = Field(default=None, json_schema_extra=SECRET)

    @property
    def scope(self) -> Scope:
        """Whose calls he sees: an agent his own, a supervisor his group's, if he is in one, others all."""
        if self.sees is not None:
            return self.sees
        if self.role == "agent":
            return "own"
        return "group" if self.role == "supervisor" and self.group else "all"

    @field_validator("name", "group", "email", mode="before")
    @classmethod
    def _trimmed(cls, text: object) -> object:
        return text.strip() if isinstance(text, str) else text


class People(Section):
    """Everybody, also those who are disabled: their calls are still theirs."""

    people: Annotated[tuple[Person, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "People":
        numbers: dict[str, Person] = {}
        ids = set()
        for person in self.people:
            if person.id in ids:
                raise wrong("There are two people with the user name {id}.", field="id", id=person.id)
            ids.add(person.id)
            if (other := numbers.setdefault(person.number, person)) is not person:
                raise wrong(
                    "The number {number} is already that of {name}.",
                    field="number", number=person.number, name=other.name,
                )  # fmt: skip
        return self

    @property
    def claimed(self) -> bool:
        """Whether there is an owner who can log in: until then, whoever comes first becomes the owner."""
        return any(person.role == "owner" and person.password_hash and person.enabled for person in self.people)

    def group_of(self, person: Person) -> tuple[Person, ...]:
        """Everybody of his group, himself too; only himself if he is in none."""
        return tuple(one for one in self.people if one is person or (person.group and one.group == person.group))

    def by_login(self, user: str) -> Person | None:
        """Who logs in under this user name or number and may."""
        user = user.strip().lower()
        return next((one for one in self.people if one.enabled and user in (one.id, one.number)), None)

    def by_id(self, wanted: str) -> Person | None:
        """The person, disabled or not."""
        return next((person for person in self.people if person.id == wanted), None)

    def by_number(self, number: str) -> Person | None:
        """Who has this number and is not disabled."""
        return next((person for person in self.people if person.number == number and person.enabled), None)


def hash_secret(secret: str) -> str:
    """For `pin_hash` and `password_hash`. About 0.1 s of processor time."""
    return hasher.hash(secret)


def secret_fits(kept: str | None, secret: str) -> bool:
    """Whether `secret` is what the hash `kept` was made of. Takes as long for a wrong one as for a right one, and for
    nobody as for somebody; about 0.1 s: the loop uses `pin_fits`."""
    try:
        return hasher.verify(kept or _NOBODY, secret) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


async def pin_fits(person: Person | None, pin: str) -> bool:
    """Whether it is this person's PIN, and he may use it. Works in a thread: the loop goes on."""
    return await secret_fits_later(person.pin_hash if person is not None and person.enabled else None, pin)


async def secret_fits_later(kept: str | None, secret: str) -> bool:
    """`secret_fits` in a thread."""
    return await asyncio.to_thread(secret_fits, kept, secret)


_NOBODY = "$argon2id$v=19$m=32768,t=3,p=1$Y2FsbGJveG5vYm9keQ$Q2Fuv2fvpPUJgsY25b5JuQv2o8fNn3zN0dcmCkGyhUE"
