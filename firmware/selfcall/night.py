"""The nightly call: chooses the way that this card allows, makes it, and tells."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.api.messages import BUSY, Nothing, Refused
from firmware.config import Board
from firmware.selfcall import inside, looped, simulated
from firmware.selfcall.result import Box, Result
from firmware.training.live import Training

log = logging.getLogger(__name__)

ALARM = "selfcall"


class SelfCall:
    """`await make()`. `box` tells anew what may be touched; `training`: the far ends of a simulated card."""

    def __init__(self, box: Callable[[], Box], board: Board, training: Training | None) -> None:
        self._box = box
        self._board = board
        self._training = training
        self._busy = False

    async def ask(self, _: Nothing) -> dict[str, Any]:
        """The api's intent: makes it now, which takes about a minute; what `selfcall.done` carries. Refused while one
        is being made, or while somebody is on the line."""
        if self._busy or any(line.engaged for line in self._box().lines.values()):
            raise Refused("somebody is on the line", code=BUSY)
        return self.told(await self.make())

    async def make(self) -> Result:
        """The call, `selfcall.done`, and the alarm if something did not hold; cleared by the next good one."""
        box = self._box()
        result = Result("simulated" if self._training else "looped" if self._board.selfcall else "inside")
        self._busy = True
        try:
            with tempfile.TemporaryDirectory(prefix="callbox-selfcall-") as folder:
                await self._way(box, Path(folder), result)
        except Refused:
            result.why = "busy"
        except Exception as error:
            log.exception("the self-call failed")
            result.why = f"{type(error).__name__}: {error}"
        finally:
            self._busy = False
        data = self.told(result)
        box.bus.publish("selfcall.done", **data)
        if data["ok"] is False:
            words = ", ".join(result.failed) or str(result.why)
            box.bus.publish("alarm.raised", name=ALARM, text=words, failed=result.failed)
        elif data["ok"]:
            box.bus.alarm_over(ALARM)
        return result

    @staticmethod
    def told(result: Result) -> dict[str, Any]:
        """As the event carries it; one that broke off is not well."""
        broken = result.why is not None and result.why != "busy"
        return result.data() | ({"ok": False} if broken else {})

    async def _way(self, box: Box, folder: Path, result: Result) -> None:
        cable = self._board.selfcall
        if self._training is not None:
            async with self._training.alone() as world:
                await simulated.call(box, world, folder, result)
        elif cable is not None:
            await looped.call(box, box.lines[cable.line], box.stations[cable.station], folder, result)
        else:
            await inside.call(box, folder, result)
