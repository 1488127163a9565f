"""A headset at the box's own sound sockets (ALSA) as a telephone: its two threads between the sockets and a port.

Each socket has a clock of its own, which is never quite the card's, and neither is waited for: what drifts is left out
or inserted (drivers/cards/sound). A headset that is unplugged is looked for until it is back.
"""

import logging
import threading
from typing import Protocol

import alsaaudio

from drivers.binding.engine import RATE, Ears
from drivers.binding.linein import BLOCK, RETRY_S, Capture, capture, card_is_there
from drivers.binding.media import hurry

log = logging.getLogger(__name__)

PERIODS = 3  # of 10 ms: what the playing socket holds


class Playback(Protocol):
    """What is used of alsaaudio.PCM. `write`: frames taken, waiting until there is room; below 0: it had run dry."""

    def write(self, data: bytes) -> int: ...
    def close(self) -> None: ...


def playback(device: str) -> Playback:
    """The socket, 8 kHz mono; alsaaudio.ALSAAudioError if it cannot be had so ("plughw:..." converts)."""
    card_is_there(device)
    pcm: Playback = alsaaudio.PCM(
        alsaaudio.PCM_PLAYBACK, alsaaudio.PCM_NORMAL, device=device, channels=1, rate=RATE,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=BLOCK, periods=PERIODS,
    )  # fmt: skip
    return pcm


class _Sockets:
    """Both, as long as they are there. `lost` is set by who first notices that one is not."""

    def __init__(self, spoken: Capture, played: Playback) -> None:
        self.spoken, self.played = spoken, played
        self.lost = threading.Event()


class Headset:
    """Plays at `play` what the port sends, and gives it what comes from `capture`, while both are there. `close()`
    twice is fine; it must come before the engine's."""

    def __init__(self, ears: Ears, play: str, capture: str) -> None:
        self._ears, self._play, self._capture = ears, play, capture
        self._overruns = self._underruns = 0
        self._stop = threading.Event()
        self._told = ""
        sockets = self._open()
        if sockets is not None:
            ears.plug(True)
        self._thread = threading.Thread(target=self._run, args=(sockets,), name=ears.port.name, daemon=True)
        self._thread.start()

    def counters(self) -> dict[str, int]:
        """What was left out, inserted and lost. `overruns`: the microphone's own buffer was full before it was read;
        `underruns`: the ears' was empty before it was written."""
        return self._ears.counters() | {"overruns": self._overruns, "underruns": self._underruns}

    def close(self) -> None:
        """Ends both threads."""
        self._stop.set()
        self._thread.join()

    def _run(self, sockets: _Sockets | None) -> None:
        hurry()
        while not self._stop.is_set():
            if sockets is not None:
                self._serve(sockets)
            elif self._stop.wait(RETRY_S):
                return
            sockets = None if self._stop.is_set() else self._open()
            if sockets is not None:
                self._ears.plug(True)

    def _open(self) -> _Sockets | None:
        spoken: Capture | None = None
        device = self._capture
        try:
            spoken = capture(device)
            device = self._play
            played = playback(device)
        except alsaaudio.ALSAAudioError as error:
            if spoken is not None:
                spoken.close()
            words = f"{self._ears.port.name}: {device}: {error}"
            if words != self._told:
                log.warning("%s; arecord -L and aplay -L list what there is", words)
            self._told = words
            return None
        if self._told:
            log.info("%s: its headset is there", self._ears.port.name)
        self._told = ""
        return _Sockets(spoken, played)

    def _serve(self, sockets: _Sockets) -> None:
        """Until one is lost, or we are closed."""
        name = f"{self._ears.port.name}, ears"
        playing = threading.Thread(target=self._hear, args=(sockets,), name=name, daemon=True)
        playing.start()
        try:
            while not (sockets.lost.is_set() or self._stop.is_set()):
                count, samples = sockets.spoken.read()
                if count < 0:
                    self._overruns += 1
                elif count:
                    self._ears.say(samples)
        except alsaaudio.ALSAAudioError as error:
            self._lost(sockets, error)
        playing.join()
        self._ears.plug(False)
        sockets.spoken.close()
        sockets.played.close()

    def _hear(self, sockets: _Sockets) -> None:
        hurry()
        try:
            sockets.played.write(bytes(2 * BLOCK * PERIODS))
            while not (sockets.lost.is_set() or self._stop.is_set()):
                block = self._ears.hear(BLOCK)
                if sockets.played.write(block) < 0:
                    self._underruns += 1
                    sockets.played.write(bytes(2 * BLOCK * (PERIODS - 1)) + block)
        except alsaaudio.ALSAAudioError as error:
            self._lost(sockets, error)

    def _lost(self, sockets: _Sockets, error: alsaaudio.ALSAAudioError) -> None:
        """The telephone is off the line at once, before the other thread has noticed."""
        sockets.lost.set()
        self._ears.plug(False)
        log.warning("%s: its headset has gone: %s", self._ears.port.name, error)
