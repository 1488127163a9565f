"""A prompt is recorded at a handset, heard again and kept; callers hear it from then on."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.api.messages import Refused
from firmware.api.prompts import PromptRecord
from firmware.prompts.library import Library
from tests.journeys.conftest import Town

Play = Callable[..., None]
GREETING = PromptRecord(name="greeting", language="zh", station="801", who="owner")


async def nth(town: Town, number: int, kind: str, prompt: str) -> None:
    """Waits until that prompt was told so often."""
    ready = asyncio.Event()
    leave = town.box.bus.subscribe(lambda event: ready.set())
    try:
        async with asyncio.timeout(60):
            while len(town.told(kind, prompt=prompt)) < number:
                ready.clear()
                await ready.wait()
    finally:
        leave()


async def speaks(town: Town, number: int, seconds: float = 4.0) -> None:
    """At that tone, for so long, then a key; then he hears himself."""
    await nth(town, number, "call.prompt_end", "beep")
    town.agent("801").handset.speak(town.prompts.path("caller_speech"))
    await asyncio.sleep(seconds)
    await town.agent("801").handset.press("#")
    await nth(town, number, "call.prompt", "prompt_keep")


def test_recorded_again_and_kept(play: Play) -> None:
    async def story(town: Town) -> None:
        li, library = town.agent("801"), Library(town.data)
        assert await town.box.studio.ask(GREETING) == {}
        await li.rings()
        await li.pick_up()
        await speaks(town, 1)
        await li.handset.press("2")
        await speaks(town, 2, seconds=6.0)
        await li.handset.press("1")
        changed = await town.until("prompt.changed", name="greeting", how="handset")
        assert changed.data["who"] == "owner"
        await town.until("call.prompt_end", prompt="prompt_kept")
        await li.hang_up()
        (version,) = library.versions("zh", "greeting")
        assert version.heard and 3.0 < version.seconds < 7.5
        heard = [told.data for told in town.told("call.prompt_end") if told.data["prompt"] in ("0", "1")]
        assert [one["cut"] for one in heard] == [False, False] and min(one["ms"] for one in heard) > 2000
        assert town.told("alarm.raised") == []

    play(story)


def test_who_hangs_up_has_changed_nothing(play: Play) -> None:
    async def story(town: Town) -> None:
        li = town.agent("801")
        await town.box.studio.ask(GREETING)
        await li.rings()
        await li.pick_up()
        await speaks(town, 1)
        await li.hang_up()
        await town.quiet()
        assert Library(town.data).versions("zh", "greeting") == []

    play(story)


def test_what_is_not_possible_is_said(play: Play) -> None:
    async def story(town: Town) -> None:
        with pytest.raises(Refused, match="no prompts in language"):
            await town.box.studio.ask(GREETING.model_copy(update={"language": "xx"}))
        with pytest.raises(Refused, match="there is no station"):
            await town.box.studio.ask(GREETING.model_copy(update={"station": "899"}))
        await town.agent("801").pick_up()
        await town.until("station.offhook", station="801")
        with pytest.raises(Refused, match="is in use"):
            await town.box.studio.ask(GREETING)
        await town.agent("801").hang_up()

    play(story)
