"""What a line has shown over its life: which caller id its operator sends, which unknown tones were heard on it.

A `LineMemory` listens to its line's port and publishes what it has learned; `Memories` keeps it with the box's data,
so that a line that differs from its country's plan is known from the first call after a restart. On another exchange a
line soon shows otherwise.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from drivers.binding.convert import SCHEME_NAMES
from drivers.binding.events import Kind, LineState, PortEvent
from drivers.binding.plan import Plan
from firmware import callerid
from firmware.bus import Bus
from firmware.callerid import Learned
from firmware.errors import UserError
from firmware.setup.files import AtomicStorage, in_words

log = logging.getLogger(__name__)

FILE = "lines.json"
ALARM = "lines_not_kept"
CADENCES_MOST = 16  # candidates of a line; the one heard least gives way
SAME_HZ = 5  # what measuring and the exchange's drift make of one tone
SAME_SHARE, SAME_MS = 0.10, 15
SEEN_MOST = 1_000_000


class MemoryFileError(UserError):
    """What was learned cannot be read or kept; the message says why."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone that repeated and that the plan does not explain: Hz (the lower of two), on and off times in ms, how often
    it was heard on this line, and when last (seconds since the epoch). A candidate: what it means is not said here."""

    hz: int
    ms: tuple[int, ...]
    seen: int = 1
    last: float = 0.0

    def same(self, other: "Cadence") -> bool:
        """The same tone, as far as can be measured."""
        near = (abs(a - b) <= max(SAME_MS, SAME_SHARE * a) for a, b in zip(self.ms, other.ms, strict=False))
        return len(self.ms) == len(other.ms) and abs(self.hz - other.hz) <= SAME_HZ and all(near)


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is known of one line."""

    callerid: Learned = field(default_factory=Learned)
    cadences: tuple[Cadence, ...] = ()


def was(cadences: tuple[Cadence, ...], heard: Cadence) -> Cadence | None:
    """The candidate that `heard` is."""
    return next((one for one in cadences if one.same(heard)), None)


def again(cadences: tuple[Cadence, ...], heard: Cadence) -> Cadence:
    """That candidate once more, with its new mean and count; `heard` itself if it is new."""
    old = was(cadences, heard)
    if old is None:
        return heard
    weight = min(old.seen, 9)  # so that a tone that changes slowly is followed
    means = (round((weight * a + b) / (weight + 1)) for a, b in zip(old.ms, heard.ms, strict=True))
    hz = round((weight * old.hz + heard.hz) / (weight + 1))
    return Cadence(hz, tuple(means), min(old.seen + 1, SEEN_MOST), heard.last)


def kept_with(cadences: tuple[Cadence, ...], old: Cadence | None, now: Cadence) -> tuple[Cadence, ...]:
    """The candidates with `now` in the place of `old`, the one heard most first; the one heard least gives way."""
    others = sorted((one for one in cadences if one is not old), key=lambda one: -one.seen)[: CADENCES_MOST - 1]
    return tuple(sorted((now, *others), key=lambda one: -one.seen))


def _cadence(event: PortEvent, now: float) -> Cadence:
    hz, *times = (int(part) for part in event.word.split(","))
    return Cadence(hz, tuple(times), last=now)


