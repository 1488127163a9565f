"""Who takes part in a call."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from drivers.binding.engine import Port
from firmware.lines import Digit, Line
from firmware.stations import Station

Side = Literal["caller", "called", "agent", "box"]


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended the call and what told the box."""

    side: Side
    cue: str


class Party:
    """One end of a conversation: a line or a station, in one call. `gone` is done once it has left; its result is
    the cue. A station that holds one call and speaks in another is a party of each."""

    def __init__(self, end: Line | Station) -> None:
        self.end = end
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if isinstance(end, Line):
            end.gone.add_done_callback(self._line_gone)

    @property
    def port(self) -> Port:
        """The jack."""
        return self.end.port

    @property
    def digits(self) -> "asyncio.Queue[Digit]":
        """What is pressed there."""
        return self.end.digits

    @property
    def line(self) -> Line | None:
        """The outside line, if it is one."""
        return self.end if isinstance(self.end, Line) else None

    @property
    def station(self) -> Station | None:
        """The station, if it is one."""
        return self.end if isinstance(self.end, Station) else None

    def leave(self, cue: str) -> None:
        """It has gone, for the call. Twice is fine: the first cue stands."""
        if not self.gone.done():
            self.gone.set_result(cue)

    def _line_gone(self, gone: "asyncio.Future[str]") -> None:
        self.leave(gone.result())

    def __repr__(self) -> str:
        return f"<Party {self.port.name}>"
