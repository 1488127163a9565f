"""What became of an outgoing call on an analog line: answered, busy, or why not; and what told it.

The line says little. If the operator sells it, polarity reverses when the called party answers; otherwise there is
nothing but the end of ringback and somebody's voice (feature A7). `AnswerDetector` takes what was heard and seen, in
the order in which it was told, and time; it holds no clock and starts nothing. `decide` runs a whole list.

Two kinds of voice are told apart. "voice" is speech without tones (webrtcvad and the purity test of firmware/voice): it
counts at once. "sound" is the core's level detector, which also hears busy tone begin: it counts when the slowest
tone of the plan would have been recognised by then.

Voice without any ringback before is an announcement, or the music that many mobile subscribers have in place of
ringback (彩铃): by itself it is no answer, unless the line's rules say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from drivers.binding.events import Kind, PortEvent
from drivers.binding.plan import Plan

RATE = 8000

# glare: in place of dial tone there is somebody who called the very moment the line was seized
Result = Literal["answered", "busy", "congestion", "no_answer", "vacant", "no_dial_tone", "glare"]
By = Literal["reversal", "voice", "fax", "digit", "assumed"]
Told = Literal[
    "dialled",  # the last digit has been sent
    "reversal",
    "loop_drop",
    "tone",  # `name`; at = its first burst
    "tone_end",  # `name`; at = the end of its last burst
    "voice",
    "voice_end",
    "sound",
    "sound_end",
    "fax",  # CED or CNG
    "digit",  # `name`
]


@dataclass(frozen=True, slots=True)
class Signal:
    """Something on the line. Seconds since it was seized: `at` when it happened, `told` when that was known."""

    told: float
    kind: Told
    name: str = ""
    at: float | None = None

    @property
    def when(self) -> float:
        """When it happened."""
        return self.told if self.at is None else self.at


@dataclass(frozen=True, slots=True)
class Rules:
    """Seconds. Where no source is named, the figure is ours: long enough not to err, short enough not to hold lines."""

    dial_tone_s: float = 5.0  # Asterisk and most modems wait as long
    no_answer_s: float = 60.0  # exchanges in China give up after about 60 s
    rang_out_s: float = 20.0  # busy tone after so much ringing: the exchange gave up, nobody is busy
    voice_s: float = 0.15  # of speech: "喂?"
    glare_s: float = 0.3  # of speech in place of dial tone
    voice_late_s: float = 0.2  # so late the end of speech is told: the hangover of firmware/voice/activity.py
    sound_s: float = 4.5  # the slowest tone is recognised by then: rules_of() computes it
    sound_least_s: float = 0.15  # shorter is a click
    ringback: tuple[float, ...] = (1.0, 4.0)  # on, off, on, off
    burst_edge_s: float = 0.15  # by so much a burst may be early or late
    settle_s: float = 0.3  # what begins sooner after dialling is the relay, or echo of our own digits
    reversal_answers: bool = True  # False: the exchange reverses at dialling, too, or the line is known to lie
    voice_answers: bool = True  # False: reversal is sold on this line, and nothing less is believed
    early_voice_answers: bool = False  # voice without ringback
    # A person listens and may long be talking: nothing is cut because the box could not tell, unless it rings still.
    assume: bool = False
    early_more_s: float = 0.0  # so much longer if a voice was heard that may be the answer
    silent_s: float = 1.0  # beyond the slowest tone: then nobody has said why it rings no longer


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen or heard."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`at`: when it happened; `told`: when it was known."""

    kind: Result
    at: float
    told: float
    by: By | None
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class _Candidate:
    """Voice or sound that may be the answer."""

    since: float
    speech: bool
    end: float | None = None

    def lasted(self, now: float) -> float:
        return (now if self.end is None else self.end) - self.since


