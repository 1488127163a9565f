"""What is sent into a line, and when: digits, pauses, flashes, and waiting for dial tone."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

PAUSE_S = 1.0
# 0-9 * # A-D are sent; "," pauses a second, "w" waits for dial tone, "!" flashes.
DialString = Annotated[str, Field(pattern=r"^[0-9*#A-D,w!]{0,32}$")]


@dataclass(frozen=True, slots=True)
class Send:
    """Digits."""

    digits: str


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitTone:
    """Until dial tone is heard."""


@dataclass(frozen=True, slots=True)
class Flash:
    """The loop is opened for a moment."""


Part = Send | Pause | WaitTone | Flash


def parts(text: str) -> list[Part]:
    """In order. ValueError: it has a letter that means nothing."""
    found: list[Part] = []
    for letter in text:
        match letter:
            case ",":
                found.append(Pause(PAUSE_S))
            case "w":
                found.append(WaitTone())
            case "!":
                found.append(Flash())
            case _ if letter in "0123456789*#ABCD":
                before = found[-1] if found else None
                if isinstance(before, Send):
                    found[-1] = Send(before.digits + letter)
                else:
                    found.append(Send(letter))
            case _:
                raise ValueError(f"{letter!r} in {text!r} cannot be dialled; 0-9 * # A-D are digits, and , w ! orders")
    return found
