"""Who may come in, rings that are one call, lines that do not work."""

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.binding.events import Kind
from firmware.api.messages import Refused
from firmware.api.switching import OfLine, TakeHangUp
from firmware.config import load_country
from firmware.dialplan.firewall import Firewall, Often
from firmware.guard.hangups import Trial, try_on
from firmware.guard.section import Callers, HangUpTone
from tests.journeys.conftest import Town
from tests.journeys.test_queue import comes, talks

Play = Callable[..., None]


def callers(town: Town, how: str = "busy", **rules: Any) -> None:
    wanted = Callers(firewall=Firewall(refused=how, **rules))  # type: ignore[arg-type]
    town.box.setup.change(Callers, lambda _: wanted, who="test")


def test_the_blacklisted_hear_busy_tone(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, blacklist=("138*",))
        wang = town.caller(line=1)
        assert await wang.dials()
        await wang.line.handset.until(Kind.TONE, "busy", within=10)
        ended = await town.until("call.ended", within=30)
        assert (ended.data["result"], ended.data["cue"]) == ("refused", "firewall")
        screened = await town.until("call.screened")
        assert screened.data["why"][0]["id"] == "blacklisted"
        await wang.hangs_up()
        assert not town.told("call.prompt")

    play(story)


def test_left_ringing_costs_the_caller_nothing(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, "ring", anonymous="refuse")
        wang = town.caller(line=1, number="", withheld="private", patience_s=20)
        assert not await wang.dials()
        ended = await town.until("call.ended", within=30)
        assert (ended.data["result"], ended.data["cue"]) == ("refused", "rang_out")
        assert not town.told("line.seized")

    play(story)


def test_too_often(play: Play) -> None:
    async def story(town: Town) -> None:
        callers(town, "busy", often=Often(most=1, within_s=3600))
        wang = town.caller(line=1)
        await comes(town, wang)
        await wang.hangs_up()
        await town.until("call.ended")
        await asyncio.sleep(3)
        again = town.caller(line=2)
        assert await again.dials()
        await again.line.handset.until(Kind.TONE, "busy", within=10)
        await again.hangs_up()
        assert (await town.until("call.screened")).data["why"][0]["id"] == "too_often"

    play(story)


@pytest.mark.parametrize(("number", "after_s", "twin"), [("13800138000", 8, True), ("13900139000", 8, False)])
def test_a_second_ring_of_one_call(play: Play, number: str, after_s: float, twin: bool) -> None:
    async def story(town: Town) -> None:
        wang, ghost = town.caller(line=1, patience_s=7), town.caller(line=2, number=number)
        first = asyncio.create_task(comes(town, wang))
        await asyncio.sleep(after_s)
        assert await ghost.dials()
        await town.until("call.caller", line=2)
        await asyncio.sleep(0.1)
        twins = town.told("call.twin", line=2)
        assert bool(twins) is twin
        call = await first
        assert not twins or twins[0].data["of"] == call
        await ghost.hangs_up()
        await wang.hangs_up()

    play(story)


def test_a_hang_up_tone_is_learned_from_a_call(play: Play) -> None:
    """A Chinese box on a British exchange: its busy tone, 400 Hz 375/375 ms, is none of China's."""

    async def story(town: Town) -> None:
        intents = town.box.hangups.intents()
        li = town.agent("801")

        async def call_and_gone() -> str:
            wang = town.caller(line=2, number="02079460001")
            call = await comes(town, wang)
            await talks(town, li, call)
            await asyncio.sleep(2)
            await wang.hangs_up()
            await asyncio.sleep(6)
            return call

        with pytest.raises(Refused, match="no tone that repeats"):
            await intents["line.caller_had_gone"](OfLine(line=2))
        call = await call_and_gone()
        assert not town.told("call.ended", call=call)
        found = await intents["line.caller_had_gone"](OfLine(line=2))
        assert abs(found["hz"] - 400) <= 3
        assert all(abs(ms - 375) <= 12 for ms in found["ms"])
        assert found["cuts"] == 0
        await intents["line.take_hang_up"](TakeHangUp(line=2, hz=found["hz"], ms=found["ms"]))
        await li.hang_up()
        await town.quiet()
        await asyncio.sleep(2)
        call = await call_and_gone()
        ended = await town.until("call.ended", call=call)
        assert (ended.data["side"], ended.data["cue"]) == ("caller", "learned_tone")
        await li.hang_up()
        await town.quiet()
        await town.box.writer.flushed()
        again = await intents["line.caller_had_gone"](OfLine(line=2))
        assert (again["calls"], again["cuts"]) == (2, 0)

    play(story, exchange="gb")


def test_a_tone_that_would_cut_conversations_says_so(tmp_path: Path) -> None:
    plan = load_country("cn")
    beeps = np.zeros(8000 * 60)
    t = np.arange(len(beeps)) / 8000
    beeps += 4000 * np.sin(2 * np.pi * 400 * t) * ((t % 0.75) < 0.375) * (t > 5) * (t < 25)
    for name, samples in (("call", beeps), ("quiet", 0 * beeps)):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(2)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(np.stack([samples, 0 * samples], axis=1).astype("<i2").tobytes())
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    files = [tmp_path / f"{name}.wav" for name in ("call", "quiet", "broken", "missing")]
    assert try_on(plan, HangUpTone(hz=400, ms=(375, 375)), files) == Trial(calls=2, cuts=1)


def test_a_line_without_dial_tone_is_spared_and_tried_again(play: Play) -> None:
    async def story(town: Town) -> None:
        guard = town.box.stuck
        for _ in range(2):
            town.box.bus.publish("line.no_dial_tone", line=8, evidence=[])
        assert 8 in town.box.dialler.out_of_use
        assert town.told("alarm.raised", name="line_8_no_dial_tone")
        wang = town.caller(line=8)
        await comes(town, wang)  # it is answered all the same
        await wang.hangs_up()
        await town.until("line.in_use", within=700)
        assert 8 not in town.box.dialler.out_of_use
        assert town.told("alarm.cleared", name="line_8_no_dial_tone")
        await asyncio.sleep(3)
        guard.close()

    play(story)
