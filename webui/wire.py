"""A WebSocket between one browser and one training telephone of the box, in the thread that serves the request.

One thread waits for both: what came from the browser goes to the box's socket and the other way round. Neither is ever
waited for: sound that cannot be sent on is let go (its numbers tell the receiver), and a browser that takes nothing for
SLOW_S is hung up on. wsproto speaks the protocol; nothing here decides anything.
"""

import errno
import json
import selectors
import socket
import ssl
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from flask import Response
from werkzeug.datastructures import Headers
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Request,
    TextMessage,
)  # fmt: skip
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from firmware.api.client import BoxAway
from firmware.api.telephones import LONGEST, SOUND, WORDS, Malformed, Unpacker, packed

SUBPROTOCOL: Final = "callbox.telephone"
HEADERS: Final = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
                  "Sec-WebSocket-Protocol")  # fmt: skip
SLOW_S: Final = 5.0
SILENT_S: Final = 150.0  # nothing came from the browser: it is gone; one in the background says something every minute
LOOK_S: Final = 10.0  # so often it is asked whether he is still logged in
FRAMES_MOST: Final = 10  # sound that waits for the browser beyond the kernel's buffers
WORDS_MOST: Final = 200
KERNEL_BYTES: Final = 16 * 1024
READ: Final = 16 * 1024
BYE_S: Final = 1.0
ENDED, GOING_AWAY, MALFORMED, TOO_LARGE = 4000, 1001, 1007, 1009


class NoWebSocket(Exception):
    """The request does not open one."""


