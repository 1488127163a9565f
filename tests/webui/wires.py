"""A browser's WebSocket without a browser: logs in over http and talks to a telephone."""

import http.cookiejar
import json
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    RejectConnection,
    Request,
    TextMessage,
)  # fmt: skip

from tests.webui.fakebox import PASSWORD
from webui.wire import SUBPROTOCOL


class Refused(Exception):
    """The page opened no WebSocket; its status."""


class Visitor:
    """Somebody with a cookie."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        opener.addheaders = [("Accept-Language", "en")]
        self._open = opener.open

    def get(self, path: str) -> str:
        with self._open(self.url + path) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path))
        assert found is not None
        data = urllib.parse.urlencode({"csrf_token": found[1], **fields}).encode()
        self._open(self.url + path, data).close()

    def claims(self) -> None:
        self.post("/claim", password=PASSWORD, again=PASSWORD)

    def logs_in(self, user: str = "owner") -> None:
        self.post("/login", user=user, password=PASSWORD)

    @property
    def token(self) -> str:
        found = re.search(r"hx-headers='({.*?})'", self.get("/"))
        assert found is not None
        return str(json.loads(found[1])["X-CSRFToken"])

    def cookies(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)

    def takes(self, telephone: str, **how: Any) -> "Wire":
        return Wire(self, telephone, **how)


class Wire:
    """One WebSocket. Raises Refused."""

    def __init__(
        self, visitor: Visitor, telephone: str, *, origin: str | None = None, token: str | None = None,
        cookies: str | None = None, over: bool = False, receive_buffer: int | None = None,
    ) -> None:  # fmt: skip
        where = urllib.parse.urlsplit(visitor.url)
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect((where.hostname, where.port))
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self._came: list[Any] = []
        headers = [
            ("Origin", visitor.url if origin is None else origin),
            ("Cookie", visitor.cookies() if cookies is None else cookies),
        ]
        asked = Request(
            host=where.netloc, target=f"/telephones/{telephone}/wire" + ("?over=1" if over else ""),
            subprotocols=[SUBPROTOCOL, visitor.token if token is None else token],
            extra_headers=[(name.encode(), value.encode()) for name, value in headers if value],
        )  # fmt: skip
        self.socket.sendall(self.protocol.send(asked))
        event = self.next()
        if isinstance(event, RejectConnection):
            raise Refused(event.status_code)
        assert isinstance(event, AcceptConnection) and event.subprotocol == SUBPROTOCOL, event

    def next(self) -> Any:
        """The next event; None: the connection is closed."""
        while not self._came:
            came = self.socket.recv(65_536)
            self.protocol.receive_data(came or None)
            self._came += self.protocol.events()
            if not came:
                return self._came.pop(0) if self._came else None
        return self._came.pop(0)

    def events(self) -> Iterator[Any]:
        while (event := self.next()) is not None:
            yield event
            if isinstance(event, CloseConnection):
                return

    def told(self, key: str) -> Any:
        """The next words about that; None: it was closed."""
        for event in self.events():
            if isinstance(event, TextMessage) and key in (words := json.loads(event.data)):
                return words if key == "ended" else words[key]
        return None

    def closed(self) -> int | None:
        """Reads on until it is closed; the code."""
        return next((int(event.code) for event in self.events() if isinstance(event, CloseConnection)), None)

    def asks(self, **what: Any) -> None:
        self.words(json.dumps(what))

    def words(self, text: str) -> None:
        self.socket.sendall(self.protocol.send(TextMessage(text)))

    def says(self, frame: bytes) -> None:
        self.socket.sendall(self.protocol.send(BytesMessage(frame)))

    def sound(self) -> bytes:
        """The next frame."""
        return next(bytes(event.data) for event in self.events() if isinstance(event, BytesMessage))

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
