"""What the box does for itself, wired: at night the retention, the audit, the self-call and a backup; every hour the
disk. Heavy work is another process at low priority, so that no call waits for it."""

import asyncio
import contextlib
import errno
import json
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from firmware.alarms import left_standing, raise_again
from firmware.api.messages import CallMark, Refused
from firmware.bus import Bus, Event
from firmware.keeping import reserve
from firmware.keeping.archive import FRESH
from firmware.keeping.backup import BACKUPS, NAMES, name_of
from firmware.keeping.disk import Forecast, forecast, measure
from firmware.keeping.retention import SPARE as FREED_SPARE
from firmware.keeping.retention import Removed, Retention, Why, for_room, too_old
from firmware.keeping.section import Keeping
from firmware.nightly import Job, Nightly
from firmware.setup.files import folder_rights
from firmware.store.models import EventRow
from firmware.store.records import Records
from firmware.update.trial import given_up

log = logging.getLogger(__name__)

GB = 1e9
ROOM_MOST = 0.25  # of the disk: on a small one the standard would leave no room for any recording
HOUR_S = 3600.0
FIRST_LOOK_S = 60.0  # after the start, when there is time again
QUIET_S = 60.0  # the self-call begins when nobody has been on the line for so long
QUIET_WITHIN_S = 2 * HOUR_S
RESULTS = ("selfcall.done", "audit.done", "backup.done", "retention.done", "disk.measured")
LOOK_BACK = 200_000  # events in which the last results are looked for
LOW = ("nice", "-n", "19")  # the box's calls come first


@dataclass(frozen=True, slots=True)
class House:
    """What the keeper needs of the box. `calls`: how many are under way; `remember` shows earlier results; `selfcall`
    makes the nightly call and tells of it."""

    data: Path
    bus: Bus
    store: Engine
    now: Callable[[], float]
    flushed: Callable[[], Awaitable[bool]]
    calls: Callable[[], int]
    settings: Callable[[], Keeping]
    remember: Callable[[Iterable[Event]], None]
    selfcall: Callable[[], Awaitable[None]]


