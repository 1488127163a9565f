"""A port of the core as a Python object: orders to one jack, and its news."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from drivers.binding._core import ffi, lib
from drivers.binding.events import Ear, Feed, Kind, LampWay, PortEvent
from drivers.binding.orders import Order, c_text, check

if TYPE_CHECKING:
    from drivers.binding.engine import Engine

WITHHELD = {None: 0, "private": 1, "unavailable": 2}  # enum lc_callerid_withheld


class Port:
    """One jack. `source` is what it receives, `sink` what it transmits; `sent` is a source, too, for recorders and taps
    alone: what it transmitted a tick ago. `on_event` gets its news, and `watchers` see all of it first."""

    def __init__(self, engine: "Engine", index: int, kind: Literal["fxo", "fxs"], name: str) -> None:
        self.engine = engine
        self.index = index
        self.kind = kind
        self.name = name
        self.source = self.sink = lib.LC_END_PORT | index
        self.sent = lib.LC_END_SENT | index
        self.on_event: Callable[[PortEvent], None] | None = None
        self.watchers: list[Callable[[PortEvent], None]] = []
        self.gains = (0.0, 0.0)  # dB, received and sent: as was last asked for
        self.bare = False  # they are not used just now
        self.hybrid = True  # False: no wire, at whose end our own signal comes back
        self._ears = Ear.NONE
        self._on_voice: Callable[[bool], None] | None = None

    def seize(self) -> Order:
        """FXO: goes off-hook: answers a ringing line or takes an idle one."""
        return self._post("go off-hook", lib.LC_CMD_HOOK, a=1)

    def release(self) -> Order:
        """FXO: goes on-hook."""
        return self._post("go on-hook", lib.LC_CMD_HOOK, a=0)

    def flash(self, ms: int) -> Order:
        """FXO, off-hook: opens the loop for `ms` (40 to 1,500)."""
        return self._post("flash", lib.LC_CMD_HOOK, a=0, b=ms)

    def pulses(self, digits: str) -> Order:
        """FXO, off-hook: dials 0-9 by breaking the loop; ',' pauses 1 s. Kind.PULSED tells when it has ended."""
        return self._post("dial by pulses", lib.LC_CMD_PULSE, text=c_text(digits))

    def ring(
        self,
        number: str = "",
        name: str = "",
        withheld: Literal["private", "unavailable"] | None = None,
        time: str = "",
    ) -> Order:
        """FXS: rings with the plan's cadence and sends caller id, unless number, name and withheld are all empty.
        `time` goes with it where the scheme can carry it: MMDDHHMM."""
        return self._post("ring", lib.LC_CMD_RING, a=1, b=WITHHELD[withheld], text=c_text(number, name, time))

    def call_waiting(
        self,
        number: str = "",
        name: str = "",
        withheld: Literal["private", "unavailable"] | None = None,
        time: str = "",
    ) -> Order:
        """FXS, off-hook: tells the telephone in talk that another call waits: the country's tone and, where it has type
        II caller id, who calls. About a second; the other party is split off for most of it. Kind.WAITING ends it."""
        what = c_text(number, name, time)
        return self._post("tell of a waiting call", lib.LC_CMD_CALL_WAITING, b=WITHHELD[withheld], text=what)

    def stop_ring(self) -> Order:
        """FXS: stops ringing."""
        return self._post("stop ringing", lib.LC_CMD_RING, a=0)

    def lamp(self, lit: bool, way: LampWay) -> Order:
        """FXS: the telephone's message lamp. By FSK it must be idle (CoreError EBUSY); about a second later Kind.LAMP
        tells whether it was sent. CoreError ENOTTY: the country has no such data, or the card no such voltage."""
        return self._post("set the lamp", lib.LC_CMD_LAMP, a=int(lit), b=int(way))

    def feed(self, feed: Feed, ms: int = 0) -> Order:
        """FXS: normal, reversed or no battery; after `ms` back to normal, 0 stays."""
        return self._post(f"feed {feed.name.lower()}", lib.LC_CMD_FEED, a=int(feed), b=ms)

    def listen(self, ears: Ear) -> Order:
        """Replaces the set of detectors that listen on this port."""
        self._ears = ears
        voice = Ear.NONE if self._on_voice is None else Ear.VOICE
        return self._post("listen", lib.LC_CMD_LISTEN, a=int(ears | voice))

    def tell_voice(self, to: Callable[[bool], None] | None) -> None:
        """Tells `to` when a voice begins (True) and ends, whatever `listen` says; None: no more."""
        self._on_voice = to
        self.listen(self._ears)

    def heard(self, event: PortEvent) -> None:
        """News from the core: for `on_event`, and voice for whom `tell_voice` named."""
        for watch in self.watchers:
            watch(event)
        if event.kind is Kind.VOICE and self._on_voice is not None:
            self._on_voice(bool(event.value))
        if self.on_event is not None:
            self.on_event(event)

    def echo(self, cancel: bool) -> None:
        """Takes our own signal out of what comes back, if that is the engine's work; off for fax and modems."""
        if self.engine.cancels_echo and self.hybrid:
            self._post("cancel echo", lib.LC_CMD_ECHO, a=int(cancel))

    def gain(self, receive_db: float | None = None, transmit_db: float | None = None) -> None:
        """Changes the port's gains, -40 to +20 dB."""
        for direction, value in ((0, receive_db), (1, transmit_db)):
            if value is not None:
                self.gains = (value, self.gains[1]) if direction == 0 else (self.gains[0], value)
                if not self.bare:
                    self._post("set the gain", lib.LC_CMD_GAIN, a=direction, gain_db=value)

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Without gains inside, whoever changes them meanwhile: what is heard is what the line has."""
        if any(self.gains):
            for direction in (0, 1):
                self._post("set no gain", lib.LC_CMD_GAIN, a=direction, gain_db=0.0)
        self.bare = True
        try:
            yield
        finally:
            self.bare = False
            if any(self.gains):
                self.gain(*self.gains)

    def clear(self) -> Order:
        """Removes every link from and to this port."""
        return self.engine.post(f"clear {self.name}", lib.LC_CMD_CLEAR, source=self.source)

    def level(self) -> tuple[float, float]:
        """Receive and transmit level of the last moment, dBm0."""
        out = ffi.new("float[2]")
        check(lib.lc_port_level(self.engine.core, self.index, out, out + 1), f"level of {self.name}")
        return out[0], out[1]

    def _post(self, what: str, kind: int, **fields: Any) -> Order:
        return self.engine.post(f"{what}, {self.name}", kind, slot=self.index, **fields)
