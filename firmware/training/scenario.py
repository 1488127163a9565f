"""A scenario for `callbox simulate`: who calls how often, who answers. A TOML file, checked strictly."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from drivers.binding.plan import Strict
from firmware.config.errors import sentences
from firmware.errors import UserError

Seconds = Annotated[float, Field(ge=0, le=7200)]
Station = Annotated[str, Field(pattern="^[0-9]{2,6}$")]


class ScenarioError(UserError):
    """The scenario cannot be used; a sentence for each mistake, with file, line and key."""


class Spread(Strict):
    """Exponentially distributed times about `mean`, cut to `least` and `most`, seconds."""

    mean: Annotated[float, Field(gt=0, le=7200)]
    least: Seconds = 1.0
    most: Seconds = 3600.0

    @model_validator(mode="after")
    def _in_order(self) -> "Spread":
        if not self.least <= self.mean <= self.most:
            raise ValueError(f"must be in order: least {self.least:g}, mean {self.mean:g}, most {self.most:g}")
        return self

    def draw(self, random: Random) -> float:
        """One time."""
        return min(self.most, max(self.least, random.expovariate(1 / self.mean)))


class CallsOf(Strict):
    """Callers come as a Poisson process. `keys` are pressed in the menu, each as often as any other."""

    per_hour: Annotated[float, Field(gt=0, le=10_000)]
    patience_s: Spread = Spread(mean=60, least=15, most=180)
    talk_s: Spread = Spread(mean=60, least=10, most=300)
    keys: Annotated[tuple[Annotated[str, Field(pattern="^[0-9*#]$")], ...], Field(min_length=1)] = ("1", "2", "0")


class Agents(Strict):
    """Who is there. `answer_s`: from ringing to picking up, between two bounds; `hangs_up_first`: a share, 0 to 1."""

    stations: tuple[Station, ...] = ("801", "802", "803", "804", "805", "806", "807", "808")
    answer_s: tuple[Seconds, Seconds] = (2.0, 6.0)
    hangs_up_first: Annotated[float, Field(ge=0, le=1)] = 0.3
    wrap_up_s: Seconds = 0.0
    ring_s: Annotated[float, Field(ge=5, le=120)] = 20.0  # the box rings so long before it tries the next


class Scenario(Strict):
    """The whole file. `duration_s`: for how long callers come; those who are inside are served to their end."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1
    duration_s: Annotated[float, Field(gt=0, le=7 * 86_400)]
    begins: datetime = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 - the box's local time
    board: str = "sim-8x8"
    country: str = "cn"
    calls: CallsOf
    agents: Agents = Agents()


def load_scenario(path: Path) -> Scenario:
    """Reads a scenario. ScenarioError names file, line and key of every mistake."""
    try:
        text = path.read_text("utf-8")
        return Scenario.model_validate(tomllib.loads(text))
    except ValidationError as error:
        places = [line_of(text, detail["loc"]) for detail in error.errors(include_url=False)]
        told = [words.removeprefix(f"{path}: ") for words in sentences(str(path), error).splitlines()]
        raise ScenarioError(
            "\n".join(f"{path}, line {line}: {words}" for line, words in zip(places, told, strict=True))
        ) from error
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ScenarioError(f"{path}: not TOML: {error}") from error


def line_of(text: str, location: Sequence[int | str]) -> int:
    """The line of a TOML text (from 1) where a key stands; of what is missing, its table's."""
    wanted = [str(part) for part in location if not isinstance(part, int)]
    table: list[str] = []
    best, at = -1, 1
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].strip()
        if words.startswith("["):
            table = _keys(words.strip("[]"))
            path = table
        elif "=" in words:
            path = table + _keys(words.split("=")[0])
        else:
            continue
        fits = len(path) if path == wanted[: len(path)] else -1
        if fits > best:
            best, at = fits, number
    return at


def _keys(words: str) -> list[str]:
    return [key.strip().strip("\"'") for key in words.split(".")]
