"""The printer of call records (SMDR): one line of fixed columns for each call that has ended.

A printer that is away or out of paper keeps nobody waiting: lines gather, at most LINES_MOST, then the oldest are
given up, counted, and the paper says how many.
"""

import logging
import time
from collections.abc import Callable

from firmware.bus import Bus, Event
from firmware.config.board import Smdr
from firmware.panel.port import RETRY_S, STUCK_S, SerialPort
from firmware.store.derive import CallFacts, derive

log = logging.getLogger(__name__)

ALARM = "smdr"
LINES_MOST = 1_000
CALLS_MOST = 256  # of which events are kept until they end
DIRECTIONS = {"inbound": "IN", "outbound": "OUT", "inside": "INT"}
COLUMNS = "DATE       TIME     DIR LN STN    NUMBER           WAIT     TALK     RESULT"


def line_of(facts: CallFacts) -> str:
    """One call, in the columns of docs/keeping.md; times are the box's local ones."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(facts.started))
    number = facts.number or {"private": "PRIVATE", "unavailable": "UNAVAILABLE"}.get(facts.withheld or "", "-")
    line = "--" if facts.line is None else f"{facts.line:02d}"
    result = (facts.result or "-").upper()
    who = f"{line:<2} {facts.station or '-':<6.6} {_ascii(number):<16.16}"
    direction = DIRECTIONS.get(facts.direction, "-")
    return f"{when} {direction:<3} {who} {_length(facts.wait_s)} {_length(facts.talk_s)} {result}"


def _length(seconds: float | None) -> str:
    whole = int(seconds or 0)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _ascii(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


class Printer:
    """`start()` in the loop, `close()`. Hears the bus and prints."""

    def __init__(self, bus: Bus, board: Smdr, *, retry_s: float = RETRY_S, stuck_s: float = STUCK_S) -> None:
        self._bus = bus
        self._calls: dict[str, list[Event]] = {}
        self._told_lost = 0  # lines given up, as far as the paper has told
        self.away = ""  # why it cannot be reached
        self.port = SerialPort(
            board.device, board.baud, LINES_MOST, xonxoff=board.xonxoff, retry_s=retry_s, stuck_s=stuck_s,
            on_state=self._state,
        )  # fmt: skip
        self._leave: Callable[[], None] | None = None

    def start(self) -> None:
        """Every call that ends from now on."""
        self._leave = self._bus.subscribe(self._event)
        self.port.start()

    def close(self) -> None:
        """Lines that still wait are given up."""
        if self._leave is not None:
            self._leave()
        self.port.close()

    def forget(self) -> None:
        """After `close`: it is not there on purpose any more."""
        if self.away:
            self.away = ""
            self._bus.publish("alarm.cleared", name=ALARM)

    def test(self) -> None:
        """One line that says what it is."""
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
        self.port.send(f"{when} *** TEST OF THE CALL PRINTER ***\r\n".encode("ascii"))

    def _event(self, event: Event) -> None:
        if event.call is None or event.kind.startswith("alarm."):
            return
        if event.kind == "call.started":
            self._calls[event.call] = []
            while len(self._calls) > CALLS_MOST:
                log.error("call %s never ended; it is not printed", oldest := next(iter(self._calls)))
                del self._calls[oldest]
        events = self._calls.get(event.call)
        if events is None:
            return
        events.append(event)
        if event.kind == "call.ended":
            facts = derive(self._calls.pop(event.call))
            if facts is not None and facts.direction != "selfcall":
                self.port.send(f"{line_of(facts)}\r\n".encode("ascii"))

    def _state(self, well: bool, why: str) -> None:
        if well == (not self.away):
            return
        self.away = "" if well else why or "?"
        if self.away:
            self._bus.publish("alarm.raised", name=ALARM, text=why)
        else:
            self._bus.publish("alarm.cleared", name=ALARM)
            lost, self._told_lost = self.port.counters.dropped - self._told_lost, self.port.counters.dropped
            if lost:
                self.port.send(f"*** {lost} LINES LOST ***\r\n".encode("ascii"))
