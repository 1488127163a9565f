"""Plain http on the network: says where the page is, over https, and nothing else."""

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = re.compile(r"\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]{1,253}")
PATH = re.compile(r"/(?![/\\])[!-~]*")
TIMEOUT_S = 10.0
AT_ONCE = 64  # answers: whoever holds them all keeps nobody from the page itself


class Redirect(ThreadingHTTPServer):
    """Serves on a socket that listens already; `port` is that of https."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, port: int) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.port = port
        self._few = threading.BoundedSemaphore(AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Called by the server: in a thread, if there are not too many."""
        if self._few.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Called by the server, in that thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._few.release()

    def start(self) -> None:
        """In a thread of its own, until the process ends."""
        threading.Thread(target=self.serve_forever, name="redirect", daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT_S
    server: Redirect

    def do_GET(self) -> None:
        """To the same place over https. Temporarily: the owner may change his mind."""
        host = HOST.match(self.headers.get("Host", ""))
        path = self.path if PATH.fullmatch(self.path) else "/"
        if host is None:
            self.send_error(400)
            return
        port = "" if self.server.port == 443 else f":{self.server.port}"
        self.send_response(302)
        self.send_header("Location", f"https://{host[0]}{port}{path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def version_string(self) -> str:
        """Nobody's business."""
        return "callbox"

    def log_message(self, *_args: Any) -> None:
        """What was asked over plain http is nowhere written down."""
