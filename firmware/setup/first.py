"""How far whoever sets up the box for the first time has come: section "first" of the setup."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from firmware.setup.base import Section

Step = Literal["place", "clock", "test", "lines", "people", "greeting", "hours", "call"]
Came = Literal["done", "skipped"]


def _trimmed(text: object) -> object:
    return text.strip() if isinstance(text, str) else text


class FirstSteps(Section):
    """`company`: whose box it is, as callers may hear it. `steps`: those that were done or left out; a step that is not
    named is still ahead. `over`: nobody is led through them any more."""

    company: Annotated[str, Field(max_length=40), BeforeValidator(_trimmed)] = ""
    steps: dict[Step, Came] = Field(default_factory=dict)
    over: bool = False
