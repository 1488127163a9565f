"""Intents about prompts: what callers hear."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.api.message import Message

PromptName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
PromptLanguage = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class OfPrompt(Message):
    """A prompt in a language; `any` for music and sounds. `who` wants it."""

    name: PromptName
    language: PromptLanguage
    who: Annotated[str, Field(max_length=64)] = ""


class PromptRecord(OfPrompt):
    """The station rings; who lifts it speaks after the tone, and keeps what he said by key 1."""

    station: Annotated[str, Field(pattern="^[0-9]{2,6}$")]


class PromptChanged(OfPrompt):
    """The page has put another file in its place: calls hear it from the next time on."""

    how: Literal["upload", "browser", "text", "version", "renamed", "removed"]


PROMPTS: dict[str, type[Message]] = {"prompt.record": PromptRecord, "prompt.changed": PromptChanged}
