"""The line doctor: one job at each line at most, two examinations at a time, and everybody else goes first.

A caller who rings, an emergency call that needs the line, or somebody who stops it ends a job at once. A test is
counted and told like everything else (`doctor.started`, `doctor.done`), and kept as a report.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from drivers.binding.engine import CoreError, Engine
from drivers.binding.events import LineState
from drivers.binding.plan import Plan
from firmware.api.doctor import AtLine, Capture, Examine, FromLine, Look, OfPort, OneReport, Reports
from firmware.api.messages import Refused
from firmware.bus import Bus, Event
from firmware.calls.switch import Switch
from firmware.dialplan.numbers import line_digits
from firmware.doctor import outside
from firmware.doctor.examine import examine
from firmware.doctor.job import Job, What
from firmware.doctor.kept import Shelf
from firmware.doctor.loop import from_line_to_line
from firmware.doctor.onlooker import Onlookers
from firmware.doctor.outside import Listened, listened
from firmware.doctor.seized import Stopped, written
from firmware.doctor.trace import Trace, at_jack
from firmware.guard.hangups import LearnedHangUps
from firmware.guard.section import HangUpTone
from firmware.lines import FarEndGone, Line
from firmware.outbound.dialler import Dialler, Who
from firmware.reasons import words
from firmware.stations import Station
from firmware.tasks import ended

log = logging.getLogger(__name__)

AT_ONCE = 2  # examinations: the other lines stay for callers


class Doctor:
    """One for the box. `now`: its clock."""

    def __init__(
        self, switch: Switch, dialler: Dialler, hangups: LearnedHangUps, plan: Plan, shelf: Shelf,
    ) -> None:  # fmt: skip
        self._switch, self._dialler, self._hangups = switch, dialler, hangups
        self._plan, self._shelf = plan, shelf
        self._engine: Engine = switch.engine
        self._bus: Bus = switch.bus
        self._lines: Mapping[int, Line] = switch.lines
        self._stations: Mapping[str, Station] = switch.stations
        self._jobs: dict[int, Job] = {}  # the last one of each line
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._captures: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._onlookers = Onlookers()
        ports = [end.port for end in self._lines.values()] + [end.port for end in self._stations.values()]
        self._traces = {port: Trace(port, switch.now) for port in ports}
        switch.serve(Listened, listened)
        self._bus.subscribe(self._event)

    def intents(self) -> dict[str, Callable[[Any], Any]]:
        """The api's handlers."""
        return {
            "doctor.examine": self.examine, "doctor.call": self.call, "doctor.hang_up": self.hang_up,
            "doctor.loop": self.loop, "doctor.stop": self.stop, "doctor.capture": self.capture,
            "doctor.look": self.look, "doctor.reports": self.reports, "doctor.report": self.report,
        }  # fmt: skip

    async def close(self) -> None:
        """Ends everything; every line is given back."""
        await self._onlookers.close()
        tasks = [*self._tasks.values(), *self._captures.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await ended(tasks)

    def give_up(self, line: int, why: str) -> bool:
        """The line is needed for something else: whether there was a job to be ended."""
        task, job = self._tasks.get(line), self._jobs.get(line)
        if task is None or job is None:
            return False
        job.why = why
        task.cancel()
        return True

    # -- jobs --------------------------------------------------------------------------------------------

    async def examine(self, wanted: Examine) -> dict[str, Any]:
        """Begins; what comes of it is told by `doctor.done`, and by `look` meanwhile."""
        line = self._line(wanted.line)
        if line.state is not LineState.DEAD and not line.free:
            raise Refused(f"line {line.number} is in use: it is examined when it is idle", code="line_in_use")
        job = self._job(line, "quick" if wanted.quick else "examine", wanted.who)

        async def work() -> None:
            async with self._turn, AsyncExitStack() as stack:
                self._dialler.examined.add(line.number)
                stack.callback(self._dialler.examined.discard, line.number)
                sound = written(line, self._shelf.sound(job.id), len(self._lines))
                job.sound = await stack.enter_async_context(sound)
                await examine(line, self._plan, job)

        return self._begin(line, job, work)

    async def call(self, wanted: AtLine) -> dict[str, Any]:
        """Watches the next call from outside; it goes its ordinary way."""
        line = self._line(wanted.line)
        job = self._job(line, "call", wanted.who)
        return self._begin(line, job, lambda: outside.watch_call(line, self._plan, job, self._offer))

    async def hang_up(self, wanted: AtLine) -> dict[str, Any]:
        """The caller on this line, whose call is being watched, is the technician's own telephone, which will be hung
        up now: the box falls silent and listens."""
        line = self._line(wanted.line)
        job = self._jobs.get(line.number)
        call = self._switch.calls.get(line.call or "")
        if job is None or job.what != "call" or job.step != "answered" or call is None or call.guest.line is not line:
            raise Refused(f"no call is being watched on line {line.number}", code="not_watched")
        job.step = "hang_up"
        call.go(Listened(), "doctor", wanted.who or None)
        return {"id": job.id}

    async def loop(self, wanted: FromLine) -> dict[str, Any]:
        """Calls the other line's own number. An outgoing call like any other: permission and fuse count."""
        line, other = self._line(wanted.line), self._line(wanted.to)
        if line is other or not line.free or not other.free:
            raise Refused("two lines that are both idle are needed", code="two_idle_lines")
        if self._dialler.classify(wanted.number).kind in ("emergency", "inside"):
            raise Refused(f"{wanted.number} may not be dialled for a test", code="not_for_tests")
        dialled, permission = self._dialler.may(f"doctor-{line.number}", wanted.number, Who(""))
        if not permission.ok:
            raise Refused(
                f"{wanted.number} may not be dialled for a test: {words(permission.why)}", code="not_for_tests"
            )
        digits = line_digits(dialled, self._dialler.numbering)
        job = self._job(line, "loop", wanted.who)

        def answered() -> None:
            self._dialler.answered(f"doctor-{job.id}", dialled, line, "voice")

        async def work() -> None:
            async with self._turn:
                self._dialler.examined.update((line.number, other.number))
                try:
                    await from_line_to_line(line, other, digits, self._plan, job, answered)
                finally:
                    self._dialler.examined.difference_update((line.number, other.number))

        return self._begin(line, job, work)

    async def stop(self, wanted: AtLine) -> dict[str, Any]:
        """Ends what is under way."""
        return {"stopped": self.give_up(wanted.line, "stopped")}

    # -- what can be seen ----------------------------------------------------------------------------------

    async def look(self, wanted: Look) -> dict[str, Any]:
        """Cheap: asked a few times a second by whoever looks on. `rx`, `tx`: dBm0 at the jack: what comes in before the
        port's own gain, what goes out behind it; `gains`: what these are, dB."""
        end = self._end(wanted)
        if isinstance(end, Line):
            self._onlookers.look(end, self._traces[end.port])
        rx, tx = end.port.level()
        job = self._jobs.get(wanted.line or 0)
        return {
            "rx": round(at_jack(end.port, rx), 1), "tx": round(tx, 1), "gains": end.port.gains, "call": end.call or "",
            "state": end.state.name.lower() if isinstance(end, Line) else "offhook" if end.offhook else "idle",
            "news": self._traces[end.port].after(wanted.after), "job": None if job is None else job.data(),
            "now": self._switch.now(),
        }  # fmt: skip

    async def capture(self, wanted: Capture) -> dict[str, Any]:
        """Begins; `doctor.captured` tells when it is there."""
        end = self._end(wanted)
        name = self._name(f"l{wanted.line}" if wanted.line else f"s{wanted.station}")
        if len(self._engine.recorders_free) <= len(self._lines):
            raise Refused(
                "all recorders may be needed for calls: try again when fewer calls are under way",
                code="recorders_needed",
            )
        task = asyncio.create_task(self._capture(wanted, end, name), name=f"capture {name}")
        self._captures[name] = task
        task.add_done_callback(lambda _: self._captures.pop(name, None))
        return {"id": name}

    async def _capture(self, wanted: Capture, end: Line | Station, name: str) -> None:
        begun = self._switch.now()
        recorder = self._engine.recorder()
        recorder.start(self._shelf.sound(name))
        self._engine.link(end.port.source, recorder.left)
        self._engine.link(end.port.sent, recorder.right)
        try:
            await asyncio.sleep(wanted.seconds)
        finally:
            done = await recorder.stop()
        await self._shelf_it({
            "id": name, "what": "capture", "line": wanted.line, "station": wanted.station, "who": wanted.who,
            "at": begun, "ms": done.ms, "gains": end.port.gains, "news": self._traces[end.port].since(begun),
        })  # fmt: skip
        self._bus.publish(
            "doctor.captured", line=wanted.line, station=wanted.station, id=name, ms=done.ms, who=wanted.who
        )

    async def reports(self, wanted: Reports) -> dict[str, Any]:
        """Without their details."""
        found = await asyncio.to_thread(self._shelf.all)
        mine = [one for one in found if wanted.line in (None, one.get("line"))][: wanted.most]
        return {"reports": [{key: one.get(key) for key in BRIEF} for one in mine]}

    async def report(self, wanted: OneReport) -> dict[str, Any]:
        """One, whole."""
        found = await asyncio.to_thread(self._shelf.get, wanted.id)
        if found is None:
            raise Refused(f"there is no report {wanted.id}; the oldest are removed", code="no_report")
        return found

    # -- inside --------------------------------------------------------------------------------------------

    def _line(self, number: int) -> Line:
        if number not in self._lines:
            raise Refused(f"there is no line {number}", code="no_line", name=number)
        return self._lines[number]

    def _end(self, wanted: OfPort) -> Line | Station:
        if wanted.line is not None:
            return self._line(wanted.line)
        station = self._stations.get(wanted.station or "")
        if station is None:
            raise Refused(f"there is no station {wanted.station}", code="no_station", name=wanted.station)
        return station

    def _name(self, what: str) -> str:
        """One for each millisecond and port."""
        now = self._switch.now()
        stamp = datetime.fromtimestamp(now).strftime("%Y%m%d-%H%M%S")  # noqa: DTZ006 - people read it
        return f"{stamp}{int(now * 1000) % 1000:03d}-{what}"

    def _job(self, line: Line, what: What, who: str) -> Job:
        if line.number in self._tasks:
            raise Refused(f"line {line.number} is being examined already", code="examined_already")
        return Job(self._name(f"l{line.number}"), line.number, what, who, self._switch.now(), gains=line.port.gains)

    def _begin(self, line: Line, job: Job, work: Callable[[], Any]) -> dict[str, Any]:
        self._jobs[line.number] = job
        self._bus.publish("doctor.started", line=line.number, id=job.id, what=job.what, who=job.who)
        task = asyncio.create_task(self._run(job, work), name=f"doctor at line {line.number}")
        self._tasks[line.number] = task
        return {"id": job.id}

    async def _run(self, job: Job, work: Callable[[], Any]) -> None:
        try:
            await work()
        except Stopped as stopped:
            job.why = stopped.why
        except FarEndGone as gone:
            job.why = gone.cue
        except asyncio.CancelledError:
            job.why = job.why or "stopped"
        except Exception as error:
            log.exception("the doctor failed at line %d", job.line)
            job.why = "error" if not isinstance(error, CoreError) else "refused"
        finally:
            job.done = True
            self._tasks.pop(job.line, None)
            about = job.data() | {"country": self._plan.country}
            await self._shelf_it({key: value for key, value in about.items() if key not in ("done", "step", "steps")})
            self._bus.publish(
                "doctor.done", line=job.line, id=job.id, what=job.what, verdict=job.verdict, why=job.why,
                findings={one.check: one.verdict for one in job.findings},
            )  # fmt: skip

    async def _shelf_it(self, found: dict[str, Any]) -> None:
        try:
            await asyncio.to_thread(self._shelf.keep, found)
        except OSError as error:
            log.error("report %s cannot be kept: %s", found["id"], error.strerror or error)

    async def _offer(self, line: int, hz: int, ms: tuple[int, ...]) -> dict[str, Any]:
        trial = await self._hangups.trial(line, HangUpTone(hz=hz, ms=ms))
        return {"hz": hz, "ms": list(ms), "calls": trial.calls, "cuts": trial.cuts}

    def _event(self, event: Event) -> None:
        """An emergency call is being made: every line is wanted, at once."""
        if event.kind == "call.number" and event.data.get("number_kind") == "emergency":
            for line in list(self._tasks):
                if self._jobs[line].what != "call":
                    self.give_up(line, "emergency")


BRIEF = ("id", "what", "line", "station", "at", "who", "verdict", "why", "sound")
