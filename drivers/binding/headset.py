"""A headset at the box's own sound sockets as a telephone: its two threads between the sockets and a port. What drifts
is left out or inserted by drivers/cards/sound."""

import threading

import alsaaudio

from drivers.binding.alsa import BLOCK, BLOCK_BYTES, PERIODS, Capture, KeptOpen, Playback, capture, play, playback
from drivers.binding.engine import Ears
from drivers.binding.media import hurry


class _Both:
    """Its two sockets. `lost` is what either said first that is not there any more."""

    def __init__(self, spoken: Capture, played: Playback) -> None:
        self.spoken, self.played = spoken, played
        self.lost: alsaaudio.ALSAAudioError | None = None

    def close(self) -> None:
        """Both."""
        self.spoken.close()
        self.played.close()


class Headset(KeptOpen[_Both]):
    """Plays at `play` what the port sends, and gives it what comes from `capture`, while both are there. `close()` must
    come before the engine's."""

    def __init__(self, ears: Ears, play: str, capture: str) -> None:
        super().__init__(f"{ears.port.name}'s headset", "arecord -L and aplay -L list")
        self._ears, self._play, self._capture = ears, play, capture
        self._overruns = self._underruns = 0
        self.start()

    def counters(self) -> dict[str, int]:
        """What was left out, inserted and lost. `overruns`: the microphone's own buffer was full before it was read;
        `underruns`: the ears' was empty before it was written."""
        return self._ears.counters() | {"overruns": self._overruns, "underruns": self._underruns}

    def _opened(self) -> _Both:
        spoken: Capture | None = None
        device = self._capture
        try:
            spoken = capture(device)
            device = self._play
            return _Both(spoken, playback(device))
        except alsaaudio.ALSAAudioError as error:
            if spoken is not None:
                spoken.close()
            raise alsaaudio.ALSAAudioError(f"{device}: {error}") from error

    def _serve(self, sockets: _Both) -> None:
        """Until one is lost, or we are closed."""
        playing = threading.Thread(
            target=self._hear, args=(sockets,), name=f"{self._ears.port.name}, ears", daemon=True
        )
        playing.start()
        try:
            while sockets.lost is None and not self._stop.is_set():
                count, samples = sockets.spoken.read()
                if count < 0:
                    self._overruns += 1
                elif count:
                    self._ears.say(samples)
        except alsaaudio.ALSAAudioError as error:
            self._lost(sockets, error)
        playing.join()
        if sockets.lost is not None:
            raise sockets.lost

    def _hear(self, sockets: _Both) -> None:
        hurry()
        try:
            sockets.played.write(bytes(BLOCK_BYTES * PERIODS))
            while sockets.lost is None and not self._stop.is_set():
                if not play(sockets.played, self._ears.hear(BLOCK)):
                    self._underruns += 1
        except alsaaudio.ALSAAudioError as error:
            self._lost(sockets, error)

    def _lost(self, sockets: _Both, error: alsaaudio.ALSAAudioError) -> None:
        """The telephone is off the line at once, before the other thread has noticed."""
        sockets.lost = error
        self._ears.plug(False)

    def _is_there(self, there: bool) -> None:
        self._ears.plug(there)
