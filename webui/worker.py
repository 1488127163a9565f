"""gunicorn's worker, so that nobody can keep the page from all others by being slow: half a request, a body that never
comes, a stream that nobody reads, or hundreds of connections from one machine cost only who does so.

gunicorn's own worker waits for ever for the rest of a request, and lingers two seconds over the end of each connection
in the one thread that accepts.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from webui.patience import Patient

OPEN_MOST: Final = 400  # connections of one address, most of them idle between two requests
BUSY_MOST: Final = 120  # of these, requests and streams under way; there are twice as many threads


class _Conn(TConn):  # type: ignore[misc] # gunicorn has no types
    """Tells once when it is closed."""

    def __init__(self, *what: Any, closed: Callable[[str], None]) -> None:
        super().__init__(*what)
        self._closed: Callable[[str], None] | None = closed

    @property
    def address(self) -> str:
        """Of who connected."""
        return str(self.client[0]) if isinstance(self.client, tuple) else ""

    def close(self, graceful: bool = False) -> None:
        """By gunicorn."""
        super().close(graceful)
        if self._closed is not None:
            self._closed(self.address)
            self._closed = None


class Worker(ThreadWorker):  # type: ignore[misc]
    """Counts who holds how much."""

    def __init__(self, *what: Any, **more: Any) -> None:
        super().__init__(*what, **more)
        self._counting = threading.Lock()
        self._open: Counter[str] = Counter()
        self._busy: Counter[str] = Counter()
        self._told: set[str] = set()
        logging.getLogger("gunicorn.error").addFilter(_not_of_the_slow)

    def accept(self, listener: Any) -> None:
        """Takes a connection, or lets it go at once."""
        try:
            client, address = listener.accept()
        except OSError:  # it has gone again
            return
        patient = Patient(client.family, client.type, client.proto, fileno=client.detach())
        conn = _Conn(self.cfg, patient, address, listener.getsockname(), closed=self._gone)
        if not self._take(self._open, conn.address, OPEN_MOST):
            patient.close()
            return
        self.nr_conns += 1
        self.enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """In a thread: one request."""
        if not self._take(self._busy, conn.address, BUSY_MOST):
            conn.sock.close()
            return False
        try:
            goes_on = super().handle(conn)
            if not goes_on:
                util.close_graceful(conn.sock)  # here, where only this connection waits for it
            return goes_on
        finally:
            self._give_back(self._busy, conn.address)

    def _take(self, counted: Counter[str], address: str, most: int) -> bool:
        with self._counting:
            if counted[address] < most:
                counted[address] += 1
                return True
            if address not in self._told:
                self._told.add(address)
                self.log.warning("%s holds %d connections: it gets no more for now", address or "somebody", most)
            return False

    def _give_back(self, counted: Counter[str], address: str) -> None:
        with self._counting:
            counted[address] -= 1
            if counted[address] <= 0:
                del counted[address]
                self._told.discard(address)

    def _gone(self, address: str) -> None:
        self._give_back(self._open, address)


def _not_of_the_slow(record: logging.LogRecord) -> bool:
    """Who is too slow is let go; that is no news, and he could fill the log with it."""
    return record.exc_info is None or not isinstance(record.exc_info[1], TimeoutError)
