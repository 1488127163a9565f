"""Stations: the telephones of the agents; events up, commands down.

A `Station` stands for one FXS port. It publishes what the telephone does and keeps what events told it. It also
gives the handset the tone after the other party has gone, until it is put down. What its user means by lifting,
flashing and dialling, `firmware/calls/handset.py` knows.

**A headset** is off-hook all day. At such a station off-hook means connected, not speaking: between calls the station
counts as on-hook, a call is announced by a short tone in the ear, and begins when its user says so at the desk, or by
itself after the tone. `offhook` and the events say that in the words of a telephone, so nobody else need know.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from drivers.binding.engine import Port
from drivers.binding.events import Ear, Kind, LampResult, LineState, PortEvent
from firmware.bus import Bus
from firmware.lines import CallerId, Digit

log = logging.getLogger(__name__)

Headset = Literal["no", "button", "auto"]
"""A telephone; a headset whose calls begin by the desk's button; one whose calls begin by themselves."""

ZIP_S = 0.2  # the tone that tells a headset of a call
ZIP_EVERY_S = 4.0  # it comes again until the call is taken by the button
SURE_S = 2.0  # a call that was put down is over long before
BUSY_TONE_S = 60.0  # then the howler, where the country has one: the handset was left off


class Station:
    """One station, named by its number ("801"). `on_idle` is called whenever it can take a call again; `on_lifted`
    when it is picked up and no call rings it, `on_down` and `on_flash` always."""

    def __init__(self, number: str, port: Port, bus: Bus, socket: str | None = None) -> None:
        """`socket`: where its headset is plugged in, if that is the box's own sound socket."""
        self.number = number
        self.port = port
        self._socket = socket
        self.call: str | None = None  # the call that rings or holds it, or that it is kept for
        self.offhook = False  # the user speaks, or hears a tone; a headset between calls does not count
        self.headset: Headset = "no" if socket is None else "button"
        self._lifted = False  # the loop is closed
        self.in_use = True  # False: taken out of use by hand; it is not rung, and lifted it hears busy tone
        self.has_card = True  # False: its card, or its headset at the box's own socket, was unplugged
        self.idle_since = asyncio.get_running_loop().time()
        self.digits: asyncio.Queue[Digit] = asyncio.Queue()  # tones and pulses alike
        self.on_idle: Callable[[], None] | None = None
        self.on_lifted: Callable[[], None] | None = None
        self.on_down: Callable[[], None] | None = None
        self.on_flash: Callable[[], None] | None = None
        self.on_lamp: Callable[[bool], None] | None = None  # the lamp's data were sent (True), or cut
        self._bus = bus
        self._picked_up: asyncio.Future[bool] | None = None  # False: it no longer can be
        self._hung_up: asyncio.Future[None] | None = None
        self._tones: asyncio.Task[None] | None = None
        self._sure = asyncio.Event()  # cleared while the loop is broken, and until a hang-up is over and done
        self._sure.set()
        port.on_event = self._event
        port.listen(Ear.NONE)

    @property
    def free(self) -> bool:
        """On-hook, in no call, in use, its card there and a headset connected."""
        return not self.offhook and self.call is None and self.in_use and self.has_card and self.connected

    @property
    def fault(self) -> str | None:
        """Why it is off the line: no_card, no_headset; None: it is not."""
        return None if self.has_card else self._unplugged

    @property
    def _unplugged(self) -> str:
        return "no_card" if self._socket is None else "no_headset"

    @property
    def connected(self) -> bool:
        """A telephone always is; a headset while it is off-hook."""
        return self.headset == "no" or self._lifted

    def use(self, in_use: bool) -> None:
        """Takes it out of use, or into use again; a call that it is in goes on."""
        again = in_use and not self.in_use
        self.in_use = in_use
        if again and self.free:
            self._idle()

    def wear(self, headset: Headset) -> None:
        """What is plugged in here, from now on; a call that it is in goes on. At the box's own sockets it is a headset
        whatever is said: its calls then begin by the button."""
        if headset == "no" and self._socket is not None:
            headset = "button"
        before, self.headset = self.headset, headset
        if (before == "no") == (headset == "no"):
            return
        self._publish("station.headset", connected=None if headset == "no" else self._lifted, how="setup")
        if headset == "no":
            if self._lifted and not self.offhook and self._picked_up is None:
                self._off_hook()
            return
        if self._picked_up is None:
            self._rest()

    # -- for the call --------------------------------------------------------------------------------

    async def offer(self, call: str, caller: CallerId, seconds: float, *, wanted: bool = False) -> bool:
        """Rings with the caller's number on the handset; True when picked up, False after `seconds`. A headset hears a
        short tone instead; `wanted`: its user has asked for this call, which begins at once.

        True: the station belongs to the call until `leave()`. Otherwise it is free again. A station that is kept for
        this very call and was lifted meanwhile has picked up."""
        kept = self.call == call
        if not kept and not self.free:
            return False
        if self.offhook or not self.has_card:
            return self.offhook
        self.call = call
        self._sure.set()
        self._picked_up = asyncio.get_running_loop().create_future()
        self._publish("station.ringing", number=caller.number, name=caller.name)
        in_the_ear = self.headset != "no" and self._lifted
        if not in_the_ear:
            self.port.ring(caller.number, caller.name, caller.withheld)
        elif wanted:
            self._off_hook()
        else:
            self._tones = asyncio.create_task(self._zip(), name=f"headset of station {self.number} is told")
        answered = False
        try:
            async with asyncio.timeout(seconds):
                answered = await self._picked_up
        except TimeoutError:
            pass
        finally:
            self._picked_up = None
            if in_the_ear:
                self._stop_tones()
            elif not self.offhook:
                self.port.stop_ring()
            if not answered:
                self.leave()
        return answered

    def answer(self) -> bool:
        """The call that the headset is told of begins. False: there is none."""
        if self.offhook or not self._lifted or self._picked_up is None or self._picked_up.done():
            return False
        self._off_hook()
        return True

    async def sure(self) -> None:
        """Waits until it is known what a break of the loop means, no longer than the country's longest flash lasts, and
        if it was a hang-up until the call has let the station go; at once without a break. The handset that was just
        put down is then known to be down."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SURE_S):
                await self._sure.wait()

    async def hung_up(self) -> None:
        """Waits until the agent puts the handset down; at once when it is down."""
        if self.offhook:
            self._hung_up = asyncio.get_running_loop().create_future()
            await self._hung_up

    def leave(self) -> None:
        """The call is over for this station. An agent still holding the handset hears busy tone."""
        if self.call is None:
            return
        if self.offhook and self.headset != "no" and self._lifted:
            self.call = None
            self._rest()
        elif self.offhook:
            self.busy_tone()
            self.call = None
        else:
            self.call = None
            self._idle()

    def rest(self) -> None:
        """Its user is in no call and keeps none: a headset that still counts as off-hook does so no more."""
        if self.headset != "no":
            self._rest()

    def busy_tone(self) -> None:
        """The other party has gone: until the handset is put down or lifted anew, or `quiet`."""
        self._publish("station.tone", tone="busy")
        self._play_tones([("busy", BUSY_TONE_S)])

    def quiet(self) -> None:
        """Ends the tone."""
        self._stop_tones()

    def close(self) -> None:
        """Ends what the station does by itself."""
        self._stop_tones()

    # -- events ----------------------------------------------------------------------------------------

    def _event(self, event: PortEvent) -> None:
        match event.kind:
            case Kind.OFFHOOK:
                self._loop_closed()
            case Kind.ONHOOK:
                self._loop_opened()
            case Kind.LINE_STATE:
                self._broken(event.value)
            case Kind.FLASH:
                self._publish("station.flash", ms=event.value)
                if self.on_flash is not None:
                    self.on_flash()
            case Kind.DIGIT | Kind.PULSE:
                self.digits.put_nowait(Digit(event.word, event.at))
            case Kind.LAMP:
                if self.on_lamp is not None:
                    self.on_lamp(event.value == LampResult.SENT)
            case Kind.CARD:
                self._card(there=bool(event.value))
            case Kind.SURPRISE:
                log.warning("station %s: in state %d input %d", self.number, event.value, event.extra)

    def _broken(self, state: int) -> None:
        if state == LineState.FLASHING:
            self._sure.clear()
        elif state != LineState.IDLE:  # which is told of next, and set when the station is idle
            self._sure.set()

    def _card(self, *, there: bool) -> None:
        """Its card or headset was unplugged, or is back. That it is then off the line is told as on-hook."""
        self.has_card = there
        name = f"station_{self.number}_{self._unplugged}"
        if there:
            self._publish("alarm.cleared", name=name)
            if self.free:
                self._idle()
            return
        self._publish("station.fault", what=self._unplugged)
        text = "its card is gone" if self._socket is None else "its headset is not there"
        self._publish("alarm.raised", name=name, text=f"station {self.number}: {text}", socket=self._socket or "")
        if self._socket is not None and self.offhook:  # it has no hook that could have been flashed
            self._on_hook()
        if self._picked_up is not None and not self._picked_up.done():
            self._picked_up.set_result(False)

    def _loop_closed(self) -> None:
        self._lifted = True
        if self.headset == "no":
            self._off_hook()
            return
        self._publish("station.headset", connected=True, how="hook")
        if self._picked_up is not None:  # it rang: the handset was on its rest
            self._off_hook()
        elif self.call is None:
            self._idle()

    def _loop_opened(self) -> None:
        self._lifted = False
        if self.headset != "no":
            self._publish("station.headset", connected=False, how="hook")
        if self.offhook:
            self._on_hook()
        elif self._picked_up is not None and not self._picked_up.done():
            self._picked_up.set_result(False)

    def _rest(self) -> None:
        if self.offhook and self.call is None and self._lifted:
            self._on_hook()

    def _off_hook(self) -> None:
        self.offhook = True
        self.port.echo(True)
        self.port.listen(Ear.DTMF)
        self._publish("station.offhook")
        if self._picked_up is not None and not self._picked_up.done():
            self._picked_up.set_result(True)
        elif self.call is None and not self.in_use:
            self.busy_tone()
        elif self.call is None and self.on_lifted is not None:
            self.on_lifted()

    def _on_hook(self) -> None:
        self.offhook = False
        self.port.echo(False)
        self.port.listen(Ear.NONE)
        self._publish("station.onhook")
        self._stop_tones()
        if self._hung_up is not None and not self._hung_up.done():
            self._hung_up.set_result(None)
        if self.on_down is not None:
            self.on_down()
        if self.call is None:
            self._idle()

    def _idle(self) -> None:
        self._sure.set()
        if not self.has_card:
            return
        self.idle_since = asyncio.get_running_loop().time()
        self._publish("station.idle")
        if self.on_idle is not None:
            self.on_idle()

    # -- tones -------------------------------------------------------------------------------------------

    def _play_tones(self, tones: list[tuple[str, float]]) -> None:
        self._stop_tones()
        self._tones = asyncio.create_task(self._tones_of(tones), name=f"tones of station {self.number}")

    def _stop_tones(self) -> None:
        if self._tones is not None:
            self._tones.cancel()
            self._tones = None

    async def _zip(self) -> None:
        """A short tone; then the call begins, or the tone comes again."""
        engine = self.port.engine
        with engine.player() as player:
            engine.link(player.source, self.port.sink)
            while True:
                await player.tone("call_waiting", int(ZIP_S * 1000))
                if self.headset == "auto":
                    break
                await asyncio.sleep(ZIP_EVERY_S)
        self._tones = None
        self.answer()

    async def _tones_of(self, tones: list[tuple[str, float]]) -> None:
        """Plays the tones one after the other until the handset is put down; the howler last."""
        engine = self.port.engine
        with engine.player() as player:
            engine.link(player.source, self.port.sink)
            for name, seconds in tones:
                await player.tone(name, int(seconds * 1000))
            if "howler" in engine.plan.tones:
                await player.tone("howler")

    def _publish(self, kind: str, **data: Any) -> None:
        self._bus.publish(kind, call=self.call, station=self.number, **data)
