"""From a number to an answer: what kind it is, whether it may be dialled, over which line, and what became of it.

The pure rooms decide (firmware/dialplan); here it is done, told to the bus, and tried again on another line when one
gives no dial tone, is lost, or is taken by a caller at that moment (glare).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from drivers.binding.engine import CoreError
from drivers.binding.events import LineState
from drivers.binding.plan import Plan
from firmware.bus import Bus, Event
from firmware.dialplan.numbers import Dialled, Numbering, classify_outside, line_digits
from firmware.dialplan.permission import CHARGED, Origin, Permission, may_dial
from firmware.dialplan.routes import LineNow, Route, choose_line
from firmware.lines import FarEndGone, Line, LineTaken
from firmware.outbound.answer import Evidence, Outcome, Result
from firmware.outbound.attempt import Attempt, Bearer, Listener
from firmware.outbound.ledger import OutgoingLedger
from firmware.outbound.linedialling import LineDialling
from firmware.outbound.section import Dialling
from firmware.reasons import data, words

log = logging.getLogger(__name__)

FUSE_ALARM = "fraud_fuse"
ANSWERED_S = 0.6  # off-hook for so long, an exchange takes it for an answer and stops ringing
TAKE_OVER_WITHIN_S = 10.0  # the call is ended and the line's release guard over
WARN_S = 60.0  # before the fuse ends a call
LOOK_AGAIN_S = 600.0  # by day: whether the night has begun
ROUNDS_EMERGENCY = 2  # every line once more, without waiting for dial tone


@dataclass(frozen=True, slots=True)
class Who:
    """Who dials, or for whom the box does. `station`: whose class of service counts; `origin` 'outside': the call comes
    from an outside caller."""

    station: str
    origin: Origin = "station"


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of it. `line`, if there is one, is whoever dialled's to hang up: the called party is there, or a tone
    that tells why not. `attempt` listens on it if `ask_who` was wanted."""

    result: Result | Literal["no_line", "lost"]
    line: Line | None = None
    outcome: Outcome | None = None
    attempt: Attempt | None = None


@dataclass(slots=True)
class Means:
    """What dialling needs of the box. `inside`: every inside number; `is_open`: whether the business is, at a moment of
    the local clock, and why; `cut`: takes the line from the call that holds it, the cue says why; `warn`: tells
    whoever is connected with it that the call ends soon."""

    bus: Bus
    plan: Plan
    now: Callable[[], float]
    lines: Mapping[int, Line]
    ledger: OutgoingLedger
    inside: Callable[[], tuple[str, ...]]
    cut: Callable[[Line, str], None]
    warn: Callable[[Line], None]
    is_open: Callable[[datetime], tuple[bool, str]] = lambda _: (True, "now")


