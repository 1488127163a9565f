"""Who has answered: a person, a machine, a fax, or nobody yet.

A person says a word or two and waits for the caller to speak; a machine makes a speech and then beeps. `Judge` knows
only when voice and tones begin and end (firmware/voice/hear.py makes that from samples); it holds no clock. It gives
a verdict once, as early as it may; after "machine" it waits for the beep, which is the second and last verdict.

Asterisk's app_amd decides by the same kind of times (in parentheses below, from its amd.conf). It counts words, each
100 ms of sound or more with 50 ms of silence before, and takes more than two for a machine. Here words are not
counted on their own: "Wang speaking, hello" is four. What counts is how long the greeting lasts without the pause
in which a person waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["human", "machine", "silence", "fax", "beep"]
Heard = Literal["voice", "voice_end", "tone", "tone_end"]


@dataclass(frozen=True, slots=True)
class News:
    """`at` when it happened, `told` when it was known, seconds from the answer; `hz` and `seconds` of a tone."""

    told: float
    kind: Heard
    at: float
    hz: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Parameters:
    """Seconds and Hz. In parentheses what Asterisk takes."""

    initial_silence_s: float = 3.5  # nobody speaks: silence (2.5; people lift the handset to their ear first)
    greeting_s: float = 2.5  # a greeting that goes on so long is a machine's (1.5; a company's name may be long)
    waits_s: float = 0.75  # silence after a greeting, in which a person waits for us (0.8)
    waits_longer_s: float = 1.1  # the same after a greeting nearly as long as a machine's
    short_s: float = 1.3  # up to so long a greeting is surely a person's
    total_s: float = 6.0  # nobody has decided by then: what is heard goes on and on (5.0)
    beep_s: float = 30.0  # no beep so long after "machine": there is none
    late_s: float = 0.2  # so late the end of voice is told (hangover of firmware/voice/hear.py)
    word_s: float = 0.1  # shorter is a click, not a word (0.1)
    beep_least_s: float = 0.15
    beep_most_s: float = 2.5
    fax_hz: tuple[float, float] = (1100.0, 2100.0)  # CNG, CED: ITU-T T.30 section 4
    fax_within_hz: float = 38.0  # of CNG; CED is within 15
    cng_s: tuple[float, float] = (0.425, 0.575)  # 0.5 s, 15 % either way
    ced_least_s: float = 0.6  # of 2.6 to 4 s: it is known long before its end


@dataclass(frozen=True, slots=True)
class Verdict:
    """Decided at `at`, and why, in words."""

    kind: Kind
    at: float
    evidence: tuple[str, ...]


class Judge:
    """Give it news in the order told, and let time pass up to `deadline`."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()
        self.verdicts: list[Verdict] = []
        self._since: float | None = None  # voice goes on since
        self._first: float | None = None  # when the greeting began
        self._end = 0.0  # of the last voice
        self._voiced = 0.0  # seconds of voice before that
        self._words = 0
        self._evidence: list[str] = []

    @property
    def done(self) -> bool:
        """Nothing will follow."""
        return bool(self.verdicts) and self.verdicts[-1].kind != "machine"

    @property
    def deadline(self) -> float | None:
        """When time alone decides; None: nothing is waited for."""
        p = self.parameters
        if self.done:
            return None
        if self.verdicts:
            # The machine speaks for as long as it likes; the beep is waited for from its last word.
            return None if self._since is not None else max(self.verdicts[-1].at, self._end) + p.beep_s
        if self._first is None:
            return p.initial_silence_s
        if self._since is not None:
            return self._first + min(p.greeting_s, p.total_s) + p.late_s
        return min(self._end + self._patience(), self._first + p.total_s)

    def pass_time(self, now: float) -> None:
        """Nothing was told until `now`."""
        while (due := self.deadline) is not None and due <= now:
            self._due(due)

    def news(self, news: News) -> None:
        """Takes what was told."""
        self.pass_time(news.told)
        if self.done:
            return
        match news.kind:
            case "voice":
                self._voice(news.at)
            case "voice_end" if self._since is not None:
                self._voice_end(news.at)
            case "tone":
                self._tone(news)
            case "tone_end":
                self._tone_end(news)

    # -- what is heard -------------------------------------------------------------------------------------

    def _voice(self, at: float) -> None:
        if self._first is None or (not self.verdicts and self._words == 0):
            self._first = at
        self._since = at

    def _voice_end(self, at: float) -> None:
        assert self._since is not None
        lasted = at - self._since
        self._since = None
        if lasted >= self.parameters.word_s:
            self._words += 1
            self._voiced += lasted
            self._end = at
        elif self._words == 0:
            self._first = None

    def _tone(self, news: News) -> None:
        """One that goes on: a fax machine's answer is known before its end."""
        p = self.parameters
        if abs(news.hz - p.fax_hz[1]) <= p.fax_within_hz and news.seconds >= p.ced_least_s and not self._words:
            self._decide("fax", news.told, f"tone of {news.hz:.0f} Hz for {news.seconds:.2f} s")

    def _tone_end(self, news: News) -> None:
        p = self.parameters
        what = f"tone of {news.hz:.0f} Hz for {news.seconds:.2f} s"
        least, most = p.cng_s
        if abs(news.hz - p.fax_hz[0]) <= p.fax_within_hz and least <= news.seconds <= most and not self._words:
            self._decide("fax", news.told, what)
        elif p.beep_least_s <= news.seconds <= p.beep_most_s and (self._words or self.verdicts):
            self._decide("beep", news.told, f"{what}, after {self._voiced:.1f} s of speech")

    # -- deciding ------------------------------------------------------------------------------------------

    def _patience(self) -> float:
        """How long silence must last to be somebody's waiting."""
        p = self.parameters
        return p.waits_s if self._greeting() <= p.short_s else p.waits_longer_s

    def _greeting(self) -> float:
        """From its first word to its last."""
        return 0.0 if self._first is None else self._end - self._first

    def _due(self, now: float) -> None:
        p = self.parameters
        if self.verdicts:
            self._decide("silence", now, f"no beep for {p.beep_s:g} s")
        elif self._first is None:
            self._decide("silence", now, f"nobody spoke for {p.initial_silence_s:g} s")
        elif self._since is not None:
            self._decide("machine", now, f"a greeting of more than {now - self._first:.1f} s")
        elif now >= self._first + p.total_s:
            self._decide("machine", now, f"still speaking after {p.total_s:g} s")
        else:
            greeting = f"a greeting of {self._greeting():.2f} s, {self._words} words"
            self._decide("human", now, f"{greeting}, then {now - self._end:.2f} s of silence")

    def _decide(self, kind: Kind, at: float, why: str) -> None:
        self._evidence.append(why)
        self.verdicts.append(Verdict(kind, at, tuple(self._evidence)))


def judge(news: Iterable[News], until: float, parameters: Parameters | None = None) -> list[Verdict]:
    """Every verdict on these news, time going on to `until`."""
    judging = Judge(parameters)
    for one in news:
        if one.told > until:
            break
        judging.news(one)
    judging.pass_time(until)
    return judging.verdicts
