"""The table of steps, how far the box has come with them, and what every step's page shows."""

from dataclasses import dataclass
from typing import Any, get_args

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from firmware.setup.first import Came, FirstSteps
from firmware.setup.first import Step as Name
from webui.security import who
from webui.setup.registry import BUILDERS
from webui.translate import _l

READY = "ready"


@dataclass(frozen=True, slots=True)
class Step:
    """`sentence`: what it is for. Its endpoint is `first.NAME`."""

    name: Name
    title: Any
    sentence: Any


STEPS: tuple[Step, ...] = (
    Step("place", _l("Country and company"),
         _l("The tones of the country’s exchanges, and the language that callers hear.")),
    Step("clock", _l("Clock and network"),
         _l("Hours and records go by the box’s clock; colleagues come in by its address.")),
    Step("test", _l("Lines found"), _l("Which lines and telephones the board has, and whether the lines are well.")),
    Step("lines", _l("Names of the lines"), _l("What each line is called, and the number on which people reach it.")),
    Step("people", _l("People and telephones"), _l("Who answers calls, and at which telephone he sits.")),
    Step("greeting", _l("Greeting"), _l("What callers hear first.")),
    Step("hours", _l("Opening hours"),
         _l("When people answer, and when callers hear that you are closed.")),
    Step("call", _l("Test call"), _l("One call from outside, watched step by step.")),
)  # fmt: skip
assert tuple(step.name for step in STEPS) == get_args(Name)


def section() -> FirstSteps:
    """How far the box has come, as of this moment."""
    found: FirstSteps = current_app.extensions["callbox"].setup.load(FirstSteps)
    return found


def offered() -> bool:
    """Whether who asks is still led to the first steps."""
    if not current_user.is_authenticated or current_user.role not in BUILDERS:
        return False
    now = section()
    return not now.over and len(now.steps) < len(STEPS)


def after(name: Name) -> str:
    """The address of the step behind this one."""
    names = [step.name for step in STEPS]
    at = names.index(name) + 1
    return url_for(f"first.{names[at]}" if at < len(names) else "first.ready")


def mark(name: Name, came: Came) -> None:
    """Writes down how it went with a step. What was done stays done when somebody comes back and leaves it out."""

    def change(now: FirstSteps) -> dict[str, Any]:
        kept = "done" if now.steps.get(name) == "done" else came
        return {"steps": {**now.steps, name: kept}}

    if section().steps.get(name) not in (came, "done"):
        current_app.extensions["callbox"].change(FirstSteps, change, who=who())


def done(name: Name) -> ResponseReturnValue:
    """The step is done: on to the next."""
    mark(name, "done")
    return redirect(after(name))


def show(name: Name, status: int = 200, **shown: Any) -> ResponseReturnValue:
    """The page of a step."""
    at = next(number for number, step in enumerate(STEPS) if step.name == name)
    page = render_template(
        f"first/{name}.html", step=STEPS[at], at=at, steps=STEPS, came=section().steps, **shown,
    )  # fmt: skip
    return page, status
