"""Whose box it is, what it is and where it stands: section "box" of the setup."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from firmware.config import ConfigError, boards, countries, load_board
from firmware.recording.modes import Mode
from firmware.setup.base import Problem, Reads, Section

BoardName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", json_schema_extra={"refers": "boards"})]
CountryCode = Annotated[str, Field(pattern="^[a-z]{2}$", json_schema_extra={"refers": "countries"})]


PAGE_NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"


def _lower(text: object) -> object:
    return text.strip().removesuffix(".").lower() if isinstance(text, str) else text


PageName = Annotated[str, Field(pattern=PAGE_NAME, max_length=253), BeforeValidator(_lower)]


def _trimmed(text: object) -> object:
    return text.strip() if isinstance(text, str) else text


class Site(Section):
    """`company`: as callers may hear it. `board`, `country`: names of files of board-config; `language`: in which
    callers are spoken to, in China. These three are read when the box starts; the others count at once. `page_names`:
    names of other people's making by which the page may be opened, beside those that it has by itself."""

    company: Annotated[str, Field(max_length=40), BeforeValidator(_trimmed)] = ""
    board: BoardName = "sim-8x8"
    country: CountryCode = "cn"
    language: Literal["zh", "en"] = "zh"
    recording: Mode = "talk"
    page_names: Annotated[tuple[PageName, ...], Field(max_length=16)] = ()

    @property
    def spoken(self) -> Literal["zh", "en"]:
        """In which language the box speaks to callers: outside China it is English."""
        return self.language if self.country == "cn" else "en"


def boards_by_name() -> dict[str, dict[str, str]]:
    """The boards that `board` may be, with their names by language; none where its file cannot be used."""
    return {name: _names(name) for name in boards()}


def known_countries() -> list[str]:
    """The codes that `country` may be."""
    return countries()


def can_start(setup: Reads) -> list[Problem]:
    """What a box that is set up so could not start with."""
    site = setup.load(Site)
    found: list[Problem] = []
    if site.board not in boards():
        found.append(
            Problem("box", "board", "There is no board {board} on this box: it cannot start.",
                    {"board": site.board}, blocks=True)
        )  # fmt: skip
    elif why := _fault(site.board):
        found.append(
            Problem("box", "board", "The board’s file cannot be used, and the box cannot start: {why}",
                    {"why": why}, blocks=True)
        )  # fmt: skip
    if site.country not in countries():
        found.append(
            Problem("box", "country", "There is no country {country} on this box: it cannot start.",
                    {"country": site.country}, blocks=True)
        )  # fmt: skip
    return found


def _fault(board: str) -> str:
    """What is wrong with its file, or nothing."""
    try:
        load_board(board)
    except ConfigError as error:
        return str(error)
    return ""


def _names(board: str) -> dict[str, str]:
    try:
        return {str(key): word for key, word in load_board(board).name.items()}
    except ConfigError:
        return {}
