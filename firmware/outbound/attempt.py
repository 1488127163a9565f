"""One number, dialled on one line: dial tone, digits, and what became of it (features A5 and A7).

The line is seized here and, if nobody answers, left to the caller of `run` to be hung up. While it runs, whoever dials
may already hear the line.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from drivers.binding.events import Kind, PortEvent
from drivers.binding.plan import Plan
from firmware.lines import Line
from firmware.outbound.answer import RATE, AnswerDetector, Evidence, Outcome, Signal, signal_of
from firmware.outbound.dialstring import Flash, Part, Pause, Send, WaitTone, parts
from firmware.outbound.linedialling import LineDialling
from firmware.outbound.listening import LineEar
from firmware.voice.machine import Judge, News, Verdict

LISTEN_EVERY_S = 0.1
NO_TONE_PAUSE_S = 1.5  # a line on which dial tone is not waited for
ECHO_S = 0.3  # behind a word of the near end its echo may last
LATE_S = 0.5  # news of the line's own ears come at most so late


@dataclass(slots=True)
class Bearer:
    """The call for which a number is dialled. Another may go on with it: then it has that one's id."""

    call: str


class Listener:
    """Whoever dials, as far as an attempt knows; also one who does not listen at all."""

    early_more_s = 0.0  # so much longer may it last if somebody speaks without having rung it
    judges = False  # hears for himself whether somebody is there: in doubt he is not cut off

    def seized(self, line: Line) -> None:
        """The line may be heard."""

    def dialled(self, line: Line) -> None:
        """It may be spoken to."""

    def left(self, line: Line) -> None:
        """It will be put away now; another may be tried."""

    def early_voice(self, line: Line) -> None:
        """Without having rung it speaks: the answer, or an announcement, or music in place of ringback."""

    def taken(self) -> bool:
        """He knows that somebody is there."""
        return False

    def speaks(self) -> bool:
        """Just now: what the line says may be its echo."""
        return False


