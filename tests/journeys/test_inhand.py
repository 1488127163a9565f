"""Whole calls with telephones in people's hands: what they say is heard at the other end, in both directions."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import pytest

from firmware.api.telephones import FRAME, Call, Reach
from firmware.training.inhand import Extension, InHand, No
from firmware.training.live import Training
from firmware.training.outsider import Outsider
from firmware.training.subscribers import Sounds
from tests.journeys.conftest import Town

Play = Callable[..., None]

FRAME_S = 0.02


async def eventually(holds: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.05)


class Person:
    """Hums a tone into one telephone and listens, in frames as the page would."""

    def __init__(self, telephone: InHand, hz: float = 0.0) -> None:
        self.telephone = telephone
        self.hz = hz
        self.heard: list[np.ndarray] = []
        self._numbers = count()
        self.task = asyncio.create_task(self._lives(), name="a person")

    async def _lives(self) -> None:
        for number in self._numbers:
            t = (number * FRAME + np.arange(FRAME)) / 8000
            wave = 6000 * np.sin(2 * np.pi * self.hz * t) if self.hz else np.zeros(FRAME)
            self.telephone.sound.say(number % 65_536, wave.astype("<i2").tobytes())
            self.heard += [np.frombuffer(frame, "<i2") for frame in self.telephone.sound.hear()]
            await asyncio.sleep(FRAME_S)

    async def hears(self, hz: float, within: float = 30.0) -> None:
        """Waits for a second of that tone, far above all else."""
        await eventually(lambda: _share(self.heard[-50:], hz) >= 0.3, within)

    async def leaves(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


def _share(frames: Sequence[np.ndarray], hz: float) -> float:
    """The tone's share of the power of the last second."""
    if len(frames) < 50:
        return 0.0
    samples = np.concatenate(frames).astype(float)
    turn = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / 8000)
    return float(2 * abs(samples @ turn) ** 2 / len(samples) / max(float(samples @ samples), 1.0))


async def until(telephone: InHand, state: str, within: float = 30.0) -> None:
    await eventually(lambda: telephone.state()["state"] == state, within)


async def take(training: Training, name: str) -> tuple[InHand, Person]:
    telephone = await training.take(name)
    return telephone, Person(telephone)


async def outside(training: Training, name: str = "out1") -> tuple[Outsider, Person]:
    telephone, person = await take(training, name)
    assert isinstance(telephone, Outsider)
    return telephone, person


async def inside(training: Training, name: str = "801") -> tuple[Extension, Person]:
    telephone, person = await take(training, name)
    assert isinstance(telephone, Extension)
    return telephone, person


async def hears_tone(telephone: InHand, name: str) -> None:
    await eventually(lambda: telephone.state()["hears"] == name)


async def go(town: Town, training: Training, *people: Person) -> None:
    for person in people:
        await person.leaves()
    for name in training.telephones:
        await training.give_back(name)
    await town.quiet()
    await training.stop()


def test_one_person_calls_in_and_answers(play: Play) -> None:
    async def story(town: Town) -> None:
        training = Training(town.world, town.prompts)
        wang, his = await outside(training)
        li, hers = await inside(training)
        wang.call(Call(do="call", number="13912345678", line=3))
        await his.hears(450.0)  # ringback
        assert wang.state()["state"] == "calling"
        await until(wang, "talking")
        assert (await town.until("call.caller")).data["number"] == "13912345678"
        await town.until("call.prompt", prompt="greeting")
        wang.press("1")
        await until(li, "ringing")
        await asyncio.sleep(3)
        assert (li.state()["number"], li.state()["sound"]) == ("13912345678", False)
        with pytest.raises(No, match="not_now"):
            li.press("1")
        await li.pick_up()
        await town.until("call.connected", station="801")
        his.hz, hers.hz = 1000.0, 1400.0
        await hers.hears(1000.0)
        await his.hears(1400.0)
        assert (wang.sound.counters.gaps, wang.sound.counters.dropped, wang.sound.counters.missing) == (0, 0, 0)
        assert wang.sound.waiting_ms <= 60
        await li.flash()
        await asyncio.sleep(1)
        await li.flash()
        await asyncio.sleep(1)
        his.hz = 0.0
        wang.speak()
        await asyncio.sleep(2)
        wang.silent()
        await li.hang_up()
        await until(wang, "gone")
        assert (wang.state()["hears"], li.state()["state"]) == ("busy", "idle")
        await his.hears(450.0)
        await wang.hang_up()
        assert wang.state()["state"] == "idle"
        record = await town.record()
        assert (record.result, record.end_side, record.recording is not None) == ("answered", "agent", True)
        await go(town, training, his, hers)

    play(story)


