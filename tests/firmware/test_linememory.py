"""What a line remembers: caller id learned, unknown tones, and the file that keeps both."""

from pathlib import Path
from typing import Any

import pytest

from drivers.binding.events import Kind, LineState, PortEvent
from firmware.bus import Bus, Event
from firmware.config import load_country
from firmware.linememory import (
    CADENCES_MOST,
    Cadence,
    Kept,
    LineMemory,
    Memories,
    MemoryFile,
    MemoryFileError,
    again,
    kept_with,
    was,
)

CN = load_country("cn")
BELL202, DTMF = 1, 3


class Told:
    """A line's memory between a port that says what the test wants and a list of what it told."""

    def __init__(self, kept: Kept | None = None) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.saved = 0
        self.memory = LineMemory(CN, self._publish, lambda: 1000.0, kept or Kept())
        self.memory.on_change = self._save

    def _publish(self, kind: str, **data: Any) -> None:
        self.events.append((kind, data))

    def _save(self) -> None:
        self.saved += 1

    def say(self, kind: Kind, value: int = 0, extra: int = 0, *text: str) -> None:
        self.memory.hear(PortEvent(0, 0, kind, 0, value, extra, text))

    def call(self, *, scheme: int | None, bursts: int = 1, turned: bool = False) -> None:
        """Rung and answered; the id comes before the ring for DTMF, else after its first burst."""
        if turned:
            self.say(Kind.POLARITY, 1)
        if scheme == DTMF:
            self.say(Kind.CALLERID, 1, scheme, "13800138000", "", "")
        for burst in range(1, bursts + 1):
            self.say(Kind.RING, burst)
        if scheme == BELL202:
            self.say(Kind.CALLERID, 1, scheme, "13800138000", "", "")
        self.say(Kind.LINE_STATE, LineState.OFFHOOK, LineState.RINGING)


def test_three_calls_teach_a_line_its_caller_id() -> None:
    told = Told()
    for _ in range(3):
        assert told.events == []
        told.call(scheme=DTMF, turned=True)
    assert told.events == [
        ("line.callerid_learned",
         {"scheme": "dtmf", "moment": "before_ring", "reversal": True, "absent": False, "differs": True}),
    ]  # fmt: skip
    assert told.saved == 1 and not told.memory.worth_waiting
    told.call(scheme=DTMF, turned=True)
    assert len(told.events) == 1, "what is known is not told again"


def test_a_line_without_the_service_answers_at_once_but_looks_again() -> None:
    told = Told()
    for _ in range(5):
        assert told.memory.worth_waiting
        told.call(scheme=None, bursts=2)
    assert told.events[-1][1]["absent"] and not told.memory.worth_waiting
    waited = 0
    for _ in range(40):
        waited += told.memory.worth_waiting
        told.call(scheme=None)
    assert waited == 2
    told.call(scheme=BELL202)
    assert not told.events[-1][1]["absent"] and told.memory.worth_waiting


def test_an_id_of_one_call_does_not_count_for_the_next() -> None:
    told = Told()
    told.call(scheme=BELL202)
    told.call(scheme=None, bursts=2)
    assert told.memory.kept.callerid.silent == 1


def test_unknown_tones_are_kept_with_their_mean() -> None:
    told = Told()
    told.say(Kind.CADENCE, 620, 3, "620,200,600")
    told.say(Kind.CADENCE, 622, 3, "622,210,590")
    told.say(Kind.CADENCE, 620, 3, "620,200,600,200,1000")
    kept = told.memory.kept.cadences
    assert [(one.hz, one.ms, one.seen) for one in kept] == [(621, (205, 595), 2), (620, (200, 600, 200, 1000), 1)]
    kind, data = told.events[1]
    assert kind == "line.cadence" and data["seen"] == 2 and data["heard_ms"] == [210, 590]
    assert (data["was_hz"], data["was_ms"]) == (620, [200, 600])
    assert told.saved == 3


@pytest.mark.parametrize(
    ("hz", "ms", "same"),
    [(621, (205, 595), True), (640, (200, 600), False), (620, (260, 600), False), (620, (200,), False)],
)
def test_what_is_the_same_tone(hz: int, ms: tuple[int, ...], same: bool) -> None:
    assert Cadence(620, (200, 600)).same(Cadence(hz, ms)) is same


def test_a_line_remembers_so_many_tones_and_no_more() -> None:
    cadences: tuple[Cadence, ...] = ()
    for hz in (400, 400, *range(500, 1000, 20)):
        heard = Cadence(hz, (100, 100))
        cadences = kept_with(cadences, was(cadences, heard), again(cadences, heard))
    assert len(cadences) == CADENCES_MOST
    assert cadences[0] == Cadence(400, (100, 100), seen=2)
    assert cadences[1].hz == 980 or 980 in [one.hz for one in cadences], "the newest is there"


# -- the file -----------------------------------------------------------------------------------------------


def learned() -> Kept:
    told = Told()
    for _ in range(3):
        told.call(scheme=DTMF)
    told.say(Kind.CADENCE, 620, 3, "620,200,600")
    return told.memory.kept


def test_kept_over_a_restart(tmp_path: Path) -> None:
    events: list[Event] = []
    bus = Bus(lambda: 1.0)
    bus.subscribe(events.append)
    MemoryFile(tmp_path).save({3: learned()})
    memories = Memories(tmp_path)
    told = Told(memories.kept(3))
    memories.start({3: told.memory}, bus)
    assert told.events[0][0] == "line.remembered"
    assert told.events[0][1]["scheme"] == "dtmf"
    assert told.events[0][1]["cadences"] == [{"hz": 620, "ms": [200, 600], "seen": 1}]
    assert memories.kept(4) == Kept() and events == []
    told.say(Kind.CADENCE, 620, 3, "620,200,600")
    assert MemoryFile(tmp_path).load()[3].cadences[0].seen == 2, "written when it was learned"


def test_a_damaged_file_is_put_aside_and_told(tmp_path: Path) -> None:
    events: list[Event] = []
    bus = Bus(lambda: 1.0)
    bus.subscribe(events.append)
    (tmp_path / "lines.json").write_text('{"lines": {"3": {"callerid": 7}}}')
    with pytest.raises(MemoryFileError, match="damaged"):
        MemoryFile(tmp_path).load()
    memories = Memories(tmp_path)
    memories.start({}, bus)
    assert (tmp_path / "lines.damaged").exists() and memories.kept(3) == Kept()
    assert [(event.kind, event.data["name"]) for event in events] == [("alarm.raised", "lines_not_kept")]
    memories.save()
    assert len(events) == 1, "what was put aside is not found again"


def test_what_could_not_be_written_is_over_when_it_can(tmp_path: Path) -> None:
    bus = Bus(lambda: 1.0)
    memories = Memories(tmp_path / "data")
    memories.start({}, bus)
    memories.save()
    assert set(bus.standing) == {"lines_not_kept"}
    (tmp_path / "data").mkdir()
    memories.save()
    assert not bus.standing
