"""On the simulated card, whole: an outside caller of the training exchange, the flow, a queue, a training telephone."""

import asyncio
from pathlib import Path

from firmware.lines import CallerId
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
from firmware.training.caller import Caller
from firmware.training.measure import RATE, read
from firmware.training.telephone import Telephone
from firmware.training.world import World

LISTENS_S = 2.5  # to the greeting, before the key
RINGS_WITHIN_S = 40.0  # the queue's announcement goes before it
WITHIN_S = 20.0
PAUSE_S = 0.4


async def call(box: Box, world: World, folder: Path, result: Result) -> None:
    """Makes the call and judges it. Everybody has hung up afterwards, whatever went wrong."""
    number = next((n for n, line in world.lines.items() if line.idle and box.lines[n].free), None)
    if number is None:
        result.why = "busy"
        return
    caller = Caller(world.lines[number], NUMBER, NAME, patience_s=WITHIN_S)
    with Watch(box.bus) as watch:
        try:
            await _Through(box, world, folder, result, watch, caller, number).run()
        finally:
            for telephone in world.telephones.values():
                await telephone.hang_up()
            await caller.hangs_up()
        line = box.lines[number]
        stations = [one for one in box.stations.values() if one.connected]
        free = await until(lambda: line.free and all(one.free for one in stations), WITHIN_S)
        result.add("release", free)


class _Through:
    """One call through everything."""

    def __init__(
        self, box: Box, world: World, folder: Path, result: Result, watch: Watch, caller: Caller, line: int
    ) -> None:
        self.box, self.world, self.folder, self.result, self.watch = box, world, folder, result, watch
        self.caller, self.line = caller, line
        self.answered_s = 0.0  # in the caller's receiver file
        self.marks = {hz: make(folder, hz) for hz in (CALLER_HZ, STATION_HZ)}

    async def run(self) -> None:
        """Ends where something does not come; what is behind it is then not tested."""
        if not await self._in():
            return
        telephone = await self._queue()
        if telephone is None or not await self._talk(telephone):
            return
        if self.box.records:
            await self._recorded(telephone)

    async def _in(self) -> bool:
        result, watch = self.result, self.watch
        answered = await self.caller.dials(self.folder / "caller.wav")
        self.answered_s = asyncio.get_running_loop().time() - self.caller.line.handset.began
        result.add("ring", watch.first("line.ring", line=self.line) is not None)
        started = watch.first("call.started", line=self.line)
        if started is not None:
            result.call = started.call
            self.box.bus.publish("call.selfcall", call=started.call, line=self.line)
        known = watch.first("call.caller", call=result.call)
        if self.box.plan.caller_id.comes:
            told = None if known is None else known.data.get("number")
            result.add("caller_id", told == NUMBER, told)
        return result.add("answer", answered and result.call is not None)

    async def _queue(self) -> Telephone | None:
        """Presses the keys; the telephone that rings."""
        await asyncio.sleep(LISTENS_S)
        rung = {
            asyncio.create_task(one.rings(), name=f"self-call listens to {number}"): one
            for number, one in self.world.telephones.items()
        }
        try:
            await self.caller.presses(self.box.keys)
            digit = await self.watch.until("call.digit", 5.0, call=self.result.call)
            self.result.add("key", digit is not None, None if digit is None else digit.data["digit"])
            queued = await self.watch.until("call.queued", WITHIN_S, call=self.result.call)
            self.result.add("queue", queued is not None, None if queued is None else queued.data["queue"])
            await asyncio.wait(rung, timeout=RINGS_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in rung:
                task.cancel()
        telephone = next((one for task, one in rung.items() if task.done() and not task.cancelled()), None)
        offered = self.watch.first("call.offered", call=self.result.call)
        self.result.add("station", telephone is not None, None if offered is None else offered.station)
        return telephone

    async def _talk(self, telephone: Telephone) -> bool:
        telephone.handset.write_down(self.folder / "station.wav")
        await telephone.pick_up()
        connected = await self.watch.until("call.connected", WITHIN_S, call=self.result.call)
        if not self.result.add("talk", connected is not None):
            return False
        await asyncio.sleep(PAUSE_S)
        await self.caller.speaks(self.marks[CALLER_HZ])
        await asyncio.sleep(PAUSE_S)
        await telephone.handset.speak(self.marks[STATION_HZ])
        await asyncio.sleep(PAUSE_S)
        await telephone.hang_up()
        await until(lambda: self.caller.line.idle or not self.caller.line.offhook, WITHIN_S)
        await self.caller.hangs_up()
        at_caller = (await asyncio.to_thread(read, self.folder / "caller.wav"))[0]
        at_station = (await asyncio.to_thread(read, self.folder / "station.wav"))[0]
        level = loudest_dbm0(at_caller[int(self.answered_s * RATE) :][: int(LISTENS_S * RATE)])
        self.result.add("greeting", level > SPEECH_DBM0, round(level, 1))
        for name, heard, hz in (("caller_hears", at_caller, STATION_HZ), ("station_hears", at_station, CALLER_HZ)):
            seconds = heard_s(heard, hz)
            self.result.add(name, seconds >= HEARD_S, round(seconds, 2))
        return True

    async def _recorded(self, telephone: Telephone) -> None:
        told = await self.watch.until("call.recorded", WITHIN_S, call=self.result.call)
        path = None if told is None or told.data.get("error") else self.box.data / str(told.data["path"])
        if path is None:
            self.result.add("recording", False, None if told is None else told.data.get("error"))
            return
        left, right = await asyncio.to_thread(read, path)
        seconds = heard_s(left, CALLER_HZ), heard_s(right, STATION_HZ)
        if not self.result.add("recording", min(seconds) >= HEARD_S, [round(one, 2) for one in seconds]):
            return
        offered = self.watch.first("call.connected", call=self.result.call)
        station = None if offered is None else self.box.stations.get(str(offered.station))
        if station is not None:
            await self._played_back(telephone, station, await asyncio.to_thread(mixed, path, self.folder))

    async def _played_back(self, telephone: Telephone, station: Station, file: Path) -> None:
        """The recording to the same telephone: rung, picked up, listened to."""
        await until(lambda: station.free, WITHIN_S)
        offering = asyncio.create_task(
            station.offer(f"{self.result.call}-playback", CallerId(NUMBER, NAME), WITHIN_S), name="self-call playback"
        )
        try:
            async with asyncio.timeout(WITHIN_S):
                await telephone.rings()
            telephone.handset.write_down(self.folder / "playback.wav")
            await telephone.pick_up()
            if await offering:
                with self.box.engine.player() as player:
                    self.box.engine.link(player.source, station.port.sink)
                    await player.file(file)
        except TimeoutError:
            pass  # what was heard decides
        finally:
            offering.cancel()
            await telephone.hang_up()
            await until(lambda: not station.offhook, WITHIN_S)
            station.leave()
        heard = self.folder / "playback.wav"
        at_station = (await asyncio.to_thread(read, heard))[0] if heard.exists() else None
        seconds = [0.0] if at_station is None else [heard_s(at_station, hz) for hz in (CALLER_HZ, STATION_HZ)]
        self.result.add("playback", min(seconds) >= HEARD_S, [round(one, 2) for one in seconds])
