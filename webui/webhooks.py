"""Webhooks: events of the log sent to other programs' addresses, in order, signed, again until they take them.

One thread for each address, so that one that is away keeps nobody waiting. What was taken is remembered in the page's
own database: after a restart each goes on where it was. An event may come twice, never not at all, unless an address
refused for a whole day: then what it missed is given up and counted.
"""

import hashlib
import hmac
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential
from tenacity.nap import sleep_using_event

from firmware.errors import UserError
from firmware.setup.programs import Webhook, Webhooks
from firmware.setup.store import Setup
from firmware.store.models import EventRow
from firmware.store.records import Records
from webui.events import as_json
from webui.keep import Keep

log = logging.getLogger(__name__)

AT_ONCE = 100
TIMEOUT_S = 10.0
LOOK_S = 1.0  # so often the log and the setup are looked at
GIVE_UP_S = 86_400.0
WAIT_MOST_S = 600.0
SIGNATURE = "X-Callbox-Signature"


class Refusal(Exception):
    """The address did not take it; the message says why."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is waited between tries, and when they end; seconds."""

    first: float = 1.0
    most: float = WAIT_MOST_S
    give_up: float = GIVE_UP_S


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer from elsewhere is no receipt."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """None: it stays an error."""


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def sign(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of "SECONDS." and the body. Whoever receives it makes the same and compares."""
    code = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"


def send(hook: Webhook, rows: list[EventRow]) -> None:
    """One try. Raises Refusal."""
    body = json.dumps({"webhook": hook.id, "events": [as_json(row) for row in rows]}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "callbox"}
    if hook.secret:
        headers[SIGNATURE] = sign(hook.secret, int(time.time()), body)
    request = urllib.request.Request(hook.url, body, headers, method="POST")  # noqa: S310 - http and https only
    try:
        with _opener.open(request, timeout=TIMEOUT_S) as response:
            response.read(1024)
    except urllib.error.HTTPError as error:
        with error:
            raise Refusal(f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise Refusal(f"{urlsplit(hook.url).netloc}: {getattr(error, 'reason', error)}") from error


class Courier(threading.Thread):
    """Brings one webhook's events. Ends by itself when the webhook is changed or taken out."""

    def __init__(self, hook: Webhook, records: Records, keep: Keep, stop: threading.Event, pace: Pace) -> None:
        super().__init__(name=f"webhook {hook.id}", daemon=True)
        self.hook = hook
        self._records, self._keep, self._pace = records, keep, pace
        self._ended = stop

    def end(self) -> None:
        """At the next moment of waiting."""
        self._ended.set()

    def run(self) -> None:
        """Until it is ended."""
        after = self._keep.delivered(self.hook.id)
        if after is None:
            after = self._records.last_seq()
            self._keep.delivery(self.hook.id, after)
        while not self._ended.is_set():
            rows = self._records.events_after(after, AT_ONCE)
            wanted = [row for row in rows if self.hook.wants(row.kind)]
            if wanted and not self._bring(wanted):
                return
            if rows:
                after = rows[-1].seq
                self._keep.delivery(self.hook.id, after)
            else:
                self._ended.wait(LOOK_S)

    def _bring(self, rows: list[EventRow]) -> bool:
        """Tries until they are taken or given up; False if it was ended meanwhile."""
        tries = Retrying(
            retry=retry_if_exception_type(Refusal),
            wait=wait_random_exponential(multiplier=self._pace.first, max=self._pace.most),
            stop=lambda state: self._ended.is_set() or stop_after_delay(self._pace.give_up)(state),
            sleep=sleep_using_event(self._ended),
        )
        try:
            tries(self._try, rows)
        except RetryError:
            if self._ended.is_set():
                return False
            log.error("webhook %s refused for too long: %d events are given up", self.hook.id, len(rows))
            self._keep.delivery_failed(self.hook.id, "", lost=len(rows))
        return True

    def _try(self, rows: list[EventRow]) -> None:
        try:
            send(self.hook, rows)
        except Refusal as error:
            self._keep.delivery_failed(self.hook.id, str(error))
            raise


class Post:
    """Every courier, as the setup wants them. `start()` once in the process that serves; `stop()` twice is fine."""

    def __init__(self, setup: Setup, records: Records, keep: Keep, *, pace: Pace | None = None) -> None:
        self._setup, self._records, self._keep = setup, records, keep
        self._pace = pace or Pace()
        self._stop = threading.Event()
        self._couriers: dict[str, Courier] = {}
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begins to bring."""
        self._thread.start()

    def stop(self) -> None:
        """Ends every courier; what they had not brought is brought after the next start."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        for courier in self._couriers.values():
            courier.end()
            courier.join(TIMEOUT_S)
        self._couriers.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._match({hook.id: hook for hook in self._setup.load(Webhooks).webhooks if hook.enabled})
            except UserError as error:
                log.error("webhooks stay as they are: %s", error)
            self._stop.wait(LOOK_S)

    def _match(self, wanted: dict[str, Webhook]) -> None:
        for name, courier in list(self._couriers.items()):
            if courier.hook != wanted.get(name) or not courier.is_alive():
                courier.end()
                courier.join(TIMEOUT_S)
                del self._couriers[name]
        for name in wanted.keys() - self._couriers.keys():
            courier = Courier(wanted[name], self._records, self._keep, threading.Event(), self._pace)
            self._couriers[name] = courier
            courier.start()
