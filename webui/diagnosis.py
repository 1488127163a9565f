"""What was lost or late, and what that means: one table of counters, and pure functions over it."""

from dataclasses import dataclass
from typing import Any

from firmware.api.messages import Counters
from webui.translate import _, _l

BYTES_PER_HOUR = 8_000 * 2 * 2 * 3_600  # of a recording: two channels of 16 bits at 8 kHz
DAY_H = 8  # hours of work: so long every line may be busy
RATE = 8_000


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that is 0 on a healthy box. `means` is for callers, `advice` for the technician."""

    name: str
    what: Any
    means: Any
    advice: Any
    samples: bool = False  # counted in samples, told in seconds

    def amount(self, value: int) -> str:
        """The value as people read it."""
        if self.samples and value:
            return _("%(seconds)s s", seconds=f"{value / RATE:.2f}")
        return str(value)


_LOG = _l("Restart the box when nobody talks, and report it with the log.")
_DISK = _l("Make room on the disk, or replace it if it is slow.")

CORE = (
    Counted(
        "ticks_missed", _l("Sound made too late (missed ticks)"),
        _l("Everyone who was talking heard a short break in the sound each time."),
        _l("Something else takes this machine’s processor. End it, and see that real-time priority is permitted."),
    ),
    Counted(
        "events_lost", _l("Signals that got lost"),
        _l("A ring, a digit or a hang-up may have gone unnoticed; a line may seem busy though it is free."), _LOG,
    ),
    Counted(
        "play_starved", _l("Gaps in announcements"),
        _l("Callers heard moments of silence in an announcement or in the music."),
        _l("The disk was too slow. See what else uses it."),
    ),
    Counted(
        "record_lost", _l("Sound missing from recordings"),
        _l("Calls went on as usual; their recordings are silent for that long."), _DISK, samples=True,
    ),
    Counted(
        "record_errors", _l("Recordings that could not be written"),
        _l("Calls went on as usual; their recordings have gaps or are missing."), _DISK,
    ),
    Counted(
        "card_errors", _l("Errors of the line card"),
        _l("A line or a telephone may have been silent for a moment."),
        _l("See that the card sits firmly. If the number grows, replace the card."),
    ),
    Counted(
        "ports_lost", _l("Ports whose card went away"),
        _l("Calls on them were ended. The box uses a port again as soon as its card is back."),
        _l("See that the card sits firmly and has power. If it happens again, replace the card."),
    ),
    Counted(
        "surprises", _l("Signals out of turn"),
        _l("A line or a telephone did what it cannot do in its state; a call on it may have ended oddly."),
        _l("Look for a loose plug. If the number grows, report it with the log."),
    ),
    Counted(
        "clipped", _l("Samples cut off for loudness"),
        _l("Somebody sounded distorted for a moment."),
        _l("A few are harmless. If the number grows with every call, report it with a recording."),
    ),
    Counted(
        "tap_lost", _l("Sound that a listener inside the box did not fetch"),
        _l("Callers noticed nothing; a word said to a menu or a training telephone may have a gap."),
        _l("See whether this machine is overloaded."), samples=True,
    ),
    Counted(
        "commands_refused", _l("Orders that the core refused"),
        _l("The box wanted what was not possible just then, such as a file that is not there."),
        _l("The box’s log names each of them."),
    ),
    Counted(
        "handler_errors", _l("News of a line or telephone that the program failed at"),
        _l("What was done there had no effect: a key, a hang-up; the others noticed nothing."), _LOG,
    ),
)  # fmt: skip

STORE = (
    Counted(
        "lost", _l("Events given up"), _l("Callers noticed nothing; calls done have gaps."),
        _l("Make room on the disk. The box’s log has what is missing."),
    ),
    Counted(
        "refused", _l("Events that cannot be stored"),
        _l("Callers noticed nothing; a call’s record may lack something."),
        _l("Report it with the log, which names each of them."),
    ),
    Counted(
        "retries", _l("Writes that had to be repeated"), _l("Nothing is lost; calls done appeared later than usual."),
        _l("The disk was full, slow or locked by another program: look at its free space."),
    ),
)  # fmt: skip

API = (
    Counted(
        "cut", _l("Listeners cut off because they did not listen"),
        _l("Callers noticed nothing; a page or a program had to connect anew."),
        _l("See whether this machine is overloaded, and what else is connected to the box’s socket."),
    ),
)  # fmt: skip

BUS = (
    Counted(
        "subscriber_errors", _l("Faults in the box’s program"),
        _l("A part of the box did not hear of something: a lamp or a record may be wrong."), _LOG,
    ),
    Counted(
        "setup_errors", _l("Times the setup could not be read"),
        _l("Calls went on with the settings that were last read."),
        _l("The box’s log says what is wrong with the file. Put a backup back, or take the last change back."),
    ),
)  # fmt: skip

SMDR = (
    Counted(
        "dropped", _l("Lines that the call printer did not get"),
        _l("Callers noticed nothing; the paper tells how many calls are missing on it."),
        _l("See that the printer is switched on and has paper."),
    ),
)  # fmt: skip

SOUND = (
    Counted(
        "lost", _l("Times a headset or a sound socket went away"),
        _l("A call at that headset was ended; callers on hold heard the box’s own music."),
        _l("See that its plug sits firmly in the box, and that it is chosen under Setup, Sound sockets."),
    ),
)  # fmt: skip

PAGE = (
    Counted(
        "breaks", _l("Times the page lost sight of the box"),
        _l("The lamps stood still; if the box itself went on, calls did, too."),
        _l("If nobody restarted the box on purpose, its log tells why."),
    ),
)  # fmt: skip

PARTS = {
    "box": _l("Box"),
    "far": _l("Far ends"),
    "store": _l("Calls done"),
    "api": _l("Connections"),
    "bus": _l("Program"),
    "smdr": _l("Call printer"),
    "sound": _l("Sound sockets"),
    "page": _l("Page"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One counter of one part, as it stands."""

    part: str
    counted: Counted
    value: int

    @property
    def amount(self) -> str:
        """The value as people read it."""
        return self.counted.amount(self.value)

    @property
    def means(self) -> str:
        """For callers; at the simulated far ends there are none."""
        if self.part == "far":
            return _("It happened to the simulated exchange and telephones, not to the box.")
        return str(self.counted.means)

    @property
    def advice(self) -> str:
        """For the technician, who has nothing to do for the simulated far ends."""
        return "" if self.part == "far" else str(self.counted.advice)


