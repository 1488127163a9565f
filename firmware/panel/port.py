"""A serial device that may be unplugged, switched off or stuck: nothing waits for it, and it is looked for again."""

import asyncio
import contextlib
import errno
import fcntl
import os
import struct
import termios
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import serial

RETRY_S = 10.0
STUCK_S = 30.0  # a slow printer takes something meanwhile; one without paper nothing
PIECE = 4096


@dataclass
class PortCounters:
    """`dropped`: messages given up because the device did not take them. `breaks`: times it was lost."""

    sent: int = 0
    dropped: int = 0
    breaks: int = 0


class SerialPort:
    """Messages go out in order, whole; at most `most` wait, beyond them the oldest is given up and counted.

    `start()` in the loop, `close()` always. `on_state(True)` when the device is there, `on_state(False)` when it is
    not, or has taken nothing for `stuck_s` seconds or more; `on_line` gets what it sends, line by line."""

    def __init__(
        self, device: str, baud: int, most: int, *, xonxoff: bool = False, retry_s: float = RETRY_S,
        stuck_s: float = STUCK_S, on_state: Callable[[bool, str], None], on_line: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.counters = PortCounters()
        self.device = device
        self._baud = baud
        self._most = most
        self._xonxoff = xonxoff
        self._retry_s = retry_s
        self._stuck_s = stuck_s
        self._on_state = on_state
        self._on_line = on_line
        self._waiting: deque[bytes] = deque()
        self._rest = b""  # of the message under way
        self._heard = b""
        self._port: serial.Serial | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._seen = (0, 0)  # messages sent, bytes not yet taken, when it was last looked
        self._stuck = False
        self._well: bool | None = None

    def start(self) -> None:
        """Opens it, now or as soon as it is there."""
        self._open()

    def close(self) -> None:
        """What still waits is counted as dropped. Twice is fine."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._shut()
        self.counters.dropped += len(self._waiting)
        self._waiting.clear()

    def send(self, message: bytes) -> None:
        """Never waits."""
        self._waiting.append(message)
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            self.counters.dropped += 1
            self._told(False, "it does not take anything")
        self._write()

    @property
    def waiting(self) -> int:
        """Messages that the device has not taken yet."""
        return len(self._waiting) + bool(self._rest)

    # -- inside ------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._timer = None
        try:
            port = serial.Serial(self.device, self._baud, timeout=0, xonxoff=self._xonxoff, exclusive=True)
        except (OSError, ValueError) as error:  # pyserial's own error is an OSError
            self._away(_words(error))
            return
        self._port = port
        self._stuck = False
        loop = asyncio.get_running_loop()
        loop.add_reader(port.fileno(), self._readable)
        self._told(True, "")
        self._write()

    def _away(self, why: str) -> None:
        self._told(False, why)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._retry_s, self._open)

    def _broken(self, why: str) -> None:
        self.counters.breaks += 1
        self._shut()
        if self._rest:  # whoever comes next must not get half a message
            self._rest = b""
            self.counters.dropped += 1
        self._away(why)

    def _shut(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        port, self._port = self._port, None
        if port is not None:
            loop = asyncio.get_running_loop()
            if self._rest or self._stuck or self._xonxoff:
                # Else closing waits for the device to take the rest, half a minute, and everybody with it.
                with contextlib.suppress(termios.error):
                    termios.tcflush(port.fileno(), termios.TCOFLUSH)
            loop.remove_reader(port.fileno())
            loop.remove_writer(port.fileno())
            port.close()

    def _readable(self) -> None:
        assert self._port is not None
        try:
            piece = os.read(self._port.fileno(), PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            self._broken(_words(error))
            return
        if not piece:
            self._broken("it was unplugged")
            return
        *lines, self._heard = (self._heard + piece).split(b"\n")
        self._heard = self._heard[-PIECE:]
        for line in lines:
            if self._on_line is not None:
                self._on_line(line.decode("ascii", "replace").strip())

    def _write(self) -> None:
        """As much as the device takes; the rest when it can."""
        if self._port is not None and self._watching is None:
            self._seen = self._left()
            self._watching = asyncio.get_running_loop().call_later(self._stuck_s, self._watch)
        while self._port is not None and (self._rest or self._waiting):
            if not self._rest:
                self._rest = self._waiting.popleft()
            try:
                taken = os.write(self._port.fileno(), self._rest)
            except BlockingIOError:
                taken = 0
            except OSError as error:
                self._broken(_words(error))
                return
            self._rest = self._rest[taken:]
            if self._rest:
                asyncio.get_running_loop().add_writer(self._port.fileno(), self._write)
                return
            self.counters.sent += 1
        if self._port is not None:
            asyncio.get_running_loop().remove_writer(self._port.fileno())
            if not self._stuck:  # what the system has taken the device has not yet
                self._told(True, "")

    def _watch(self) -> None:
        """Whether it has taken anything since the last look: the system's own buffer takes many lines for a printer
        that prints none."""
        before, self._seen, self._watching = self._seen, self._left(), None
        self._stuck = bool(self._seen[1]) and self._seen == before
        if self._stuck:
            self._told(False, "it does not take anything")
        elif not self._waiting:
            self._told(True, "")
        if self._seen[1]:
            self._watching = asyncio.get_running_loop().call_later(self._stuck_s, self._watch)

    def _left(self) -> tuple[int, int]:
        """Messages sent, and bytes that the device has not taken."""
        assert self._port is not None
        try:
            (queued,) = struct.unpack("i", fcntl.ioctl(self._port.fileno(), termios.TIOCOUTQ, bytes(4)))
        except OSError:  # it has just gone, or cannot tell
            queued = 0
        return self.counters.sent, queued + len(self._rest)

    def _told(self, well: bool, why: str) -> None:
        if well != self._well:
            self._well = well
            asyncio.get_running_loop().call_soon(self._on_state, well, why)  # a bus's subscriber must not publish


def _words(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return "it is not plugged in"
    return os.strerror(number) if number else str(error)
