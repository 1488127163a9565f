"""Starts the page: `python -m webui --data DIR --http HOST:PORT`.

Beyond this machine it is served over https, with http sent there; see `secure_address`.
When it can be asked, it prints one line of JSON to its standard output: {"ready": "http://127.0.0.1:8080"}.
What hinders it is told in one sentence on standard error, with exit status 2. SIGTERM ends it; so does the end
of its standard input with `--until-eof`, so that it never outlives the box that started it.
"""

import argparse
import ipaddress
import json
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication

from firmware.logfile import LogFile
from firmware.notify import tell
from firmware.settings import SettingsError, SettingsFile
from firmware.setup.store import Setup, SetupError
from firmware.setup.takeover import take_over
from firmware.store.database import FILE
from webui.app import create_app
from webui.certificates import Certificates
from webui.redirect import Redirect
from webui.webhooks import Post

LOG = "page.log"  # beside the box's own
FILES_MOST = 4096
THREADS = 256  # one for each event stream (50 browsers, some with more tabs), and enough left for everything else


class ServeError(Exception):
    """The page cannot be served; the message says why."""


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT, also [::1]:8080. Raises ServeError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not int(port) <= 65_535:
        raise ServeError(f"{text!r} is no address; write HOST:PORT, for example 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def listen(address: str) -> socket.socket:
    """A listening socket, so that an address in use is told before anything else begins. Raises ServeError."""
    host, port = parse_address(address)
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(256)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ServeError(
            f"cannot serve the page at {address}: {error.strerror}. "
            f"Is the box running already? Another address can be chosen with --http HOST:PORT."
        ) from error
    return listener


def is_local(address: str) -> bool:
    """Whether only this machine can come there: then there is no wire on which anybody could listen."""
    host = parse_address(address)[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def secure_address(address: str) -> str:
    """Where https is served beside http at `address`: the usual neighbour, else the next port."""
    host, port = parse_address(address)
    beside = {0: 0, 80: 443, 8080: 8443}.get(port, port + 1)
    return f"[{host}]:{beside}" if ":" in host else f"{host}:{beside}"


class Page(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with one worker process of many threads; the listening socket is given.

    With `certificates` it speaks https; then `plain` is the socket on which http is sent there. `called`: the host of
    the address where it was told to serve.
    """

    def __init__(
        self, data: Path, listener: socket.socket, version: str, *, certificates: Certificates | None = None,
        plain: socket.socket | None = None, called: str = "",
    ) -> None:  # fmt: skip
        self._data = data
        self._version, self._called = version, called
        self._store: tuple[int, int] | None = None
        self._certificates, self._plain = certificates, plain
        # Not gunicorn's to tell: it would say "ready" before the worker has loaded the page.
        self._systemd = os.environ.pop("NOTIFY_SOCKET", "")
        host, self._port = listener.getsockname()[:2]
        scheme = "http" if certificates is None else "https"
        self._url = f"{scheme}://[{host}]:{self._port}" if ":" in host else f"{scheme}://{host}:{self._port}"
        self._listener = listener.detach()  # gunicorn closes the number itself once it has its own
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's hook."""
        for key, value in {
            "bind": [f"fd://{self._listener}"],
            "worker_class": "webui.worker.Worker",
            "workers": 1,
            "threads": THREADS,
            "worker_connections": 800,
            "keepalive": 30,
            "graceful_timeout": 2,
            "loglevel": "warning",
            "proc_name": "callbox-web",
            "control_socket_disable": True,
            "when_ready": self._ready,
            "post_worker_init": self._begin,
        }.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)
        if self._certificates is not None:
            certificates = self._certificates
            self.cfg.set("certfile", str(certificates.path))
            self.cfg.set("ssl_context", lambda _config, _standard: certificates.context())

    def load(self) -> Any:
        """gunicorn's hook, in the worker."""
        self._store = _which(self._data / FILE)  # before it is opened
        app = create_app(self._data, version=self._version)
        box = app.extensions["callbox"]
        box.called = [self._called.lower()] if self._called else []
        box.post = Post(box.setup, box.records, box.keep)
        box.post.start()
        return app

    def _begin(self, worker: Any) -> None:
        if self._plain is not None:
            Redirect(self._plain, self._port).start()
        _end_streams_at_stop(worker)
        worker.app.callable.extensions["callbox"].hub.on_back = self._look_at_store
        tell("READY=1", self._systemd)

    def _look_at_store(self) -> None:
        """A box that came back from a restore has other files than those that are open here: the worker ends, and
        gunicorn begins a new one."""
        if _which(self._data / FILE) != self._store:
            logging.getLogger(__name__).warning("the box lives by other data now; the page begins anew")
            os.kill(os.getpid(), signal.SIGTERM)

    def _ready(self, _arbiter: Any) -> None:
        print(json.dumps({"ready": self._url}), flush=True)  # noqa: T201 — for whoever started it


def _which(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None: it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _end_streams_at_stop(worker: Any) -> None:
    """At SIGTERM event streams end by themselves, instead of being waited for."""
    before = signal.getsignal(signal.SIGTERM)
    hub = worker.app.callable.extensions["callbox"].hub

    def stop(number: int, frame: FrameType | None) -> None:
        # In a thread: the handler may have interrupted whoever holds the hub's lock.
        threading.Thread(target=hub.close).start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, stop)


def _stop_at_eof() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _room_for_connections() -> None:
    """As many files as the system lets this process open: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MOST if hard == resource.RLIM_INFINITY else min(hard, FILES_MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _log_file(data: Path) -> None:
    """What is said goes into a file beside the box's own log, too."""
    try:
        file = LogFile(data, LOG)
    except OSError as error:  # a full disk: pages are shown without it
        logging.getLogger(__name__).warning("no log is kept in %s: %s", data, error.strerror)
        return
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(file)


def _take_over(data: Path) -> None:
    """A setup that cannot be read is told by every screen."""
    try:
        take_over(Setup(data), data)
    except SetupError as error:
        logging.getLogger(__name__).error("%s", error)


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end. 0, or 2 if it could not begin."""
    parser = argparse.ArgumentParser(prog="webui", description="Serves the page of the box.")
    parser.add_argument("--data", type=Path, required=True, help="where the box keeps everything")
    parser.add_argument("--http", metavar="HOST:PORT", help="address (default: the box's settings)")
    parser.add_argument("--version-text", default="", help="told by the description of the REST interface")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="page: %(levelname)s %(name)s: %(message)s")
    try:
        settings = SettingsFile(args.data).ensure()
        _log_file(args.data)
        _room_for_connections()
        _take_over(args.data)
        http = args.http or settings.http
        certificates, plain = None, None
        listener = listen(http)
        if not is_local(http):
            plain, listener = listener, listen(secure_address(http))
            certificates = Certificates(args.data)
            certificates.ensure()
    except (ServeError, SettingsError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 — the one sentence
        return 2
    if args.until_eof:
        threading.Thread(target=_stop_at_eof, daemon=True).start()
    called = parse_address(http)[0]
    Page(args.data, listener, args.version_text, certificates=certificates, plain=plain, called=called).run()
    return 0
