"""Sections "firewall" and "hangups" of the setup."""

from typing import Annotated

from pydantic import Field

from firmware.dialplan.firewall import Firewall, How
from firmware.setup.base import Section, Strict

LineKey = Annotated[str, Field(pattern=r"^[1-9][0-9]?$")]


class Callers(Section):
    """Who may call in (来电防火墙). `lines`: how a caller is refused on a line, if not as the firewall says."""

    firewall: Firewall = Firewall()
    lines: dict[LineKey, How] = Field(default_factory=dict)

    def how(self, line: int) -> How:
        """How one is refused there."""
        return self.lines.get(str(line), self.firewall.refused)


class HangUpTone(Strict):
    """A tone by which an exchange says that the caller has gone: Hz (the lower of two), on and off times in ms."""

    hz: Annotated[int, Field(ge=200, le=2000)]
    ms: Annotated[tuple[int, ...], Field(min_length=2, max_length=8)]


class HangUps(Section):
    """What the lines' exchanges play, beyond the country's plan, when the caller has gone."""

    lines: dict[LineKey, list[HangUpTone]] = Field(default_factory=dict)
