"""The box: what is wired to what, and in which order it starts and stops. Nothing is decided here."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.binding.engine import Engine
from drivers.binding.plan import Plan, Strict
from firmware import customers
from firmware.acd.faults import Deserted, Faults
from firmware.acd.model import Queues
from firmware.acd.place import InQueue
from firmware.acd.queue import Hall, always_open
from firmware.acd.takeover import take_over
from firmware.acd.vip import Vip
from firmware.agents.codes import AgentCodes
from firmware.agents.intents import AgentIntents
from firmware.agents.kept import Kept
from firmware.agents.roster import Roster
from firmware.agents.section import Agents
from firmware.api.messages import SOCKET, CallRecordIntent, Nothing, Refused, SetupChanged
from firmware.api.server import ApiServer, Handler
from firmware.bus import Bus
from firmware.calls.call import Carried, Place
from firmware.calls.handset import Features
from firmware.calls.places import Target, ToFlow, ToNumber, ToQueue, ToRoom, ToStation, ToVoicemail
from firmware.calls.ringing import Ringing
from firmware.calls.switch import Switch
from firmware.config import Board
from firmware.config.board import Sound
from firmware.dialplan.hours import load_calendar
from firmware.dialplan.numbers import e164
from firmware.doctor.doctor import Doctor
from firmware.doctor.kept import Shelf as Reports
from firmware.guard.hangups import LearnedHangUps
from firmware.guard.screening import Screened, Screening
from firmware.guard.section import Callers
from firmware.guard.stuck import StuckLines
from firmware.guard.twins import Twins
from firmware.ivr.answering import Answering
from firmware.ivr.flows import HOLIDAYS, Flows
from firmware.ivr.intents import FlowIntents, NightSwitching
from firmware.jacks.jacks import Jacks
from firmware.keeping.reserve import use_if_full
from firmware.linememory import Memories
from firmware.lines import Line
from firmware.live import LiveView, Port
from firmware.outbound.business import is_open
from firmware.outbound.dialler import Dialler, Means
from firmware.outbound.follow import Following
from firmware.outbound.ledger import read_ledger
from firmware.outbound.place import Followed, Holders, Outside
from firmware.outbound.section import Dialling
from firmware.owed.book import Book
from firmware.owed.intents import OwedIntents
from firmware.owed.turn import Turns
from firmware.people import People
from firmware.prompts import Prompts
from firmware.prompts.library import Library
from firmware.prompts.speech import speech
from firmware.prompts.studio import Studio
from firmware.recording.modes import Mode
from firmware.recording.recorder import Recordings
from firmware.recording.repair import repair_recordings
from firmware.setup.changes import Changes
from firmware.setup.files import rights
from firmware.setup.site import Site
from firmware.setup.store import Setup, SetupError
from firmware.sound.microphone import Microphone
from firmware.sound.paging import Paging
from firmware.stations import Station
from firmware.store import presence
from firmware.store.database import FILE, next_seq, open_store
from firmware.store.records import Records
from firmware.store.repair import close_open_calls
from firmware.store.writer import StoreWriter
from firmware.surge.section import Surge
from firmware.surge.watch import Watch
from firmware.switching.codes import Codes
from firmware.switching.desk import Desk
from firmware.switching.diversion import Diversions
from firmware.switching.others import Listeners, Monitoring
from firmware.switching.park import CarPark, Parked
from firmware.switching.rooms import Rooms
from firmware.switching.section import Telephones
from firmware.voicemail.lamps import Lamps
from firmware.voicemail.listening import Listening, ToMessages
from firmware.voicemail.office import Office
from firmware.voicemail.place import Recorder as VoicemailRecorder
from firmware.voicemail.section import Voicemail
from firmware.voicemail.shelf import Shelf

log = logging.getLogger(__name__)

LAST_AGENT_DAYS = 30.0  # who spoke with a caller longer ago is not looked for


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a box is made of. `now` is its clock: seconds since the Unix epoch. In `real_time` a thread writes to the
    disk; otherwise it is done inline, so that a run repeats. `ring_s` takes the place of the queues' own. `ordered`:
    which of "board" and "country" the command line said, whatever is set up."""

    engine: Engine
    board: Board
    board_name: str
    plan: Plan
    language: str
    data: Path
    now: Callable[[], float]
    real_time: bool
    ring_s: float | None = None
    recording: Mode = "talk"
    ordered: tuple[str, ...] = ()


