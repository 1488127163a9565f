"""Voice activity: when somebody speaks.

webrtcvad says of each frame whether it is like speech; `Activity` makes begins and ends of it: voice begins when
it was there for `onset_ms`, and ends when it was away for `hangover_ms`. Both are told late and dated back to where
they happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import webrtcvad

RATE = 8000


@dataclass(frozen=True, slots=True)
class Settings:
    """`mode` 0 lets all sound pass that may be speech, 3 only what surely is (white noise at -30 dBm0: 0 and 1 say
    speech, 2 and 3 do not). Times in ms; `frame_ms` is 10, 20 or 30, and times count whole frames of it."""

    mode: int = 2
    frame_ms: int = 20
    onset_ms: int = 60
    hangover_ms: int = 200

    def __post_init__(self) -> None:
        if self.mode not in range(4):
            raise ValueError(f"mode {self.mode}: webrtcvad has 0 to 3")
        if self.frame_ms not in (10, 20, 30):
            raise ValueError(f"frames of {self.frame_ms} ms: webrtcvad takes 10, 20 or 30")
        if self.onset_ms < self.frame_ms or self.hangover_ms < self.frame_ms:
            raise ValueError(f"onset and hangover are at least one frame, {self.frame_ms} ms")


@dataclass(frozen=True, slots=True)
class Segment:
    """Somebody spoke; seconds from the first sample."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Change:
    """Voice begins or ends; `at` in seconds from the first sample, `told` when that was known."""

    at: float
    voice: bool
    told: float


class Runs:
    """From yes or no per frame to begins and ends; pure, and the same for any detector."""

    def __init__(self, frame_ms: int, onset_ms: int, hangover_ms: int) -> None:
        self._frame_s = frame_ms / 1000
        self._need = {False: -(-onset_ms // frame_ms), True: -(-hangover_ms // frame_ms)}
        self._frames = 0
        self._against = 0  # frames in a row that say the contrary of what holds
        self.voice = False

    def frame(self, voiced: bool) -> Change | None:
        """One more frame."""
        self._frames += 1
        self._against = 0 if voiced == self.voice else self._against + 1
        if self._against < self._need[self.voice]:
            return None
        self.voice = voiced
        change = Change((self._frames - self._against) * self._frame_s, voiced, self._frames * self._frame_s)
        self._against = 0
        return change

    def finish(self) -> Change | None:
        """No more frames: voice that goes on ends with its last frame."""
        if not self.voice:
            return None
        self.voice = False
        return Change((self._frames - self._against) * self._frame_s, False, self._frames * self._frame_s)


class Activity:
    """Feed samples of any length in order; changes come as they are known."""

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self._vad = webrtcvad.Vad(settings.mode)
        self._bytes = RATE * settings.frame_ms // 1000 * 2
        self._runs = Runs(settings.frame_ms, settings.onset_ms, settings.hangover_ms)
        self._rest = b""

    @property
    def voice(self) -> bool:
        """Somebody speaks."""
        return self._runs.voice

    def feed(self, samples: bytes) -> list[Change]:
        """8 kHz, mono, 16-bit little-endian; an incomplete frame waits for the next call."""
        data = self._rest + samples
        whole = len(data) // self._bytes * self._bytes
        self._rest = data[whole:]
        changes = (self._runs.frame(self.voiced(data[at : at + self._bytes])) for at in range(0, whole, self._bytes))
        return [change for change in changes if change is not None]

    def voiced(self, frame: bytes) -> bool:
        """What webrtcvad says of one frame; its adaption needs all frames, in order."""
        return bool(self._vad.is_speech(frame, RATE))

    def learn(self, samples: bytes) -> None:
        """Lets webrtcvad hear what is the noise here, and what the speech, before anything is decided."""
        for at in range(0, len(samples) // self._bytes * self._bytes, self._bytes):
            self.voiced(samples[at : at + self._bytes])

    def finish(self) -> list[Change]:
        """There are no more samples; an incomplete frame is not looked at."""
        change = self._runs.finish()
        return [] if change is None else [change]


def as_segments(changes: Iterable[Change]) -> list[Segment]:
    """Pairs of begin and end."""
    found, begin = [], 0.0
    for change in changes:
        if change.voice:
            begin = change.at
        else:
            found.append(Segment(begin, change.at))
    return found


def segments(samples: bytes, settings: Settings | None = None) -> list[Segment]:
    """When somebody speaks in a whole sound.

    It is gone through twice: webrtcvad takes the first noise that it hears for speech, until it has learned it.
    """
    activity = Activity(settings)
    activity.learn(samples)
    return as_segments([*activity.feed(samples), *activity.finish()])
