"""Intents about prompts: what callers hear."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

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


class AtMicrophone(Message):
    """Whatever is recorded there."""


class TakeNow(BaseModel):
    """The take at the box's microphone: for which prompt, by whom, `seconds` so far, the last `peak` (0 to 32,767), and
    `why` it could not be made. `overruns`, once it is over: how often the box came too late and a little is missing."""

    name: str = ""
    language: str = ""
    who: str = ""
    recording: bool = False
    seconds: float = 0.0
    peak: int = 0
    overruns: int = 0
    why: str = ""


PROMPTS: dict[str, type[Message]] = {
    "prompt.record": PromptRecord,
    "prompt.changed": PromptChanged,
    "microphone.record": OfPrompt,
    "microphone.keep": OfPrompt,
    "microphone.stop": AtMicrophone,
    "microphone.state": AtMicrophone,
}
