"""All that a board has at its front."""

from collections.abc import Mapping
from dataclasses import asdict

from firmware.api.server import Handler
from firmware.bus import Bus
from firmware.config import Board
from firmware.panel.panel import Panel
from firmware.panel.smdr import Printer


class Front:
    """`start()` in the loop, `close()`; `handlers` are the intents that this box understands because of it."""

    def __init__(self, bus: Bus, board: Board) -> None:
        self._panel = None if board.panel is None else Panel(bus, board.panel)
        self._printer = None if board.smdr is None else Printer(bus, board.smdr)

    def start(self) -> None:
        """Shows and prints from now on."""
        for part in (self._panel, self._printer):
            if part is not None:
                part.start()

    def close(self) -> None:
        """Shows that nobody answers any more."""
        for part in (self._panel, self._printer):
            if part is not None:
                part.close()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """None without a panel: the intent is then refused in words."""
        return {} if self._panel is None else {"panel.silence": self._panel.silence}

    def counters(self) -> dict[str, int]:
        """Of the printer of call records; empty without one."""
        return {} if self._printer is None else asdict(self._printer.port.counters)
