"""The box's side of the socket: intents in, snapshots and events out. It never waits for a client.

Each client has a bounded buffer; one that does not read is cut and counted, the others and the calls go on.
"""

import asyncio
import errno
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from firmware.api.messages import INTENTS, LINE_MAX, PROTOCOL, Message, Refused, Reply, Request, Subscribe
from firmware.bus import Event
from firmware.errors import UserError
from firmware.snapshot import Snapshot

log = logging.getLogger(__name__)

BUFFER_MAX = 2 * 1024 * 1024
SNAPSHOT_S = 0.1

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class ApiError(UserError):
    """The socket cannot be opened; the message says why."""


@dataclass
class ApiCounters:
    """`cut`: clients that did not read in time. `refused`: messages that were not understood or not permitted."""

    clients: int = 0
    cut: int = 0
    requests: int = 0
    refused: int = 0


@dataclass(eq=False)
class _Client:
    writer: asyncio.StreamWriter
    snapshots: bool = False
    events: bool = False
    gone: bool = field(default=False)


class ApiServer:
    """`handlers` maps an intent of the catalogue to a coroutine function that takes its validated arguments.

    hello, snapshot and subscribe are the server's own; an intent without a handler is refused in words.
    """

    def __init__(
        self, path: Path, snapshot: Callable[[], Snapshot], handlers: Mapping[str, Handler], *, version: str = ""
    ) -> None:
        self.counters = ApiCounters()
        unknown = set(handlers) - set(INTENTS)
        if unknown:
            raise ValueError(f"no such intent in the catalogue: {', '.join(sorted(unknown))}")
        self._path = path
        self._snapshot = snapshot
        self._handlers = dict(handlers)
        self._version = version
        self._clients: set[_Client] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._due: asyncio.TimerHandle | None = None
        self._sent_at = float("-inf")

    async def start(self, mode: int = 0o600) -> None:
        """Listens; `mode` are the socket's rights. ApiError if another box serves this path."""
        listener = listener_at(self._path, mode)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LINE_MAX)

    async def stop(self) -> None:
        """Closes every client and removes the socket. Twice is fine."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._path.unlink(missing_ok=True)
        for client in list(self._clients):
            self._drop(client)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- out ----------------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """The bus's subscriber; subscribe it after the live view, whose snapshot it sends."""
        listeners = [client for client in self._clients if client.events]
        if listeners:
            message = {"push": "event", "event": asdict(event)}
            for client in listeners:
                self._send(client, message)
        self.changed()

    def changed(self) -> None:
        """A snapshot is due: now, or SNAPSHOT_S after the last one."""
        if self._due is not None or self._server is None:
            return
        loop = asyncio.get_running_loop()
        self._due = loop.call_at(max(loop.time(), self._sent_at + SNAPSHOT_S), self._push)

    def _push(self) -> None:
        self._due = None
        watchers = [client for client in self._clients if client.snapshots]
        if not watchers:
            return
        self._sent_at = asyncio.get_running_loop().time()
        message = self._snapshot_message()
        for client in watchers:
            self._send(client, message)

    def _snapshot_message(self) -> dict[str, Any]:
        return {"push": "snapshot", "snapshot": self._snapshot().model_dump(mode="json")}

    def _send(self, client: _Client, message: dict[str, Any]) -> None:
        if client.gone:
            return
        client.writer.write(json.dumps(message, ensure_ascii=False, default=str).encode() + b"\n")
        if client.writer.transport.get_write_buffer_size() > BUFFER_MAX:
            self.counters.cut += 1
            log.warning("a client of the socket does not read; cut")
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        client.gone = True
        client.writer.transport.abort()

    # -- in -----------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._clients.add(client)
        self.counters.clients += 1
        try:
            while not client.gone and (line := await self._line(client, reader)):
                await self._handle(client, line)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._clients.discard(client)
            self._tasks.discard(task)
            writer.close()

    async def _line(self, client: _Client, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ValueError:
            # The rest of the line is still under way and would be read as messages: answer, then end.
            self._refuse(client, None, f"a message may have at most {LINE_MAX} bytes")
            return b""

    async def _handle(self, client: _Client, line: bytes) -> None:
        self.counters.requests += 1
        number = None
        try:
            request = Request.model_validate_json(line)
            number = request.id
            if request.intent not in INTENTS:
                words = f"unknown intent {request.intent!r}; there are {', '.join(sorted(INTENTS))}"
                raise Refused(words, code="not_done")
            args = INTENTS[request.intent].model_validate(request.args)
            result = await self._answer(request.intent, args)
        except ValidationError as error:
            self._refuse(client, number, f"not understood: {_first(error)}")
        except Refused as error:
            self._refuse(client, number, str(error), error.code, error.holes)
        except Exception:
            log.exception("a request failed: %s", line[:200])
            self._refuse(client, number, "the box failed on this request; its log tells more")
        else:
            self._send(client, Reply(id=number, ok=True, result=result).model_dump(exclude_none=True))
            if isinstance(args, Subscribe):
                client.snapshots, client.events = True, args.events
                self._send(client, self._snapshot_message())

    async def _answer(self, intent: str, args: Message) -> dict[str, Any]:
        if intent in self._handlers:
            return await self._handlers[intent](args)
        match intent:
            case "hello":
                return {"protocol": PROTOCOL, "version": self._version, "intents": sorted(INTENTS)}
            case "snapshot":
                return self._snapshot().model_dump(mode="json")
            case "subscribe":
                return {}
        raise Refused(f"this box does not do {intent}", code="not_done")

    def _refuse(self, client: _Client, request: int | None, words: str, code: str = "", holes: Any = None) -> None:
        self.counters.refused += 1
        reply = Reply(id=request, ok=False, error=words, code=code or None, holes=holes or None)
        self._send(client, reply.model_dump(mode="json"))


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def listener_at(path: Path, mode: int) -> socket.socket:
    """A bound socket with its rights set before anybody can reach it. A dead box's left-over is removed."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket() and not _answers(path):
            path.unlink()
        umask = os.umask(0o777 & ~mode)
        try:
            listener.bind(str(path))
        finally:
            os.umask(umask)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ApiError(f"another box is running on {path.parent}: {path.name} is being served") from error
        raise ApiError(f"cannot open {path}: {error.strerror or error}") from error
    listener.setblocking(False)
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        return True
