"""An outside caller: dials through the exchange, listens, presses keys, speaks, hangs up."""

from pathlib import Path
from typing import Literal

from drivers.binding.events import Kind
from firmware.training.exchange import ExchangeLine

AGENT_MARK = "D"  # training agents press it on picking up, so that a caller can tell a person from music by ear
PATIENCE_S = 60.0


class Caller:
    """One caller, on one line of the exchange. `patience_s` is how long he lets it ring."""

    def __init__(
        self, line: ExchangeLine, number: str, name: str = "", *,
        withheld: Literal["private", "unavailable"] | None = None, patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self.line = line
        self.number = number
        self.name = name
        self.withheld = withheld
        self.patience_s = patience_s

    async def dials(self, write_down: Path | None = None) -> bool:
        """Calls; True once answered, False when his patience ended first. `write_down`: his receiver's file."""
        if write_down is not None:
            self.line.handset.write_down(write_down)
        return await self.line.ring(self.number, self.name, self.withheld, self.patience_s)

    async def hears_agent(self, within: float) -> bool:
        """Waits for a training agent's mark; False when his patience ended first."""
        try:
            await self.line.handset.until(Kind.DIGIT, AGENT_MARK, within=within)
        except TimeoutError:
            return False
        return True

    async def hears_hang_up(self) -> None:
        """Waits until the other side has released the line."""
        await self.line.until_released()

    async def presses(self, digits: str) -> None:
        """Presses keys; returns when they are sent."""
        await self.line.handset.press(digits)

    async def speaks(self, path: Path, repeat: bool = False) -> None:
        """Says a file to its end; with `repeat` until he is stopped."""
        await self.line.handset.speak(path, repeat)

    async def hangs_up(self) -> None:
        """Puts the handset down; his receiver's file is closed."""
        self.line.handset.silent()
        self.line.caller_hung_up()
        await self.line.handset.put_down()
