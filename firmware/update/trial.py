"""What became of the last update: on trial, kept, or given up, so that people are told when the box went back.

`callbox update` notes the trial in the data partition's `update/` before the new slot is started; the self-check of a
slot that is kept turns the note into one of what was kept (image-build/overlay/usr/lib/callbox/good). A start from the
other slot that still finds it is one the boot loader fell back to.
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware.setup.files import replace

FOLDER = "update"
NOTE, WHY, KEPT = "trial.json", "trial.failed", "kept.json"
CMDLINE = Path("/proc/cmdline")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NO_REASON = "it did not come up"


@dataclass(frozen=True, slots=True)
class Trial:
    """An update that was installed. `boot`: the start during which it was; `slot`: where it lies."""

    former: str
    version: str
    slot: str
    boot: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An update that the box went back from. `why`: what its self-check said."""

    former: str
    version: str
    why: str

    @property
    def words(self) -> str:
        """For console, log and self-check."""
        return (
            f"the update to {self.version} was given up ({self.why}); the box went back by itself to "
            f"{self.former}, and calls are served as before"
        )


def note(data: Path, former: str, version: str, slot: str) -> None:
    """An update was installed and is what the next start takes."""
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / WHY).unlink(missing_ok=True)
    trial = Trial(former, version, slot, BOOT_ID.read_text("ascii").strip())
    replace(folder / NOTE, json.dumps(asdict(trial)))


def forget(data: Path) -> None:
    """There is no trial, or it is over and the update kept."""
    for name in (NOTE, WHY):
        (data / FOLDER / name).unlink(missing_ok=True)


def given_up(data: Path, *, cmdline: Path = CMDLINE, boot_id: Path = BOOT_ID) -> GivenUp | None:
    """The update that this start was a way back from; None: there was none, or its first start is still to come."""
    try:
        trial = Trial(**json.loads((data / FOLDER / NOTE).read_text("utf-8")))
        running = re.search(r"\brauc\.slot=(\S+)", cmdline.read_text("ascii"))
        started_since = boot_id.read_text("ascii").strip() != trial.boot
    except (OSError, ValueError, TypeError):
        return None  # no appliance, or no note of ours
    if running is None or running[1] == trial.slot or not started_since:
        return None
    return GivenUp(trial.former, trial.version, _why(data))


def kept_at(data: Path, running: str) -> float | None:
    """When the version that runs passed its self-check as an update, seconds since the epoch; None: it came with the
    disk, or is on trial."""
    note = data / FOLDER / KEPT
    try:
        return note.stat().st_mtime if Trial(**json.loads(note.read_text("utf-8"))).version == running else None
    except (OSError, ValueError, TypeError):
        return None


def _why(data: Path) -> str:
    try:
        lines = (data / FOLDER / WHY).read_text("utf-8").splitlines()
    except OSError:
        return NO_REASON
    return "; ".join(line.removeprefix("FAILED").strip() for line in lines if line.startswith("FAILED")) or NO_REASON
