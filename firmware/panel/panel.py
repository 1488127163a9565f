"""Status lamp and buzzer: green while all is well, red and a sound when an alarm comes, until somebody silences it."""

import asyncio
import logging
import termios
from collections.abc import Callable, Collection
from typing import Any, Protocol

import serial

from firmware.api.messages import Nothing
from firmware.bus import Bus, Event
from firmware.config.board import GpioPanel, LinePanel, PanelBoard, RelayPanel
from firmware.panel.look import Look, look
from firmware.panel.port import RETRY_S, SerialPort

log = logging.getLogger(__name__)

ALARM = "panel"
TEST_S = 2.0
BEAT_S = 5.0  # so often the look is said again: a panel that hears nothing for three of them shows that the box is gone


class Lights(Protocol):
    """Whatever shows a look. `show` never waits; OSError when the device is not there."""

    def start(self) -> None: ...

    def show(self, what: Look) -> None: ...

    def close(self) -> None: ...


class Panel:
    """`start()` in the loop, `close()`; `silence` is the api's intent `panel.silence`."""

    def __init__(
        self, bus: Bus, board: PanelBoard, *, retry_s: float = RETRY_S, standing: Collection[str] = ()
    ) -> None:
        self._bus = bus
        self._standing: set[str] = set(standing)
        self._newest: float | None = None
        self._silenced = False
        self.away: str | None = None  # why the device cannot be reached
        self._tests: float | None = None  # until when it is tried
        self._retry_s = retry_s
        self._lights = _lights(board, self._state, self._heard, retry_s)
        self._timer: asyncio.TimerHandle | None = None
        self._leave: Callable[[], None] | None = None

    def start(self) -> None:
        """Shows from now on what is the matter."""
        self._leave = self._bus.subscribe(self._event)
        self._lights.start()
        self._show()

    def close(self) -> None:
        """The lamp goes red: nobody answers calls any more."""
        if self._leave is not None:
            self._leave()
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._lights.show(Look("red", False))
        except OSError as error:
            log.warning("the panel cannot be told that the box stops: %s", error)
        self._lights.close()

    def forget(self) -> None:
        """After `close`: it is not there on purpose any more."""
        self._state(True, "")

    def test(self) -> None:
        """The lamp goes red and the buzzer sounds for TEST_S."""
        self._tests = asyncio.get_running_loop().time() + TEST_S
        self._show()

    async def silence(self, _: Nothing) -> dict[str, Any]:
        """The buzzer is quiet until the next new alarm."""
        self._silenced = True
        self._show()
        return {"standing": sorted(self._standing)}

    # -- inside ------------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> None:
        name = str(event.data.get("name", ""))
        if event.kind == "alarm.raised" and name not in self._standing:
            self._standing.add(name)
            self._newest, self._silenced = asyncio.get_running_loop().time(), False
        elif event.kind == "alarm.cleared" and name in self._standing:
            self._standing.discard(name)
        else:
            return
        asyncio.get_running_loop().call_soon(self._show)  # what it may publish comes after this event

    def _show(self) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        now = look(self._standing, self._newest, self._silenced, loop.time())
        if self._tests is not None and loop.time() < self._tests:
            now = Look("red", True, self._tests - loop.time())
        try:
            self._lights.show(now)
        except OSError as error:
            self._state(False, error.strerror or str(error))
        else:
            if not isinstance(self._lights, _LineLights):
                self._state(True, "")
        again = BEAT_S if now.again_s is None else min(BEAT_S, now.again_s)
        self._timer = loop.call_later(again, self._show)

    def _heard(self, line: str) -> None:
        if line == "SILENCE":
            self._silenced = True
            self._show()
        elif line:
            log.warning("the panel says %r, which means nothing", line[:40])

    def _state(self, well: bool, why: str) -> None:
        """Never inside a subscriber of the bus."""
        if not well and self.away is None:
            self.away = why
            self._bus.publish("alarm.raised", name=ALARM, text=why)
        elif well and self.away is not None:
            self.away = None
            self._bus.publish("alarm.cleared", name=ALARM)


class _LineLights:
    """The line protocol of docs/keeping.md, for a panel with a processor of its own."""

    def __init__(
        self, board: LinePanel, state: Callable[[bool, str], None], heard: Callable[[str], None], retry_s: float
    ) -> None:
        self._port = SerialPort(board.device, board.baud, 4, retry_s=retry_s, on_state=state, on_line=heard)

    def start(self) -> None:
        self._port.start()

    def show(self, what: Look) -> None:
        self._port.send(f"LAMP {what.lamp.upper()}\r\nBUZZ {'ON' if what.buzzer else 'OFF'}\r\n".encode())

    def close(self) -> None:
        self._port.close()


class _RelayLights:
    """Two wires of a serial port: a relay or transistor at each."""

    def __init__(self, board: RelayPanel) -> None:
        self._board = board
        self._port: serial.SerialBase | None = None

    def start(self) -> None:
        """Opened by the first look."""

    def show(self, what: Look) -> None:
        try:
            if self._port is None:
                self._port = serial.serial_for_url(self._board.device, timeout=0)
                _keep_wires(self._port)
            wires = {self._board.lamp: what.lamp == "red", self._board.buzzer: what.buzzer}
            self._port.dtr, self._port.rts = wires.get("dtr", False), wires.get("rts", False)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None


def _keep_wires(port: serial.SerialBase) -> None:
    """Else the system lets both wires fall when the port is closed, and a box that has stopped would look well."""
    if isinstance(port, serial.Serial):
        how = termios.tcgetattr(port.fileno())
        how[2] &= ~termios.HUPCL
        termios.tcsetattr(port.fileno(), termios.TCSANOW, how)


class _GpioLights:
    """Lines of a GPIO chip, through the kernel's character device."""

    def __init__(self, board: GpioPanel) -> None:
        self._board = board
        self._lines: Any = None

    def start(self) -> None:
        """Requested by the first look."""

    def show(self, what: Look) -> None:
        import gpiod  # only a box with such a panel needs the library

        board = self._board
        wanted = {board.green: what.lamp == "green", board.red: what.lamp == "red", board.buzzer: what.buzzer}
        wanted.pop(None, None)
        try:
            if self._lines is None:
                settings = gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT, active_low=board.active_low)
                lines = tuple(line for line in wanted if line is not None)
                self._lines = gpiod.request_lines(board.chip, consumer="callbox", config={lines: settings})
            value = gpiod.line.Value
            self._lines.set_values({line: value.ACTIVE if on else value.INACTIVE for line, on in wanted.items()})
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._lines is not None:
            self._lines.release()
            self._lines = None


def _lights(
    board: PanelBoard, state: Callable[[bool, str], None], heard: Callable[[str], None], retry_s: float
) -> Lights:
    match board:
        case LinePanel():
            return _LineLights(board, state, heard, retry_s)
        case RelayPanel():
            return _RelayLights(board)
        case GpioPanel():
            return _GpioLights(board)
