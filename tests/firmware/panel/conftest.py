"""A real serial line: a pseudo terminal, its other end in the test's hands."""

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable, Iterator

import pytest

from firmware.bus import Bus, Event

WITHIN_S = 20.0


class Device:
    """What hangs at the end of the cable. `path` is where the box finds it."""

    def __init__(self) -> None:
        self.far, near = os.openpty()
        tty.setraw(self.far)
        tty.setraw(near)
        os.set_blocking(self.far, False)
        self.path = os.ttyname(near)
        self._near: int | None = near  # held, so that the line outlives whoever opens it
        self._got = b""

    def take(self) -> bytes:
        """What has come; waits for nothing."""
        with contextlib.suppress(BlockingIOError, OSError):
            while piece := os.read(self.far, 65536):
                self._got += piece
        return self._got

    async def line(self) -> str:
        """The next line."""
        async with asyncio.timeout(WITHIN_S):
            while b"\n" not in self.take():
                news = asyncio.Event()
                asyncio.get_running_loop().add_reader(self.far, news.set)
                await news.wait()
                asyncio.get_running_loop().remove_reader(self.far)
        line, _, self._got = self._got.partition(b"\n")
        return line.decode().strip()

    def say(self, text: str) -> None:
        os.write(self.far, text.encode())

    def unplug(self) -> None:
        for end in (self.far, self._near):
            if end is not None:
                os.close(end)
        self._near = None
        self.far = -1


@pytest.fixture
def device() -> Iterator[Device]:
    found = Device()
    yield found
    if found.far >= 0:
        found.unplug()


class Told:
    """A bus with its ear."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.bus = Bus(lambda: 1_767_600_000.0)
        self.bus.subscribe(self._heard)
        self._waits: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        for fits, future in self._waits:
            if fits(event) and not future.done():
                future.set_result(event)

    async def until(self, kind: str, name: str) -> Event:
        """The event of this kind about this alarm, also one told already."""

        def fits(event: Event) -> bool:
            return event.kind == kind and event.data.get("name") == name

        for event in self.events:
            if fits(event):
                return event
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waits.append((fits, future))
        async with asyncio.timeout(WITHIN_S):
            return await future


@pytest.fixture
def told() -> Told:
    return Told()