class AnswerDetector:
    """Give it signals in the order told, and let time pass up to `deadline`; the first Outcome is the last."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.outcome: Outcome | None = None
        self._dialled: float | None = None
        self._dial_tone = False
        self._ringback: float | None = None  # its first burst, while it is there
        self._rang: tuple[float, float] | None = None  # first burst, end of the last: when it is over
        self._candidates: list[_Candidate] = []
        self._evidence: list[Evidence] = []

    @property
    def dial_tone(self) -> bool:
        """It was heard: the number may be sent."""
        return self._dial_tone

    @property
    def early_voice(self) -> bool:
        """Somebody has spoken, or music played, and it has not rung: an announcement, or the answer."""
        if self._dialled is None or self._rang is not None:
            return False
        return any(one.speech and one.end is not None for one in self._candidates)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was seen and heard so far."""
        return tuple(self._evidence)

    def taken(self, now: float) -> Outcome:
        """Whoever dials knows that somebody is there: he was asked for a key, and pressed it."""
        if self.outcome is None:
            self._saw(now, "a key that was asked for")
            self._decide("answered", now, now, "digit")
        assert self.outcome is not None
        return self.outcome

    def give_up(self, kind: Result, now: float, what: str) -> Outcome:
        """Whoever dials knows that nothing will come of it."""
        if self.outcome is None:
            self._saw(now, what)
            self._decide(kind, now, now)
        assert self.outcome is not None
        return self.outcome

    @property
    def deadline(self) -> float | None:
        """When time alone may decide; None once decided, or while nothing is waited for."""
        if self.outcome is not None:
            return None
        if self._dialled is None:
            return None if self._dial_tone else min([self.rules.dial_tone_s, *map(self._glares, self._candidates)])
        ripe = [at for candidate in self._candidates if (at := self._ripe(candidate)) is not None]
        return min([*ripe, self._silent_answer(), self._no_answer(self._dialled)])

    def pass_time(self, now: float) -> Outcome | None:
        """Nothing was told until `now`."""
        while (due := self.deadline) is not None and due <= now:
            self._due(due)
        return self.outcome

    def signal(self, signal: Signal) -> Outcome | None:
        """Takes what was told."""
        self.pass_time(signal.told)
        if self.outcome is None:
            if self._dialled is None:
                self._before(signal)
            else:
                self._after(signal, self._dialled)
                self._forget_clicks()
        return self.outcome

    # -- before the number is dialled ----------------------------------------------------------------------

    def _before(self, signal: Signal) -> None:
        match signal.kind:
            case "tone" if signal.name in ("dial", "special_dial"):
                self._dial_tone = True
                self._saw(signal.when, "special dial tone" if signal.name == "special_dial" else "dial tone")
            case "tone" if self._dial_tone:
                self._tone(signal.name, signal.when, signal.told)
            case "tone":
                self._saw(signal.when, f"{signal.name} tone in place of dial tone")
                self._decide("no_dial_tone", signal.when, signal.told)
            case "loop_drop":
                self._saw(signal.when, "the exchange cleared the line")
                self._decide("no_dial_tone", signal.when, signal.told)
            case "voice" if not self._dial_tone:
                self._candidates.append(_Candidate(signal.when, speech=True))
            case "voice_end":
                self._voice_end(signal.when, speech=True)
            case "dialled":
                self._dialled = signal.told
                self._candidates = []
                self._saw(signal.told, "dialled")

    # -- after ---------------------------------------------------------------------------------------------

    def _after(self, signal: Signal, dialled: float) -> None:
        at, told = signal.when, signal.told
        if at < dialled and signal.kind not in ("tone_end", "loop_drop"):
            return  # began while digits were still sent
        match signal.kind:
            case "reversal":
                self._saw(at, "polarity reversed" if self.rules.reversal_answers else "polarity reversed, ignored")
                if self.rules.reversal_answers:
                    self._decide("answered", at, told, "reversal")
            case "loop_drop":
                self._saw(at, "the exchange cleared the line")
                self._decide("congestion", at, told)
            case "fax":
                self._saw(at, "fax tone")
                self._decide("answered", at, told, "fax")
            case "digit" if self._rang or self._ringback is not None:
                self._saw(at, f"digit {signal.name} from the far end")
                self._decide("answered", at, told, "digit")
            case "tone":
                self._tone(signal.name, at, told)
            case "tone_end" if signal.name == "ringback" and self._ringback is not None:
                self._saw(at, "ringback ended")
                self._ringback_ended(at)
            case "voice" | "sound":
                self._voice(at, dialled, speech=signal.kind == "voice")
            case "voice_end" | "sound_end":
                self._voice_end(at, speech=signal.kind == "voice_end")

    def _tone(self, name: str, at: float, told: float) -> None:
        if name != "ringback" or self._ringback is None:
            self._saw(at, "ringback" if name == "ringback" else f"{name} tone")
        if name == "ringback":
            self._rang = self._rang or (at, at)
            self._ringback = at
            # What seemed to be a voice was the begin of this, or a crackle between two bursts.
            self._candidates = [one for one in self._candidates if one.speech and one.since >= at]
            for candidate in self._candidates:
                candidate.since = self._burst_over(candidate.since)
            return
        rang = self._rang is not None and at - self._first_ring() >= self.rules.rang_out_s
        match name:
            case "busy" | "congestion" if rang:
                self._saw(at, "the exchange gave up ringing")
                self._decide("no_answer", at, told)
            case "busy":
                self._decide("busy", at, told)
            case "sit" | "vacant":
                self._decide("vacant", at, told)
            case "congestion" | "dial" | "special_dial":
                self._decide("congestion", at, told)

    def _ringback_ended(self, at: float) -> None:
        self._rang, self._ringback = (self._first_ring(), at), None
        over = at + self.rules.burst_edge_s
        for candidate in self._candidates:
            # Who answers within a burst is heard right behind it, in one sound with it.
            candidate.since = max(candidate.since, over)

    def _voice(self, at: float, dialled: float, speech: bool) -> None:
        if at < dialled + self.rules.settle_s:
            return
        since = self._burst_over(at) if speech else at
        self._candidates.append(_Candidate(since, speech))

    def _voice_end(self, at: float, speech: bool) -> None:
        for candidate in self._candidates:
            if candidate.speech == speech and candidate.end is None:
                candidate.end = at

    def _burst_over(self, at: float) -> float:
        """Speech that begins in a burst of ringback is counted from the burst's end: it may be the tone itself."""
        if self._ringback is None:
            return at
        edge = self.rules.burst_edge_s
        place = (at + edge - self._ringback) % sum(self.rules.ringback)
        for index, length in enumerate(self.rules.ringback):
            if place < length + 2 * edge and index % 2 == 0:
                return at + length + 2 * edge - place
            if place < length:
                break
            place -= length
        return at

    def _glares(self, candidate: _Candidate) -> float:
        """When speech in place of dial tone will have lasted; never, if it was too short."""
        told = candidate.since + self.rules.glare_s + self.rules.voice_late_s
        ripe = self._long_enough(candidate, self.rules.glare_s, told)
        return float("inf") if ripe is None else ripe

    def _ripe(self, candidate: _Candidate) -> float | None:
        """When this will have been the answer, if nothing else is told; None: not as things are."""
        if not self.rules.voice_answers or (self._rang is None and not self.rules.early_voice_answers):
            return None
        if candidate.speech:
            told = candidate.since + self.rules.voice_s + self.rules.voice_late_s
            return self._long_enough(candidate, self.rules.voice_s, told)
        if self._ringback is not None:
            return None
        return self._long_enough(candidate, self.rules.sound_least_s, candidate.since + self.rules.sound_s)

    @staticmethod
    def _long_enough(candidate: _Candidate, least: float, ripe: float) -> float | None:
        return ripe if candidate.end is None or candidate.end - candidate.since >= least else None

    def _no_answer(self, dialled: float) -> float:
        """When it has been enough."""
        return dialled + self.rules.no_answer_s + (self.rules.early_more_s if self.early_voice else 0.0)

    def _silent_answer(self) -> float:
        """When it rings no longer and no tone has followed: somebody is there who says nothing, or softly."""
        if not self.rules.assume or self._rang is None or self._ringback is not None:
            return float("inf")
        return self._rang[1] + max(self.rules.ringback) + self.rules.sound_s + self.rules.silent_s

    def _forget_clicks(self) -> None:
        kept = []
        for candidate in self._candidates:
            least = self.rules.voice_s if candidate.speech else self.rules.sound_least_s
            if candidate.end is None or candidate.end - candidate.since >= least:
                kept.append(candidate)
        self._candidates = kept

    # -- deciding ------------------------------------------------------------------------------------------

    def _due(self, now: float) -> None:
        if self._dialled is None and any(self._glares(candidate) <= now for candidate in self._candidates):
            since = self._candidates[0].since
            self._saw(since, "somebody speaks in place of dial tone")
            self._decide("glare", since, now)
            return
        if self._dialled is None:
            self._saw(now, f"no dial tone for {self.rules.dial_tone_s:g} s")
            self._decide("no_dial_tone", now, now)
            return
        for candidate in self._candidates:
            ripe = self._ripe(candidate)
            if ripe is not None and ripe <= now:
                what = "voice" if candidate.speech else "sound that is no tone"
                when = "" if self._rang else " without ringback"
                self._saw(candidate.since, f"{what}{when} for {candidate.lasted(now):.2f} s")
                self._decide("answered", candidate.since, now, "voice")
                return
        if self._silent_answer() <= now:
            assert self._rang is not None
            self._saw(self._rang[1], "it rings no longer, and no tone follows")
            self._decide("answered", self._rang[1], now, "assumed")
            return
        if self._candidates and self._rang is None:
            self._saw(self._candidates[0].since, "voice without ringback: announcement or music in its place")
        if self.rules.assume and self._ringback is None:
            self._saw(now, f"not ringing after {self.rules.no_answer_s:g} s, and whoever dialled still listens")
            self._decide("answered", now, now, "assumed")
            return
        self._saw(now, f"no answer for {self.rules.no_answer_s:g} s")
        self._decide("no_answer", now, now)

    def _first_ring(self) -> float:
        assert self._rang is not None
        return self._rang[0]

    def _saw(self, at: float, what: str) -> None:
        self._evidence.append(Evidence(at, what))

    def _decide(self, kind: Result, at: float, told: float, by: By | None = None) -> None:
        self.outcome = Outcome(kind, at, told, by, tuple(self._evidence))


