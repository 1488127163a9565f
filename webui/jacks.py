"""Lines and stations by the names that people gave them, wherever a record or an event has only their number."""

from flask import current_app, has_app_context

from firmware.jacks.section import InsideStations, OutsideLines
from firmware.setup.store import SetupError


def line_called(number: int | None) -> str:
    """“3 Sales”; without a name the number alone, empty for none."""
    if number is None:
        return ""
    return _with_name(str(number), _lines().line(number).name)


def station_called(number: str | None) -> str:
    """“801 Front desk”; without a name the number alone, empty for none."""
    if not number:
        return ""
    return _with_name(number, _stations().station(number).name)


def jack_names() -> tuple[dict[int, str], dict[str, str]]:
    """The names that were given, by the numbers of lines and of stations."""
    lines = {int(one.id): one.name for one in _lines().lines if one.name}
    return lines, {one.id: one.name for one in _stations().stations if one.name}


def _with_name(number: str, name: str) -> str:
    return f"{number} {name}" if name else number


def _lines() -> OutsideLines:
    """As they are set up now; nobody's names while that cannot be read, or outside of the page."""
    box = current_app.extensions.get("callbox") if has_app_context() else None
    try:
        return OutsideLines() if box is None else box.setup.load(OutsideLines)
    except SetupError:
        return OutsideLines()


def _stations() -> InsideStations:
    box = current_app.extensions.get("callbox") if has_app_context() else None
    try:
        return InsideStations() if box is None else box.setup.load(InsideStations)
    except SetupError:
        return InsideStations()
