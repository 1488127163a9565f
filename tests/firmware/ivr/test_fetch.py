"""HTTP for flows against real servers on this machine: what is asked, what is refused, what ends in time."""

import asyncio
import json
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from firmware.ivr import fetch
from firmware.ivr.fetch import ANSWER_MOST, AT_ONCE, Allowed, Fetcher, forbidden
from firmware.ivr.ports import Fetched, Refused

Answer = tuple[int, dict[str, str], bytes]


class Server(ThreadingHTTPServer):
    """Answers by path and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    ANSWERS: ClassVar[dict[str, Answer]] = {
        "/json": (200, {}, b'{"state": "sent"}'),
        "/words": (200, {}, b"sent"),
        "/broken": (500, {}, b'{"error": 1}'),
        "/moved": (302, {"Location": "http://127.0.0.1:1/"}, b""),
        "/long": (200, {}, b'"' + b"x" * ANSWER_MOST + b'"'),
        "/packed": (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"),
        "/deep": (200, {}, b"[" * 50_000),
    }

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        assert isinstance(self.server, Server)
        self.server.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        status, headers, body = self.ANSWERS.get(self.path.partition("?")[0], (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # the base class asks for these names

    def log_message(self, *_: Any) -> None:
        """The test's output is enough."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=[0.01])
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def ask(fetcher: Fetcher, url: str, **more: Any) -> Fetched:
    given: dict[str, Any] = {"method": "GET", "headers": {}, "body": None, "timeout_s": 5.0} | more

    async def story() -> Fetched:
        try:
            return await fetcher.fetch(url=url, **given)
        finally:
            fetcher.close()

    return asyncio.run(story())


def at(server: Server, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def friendly(port: int | None = None) -> Fetcher:
    return Fetcher((Allowed(host="127.0.0.1", port=port),))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/json", Fetched(200, {"state": "sent"})),
        ("/words", Fetched(200, None)),
        ("/broken", Fetched(500, {"error": 1})),
        ("/moved", Fetched(302, None)),  # not followed
        ("/packed", Fetched(200, None)),
        ("/deep", Fetched(200, None)),
        ("/nothing", Fetched(404, None)),
    ],
)
def test_answers(server: Server, path: str, answer: Fetched) -> None:
    assert ask(friendly(server.server_port), at(server, path)) == answer
    assert len(server.asked) == 1


def test_what_is_sent(server: Server) -> None:
    headers = {"X-Key": "k", "Host": "evil.example", "content-length": "0", "Transfer-Encoding": "chunked"}
    ask(friendly(), at(server, "/json?n=王 1"), method="POST", headers=headers, body={"who": "王"})
    ((method, path, sent, body),) = server.asked
    assert (method, path, json.loads(body)) == ("POST", "/json?n=%E7%8E%8B%201", {"who": "王"})
    assert sent["X-Key"] == "k" and sent["Host"] == f"127.0.0.1:{server.server_port}"
    assert "Transfer-Encoding" not in sent and sent["Content-Length"] == str(len(body))


@pytest.mark.parametrize("name", ["X-Bad\r\nX-Other", "X-Key"])
def test_headers_cannot_be_smuggled(server: Server, name: str) -> None:
    with pytest.raises(Refused, match="ValueError"):
        ask(friendly(), at(server, "/json"), headers={name: "k\r\nHost: evil.example"})
    assert server.asked == []


def test_an_answer_that_is_too_long(server: Server) -> None:
    with pytest.raises(Refused, match="longer than 65536 bytes"):
        ask(friendly(), at(server, "/long"))


# -- the box's own network ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]",
        "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "240.0.0.1",
        "0.0.0.0", "198.18.0.1",
    ],
)  # fmt: skip
def test_the_own_network_is_refused(server: Server, host: str) -> None:
    with pytest.raises(Refused, match=r"name it in the settings|no host|cannot be reached"):
        ask(Fetcher(), f"http://{host}:{server.server_port}/json")
    assert server.asked == []


