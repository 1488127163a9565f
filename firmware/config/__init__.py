"""Loads board-config: boards (which jack is which channel) and countries (tones, ringing, caller id, timings)."""

import os
import sys
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from drivers.binding.plan import Plan
from firmware.config.board import Board
from firmware.config.errors import ConfigError, sentences

__all__ = ["Board", "ConfigError", "Plan", "boards", "config_folder", "countries", "load_board", "load_country"]

Model = TypeVar("Model", bound=BaseModel)


def config_folder() -> Path:
    """The folder board-config: CALLBOX_BOARD_CONFIG if set, else the checkout's, else the installed one."""
    named = os.environ.get("CALLBOX_BOARD_CONFIG")
    if named:
        return Path(named)
    checkout = Path(__file__).resolve().parents[2] / "board-config"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "callbox" / "board-config"


def boards() -> list[str]:
    """Names that load_board() takes."""
    return _names("boards")


def countries() -> list[str]:
    """Codes that load_country() takes."""
    return _names("countries")


def load_board(name: str) -> Board:
    """The board of that name. ConfigError: unknown, or one sentence for each mistake in its file."""
    return _load("board", "boards", name, Board)


def load_country(code: str) -> Plan:
    """A country's plan by its ISO 3166 code. ConfigError: unknown, or one sentence for each mistake in its file."""
    plan = _load("country", "countries", code, Plan)
    if plan.country != code:
        raise ConfigError(
            f'{_shown_file("countries", code)}: country = "{plan.country}": must be "{code}", as the file is named'
        )
    _check_timers(plan, code)
    return plan


def _names(kind: str) -> list[str]:
    return sorted(file.stem for file in (config_folder() / kind).glob("*.toml"))


def _shown_file(kind: str, name: str) -> str:
    return f"board-config/{kind}/{name}.toml"


def _load(what: str, kind: str, name: str, model: type[Model]) -> Model:
    known = _names(kind)
    if name not in known:
        there = f"there are {', '.join(known)}" if known else f"none is in {config_folder() / kind}"
        raise ConfigError(f"unknown {what} {name!r}; {there}")
    shown = _shown_file(kind, name)
    try:
        data = tomllib.loads((config_folder() / kind / f"{name}.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{shown}: not TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(sentences(shown, error)) from None


def _check_timers(plan: Plan, code: str) -> None:
    """The bounds of line timings stand in the core's table (drivers/line/timers.h), and nowhere else."""
    # Imported here because boards and the schema need no compiled core.
    from drivers.binding.convert import timer_table

    table = timer_table()
    mistakes = []
    for name, ms in plan.timers.items():
        if name not in table:
            mistakes.append(f"timers.{name} = {ms}: there is no such key; there are {', '.join(table)}")
        elif not table[name][1] <= ms <= table[name][2]:
            mistakes.append(f"timers.{name} = {ms}: must be {table[name][1]} to {table[name][2]}")
    if mistakes:
        raise ConfigError("\n".join(f"{_shown_file('countries', code)}: {mistake}" for mistake in mistakes))
