"""The page as a process: it begins, says where, serves many streams, and ends with the box."""

import http.client
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from firmware.settings import SettingsFile
from tests.webui.fakebox import ROOT, FakeBox, Served
from webui.redirect import AT_ONCE, Redirect
from webui.serve import THREADS, ServeError, main, parse_address
from webui.worker import BUSY_MOST, OPEN_MOST


def test_it_says_where_and_ends_with_the_box(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("GET", "/login")
    assert connection.getresponse().getheader("Location") == "/claim"
    connection.close()
    assert served.stop() == 0


def test_after_a_restore_the_page_begins_anew(tmp_path: Path) -> None:
    """Its files would be those that the restore has put aside."""
    data = tmp_path / "data"
    first = FakeBox(data)
    served = Served(data)
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
    try:
        _until_well(served)
        worker = children.read_text()
        first.stop()
        old = data.with_name("replaced")
        old.mkdir()
        for path in data.iterdir():
            path.rename(old / path.name)
        second = FakeBox(data)
        try:
            while children.read_text() == worker:
                _ask(served)
            _until_well(served)
        finally:
            second.stop()
    finally:
        first.stop()
        assert served.stop() == 0


def test_systemd_hears_that_the_page_is_ready_when_it_is(
    box: FakeBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when gunicorn is, whose worker has yet to load the page."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        served = Served(box.data)
        assert systemd.recv(4096) == b"READY=1"
        assert _ask(served) == 200
        assert served.stop() == 0
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.recv(4096)


def _ask(served: Served) -> int:
    """The status of /healthz; 0 while nobody answers."""
    host, port = served.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _until_well(served: Served) -> None:
    while _ask(served) != 200:
        pass


def test_address_in_use(box: FakeBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "webui", "--data", str(box.data), "--http", address],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"cannot serve the page at {address}: Address already in use. "
        f"Is the box running already? Another address can be chosen with --http HOST:PORT."
    ]


@pytest.mark.parametrize("text", ["", "8080", "localhost", "127.0.0.1:http", "127.0.0.1:99999", ":8080", "a:-1"])
def test_wrong_address(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    with pytest.raises(ServeError, match="write HOST:PORT"):
        parse_address(text)
    if text:
        assert main(["--data", str(tmp_path), "--http", text]) == 2
        assert "write HOST:PORT" in capsys.readouterr().err


def test_addresses() -> None:
    assert parse_address("127.0.0.1:8080") == ("127.0.0.1", 8080)
    assert parse_address("[::1]:80") == ("::1", 80)


def test_damaged_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SettingsFile(tmp_path).path.write_text("{")
    assert main(["--data", str(tmp_path), "--http", "127.0.0.1:0"]) == 2
    assert "settings.json is damaged" in capsys.readouterr().err


def test_fifty_streams_and_still_quick(box: FakeBox, served: Served) -> None:
    """Fifty open browsers leave threads for whoever comes next, and each sees the change."""
    host, port = served.url.removeprefix("http://").split(":")

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection(host, int(port), timeout=20)

    door = connect()
    door.request("GET", "/claim")
    answer = door.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    token = answer.read().decode().split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    body = f"csrf_token={token}&password=correct+horse&again=correct+horse"
    door.request("POST", "/claim", body, {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
    answer = door.getresponse()
    answer.read()
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    door.close()

    streams = []
    for _ in range(50):
        connection = connect()
        connection.request("GET", "/events", headers={"Cookie": cookie})
        stream = connection.getresponse()
        assert stream.status == 200
        streams.append((connection, stream))
    for _, stream in streams:
        while b"event: parts" not in stream.readline():
            pass
    box.do(lambda: box.ring("c1", 3, "13800138000"))
    for connection, stream in streams:
        while b"13800138000" not in stream.readline():
            pass
        connection.close()
    late = connect()
    late.request("GET", "/healthz")
    assert late.getresponse().status == 200
    late.close()


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /login HTTP/1.1\r\nHost: x\r\n",
        b"POST /claim HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[",
    ],
)
def test_who_is_slow_keeps_nobody_else_waiting(served: Served, half: bytes) -> None:
    """One machine that begins more requests than there are threads, and ends none."""
    host, port = served.url.removeprefix("http://").split(":")
    assert 2 * BUSY_MOST < THREADS and THREADS < OPEN_MOST
    with ExitStack() as stack:
        for _ in range(THREADS + 20):
            slow = stack.enter_context(socket.create_connection((host, int(port)), source_address=("127.0.0.2", 0)))
            with suppress(OSError):  # the last ones are sent away
                slow.sendall(half)
        assert _ask(served) == 200
    assert _ask(served) == 200


def test_more_connections_than_one_machine_needs_are_not_taken(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        many = [
            stack.enter_context(socket.create_connection((host, int(port)), source_address=("127.0.0.2", 0)))
            for _ in range(OPEN_MOST + 1)
        ]
        many[-1].settimeout(20)
        with suppress(ConnectionResetError):
            assert many[-1].recv(1) == b""
        assert _ask(served) == 200


def test_plain_http_answers_a_few_at_once_and_goes_on() -> None:
    """Connections that ask for nothing take as many threads as are meant for it, and no more."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    redirect = Redirect(listener, 8443)
    redirect.start()
    before = threading.active_count()
    try:
        where = listener.getsockname()
        with ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(where)) for _ in range(AT_ONCE + 40)]
            slow[-1].settimeout(20)
            with suppress(ConnectionResetError):
                assert slow[-1].recv(1) == b"", "too many: sent away"
            assert threading.active_count() <= before + AT_ONCE
        connection = http.client.HTTPConnection(*where, timeout=20)
        location = None
        while location is None:  # until one of them has been let go
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/calls", headers={"Host": "box.example:80"})
                location = connection.getresponse().getheader("Location")
            connection.close()
        assert location == "https://box.example:8443/calls"
    finally:
        redirect.shutdown()
        redirect.server_close()
