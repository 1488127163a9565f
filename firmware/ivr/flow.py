"""A flow document and its interpreter.

A flow is steps with names; each leads to others until one names a queue or ends the call. The interpreter
knows no line and no file: it asks a `Voice` to speak and to listen.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field, ValidationError, model_validator

from drivers.binding.plan import Strict
from firmware.errors import UserError

DEFAULT = Path(__file__).with_name("default.toml")
STEPS_MOST = 100  # a flow that goes in circles ends after so many steps

Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]


class FlowError(UserError):
    """The document is wrong; the message names file, key and what is allowed."""


class Menu(Strict):
    """Plays `prompt`; a key stops it at once. Without a good key it says so and asks again, `tries` times in all."""

    kind: Literal["menu"]
    prompt: str
    wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    tries: Annotated[int, Field(ge=1, le=10)] = 2
    no_input: str | None = None
    wrong_input: str | None = None
    keys: dict[Key, str]
    otherwise: str


class Play(Strict):
    """Plays `prompt` to its end."""

    kind: Literal["play"]
    prompt: str
    then: str


class ToQueue(Strict):
    """The caller waits in `queue`."""

    kind: Literal["queue"]
    queue: str


class HangUp(Strict):
    """The box ends the call."""

    kind: Literal["hang_up"]


Step = Annotated[Menu | Play | ToQueue | HangUp, Field(discriminator="kind")]


class Flow(Strict):
    """The whole document."""

    start: str
    steps: dict[str, Step]

    @model_validator(mode="after")
    def _whole(self) -> "Flow":
        for where, target in self._targets():
            if target not in self.steps:
                raise ValueError(f"{where} = {target!r}: no such step; there are {', '.join(self.steps)}")
        return self

    def queues(self) -> list[str]:
        """Every queue a caller may come to."""
        return sorted({step.queue for step in self.steps.values() if isinstance(step, ToQueue)})

    def _targets(self) -> Iterator[tuple[str, str]]:
        yield "start", self.start
        for name, step in self.steps.items():
            if isinstance(step, Menu):
                yield f"steps.{name}.otherwise", step.otherwise
                for key, target in step.keys.items():
                    yield f"steps.{name}.keys.{key}", target
            elif isinstance(step, Play):
                yield f"steps.{name}.then", step.then


def load_flow(path: Path = DEFAULT) -> Flow:
    """Reads a flow document; FlowError in words."""
    try:
        return Flow.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the document"
        raise FlowError(f"{path}: {key}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise FlowError(f"{path}: {error}") from error


class Voice(Protocol):
    """Who speaks and listens for the interpreter: the call."""

    async def ask(self, prompt: str, wait_s: float) -> str | None:
        """Plays; the first key pressed meanwhile or up to `wait_s` after the end, or None. A key stops the prompt."""

    async def say(self, prompt: str) -> None:
        """Plays to the end."""


async def follow(flow: Flow, voice: Voice) -> str | None:
    """Leads the caller through the flow; the queue he comes to, or None: the call ends here."""
    name = flow.start
    for _ in range(STEPS_MOST):
        match flow.steps[name]:
            case Menu() as menu:
                name = await _menu(menu, voice)
            case Play() as play:
                await voice.say(play.prompt)
                name = play.then
            case ToQueue(queue=queue):
                return queue
            case HangUp():
                return None
    return None


async def _menu(menu: Menu, voice: Voice) -> str:
    for left in reversed(range(menu.tries)):
        key = await voice.ask(menu.prompt, menu.wait_s)
        if key in menu.keys:
            return menu.keys[key]
        excuse = menu.no_input if key is None else menu.wrong_input
        if excuse is not None and left:
            await voice.say(excuse)
    return menu.otherwise
