"""On a real card where a cable joins an outside line's jack with a station's: the box is its own exchange, then its own
telephone. A queue and two parties talking need a second pair of wires and are not tested."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from drivers.binding.events import Feed
from drivers.binding.players import Player
from drivers.binding.ports import Port
from firmware.lines import CallerId, Line
from firmware.selfcall.marks import (
    CALLER_HZ,
    HEARD_S,
    SPEECH_DBM0,
    STATION_HZ,
    heard_s,
    loudest_dbm0,
    make,
    mixed,
)
from firmware.selfcall.result import NAME, NUMBER, Box, Result, Watch, until
from firmware.stations import Station
from firmware.training.measure import read

CALLER = CallerId(NUMBER, NAME)
KEY = "D"  # in no menu: what a key in it would do must not happen to people at night
LISTENS_S = 3.0
PAUSE_S = 0.4
WITHIN_S = 30.0
LOOP_DROP_MS = 500
IDLE_WITHIN_S = 20.0


async def call(box: Box, line: Line, station: Station, folder: Path, result: Result) -> None:
    """Judges the line by a caller who hangs up in the menu, then the station by a ring, a talk and a playback."""
    if line.engaged or not station.free:
        result.why = "busy"
        return
    if not line.free:  # it has no voltage: the cable is not there, or the card
        result.add("ring", False)
        return
    try:
        await _line(box, line, station, folder, result)
        if await until(lambda: line.free and station.free, IDLE_WITHIN_S):
            await _station(box, line, station, folder, result)
    finally:
        result.add("release", await until(lambda: line.free and station.free, IDLE_WITHIN_S))


async def _line(box: Box, line: Line, station: Station, folder: Path, result: Result) -> None:
    """The station's jack is the exchange: it rings the line, presses a key, listens, hangs up."""
    with Watch(box.bus) as watch:
        try:
            answered = await station.offer("self-call", CALLER, WITHIN_S)
            result.add("ring", watch.first("line.ring", line=line.number) is not None)
            started = watch.first("call.started", line=line.number)
            if started is not None:
                result.call = started.call
                box.bus.publish("call.selfcall", call=started.call, line=line.number)
            known = watch.first("call.caller", call=result.call)
            if box.plan.caller_id.comes:
                told = None if known is None else known.data.get("number")
                result.add("caller_id", told == NUMBER, told)
            if not result.add("answer", answered):
                return
            async with _written(box, station.port, None, folder / "line.wav"), _says(box, station.port) as player:
                await asyncio.sleep(LISTENS_S)
                await player.digits(KEY)
                digit = await watch.until("call.digit", 3.0, call=result.call)
            result.add("key", digit is not None and digit.data["digit"] == KEY)
        finally:
            await _hang_up_as_exchange(box, station)
    level = loudest_dbm0((await asyncio.to_thread(read, folder / "line.wav"))[0])
    result.add("greeting", level > SPEECH_DBM0, round(level, 1))


async def _hang_up_as_exchange(box: Box, station: Station) -> None:
    """By an open loop; where the line does not take that for a hang-up, by busy tone."""
    if station.offhook:
        station.port.feed(Feed.OFF, LOOP_DROP_MS)
        await until(lambda: not station.offhook, 2.0)
    if station.offhook:
        async with _says(box, station.port) as player:
            player.tone("busy")
            await until(lambda: not station.offhook, WITHIN_S)
    station.leave()


async def _station(box: Box, line: Line, station: Station, folder: Path, result: Result) -> None:
    """The line's jack is the telephone: it is rung, goes off-hook, and both sides are heard."""
    async with _rung(box, line, station) as picked_up:
        if not result.add("station", picked_up, station.number):
            return
        async with _written(box, line.port, station.port, folder / "talk.wav"):
            for port, hz in ((station.port, CALLER_HZ), (line.port, STATION_HZ)):
                async with _says(box, port) as player:
                    await player.file(make(folder, hz))
                await asyncio.sleep(PAUSE_S)
        left, right = await asyncio.to_thread(read, folder / "talk.wav")
        seconds = heard_s(left, CALLER_HZ), heard_s(right, STATION_HZ)
        result.add("station_hears", seconds[0] >= HEARD_S, round(seconds[0], 2))
        result.add("recording", min(seconds) >= HEARD_S, [round(one, 2) for one in seconds])
        file = await asyncio.to_thread(mixed, folder / "talk.wav", folder)
        async with _written(box, line.port, None, folder / "playback.wav"), _says(box, station.port) as player:
            await player.file(file)
        again = (await asyncio.to_thread(read, folder / "playback.wav"))[0]
        found = [round(heard_s(again, hz), 2) for hz in (CALLER_HZ, STATION_HZ)]
        result.add("playback", min(found) >= HEARD_S, found)


@asynccontextmanager
async def _rung(box: Box, line: Line, station: Station) -> AsyncIterator[bool]:
    """The station is rung and the line, its telephone for now, picks up; inside, they are connected by the cable."""
    ringing = asyncio.Event()
    before, line.on_ringing = line.on_ringing, lambda _: ringing.set()
    offering = asyncio.create_task(station.offer("self-call", CALLER, WITHIN_S), name="self-call rings the station")
    picked_up = False
    try:
        async with asyncio.timeout(WITHIN_S):
            await ringing.wait()
            await line.caller_known()
            await line.seize()
            picked_up = await offering
    except TimeoutError:
        pass  # the check tells
    try:
        yield picked_up
    finally:
        offering.cancel()
        await line.hang_up()
        await line.idle()
        line.on_ringing = before
        await until(lambda: not station.offhook, IDLE_WITHIN_S)
        station.leave()


@asynccontextmanager
async def _written(box: Box, left: Port, right: Port | None, path: Path) -> AsyncIterator[None]:
    """What these ports hear goes into a file."""
    recorder = box.engine.recorder()
    recorder.start(path)
    box.engine.link(left.source, recorder.left)
    if right is not None:
        box.engine.link(right.source, recorder.right)
    try:
        yield
    finally:
        await recorder.stop()


@asynccontextmanager
async def _says(box: Box, port: Port) -> AsyncIterator[Player]:
    """Something that speaks into this port."""
    with box.engine.player() as player:
        box.engine.link(player.source, port.sink)
        yield player
