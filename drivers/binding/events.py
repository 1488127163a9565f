"""What the core tells, as typed Python values."""

import enum
from dataclasses import dataclass


class Kind(enum.IntEnum):
    """Event kinds; the same names and numbers as `enum lc_event_kind` (a test compares them)."""

    ACK = 1
    RING = 2
    RING_STOP = 3
    LOOP_DROP = 4
    POLARITY = 5
    BATTERY = 6
    OFFHOOK = 7
    ONHOOK = 8
    FLASH = 9
    PULSE = 10
    LINE_STATE = 11
    SURPRISE = 12
    DIGIT = 13
    DIGIT_END = 14
    TONE = 15
    TONE_END = 16
    CALLERID = 17
    VOICE = 18
    PLAY_DONE = 19
    RECORD_DONE = 20
    RECORD_ERROR = 21
    RING_END = 22
    PULSED = 23
    CADENCE = 24
    RECORD_GAP = 25
    WAITING = 26
    ALERT = 27
    ECHO_OFF = 28
    KEY_SUSPECTED = 29
    LAMP = 30
    MESSAGES = 31
    CARD = 32


class LineState(enum.IntEnum):
    """States of a port's signalling machine (`enum lc_line_state`)."""

    IDLE = 0
    RINGING = 1
    OFFHOOK = 2
    FLASHING = 3
    GUARD = 4
    DEAD = 5
    DATA = 6


class Feed(enum.IntEnum):
    """What a station port puts on its wire (`enum lc_feed`)."""

    NORMAL = 0
    REVERSED = 1
    OFF = 2


class Ear(enum.IntFlag):
    """What a port listens for (`enum lc_ear`)."""

    NONE = 0
    DTMF = 1
    TONE = 2
    CALLERID = 4
    VOICE = 8
    ALERT = 16
    EARLY = 32


class Waiting(enum.IntEnum):
    """How call waiting at a telephone ended (`enum lc_waiting_result`)."""

    SENT = 1
    TONE_ONLY = 2
    NO_ACK = 3
    CUT = 4


class LampWay(enum.IntEnum):
    """How a telephone's message lamp is lit (`enum lc_lamp_way`)."""

    FSK = 0
    VOLTAGE = 1


class LampResult(enum.IntEnum):
    """How that ended, by FSK (`enum lc_lamp_result`)."""

    SENT = 1
    CUT = 2


class How(enum.IntFlag):
    """How a recorder records (`enum lc_record_how`)."""

    PLAIN = 0
    SILENT = 1
    STILL = 2


@dataclass(frozen=True, slots=True)
class PortEvent:
    """News from a port. `tick` is when it was reported, `at` the sample count when it began; meaning of
    `value`, `extra` and `text` per kind: linecard.h, `enum lc_event_kind`."""

    tick: int
    at: int
    kind: Kind
    port: int
    value: int
    extra: int
    text: tuple[str, ...]

    @property
    def word(self) -> str:
        """The first part of the text: the digit, the tone's name, the caller's number."""
        return self.text[0] if self.text else ""


@dataclass(frozen=True, slots=True)
class Played:
    """How a player ended: `ms` were played; `stopped` tells that it was cut short."""

    ms: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a recorder ended: `ms` are in the file; `error` is 0 or a positive errno (the file is still valid)."""

    ms: int
    error: int