def test_the_box_calls_somebody_outside(play: Play) -> None:
    async def story(town: Town) -> None:
        town.world.office.sounds = Sounds.of(town.prompts, town.data)
        training = Training(town.world, town.prompts)
        wang, his = await outside(training)
        li, hers = await inside(training)
        town.world.office.otherwise = training.whom
        town.world.office.otherwise_whole = training.is_whole

        async def dials(number: str) -> None:
            await li.pick_up()
            await hears_tone(li, "dial")
            li.press("9" + number)

        await dials("13900139000")
        await until(wang, "ringing")
        assert wang.state()["number"] == "13900139000"
        await asyncio.sleep(5)
        await wang.pick_up()
        await until(wang, "talking")
        his.hz, hers.hz = 1000.0, 1400.0
        await hers.hears(1000.0)
        await his.hears(1400.0)
        await wang.hang_up()
        await hears_tone(li, "busy")
        await li.hang_up()
        await town.quiet()

        his.hz = hers.hz = 0.0
        await dials("13900139006")
        await until(wang, "ringing")
        wang.refuse()
        await until(wang, "idle")
        await town.until("call.ended", result="busy")
        await li.hang_up()
        await town.quiet()

        await dials("13900139006")
        await until(wang, "ringing")
        await wang.announce()
        await until(wang, "talking")
        await asyncio.sleep(3)
        assert np.abs(np.concatenate(hers.heard[-100:])).max() > 1000, "the announcement"
        await li.hang_up()
        await until(wang, "gone")
        await wang.hang_up()
        await town.quiet()

        await dials("13900139006")
        await until(wang, "ringing")
        await li.hang_up()
        await until(wang, "idle")
        await town.quiet()

        wang.reach = Reach(do="reach", number="13900139000", busy=True)
        assert training.whom("13900139000").becomes == "busy"
        assert training.whom("13900139008").becomes == "rings", "somebody who acts by himself"
        await go(town, training, his, hers)

    play(story)


def test_what_a_telephone_outside_cannot_do(play: Play) -> None:
    async def story(town: Town) -> None:
        training = Training(town.world, town.prompts)
        wang, his = await outside(training)
        chen, hers = await outside(training, "out2")
        with pytest.raises(No, match="no_line"):
            wang.call(Call(do="call", line=60))
        wang.call(Call(do="call", line=3, withheld="private"))
        await until(wang, "calling")
        with pytest.raises(No, match="in_use"):
            wang.call(Call(do="call", line=4))
        for refused in (wang.refuse, wang.speak):
            with pytest.raises(No, match="not_now"):
                refused()
        with pytest.raises(No, match="not_now"):
            await wang.pick_up()
        chen.call(Call(do="call", line=3))
        await until(chen, "engaged")
        await hers.hears(450.0)
        await chen.hang_up()
        chen.call(Call(do="call"))
        assert chen.state()["line"] == 1, "the first that is free"
        for name in ("out1", "out9", "899"):
            with pytest.raises(KeyError):
                await training.take(name)
        await training.give_back("out1")
        await training.give_back("out1")
        assert await training.take("out1") is not wang
        await go(town, training, his, hers)

    play(story)


def test_put_down_and_lifted_at_once(play: Play) -> None:
    """Its port guards the release for a second; the handset comes off after that."""

    async def story(town: Town) -> None:
        training = Training(town.world, town.prompts)
        li, hers = await inside(training)
        town.allowed.add("commands_refused")
        for _ in range(2):
            await li.pick_up()
            await hears_tone(li, "dial")
            await li.hang_up()
        await go(town, training, hers)

    play(story)


def test_late_and_early_frames(play: Play) -> None:
    """A gap is counted and more is held ahead; what comes in a bunch is let go until no more waits than is needed."""

    async def story(town: Town) -> None:
        training = Training(town.world, town.prompts)
        wang, his = await outside(training)
        await his.leaves()
        wang.call(Call(do="call", line=3))
        await until(wang, "talking")
        frame, numbers, sound = bytes(2 * FRAME), count(), wang.sound

        async def speaks(frames: int, at_once: bool = False) -> None:
            for _ in range(frames):
                sound.say(next(numbers), frame)
                if not at_once:
                    await asyncio.sleep(FRAME_S)

        await speaks(50)
        assert (sound.counters.gaps, sound.counters.dropped, sound.ahead_ms) == (0, 0, 40)
        await asyncio.sleep(0.2)
        await speaks(50)
        assert (sound.counters.gaps, sound.ahead_ms) == (1, 60)
        await speaks(30, at_once=True)
        assert sound.counters.dropped > 10 and sound.waiting_ms <= 320
        await speaks(2000)
        assert sound.waiting_ms <= 80, "what waited for no use is gone"
        assert sound.ahead_ms == 40
        next(numbers)
        await speaks(1)
        assert sound.counters.missing == 1
        assert sound.counters.spoken == 50 + 50 + 30 + 2000 + 1
        await go(town, training)

    play(story)