class Attempt:
    """`run` once. `on_evidence` is told each thing that was seen or heard, as it is known. `ask_who`: `who` will be
    called after the answer."""

    def __init__(
        self, line: Line, digits: str, plan: Plan, how: LineDialling, on_evidence: Callable[[Evidence], None],
        *, listener: Listener | None = None, ask_who: bool = False,
    ) -> None:  # fmt: skip
        self.line = line
        self.digits = digits
        self.dialled = False
        self.answered_at: float | None = None  # loop time
        self._plan = plan
        self._how = how
        self._ask_who = ask_who
        self._listener = listener or Listener()
        rules = how.rules(plan, person=self._listener.judges)
        self._detector = AnswerDetector(replace(rules, early_more_s=self._listener.early_more_s))
        self._early_told = False
        self._echo_until = 0.0
        self._speech: Signal | None = None  # that goes on, and may have been an echo when it began
        self._on_evidence = on_evidence
        self._told = 0
        self._seized_at = 0.0
        self._seized = 0  # the line's sample count
        self._pulsed = asyncio.Event()
        self._dial_tone_heard = asyncio.Event()  # since the last digits
        self._news = asyncio.Event()
        self._ear: LineEar | None = None

    async def run(self, call: str) -> Outcome:
        """Seizes the line, dials, and listens until something is certain. LineTaken; FarEndGone when the wire is cut.
        Call `close` afterwards, whatever came of it."""
        await self.line.seize_for_dialling(call, self._heard)
        engine = self.line.port.engine
        self._seized_at = asyncio.get_running_loop().time()
        self._seized = engine.tick * engine.tick_ms * RATE // 1000
        self._ear = LineEar(self.line.port, self._plan)
        self._listener.seized(self.line)
        async with self.line.until_gone(), self._sending() as sending:
            outcome = await self._listen(sending)
        if not self._ask_who:
            self.close()
        if outcome.kind == "answered":
            self.answered_at = self._seized_at + outcome.at
            self.line.far_end_answered(by_reversal=outcome.by == "reversal")
        elif outcome.kind == "glare":
            self._listener.left(self.line)
            self.line.turn_over()
        return outcome

    async def who(self) -> AsyncIterator[Verdict]:
        """After the answer: a person, a machine and then its beep, a fax; as soon as each is known."""
        assert self._ear is not None and self.answered_at is not None
        answered = self.answered_at - self._seized_at
        judge = Judge()
        told = seen = 0
        while True:
            now = self._now()
            for _ in self._ear.read(now):
                pass  # the judge takes the same news below, with their tones
            for news in self._ear.news[seen:]:
                if news.at >= answered - LATE_S:
                    judge.news(_from(news, answered))
            seen = len(self._ear.news)
            judge.pass_time(now - answered)
            for verdict in judge.verdicts[told:]:
                yield verdict
            told = len(judge.verdicts)
            if judge.done:
                return
            await asyncio.sleep(LISTEN_EVERY_S)

    def close(self) -> None:
        """Listens no more. Twice is fine."""
        if self._ear is not None:
            self._ear.close()

    # -- listening -----------------------------------------------------------------------------------------

    async def _listen(self, sending: "asyncio.Task[None]") -> Outcome:
        assert self._ear is not None
        while True:
            now = self._now()
            if self._listener.taken():
                self._detector.taken(now)
            if self._listener.speaks():
                self._echo_until = now + ECHO_S
            for signal in self._ear.read(now):
                self._far(signal, now)
            self._still_speaking(now)
            outcome = self._detector.pass_time(now)
            self._tell()
            if self._detector.early_voice and not self._early_told:
                self._early_told = True
                self._listener.early_voice(self.line)
            if outcome is not None:
                return outcome
            if sending.done():
                sending.result()
            self._news.clear()
            deadline = self._detector.deadline
            most = LISTEN_EVERY_S if deadline is None else min(LISTEN_EVERY_S, max(0.001, deadline - now))
            try:
                await asyncio.wait_for(self._news.wait(), most)
            except TimeoutError:
                continue

    def _heard(self, event: PortEvent) -> None:
        if event.kind is Kind.PULSED:
            self._pulsed.set()
        signal = signal_of(event, self._now(), self._seized)
        if signal is not None and self._ear is not None:
            self._far(signal, signal.told)

    def _far(self, signal: Signal, now: float) -> None:
        """News of the far end, unless it may be the echo of whoever dials."""
        match signal.kind:
            case "voice":
                self._speech = signal
                if now < self._echo_until:
                    return
                self._speech = None
            case "voice_end":
                self._speech = None
            case "sound" | "digit" if now < self._echo_until:
                return
        self._signal(signal)

    def _still_speaking(self, now: float) -> None:
        """The near end is silent again, and the line speaks on: no echo."""
        if self._speech is not None and now >= self._echo_until:
            self._speech = None
            self._signal(Signal(now, "voice", at=now))

    def _signal(self, signal: Signal) -> None:
        if signal.kind == "tone" and signal.name in ("dial", "special_dial"):
            self._dial_tone_heard.set()
            if self._ear is not None:
                self._ear.dial_tone()
        self._detector.signal(signal)
        self._news.set()

    def _tell(self) -> None:
        for evidence in self._detector.evidence[self._told :]:
            self._on_evidence(evidence)
        self._told = len(self._detector.evidence)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._seized_at

    # -- sending -------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _sending(self) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(self._send_all(), name=f"dials on line {self.line.number}")
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _send_all(self) -> None:
        plan: list[Part] = [WaitTone() if self._how.dial_tone else Pause(NO_TONE_PAUSE_S)]
        for part in plan + parts(self._how.before) + parts(self.digits):
            await self._send(part)
        self.dialled = True
        assert self._ear is not None
        self._ear.dialled()
        self._listener.dialled(self.line)
        self._signal(Signal(self._now(), "dialled"))

    async def _send(self, part: Part) -> None:
        match part:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Flash():
                await self.line.port.flash(self._how.flash_ms)
                await asyncio.sleep(self._how.flash_ms / 1000)
            case WaitTone():
                await self._dial_tone()
            case Send(digits) if self._how.by == "pulses" and digits.isdecimal():
                self._pulsed.clear()
                await self.line.port.pulses(digits)
                await self._pulsed.wait()
            case Send(digits):
                engine = self.line.port.engine
                with engine.player() as player:
                    engine.link(player.source, self.line.port.sink)
                    await player.digits(digits)
        if not isinstance(part, WaitTone):
            self._dial_tone_heard.clear()

    async def _dial_tone(self) -> None:
        """Until it is there; the first is the detector's to give up, a second one ours."""
        patience = self._how.dial_tone_s if self._detector.dial_tone else None
        try:
            async with asyncio.timeout(patience):
                await self._dial_tone_heard.wait()
        except TimeoutError:
            self._detector.give_up("no_dial_tone", self._now(), f"no second dial tone for {patience:g} s")
            self._news.set()
            await asyncio.Future()
        await asyncio.sleep(self._how.settle_s)


def _from(news: News, begin: float) -> News:
    """The same, with times from `begin`."""
    return replace(news, told=news.told - begin, at=news.at - begin)