def handshake(headers: Headers) -> tuple[WSConnection, list[str]]:
    """The protocol's side for a request with these headers, and what follows the subprotocol's name in the list that
    the browser sent. Raises NoWebSocket."""
    lines = [f"{name}: {headers[name]}" for name in HEADERS if name in headers]
    if any(not line.isprintable() for line in lines):
        raise NoWebSocket
    protocol = WSConnection(ConnectionType.SERVER)
    try:
        protocol.receive_data("\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode("latin-1"))
        asked = next(protocol.events(), None)
    except (RemoteProtocolError, UnicodeError) as error:
        raise NoWebSocket from error
    if not isinstance(asked, Request) or SUBPROTOCOL not in asked.subprotocols:
        raise NoWebSocket
    return protocol, [one for one in asked.subprotocols if one != SUBPROTOCOL]


class Taken(Response):
    """The answer to a request whose connection was used for something else: the server closes it and says nothing."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise BrokenPipeError(errno.EPIPE, "the connection became a telephone's")


class Box:
    """The box's socket, for one telephone. Raises BoxAway."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.connect(path)
        except OSError as error:
            self.socket.close()
            raise BoxAway(str(error)) from error
        self.socket.setblocking(False)
        self.unpacker = Unpacker()

    def send(self, kind: int, payload: bytes) -> None:
        """Raises BoxAway: it has gone, or takes nothing."""
        message = packed(kind, payload)
        try:
            if self.socket.send(message) < len(message):
                raise BoxAway("it took half of a message")
        except BlockingIOError as error:
            if kind != SOUND:
                raise BoxAway("it takes nothing") from error
        except OSError as error:
            raise BoxAway(str(error)) from error


class Wire:
    """Carries until either side ends it. `take` is what the box is asked first; `still_in`: whether whoever speaks may
    go on, `closing`: whether the page is being stopped."""

    def __init__(
        self, connection: socket.socket, protocol: WSConnection, box: Box, *, still_in: Callable[[], bool],
        closing: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._socket, self._protocol, self._box = connection, protocol, box
        self._still_in, self._closing = still_in, closing
        self._out: deque[tuple[int, memoryview]] = deque()  # kind, bytes; the first may be half sent
        self._partial: list[bytes | str] = []
        self._ending: float | None = None  # until when what waits may still be sent
        self._stuck_since: float | None = None
        self._looked = self._heard = monotonic()
        self.dropped = 0

    def run(self, take: dict[str, Any]) -> None:
        """Returns when it is over; the browser's socket is the server's to close."""
        self._socket.setblocking(False)
        _small_buffers(self._socket)
        self._put(WORDS, AcceptConnection(subprotocol=SUBPROTOCOL))
        with selectors.DefaultSelector() as selector, self._box.socket:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._box.socket, selectors.EVENT_READ)
            try:
                self._box.send(WORDS, json.dumps(take, ensure_ascii=False).encode())
                while not self._over():
                    self._round(selector)
            except (OSError, LocalProtocolError):
                pass  # the browser has gone
            finally:
                self._socket.setblocking(True)

    def _over(self) -> bool:
        return self._ending is not None and (not self._out or monotonic() > self._ending)

    def _round(self, selector: selectors.BaseSelector) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        selector.modify(self._socket, wanted)
        for key, _ in selector.select(1.0):
            try:
                if key.fileobj is self._box.socket:
                    self._from_box(selector)
                else:
                    self._from_browser()
            except BoxAway:
                self._last_words()
        self._flush()
        self._look()

    # -- from the box ----------------------------------------------------------------------------------------

    def _last_words(self) -> None:
        """It hung up; why, it has said before."""
        try:
            while self._ending is None and (came := self._box.socket.recv(READ)):
                for kind, payload in self._box.unpacker.messages(came):
                    if kind == WORDS:
                        self._put(kind, TextMessage(payload.decode()))
        except (OSError, Malformed):
            pass  # that was all
        self._end(ENDED)

    def _from_box(self, selector: selectors.BaseSelector) -> None:
        try:
            came = self._box.socket.recv(READ)
        except OSError:
            came = b""
        if not came:
            selector.unregister(self._box.socket)
            self._end(ENDED)
        if self._ending is not None:
            return
        try:
            for kind, payload in self._box.unpacker.messages(came):
                self._put(kind, BytesMessage(payload) if kind == SOUND else TextMessage(payload.decode()))
        except Malformed as error:
            raise BoxAway(str(error)) from error

    # -- from the browser ------------------------------------------------------------------------------------

    def _from_browser(self) -> None:
        for came in self._read():
            self._heard = monotonic()
            try:
                self._protocol.receive_data(came or None)
                for event in self._protocol.events():
                    self._event(event)
            except RemoteProtocolError as error:
                self._put(WORDS, error.event_hint or CloseConnection(code=MALFORMED))
                self._end(None)
            if not came:
                raise ConnectionResetError

    def _read(self) -> list[bytes]:
        """What is there; b"" at the end if the browser has closed."""
        found: list[bytes] = []
        while len(found) < 4:
            try:
                came = self._socket.recv(READ)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            found.append(came)
            if not came:
                break
        return found

    def _event(self, event: Event) -> None:
        match event:
            case Message():
                self._partial.append(event.data)
                if sum(map(len, self._partial)) > LONGEST:
                    self._end(TOO_LARGE)
                elif event.message_finished:
                    self._to_box(isinstance(event, TextMessage))
            case Ping():
                self._put(WORDS, event.response())
            case CloseConnection():
                self._put(WORDS, event.response())
                self._end(None)

    def _to_box(self, text: bool) -> None:
        parts, self._partial = self._partial, []
        if self._ending is not None:
            return
        if text:
            self._box.send(WORDS, "".join(str(part) for part in parts).encode())
        else:
            self._box.send(SOUND, b"".join(bytes(part) for part in parts if not isinstance(part, str)))

    # -- to the browser --------------------------------------------------------------------------------------

    def _put(self, kind: int, event: Event) -> None:
        waiting = sum(one == kind for one, _ in self._out)
        if kind == SOUND and waiting >= FRAMES_MOST:
            self.dropped += 1
            return
        if kind == WORDS and waiting >= WORDS_MOST:
            raise ConnectionResetError
        self._out.append((kind, memoryview(self._protocol.send(event))))

    def _flush(self) -> None:
        while self._out:
            kind, rest = self._out[0]
            try:
                sent = self._socket.send(rest)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._stuck_since = self._stuck_since or monotonic()
                return
            self._stuck_since = None
            if sent == len(rest):
                self._out.popleft()
            else:
                self._out[0] = (kind, rest[sent:])

    def _end(self, code: int | None) -> None:
        """No more from either side; what waits is still sent. None: the browser knows."""
        if self._ending is None:
            self._ending = monotonic() + BYE_S
            if code is not None:
                self._put(WORDS, CloseConnection(code=code))

    def _look(self) -> None:
        now = monotonic()
        if self._ending is not None:
            return
        if self._stuck_since is not None and now - self._stuck_since > SLOW_S:
            self._says_farewell("slow")
        elif now - self._heard > SILENT_S or self._closing():
            self._end(GOING_AWAY)
        elif now - self._looked > LOOK_S:
            self._looked = now
            if not self._still_in():
                self._says_farewell("logged_out")

    def _says_farewell(self, why: str) -> None:
        """In place of all that waits, except what is half sent."""
        while len(self._out) > 1:
            self._out.pop()
        self._put(WORDS, TextMessage(json.dumps({"ended": why, "by": ""})))
        self._end(ENDED)


def _small_buffers(connection: socket.socket) -> None:
    """A second of sound may wait in the kernel, not a minute."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
