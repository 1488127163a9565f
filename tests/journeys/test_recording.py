"""When a conversation is recorded, and what is in the file: measured with numpy against what was said."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.api.messages import CallRecordIntent, Refused
from firmware.config import load_country
from firmware.recording.audit import audit_recordings
from firmware.store.models import CallRecord
from firmware.tools.audio import Sound
from firmware.tools.detect import detect
from firmware.training.measure import RATE, Samples, find, level, read
from tests.journeys.conftest import Town

Play = Callable[..., None]

THERE, ABSENT = 0.9, 0.3  # correlation with what was said
TICK = 0.011


def test_talk_is_recorded_from_connect_on(play: Play) -> None:
    async def story(town: Town) -> None:
        left, right = await _conversation(town)
        assert find(_said(town, "caller_speech"), left).correlation > THERE
        assert find(_said(town, "agent_speech"), right).correlation > THERE
        assert find(_said(town, "greeting")[:RATE], right).correlation < ABSENT
        assert abs(len(left) / RATE - _between(town, "call.connected", "line.released")) < 2 * TICK

    play(story)


def test_answer_has_the_menu_and_what_the_caller_pressed(play: Play) -> None:
    async def story(town: Town) -> None:
        left, right = await _conversation(town)
        assert find(_said(town, "greeting")[:RATE], right).correlation > THERE
        assert find(_said(town, "queue_entry"), right).correlation > THERE
        assert find(_said(town, "caller_speech"), left).correlation > THERE
        assert find(_said(town, "agent_speech"), right).correlation > THERE
        digits = [one["digit"] for one in _heard(left) if one["kind"] == "dtmf"]
        assert digits == ["1"]
        assert abs(len(left) / RATE - _between(town, "call.answered", "line.released")) < 2 * TICK

    play(story, recording="answer")


def test_ring_has_the_caller_id(play: Play) -> None:
    async def story(town: Town) -> None:
        left, right = await _conversation(town)
        assert [one["number"] for one in _heard(left) if one["kind"] == "callerid"] == ["13800138000"]
        answered = _between(town, "line.ring", "call.answered")
        assert level(right[: int((answered - 0.1) * RATE)]) == -99.0  # nobody speaks there yet
        assert find(_said(town, "greeting")[:RATE], right).correlation > THERE
        assert find(_said(town, "agent_speech"), right).correlation > THERE
        assert abs(len(left) / RATE - _between(town, "line.ring", "line.released")) < 2 * TICK

    play(story, recording="ring")


def test_ring_keeps_callers_who_gave_up(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=2, patience_s=1.2)
        assert not await wang.dials()
        await wang.hangs_up()
        await town.quiet()
        record = await town.record()
        assert record.result == "abandoned" and record.recording_ms
        assert abs(record.recording_ms / 1000 - _between(town, "line.ring", "call.ended")) < 3 * TICK

    play(story, recording="ring")


@pytest.mark.parametrize("mode", ["line", "answer"])
def test_a_caller_who_leaves_in_the_menu(play: Play, mode: str) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=2)
        await wang.dials()
        await asyncio.sleep(2.5)
        await wang.hangs_up()
        await town.quiet()
        left, right = _recorded(town, await town.record())
        assert find(_said(town, "greeting")[:RATE], right).correlation > THERE
        assert abs(len(left) / RATE - _between(town, "line.seized", "line.released")) < 3 * TICK
        assert audit_recordings(town.data)["ok"]

    play(story, recording=mode)


def test_never(play: Play) -> None:
    async def story(town: Town) -> None:
        await _whole_call(town)
        assert not town.told("call.recording") and not town.told("call.recorded")
        assert not list(town.data.rglob("*.wav")) and (await town.record()).recording is None
        found = audit_recordings(town.data)
        assert found["ok"] and (found["calls"], found["recordings"]) == (0, 0)

    play(story, recording="never")


def test_voice_leaves_silence_out_and_no_word(play: Play) -> None:
    async def story(town: Town) -> None:
        left, right = await _conversation(town, silence_s=8.0)
        for name, channel in (("caller_speech", left), ("agent_speech", right)):
            said = _said(town, name)
            whole, first = find(said, channel), find(said[: RATE // 2], channel)
            assert whole.correlation > THERE and first.correlation > THERE
            assert abs(first.start - whole.start) < TICK, "the first word is cut"
        gaps = town.told("call.recording_gap")
        assert [5500 <= gap.data["ms"] <= 8000 for gap in gaps].count(True) >= 2  # between them, and at the end
        left_out = sum(gap.data["ms"] for gap in gaps) / 1000
        talk = _between(town, "call.connected", "line.released")
        assert abs(len(left) / RATE + left_out - talk) < 3 * TICK
        for gap in gaps:  # they lie where the file is silent, before the first word of what follows
            at = gap.data["at_ms"] * RATE // 1000
            around = slice(max(0, at - RATE // 2), at + RATE // 20)
            assert level(left[around]) < -40 and level(right[around]) < -40

    play(story, recording="voice")


def test_payment_data_is_not_recorded(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li = town.caller(line=3), town.agent("801")
        await _connect(town)
        recording = next(iter(town.box.recordings.running.values()))
        speaking = asyncio.gather(
            wang.speaks(town.prompts.path("caller_speech")), li.handset.speak(town.prompts.path("agent_speech"))
        )
        await asyncio.sleep(1.5)
        assert recording.pause() and not recording.pause()
        await asyncio.sleep(1.0)
        assert recording.resume() and not recording.resume()
        await speaking
        await li.hang_up()
        await wang.hears_hang_up()
        await wang.hangs_up()
        await town.quiet()
        left, right = _recorded(town, await town.record())
        paused, resumed = town.told("call.recording_paused")[0].at, town.told("call.recording_resumed")[0]
        began = town.told("call.recording")[0].at
        silent = slice(int((paused - began + TICK) * RATE), int((resumed.at - began) * RATE))
        assert not left[silent].any() and not right[silent].any()
        assert abs(resumed.data["ms"] - 1000) <= 10 and len(left[silent]) > 0.98 * RATE
        said = _said(town, "caller_speech")
        before, after = find(said[:RATE], left), find(said[int(3 * RATE) : int(4 * RATE)], left)
        assert before.correlation > THERE and after.correlation > THERE
        assert abs(after.start - before.start - 3.0) < 0.001, "the time is not kept"
        assert level(left[silent.start - RATE // 2 : silent.start]) > -35 and audit_recordings(town.data)["ok"]

    play(story)


def test_pausing_what_is_not_recorded_is_refused_in_words(play: Play) -> None:
    async def story(town: Town) -> None:
        wanted = CallRecordIntent(call="20260105-0800-1", action="pause")
        with pytest.raises(Refused, match="is not being recorded"):
            await town.box.record(wanted)

    play(story)


# -- what happens in every story ---------------------------------------------------------------------------------


async def _connect(town: Town) -> None:
    wang, li = town.caller(line=3), town.agent("801")
    assert await wang.dials()
    await asyncio.sleep(2.5)
    await wang.presses("1")
    await li.rings()
    await asyncio.sleep(_length(town, "queue_entry") + 2)
    await li.pick_up()
    await town.until("call.connected")


async def _whole_call(town: Town, silence_s: float = 0.5) -> None:
    """The caller speaks, after a silence the agent does, and after another the agent hangs up."""
    wang, li = town.caller(line=3), town.agent("801")
    await _connect(town)
    await asyncio.sleep(0.5)
    await wang.speaks(town.prompts.path("caller_speech"))
    await asyncio.sleep(silence_s)
    await li.handset.speak(town.prompts.path("agent_speech"))
    await asyncio.sleep(silence_s)
    await li.hang_up()
    await wang.hears_hang_up()
    await wang.hangs_up()
    await town.quiet()


async def _conversation(town: Town, silence_s: float = 0.5) -> tuple[Samples, Samples]:
    await _whole_call(town, silence_s)
    record = await town.record()
    found = audit_recordings(town.data)
    assert found["ok"] and (found["calls"], found["recordings"]) == (1, 1), found
    return _recorded(town, record)


def _recorded(town: Town, record: CallRecord) -> tuple[Samples, Samples]:
    assert record.recording is not None and record.recording_error is None
    left, right = read(town.data / record.recording)
    assert record.recording_ms == len(left) * 1000 // RATE
    return left, right


def _said(town: Town, prompt: str) -> Samples:
    return read(town.prompts.path(prompt))[0]


def _length(town: Town, prompt: str) -> float:
    return len(_said(town, prompt)) / RATE


def _between(town: Town, first: str, last: str) -> float:
    return town.told(last)[0].at - town.told(first)[0].at


def _heard(channel: Samples) -> list[dict[str, object]]:
    return list(detect(Sound(channel.astype("<i2").tobytes()), load_country("cn")))
