"""Orders to the core: a command on its way, what a refusal looks like, and how words reach C."""

import asyncio
import os
from collections.abc import Generator
from typing import Any

from drivers.binding._core import lib

TEXT_MOST: int = lib.LC_COMMAND_TEXT - 1


class CoreError(OSError):
    """The core refused: `errno`, and words that name the operation and the port."""


class Order:
    """A command on its way. Awaiting it gives None once the core has applied it, or raises CoreError."""

    __slots__ = ("_waiter", "error", "what")

    def __init__(self, what: str) -> None:
        self.what = what
        self.error: int | None = None
        self._waiter: asyncio.Future[None] | None = None

    def settle(self, error: int) -> bool:
        """Called once by the engine; tells whether somebody awaits it."""
        self.error = error
        if self._waiter is None:
            return False
        if not self._waiter.done():
            if error:
                self._waiter.set_exception(self._exception())
            else:
                self._waiter.set_result(None)
        return True

    def _exception(self) -> CoreError:
        return CoreError(self.error or 0, f"{self.what}: {os.strerror(self.error or 0)}")

    def __await__(self) -> Generator[Any, None, None]:
        if self.error is None:
            self._waiter = asyncio.get_running_loop().create_future()
            yield from self._waiter
        elif self.error:
            raise self._exception()


def c_text(*parts: str) -> bytes:
    """Parts with a NUL after each; what does not fit is a ValueError."""
    text = b"".join(part.encode() + b"\0" for part in parts)
    if len(text) > TEXT_MOST:
        raise ValueError(f"{parts!r} is too long: {len(text)} bytes, at most {TEXT_MOST}")
    return text


def c_path(path: str | os.PathLike[str]) -> bytes:
    """The path as the core takes it; one that does not fit is a ValueError."""
    raw = os.fsencode(path)
    if len(raw) > TEXT_MOST:
        raise ValueError(f"path too long for the core ({len(raw)} bytes, at most {TEXT_MOST}): {path}")
    return raw


def check(result: int, what: str) -> int:
    """What a function of linecard.h gave; CoreError if that is an error."""
    if result < 0:
        raise CoreError(-result, f"{what}: {os.strerror(-result)}")
    return result
