"""What hangs at the box's serial ports: section "devices" of the setup."""

from typing import Annotated

from pydantic import Field

from firmware.config.board import GpioPanel, LinePanel, RelayPanel, Smdr
from firmware.setup.base import Section


class Devices(Section):
    """`as_board`: what the board's file names, and nothing of this. Else `lamp`: status lamp and buzzer, `printer`: the
    printer of call records; None: there is none."""

    as_board: bool = True
    lamp: Annotated[LinePanel | RelayPanel | GpioPanel, Field(discriminator="kind")] | None = None
    printer: Smdr | None = None
