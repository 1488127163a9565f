"""Other programs: who may ask the box, whom it tells of its own accord, and where a call's card is opened.

Keys are kept as hashes. A webhook's secret is kept as it is, because both ends sign with it.
"""

import hashlib
import hmac
import secrets
from string import Formatter
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from firmware.setup.base import SECRET, Section, Slug, Strict, wrong

Scope = Literal["read", "calls", "recordings", "events", "control", "flows"]
KEY: Final = "cbx_"

Name = Annotated[str, Field(min_length=1, max_length=40)]
Address = Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s/]+(/\S*)?$")]
KindPattern = Annotated[str, Field(pattern=r"^([a-z]+\.)?(\*|[a-z_]+)$")]


class Program(Strict):
    """`scopes`: what its key is good for; `per_minute`: how often it may ask, so that one that runs wild leaves the box
    to the others."""

    id: Slug
    name: Name
    scopes: tuple[Scope, ...] = ("read",)
    per_minute: Annotated[int, Field(ge=10, le=6000)] = 600
    enabled: bool = True
    key_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(default=None, json_schema_extra=SECRET)


class Programs(Section):
    """Every program that may ask."""

    programs: Annotated[tuple[Program, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "Programs":
        if len({one.id for one in self.programs}) < len(self.programs):
            raise wrong("Two programs have the same short name.", field="id")
        return self

    def by_key(self, key: str) -> Program | None:
        """Whose key it is, if he may use it."""
        found = hash_key(key)
        return next(
            (one for one in self.programs if one.enabled and hmac.compare_digest(one.key_hash or "", found)), None
        )


class Webhook(Strict):
    """`kinds`: events that are told, such as call.ended or call.*; `secret`: what its messages are signed with."""

    id: Slug
    url: Address
    kinds: Annotated[tuple[KindPattern, ...], Field(min_length=1, max_length=40)] = ("call.*",)
    enabled: bool = True
    secret: Annotated[str, Field(min_length=16, max_length=100)] | None = Field(default=None, json_schema_extra=SECRET)

    def wants(self, kind: str) -> bool:
        """Whether it is told of events of this kind."""
        room = kind.partition(".")[0]
        return any(pattern in (kind, "*", f"{room}.*") for pattern in self.kinds)


class Webhooks(Section):
    """Every address that is told."""

    webhooks: Annotated[tuple[Webhook, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "Webhooks":
        if len({one.id for one in self.webhooks}) < len(self.webhooks):
            raise wrong("Two webhooks have the same short name.", field="id")
        return self


class Pop(Section):
    """`url`: where another program shows who calls; {number}, {name}, {call}, {line}, {agent} stand for the call's."""

    url: Annotated[str, Field(max_length=500, pattern=r"^$|^https?://\S+$")] = ""

    @model_validator(mode="after")
    def _known(self) -> "Pop":
        try:
            parts = list(Formatter().parse(self.url))
        except ValueError:
            parts = [("", "?", "", None)]
        if any(name is not None and (name not in POP_FIELDS or how or what) for _text, name, how, what in parts):
            raise wrong("Only {fields} can stand in braces.", field="url", fields=POP_WORDS)
        return self


POP_FIELDS: Final = ("number", "name", "call", "line", "agent")
POP_WORDS: Final = ", ".join(f"{{{name}}}" for name in POP_FIELDS)


def new_key() -> str:
    """256 bits that nobody can guess."""
    return KEY + secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """A key is no password that somebody thought of, so one quick hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
