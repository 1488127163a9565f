"""The page's side of the socket, for threads: no asyncio, no imports of the box's insides."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from firmware.api.messages import LINE_MAX, Refused, Reply

MESSAGE_MAX = 4 * 1024 * 1024


class BoxAway(Exception):
    """callboxd does not answer: not running, restarting, or too slow."""


class ApiClient:
    """One connection, for one thread. `timeout` is seconds without any answer."""

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        self._next = 1
        self._held = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise BoxAway(f"the box does not answer at {path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Twice is fine."""
        self._socket.close()

    def __enter__(self) -> "ApiClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def request(self, intent: str, **args: Any) -> dict[str, Any]:
        """The intent's result. Raises Refused (the box says no, in words) or BoxAway."""
        number, self._next = self._next, self._next + 1
        message = json.dumps({"id": number, "intent": intent, "args": args}).encode() + b"\n"
        if len(message) > LINE_MAX:
            raise Refused(
                f"{intent}: {len(message)} bytes are too many for one message, at most {LINE_MAX} may be sent"
            )
        try:
            self._socket.sendall(message)
        except OSError as error:
            raise BoxAway(f"the box went away: {error.strerror or error}") from error
        while True:
            found = self._receive()
            if "push" in found:
                continue
            try:
                reply = Reply.model_validate(found)
            except ValidationError as error:
                raise BoxAway("the box gave an answer that is not understood") from error
            if not reply.ok:
                raise Refused(
                    reply.error or "the box said no without a reason", code=reply.code or "", **reply.holes or {}
                )
            if reply.id == number:
                return reply.result or {}

    def subscribe(self, *, events: bool = False, idle: float | None = None) -> Iterator[dict[str, Any]]:
        """Pushes for ever, a snapshot first. With `idle`, yields {} whenever nothing came for so many seconds."""
        self.request("subscribe", events=events)
        self._socket.settimeout(idle)
        while True:
            try:
                yield self._receive()
            except TimeoutError:
                yield {}

    def _receive(self) -> dict[str, Any]:
        """The next message. What has come of a line is kept over a time-out, which here means: too slow."""
        while (end := self._held.find(b"\n")) < 0:
            try:
                piece = self._socket.recv(65536)
            except TimeoutError as error:
                raise _Slow("the box did not answer in time") from error
            except OSError as error:
                raise BoxAway(f"the box went away: {error.strerror or error}") from error
            if not piece or len(self._held) > MESSAGE_MAX:
                raise BoxAway("the box closed the connection")
            self._held += piece
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        try:
            found = json.loads(line)
        except ValueError as error:
            raise BoxAway("the box gave an answer that is not understood") from error
        if not isinstance(found, dict):
            raise BoxAway("the box gave an answer that is not understood")
        return found


class _Slow(BoxAway, TimeoutError):
    """No answer in time: for `subscribe` merely a quiet moment."""
