"""The sockets that are set up take the place of the board's; what does not fit is not let in, and stops no box."""

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from firmware.config import load_board
from firmware.config.board import Headset, Sound
from firmware.setup.store import Setup, SetupInvalid
from firmware.sound.section import SoundSockets, wired

BOARD = load_board("sim-8x8")
A, B = "plughw:CARD=A,DEV=0", "plughw:CARD=B,DEV=0"


def headset(station: str, socket: str = A) -> Headset:
    return Headset(station=station, play=socket, capture=socket)


def test_as_the_board_has_it() -> None:
    board = BOARD.model_copy(update={"sound": Sound(loudspeaker=A)})
    assert wired(board, SoundSockets(line_in=B)).sound == Sound(loudspeaker=A)
    assert wired(board, SoundSockets(as_board=False, line_in=B)).sound == Sound(line_in=B)
    assert wired(BOARD, SoundSockets(as_board=False, headsets=(headset("809"),))).headsets == (headset("809"),)


def test_one_that_does_not_fit_the_board_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Another board was chosen by the command line, or its file was changed."""
    caplog.set_level(logging.ERROR)
    section = SoundSockets(as_board=False, headsets=(headset("801"), headset("809", B)))
    assert wired(BOARD, section).headsets == (headset("809", B),)
    assert "the headset of station 801 is left out" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"loudspeaker": "the green one"},
        {"microphone": "/dev/snd/pcmC0D0c"},
        {"line_in": A, "microphone": A},
        {"loudspeaker": A, "headsets": (headset("809"),)},
        {"headsets": (headset("809"), headset("809", B))},
    ],
)
def test_what_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SoundSockets.model_validate({"as_board": False, **wrong})


def test_a_number_that_a_telephone_has_is_not_let_in(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    with pytest.raises(SetupInvalid, match="There is a telephone 801 at a jack"):
        setup.change(SoundSockets, lambda _: SoundSockets(as_board=False, headsets=(headset("801"),)), who="wang")
    setup.change(SoundSockets, lambda _: SoundSockets(as_board=False, headsets=(headset("809"),)), who="wang")
    assert setup.load(SoundSockets).headsets == (headset("809"),)