class Box:
    """`await start()`, then it lives by its events; `await stop()` ends every call properly. Raises StoreError,
    PromptError, FlowError, QueueError and ConfigError in words when it cannot be."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        board, engine = wiring.board, wiring.engine
        sound = board.sound or Sound()
        prompts = Prompts(wiring.language, own=wiring.data / "prompts")
        prompts.path("greeting")
        self.store = open_store(wiring.data)
        self.recovered = close_open_calls(self.store)
        self.repaired = repair_recordings(wiring.data, self.store, self.recovered)
        self.records = Records(self.store)
        self.bus = Bus(wiring.now, next_seq(self.store))
        self.setup = Setup(wiring.data, now=wiring.now)
        self.changes = Changes(self.setup)
        self.live = LiveView(
            [
                *(Port("line", str(jack.number)) for jack in board.lines),
                *(Port("station", jack.number) for jack in board.telephones),
            ],
            board=wiring.board_name, country=wiring.plan.country, simulated=board.card == "sim",
            loudspeaker=sound.loudspeaker is not None, microphone=sound.microphone is not None,
            ordered=wiring.ordered,
        )  # fmt: skip
        self.writer = StoreWriter(self.store, self.bus, threaded=wiring.real_time, on_stored=self._stored)
        self.bus.subscribe(self.writer)
        self.bus.subscribe(self.live.apply)
        self.memories = Memories(wiring.data)
        self.lines = {
            jack.number: Line(
                jack.number, engine.ports[jack.channel], wiring.plan, self.bus, self.memories.kept(jack.number)
            )
            for jack in board.lines
        }
        for line in self.lines.values():
            line.deaf_s = board.dahdi.deaf_s if board.card == "dahdi" else 0.0
        self.stations = {
            jack.number: Station(jack.number, engine.ports[jack.channel], self.bus, jack.socket)
            for jack in board.telephones
        }
        self.agents = self._roster()
        self.hall = self._hall()
        self.agents.wire(self.hall)
        self.agents.on_change = self.hall.look
        self.recordings = Recordings(engine, wiring.data, self.bus, wiring.recording)
        self.changes.on_change(Site, self._site_is)
        self.jacks = Jacks(self.bus, self.changes, self.lines, self.stations, self.recordings)
        self.calls = self._switch(prompts)
        self.flows = Flows(
            self.calls, self.hall.queues, self.hall.prefer, self._can_go, self.changes, self.store, wiring.data,
            wiring.plan.country, wiring.language,
        )  # fmt: skip
        self.flows.on_look = self.faults.look
        self.changes.on_change(Answering, lambda _: self.flows.look())
        self.changes.on_change(Surge, lambda _: self.flows.look())
        self.studio = Studio(self.calls, self.bus, Library(wiring.data, wiring.now), self.flows.look)
        self.microphone = None
        if sound.microphone is not None:
            self.microphone = Microphone(
                sound.microphone, wiring.data, Library(wiring.data, wiring.now), self.studio.kept
            )
        self.owed = Book(wiring.data, self.store, self.bus, self._one_form)
        self.turns = Turns(self.owed, self.hall, self.calls, wiring.now)
        self.surge = Watch(self.bus, self.changes.present(Surge), self.lines, self.hall)
        self.night = NightSwitching(self.changes, self.calls.features)
        self.desk = Desk(self.calls, self.setup, self.park, self.rooms, self._is_there)
        self._guards()
        self.doctor = Doctor(self.calls, self.dialler, self.hangups, wiring.plan, Reports(wiring.data))
        self.api: ApiServer | None = None
        self._present = False  # the store has events, and that is remembered

    async def start(self) -> None:
        """Answers from now on."""
        self.writer.start()
        self.office.start()
        self.lamps.start()
        for line in self.lines.values():
            line.on_ringing = self.calls.inbound
        self.bus.publish(
            "box.started", board=self.wiring.board_name, country=self.wiring.plan.country, epoch=self.wiring.now(),
            language=self.wiring.language, recording=self.recordings.mode,
        )  # fmt: skip
        self.jacks.start()
        self.agents.start()
        self.owed.start()
        self.turns.start()
        for alarm in self.repaired.alarms():
            self.bus.publish("alarm.raised", **alarm)
        self.faults.look()
        self.flows.look()
        self.memories.start({number: line.memory for number, line in self.lines.items()}, self.bus)

    async def serve(self, version: str, handlers: Mapping[str, Handler]) -> None:
        """Opens the page's socket below the data directory. ApiError if another box serves it."""
        self.api = ApiServer(
            self.wiring.data / SOCKET, lambda: self.live.snapshot(self.wiring.now()),
            {
                "call.record": self.record, "fuse.quiet": self.quiet,
                "setup.changed": self.setup_changed, **self.desk.intents(),
                **FlowIntents(self.flows, self.night).handlers(),
                **AgentIntents(self.agents).handlers(), **OwedIntents(self.owed, self.calls, self.bus).handlers(),
                **self.studio.handlers(), **({} if self.paging is None else self.paging.handlers()),
                **({} if self.microphone is None else self.microphone.handlers()),
                **self.office.intents(), **self.hangups.intents(), **self.doctor.intents(),
                **customers.handlers(self.bus), **handlers,
            }, version=version,
        )  # fmt: skip
        await self.api.start(rights(self.wiring.data))
        self.bus.subscribe(self.api.on_event)

    async def stop(self, reason: str) -> None:
        """Every call is ended and its recording closed, then what was told is on the disk."""
        self.bus.publish("box.stopping", reason=reason)
        await self.turns.close()
        await self.doctor.close()
        if self.microphone is not None:
            await self.microphone.close()
        await self.calls.stop()
        await self.dialler.close()
        self.office.close()
        self.lamps.close()
        self.stuck.close()
        self.surge.close()
        self.hall.close()
        self.deserted.close()
        self.flows.close()
        for station in self.stations.values():
            station.close()
        if self.api is not None:
            await self.api.stop()
        await asyncio.sleep(0)
        use_if_full(self.wiring.data)
        self.memories.save()
        self.owed.save()
        lost = self.writer.stop()
        if lost:
            log.error("%d events could not be written", lost)
        self.store.dispose()

    def _switch(self, prompts: Prompts) -> Switch:
        wiring = self.wiring
        telephones = self.changes.present(Telephones)
        dialling = self.setup.load(Dialling)
        features = Features(dialling.numbering(wiring.plan.country, tuple(self.stations)))
        switch = Switch(
            wiring.engine, self.bus, wiring.now, prompts, self.recordings, self.lines, self.stations, features
        )
        switch.serve(
            ToQueue,
            InQueue(
                self.hall, wiring.language, self.agents.agent_at, lambda queue: self.flows.after(queue),
                lambda: self.setup.load(Vip),
            ),
        )  # fmt: skip
        self.park = CarPark(telephones)
        self.rooms = Rooms(lambda: telephones().rooms)
        switch.serve(ToStation, Ringing(Diversions(telephones)))
        switch.serve(Parked, self.park)
        switch.serve(ToRoom, self.rooms)
        switch.serve(Monitoring, Listeners())
        self.paging = None
        if wiring.board.sound is not None and wiring.board.sound.loudspeaker is not None:
            self.paging = Paging(switch, wiring.language, lambda: telephones().page_s)
            self.paging.add(features)
        Codes(self.setup, self.park, speech(wiring.language)).add(features)
        AgentCodes(self.agents, self.bus).add(features)
        self.office = Office(Shelf(wiring.data), self.changes, self.bus, wiring.now, self.stations)
        messages = Listening(self.office, speech(wiring.language), wiring.plan.country)
        messages.add(features)
        switch.serve(ToVoicemail, VoicemailRecorder(self.office))
        switch.serve(ToMessages, messages)
        switch.messages_for = self.office.new_for
        self.lamps = Lamps(
            self.stations, self.bus, lambda number: telephones().lamp_of(number), self.office.new_for,
            fsk=wiring.plan.caller_id.scheme in ("bell202", "v23"),
        )  # fmt: skip
        self.changes.on_change(Telephones, lambda _: self._telephones_changed())
        switch.agent_at, switch.station_of = self.agents.agent_at, self.agents.rings_at
        switch.people = self.agents.numbers
        switch.numbers = lambda: telephones().leads()
        switch.on_released.append(self.hall.left)
        self.dialler = self._dialler(switch, dialling)
        outside = Outside(self.dialler)
        switch.serve(ToNumber, outside)
        switch.serve(Carried, outside.goes_on)
        switch.serve(Followed, Following(self.dialler, outside))
        return switch

    def _can_go(self, target: Target) -> bool:
        """Whether there is such a place."""
        match target:
            case ToQueue(queue=name):
                return name in self.hall.queues
            case ToFlow(flow=name):
                return name in self.flows.library.published()
            case ToVoicemail(box=name):
                return self.office.box(name) is not None
            case ToStation(station=number):
                return self.agents.rings_at(number) in self.stations
            case ToRoom(room=number):
                return self.rooms.room(number) is not None
        return self.calls.can_serve(target)

    def _is_there(self, target: Target) -> bool:
        """Whether somebody may be sent there: also to a person who is not at any telephone just now."""
        return (isinstance(target, ToStation) and target.station in self.calls.inside()) or self._can_go(target)

    def _can_overflow(self, target: Target) -> bool:
        """Where a queue may send a caller: nowhere outside, if the fuse does not let callers from outside go there."""
        if isinstance(target, ToNumber) and not self.dialler.setup.fuse.outside_to_outside:
            return False
        return self._can_go(target)

    def _guards(self) -> None:
        day = self.records.callers_since(self.wiring.now() - 86_400)
        screening = Screening(self.changes.present(Callers), lambda: self.dialler.numbering, day)
        self.calls.serve(Screened, screening)
        entry = self.calls.entry
        self.calls.entry = lambda line: _screened(self.surge.entry(entry(line) if entry is not None else None))
        self.stuck = StuckLines(self.bus, self.lines, self.dialler.out_of_use)
        Twins(self.bus)
        self.hangups = LearnedHangUps(
            self.bus, self.lines, self.changes, self.wiring.plan, self._past_calls, threads=self.wiring.real_time
        )

    def _past_calls(self, line: int, most: int) -> Iterator[Path]:
        """Recordings of conversations on a line, the latest first."""
        return (self.wiring.data / path for path in self.records.recordings(line, most))

    def _dialler(self, switch: Switch, dialling: Dialling) -> Dialler:
        wiring, holders = self.wiring, Holders(switch)
        month = any(route.order == "least_used" for route in dialling.routes)
        ledger = read_ledger(self.store, wiring.now(), month=month)
        inside = tuple(self.stations)
        answering = self.changes.present(Answering)
        calendar = load_calendar(wiring.plan.country, wiring.data / HOLIDAYS)
        dialler = Dialler(
            Means(
                self.bus, wiring.plan, wiring.now, self.lines, ledger, lambda: inside, holders.cut, holders.warn,
                lambda moment: is_open(answering(), moment, calendar),
            ),
            dialling,
        )  # fmt: skip

        def changed(section: Dialling) -> None:
            dialler.setup = section
            switch.features.numbering = dialler.numbering
            self.faults.look()

        self.changes.on_change(Dialling, changed)
        switch.may_join = lambda one, other: (
            one.line is None or other.line is None or dialler.setup.fuse.outside_to_outside
        )
        return dialler

    def _roster(self) -> Roster:
        def busy_at(number: str) -> bool:
            return self.stations[number].call is not None or bool(self.calls.handsets[number].held)

        people, section = self.setup.load(People), self.setup.load(Agents)
        roster = Roster(self.stations, self.bus, Kept(self.wiring.data), people, section, busy_at)
        self.changes.on_change(People, roster.people_changed)
        self.changes.on_change(Agents, roster.section_changed)
        return roster

    def _hall(self) -> Hall:
        take_over(self.wiring.data, self.setup, tuple(self.stations))
        hall = Hall(
            self.stations, self.setup.load(Queues), self.bus, ring_s=self.wiring.ring_s,
            possible=self._can_overflow, seating=self.agents, is_open=self._is_open,
        )  # fmt: skip
        for number, agent in self.records.last_agents(self.wiring.now() - LAST_AGENT_DAYS * 86_400).items():
            hall.remember(number, agent)
        telephones = self.changes.present(Telephones)
        self.faults = Faults(hall, self.bus, self.stations, hall.possible, lambda: telephones().numbers, self._can_go)
        self.deserted = Deserted(hall, self.bus)
        self.changes.on_change(Queues, lambda queues: self._queues_changed(queues))
        self.changes.on_change(Voicemail, lambda _: self.faults.look())
        return hall

    def _site_is(self, site: Site) -> None:
        """The rest of it is read at the start."""
        self.recordings.mode = site.recording

    def _telephones_changed(self) -> None:
        self.lamps.start()
        self.faults.look()

    def _queues_changed(self, queues: Queues) -> None:
        self.hall.change(queues)
        self.faults.look()
        self.flows.look()

    def _one_form(self, number: str) -> str:
        """One form for all in which a number may come."""
        return e164(number, self.calls.features.numbering) or number

    def _is_open(self, queue: str) -> tuple[bool, str]:
        """Whether a queue's hours are on, and which they are."""
        wanted = self.hall.queue(queue)
        if wanted.schedule is None:
            return always_open(queue)
        entry = self.flows.house.entry(wanted.schedule)
        return entry is None or entry in wanted.open, f"{wanted.schedule}: {entry}"

    async def record(self, wanted: CallRecordIntent) -> dict[str, Any]:
        """The api's intent: pauses or resumes a recording; Refused if the call is not being recorded."""
        recording = self.recordings.running.get(wanted.call)
        if recording is None:
            raise Refused(f"call {wanted.call} is not being recorded", code="not_recorded")
        changed = recording.pause() if wanted.action == "pause" else recording.resume()
        return {"call": wanted.call, "paused": recording.paused, "changed": changed}

    async def quiet(self, _: Nothing) -> dict[str, Any]:
        """The api's intent: somebody has seen the alarm of the fuse."""
        self.dialler.quiet()
        return {}

    async def setup_changed(self, wanted: SetupChanged) -> dict[str, Any]:
        """The api's intent: everybody who lives by the section gets it anew; Refused if it cannot be read."""
        try:
            told = self.changes.changed(wanted.section)
        except SetupError as error:
            raise Refused.like(error) from error
        self.bus.publish("setup.changed", section=wanted.section, who=wanted.who)
        return {"section": wanted.section, "told": told}

    def _stored(self, seq: int, calls: int) -> None:
        if not self._present:
            presence.mark(self.wiring.data / FILE)
            self._present = True
        self.live.stored(seq, calls)
        if self.api is not None:
            self.api.changed()


def _screened(place: Place | None) -> Place | None:
    return Screened(then=place) if isinstance(place, Strict) else place
