"""A disk that is really full, to the last byte: calls are answered and nothing of what happened is forgotten."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.keeping.retention import Retention, for_room
from firmware.recording.audit import audit_recordings
from tests.journeys.conftest import Town

Play = Callable[..., None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The box's data lie on a small disk of their own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def _fill(disk: Path) -> Path:
    """Writes until not a byte more will go."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0")
    assert os.statvfs(disk).f_bfree == 0
    return filler


async def _talk(town: Town, line: int) -> None:
    wang, li = town.caller(line=line), town.agent("801")
    assert await wang.dials()
    await asyncio.sleep(2.5)
    await wang.presses("1")
    await li.rings()
    await li.pick_up()
    await asyncio.sleep(0.5)
    assert town.told("call.connected", line=line)
    await asyncio.sleep(4)
    await li.hang_up()
    await wang.hears_hang_up()
    await wang.hangs_up()
    await town.quiet()


def test_calls_go_on_and_the_log_is_whole_afterwards(disk: Path, play: Play) -> None:
    async def story(town: Town) -> None:
        await _talk(town, 1)
        filler = _fill(disk)
        await _talk(town, 2)
        await _talk(town, 3)
        assert len(town.told("call.connected")) == 3, "calls are answered"
        assert not await town.box.writer.flushed()
        await asyncio.sleep(0.1)
        alarms = {event.data["name"] for event in town.told("alarm.raised")}
        assert alarms >= {"recording", "store"}
        filler.unlink()
        await _talk(town, 4)
        assert await town.box.writer.flushed()
        await asyncio.sleep(0.1)
        assert town.box.writer.counters.lost == 0 and town.box.writer.counters.refused == 0
        assert {event.data["name"] for event in town.told("alarm.cleared")} >= {"recording", "store"}
        for event in town.told("call.ended"):
            record = await town.record(event.call)
            assert record.result == "answered" and record.ended == event.at
        missing = {one["call"] for one in audit_recordings(town.data)["missing"]}
        assert missing == {event.call for event in town.told("call.ended")[1:3]}
        town.allowed = {"record_lost", "record_errors", "commands_refused"}

    play(story)


def test_old_recordings_make_room_on_it(disk: Path, play: Play) -> None:
    async def story(town: Town) -> None:
        await _talk(town, 1)
        await _talk(town, 2)
        first, second = [await town.record(event.call) for event in town.told("call.ended")]
        filler = _fill(disk)
        retention = Retention(town.data, town.box.store, town.box.bus, town.box.writer.flushed)
        removed = await retention.remove(for_room(await retention.kept(), 1), "space")
        assert removed.count == 1
        await _talk(town, 3)
        third = town.told("call.recorded")[-1]
        assert third.data["error"] is None and third.data["ms"] > 3000
        filler.unlink()
        assert await town.box.writer.flushed()
        assert (await town.record(first.id)).recording_removed == "space"
        assert (await town.record(second.id)).recording == second.recording
        town.allowed = {"record_lost", "record_errors", "commands_refused"}

    play(story)
