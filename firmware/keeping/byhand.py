"""Backups when somebody asks: made, looked at, removed, restored; one thing at a time, and how it goes.

The work itself is another process at low priority (firmware/keeping/keeper.py), so that no call waits for it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from firmware.api.keeping import BROUGHT, BROUGHT_FILE, BackupMake, BackupRestore, BackupState, OneBackup
from firmware.api.messages import Refused
from firmware.api.server import Handler
from firmware.keeping.backup import BACKUPS, NAMES
from firmware.keeping.keeper import NightError, callbox, code_of
from firmware.keeping.section import Keeping
from firmware.setup.store import Setup, SetupError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something asked for. `name`: of the backup, if it has one already. `ok` None: it is under way; `why`: what went
    wrong, `code` a name for it (firmware/keeping/archive.py); `found`: what it brought."""

    what: str
    name: str
    who: str
    since: float
    ok: bool | None = None
    why: str = ""
    code: str = ""
    found: dict[str, Any] = field(default_factory=dict)


class Upkeep(Protocol):
    """What is needed of the keeper (firmware/keeping/keeper.py)."""

    @property
    def data(self) -> Path:
        """The box's directory."""

    def now(self) -> float:
        """The box's clock."""

    def backup_folder(self) -> Path:
        """Where backups lie."""

    async def back_up_now(self, *, recordings: bool) -> dict[str, Any]:
        """Makes one."""

    async def callbox(self, command: str, *arguments: str) -> dict[str, Any]:
        """A command on this data."""


class Keepless:
    """The upkeep of a box that does not run, as it cannot use its database (firmware/rescue.py)."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def now(self) -> float:
        """The machine's clock."""
        return time.time()

    def backup_folder(self) -> Path:
        """As it is set up, if that can be read."""
        try:
            chosen = Setup(self.data).load(Keeping).backup_folder
        except SetupError:
            chosen = ""
        return Path(chosen) if chosen else self.data / BACKUPS

    async def back_up_now(self, *, recordings: bool) -> dict[str, Any]:
        """There is nothing to make one of."""
        raise NightError("the database cannot be copied", "no_data")

    async def callbox(self, command: str, *arguments: str) -> dict[str, Any]:
        """A command on this data."""
        return await callbox(self.data, command, *arguments)


class ByHand:
    """`handlers` are the api's intents; `close()` ends what is under way."""

    def __init__(self, keeper: Upkeep) -> None:
        self._keeper = keeper
        self._job: Job | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def handlers(self) -> dict[str, Handler]:
        """By intent."""
        return {
            "backup.state": self.state, "backup.make": self.make, "backup.check": self.check,
            "backup.restore": self.restore, "backup.remove": self.remove,
        }  # fmt: skip

    async def state(self, _: BackupState) -> dict[str, Any]:
        """The backups that there are, the newest first, and what was asked for last."""
        folder = self._keeper.backup_folder()
        kept, brought = await asyncio.to_thread(_listed, folder, self._brought)
        job = None if self._job is None else asdict(self._job)
        return {"folder": str(folder), "kept": kept, "brought": brought, "job": job}

    async def make(self, wanted: BackupMake) -> dict[str, Any]:
        """One more, which counts among those that are kept."""

        async def work() -> dict[str, Any]:
            return await self._keeper.back_up_now(recordings=wanted.recordings)

        return self._begin("make", "", wanted.who, work)

    async def check(self, wanted: OneBackup) -> dict[str, Any]:
        """Whether it is whole, and what is in it; nothing is changed."""
        file = self._file(wanted.name)
        return self._begin("check", wanted.name, wanted.who, lambda: self._keeper.callbox("check-backup", str(file)))

    async def restore(self, wanted: BackupRestore) -> dict[str, Any]:
        """Everything is checked and made ready; only then the box starts again."""
        file = self._file(wanted.name)
        now = ["--now"] if wanted.when == "now" else []
        log.warning("%s restores the backup %s", wanted.who or "somebody", wanted.name)
        return self._begin("restore", wanted.name, wanted.who, lambda: self._keeper.callbox("restore", str(file), *now))

    async def remove(self, wanted: OneBackup) -> dict[str, Any]:
        """The file goes."""
        if self._busy:
            raise Refused("wait until what is under way has ended", code="busy")
        file = self._file(wanted.name)
        try:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        except OSError as error:
            raise Refused(f"the backup cannot be removed: {error.strerror}") from error
        if self._job is not None and self._job.name == wanted.name:
            self._job = None
        return {"removed": wanted.name}

    async def close(self) -> None:
        """The box ends."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    # -- inside ------------------------------------------------------------------------------------------------

    @property
    def _brought(self) -> Path:
        return self._keeper.data / BROUGHT_FILE

    @property
    def _busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def _file(self, name: str) -> Path:
        file = self._brought if name == BROUGHT else self._keeper.backup_folder() / name
        if not file.is_file():
            raise Refused("this backup is not there any more", code="gone")
        return file

    def _begin(self, what: str, name: str, who: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        if self._busy:
            raise Refused("wait until what is under way has ended", code="busy")
        job = self._job = Job(what, name, who, self._keeper.now())
        self._task = asyncio.create_task(self._do(job, work), name=f"backup: {what}")
        return {"since": job.since}

    async def _do(self, job: Job, work: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        ok, why, code, found = True, "", "", {}
        try:
            found = await work()
        except (NightError, OSError) as error:
            ok, why, code = False, str(error), code_of(error)
        self._job = Job(job.what, job.name, job.who, job.since, ok, why, code, found)


def _listed(folder: Path, brought: Path) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Name, size in bytes and time of each; a folder that is not there has none."""
    kept = [_fact(path) for path in sorted(folder.glob(NAMES), reverse=True)]
    return [one for one in kept if one is not None], _fact(brought)


def _fact(path: Path) -> dict[str, Any] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return {"name": path.name, "bytes": found.st_size, "at": found.st_mtime}
