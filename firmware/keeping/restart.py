"""Starting again when asked: at once, or when nobody is on the line."""

import asyncio
from collections.abc import Callable
from typing import Any

from firmware.api.messages import BoxRestart

LOOK_S = 0.5


class Restart:
    """`ask` is the api's intent; `stop` is what ends the box, `calls` tells how many are under way."""

    def __init__(self, stop: "asyncio.Future[str]", calls: Callable[[], int]) -> None:
        self.due = False
        self._stop = stop
        self._calls = calls
        self._waiting: asyncio.Task[None] | None = None

    async def ask(self, wanted: BoxRestart) -> dict[str, Any]:
        """How many calls are under way; the box stops after the answer has gone."""
        loop = asyncio.get_running_loop()
        if wanted.when == "now":
            loop.call_soon(self._end)
        elif self._waiting is None:
            self._waiting = asyncio.create_task(self._when_idle(), name="restart when idle")
        return {"calls": self._calls()}

    def close(self) -> None:
        """The box ends, whatever for."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def _when_idle(self) -> None:
        while self._calls():  # noqa: ASYNC110 - no event tells that the last call has been put away
            await asyncio.sleep(LOOK_S)
        self._end()

    def _end(self) -> None:
        if not self._stop.done():
            self.due = True
            self._stop.set_result("a restart was asked for")
