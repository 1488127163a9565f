"""What a line's far end says, from live samples: speech without tones, fax machines, a dial tone that stutters."""

from collections import deque
from collections.abc import Iterator

import numpy as np

from drivers.binding.plan import Plan
from drivers.binding.ports import Port
from firmware.outbound.answer import Signal
from firmware.voice.hear import Hearing
from firmware.voice.machine import News, Parameters
from firmware.voice.tones import FRAME, RATE, KnownTones

STUTTER_S = 1.4  # longer than a burst of ringback and its begin of a pause
STUTTER_SHARE = 0.8  # China's special dial tone sounds 91 % of the time, ringback at most 71 % of any 1.4 s
STUTTER_GAP_S = 0.12


def tones_of(plan: Plan) -> KnownTones:
    """Every frequency or pair that the country's tones have, with what modulates them."""
    found = {
        (step.hz[0] - tone.am, step.hz[0], step.hz[0] + tone.am) if tone.am else step.hz
        for tone in plan.tones.values()
        for step in tone.steps
        if step.hz
    }
    return KnownTones(sorted(found))


class Stutter:
    """Dial tone with short breaks, which tells of messages waiting; the core's ears take only the unbroken one."""

    def __init__(self, plan: Plan) -> None:
        dial = plan.tones["dial"].steps[0].hz
        self._tone = KnownTones([dial])
        window = max(STUTTER_S, plan.tones["dial"].listen_ms / 1000 * 1.1)
        self._frames: deque[bool] = deque(maxlen=round(window * RATE / FRAME))
        self._gap = 0
        self.heard = False

    def frame(self, samples: np.ndarray) -> None:
        """Takes 160 samples."""
        tone = self._tone.hold(samples)
        self._gap = 0 if tone else self._gap + 1
        if self._gap * FRAME > STUTTER_GAP_S * RATE:
            self._frames.clear()
        self._frames.append(tone)
        whole = len(self._frames) == self._frames.maxlen
        self.heard = self.heard or (whole and sum(self._frames) >= STUTTER_SHARE * len(self._frames))


class LineEar:
    """Listens to a port from now on; `read` at least twice a second, `close` gives the tap back. Times are seconds from
    its begin."""

    def __init__(self, port: Port, plan: Plan) -> None:
        self._tap = port.engine.tap()
        self._tap.read()  # what the last owner left
        port.engine.link(port.source, self._tap.sink)
        self._hearing = Hearing(known=tones_of(plan))
        self._stutter: Stutter | None = Stutter(plan)
        self._rest = b""
        self._fax = FaxFinder()
        self.news: list[News] = []  # everything that was told

    def read(self, now: float) -> Iterator[Signal]:
        """What has been heard since, told `now`."""
        data = self._tap.read()
        if self._stutter is not None and self._stuttered(data):
            self._stutter = None
            yield Signal(now, "tone", "special_dial")
        for news in self._hearing.feed(data):
            self.news.append(news)
            if news.kind in ("voice", "voice_end"):
                yield Signal(now, "voice" if news.kind == "voice" else "voice_end", at=news.at)
            elif self._fax.news(news):
                yield Signal(now, "fax", at=news.at)

    def dialled(self) -> None:
        """No dial tone is waited for any more."""
        self._stutter = None

    def close(self) -> None:
        """Twice is fine."""
        self._tap.close()

    def _stuttered(self, data: bytes) -> bool:
        assert self._stutter is not None
        data = self._rest + data
        whole = len(data) // (2 * FRAME) * (2 * FRAME)
        self._rest = data[whole:]
        for frame in np.frombuffer(data[:whole], "<i2").astype(np.float64).reshape(-1, FRAME):
            self._stutter.frame(frame)
        return self._stutter.heard


class FaxFinder:
    """Tells once that a fax machine is at the far end."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        self._parameters = parameters or Parameters()
        self._told = False

    def news(self, news: News) -> bool:
        """Whether it is known by this."""
        p = self._parameters
        cng, ced = p.fax_hz
        calling = news.kind == "tone_end" and abs(news.hz - cng) <= p.fax_within_hz
        answering = news.kind == "tone" and abs(news.hz - ced) <= p.fax_within_hz
        heard = (calling and p.cng_s[0] <= news.seconds <= p.cng_s[1]) or (answering and news.seconds >= p.ced_least_s)
        fresh, self._told = heard and not self._told, self._told or heard
        return fresh