class Keeper:
    """`await start()`, `await stop()`; `mark` is the api's intent `call.mark`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.retention = Retention(house.data, house.store, house.bus, house.flushed)
        self.nightly: Nightly | None = None
        self._began: float | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes up where the last run left off."""
        earlier, alarms, self._began = await asyncio.to_thread(self._past)
        self.house.remember(earlier)
        raise_again(self.house.bus, alarms)
        nights = [event.at for event in earlier if event.kind == "audit.done"]
        self.nightly = Nightly(
            self.house.now, lambda: f"{self.house.settings().night:%H:%M}", self.jobs(),
            last=max(nights) if nights else self._began, failed=self._failed,
        )  # fmt: skip
        self.nightly.start()
        self._watch = asyncio.create_task(self._hours(), name="disk watch")
        self._tell_of_update()

    async def stop(self) -> None:
        """Ends what is under way."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
        if self.nightly is not None:
            await self.nightly.stop()

    def jobs(self) -> list[Job]:
        """The night's work in its order."""
        work: dict[str, Callable[[], Awaitable[object]]] = {
            "retention": self.remove_old, "audit": self.audit, "selfcall": self.call_itself, "backup": self.back_up,
            "disk": self.look_at_disk,
        }  # fmt: skip
        return [Job(name, partial(self._do, name, run)) for name, run in work.items()]

    async def mark(self, wanted: CallMark) -> dict[str, Any]:
        """Marks a recording, or takes the mark off; Refused if the call is not known."""
        record = await asyncio.to_thread(Records(self.house.store).get, wanted.call)
        if record is None:
            raise Refused(f"there is no call {wanted.call}", code="no_call")
        marks = self.retention.marks
        changed = marks.get(wanted.call, record.marked) != wanted.marked
        if changed:
            marks[wanted.call] = wanted.marked
            self.house.bus.publish("call.marked", call=wanted.call, line=record.line, marked=wanted.marked)
        return {"call": wanted.call, "marked": wanted.marked, "changed": changed}

    # -- jobs ------------------------------------------------------------------------------------------------

    async def remove_old(self) -> None:
        """Recordings beyond their age go, and what a power cut left of an earlier removal."""
        settings = self.house.settings()
        await self.retention.finish()
        chosen = too_old(await self.retention.kept(), self.house.now(), settings.recordings_days)
        self._removed(await self.retention.remove(chosen, "age"), "age")
        self._removed(await self.retention.spoken(self.house.now(), settings.spoken_days), "spoken")

    async def audit(self) -> None:
        """Does every answered second own audio?"""
        found = await self.callbox("audit-recordings", allowed=(0, 1))
        missing = found["missing"]
        self.house.bus.publish(
            "audit.done", ok=found["ok"], calls=found["calls"], recordings=found["recordings"],
            orphans=len(found["orphans"]), missing=len(missing), missing_s=found["missing_s"],
        )  # fmt: skip
        words = f"{len(missing)} calls lack audio, {len(found['orphans'])} recordings belong to no call"
        self._alarm("audit", not found["ok"], words, missing=len(missing), orphans=len(found["orphans"]))

    async def call_itself(self) -> None:
        """The self-call, once nobody has been on the line for a while; said when that never came."""
        if not self.house.settings().selfcall:
            self._alarm("selfcall", False)
            return
        if await self._quiet():
            await self.house.selfcall()
        else:
            self.house.bus.publish("selfcall.done", ok=None, why="busy", checks=[], untested=[])

    async def back_up(self) -> None:
        """One backup, and the oldest beyond those that are kept go."""
        settings = self.house.settings()
        if not settings.backups:
            self._alarm("backup", False)
            return
        try:
            await self.back_up_now(recordings=settings.backup_recordings)
        except (NightError, OSError) as error:
            code = code_of(error)
            self.house.bus.publish("backup.done", ok=False, error=str(error), code=code)
            self._alarm("backup", True, str(error), code=code)

    def backup_folder(self) -> Path:
        """Where they lie."""
        settings = self.house.settings()
        return Path(settings.backup_folder) if settings.backup_folder else self.house.data / BACKUPS

    async def back_up_now(self, *, recordings: bool) -> dict[str, Any]:
        """Makes one and tells of it; what is in it. NightError, OSError."""
        folder, keep = self.backup_folder(), self.house.settings().backups
        if folder == self.house.data / BACKUPS:
            folder.mkdir(mode=folder_rights(self.house.data) & 0o750, exist_ok=True)
        elif not folder.is_dir():
            raise NightError(f"{folder} is not there", "no_folder")  # a disk that is not plugged in is not made up for
        arguments = ["--recordings"] if recordings else []
        made = await self.callbox("backup", str(folder / name_of(self.house.now())), *arguments)
        if keep:
            await asyncio.to_thread(_rotate, folder, keep)
        self.house.bus.publish(
            "backup.done", ok=True, file=made["file"], bytes=made["bytes"], files=made["files"], error=None
        )
        self._alarm("backup", False)
        return made

    async def look_at_disk(self) -> Forecast:
        """Measures, removes the oldest recordings if there is too little room, and tells what is to be expected."""
        settings, now = self.house.settings(), self.house.now()
        disk = await asyncio.to_thread(measure, self.house.data, now, self._began)
        room = min(settings.room_gb * GB, disk.total * ROOM_MOST)
        await asyncio.to_thread(reserve.keep, self.house.data)
        kept = await self.retention.kept()
        if settings.remove_for_room and disk.free < room:
            chosen = for_room(kept, room * FREED_SPARE - disk.free)
            self._removed(await self.retention.remove(chosen, "space"), "space")
            disk = await asyncio.to_thread(measure, self.house.data, now, self._began)
            kept = await self.retention.kept()
        removable = sum(one.bytes for one in kept if not one.marked) if settings.remove_for_room else 0
        found = forecast(disk, removable=removable, room=room, warn_days=settings.warn_days)
        days = None if found.days is None else round(found.days, 1)
        self.house.bus.publish("disk.measured", free=disk.free, total=disk.total, per_day=disk.per_day, days=days)
        self._alarm("disk_low", found.short, f"{disk.free / GB:.1f} GB free", free=disk.free)
        filling = found.soon and not found.short
        self._alarm("disk_filling", filling, f"the disk is full in {days} days", days=days, free=disk.free)
        return found

    # -- inside ----------------------------------------------------------------------------------------------

    async def _hours(self) -> None:
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            try:
                await self._do("disk", self.look_at_disk)
            except Exception as error:
                log.exception("the disk cannot be looked at")
                self._failed("disk", error)
            await asyncio.sleep(HOUR_S)

    async def _do(self, name: str, run: Callable[[], Awaitable[object]]) -> None:
        await run()
        self._alarm(f"night_{name}", False)

    async def _quiet(self) -> bool:
        loop = asyncio.get_running_loop()
        end, since = loop.time() + QUIET_WITHIN_S, loop.time()
        while loop.time() < end:
            if self.house.calls():
                since = loop.time()
            elif loop.time() - since >= QUIET_S:
                return True
            await asyncio.sleep(1.0)
        return False

    async def callbox(self, command: str, *arguments: str, allowed: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """A command of callbox on this data. NightError."""
        return await callbox(self.data, command, *arguments, allowed=allowed)

    @property
    def data(self) -> Path:
        """The box's directory."""
        return self.house.data

    def now(self) -> float:
        """The box's clock."""
        return self.house.now()

    def _past(self) -> tuple[list[Event], list[Event], float | None]:
        """The last result of each kind, the alarms that still stand, and when the log began."""
        with Session(self.house.store) as session:
            first = session.scalar(select(EventRow.at).order_by(EventRow.seq).limit(1))
            last = session.scalar(select(EventRow.seq).order_by(EventRow.seq.desc()).limit(1)) or 0
            found = []
            for kind in RESULTS:
                recent = select(EventRow).where(EventRow.seq > last - LOOK_BACK, EventRow.kind == kind)
                row = session.scalar(recent.order_by(EventRow.seq.desc()).limit(1))
                if row is not None:
                    found.append(Event(row.seq, row.at, row.kind, row.call, row.line, row.station, row.data))
            return found, left_standing(session, last - LOOK_BACK), first

    def _removed(self, removed: Removed, why: Why | Literal["spoken"]) -> None:
        if removed.count or removed.failed:
            self.house.bus.publish(
                "retention.done", ok=not removed.failed, removed=removed.count, bytes=removed.bytes,
                failed=removed.failed, why=why,
            )  # fmt: skip

    def _tell_of_update(self) -> None:
        found = given_up(self.house.data)
        if found is not None:
            log.warning("%s", found.words)
            self._alarm("update", True, found.why, version=found.version, former=found.former)

    def _failed(self, job: str, error: Exception) -> None:
        self._alarm(f"night_{job}", True, str(error) or type(error).__name__, job=job)

    def _alarm(self, name: str, standing: bool, text: str = "", **more: Any) -> None:
        if standing:
            self.house.bus.publish("alarm.raised", name=name, text=text, **more)
        else:
            self.house.bus.alarm_over(name)


class NightError(Exception):
    """A job could not be done; the message says why, `code` the same for who says it in another language."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


async def callbox(data: Path, command: str, *arguments: str, allowed: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """A command of callbox on this data, as another process; its result. NightError in its words, with its code."""
    whole = [*LOW, sys.executable, "-m", "firmware.cli", command, *arguments, "--data", str(data)]
    done = await asyncio.to_thread(subprocess.run, [*whole, "--json"], capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        raise NightError(_words(done.stderr) or f"{command} ended with {done.returncode}", _code(done.stdout))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def code_of(error: Exception) -> str:
    """The name of a fault; empty if it has none."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "disk_full"
    return str(getattr(error, "code", ""))


def _words(said: str) -> str:
    """What the command said last to people, behind warnings of its log; of a crash the last line."""
    _, mark, words = f"\n{said.strip()}".rpartition("\ncallbox: ")
    return words if mark else words.strip().rpartition("\n")[2]


def _code(printed: str) -> str:
    """Of the command's fault, as it printed it; empty if it died without."""
    try:
        found = json.loads(printed)
    except ValueError:
        return ""
    return str(found.get("code", "")) if isinstance(found, dict) else ""


def _rotate(folder: Path, keep: int) -> None:
    """Removes the oldest backups beyond `keep`, and what an interrupted one left."""
    names = sorted(folder.glob(NAMES))
    for path in names[: max(0, len(names) - keep)]:
        path.unlink(missing_ok=True)
    for path in folder.glob(f".callbox-*{FRESH}"):
        with contextlib.suppress(OSError):  # a directory of a backup that is being made right now is not empty
            path.unlink() if path.is_file() else path.rmdir()
