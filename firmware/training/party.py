"""Somebody outside who is in a call with the box, through a line of the exchange: mouth, fingers and ears."""

from pathlib import Path

from firmware.training.exchange import ExchangeLine


class Party:
    """One end of a call; the other is the box, at the other end of `line`."""

    def __init__(self, line: ExchangeLine, number: str) -> None:
        self.line = line
        self.number = number

    async def presses(self, digits: str) -> None:
        """Presses keys; returns when they are sent."""
        await self.line.handset.press(digits)

    async def speaks(self, path: Path, repeat: bool = False) -> None:
        """Says a file to its end; with `repeat` until he is stopped."""
        await self.line.handset.speak(path, repeat)

    async def hears_hang_up(self) -> None:
        """Waits until the other side has released the line."""
        await self.line.until_released()

    async def hangs_up(self) -> None:
        """Puts the handset down; his receiver's file is closed."""
        self.line.handset.silent()
        self.line.party_hung_up()
        await self.line.handset.put_down()
