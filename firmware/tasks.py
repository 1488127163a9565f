"""Tasks of the loop: waiting for the end of several."""

import asyncio
from collections.abc import Collection
from typing import Any


async def ended(tasks: Collection["asyncio.Future[Any]"]) -> None:
    """Waits until all are done, also when cancelled: that is raised afterwards."""
    cancelled: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
