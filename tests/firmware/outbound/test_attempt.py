"""Numbers dialled on a line of the simulated card; the exchange at its other end answers with real signals."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firmware.config import load_country
from firmware.lines import FarEndGone, LineTaken
from firmware.outbound.answer import Outcome
from firmware.outbound.attempt import Attempt
from firmware.outbound.dialstring import Flash, Pause, Send, WaitTone, parts
from firmware.outbound.linedialling import LineDialling
from firmware.training.caller import Caller

from .conftest import NUMBER, Town

Tell = Callable[..., None]


async def finish(town: Town, attempt: Attempt) -> Outcome:
    """Runs it to its outcome and puts the line away."""
    try:
        return await attempt.run("call")
    finally:
        attempt.close()
        if attempt.line.call == "call":
            await attempt.line.hang_up()
            await attempt.line.idle()


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "fr", "jp", "in", "br", "au", "hk", "tw", "sg"])
@pytest.mark.parametrize("becomes", ["busy", "congestion", "rings"])
def test_every_country(tell: Tell, becomes: str, country: str) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes=becomes, after_s=9.0)
        outcome = await finish(town, town.attempt())
        alike = town.plan.tones["busy"].steps == town.plan.tones["congestion"].steps  # au, jp
        wanted = "answered" if becomes == "rings" else "busy" if alike else becomes
        assert (outcome.kind, outcome.by) == (wanted, "voice" if becomes == "rings" else None), outcome
        assert town.world.office.dialled == [NUMBER]
        assert town.saw("dial tone") and town.saw("dialled")
        assert outcome.evidence == tuple(town.evidence)

    tell(story, country)


@pytest.mark.parametrize(
    ("how", "kind", "by"),
    [
        ({"becomes": "vacant"}, "vacant", None),
        ({"becomes": "vacant", "announced": True}, "vacant", None),
        ({"becomes": "silence"}, "no_answer", None),
        ({}, "no_answer", None),
        ({"after_s": 7.0, "who": "machine"}, "answered", "voice"),
        ({"after_s": 7.0, "who": "fax"}, "answered", "fax"),
        ({"after_s": 7.0, "who": "nobody", "keys": "5"}, "answered", "digit"),
    ],
)
def test_what_became_of_it(tell: Tell, how: dict[str, Any], kind: str, by: str | None) -> None:
    async def story(town: Town) -> None:
        town.subscriber(**how)
        outcome = await finish(town, town.attempt())
        assert (outcome.kind, outcome.by) == (kind, by), outcome

    tell(story)


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "fr", "jp", "in", "br", "au", "hk", "tw", "sg"])
def test_it_rings_as_long_as_it_rings(tell: Tell, country: str) -> None:
    async def story(town: Town) -> None:
        town.subscriber()
        outcome = await finish(town, town.attempt(no_answer_s=30.0))
        assert outcome.kind == "no_answer"
        assert [one.what for one in outcome.evidence] == ["dial tone", "dialled", "ringback", "no answer for 30 s"]

    tell(story, country)


def test_when_it_was_answered(tell: Tell) -> None:
    async def story(town: Town) -> None:
        loop = asyncio.get_running_loop()
        person = town.subscriber()
        attempt = town.attempt()
        running = asyncio.create_task(finish(town, attempt))
        callee = await person.called()
        await asyncio.sleep(7.0)
        callee.answers()
        await asyncio.sleep(0.4)
        spoke = loop.time()
        await callee.speaks(town.prompts.path("callee_hello"))
        outcome = await running
        assert outcome.by == "voice"
        assert attempt.answered_at is not None and 0 < attempt.answered_at - spoke < 0.3
        await callee.hangs_up()

    tell(story)


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "fr", "jp", "br"])
@pytest.mark.parametrize("after_s", [0.9, 1.3, 2.0, 3.0, 4.5, 5.5, 7.0])
def test_who_answers_at_once(tell: Tell, after_s: float, country: str) -> None:
    """Also in the pause behind the first burst, or, where the country's tones allow, in the burst itself."""

    async def story(town: Town) -> None:
        town.subscriber(after_s=after_s, says=town.prompts.path("caller_speech"))
        outcome = await finish(town, town.attempt(no_answer_s=30.0))
        assert (outcome.kind, outcome.by) == ("answered", "voice"), outcome

    tell(story, country)


