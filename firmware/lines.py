"""Outside lines: events up, commands down.

A `Line` stands for one FXO port. It publishes what the exchange does, tells its owner once when it is being
rung, and keeps what events told it; it never asks the core for state. The wait for caller id, the signs that
the far end has gone and the way back to idle live here, so that a call reads like the call.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from drivers.binding.convert import SCHEME_NAMES
from drivers.binding.engine import CoreError, Port
from drivers.binding.events import Ear, Kind, LineState, PortEvent
from drivers.binding.plan import Plan
from firmware.bus import Bus
from firmware.linememory import Kept, LineMemory

log = logging.getLogger(__name__)

GONE_TONES = frozenset({"busy", "congestion", "dial"})  # what exchanges play to a party left alone
EARS_IDLE = Ear.CALLERID  # data may come before the first ring: listen all the time
EARS_BUSY = Ear.DTMF | Ear.TONE
EARS_DIALLING = EARS_BUSY | Ear.VOICE
IDLE_WITHIN_S = 10.0  # on-hook to idle takes release_guard (about 1 s); longer means a stuck line
ANSWER_AT_MOST_S = 12.0  # no ringing cycle is longer; the caller id has had its chance
RING_SHARE, RING_EDGE_MS = 0.15, 120  # exchanges cut the first burst; the driver tells edges late
KEEP_CALLER_S = 10.0  # caller id before the first ring belongs to a ring that comes so soon

Withheld = Literal["private", "unavailable"]
WITHHELD: dict[str, Withheld] = {"P": "private", "O": "unavailable"}


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who calls, as the exchange sent it."""

    number: str = ""
    name: str = ""
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit pressed at the far end; `at` is the port's sample count when it began."""

    digit: str
    at: int


class FarEndGone(Exception):
    """The far end of the line has hung up; `cue` tells how the box knew: rang_out, loop_drop, tone, no_battery,
    no_card."""

    def __init__(self, cue: str) -> None:
        super().__init__(f"the far end has gone ({cue})")
        self.cue = cue


class LineTaken(Exception):
    """The line cannot be had for an outgoing call: somebody else was first, also a caller who rings just now."""


