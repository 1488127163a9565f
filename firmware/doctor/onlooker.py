"""While somebody looks at an outside line, every caller id also as it came: its octets, told among the line's news.

The box's own receiver tells fields; whoever looks for the reason why there are none needs the characters, also of a
message that the receiver did not take for one. So the line is listened to, only while it is looked at, and what
`received` finds in the last seconds is told when the receiver has spoken, or the ringing went on or ended without it.
"""

import asyncio
import logging

from drivers.binding.engine import CoreError
from drivers.binding.events import Kind, LineState, PortEvent
from firmware.doctor.received import received
from firmware.doctor.seized import listening
from firmware.doctor.trace import Trace
from firmware.lines import Line
from firmware.tasks import ended

log = logging.getLogger(__name__)

LOOKED_S = 5.0  # without another look nobody looks any more
HEARD_S = 12  # the first ring, the silence behind it, a message
AT_ONCE = 4  # lines: taps are few, and an examination needs two


class Onlookers:
    """Of all lines. `look` each time somebody looks; `close` at the end."""

    def __init__(self) -> None:
        self._until: dict[Line, float] = {}
        self._tasks: dict[Line, asyncio.Task[None]] = {}

    def look(self, line: Line, trace: Trace) -> None:
        """Somebody looks at this line."""
        self._until[line] = asyncio.get_running_loop().time() + LOOKED_S
        if line in self._tasks or len(self._tasks) >= AT_ONCE or len(line.port.engine.taps_free) <= AT_ONCE:
            return
        task = asyncio.create_task(self._listen(line, trace), name=f"onlooker of line {line.number}")
        self._tasks[line] = task
        task.add_done_callback(lambda _: self._tasks.pop(line, None))

    async def close(self) -> None:
        """Nobody looks any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await ended(tasks)

    async def _listen(self, line: Line, trace: Trace) -> None:
        port, loop = line.port, asyncio.get_running_loop()
        news: asyncio.Queue[PortEvent] = asyncio.Queue()
        port.watchers.append(news.put_nowait)
        told = False  # of this ringing
        try:
            async with listening(port.engine, port.source, port.gains[0]) as ear:
                while (left := self._until[line] - loop.time()) > 0:
                    try:
                        event = await asyncio.wait_for(news.get(), min(1.0, left))
                    except TimeoutError:
                        ear.forget(HEARD_S)
                        continue
                    told = told and not _begins(event)
                    if told or not _is_time(event):
                        continue
                    came = await asyncio.to_thread(received, ear.since(0))
                    if came is not None:
                        trace.came(came.scheme, came.octets.hex(" ").upper() or came.keys, came.checksum, came.dbm0)
                        told = True
                        ear.forget(0)
        except CoreError as error:
            log.warning("line %d cannot be listened to for its caller ids: %s", line.number, error)
        finally:
            port.watchers.remove(news.put_nowait)


def _begins(event: PortEvent) -> bool:
    return (event.kind is Kind.RING and event.value == 1) or event.kind is Kind.CALLERID


def _is_time(event: PortEvent) -> bool:
    """The receiver has told of one, or it would have come by now."""
    if event.kind is Kind.LINE_STATE:
        return event.value == LineState.OFFHOOK
    return event.kind in (Kind.CALLERID, Kind.RING_STOP) or (event.kind is Kind.RING and event.value > 1)