def test_a_listed_host_may_be_asked_and_no_other_port_of_it(server: Server) -> None:
    assert ask(friendly(server.server_port), at(server, "/json")).status == 200
    with pytest.raises(Refused, match="name it in the settings"):
        ask(friendly(server.server_port + 1), at(server, "/json"))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("http:///x", "only http"),
        ("http://user:secret@127.0.0.1/", "no password"),
        ("http://8.8.8.8@127.0.0.1/", "no password"),
        ("http://127.0.0.1:99999/", "no address"),
        ("http://[::1/", "no address"),
        ("http://" + "a" * 300 + "/", "no host"),
        ("http://\x00/", "no host"),
    ],
)
def test_addresses_that_are_none(url: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        ask(friendly(), url)


def test_a_name_that_changes_its_mind_changes_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when it is looked at, inside when it is asked a second time. It is not asked twice."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    real = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **more: Any) -> Any:
        names = answers.pop(0) if host == "x.test" else [host]
        return [row for name in names for row in real(name, *args, **more)]

    connected: list[Any] = []

    def connect(address: Any, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(fetch.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(fetch.socket, "create_connection", connect)
    with pytest.raises(Refused, match="nobody there"):
        ask(Fetcher(), f"http://x.test:{server.server_port}/json")
    assert connected == [("93.184.215.14", server.server_port)] and len(answers) == 1


def test_a_name_of_which_one_address_is_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(fetch.socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(Refused, match="x.test is 10.0.0.1, no public address"):
        ask(Fetcher(), "http://x.test/")


def test_public_addresses_are_not_refused() -> None:
    assert [forbidden(address) for address in ("93.184.215.14", "2606:2800:21f:cb07::1", "1.1.1.1")] == [None] * 3


def test_an_own_public_address_is_the_box_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_own", lambda address: str(address) == "1.1.1.1")
    assert forbidden("1.1.1.1") == "the box itself" and forbidden("::ffff:1.1.1.1") == "the box itself"
    monkeypatch.undo()
    assert fetch._own(fetch.ipaddress.ip_address("127.0.0.1"))


def test_the_settings_of_a_proxy_change_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert ask(friendly(), at(server, "/json")).status == 200


# -- time -----------------------------------------------------------------------------------------------------


@contextmanager
def talking(story: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one connection; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            story(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join()
        listener.close()


def gone(connection: socket.socket, within: float | None = None) -> bool:
    """Whether the other side has closed."""
    while select.select([connection], [], [], within)[0]:
        try:
            if not connection.recv(4096):
                return True
        except OSError:
            return True
    return False


def silent(connection: socket.socket) -> None:
    assert gone(connection)


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not gone(connection, 0.02):
        connection.sendall(b"x")


def dripping_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n1")
    while not gone(connection, 0.02):
        connection.sendall(b"1")


@pytest.mark.parametrize("server_", [silent, dripping, dripping_body])
def test_who_does_not_answer_in_time_is_left(server_: Callable[[socket.socket], None]) -> None:
    with talking(server_) as port, pytest.raises(Refused, match="no whole answer in time|timed out"):
        ask(friendly(), f"http://127.0.0.1:{port}/", timeout_s=0.5)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "ended 98 bytes too early"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "HTTPException"),
        (b"SSH-2.0-OpenSSH_9\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
    ],
)
def test_answers_that_are_none(answer: bytes, words: str) -> None:
    def story(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with talking(story) as port, pytest.raises(Refused, match=words):
        ask(friendly(), f"http://127.0.0.1:{port}/")


def test_too_many_at_once() -> None:
    fetcher = friendly()

    async def story() -> None:
        fetcher.under_way = AT_ONCE
        with pytest.raises(Refused, match="under way already"):
            await fetcher.fetch("GET", "http://127.0.0.1/", {}, None, 1.0)
        fetcher.close()

    asyncio.run(story())


# -- TLS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"], check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture
def secure(server: Server, certificate: Path) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def test_tls_is_checked_against_the_name(secure: Server, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    listed = (Allowed(host="localhost"), Allowed(host="127.0.0.1"))
    answer = ask(Fetcher(listed, trusting), f"https://localhost:{secure.server_port}/json")
    assert answer.data == {"state": "sent"}
    with pytest.raises(Refused, match="CERTIFICATE_VERIFY_FAILED"):
        ask(Fetcher(listed, trusting), f"https://127.0.0.1:{secure.server_port}/json")
    with pytest.raises(Refused, match="CERTIFICATE_VERIFY_FAILED"):
        ask(Fetcher(listed), f"https://localhost:{secure.server_port}/json")


def test_tls_that_never_comes_ends_in_time() -> None:
    listed = (Allowed(host="localhost"), Allowed(host="127.0.0.1"))
    with talking(silent) as port, pytest.raises(Refused, match="no whole answer in time|timed out"):
        ask(Fetcher(listed), f"https://127.0.0.1:{port}/", timeout_s=0.5)