class Line:
    """One outside line, numbered from 1. `on_ringing` is called once for each incoming call."""

    def __init__(self, number: int, port: Port, plan: Plan, bus: Bus, kept: Kept | None = None) -> None:
        self.number = number
        self.port = port
        self.call: str | None = None  # the call that holds the line
        self.caller: CallerId | None = None
        self.digits: asyncio.Queue[Digit] = asyncio.Queue()
        self.seized = False  # by us, until it is idle again
        self.in_use = True  # False: taken out of use by hand; callers are left ringing, and it is not dialled on
        self.deaf_s = 0.0  # so long after the answer the card lets nothing pass: its canceller is trained
        self.rings_least = 0  # so many the caller hears before the box answers
        self.on_ringing: Callable[[Line], None] | None = None
        self.on_digit_end: Callable[[str, int], None] | None = None
        self.state = LineState.IDLE
        self._plan = plan
        self._bus = bus
        self.memory = LineMemory(plan, self._publish, bus.now, kept)
        self._held = False  # from ringing or seizing until idle again
        self._has_card = self._has_battery = True
        self._rung_anew = False  # another caller rings while the last call is being put away
        self._gone: asyncio.Future[str] | None = None
        self._may_answer = asyncio.Event()
        self._rung = asyncio.Event()  # so often as people wish
        self._freed: asyncio.Future[None] | None = None  # of this hold; the next call has its own
        self._caller_at = float("-inf")
        self._progress: Callable[[PortEvent], None] | None = None  # hears the line until the called party answers
        self._reversed = False
        self._turned: bool | None = None  # polarity while the called party is there, if that told of him
        port.on_event = self._event
        port.listen(EARS_IDLE)

    @property
    def free(self) -> bool:
        """Idle, with battery and card, and held by no call."""
        return not self._held and self._has_card and self.state is LineState.IDLE

    @property
    def engaged(self) -> bool:
        """Somebody is on it, rings on it, or just was. One without battery or card is neither engaged nor free."""
        return self._held or (self._has_card and self.state not in (LineState.IDLE, LineState.DEAD))

    @property
    def turned(self) -> bool:
        """Its polarity is reversed, as far as the card tells."""
        return self._reversed

    # -- for the call --------------------------------------------------------------------------------

    @property
    def gone(self) -> "asyncio.Future[str]":
        """Done when the far end has gone; its result is the cue: rang_out, loop_drop, tone, no_battery, no_card.
        ValueError while no call holds the line."""
        if self._gone is None:
            raise ValueError(f"line {self.number} is not held by a call")
        return self._gone

    def until_gone(self) -> "UntilGone":
        """`async with line.until_gone():` raises FarEndGone inside when the far end hangs up."""
        if self._gone is None:
            raise ValueError(f"line {self.number} is not held by a call")
        return UntilGone(self._gone)

    async def caller_known(self) -> CallerId:
        """Waits until the line may be answered: caller id received, or its moment has passed."""
        rings_s = self.rings_least * sum(self._plan.ring) / 1000
        try:
            async with asyncio.timeout(ANSWER_AT_MOST_S + rings_s):
                await self._may_answer.wait()
                await self._rung.wait()
        except TimeoutError:
            log.warning("line %d: no second ring and no end of ringing; answering", self.number)
        return self.caller or CallerId()

    async def seize(self) -> None:
        """Goes off-hook: answers; returns when the line can be heard. CoreError when the port refuses."""
        self._forget_digits()
        self.seized = True
        if self.state is not LineState.OFFHOOK:  # it is, if the box was about to dial when the caller rang
            await self.port.seize()
            self._publish("line.seized")
        self.port.listen(EARS_BUSY)
        self.port.echo(True)
        if self.deaf_s:
            await asyncio.sleep(self.deaf_s)

    async def seize_for_dialling(self, call: str, progress: Callable[[PortEvent], None]) -> None:
        """Goes off-hook for an outgoing call. Until `far_end_answered`, tones and breaks do not mean that the far end
        has gone: `progress` gets all news of the port. LineTaken: a caller was first, who is put to `on_ringing`."""
        if not self.free:
            raise LineTaken(f"line {self.number} is in use")
        self.call = call
        self._hold()
        self._progress = progress
        try:
            await self.port.seize()
        except CoreError as error:
            self._free()
            raise LineTaken(str(error)) from error
        except asyncio.CancelledError:
            with contextlib.suppress(CoreError):
                await self.port.release()  # behind the order to seize, which is on its way
            raise
        if self._rung_anew:  # the order met the ring on its way: it has answered it
            self.turn_over()
            raise LineTaken(f"line {self.number} was rung the moment it was seized")
        self.seized = True
        self.port.listen(EARS_DIALLING)
        self.port.echo(True)
        self._publish("line.seized")

    def turn_over(self) -> None:
        """The outgoing call has met an incoming one (glare), which takes the line as it is, off-hook."""
        self.port.clear()
        self._progress = self.call = None
        self.seized = False  # by the call that now begins, as soon as it answers
        self._begin()
        self._may_answer.set()
        self._rung.set()

    def far_end_answered(self, *, by_reversal: bool = False) -> None:
        """The called party is there: from now on the far end can go. `by_reversal`: polarity will tell that, too."""
        self._progress = None
        self._turned = self._reversed if by_reversal else None
        self._forget_digits()
        self.port.listen(EARS_BUSY)

    async def hang_up(self) -> None:
        """Goes on-hook, if the box was off-hook; nothing is linked to the line any more."""
        self.port.clear()
        if self.state not in (LineState.OFFHOOK, LineState.FLASHING):
            return
        try:
            await self.port.release()
            self._publish("line.released")
        except CoreError as error:
            log.warning("line %d: %s", self.number, error)

    async def idle(self) -> None:
        """After `hang_up`: waits until the line may be used again. Never gives up: a line must not stay stuck."""
        self.call = None
        alarm = f"line_{self.number}_stuck"
        stuck = False
        freed = self._freed
        while freed is not None and not freed.done():
            if self.state in (LineState.IDLE, LineState.RINGING, LineState.DEAD):
                self._free()  # rung out before we answered, or the wire is cut
                break
            await asyncio.wait([freed], timeout=IDLE_WITHIN_S)
            if not freed.done():
                stuck = True
                self._publish("alarm.raised", name=alarm, text=f"line {self.number} does not become idle")
                await self.hang_up()
        if stuck:
            self._publish("alarm.cleared", name=alarm)

    # -- events ----------------------------------------------------------------------------------------

    def _event(self, event: PortEvent) -> None:
        self.memory.hear(event)
        progress = self._progress
        if progress is not None:
            progress(event)
        match event.kind:
            case Kind.RING:
                self._ring(event.value)
            case Kind.ECHO_OFF:
                self._publish("line.data_call")
            case Kind.RING_END:
                usual = _usual(self._plan.ring, event.value, event.extra)
                self._publish("line.ring_end", ms=event.value, after_ms=event.extra, usual=usual)
            case Kind.RING_STOP:
                self._rung_anew = False
                self._publish("line.rang_out", bursts=event.value)
                self._far_end_gone("rang_out")
                if self.call is None and self._held:
                    self._free()  # nobody took it, as when the box is stopping
            case Kind.CALLERID:
                self._caller_id(event)
            case Kind.TONE if progress is None:
                if event.word in GONE_TONES and self.state is LineState.OFFHOOK:
                    self._far_end_gone("tone", tone=event.word, hz=event.value, cycles=event.extra)
            case Kind.LOOP_DROP if progress is None:
                self._far_end_gone("loop_drop")
            case Kind.POLARITY:
                self._polarity(reversed_=bool(event.value))
            case Kind.BATTERY:
                self._battery(there=bool(event.value))
            case Kind.CARD:
                self._card(there=bool(event.value))
            case Kind.LINE_STATE:
                self._state(LineState(event.value))
            case Kind.DIGIT:
                self.digits.put_nowait(Digit(event.word, event.at))
            case Kind.DIGIT_END if self.on_digit_end is not None:
                self.on_digit_end(event.word, event.value)
            case Kind.SURPRISE:
                log.warning("line %d: in state %d input %d", self.number, event.value, event.extra)

    def _ring(self, burst: int) -> None:
        self._publish("line.ring", burst=burst)
        if burst == 1 and self._held:
            self._rung_anew = True  # the next caller, before the last one's call is over
        elif burst == 1:
            self._begin()
        elif burst > len(self._plan.ring) // 2:  # the second cycle; a British ring is two bursts
            self._may_answer.set()
        if burst > (self.rings_least - 1) * (len(self._plan.ring) // 2):
            self._rung.set()

    def _begin(self) -> None:
        """A call begins: the line is held from here on."""
        self._rung_anew = False
        self._hold()
        if self.on_ringing is not None:
            self.on_ringing(self)
        if not self.memory.worth_waiting:
            self._may_answer.set()  # whatever was to come has come

    def _caller_id(self, event: PortEvent) -> None:
        number, name = (*event.text, "", "")[:2]
        withheld = WITHHELD.get(number)
        caller = CallerId("" if withheld else number, name, withheld)
        self._publish(
            "line.callerid", ok=bool(event.value), scheme=SCHEME_NAMES.get(event.extra, "none"),
            number=caller.number, name=caller.name, withheld=withheld,
        )  # fmt: skip
        if event.value:
            self.caller = caller
            self._caller_at = asyncio.get_running_loop().time()
        if self._held:
            self._may_answer.set()

    def _hold(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._caller_at > KEEP_CALLER_S:
            self.caller = None
        self._held = True
        self._gone = loop.create_future()
        self._freed = loop.create_future()
        self._may_answer.clear()
        self._rung.clear()
        if self.caller is not None:
            self._may_answer.set()

    def caller_has_gone(self, cue: str, **how: Any) -> None:
        """Somebody else knows that the far end has gone, by a `cue` that the country's plan does not have."""
        if self.state is LineState.OFFHOOK:
            self._far_end_gone(cue, **how)

    def _far_end_gone(self, cue: str, **how: Any) -> None:
        if self._gone is None or self._gone.done():
            return
        if cue != "rang_out":
            self._publish("line.far_end_gone", cue=cue, **how)
        self._gone.set_result(cue)

    def _battery(self, *, there: bool) -> None:
        self._has_battery = there
        if there:
            self._publish("alarm.cleared", name=f"line_{self.number}_no_battery")
            self._sound_again()
            return
        if self._has_card:  # where that is gone, nobody knows of the wire
            self._cut()
        self._far_end_gone("no_battery")

    def _cut(self) -> None:
        self._publish("line.fault", what="no_battery")
        text = f"line {self.number}: no battery, the wire is cut"
        self._publish("alarm.raised", name=f"line_{self.number}_no_battery", text=text)

    def _card(self, *, there: bool) -> None:
        """The port's card was unplugged, or its driver taken away; it has told of that before the wire's own news."""
        self._has_card = there
        name = f"line_{self.number}_no_card"
        if not there:
            self._publish("line.fault", what="no_card")
            self._publish("alarm.raised", name=name, text=f"line {self.number}: its card is gone")
            self._far_end_gone("no_card")
            return
        self._publish("alarm.cleared", name=name)
        if not self._has_battery:
            self._cut()
        self._sound_again()

    @property
    def _fault(self) -> str | None:
        return None if self._has_card and self._has_battery else "no_battery" if self._has_card else "no_card"

    def _sound_again(self) -> None:
        """A fault is over: an idle line's lamp says so."""
        if self.free:
            self._publish("line.idle")

    def _polarity(self, *, reversed_: bool) -> None:
        self._reversed = reversed_
        if self._turned is not None and self._turned is not reversed_:
            self._far_end_gone("reversal")

    def _state(self, state: LineState) -> None:
        before, self.state = self.state, state
        if self._held and before in (LineState.GUARD, LineState.OFFHOOK, LineState.DEAD) and state in (
            LineState.IDLE, LineState.RINGING, LineState.DEAD,
        ):  # fmt: skip
            self._free()

    def _free(self) -> None:
        self._held = self.seized = False
        fault = self._fault
        self._publish("line.idle", **({} if fault is None else {"fault": fault}))
        self.call = self.caller = self._gone = self._progress = self._turned = None
        self.on_digit_end = None
        self.port.listen(EARS_IDLE)
        self.port.echo(False)
        if self._freed is not None:
            self._freed.set_result(None)
            self._freed = None
        if self._rung_anew and self.state is LineState.RINGING:
            self._begin()

    def _forget_digits(self) -> None:
        while not self.digits.empty():
            self.digits.get_nowait()

    def _publish(self, kind: str, **data: Any) -> None:
        self._bus.publish(kind, call=self.call, line=self.number, **data)


class UntilGone:
    """Ends the task's work inside with FarEndGone when `gone` is done, as asyncio.timeout ends it with time."""

    def __init__(self, gone: "asyncio.Future[str]") -> None:
        self._gone = gone
        self._task: asyncio.Task[object] | None = None
        self._fired = False
        self._cancelling = 0

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        self._gone.add_done_callback(self._fire)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.remove_done_callback(self._fire)
        assert self._task is not None
        if self._fired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise FarEndGone(self._gone.result()) from error

    def _fire(self, _: object) -> None:
        assert self._task is not None
        self._fired = True
        self._task.cancel()


def _usual(ring: tuple[int, ...], ms: int, after_ms: int) -> bool:
    """Whether a burst and the silence before it (0: it was the first) belong to the country's ring. What differs is a
    distinctive ring: another number of the subscriber's, or a call from within the operator's group."""
    bursts = [(on, off) for on, off in zip(ring[::2], (ring[-1], *ring[1:-1:2]), strict=True)]
    return any(_near(ms, on) and (not after_ms or _near(after_ms, off)) for on, off in bursts)


def _near(measured: int, nominal: int) -> bool:
    return abs(measured - nominal) <= max(RING_SHARE * nominal, RING_EDGE_MS)