class Dialler:
    """One for the box. `setup` may be replaced at any time: the next call goes by it. `out_of_use`: lines that carry
    no outgoing calls for now, but for emergencies."""

    def __init__(self, means: Means, setup: Dialling) -> None:
        self.means = means
        self.setup = setup
        self.out_of_use: set[int] = set()
        self.examined: set[int] = set()  # busy, but the first to be given up for an emergency
        self._last: int | None = None  # the line chosen last
        self._since: dict[int, float] = {}  # when each line's present call began
        self._reserved: set[int] = set()
        self._guards: dict[int, asyncio.Task[None]] = {}  # by line
        self._tidying: set[asyncio.Task[None]] = set()
        means.bus.subscribe(self._event)

    # -- may it be dialled ---------------------------------------------------------------------------------

    @property
    def numbering(self) -> Numbering:
        """How numbers are read just now."""
        return self.setup.numbering(self.means.plan.country, self.means.inside())

    def classify(self, number: str) -> Dialled:
        """What kind of number it is."""
        return classify_outside(number, self.numbering)

    def may(self, call: str, number: str, who: Who) -> tuple[Dialled, Permission]:
        """Whether `who` may dial it; told to the bus, with an alarm when the fuse has blown."""
        dialled = self.classify(number)
        moment = self._moment()
        is_open, hours = self.means.is_open(moment)
        use = self.means.ledger.use(self.setup.fuse, moment)
        permission = may_dial(
            dialled, station=who.station, service=self.setup.service(who.station), fuse=self.setup.fuse, use=use,
            now=moment, origin=who.origin, is_open=is_open, hours=hours,
        )  # fmt: skip
        about: dict[str, Any] = {
            "number": dialled.number, "number_kind": dialled.kind, "why": data(permission.why)
        }  # fmt: skip
        self.means.bus.publish(
            "call.number" if permission.ok else "call.refused", call=call, station=who.station or None,
            origin=who.origin, **about,
        )  # fmt: skip
        if permission.alarm:
            self.means.bus.publish("fuse.blown", call=call, station=who.station or None, **about)
            text = f"outgoing call to {dialled.number} was stopped: {words(permission.why)}"
            self.means.bus.publish("alarm.raised", name=FUSE_ALARM, text=text)
        return dialled, permission

    def quiet(self) -> None:
        """Somebody has seen the fuse's alarm."""
        self.means.bus.publish("alarm.cleared", name=FUSE_ALARM)

    # -- dialling ------------------------------------------------------------------------------------------

    async def reach(
        self, bearer: Bearer, dialled: Dialled, *, listener: Listener | None = None, ask_who: bool = False,
        ring_s: float | None = None,
    ) -> Reached:  # fmt: skip
        """Dials, on as many lines as it takes. `ring_s`: for so long at most, whatever the line's setup says."""
        tried: set[int] = set()
        rounds = 1
        while True:
            choice = choose_line(dialled, self._routes(), self._lines_now(dialled, tried), self._last)
            if choice.line is None:
                if dialled.kind == "emergency" and rounds < ROUNDS_EMERGENCY and tried:
                    rounds += 1
                    tried = set()
                    continue
                self._outcome(bearer.call, None, "no_line", data(choice.why))
                return Reached("no_line")
            line = self.means.lines[choice.line]
            self._last = line.number
            self._publish(
                "call.dialling", bearer.call, line, number=dialled.number, number_kind=dialled.kind, route=choice.route,
                why=data(choice.why),
            )  # fmt: skip
            if choice.take_over and not await self._free(line):
                tried.add(line.number)
                continue
            how = self._how(line, ring_s, blind=rounds > 1)
            reached = await self._try(bearer, dialled, line, how, listener, ask_who)
            if reached is not None:
                return reached
            tried.add(line.number)

    def answered(self, call: str, dialled: Dialled, line: Line, by: str) -> None:
        """The called party is there: from now on, until the line is released, the ledger counts and the fuse watches,
        whoever then has the line."""
        self._publish("call.far_answered", call, line, number=dialled.number, number_kind=dialled.kind, by=by)
        if dialled.kind in CHARGED:
            guard = asyncio.create_task(self._guard(dialled, line), name=f"fuse of line {line.number}")
            self._guards[line.number] = guard

    async def close(self) -> None:
        """Waits until the lines that were given up are put away."""
        for guard in self._guards.values():
            guard.cancel()
        if self._tidying:
            await asyncio.wait(self._tidying)

    # -- one line ------------------------------------------------------------------------------------------

    async def _try(
        self, bearer: Bearer, dialled: Dialled, line: Line, how: LineDialling, listener: Listener | None, ask_who: bool
    ) -> Reached | None:
        """None: another line may do better."""

        def saw(evidence: Evidence) -> None:
            self._publish("call.progress", bearer.call, line, what=evidence.what, at_s=round(evidence.at, 3))

        digits = line_digits(dialled, self.numbering)
        attempt = Attempt(line, digits, self.means.plan, how, saw, listener=listener, ask_who=ask_who)
        try:
            outcome = await attempt.run(bearer.call)
        except LineTaken as taken:
            self._outcome(bearer.call, line, "taken", [], str(taken))
            return None
        except FarEndGone as gone:
            self._outcome(bearer.call, line, "lost", [], gone.cue)
            self._put_away(bearer, attempt, listener)
            return None
        except BaseException:
            self._put_away(bearer, attempt, listener)
            raise
        evidence = [{"at_s": round(one.at, 3), "what": one.what} for one in outcome.evidence]
        self._outcome(bearer.call, line, outcome.kind, [], outcome.by or "", evidence)
        if outcome.kind == "answered":
            return Reached("answered", line, outcome, attempt)
        if outcome.kind == "glare":
            attempt.close()
            return None
        if outcome.kind == "no_dial_tone":
            self._publish("line.no_dial_tone", None, line, evidence=evidence)
            self._put_away(bearer, attempt, listener)
            return None
        return Reached(outcome.kind, line, outcome, attempt)

    def _put_away(self, bearer: Bearer, attempt: Attempt, listener: Listener | None) -> None:
        """Behind the back of the call, which may already dial on another line."""
        attempt.close()
        if attempt.line.call != bearer.call:
            return  # never had, or somebody else's by now
        if listener is not None:
            listener.left(attempt.line)
        task = asyncio.create_task(_idle(attempt.line), name=f"line {attempt.line.number} is put away")
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _free(self, line: Line) -> bool:
        """An emergency call needs the line: whoever has it is cut off, and a caller who still rings is answered and
        put down."""
        self._reserved.add(line.number)
        try:
            async with asyncio.timeout(TAKE_OVER_WITHIN_S):
                self.means.cut(line, "emergency")
                while not line.free:
                    if line.state is LineState.RINGING and line.call is None:
                        await _rings_no_more(line)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.error("line %d could not be freed for an emergency call", line.number)
            return False
        finally:
            self._reserved.discard(line.number)
        return True

    def _how(self, line: Line, ring_s: float | None, *, blind: bool) -> LineDialling:
        how = self.setup.lines.get(str(line.number), LineDialling())
        other = ({"dial_tone": False} if blind else {}) | ({} if ring_s is None else {"no_answer_s": ring_s})
        return how.model_copy(update=other)

    # -- the fuse ------------------------------------------------------------------------------------------

    async def _guard(self, dialled: Dialled, line: Line) -> None:
        """Several calls eat the same minutes, and a call may last into the night: looked at again and again."""
        warned = False
        while (left := self._left_s()) is None or left > 0:
            if left is not None and left <= WARN_S and not warned:
                warned = True
                self._publish("call.limited", line.call, line, seconds=round(left))
                self.means.warn(line)
            ahead = LOOK_AGAIN_S if left is None else left - WARN_S if left > WARN_S else left
            await asyncio.sleep(max(0.05, min(ahead, self._to_night_s())))
        self._publish("fuse.blown", line.call, line, number=dialled.number, number_kind=dialled.kind, why=[])
        text = f"outgoing call to {dialled.number} was ended: the minutes of this night are used up"
        self.means.bus.publish("alarm.raised", name=FUSE_ALARM, text=text, number=dialled.number)
        self.means.cut(line, "fuse")

    def _left_s(self) -> float | None:
        """Until the night's minutes are used up by the calls there are now; None by day."""
        fuse, moment = self.setup.fuse, self._moment()
        if fuse.night(moment) is None:
            return None
        left = fuse.night_minutes * 60 - self.means.ledger.use(fuse, moment).night_minutes * 60
        return left / max(1, self.means.ledger.charged_now())

    def _to_night_s(self) -> float:
        fuse, moment = self.setup.fuse, self._moment()
        if fuse.night(moment) is not None:
            return LOOK_AGAIN_S
        begin = datetime.combine(moment.date(), fuse.night_begins)
        until = (begin - moment).total_seconds()
        return until if until > 0 else LOOK_AGAIN_S

    # -- inside --------------------------------------------------------------------------------------------

    def _routes(self) -> Mapping[str, Route]:
        return self.setup.routes_for(list(self.means.lines))

    def _lines_now(self, dialled: Dialled, tried: set[int]) -> list[LineNow]:
        now = asyncio.get_running_loop().time()
        moment = self._moment()
        return [
            LineNow(
                number, self._state(line, dialled, tried), self.means.ledger.held_s(number, moment),
                -1.0 if number in self.examined else now - self._since.get(number, now),
                self.means.ledger.emergency(number), number in self.examined or self.means.ledger.outgoing(number),
            )
            for number, line in self.means.lines.items()
        ]  # fmt: skip

    def _state(self, line: Line, dialled: Dialled, tried: set[int]) -> Literal["free", "busy", "out_of_service"]:
        spared = (line.number in self.out_of_use or not line.in_use) and dialled.kind != "emergency"
        if line.number in tried or spared or line.state is LineState.DEAD or line.number in self._reserved:
            return "out_of_service"
        return "free" if line.free else "busy"

    def _event(self, event: Event) -> None:
        self.means.ledger.apply(event)
        if event.line is None:
            return
        if event.kind in ("line.ring", "line.seized"):
            self._since.setdefault(event.line, asyncio.get_running_loop().time())
        elif event.kind == "line.idle":
            self._since.pop(event.line, None)
        if event.kind in ("line.released", "line.idle") and event.line in self._guards:
            self._guards.pop(event.line).cancel()

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.means.now())  # noqa: DTZ006 - the night is the box's local time

    def _outcome(
        self, call: str, line: Line | None, result: str, why: list[dict[str, Any]], by: str = "",
        evidence: list[dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self._publish("call.outcome", call, line, result=result, by=by, evidence=evidence or [], why=why)

    def _publish(self, kind: str, call: str | None, line: Line | None, **about: Any) -> None:
        self.means.bus.publish(kind, call=call, line=None if line is None else line.number, **about)


async def _rings_no_more(line: Line) -> None:
    try:
        await line.seize()
        await asyncio.sleep(ANSWERED_S)
    except CoreError as error:  # it has rung out meanwhile
        log.info("line %d: %s", line.number, error)
    finally:
        await line.hang_up()


async def _idle(line: Line) -> None:
    try:
        await line.hang_up()
    except CoreError as error:
        log.warning("line %d: %s", line.number, error)
    await line.idle()
