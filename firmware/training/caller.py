"""An outside caller: dials through the exchange, listens, presses keys, speaks, hangs up."""

from pathlib import Path
from typing import Literal

from drivers.binding.events import Kind
from firmware.training.exchange import ExchangeLine
from firmware.training.party import Party

AGENT_MARK = "D"  # training agents press it on picking up, so that a caller can tell a person from music by ear
PATIENCE_S = 60.0


class Caller(Party):
    """One caller, on one line of the exchange. `patience_s` is how long he lets it ring."""

    def __init__(
        self, line: ExchangeLine, number: str, name: str = "", *,
        withheld: Literal["private", "unavailable"] | None = None, patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        super().__init__(line, number)
        self.name = name
        self.withheld = withheld
        self.patience_s = patience_s
        self.met_busy = False  # the subscriber was off-hook

    async def dials(self, write_down: Path | None = None) -> bool:
        """Calls; True once answered, False when the line was busy or his patience ended first. `write_down`: his
        receiver's file."""
        self.met_busy = self.line.offhook
        if self.met_busy:
            return False
        if write_down is not None:
            self.line.handset.write_down(write_down)
        return await self.line.ring(self.number, self.name, self.withheld, self.patience_s)

    async def hangs_up(self) -> None:
        """Puts the handset down; his receiver's file is closed."""
        if not self.met_busy:
            await super().hangs_up()

    async def hears_agent(self, within: float) -> bool:
        """Waits for a training agent's mark; False when his patience ended first."""
        try:
            await self.line.handset.until(Kind.DIGIT, AGENT_MARK, within=within)
        except TimeoutError:
            return False
        return True
