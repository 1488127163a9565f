"""Sockets that wait only so long for whoever is slow: for webui/worker.py, which is not loaded where none is served."""

import socket
import ssl
from typing import Final

PATIENCE_S: Final = 15.0  # without a byte, in either direction


class Patient(socket.socket):
    """Blocking means waiting PATIENCE_S."""

    def setblocking(self, flag: bool) -> None:
        """Called by gunicorn before each request."""
        self.settimeout(PATIENCE_S if flag else 0)


class PatientTLS(ssl.SSLSocket):
    """The same, encrypted: a context's `sslsocket_class`."""

    def setblocking(self, flag: bool) -> None:
        """Called by gunicorn before each request."""
        self.settimeout(PATIENCE_S if flag else 0)
