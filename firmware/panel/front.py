"""All that is at the box's front: by the board's file, or by what people set up."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from firmware.api.messages import Nothing, Refused
from firmware.api.server import Handler
from firmware.bus import Bus
from firmware.config import Board
from firmware.config.board import PanelBoard, Smdr
from firmware.panel.panel import Panel
from firmware.panel.ports import ports
from firmware.panel.section import Devices
from firmware.panel.smdr import Printer


class Front:
    """`start()` in the loop, `close()`; `use` after each change of the section; `handlers` are the api's intents."""

    def __init__(self, bus: Bus, board: Board, devices: Devices | None = None) -> None:
        self._bus = bus
        self._board = board
        self._devices = devices or Devices()
        self._panel: Panel | None = None
        self._printer: Printer | None = None
        self._running = False

    def start(self) -> None:
        """Shows and prints from now on."""
        self._running = True
        lamp, printer = self._wanted(self._devices)
        self._open_panel(lamp)
        self._open_printer(printer)

    def close(self) -> None:
        """Shows that nobody answers any more."""
        self._running = False
        for part in (self._panel, self._printer):
            if part is not None:
                part.close()

    def use(self, devices: Devices) -> None:
        """Goes on with these; what stays as it is is not disturbed."""
        before, self._devices = self._wanted(self._devices), devices
        lamp, printer = self._wanted(devices)
        if not self._running:
            return
        if lamp != before[0]:
            if self._panel is not None:
                self._panel.close()
                self._panel.forget()
            self._open_panel(lamp)
        if printer != before[1]:
            if self._printer is not None:
                self._printer.close()
                self._printer.forget()
            self._open_printer(printer)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By intent."""
        return {"panel.silence": self._silence, "panel.state": self._state, "panel.test": self._test}

    def counters(self) -> dict[str, int]:
        """Of the printer of call records; empty without one."""
        return {} if self._printer is None else asdict(self._printer.port.counters)

    # -- inside ------------------------------------------------------------------------------------------------

    def _wanted(self, devices: Devices) -> tuple[PanelBoard | None, Smdr | None]:
        return (self._board.panel, self._board.smdr) if devices.as_board else (devices.lamp, devices.printer)

    def _open_panel(self, lamp: PanelBoard | None) -> None:
        self._panel = None if lamp is None else Panel(self._bus, lamp, standing=self._bus.standing)
        if self._panel is not None:
            self._panel.start()

    def _open_printer(self, printer: Smdr | None) -> None:
        self._printer = None if printer is None else Printer(self._bus, printer)
        if self._printer is not None:
            self._printer.start()

    async def _silence(self, asked: Nothing) -> dict[str, Any]:
        if self._panel is None:
            raise Refused("this box has no panel with lamp and buzzer", code="no_panel")
        return await self._panel.silence(asked)

    async def _test(self, _: Nothing) -> dict[str, Any]:
        if self._panel is None and self._printer is None:
            raise Refused("nothing is set up at the box's front", code="nothing_at_front")
        if self._panel is not None:
            self._panel.test()
        if self._printer is not None:
            self._printer.test()
        return {"lamp": self._panel is not None, "printer": self._printer is not None}

    async def _state(self, _: Nothing) -> dict[str, Any]:
        """`why` a device cannot be reached, empty: it can."""
        lamp, printer = self._wanted(self._devices)
        return {
            "lamp": None if lamp is None or self._panel is None
            else {"device": getattr(lamp, "device", None) or getattr(lamp, "chip", ""), "why": self._panel.away or ""},
            "printer": None if printer is None or self._printer is None
            else {"device": printer.device, "why": self._printer.away, "waiting": self._printer.port.waiting,
                  **self.counters()},
            "ports": await asyncio.to_thread(ports),
        }  # fmt: skip
