"""Calls from outside that something goes wrong with: wire, disk, prompt, or the box itself."""

import asyncio
import resource
import wave
from collections.abc import Callable

import pytest

from firmware.calls import call as calls
from firmware.ivr import place
from tests.journeys.conftest import Town
from tests.journeys.test_inbound import connected

Play = Callable[..., None]


def test_a_call_without_end_is_ended(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_MOST_S", 30.0)

    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        ended = await town.until("call.ended")
        assert ended.data == {"side": "box", "cue": "too_long", "result": "answered"}
        await wang.hears_hang_up()
        await wang.hangs_up()
        await li.other_party_gone(within=10)
        await li.hang_up()

    play(story)


def test_a_fault_in_a_call_frees_its_line(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fault(*_: object) -> str | None:
        raise RuntimeError("a fault, made for the test")

    monkeypatch.setattr(place.InFlow, "__call__", fault)

    async def story(town: Town) -> None:
        wang = town.caller(line=4)
        await wang.dials()
        await wang.hears_hang_up()
        await wang.hangs_up()
        ended = await town.until("call.ended")
        assert ended.data == {"side": "box", "cue": "error", "result": "failed"}
        monkeypatch.undo()
        await town.quiet()
        chen, li = town.caller(line=4, number="13900139000"), town.agent("801")
        await connected(town, chen, li)
        await li.hang_up()
        await chen.hears_hang_up()
        await chen.hangs_up()

    play(story)


def test_a_missing_prompt_is_silence_and_an_alarm(play: Play) -> None:
    async def story(town: Town) -> None:
        own = town.data / "prompts" / "zh"
        own.mkdir(parents=True)
        (own / "greeting.wav").write_bytes(b"no sound")
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        assert town.told("alarm.raised", name="prompt_greeting")
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        (own / "greeting.wav").unlink()
        await wang.dials()
        await asyncio.sleep(2)
        await wang.presses("1")
        await town.until("alarm.cleared", name="prompt_greeting")
        await wang.hangs_up()
        await town.until("call.ended", call=town.told("call.started")[1].call)

    play(story)


def test_the_wire_is_cut_in_mid_call(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        town.card.cut(3)
        await town.until("line.far_end_gone", within=10)
        await li.other_party_gone(within=10)
        await li.hang_up()
        await town.until("line.fault")
        await wang.hangs_up()
        await town.until("call.ended")
        assert town.told("alarm.raised", name="line_4_no_battery")
        town.card.cut(3, False)
        await town.until("alarm.cleared", name="line_4_no_battery")

    play(story)


def test_no_room_for_the_recording(play: Play) -> None:
    """The call goes on; an alarm and the record tell. The next good recording ends the alarm."""

    async def story(town: Town) -> None:
        (town.data / "recordings").write_text("a file where the folder should be")
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        assert town.told("alarm.raised", name="recording")
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        record = await town.record()
        assert record.result == "answered" and record.recording_error

        (town.data / "recordings").unlink()
        await connected(town, wang, li)
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.until("alarm.cleared", name="recording")

    play(story)


def test_the_disk_is_full_in_mid_call(play: Play) -> None:
    """The call goes on; alarm, counter and record tell; the file is valid as far as it goes."""

    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        await connected(town, wang, li)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))  # about six seconds of recording
        try:
            await town.until("alarm.raised", name="recording")
            await asyncio.sleep(5)
            assert not town.told("call.ended")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        counters = town.card.box.counters()
        assert counters["record_errors"] and counters["record_lost"]
        town.allowed = {"record_lost"}
        record = await town.record()
        assert record.result == "answered" and record.recording_error == "No space left on device"
        assert record.recording is not None
        with wave.open(str(town.data / record.recording), "rb") as file:
            assert file.getnframes() == record.recording_ms * 8

    play(story)


def test_the_box_is_stopped_in_mid_call(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=4), town.agent("801")
        chen = town.caller(line=5)
        await connected(town, wang, li)
        await chen.dials()
        await town.box.calls.stop()
        await wang.hears_hang_up()
        await chen.hears_hang_up()
        cues = {event.data["cue"] for event in town.told("call.ended")}
        assert cues == {"box_stopped"}
        recorded = town.told("call.recorded")
        assert len(recorded) == 1 and recorded[0].data["error"] is None
        await li.hang_up()
        await wang.hangs_up()
        await chen.hangs_up()

    play(story)