def figures(counters: Counters | None, breaks: int) -> list[Figure]:
    """Everything that is counted, part by part. Without `counters` (the box is away) only the page's own."""
    found: list[Figure] = []
    if counters is not None:
        parts: list[tuple[str, tuple[Counted, ...], dict[str, int]]] = [
            ("box", CORE, counters.box),
            ("store", STORE, counters.store),
            ("api", API, counters.api),
            ("bus", BUS, {name: getattr(counters, name) for name in ("subscriber_errors", "setup_errors")}),
        ]
        if counters.smdr:
            parts.append(("smdr", SMDR, counters.smdr))
        if counters.sound:
            parts.append(("sound", SOUND, {"lost": sum(one.get("lost", 0) for one in counters.sound.values())}))
        if counters.far is not None:
            parts.append(("far", CORE, counters.far))
        for part, table, values in parts:
            found += [Figure(part, counted, values.get(counted.name, 0)) for counted in table]
    return [*found, *(Figure("page", counted, breaks) for counted in PAGE)]


def beside(found: list[Figure]) -> list[tuple[Figure, Figure | None]]:
    """As the screen shows them: each with the far ends' own figure of the same thing, where there is one."""
    far = {figure.counted.name: figure for figure in found if figure.part == "far"}
    return [
        (figure, far.get(figure.counted.name) if figure.part == "box" else None)
        for figure in found
        if figure.part != "far"
    ]


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data directory, bytes. `lines`: of the box, which may all be recorded at once."""

    free: int
    total: int
    lines: int

    @property
    def hours(self) -> int:
        """Of conversations that still fit."""
        return self.free // BYTES_PER_HOUR

    @property
    def short(self) -> bool:
        """Not enough for a day on which every line is busy."""
        return self.hours < self.lines * DAY_H


def size(count: int) -> str:
    """Bytes as disks are sold: 78.4 GB."""
    return f"{count / 1e9:.1f} GB" if count < 100e9 else f"{count / 1e9:.0f} GB"
