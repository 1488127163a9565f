"""How far whoever sets up the box for the first time has come: section "first" of the setup."""

from typing import Any, Literal

from pydantic import Field, model_validator

from firmware.setup.base import Section

Step = Literal["place", "clock", "test", "lines", "people", "greeting", "hours", "call"]
Came = Literal["done", "skipped"]


class FirstSteps(Section):
    """`steps`: those that were done or left out; a step that is not named is still ahead. `over`: nobody is led through
    them any more."""

    steps: dict[Step, Came] = Field(default_factory=dict)
    over: bool = False

    @model_validator(mode="before")
    @classmethod
    def _without_company(cls, found: Any) -> Any:
        """It is section "box"'s since (firmware/setup/takeover.py)."""
        return {key: value for key, value in found.items() if key != "company"} if isinstance(found, dict) else found
