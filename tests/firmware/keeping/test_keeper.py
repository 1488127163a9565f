"""The box's own work on a virtual clock: nights pass, the disk fills, backups turn over."""

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from firmware.api.messages import CallMark, Refused
from firmware.bus import Bus, Event
from firmware.clock import SteppedLoop
from firmware.keeping import keeper as module
from firmware.keeping.archive import check
from firmware.keeping.disk import Disk
from firmware.keeping.keeper import House, Keeper
from firmware.keeping.section import Keeping
from firmware.live import LiveView
from firmware.recording.recorder import recording_path
from firmware.store.database import next_seq, open_store
from firmware.store.records import Records
from firmware.store.writer import StoreWriter
from tests.firmware.keeping.conftest import DAY, keep_call

NOON = datetime(2026, 1, 5, 12).timestamp()  # noqa: DTZ001 - the box's local time
GB = 10**9


@dataclass
class Home:
    data: Path
    settings: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    selfcalls: int = 0
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = SteppedLoop()
        self.store: Engine = open_store(self.data)
        self.bus = Bus(self.now, next_seq(self.store))
        self.writer = StoreWriter(self.store, self.bus, threaded=False, batch=1)
        self.view = LiveView([])
        for subscriber in (self.writer, self.view.apply, self.events.append):
            self.bus.subscribe(subscriber)

    def now(self) -> float:
        return NOON + self.loop.time()

    async def _selfcall(self) -> None:
        self.selfcalls += 1

    def keeper(self) -> Keeper:
        return Keeper(
            House(
                self.data, self.bus, self.store, self.now, self.writer.flushed, lambda: self.calls,
                lambda: Keeping.model_validate(self.settings), self.view.remember, self._selfcall,
            )
        )  # fmt: skip

    def live(self, what: Callable[[Keeper], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            self.writer.start()
            return await what(self.keeper())

        try:
            with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
                return runner.run(whole())
        finally:
            self.writer.flush()
            self.store.dispose()

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [event.data for event in self.events if event.kind == kind]

    def alarms(self) -> set[str]:
        return {alarm.name for alarm in self.view.snapshot(0).alarms}


@pytest.fixture
def home(data: Path) -> Home:
    return Home(data)


async def _a_night(keeper: Keeper) -> None:
    await keeper.start()
    await asyncio.sleep(24 * 3600)
    await keeper.stop()


def test_a_night(home: Home) -> None:
    """As processes at low priority: the audit's line and a backup that can be restored."""
    home.live(_a_night)
    assert home.told("audit.done") == [
        {"ok": True, "calls": 1, "recordings": 1, "orphans": 0, "missing": 0, "missing_s": 0.0}
    ]
    (made,) = home.told("backup.done")
    assert made["ok"] and sorted(check(Path(made["file"])).files) == [
        "callbox.sqlite", "prompts/zh/greeting.wav", "settings.json", "setup/queues.json",
    ]  # fmt: skip
    assert home.selfcalls == 1 and not home.alarms()
    assert len(home.told("disk.measured")) >= 24
    assert set(home.view.snapshot(0).done) == {"audit", "backup", "disk"}


def test_what_is_wanted_otherwise(home: Home) -> None:
    home.settings = {"selfcall": False, "backups": 0}
    home.live(_a_night)
    assert not home.selfcalls and not home.told("backup.done") and home.told("audit.done")


def test_what_the_last_night_brought_is_known_after_a_restart(home: Home, data: Path) -> None:
    home.live(_a_night)
    again = Home(data)

    async def look(keeper: Keeper) -> None:
        await keeper.start()
        await keeper.stop()

    again.live(look)
    assert again.view.snapshot(0).done["audit"].data["calls"] == 1
    assert again.view.snapshot(0).done["backup"].ok


def test_what_failed_is_not_forgotten_over_a_restart(home: Home, data: Path) -> None:
    """Until it goes well, or is not wanted any more; what would be found again is found again."""
    broken = {"backup_folder": str(data / "usb is not there")}

    async def look(keeper: Keeper) -> None:
        await keeper.start()
        await keeper.stop()

    def start(what: Callable[[Keeper], Awaitable[Any]], settings: dict[str, Any]) -> Home:
        box = Home(data, settings)
        box.live(what)
        return box

    home.settings = broken
    home.bus.publish("alarm.raised", name="line_3_no_battery", text="cut", line=3)
    home.bus.publish("alarm.raised", name="recording", text="No space left on device", call="c1")
    home.bus.publish("alarm.cleared", name="recording")
    home.live(_a_night)
    assert home.alarms() == {"backup", "line_3_no_battery"}
    (first,) = (one for one in home.view.snapshot(0).alarms if one.name == "backup")

    for _ in range(2):
        (stands,) = start(look, broken).view.snapshot(0).alarms
        assert (stands.name, stands.since, stands.args["text"]) == ("backup", first.since, first.args["text"])
    assert not start(_a_night, {}).alarms()
    assert not start(look, broken).alarms()
    start(_a_night, broken)
    assert start(look, broken).alarms() == {"backup"}
    assert not start(_a_night, {"backups": 0}).alarms()


def test_a_call_without_its_recording_is_told(home: Home) -> None:
    (home.data / recording_path("c1", 1_767_600_000.0)).unlink()
    home.live(lambda keeper: keeper.audit())
    assert home.told("audit.done")[0]["missing"] == 1 and home.alarms() == {"audit"}


def test_never_while_somebody_is_on_the_line(home: Home) -> None:
    async def busy_then_quiet(keeper: Keeper) -> None:
        home.calls = 1
        working = asyncio.create_task(keeper.call_itself())
        await asyncio.sleep(1800)
        assert not home.selfcalls
        home.calls = 0
        await asyncio.sleep(59)
        assert not home.selfcalls
        await asyncio.sleep(5)
        assert home.selfcalls == 1
        await working

    home.live(busy_then_quiet)


def test_busy_all_night_is_told(home: Home) -> None:
    home.calls = 3
    home.live(lambda keeper: keeper.call_itself())
    assert home.told("selfcall.done") == [{"ok": None, "why": "busy", "checks": [], "untested": []}]


# -- backups -----------------------------------------------------------------------------------------------------


def test_backups_turn_over(home: Home) -> None:
    home.settings = {"backups": 3}

    async def nights(keeper: Keeper) -> None:
        for _ in range(5):
            await keeper.back_up()
            await asyncio.sleep(DAY)

    home.live(nights)
    names = sorted(path.name for path in (home.data / "backups").iterdir())
    assert [name[8:16] for name in names] == ["20260107", "20260108", "20260109"]


def test_a_disk_that_is_not_plugged_in(home: Home, tmp_path: Path) -> None:
    home.settings = {"backup_folder": str(tmp_path / "usb")}

    async def nights(keeper: Keeper) -> None:
        await keeper.back_up()
        assert "usb is not there" in str(home.told("backup.done")[0]["error"]) and home.alarms() == {"backup"}
        (tmp_path / "usb").mkdir()
        await keeper.back_up()

    home.live(nights)
    assert not home.alarms() and len(list((tmp_path / "usb").iterdir())) == 1


def test_a_database_that_cannot_be_copied_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 2, "", "callbox: cannot copy the database: damaged\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    home.live(lambda keeper: keeper.back_up())
    assert home.told("backup.done") == [{"ok": False, "error": "cannot copy the database: damaged", "code": ""}]


# -- the disk ----------------------------------------------------------------------------------------------------


def _disk(monkeypatch: pytest.MonkeyPatch, home: Home, size: int, per_day: float | None) -> None:
    """A disk with so much for the recordings; nine tenths of it hold other things."""

    def measure(data: Path, now: float, began: float | None) -> Disk:
        used = sum(path.stat().st_size for path in (data / "recordings").rglob("*.wav"))
        return Disk(size - used, 10 * size, per_day)

    monkeypatch.setattr(module, "measure", measure)


@pytest.fixture
def ten(data: Path) -> list[Path]:
    """Ten calls on ten days, the first two marked."""
    return [keep_call(data, f"d{day}", NOON - (20 - day) * DAY, seconds=10, marked=day < 2) for day in range(10)]


def test_room_is_made_by_the_oldest_unmarked(ten: list[Path], home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    used = 10 * 320_044 + 64_044
    _disk(monkeypatch, home, used + 500_000, 1e6)
    home.settings = {"room_gb": 0.0015}

    async def look(keeper: Keeper) -> None:
        await keeper.look_at_disk()

    home.live(look)
    left = [number for number, path in enumerate(ten) if (home.data / path).exists()]
    assert left == [0, 1, 6, 7, 8, 9]  # two are marked; four gave 1.28 MB
    (told,) = home.told("retention.done")
    assert told == {"ok": True, "removed": 4, "bytes": 4 * 320_044, "failed": 0, "why": "space"}
    store = open_store(home.data)
    record = Records(store).get("d2")
    store.dispose()
    assert record is not None and record.recording_removed == "space"


def test_a_small_disk_keeps_its_recordings(ten: list[Path], home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the standard of 2 GB, one that has less than that in all would keep none."""
    monkeypatch.setattr(module, "measure", lambda *_: Disk(1_400_000_000, 1_900_000_000, 1e6))

    async def look(keeper: Keeper) -> None:
        await keeper.look_at_disk()

    home.live(look)
    assert all((home.data / path).exists() for path in ten) and not home.alarms()


def test_nothing_more_to_remove(ten: list[Path], home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are marked, or the settings forbid it: the alarm stands until there is room."""
    _disk(monkeypatch, home, 11 * 320_044 + 1_000_000, 1e6)
    home.settings = {"room_gb": 0.5, "remove_for_room": False}

    async def look(keeper: Keeper) -> None:
        await keeper.look_at_disk()
        assert home.alarms() == {"disk_low"} and all((home.data / path).exists() for path in ten)
        _disk(monkeypatch, home, 900 * GB, 1e6)
        await keeper.look_at_disk()
        assert not home.alarms()

    home.live(look)


def test_the_alarm_comes_well_before(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte a day on 30: told two weeks before, not at the end."""
    home.settings = {"room_gb": 1.0, "remove_for_room": False, "warn_days": 14}
    told: dict[int, set[str]] = {}

    async def days(keeper: Keeper) -> None:
        for day in range(30):
            _disk(monkeypatch, home, (30 - day) * GB, 1.0 * GB)
            await keeper.look_at_disk()
            told[day] = home.alarms()

    home.live(days)
    assert next(day for day in told if told[day]) == 15  # room for just less than 14 days is left then
    assert told[15] == {"disk_filling"} and told[29] == {"disk_low"}


def test_by_age(ten: list[Path], home: Home) -> None:
    home.settings = {"recordings_days": 15}
    home.live(lambda keeper: keeper.remove_old())
    assert [number for number, path in enumerate(ten) if (home.data / path).exists()] == [0, 1, 5, 6, 7, 8, 9]


# -- marks -------------------------------------------------------------------------------------------------------


def test_marks(home: Home) -> None:
    async def marks(keeper: Keeper) -> None:
        assert await keeper.mark(CallMark(call="c1")) == {"call": "c1", "marked": True, "changed": True}
        assert await keeper.mark(CallMark(call="c1")) == {"call": "c1", "marked": True, "changed": False}
        assert (await keeper.mark(CallMark(call="c1", marked=False)))["changed"]
        with pytest.raises(Refused, match="there is no call nowhere"):
            await keeper.mark(CallMark(call="nowhere"))

    home.live(marks)
    assert [one["marked"] for one in home.told("call.marked")] == [True, False]


def test_a_job_that_breaks_is_told_and_over_when_it_works(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, json.dumps({"ok": 1}), "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    async def nights(keeper: Keeper) -> None:
        await keeper.start()
        assert keeper.nightly is not None
        await keeper.nightly.run()
        assert "night_audit" in home.alarms()
        monkeypatch.undo()
        await keeper.nightly.run()
        assert "night_audit" not in home.alarms()
        await keeper.stop()

    home.live(nights)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("callbox: the disk is full. Make room.\n", "the disk is full. Make room."),
        ("12:00 WARNING x\ncallbox: it is not whole.\nCopy it anew.\n", "it is not whole.\nCopy it anew."),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'x'\n", "KeyError: 'x'"),
        ("", ""),
    ],
)
def test_an_alarm_has_the_words_of_the_command_alone(said: str, words: str) -> None:
    assert module._words(said) == words
