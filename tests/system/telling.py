"""The host's ear for what the witness in the virtual box tells, with where the disk's log was when it was heard."""

import itertools
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BufferedIOBase
from pathlib import Path

TICK_S = 0.01  # of the simulated card


def stood(clock: Sequence[tuple[float, int]], begin: float, end: float) -> float:
    """Seconds of the guest's clock between two of its moments in which the card's did not go on. `clock`: moments, and
    how many ticks the card had made; before the first and after the last it is taken to have gone on."""
    lost = 0.0
    for (before, ticks), (after, more) in itertools.pairwise(clock):
        inside = max(0.0, min(after, end) - max(before, begin))
        if inside:
            lost += inside * (1 - (more - ticks) * TICK_S / (after - before))
    return lost


@dataclass(frozen=True, slots=True)
class Told:
    """What had been promised at one moment. `time`: the guest's clock."""

    seq: int = 0
    count: int = 0
    setting: int = 0
    time: float = 0.0
    answered: bool = False  # a caller, since the start
    stall: float = 0.0  # s, what the disk took for a small sync

    def arguments(self) -> str:
        """For aftermath.py."""
        return f"{self.seq} {self.count} {self.setting} {self.time}"


class Witness:
    """Listens from now on, in a thread."""

    def __init__(self, source: BufferedIOBase, log: Path | None, silence_s: float = 60.0) -> None:
        self._source = source
        self._log = log
        self._silence_s = silence_s
        self._positions: list[int] = []
        self._told: list[Told] = []
        self.clock: list[tuple[float, int]] = []
        self._heard = time.monotonic()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def began(self) -> int:
        """The log's length when both an event and a setting had been told."""
        for position, told in zip(self._positions, self._told, strict=True):
            if told.count and told.setting:
                return position
        raise ValueError("the witness has told nothing")

    def alive(self) -> None:
        """TimeoutError if it has fallen silent, or has never spoken: a cut would prove nothing."""
        deadline = time.monotonic() + self._silence_s
        while not self._told or not self._told[-1].setting or time.monotonic() - self._heard > self._silence_s:
            if time.monotonic() > deadline:
                raise TimeoutError("the witness in the virtual box is silent")
            time.sleep(0.2)

    def wait(self, seconds: float) -> None:
        """So long on the guest's clock, from when it first told. TimeoutError."""
        while True:
            self.alive()
            if self._told[-1].time - self._told[0].time >= seconds:
                return
            time.sleep(0.1)

    def answered(self, seconds: float) -> bool:
        """Whether a caller has been answered since the start, within so many seconds of the guest's clock from when
        it first told. TimeoutError."""
        while True:
            self.alive()
            if self._told[-1].answered or self._told[-1].time - self._told[0].time >= seconds:
                return self._told[-1].answered
            time.sleep(0.1)

    def at(self, position: int) -> Told:
        """What had been told when the log was `position` bytes long."""
        index = bisect_right(self._positions, position) - 1
        return self._told[index] if index >= 0 else Told()

    def close(self) -> Told:
        """After the cut; all that was told."""
        self._thread.join(10)
        self._source.close()
        return self._told[-1] if self._told else Told()

    def _listen(self) -> None:
        held, told = b"", Told()
        while True:
            try:
                piece = self._source.read1(65536)
            except OSError:
                return
            if not piece:
                return
            self._heard = time.monotonic()
            # Before the lines are taken for true: what they promise was in the log by then.
            position = self._log.stat().st_size if self._log is not None else 0
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                words = line.decode().split()
                match words:
                    case ["T", at, stall]:
                        told = replace(told, time=float(at), stall=float(stall))
                    case ["E", seq, count]:
                        told = replace(told, seq=int(seq), count=int(count))
                    case ["C", at, ticks]:
                        self.clock.append((float(at), int(ticks)))
                    case ["S", number]:
                        told = replace(told, setting=int(number))
                    case ["A"]:
                        told = replace(told, answered=True)
            if told.time:
                self._positions.append(position)
                self._told.append(told)
