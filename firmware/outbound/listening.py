"""What a line's far end says, from live samples: speech without tones, fax machines, a dial tone that stutters."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

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


SURE = 1.2  # so much longer than any other tone's burst of the same frequencies
BURST_LEAST_S = 0.3


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

    def frame(self, samples: np.ndarray) -> bool:
        """Takes 160 samples: whether it has been there long enough."""
        tone = self._tone.hold(samples)
        self._gap = 0 if tone else self._gap + 1
        if self._gap * FRAME > STUTTER_GAP_S * RATE:
            self._frames.clear()
        self._frames.append(tone)
        whole = len(self._frames) == self._frames.maxlen
        return whole and sum(self._frames) >= STUTTER_SHARE * len(self._frames)


class FirstRing:
    """The first burst of ringback, where its length or its frequencies tell it from every other tone. The core's ears
    want a whole cycle, and who answers quickly does not leave them one."""

    def __init__(self, plan: Plan) -> None:
        ringback = plan.tones["ringback"]
        self._on = ringback.steps[0].ms / 1000
        self._off = max(step.ms for step in ringback.steps if not step.hz) / 1000
        others = [
            step.ms / 1000
            for name, tone in plan.tones.items()
            if name != "ringback" and tone.listen_cycles
            for step in tone.steps
            if step.ms and step.hz == ringback.steps[0].hz
        ]
        self._least = max([BURST_LEAST_S, *(SURE * other for other in others)])
        self._tone = KnownTones([ringback.steps[0].hz]) if self._least <= self._on else None
        self._now = self._run = 0
        self._end: float | None = None  # of a burst that was told

    def frame(self, samples: np.ndarray) -> Signal | None:
        """Takes 160 samples: ringback, or that it is over, told at its own time."""
        self._now += 1
        now = self._now * FRAME / RATE
        if self._tone is not None and self._tone.hold(samples):
            self._run += 1
            lasted = self._run * FRAME / RATE
            if lasted >= self._least and lasted - FRAME / RATE < self._least:
                self._end = None
                return Signal(now, "tone", "ringback", now - lasted)
            return None
        if self._run * FRAME / RATE >= self._least:
            self._end = now
        self._run = 0
        if self._end is not None and now - self._end > SURE * self._off:
            ended, self._end = self._end, None
            return Signal(now, "tone_end", "ringback", ended)
        return None


class LineEar:
    """Listens to a port from now on; `read` at least twice a second, `close` gives the tap back. Times are seconds from
    its begin."""

    def __init__(self, port: Port, plan: Plan) -> None:
        self._tap = port.engine.tap()
        self._tap.read()  # what the last owner left
        port.engine.link(port.source, self._tap.sink)
        self._hearing = Hearing(known=tones_of(plan))
        self._stutter: Stutter | None = Stutter(plan)
        self._ring = FirstRing(plan)
        self._dialled = False
        self._rest = b""
        self._fax = FaxFinder()
        self.news: list[News] = []  # everything that was told

    def read(self, now: float) -> Iterator[Signal]:
        """What has been heard since, told `now`."""
        data = self._tap.read()
        yield from self._tones(data, now)
        for news in self._hearing.feed(data):
            self.news.append(news)
            if news.kind in ("voice", "voice_end"):
                yield Signal(now, "voice" if news.kind == "voice" else "voice_end", at=news.at)
            elif self._fax.news(news):
                yield Signal(now, "fax", at=news.at)

    def dial_tone(self) -> None:
        """It was heard, and is not waited for any more."""
        self._stutter = None

    def dialled(self) -> None:
        """From now on it may ring."""
        self._stutter, self._dialled = None, True

    def close(self) -> None:
        """Twice is fine."""
        self._tap.close()

    def _tones(self, data: bytes, now: float) -> Iterator[Signal]:
        data = self._rest + data
        whole = len(data) // (2 * FRAME) * (2 * FRAME)
        self._rest = data[whole:]
        for frame in np.frombuffer(data[:whole], "<i2").astype(np.float64).reshape(-1, FRAME):
            if self._stutter is not None and self._stutter.frame(frame):
                self._stutter = None
                yield Signal(now, "tone", "special_dial")
            ring = self._ring.frame(frame)
            if ring is not None and self._dialled:
                yield replace(ring, told=now)


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
