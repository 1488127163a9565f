"""Section "sound" of the setup: which of the box's own sound sockets is what, in place of what the board's file names.

It counts when the box starts: a headset is a port of the core.
"""

import logging
from typing import Annotated, Any

from pydantic import Field, model_validator

from firmware.config import ConfigError, load_board
from firmware.config.board import HEADSETS_MAX, PORTS_MAX, Board, Headset, Socket, Sound
from firmware.setup.base import Problem, Reads, Section, wrong
from firmware.setup.site import Site

log = logging.getLogger(__name__)


class SoundSockets(Section):
    """`as_board`: what the board's file names, and nothing of this. Else as in the board's `[sound]`; None: there is
    none."""

    as_board: bool = True
    loudspeaker: Socket | None = None
    line_in: Socket | None = None
    microphone: Socket | None = None
    headsets: Annotated[tuple[Headset, ...], Field(max_length=HEADSETS_MAX)] = ()

    @model_validator(mode="after")
    def _each_is_one_thing(self) -> "SoundSockets":
        """A socket is opened by one alone."""
        if self.as_board:
            return self
        plays, listens, stations = set[str](), set[str](), set[str]()
        for field, socket, taken in (
            ("loudspeaker", self.loudspeaker, plays), ("line_in", self.line_in, listens),
            ("microphone", self.microphone, listens),
            *((f"headsets.{at}.play", one.play, plays) for at, one in enumerate(self.headsets)),
            *((f"headsets.{at}.capture", one.capture, listens) for at, one in enumerate(self.headsets)),
        ):  # fmt: skip
            if socket is not None and socket in taken:
                raise wrong("{socket} is chosen twice. A socket can be only one of these.", field=field, socket=socket)
            taken.add(socket or "")
        for at, one in enumerate(self.headsets):
            if one.station in stations:
                raise wrong("{station} is chosen twice.", field=f"headsets.{at}.station", station=one.station)
            stations.add(one.station)
        return self


def headsets_fit(setup: Reads) -> list[Problem]:
    """Numbers of headsets that are telephones at jacks already, and headsets beyond what the box can have."""
    section = setup.load(SoundSockets)
    try:
        board = load_board(setup.load(Site).board)
    except ConfigError:  # the section "box" tells of it
        return []
    if section.as_board:
        return []
    at_jacks = {station.number for station in board.stations}
    found = [
        Problem("sound", f"headsets/{at}/station", "There is a telephone {station} at a jack. Choose another number.",
                {"station": one.station}, blocks=True)
        for at, one in enumerate(section.headsets) if one.station in at_jacks
    ]  # fmt: skip
    if len(board.ports) + len(section.headsets) > PORTS_MAX:
        found.append(
            Problem("sound", "headsets", "Lines, stations and headsets together may be {most} at most.",
                    {"most": PORTS_MAX}, blocks=True)
        )  # fmt: skip
    return found


def would_run(board: str, section: SoundSockets) -> dict[str, Any]:
    """What a box with this board would run with, as `sound.state` tells what it runs with."""
    try:
        found = load_board(board)
    except ConfigError:  # the section "box" tells of it
        return Sound().model_dump(mode="json")
    return (wired(found, section).sound or Sound()).model_dump(mode="json")


def wired(board: Board, section: SoundSockets) -> Board:
    """The board with the sockets that are set up. A headset that does not fit it is left out, and logged: lines are
    answered all the same."""
    if section.as_board:
        return board
    at_jacks = {station.number for station in board.stations}
    fit = [one for one in section.headsets if one.station not in at_jacks][: max(0, PORTS_MAX - len(board.ports))]
    for one in section.headsets:
        if one not in fit:
            log.error("the headset of station %s is left out: the board has that station, or no room", one.station)
    sound = Sound(
        line_in=section.line_in, microphone=section.microphone, loudspeaker=section.loudspeaker, headsets=tuple(fit)
    )
    return board.model_copy(update={"sound": sound})
