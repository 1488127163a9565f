"""When there are more calls than the box can take, and what happens then: section "surge" of the setup."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.calls.places import Name
from firmware.setup.base import Section

When = Literal["last_line", "lines", "waiting"]


class Surge(Section):
    """All lines in use for `lines_after_s` is a surge (`lines`); so are more than `per_agent` callers who wait for each
    agent of a queue who is there, if they are `waiting_least` or more; 0: never (`waiting`). It is over once it has
    been calm for `calm_s`. `alarm`: as long as it lasts. `flow`: callers who come meanwhile come into this flow in the
    place of `menus`: a shorter menu, a message, a callback. None: nothing changes for them. `when`: in which of the
    two, and whether also whoever takes the last free line."""

    lines_after_s: Annotated[float, Field(ge=0, le=600)] = 30.0
    waiting_least: Annotated[int, Field(ge=0, le=1000)] = 5
    per_agent: Annotated[float, Field(ge=0.5, le=100)] = 2.0
    calm_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    alarm: bool = True
    flow: Name | None = Field(default=None, json_schema_extra={"refers": "flows"})
    when: Annotated[tuple[When, ...], Field(max_length=3)] = ("last_line", "lines", "waiting")
    menus: Annotated[tuple[Name, ...], Field(max_length=50)] = ("main",)
