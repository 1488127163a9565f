"""A take: begun, heard, kept as what callers hear; what is not possible is refused in words."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers.binding.orders import CoreError
from firmware.api.messages import Refused
from firmware.api.prompts import AtMicrophone, OfPrompt
from firmware.prompts import Prompts
from firmware.prompts.library import Library
from firmware.sound import microphone
from firmware.sound.microphone import Microphone

HELLO = OfPrompt(name="hello", language="en", who="wang")
Told = Callable[[float, int], None]
SPOKEN = threading.Event()


def speaks(_device: str, file: Path, stop: threading.Event, _most_s: float, heard: Told) -> int:
    """The goodbye, until it is stopped."""
    shutil.copyfile(Prompts("en").path("goodbye"), file)
    heard(1.5, 9000)
    SPOKEN.set()
    stop.wait(10)
    return 2


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[Callable[[Microphone, list[OfPrompt]], Awaitable[None]]], None]:
    def tell(story: Callable[[Microphone, list[OfPrompt]], Awaitable[None]]) -> None:
        kept: list[OfPrompt] = []

        async def whole() -> None:
            await story(Microphone("plughw:1", tmp_path, Library(tmp_path, lambda: 0.0), kept.append), kept)

        asyncio.run(whole())

    return tell


async def begun(box: Microphone) -> None:
    assert (await box.record(HELLO))["recording"]
    await asyncio.to_thread(SPOKEN.wait, 10)  # what it tells the loop comes before this thread's end


def test_recorded_and_kept(tell: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "record", speaks)

    async def story(box: Microphone, kept: list[OfPrompt]) -> None:
        await begun(box)
        for refused in (box.record(HELLO), box.keep(HELLO)):
            with pytest.raises(Refused):
                await refused
        now = await box.stop(AtMicrophone())
        assert (now["recording"], now["seconds"], now["name"], now["overruns"]) == (False, 1.5, "hello", 2)
        with pytest.raises(Refused, match="there is no take for this prompt"):
            await box.keep(OfPrompt(name="other", language="en", who="wang"))
        done = await box.keep(HELLO)
        assert done["speech"] and done["seconds"] > 0.5 and kept == [HELLO]
        (version,) = Library(tmp_path, lambda: 0.0).versions("en", "hello")
        assert version.how == "microphone" and version.heard
        with pytest.raises(Refused):
            await box.keep(HELLO)
        assert not box.file.exists()

    tell(story)


def test_no_such_prompt_and_no_microphone(tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> int:
        raise CoreError(19, "microphone plughw:1: No such device; arecord -L lists what there is")

    monkeypatch.setattr(microphone, "record", absent)

    async def story(box: Microphone, _: list[OfPrompt]) -> None:
        with pytest.raises(Refused):
            await box.record(OfPrompt(name="hello", language="xx", who=""))
        await box.record(HELLO)
        now = await box.stop(AtMicrophone())
        assert "No such device" in now["why"] and not now["recording"] and not now["seconds"]
        with pytest.raises(Refused, match="there is no take"):
            await box.keep(HELLO)
        await box.close()

    tell(story)