class LineMemory:
    """One line's memory. `hear` gets its port's news; `publish` is told kind and data of what was learned, `on_change`
    when it is worth keeping."""

    def __init__(
        self,
        plan: Plan,
        publish: Callable[..., None],
        now: Callable[[], float],
        kept: Kept | None = None,
    ) -> None:
        self.kept = kept or Kept()
        self.on_change: Callable[[], None] | None = None
        self._plan = plan
        self._publish = publish
        self._now = now
        self._bursts = 0  # of the present call
        self._told = False  # its caller id has come
        self._turned = False  # the polarity was turned before it was answered

    @property
    def worth_waiting(self) -> bool:
        """May a number still come after the first ring?"""
        return callerid.worth_waiting(self.kept.callerid, self._plan)

    def recall(self) -> None:
        """Tells what was kept from earlier runs."""
        if self.kept.callerid.sure or self.kept.callerid.absent or self.kept.cadences:
            heard = [{"hz": one.hz, "ms": list(one.ms), "seen": one.seen} for one in reversed(self.kept.cadences)]
            self._publish("line.remembered", **self._callerid(), cadences=heard)

    def hear(self, event: PortEvent) -> None:
        """News of the port."""
        match event.kind:
            case Kind.RING:
                self._bursts = event.value
            case Kind.POLARITY if event.value:
                self._turned = True
            case Kind.CALLERID:
                self._message(SCHEME_NAMES.get(event.extra), good=bool(event.value))
            case Kind.LINE_STATE if event.extra == LineState.RINGING:
                self._call_over()
            case Kind.CADENCE:
                self._cadence(_cadence(event, self._now()))

    def _message(self, scheme: Any, *, good: bool) -> None:
        self._told = True
        if scheme not in (None, "none"):
            self._learn(
                callerid.message(
                    self.kept.callerid,
                    scheme,
                    bursts=self._bursts,
                    reversal=self._turned and not self._bursts,
                    good=good,
                )
            )

    def _call_over(self) -> None:
        """Answered or given up: whatever was to come has come."""
        if not self._told:
            self._learn(callerid.no_message(self.kept.callerid, bursts=self._bursts, plan=self._plan))
        self._bursts = 0
        self._told = self._turned = False

    def _learn(self, learned: Learned) -> None:
        before = self.kept.callerid
        self.kept = replace(self.kept, callerid=learned)
        what = (learned.scheme, learned.moment, learned.reversal) if learned.sure else None
        new = what is not None and (not before.sure or what != (before.scheme, before.moment, before.reversal))
        if new or learned.absent != before.absent:
            self._publish("line.callerid_learned", **self._callerid())
            self._changed()

    def _callerid(self) -> dict[str, Any]:
        learned = self.kept.callerid
        return {
            "scheme": learned.scheme, "moment": learned.moment, "reversal": learned.reversal, "absent": learned.absent,
            "differs": callerid.differs(learned, self._plan),
        }  # fmt: skip

    def _cadence(self, heard: Cadence) -> None:
        before, now = was(self.kept.cadences, heard), again(self.kept.cadences, heard)
        self.kept = replace(self.kept, cadences=kept_with(self.kept.cadences, before, now))
        self._publish(
            "line.cadence", hz=now.hz, ms=list(now.ms), seen=now.seen, heard_hz=heard.hz, heard_ms=list(heard.ms),
            was_hz=before.hz if before else None, was_ms=list(before.ms) if before else None,
        )  # fmt: skip
        self._changed()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


class MemoryFile:
    """What the lines have shown, below one data directory."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE
        self._lines = TypeAdapter(dict[int, Kept])

    def load(self) -> dict[int, Kept]:
        """By the line's number. MemoryFileError when it cannot be read or makes no sense."""
        with in_words(self.path, "read", MemoryFileError):
            found = AtomicStorage(self.path).read() or {}
            return self._lines.validate_python(found.get("lines", {}))

    def save(self, lines: dict[int, Kept]) -> None:
        """Replaces it. MemoryFileError when that cannot be."""
        with in_words(self.path, "write", MemoryFileError):
            AtomicStorage(self.path).write({"lines": {str(number): asdict(kept) for number, kept in lines.items()}})

    def put_aside(self) -> Path:
        """Moves a damaged file out of the way; its new name."""
        aside = self.path.with_suffix(".damaged")
        self.path.replace(aside)
        return aside


class Memories:
    """Every line's memory, kept in one file: written when something new was learned, and when the box stops."""

    def __init__(self, data: Path) -> None:
        self._file = MemoryFile(data)
        self._lines: dict[int, LineMemory] = {}
        self._bus: Bus | None = None
        self.trouble = ""
        try:
            self._kept = self._file.load()
        except MemoryFileError as error:
            self._kept = {}
            self.trouble = f"{error} It lies in {self._file.put_aside()} now, and the lines learn anew."

    def kept(self, number: int) -> Kept:
        """What earlier runs knew of the line."""
        return self._kept.get(number, Kept())

    def start(self, lines: Mapping[int, LineMemory], bus: Bus) -> None:
        """From now on what is learned is kept; what is known is told."""
        self._lines, self._bus = dict(lines), bus
        if self.trouble:
            self._alarm(self.trouble)
        for memory in self._lines.values():
            memory.on_change = self.save
            memory.recall()

    def save(self) -> None:
        """Writes all; lines of another board that are not here now stay."""
        self._kept |= {number: memory.kept for number, memory in self._lines.items()}
        try:
            self._file.save(self._kept)
        except MemoryFileError as error:
            self._alarm(str(error))
        else:
            if self._bus is not None and not self.trouble:
                self._bus.alarm_over(ALARM)

    def _alarm(self, words: str) -> None:
        log.error("%s", words)
        if self._bus is not None:
            self._bus.publish("alarm.raised", name=ALARM, text=words)
