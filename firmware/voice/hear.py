"""From samples to news for the Judge: speech by webrtcvad, less the tones and the noise that it takes for speech.

webrtcvad takes every noise that begins for speech until it has learned it. Speech has a pitch in nearly every
syllable, noise has none: what webrtcvad says counts only near frames that repeat themselves with a period of pitch.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firmware.voice.activity import RATE, Activity, Change, Runs, Settings
from firmware.voice.machine import Judge, News, Parameters, Verdict
from firmware.voice.tones import FRAME, KnownTones, ToneFinder

# Short words count and short pauses, too; what is noise is left to mode 3.
SETTINGS = Settings(mode=3, frame_ms=20, onset_ms=60, hangover_ms=200)
TONE_EVERY_S = 0.2  # how often a tone that goes on is told
PITCH_LAGS = slice(RATE // 400, RATE // 60)  # 60 to 400 Hz
PITCH_LEAST = 0.55  # likeness of a sound to itself one period later; noise of a room stays below 0.4
KNOWN_LEAST, KNOWN_PAUSE = 3, 6  # frames: so long it must last, so long its pauses are no voice (vacant tone: 100 ms)
PITCH_FRAMES = 8  # consonants between two vowels last up to 160 ms


def has_pitch(window: NDArray[np.float64]) -> bool:
    """Does this sound (40 ms) repeat itself with a period of the voice?"""
    spectrum = np.abs(np.fft.rfft(window, 1024)) ** 2
    alike = np.fft.irfft(spectrum)[: PITCH_LAGS.stop]
    if alike[0] <= 0:
        return False
    shorter = 1 - np.arange(PITCH_LAGS.stop) / len(window)  # with growing lag less of the window meets itself
    return bool(np.max((alike / shorter)[PITCH_LAGS]) > PITCH_LEAST * alike[0])


class Hearing:
    """Feed samples of any length in order; news come as they are known. `known`: tones that are no voice, besides
    single frequencies, which never are."""

    def __init__(self, settings: Settings = SETTINGS, known: KnownTones | None = None) -> None:
        self._known = known
        self._known_run = 0
        self._since_known = KNOWN_PAUSE + 1
        self._vad = Activity(settings)
        self._runs = Runs(settings.frame_ms, settings.onset_ms, settings.hangover_ms)
        self._tones = ToneFinder()
        self._tone_told = 0.0
        self._window = np.zeros(2 * FRAME)
        self._pitchless = PITCH_FRAMES
        self._rest = b""
        self.seconds = 0.0

    def feed(self, samples: bytes) -> list[News]:
        """8 kHz, mono, 16-bit little-endian; an incomplete frame waits for the next call."""
        data = self._rest + samples
        whole = len(data) // (2 * FRAME) * (2 * FRAME)
        self._rest = data[whole:]
        return [news for at in range(0, whole, 2 * FRAME) for news in self._frame(data[at : at + 2 * FRAME])]

    def _frame(self, frame: bytes) -> Iterator[News]:
        self.seconds += FRAME / RATE
        voiced = self._vad.voiced(frame)
        samples = np.frombuffer(frame, "<i2").astype(np.float64)
        ended = self._tones.frame(samples)
        self._window = np.concatenate((self._window[FRAME:], samples))
        self._pitchless = 0 if voiced and has_pitch(self._window) else self._pitchless + 1
        tone = self._known_tone(samples) or self._tones.pure
        spoken = voiced and self._pitchless < PITCH_FRAMES and not tone
        now = self._tones.now
        if ended is not None:
            yield News(self.seconds, "tone_end", ended.end, ended.hz, ended.seconds)
        if now is not None and self.seconds - self._tone_told >= TONE_EVERY_S:
            self._tone_told = self.seconds
            yield News(self.seconds, "tone", now.begin, now.hz, now.seconds)
        change = self._runs.frame(spoken)
        if change is not None:
            yield self._changed(change)

    def _known_tone(self, samples: NDArray[np.float64]) -> bool:
        """It is one, or the edge or the pause of one that goes on and off quickly."""
        if self._known is None:
            return False
        if self._known.hold(samples):
            self._known_run += 1
            self._since_known = 0 if self._known_run >= KNOWN_LEAST else self._since_known
        else:
            self._known_run = 0
            self._since_known += 1
        return self._known_run > 0 or self._since_known <= KNOWN_PAUSE

    @staticmethod
    def _changed(change: Change) -> News:
        return News(change.told, "voice" if change.voice else "voice_end", change.at)


def who_answered(samples: bytes, parameters: Parameters | None = None) -> list[Verdict]:
    """Every verdict on a whole sound that begins with the answer."""
    hearing, judge = Hearing(), Judge(parameters)
    for at in range(0, len(samples), 2 * FRAME):
        for news in hearing.feed(samples[at : at + 2 * FRAME]):
            judge.news(news)
        judge.pass_time(hearing.seconds)
    return judge.verdicts
