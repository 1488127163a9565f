"""Voicemail as callers and users meet it: through telephones, in virtual time. Mail: tests/firmware/voicemail."""

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drivers.binding.events import Kind
from firmware.calls.places import ToVoicemail
from firmware.training.caller import Caller
from firmware.voicemail.section import MailBox, Voicemail
from tests.journeys.conftest import Town
from tests.journeys.test_handset import in_talk

Play = Callable[..., None]


def boxes(town: Town, **named: MailBox) -> None:
    town.box.setup.change(Voicemail, lambda now: now.model_copy(update={"boxes": named}), who="test")


async def at_the_tone(town: Town, caller: Caller, box: str = "801") -> str:
    """The caller is led to a box and hears its tone."""
    town.box.calls.entry = lambda _: ToVoicemail(box=box)
    assert await caller.dials()
    call = town.told("call.started")[-1].call or ""
    await town.until("call.prompt_end", call=call, prompt="beep", within=60)
    return call


async def leaves(town: Town, caller: Caller, box: str = "801", seconds: float = 6.0) -> str:
    """He speaks and hangs up."""
    call = await at_the_tone(town, caller, box)
    caller.line.handset.speak(town.prompts.path("caller_speech"))
    await asyncio.sleep(seconds)
    await caller.hangs_up()
    await town.until("call.ended", call=call)
    return call


def loudness(file: Path) -> tuple[float, float]:
    """Seconds, and level in dBm0."""
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getsampwidth()) == (8000, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, sound.getnchannels())[:, 0]
    power = float(np.mean(samples.astype(np.float64) ** 2))
    return len(samples) / 8000, 10 * np.log10(power / (22826**2 / 2) + 1e-12)


def test_a_message_is_left_and_heard(play: Play) -> None:
    async def story(town: Town) -> None:
        call = await leaves(town, town.caller(line=1))
        record = await town.record(call)
        assert record.result == "voicemail"
        (message,) = town.box.office.shelf.messages("801")
        assert (message.number, message.heard, message.call) == ("13800138000", False, call)
        seconds, level = loudness(town.box.office.shelf.file("801", message.id))
        assert abs(seconds * 1000 - message.ms) <= 20
        assert seconds > 4
        assert level > -40
        li = town.agent("801")
        await li.pick_up()
        await town.until("station.offhook", station="801")
        await asyncio.sleep(3)
        await li.handset.press("*97")
        await town.until("call.prompt", prompt=message.id, within=60)
        levels = []
        for _ in range(20):
            await asyncio.sleep(0.1)
            levels.append(li.port.level()[0])
        assert max(levels) > -30  # what Wang said
        played = await town.until("call.prompt_end", prompt=message.id, within=60)
        assert abs(played.data["ms"] - message.ms) <= 20
        await town.until("voicemail.heard", within=60)
        assert town.box.office.new_for("801") == 0
        await asyncio.sleep(1)
        await li.handset.press("7")
        await town.until("voicemail.removed")
        await li.other_party_gone(within=30)
        await li.hang_up()
        assert not town.box.office.shelf.messages("801")

    play(story)


def test_the_dial_tone_stutters_while_messages_wait(play: Play) -> None:
    async def story(town: Town) -> None:
        await leaves(town, town.caller(line=1))
        li, zhao = town.agent("801"), town.agent("802")
        heard: dict[str, float] = {}
        for telephone, number in ((li, "801"), (zhao, "802")):
            began = asyncio.get_running_loop().time()
            await telephone.pick_up()
            await telephone.handset.until(Kind.TONE, "dial", within=8)
            heard[number] = asyncio.get_running_loop().time() - began
            await telephone.hang_up()
        assert heard["801"] > heard["802"] + 1.5  # ten bursts of a tenth of a second come first

    play(story)


def test_silence_is_no_message(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await at_the_tone(town, wang)
        await town.until("call.ended", call=call, within=30)
        await wang.hears_hang_up()
        await wang.hangs_up()
        assert not town.box.office.shelf.messages("801")
        assert not list((town.data / "voicemail").glob("*/*.wav"))

    play(story)


def test_a_key_ends_it(play: Play) -> None:
    async def story(town: Town) -> None:
        wang = town.caller(line=1)
        call = await at_the_tone(town, wang)
        wang.line.handset.speak(town.prompts.path("caller_speech"))
        await asyncio.sleep(4)
        await wang.presses("#")
        await town.until("call.prompt", call=call, prompt="goodbye")
        await town.until("call.ended", call=call)
        await wang.hears_hang_up()
        await wang.hangs_up()
        assert len(town.box.office.shelf.messages("801")) == 1

    play(story)


def test_a_full_box(play: Play) -> None:
    async def story(town: Town) -> None:
        boxes(town, general=MailBox(messages_most=1))
        await leaves(town, town.caller(line=1), "general")
        wang = town.caller(line=2)
        assert await wang.dials()
        ended = await town.until("call.ended", cue="voicemail_full", within=60)
        assert ended.data["result"] == "failed"
        await wang.hears_hang_up()
        await wang.hangs_up()

    play(story)


def test_nobody_answers_and_the_caller_leaves_a_message(play: Play) -> None:
    async def story(town: Town) -> None:
        wang, li, call = await in_talk(town)
        await li.flash("802")
        await town.agent("802").rings()
        await li.hang_up()
        await town.until("call.prompt", call=call, prompt="voicemail_greeting", within=60)
        await town.until("call.prompt_end", call=call, prompt="beep", within=60)
        wang.line.handset.speak(town.prompts.path("caller_speech"))
        await asyncio.sleep(4)
        await wang.hangs_up()
        await town.until("voicemail.left", box="802")

    play(story)


def test_anothers_box_needs_its_pin(play: Play) -> None:
    async def story(town: Town) -> None:
        boxes(town, **{"801": MailBox(stations=["801"], pin="2468")})
        await leaves(town, town.caller(line=1))
        zhao = town.agent("802")
        await zhao.dial("*98801")
        await asyncio.sleep(4)
        await zhao.handset.press("1111")
        await asyncio.sleep(4)
        await zhao.handset.press("2468")
        await town.until("voicemail.heard", within=60)
        await zhao.hang_up()

    play(story)


def test_what_a_power_cut_left_is_a_message(tmp_path: Path, play: Play) -> None:
    folder = tmp_path / "voicemail" / "801"
    folder.mkdir(parents=True)
    with wave.open(str(folder / "20260105-000000000-1.wav"), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4 * 8000))

    async def story(town: Town) -> None:
        left = await town.until("voicemail.left", recovered=True)
        assert (left.data["box"], left.data["ms"]) == ("801", 1000)
        assert town.box.office.new_for("801") == 1

    play(story)


def test_bad_notes_lose_nothing(tmp_path: Path, play: Play) -> None:
    folder = tmp_path / "voicemail" / "801"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("{")

    async def story(town: Town) -> None:
        await leaves(town, town.caller(line=1))
        assert len(town.box.office.shelf.messages("801")) == 1
        assert (folder / "a.json").read_text() == "{"

    play(story)
