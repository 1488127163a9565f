"""Somebody's browser elsewhere on the network, as far as a box can tell: cookies, forms, tokens, uploads; no screen."""

import http.client
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PASSWORD = "three words of one's own"
PATIENCE_S = 60.0
LOOK_S = 2.0
TOKENS = re.compile(r"hx-headers='({.*?})'")
FIELD_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the page."""

    status: int
    text: str
    location: str
    content: bytes


class Visitor:
    """Comes to `port` of this machine, which leads to the box's page."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._cookie = ""

    def at(self, port: int) -> "Visitor":
        """The same browser, the same cookies, by another way."""
        other = Visitor(port)
        other._cookie = self._cookie
        return other

    def get(self, path: str) -> Answer:
        """OSError if nobody is there."""
        return self._ask("GET", path)

    def post(self, path: str, at: str | None = None, **fields: str) -> Answer:
        """The form that stands at `at`, or at the path itself."""
        token = FIELD_TOKEN.search(self.get(at or path).text)
        assert token is not None, f"no form stands at {at or path}"
        form = urlencode({"csrf_token": token[1], **fields}).encode()
        return self._ask("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, at: str, file: Path, seconds: float = PATIENCE_S) -> Any:
        """The file as the page's own upload sends it; the answer, which says where to go next, or what is wrong."""
        headers = TOKENS.search(self.get(at).text)
        assert headers is not None
        kind = {"Content-Type": "application/octet-stream", "Accept": "application/json"}
        with file.open("rb") as content:
            length = {"Content-Length": str(file.stat().st_size)}
            return json.loads(self._ask("POST", path, content, json.loads(headers[1]) | kind | length, seconds).text)

    def until(self, path: str, wanted: Callable[[str], bool], seconds: float, every_s: float = LOOK_S) -> str:
        """The page's text, as soon as it is what is wanted; nobody need be there meanwhile. TimeoutError."""
        end, seen = time.monotonic() + seconds, "nobody answered"
        while time.monotonic() < end:
            try:
                answer = self.get(path)
                seen = f"{answer.status} {answer.location} {answer.text}"
                if answer.status == 200 and wanted(answer.text):
                    return answer.text
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(every_s)
        raise TimeoutError(f"{path} was not what was wanted within {seconds:.0f} s, at last: {seen[-2000:]}")

    def certificate(self) -> bytes:
        """Of whoever answers, DER."""
        with self._connected(PATIENCE_S) as connection:
            found = connection.sock.getpeercert(binary_form=True)
            assert isinstance(found, bytes)
            return found

    @contextmanager
    def _connected(self, seconds: float) -> Iterator[http.client.HTTPSConnection]:
        context = ssl._create_unverified_context()  # a new box's certificate is nobody's whom one knows
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=seconds, context=context)
        try:
            connection.connect()
            yield connection
        finally:
            connection.close()

    def _ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
        seconds: float = PATIENCE_S,
    ) -> Answer:  # fmt: skip
        sent = {"Referer": f"https://127.0.0.1:{self.port}{path}", "Accept-Language": "en", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        with self._connected(seconds) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            if cookie.startswith("callbox="):
                self._cookie = cookie.partition(";")[0]
        return Answer(answer.status, content.decode("utf-8", "replace"), answer.headers.get("Location", ""), content)
