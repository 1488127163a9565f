"""On a card without far ends: a tone goes from a player to a recorder and its file, and from there back. No wire is
tested, and that is said."""

import asyncio
from pathlib import Path

from firmware.selfcall.marks import CALLER_HZ, HEARD_S, STATION_HZ, heard_s, make, mixed
from firmware.selfcall.result import Box, Result
from firmware.training.measure import read


async def call(box: Box, folder: Path, result: Result) -> None:
    """Judges recording and playback alone."""
    marks = [make(folder, CALLER_HZ), make(folder, STATION_HZ)]
    seconds = await _through(box, folder, "first", marks)
    if result.add("recording", min(seconds) >= HEARD_S, [round(one, 2) for one in seconds]):
        again = await _through(box, folder, "second", [await asyncio.to_thread(mixed, folder / "first.wav", folder)])
        result.add("playback", min(again) >= HEARD_S, [round(one, 2) for one in again])


async def _through(box: Box, folder: Path, name: str, files: list[Path]) -> list[float]:
    """Plays the files one after the other into a recorder; how long each of the two tones is in what it wrote."""
    engine = box.engine
    recorder = engine.recorder()
    recorder.start(folder / f"{name}.wav")
    try:
        with engine.player() as player:
            engine.link(player.source, recorder.left)
            for file in files:
                await player.file(file)
    finally:
        await recorder.stop()
    left, _ = await asyncio.to_thread(read, folder / f"{name}.wav")
    return [heard_s(left, hz) for hz in (CALLER_HZ, STATION_HZ)]
