"""The box calls itself: green where all is well, red and named where something is not, honest about the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from drivers.binding.events import Ear, Feed, Kind, PortEvent
from drivers.binding.simcard import SimCard
from firmware.api.messages import Nothing, Refused, TrainingCall
from firmware.box import Box, Wiring
from firmware.bus import Event
from firmware.clock import TickClock, run_stepped
from firmware.config import Board, load_board, load_country
from firmware.prompts import Prompts
from firmware.recording.audit import audit_recordings
from firmware.recording.modes import Mode
from firmware.selfcall.command import report
from firmware.selfcall.marks import CALLER_HZ, HEARD_S, STATION_HZ, heard_s, make
from firmware.selfcall.night import SelfCall
from firmware.selfcall.result import CHECKS, Result
from firmware.selfcall.result import Box as Touched
from firmware.tools.audio import write
from firmware.training.live import Training
from firmware.training.measure import RATE, level, read
from firmware.training.world import World

BEGIN = 1_767_600_000.0


@dataclass
class Night:
    card: SimCard
    box: Box
    training: Training | None
    selfcall: SelfCall
    events: list[Event]
    data: Path

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


Story = Callable[[Night], Awaitable[None]]


def night(
    data: Path, story: Story, *, country: str = "cn", board: Board | None = None, recording: Mode = "talk",
    staffed: bool = True,
) -> None:  # fmt: skip
    """A box in virtual time, without or with people at its far ends."""
    wired = board or load_board("sim-8x8")
    card = SimCard(wired.port_specs, wired.wires, load_country(country), record_sync_ms=0)

    async def whole() -> None:
        language = "zh" if country == "cn" else "en"
        clock = TickClock(card.box, BEGIN)
        box = Box(Wiring(card.box, wired, "sim-8x8", card.box.plan, language, data, clock, False, recording=recording))
        world = World(card.far, wired) if staffed else None
        training = Training(world, Prompts(language)) if world is not None else None

        def touched() -> Touched:
            return Touched(
                card.box, box.bus, card.box.plan, box.lines, box.stations, data, "1", recording != "never"
            )  # fmt: skip

        events: list[Event] = []
        box.bus.subscribe(events.append)
        await box.start()
        if training is not None:
            training.start()
        try:
            await story(Night(card, box, training, SelfCall(touched, wired, training), events, data))
        finally:
            if training is not None:
                await training.stop()
            await box.writer.flushed()
            await box.stop("the night is over")

    try:
        run_stepped(whole(), [card.box, card.far])
    finally:
        card.close()


def test_the_tones_are_found_and_only_they(tmp_path: Path) -> None:
    for hz, other in ((CALLER_HZ, STATION_HZ), (STATION_HZ, CALLER_HZ)):
        tone = read(make(tmp_path, hz))[0]
        assert heard_s(tone, hz) == 1.5 and heard_s(tone, other) == 0.0
        assert heard_s(tone / 30, hz) == 1.5  # after a long line
        noise = np.random.default_rng(1).normal(0, np.std(tone), len(tone))
        assert heard_s(tone + noise, hz) < HEARD_S  # as loud as the tone: nobody would call that well
        assert heard_s(tone + noise / 10, hz) == 1.5
        assert heard_s(np.concatenate([tone[: RATE // 2], tone[:80] * 0, tone[: RATE // 2]]), hz) < HEARD_S
    assert level(read(make(tmp_path, CALLER_HZ))[0]) == pytest.approx(-16.0, abs=0.1)
    assert heard_s(np.zeros(0), CALLER_HZ) == heard_s(np.zeros(RATE), CALLER_HZ) == 0.0


@pytest.mark.parametrize("country", ["cn", "us", "gb"])
def test_all_is_well(tmp_path: Path, country: str) -> None:
    async def story(night: Night) -> None:
        found = await night.selfcall.make()
        assert found.ok, (found.failed, found.checks)
        assert found.untested == [] and found.way == "simulated"
        told = night.told("selfcall.done")[0].data
        assert told["ok"] and [check["name"] for check in told["checks"]][-1] == "release"
        assert not night.told("alarm.raised")
        await night.box.writer.flushed()
        record = night.box.records.get(str(found.call))
        assert record is not None and record.direction == "selfcall" and record.result == "answered"
        assert audit_recordings(night.data)["ok"]
        assert night.box.records.tally(0.0) == {"answered": 0, "abandoned": 0, "failed": 0}  # no customer's

    night(tmp_path, story, country=country)


def test_the_agents_come_back(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        assert (await night.selfcall.make()).ok
        assert night.training is not None
        await night.training.call(TrainingCall(line=3))
        await asyncio.sleep(60)
        assert [event for event in night.told("call.connected") if event.line == 3]

    night(tmp_path, story)


def test_not_while_somebody_talks(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        assert night.training is not None
        await night.training.call(TrainingCall(line=3))
        await asyncio.sleep(20)
        with pytest.raises(Refused, match="somebody is on the line"):
            await night.selfcall.ask(Nothing())
        found = await night.selfcall.make()
        assert (found.ok, found.why, found.checks) == (None, "busy", [])
        assert night.told("selfcall.done")[0].data["ok"] is None and not night.told("alarm.raised")
        await asyncio.sleep(120)

    night(tmp_path, story)


def test_when_asked_for(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        asking = asyncio.create_task(night.selfcall.ask(Nothing()))
        await asyncio.sleep(1)
        with pytest.raises(Refused):
            await night.selfcall.ask(Nothing())
        told = await asking
        assert told["ok"] and report(told).endswith("everything that was tested works")
        assert "FAILED" not in report(told) and "ok      playback" in report(told)

    night(tmp_path, story)


def test_no_recording_is_wanted(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        found = await night.selfcall.make()
        assert found.ok and found.untested == ["recording", "playback"]

    night(tmp_path, story, recording="never")


def test_voice_mode_keeps_the_tones(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        found = await night.selfcall.make()
        assert found.ok, found.checks

    night(tmp_path, story, recording="voice")


# -- something is broken -----------------------------------------------------------------------------------------


def _broken(tmp_path: Path, spoil: Callable[[Night], None], *failed: str, mend: Callable[[Night], None]) -> None:
    async def story(night: Night) -> None:
        spoil(night)
        found = await night.selfcall.make()
        assert found.ok is False and set(failed) <= set(found.failed), found.checks
        (alarm,) = [event.data for event in night.told("alarm.raised") if event.data["name"] == "selfcall"]
        assert alarm["failed"] == found.failed
        mend(night)
        await asyncio.sleep(60)
        again = await night.selfcall.make()
        assert again.ok, again.checks
        assert [event.data["name"] for event in night.told("alarm.cleared")].count("selfcall") == 1

    night(tmp_path, story)


def test_no_telephone_rings(tmp_path: Path) -> None:
    def cut(night: Night, cut: bool) -> None:
        for station in range(8, 16):
            night.card.cut(station, cut)

    _broken(tmp_path, lambda night: cut(night, True), "station", mend=lambda night: cut(night, False))


def test_recordings_cannot_be_written(tmp_path: Path) -> None:
    def spoil(night: Night) -> None:
        (night.data / "recordings").write_text("a file where a directory should be")

    _broken(tmp_path, spoil, "recording", mend=lambda night: (night.data / "recordings").unlink())


def test_nobody_hears_the_caller(tmp_path: Path) -> None:
    def gain(night: Night, db: float) -> None:
        for line in night.box.lines.values():
            line.port.gain(receive_db=db)

    _broken(tmp_path, lambda night: gain(night, -40.0), "key", mend=lambda night: gain(night, 0.0))


def test_the_greeting_is_silent(tmp_path: Path) -> None:
    own = tmp_path / "prompts" / "zh" / "greeting.wav"

    def spoil(night: Night) -> None:
        own.parent.mkdir(parents=True)
        write(own, bytes(2 * 4 * RATE))

    _broken(tmp_path, spoil, "greeting", mend=lambda night: own.unlink())


# -- a card without far ends -------------------------------------------------------------------------------------


def test_without_wires_only_the_inside_and_that_is_said(tmp_path: Path) -> None:
    async def story(night: Night) -> None:
        found = await night.selfcall.make()
        assert found.ok and found.way == "inside"
        assert found.untested == [name for name in CHECKS if name not in ("recording", "playback")]

    night(tmp_path, story, staffed=False)


def test_a_line_that_is_not_plugged_in_is_nobody(tmp_path: Path) -> None:
    """Else a card with a spare jack would never call itself when asked, and no update be kept."""

    async def story(night: Night) -> None:
        night.card.far.ports[load_board("sim-8x8").line(3).channel].feed(Feed.OFF)
        await asyncio.sleep(20)
        line = night.box.lines[3]
        assert not line.free and not line.engaged and night.told("line.fault")
        assert (await night.selfcall.ask(Nothing()))["ok"]

    night(tmp_path, story, staffed=False)


class Cable:
    """Joins an outside line's wire with a station's beyond the box: what rings one rings the other."""

    def __init__(self, card: SimCard, board: Board, line: int, station: str) -> None:
        self.exchange = card.far.ports[board.line(line).channel]
        self.telephone = card.far.ports[board.station(station).channel]
        self.caller = ("", "")
        self.tasks: set[asyncio.Task[None]] = set()
        self.exchange.on_event, self.telephone.on_event = self._line, self._station
        self.telephone.listen(Ear.CALLERID)
        card.far.bridge(self.exchange, self.telephone)

    def _station(self, event: PortEvent) -> None:
        """The box rings the station."""
        match event.kind:
            case Kind.CALLERID if event.value:
                number, name = (*event.text, "", "")[:2]
                self.exchange.ring(number, name, None)
            case Kind.RING_STOP:
                self.exchange.stop_ring()
            case Kind.LOOP_DROP:
                self.exchange.feed(Feed.OFF, 500)

    def _line(self, event: PortEvent) -> None:
        """The box goes off-hook on the line, or on-hook."""
        match event.kind:
            case Kind.OFFHOOK:
                self._do(self.telephone.seize())
            case Kind.ONHOOK:
                self._do(self.telephone.release())

    def _do(self, order: Awaitable[None]) -> None:
        async def do() -> None:
            await order

        task = asyncio.create_task(do())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def test_over_a_cable(tmp_path: Path) -> None:
    board = load_board("sim-8x8")
    board = Board.model_validate(board.model_dump() | {"selfcall": {"line": 8, "station": "808"}})

    async def story(night: Night) -> None:
        Cable(night.card, board, 8, "808")
        found: Result = await night.selfcall.make()
        assert found.ok, (found.failed, found.checks)
        assert found.way == "looped" and found.untested == ["queue", "talk", "caller_hears"]

    night(tmp_path, story, board=board, staffed=False)


def test_the_cable_is_not_there(tmp_path: Path) -> None:
    board = load_board("sim-8x8")
    board = Board.model_validate(board.model_dump() | {"selfcall": {"line": 8, "station": "808"}})

    async def story(night: Night) -> None:
        found = await night.selfcall.make()
        assert found.ok is False and {"ring", "answer"} <= set(found.failed)

    night(tmp_path, story, board=board, staffed=False)


def test_the_cables_line_has_no_voltage(tmp_path: Path) -> None:
    """Nobody is on it: the self-call fails, and does not wait for better nights."""
    board = load_board("sim-8x8")
    board = Board.model_validate(board.model_dump() | {"selfcall": {"line": 8, "station": "808"}})

    async def story(night: Night) -> None:
        night.card.far.ports[board.line(8).channel].feed(Feed.OFF)
        await asyncio.sleep(20)
        found = await night.selfcall.make()
        assert found.ok is False and found.failed == ["ring"] and found.why is None

    night(tmp_path, story, board=board, staffed=False)


def test_a_board_that_names_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="selfcall: there is no line 9"):
        Board.model_validate(load_board("sim-8x8").model_dump() | {"selfcall": {"line": 9, "station": "808"}})
