"""Learned hang-up (H3): "the caller had gone" proposes the tone that the box did not know, after a trial on past calls.

The line's ears tell every pure tone that repeats and that no tone of the country explains (`line.cadence`). When
somebody says that a caller had gone unnoticed, the one heard in that call is the candidate. It is played against
recordings of calls in which nobody had gone: how often would it have cut a conversation? Only who has seen that may
take it. From then on the line ends a call by it.
"""

import asyncio
import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from drivers.binding.events import Ear, Kind
from drivers.binding.listener import Listener
from drivers.binding.plan import Plan
from firmware.api.messages import Refused
from firmware.api.switching import OfLine, TakeHangUp
from firmware.bus import Bus, Event
from firmware.guard.section import HangUps, HangUpTone
from firmware.linememory import Cadence
from firmware.lines import Line
from firmware.setup.changes import Changes

REMEMBER_S = 3600.0  # so long after the call somebody may still say that the caller had gone
TRIALS_MOST = 50  # recordings
END_S = 15.0  # at the end of a call the tone is what it should be

PastCalls = Callable[[int, int], Iterable[Path]]
"""Recordings of answered calls on a line, the latest first, at most so many."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a tone would have done: `calls` were looked at, `cuts` of them would have been cut too early."""

    calls: int
    cuts: int


class LearnedHangUps:
    """Ends calls by what was learned; proposes what may be learned."""

    def __init__(
        self, bus: Bus, lines: Mapping[int, Line], changes: Changes, plan: Plan, past: PastCalls, *, threads: bool
    ) -> None:
        self._bus = bus
        self._lines = lines
        self._changes = changes
        self._learned = changes.present(HangUps)
        self._plan = plan
        self._past = past
        self._threads = threads
        self._heard: dict[int, tuple[float, Cadence]] = {}  # by line
        bus.subscribe(self._event)

    def intents(self) -> dict[str, Callable[[Any], Any]]:
        """The api's handlers."""
        return {"line.caller_had_gone": self.propose, "line.take_hang_up": self.take}

    async def propose(self, wanted: OfLine) -> dict[str, Any]:
        """What the exchange played when the caller had gone, and what it would do to other calls. Refused: nothing
        was heard that repeats."""
        at, heard = self._heard.get(wanted.line, (float("-inf"), None))
        if heard is None or self._bus.now() - at > REMEMBER_S:
            raise Refused(
                f"line {wanted.line}: no tone that repeats was heard in its last call; if its exchange is silent when "
                f"a caller goes, ask the operator for a loop interruption or a polarity reversal",
                code="no_tone_heard",
            )
        tone = HangUpTone(hz=heard.hz, ms=heard.ms)
        trial = await self.trial(wanted.line, tone)
        self._bus.publish(
            "line.hang_up_proposed", line=wanted.line, hz=tone.hz, ms=list(tone.ms), calls=trial.calls, cuts=trial.cuts
        )
        return {"hz": tone.hz, "ms": list(tone.ms), "calls": trial.calls, "cuts": trial.cuts}

    async def trial(self, line: int, tone: HangUpTone) -> Trial:
        """What this tone would have done to earlier calls on the line."""
        files = list(self._past(line, TRIALS_MOST))
        return await asyncio.to_thread(try_on, self._plan, tone, files) if self._threads else try_on(
            self._plan, tone, files
        )  # fmt: skip

    async def take(self, wanted: TakeHangUp) -> dict[str, Any]:
        """From now on the line ends a call by this tone."""
        tone = HangUpTone(hz=wanted.hz, ms=wanted.ms)
        key = str(wanted.line)

        def change(now: HangUps) -> HangUps:
            known = [one for one in now.lines.get(key, []) if not same(one, tone)]
            return now.model_copy(update={"lines": now.lines | {key: [*known, tone]}})

        self._changes.setup.change(HangUps, change, who=wanted.who)
        self._bus.publish("line.hang_up_learned", line=wanted.line, hz=tone.hz, ms=list(tone.ms))
        return {}

    def _event(self, event: Event) -> None:
        if event.kind != "line.cadence" or event.line is None:
            return
        heard = Cadence(int(event.data["heard_hz"]), tuple(event.data["heard_ms"]))
        self._heard[event.line] = (event.at, heard)
        learned = self._learned().lines.get(str(event.line), [])
        if any(same(one, HangUpTone(hz=heard.hz, ms=heard.ms)) for one in learned):
            self._lines[event.line].caller_has_gone("learned_tone", hz=heard.hz, ms=list(heard.ms))


def same(one: HangUpTone, other: HangUpTone) -> bool:
    """As far as can be measured."""
    return Cadence(one.hz, one.ms).same(Cadence(other.hz, other.ms))


def try_on(plan: Plan, tone: HangUpTone, files: Iterable[Path]) -> Trial:
    """Listens to what callers said: a tone like this one, long before the end, would have cut the call."""
    calls = cuts = 0
    for file in files:
        samples = _caller(file)
        if samples is None:
            continue
        calls += 1
        cuts += any(at < len(samples) / 8000 - END_S for at in _heard_in(plan, tone, samples))
    return Trial(calls, cuts)


def _heard_in(plan: Plan, tone: HangUpTone, samples: "np.ndarray[Any, np.dtype[np.int16]]") -> list[float]:
    """Seconds at which it was told."""
    with Listener(plan, Ear.TONE) as listener:
        told = [event for event in listener.feed(samples.tobytes()) if event.kind is Kind.CADENCE]
    found = []
    for event in told:
        hz, *times = (int(part) for part in event.word.split(","))
        if same(tone, HangUpTone(hz=hz, ms=tuple(times))):
            found.append(event.at / 8000)
    return found


def _caller(file: Path) -> "np.ndarray[Any, np.dtype[np.int16]] | None":
    """The left channel; None if the recording cannot be read any more."""
    try:
        with wave.open(str(file)) as sound:
            frames = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
            return np.ascontiguousarray(frames.reshape(-1, sound.getnchannels())[:, 0])
    except (OSError, EOFError, ValueError, wave.Error):
        return None