@pytest.mark.parametrize("reversal", ["unsure", "sold", "ignored"])
def test_reversal(tell: Tell, reversal: str) -> None:
    async def story(town: Town) -> None:
        town.world.lines[1].reverse_on_answer = True
        town.subscriber(after_s=6.0)
        outcome = await finish(town, town.attempt(reversal=reversal))
        assert (outcome.kind, outcome.by) == ("answered", "voice" if reversal == "ignored" else "reversal")

    tell(story)


def test_reversal_sold_and_nothing_less_believed(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(after_s=6.0)
        outcome = await finish(town, town.attempt(reversal="sold", no_answer_s=20.0))
        assert outcome.kind == "no_answer"

    tell(story)


@pytest.mark.parametrize("early", [False, True])
def test_music_in_place_of_ringback(tell: Tell, early: bool) -> None:
    async def story(town: Town) -> None:
        town.subscriber(music=town.prompts.path("agent_speech"))
        outcome = await finish(town, town.attempt(early_voice_answers=early, no_answer_s=30.0))
        assert outcome.kind == ("answered" if early else "no_answer")

    tell(story)


def test_after_the_answer_the_far_end_can_go(tell: Tell) -> None:
    async def story(town: Town) -> None:
        for reverses, cue in ((False, "tone"), (True, "reversal")):
            town.world.lines[1].reverse_on_answer = reverses
            town.subscriber(after_s=6.0, talk_s=2.0)
            attempt = town.attempt()
            assert (await attempt.run("call")).kind == "answered"
            with pytest.raises(FarEndGone) as gone:
                async with attempt.line.until_gone():
                    await asyncio.sleep(30)
            assert gone.value.cue == cue
            attempt.close()
            await attempt.line.hang_up()
            await attempt.line.idle()

    tell(story)


def test_pulses(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes="busy")
        assert (await finish(town, town.attempt(by="pulses"))).kind == "busy"
        assert town.world.office.dialled == [NUMBER]

    tell(story)


def test_behind_another_exchange(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.world.office.second_dial_tone = {"9"}
        town.subscriber("9" + NUMBER, becomes="busy")
        assert (await finish(town, town.attempt(before="9w"))).kind == "busy"
        assert town.world.office.dialled == ["9" + NUMBER]

    tell(story)


def test_second_dial_tone_that_never_comes(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber("9" + NUMBER)
        outcome = await finish(town, town.attempt(before="9w", dial_tone_s=3.0))
        assert outcome.kind == "no_dial_tone"
        assert town.saw("no second dial tone for 3 s")

    tell(story)


def test_dial_tone_slow_stuttering_and_none(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber(becomes="busy")
        exchange = town.world.lines[1]
        exchange.dial_tone_after_s = 2.5
        assert (await finish(town, town.attempt())).kind == "busy"
        exchange.dial_tone_after_s, exchange.dial_tone = 0.0, "special_dial"
        assert (await finish(town, town.attempt())).kind == "busy"
        assert town.saw("special dial tone")
        exchange.dial_tone_after_s = None
        outcome = await finish(town, town.attempt())
        assert outcome.kind == "no_dial_tone"
        assert outcome.told == pytest.approx(5.0, abs=0.02)
        assert len(town.world.office.dialled) == 2, "nothing is dialled into silence"
        assert (await finish(town, town.attempt(dial_tone=False))).kind == "busy"

    tell(story)


@pytest.mark.parametrize("tone", ["busy", "congestion", "ringback", "vacant"])
def test_other_tones_are_no_dial_tone(tell: Tell, tone: str) -> None:
    async def story(town: Town) -> None:
        town.world.lines[1].dial_tone = tone
        outcome = await finish(town, town.attempt())
        assert outcome.kind == "no_dial_tone", outcome

    tell(story)


def test_a_line_in_use_is_taken(tell: Tell) -> None:
    async def story(town: Town) -> None:
        person = town.subscriber(becomes="busy")
        running = asyncio.create_task(finish(town, town.attempt()))
        await asyncio.sleep(1)
        with pytest.raises(LineTaken):
            await town.attempt().run("other")
        assert (await running).kind == "busy", person

    tell(story)


def test_who_rings_first_has_the_line(tell: Tell) -> None:
    async def story(town: Town) -> None:
        wang = Caller(town.world.lines[1], "13800138000")
        calling = asyncio.create_task(wang.dials())
        await asyncio.sleep(0.5)
        with pytest.raises(LineTaken):
            await town.attempt().run("call")
        assert town.rung == [1]
        await wang.hangs_up()
        calling.cancel()
        await asyncio.wait([calling])
        await asyncio.sleep(10)

    tell(story)


@pytest.mark.parametrize("late_ms", range(0, 200, 10))
def test_glare(tell: Tell, late_ms: int) -> None:
    """The line is seized so long after ringing began: seen or not, the caller gets the line and is not cut."""

    async def story(town: Town) -> None:
        wang = Caller(town.world.lines[1], "13800138000")
        calling = asyncio.create_task(wang.dials())
        await asyncio.sleep(late_ms / 1000)
        attempt = town.attempt()
        running = asyncio.create_task(attempt.run("call"))
        await asyncio.sleep(0.5)
        if calling.done():
            await wang.speaks(town.prompts.path("callee_hello"))
        outcome = None
        try:
            outcome = await running
        except LineTaken:
            pass
        finally:
            attempt.close()
        assert outcome is None or outcome.kind == "glare", outcome
        assert town.rung == [1]
        line = attempt.line
        assert not line.free and line.call is None
        await line.caller_known()
        await line.seize()
        async with asyncio.timeout(5):
            assert await calling, "the caller was answered"
        assert town.world.lines[1].offhook
        await line.hang_up()
        await line.idle()
        await wang.hangs_up()

    tell(story)


def test_cancelled_at_any_moment(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber()
        for ms in (0, 10, 20, 500, 2000, 4000, 8000):
            attempt = town.attempt()
            running = asyncio.create_task(finish(town, attempt))
            await asyncio.sleep(ms / 1000)
            running.cancel()
            await asyncio.wait([running])
            await town.quiet()

    tell(story)


def test_a_cut_wire(tell: Tell) -> None:
    async def story(town: Town) -> None:
        town.subscriber()
        attempt = town.attempt()
        running = asyncio.create_task(attempt.run("call"))
        await asyncio.sleep(3)
        town.card.cut(0)
        outcome = await running
        assert outcome.kind == "no_dial_tone" or outcome.kind == "congestion"
        attempt.close()
        await attempt.line.hang_up()
        town.card.cut(0, False)
        await attempt.line.idle()

    tell(story)


@pytest.mark.parametrize(
    ("who", "kinds"),
    [("person", ["human"]), ("machine", ["machine", "beep"]), ("fax", ["fax"]), ("nobody", ["silence"])],
)
def test_who_answered(tell: Tell, who: str, kinds: list[str]) -> None:
    async def story(town: Town) -> None:
        town.world.lines[1].reverse_on_answer = True
        town.subscriber(after_s=6.0, who=who)
        attempt = town.attempt(ask_who=True)
        assert (await attempt.run("call")).kind == "answered"
        assert [verdict.kind async for verdict in attempt.who()] == kinds
        attempt.close()
        await attempt.line.hang_up()
        await attempt.line.idle()

    tell(story)


def test_dial_strings() -> None:
    assert parts("9w13,5!#") == [Send("9"), WaitTone(), Send("13"), Pause(1.0), Send("5"), Flash(), Send("#")]
    assert parts("") == []
    with pytest.raises(ValueError, match="'x'"):
        parts("1x")


def test_rules_come_from_the_line_and_the_country() -> None:
    rules = LineDialling(reversal="sold", no_answer_s=30).rules(load_country("gb"))
    assert (rules.voice_answers, rules.reversal_answers, rules.no_answer_s) == (False, True, 30)
    assert rules.ringback == (0.4, 0.2, 0.4, 2.0)
