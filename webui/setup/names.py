"""Boards and countries by their names in the page's language."""

from babel import Locale

from firmware.setup.site import boards_by_name, known_countries
from webui.translate import language

Choices = list[tuple[str, str]]


def boards() -> Choices:
    """Those that there are."""
    return [(key, name.get(language()) or key) for key, name in boards_by_name().items()]


def countries() -> Choices:
    """Those whose exchanges the box knows."""
    return [(code, country_word(code)) for code in known_countries()]


def board_word(name: str) -> str:
    """One board's name."""
    return dict(boards()).get(name, name)


def country_word(code: str) -> str:
    """One country's name."""
    return str(Locale.parse(language()).territories.get(code.upper(), code))


WORDS = {"Site.board": board_word, "Site.country": country_word}
"""By the fields that have them as values."""
