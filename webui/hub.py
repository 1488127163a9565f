"""One connection to the box for all browsers: a thread that holds the newest snapshot, and wakes whoever waits."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from time import time

from pydantic import ValidationError

from firmware.api.client import ApiClient, BoxAway
from firmware.api.keeping import STOPPED
from firmware.api.messages import Refused, Snapshot

log = logging.getLogger(__name__)

RETRY_S = 0.5
PING_S = 10.0


class Hub:
    """What the box said last. `version` grows with every news, also when the box goes away or comes back."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._news = threading.Condition()
        self._version = 0
        self._snapshot: Snapshot | None = None
        self._away_since: float | None = time()
        self._received = 0.0
        self._closed = threading.Event()
        self._rendered: dict[tuple[str, str], dict[str, str]] = {}
        self._stopped: Refused | None = None
        self.breaks = 0  # how often the box went away after it had been there
        self.on_back: Callable[[], None] | None = None  # the box is there, again or for the first time
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._thread.start()

    @property
    def version(self) -> int:
        """Of the news there are."""
        return self._version

    @property
    def closed(self) -> bool:
        """The page is being stopped: streams end."""
        return self._closed.is_set()

    @property
    def away_since(self) -> float | None:
        """Since when the box does not answer (seconds since the epoch); None while it does."""
        return self._away_since

    @property
    def stopped(self) -> Refused | None:
        """Why there are no calls, as the box says it, where it lets a backup be restored (firmware/rescue.py)."""
        return self._stopped

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest, also while the box is away; None if there has been none yet."""
        return self._snapshot

    def box_now(self) -> float:
        """The box's clock, as far as the page can tell: running clocks count from it."""
        snapshot = self._snapshot
        return time() if snapshot is None else snapshot.now + (time() - self._received)

    def wait(self, version: int, timeout: float) -> int:
        """Waits for news after `version`, at most `timeout` s; the present version."""
        with self._news:
            self._news.wait_for(lambda: self._version != version or self.closed, timeout)
            return self._version

    def pause(self, seconds: float) -> None:
        """Waits so long, or until the page is being stopped."""
        self._closed.wait(seconds)

    def rendered(self, key: tuple[str, str], make: Callable[[], dict[str, str]]) -> dict[str, str]:
        """`make()`, once for all streams that show the same news under the same key. It looks at `snapshot` by itself:
        one taken before would be kept for the news after it."""
        version = self._version
        with self._news:
            kept = self._rendered.get(key)
        if kept is not None:
            return kept
        made = make()
        with self._news:
            if version == self._version:
                self._rendered[key] = made
        return made

    def wake(self) -> None:
        """There is news of the page itself: every stream looks again."""
        with self._news:
            self._version += 1
            self._rendered.clear()
            self._news.notify_all()

    def close(self) -> None:
        """Lets every stream end. Twice is fine."""
        self._closed.set()
        with self._news:
            self._news.notify_all()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except (BoxAway, Refused, ValidationError) as error:
                self._stopped = error if isinstance(error, Refused) and error.code == STOPPED else None
                if self._away_since is None:
                    log.warning("the box is away: %s", error)
                    self._tell(None)
            self._closed.wait(RETRY_S)

    def _listen(self) -> None:
        with ApiClient(self._socket) as client:
            for push in client.subscribe(idle=PING_S):
                if self._closed.is_set():
                    return
                # Silence may mean a box that hangs: then the question finds out.
                found = push["snapshot"] if push else client.request("snapshot")
                self._tell(Snapshot.model_validate(found))

    def _tell(self, snapshot: Snapshot | None) -> None:
        back = snapshot is not None and self._away_since is not None
        with self._news:
            if snapshot is None:
                self._away_since = time()
                self.breaks += 1
            else:
                self._snapshot, self._received, self._away_since = snapshot, time(), None
                self._stopped = None
            self._version += 1
            self._rendered.clear()
            self._news.notify_all()
        if back and self.on_back is not None:
            self.on_back()
