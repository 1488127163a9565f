"""What passes between the page and the training telephones: a socket of its own, because it carries sound.

Each message is its kind (one byte, WORDS or SOUND), its length (two bytes, little-endian) and its bytes. Words are
JSON, from the page one of WANTED, to the page one of {"state": …}, {"counters": …}, {"refused": code} and, before the
box hangs up on the page, {"ended": code, "by": name}. Sound is a header and FRAME samples, 8 kHz, 16-bit,
little-endian:

- from the page UP: the frame's number and the page's clock when its first sample was spoken (ms, any epoch, modulo
  2^32). A header alone asks for the clock to be sent back.
- to the page DOWN: the frame's number, the newest clock that came from the page, how long ago it came (ms), and how
  much of what came from the page waits to be said (ms).
"""

import struct
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from firmware.api.message import Message

SOCKET: Final = "telephones.sock"
FRAME: Final = 160  # samples: 20 ms
FRAME_BYTES: Final = 2 * FRAME
UP: Final = struct.Struct("<HI")
DOWN: Final = struct.Struct("<HIHH")
WORDS: Final = 0
SOUND: Final = 1
HEAD: Final = struct.Struct("<BH")
LONGEST: Final = 4096  # bytes of one message
OUTSIDE: Final = 4  # telephones outside, out1 and so on

TELEPHONE: Final = r"^(out[1-9]|[0-9]{2,6})$"
Digits = Annotated[str, Field(pattern=r"^[0-9*#]{1,32}$")]

# Why the box says no, and why it hangs up on the page. The page has a sentence for each.
Refusal = Literal["in_use", "no_line", "not_now", "unknown", "selfcall", "faulty"]
Ended = Literal["held", "taken_over", "unknown", "slow", "flood", "malformed", "stopping"]


class Take(Message):
    """Takes a telephone into the hand; `over`: also out of another's. The first message, and only the first."""

    do: Literal["take"]
    telephone: Annotated[str, Field(pattern=TELEPHONE)]
    who: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=64)]
    over: bool = False


class Call(Message):
    """Outside: calls the box. `line` None: the first idle one."""

    do: Literal["call"]
    number: Annotated[str, Field(pattern=r"^[0-9]{0,20}$")] = ""
    name: Annotated[str, Field(max_length=15, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    line: Annotated[int, Field(ge=1, le=64)] | None = None
    withheld: Literal["private", "unavailable"] | None = None


class Reach(Message):
    """Outside: what becomes of calls from the box. `number` empty: every number rings here."""

    do: Literal["reach"]
    number: Annotated[str, Field(pattern=r"^[0-9]{0,20}$")] = ""
    busy: bool = False


class Press(Message):
    """Keys, one after the other."""

    do: Literal["press"]
    digits: Digits


class Plain(Message):
    """A hand's movement. Outside only: refuse (busy tone to the caller), announce (a machine answers). Inside only:
    flash. speak says a sample of speech, silent ends it."""

    do: Literal["pick_up", "hang_up", "flash", "refuse", "announce", "speak", "silent"]


Wanted = Annotated[Call | Reach | Press | Plain, Field(discriminator="do")]
WANTED: Final[TypeAdapter[Call | Reach | Press | Plain]] = TypeAdapter(Wanted)


class Malformed(Exception):
    """What came is no message of this protocol."""


def packed(kind: int, payload: bytes) -> bytes:
    """One message."""
    return HEAD.pack(kind, len(payload)) + payload


class Unpacker:
    """Cuts what comes into messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def messages(self, came: bytes) -> Iterator[tuple[int, bytes]]:
        """Those that are whole by now. Raises Malformed."""
        self._held += came
        while len(self._held) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._held)
            if kind not in (WORDS, SOUND) or length > LONGEST:
                raise Malformed(f"kind {kind}, {length} bytes")
            if len(self._held) < HEAD.size + length:
                return
            payload = bytes(self._held[HEAD.size : HEAD.size + length])
            del self._held[: HEAD.size + length]
            yield kind, payload


def spoken(payload: bytes) -> tuple[int, int, bytes]:
    """A frame from the page: its number, the page's clock, its samples or none. Raises Malformed."""
    if len(payload) not in (UP.size, UP.size + FRAME_BYTES):
        raise Malformed(f"a frame of {len(payload)} bytes")
    number, clock = UP.unpack_from(payload)
    return number, clock, payload[UP.size :]


State = dict[str, Any]