def decide(signals: Iterable[Signal], until: float, rules: Rules | None = None) -> Outcome | None:
    """The outcome of these signals, time going on to `until`; None: not yet known."""
    detector = AnswerDetector(rules)
    for signal in signals:
        if signal.told > until or detector.signal(signal) is not None:
            break
    return detector.pass_time(until)


def signal_of(event: PortEvent, told: float, seized: int) -> Signal | None:
    """What the core told of the line's port at `told`, seconds from the sample `seized`; None: nothing to us."""
    at = (event.at - seized) / RATE
    match event.kind:
        case Kind.POLARITY:
            return Signal(told, "reversal", at=at)
        case Kind.LOOP_DROP:
            return Signal(told, "loop_drop", at=at)
        case Kind.TONE:
            return Signal(told, "tone", event.word, at)
        case Kind.TONE_END:
            return Signal(told, "tone_end", event.word, at + event.value / 1000)
        case Kind.VOICE:
            return Signal(told, "sound" if event.value else "sound_end", at=at)
        case Kind.DIGIT:
            return Signal(told, "digit", event.word, at)
    return None


def rules_of(plan: Plan, reversal_answers: bool = True) -> Rules:
    """Rules for lines of a country: its ringback, and how long its slowest tone takes to be recognised."""
    slowest = 0.0
    for name in ("busy", "congestion", "sit", "vacant"):
        if (tone := plan.tones.get(name)) is not None:
            cycle = sum(step.ms for step in tone.steps) / 1000
            slowest = max(slowest, cycle * max(1, tone.listen_cycles) * (1 + tone.cadence_percent / 100))
    ringback = tuple(step.ms / 1000 for step in plan.tones["ringback"].steps)
    return Rules(ringback=ringback, sound_s=slowest + 0.2, reversal_answers=reversal_answers)
