"""The box's own detectors and generators over plain samples: no port, no card, no time."""

from typing import Any

from drivers.binding._core import ffi, lib
from drivers.binding.convert import SCHEMES, fill_plan, port_event
from drivers.binding.engine import CoreError
from drivers.binding.events import Ear, PortEvent
from drivers.binding.plan import Plan, Scheme

EVENTS_MOST = 256  # of one feed
FEED = 800  # samples at once
LONGEST_S = 600  # of what is made

EVERY_EAR = Ear.DTMF | Ear.TONE | Ear.CALLERID | Ear.VOICE


class Listener:
    """One set of ears, as a port has them. Feed samples in order; `close()` twice is fine."""

    def __init__(self, plan: Plan, ears: Ear = EVERY_EAR) -> None:
        error = ffi.new("int *")
        self._listener: Any = lib.lc_listener_new(_plan(plan), int(ears), error)
        if self._listener == ffi.NULL:
            raise CoreError(-error[0], "cannot make the detectors")
        self._events = ffi.new("struct lc_event[]", EVENTS_MOST)

    def feed(self, samples: bytes) -> list[PortEvent]:
        """News in these samples (8 kHz, 16-bit, native order); `at` counts from the first sample ever fed."""
        found = []
        for begin in range(0, len(samples) // 2, FEED):
            piece = samples[2 * begin : 2 * (begin + FEED)]
            pointer = ffi.from_buffer("int16_t[]", piece)
            count = lib.lc_listener_feed(self._listener, pointer, len(piece) // 2, self._events, EVENTS_MOST)
            if count < 0:
                raise CoreError(-count, "the detectors have more to tell than fits")
            found += [port_event(self._events[index]) for index in range(count)]
        return found

    def close(self) -> None:
        """Frees the detectors."""
        listener, self._listener = self._listener, ffi.NULL
        lib.lc_listener_free(listener)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def make_digits(plan: Plan, digits: str) -> bytes:
    """DTMF digits as a player sends them: 8 kHz, 16-bit, native order. ValueError: not digits."""
    if not digits or set(digits) - set("0123456789*#ABCD,"):
        raise ValueError(f"{digits!r}: digits are 0-9 * # A-D and ',' for a pause")
    return _make(plan, lib.LC_CMD_PLAY_DIGITS, text=digits.encode())


def make_tone(plan: Plan, name: str, seconds: float) -> bytes:
    """A progress tone of the country, at most 600 s. KeyError: the country has no such tone."""
    if not 0 < seconds <= LONGEST_S:
        raise ValueError(f"{seconds:g} s: a tone may last more than 0 and at most {LONGEST_S} s")
    return _make(plan, lib.LC_CMD_PLAY_TONE, a=plan.tone_index(name), b=max(1, round(seconds * 1000)))


def make_callerid(plan: Plan, scheme: Scheme, number: str, name: str = "") -> bytes:
    """A caller-id burst. ValueError: the scheme cannot carry it."""
    try:
        text = b"".join(part.encode() + b"\0" for part in (number, name))
        return _make(plan, lib.LC_CMD_PLAY_CALLERID, a=SCHEMES[scheme], text=text)
    except CoreError as error:
        raise ValueError(f"{scheme} cannot carry number {number!r}, name {name!r}") from error


def _make(plan: Plan, kind: int, **fields: Any) -> bytes:
    command = ffi.new("struct lc_command *")
    command.kind = kind
    if len(fields.get("text", b"")) > lib.LC_COMMAND_TEXT - 1:
        raise ValueError(f"too long: at most {lib.LC_COMMAND_TEXT - 1} bytes")
    for field, value in fields.items():
        setattr(command, field, value)
    most = LONGEST_S * lib.LC_RATE
    out = ffi.new("int16_t[]", most)
    made = lib.lc_make(_plan(plan), command, out, most)
    if made < 0:
        raise CoreError(-made, "cannot make the signal")
    return bytes(ffi.buffer(out, made * 2))


def _plan(plan: Plan) -> Any:
    filled = ffi.new("struct lc_plan *")
    fill_plan(filled, plan)
    return filled
