"""The store on a real SQLite file: what was written stays, what cannot be written is kept, told and tried again."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from firmware.bus import Bus, Event
from firmware.store import database
from firmware.store.database import StoreError, connect, next_seq, open_store
from firmware.store.models import Base, CallRecord, EventRow
from firmware.store.records import Records, Wanted
from firmware.store.repair import close_open_calls
from firmware.store.writer import StoreWriter


class Clock:
    """Given, never asked for."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


def tell_call(bus: Bus, clock: Clock, call: str, number: str = "13800138000", *, ended: bool = True) -> None:
    bus.publish("call.started", call=call, line=3, direction="inbound")
    clock.now += 5
    bus.publish("call.caller", call=call, line=3, number=number, name="Wang", withheld=None)
    bus.publish("call.answered", call=call, line=3, by="box")
    bus.publish("call.connected", call=call, station="801")
    clock.now += 42
    if ended:
        bus.publish("call.ended", call=call, side="caller", cue="tone", result="answered")


def count(engine: Engine, table: Any = EventRow) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# -- opening ------------------------------------------------------------------------------------------------


def test_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    # The index of pieces is FTS5's own, which no model describes.
    assert [one for one in found if not str(getattr(one[1], "name", "")).startswith("call_search")] == []


def test_tables_exist_in_postgresql_too() -> None:
    for table in Base.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_power_cut_safety_is_on(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_second_opening_keeps_everything(tmp_path: Path) -> None:
    first = open_store(tmp_path)
    bus = Bus(Clock())
    writer = StoreWriter(first, bus, threaded=False)
    bus.subscribe(writer)
    bus.publish("box.started", board="sim-8x8", country="cn")
    assert writer.flush()
    first.dispose()
    second = open_store(tmp_path)
    assert next_seq(second) == 2
    second.dispose()


def test_an_older_database_is_brought_to_this_version(tmp_path: Path) -> None:
    """Its records stay, unmarked and with their recordings."""
    head = open_store(tmp_path)
    script = Config()
    script.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with head.begin() as connection:
        script.attributes["connection"] = connection
        command.downgrade(script, "0001")
        connection.exec_driver_sql(
            "INSERT INTO call_record (id, direction, started, recording, recovered) "
            "VALUES ('a', 'inbound', 1, 'a.wav', 0)"
        )
    head.dispose()
    again = open_store(tmp_path)
    record = Records(again).get("a")
    assert record is not None
    assert (record.recording, record.marked, record.paused_s, record.recording_removed) == ("a.wav", False, None, None)
    again.dispose()


def test_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    open_store(tmp_path).dispose()
    with sqlite3.connect(tmp_path / "callbox.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num='9999'")
    with pytest.raises(StoreError, match=r"newer version of callbox.*'9999'.*Nothing was changed"):
        open_store(tmp_path)
    with sqlite3.connect(tmp_path / "callbox.sqlite") as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    rubbish = b"this is a shopping list, not a database\n" * 100
    (tmp_path / "callbox.sqlite").write_bytes(rubbish)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(tmp_path)
    assert (tmp_path / "callbox.sqlite").read_bytes() == rubbish


def test_directory_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # root, who runs tests in containers, is refused nothing
    with pytest.raises(StoreError, match=r"cannot keep calls in .*callbox\.sqlite: Permission denied.*--data"):
        open_store(tmp_path)


def test_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="File exists"):
        open_store(tmp_path / "data")


def test_the_pages_connection_cannot_write(engine: Engine, tmp_path: Path) -> None:
    page = connect(f"sqlite:///{tmp_path / 'callbox.sqlite'}", read_only=True)
    with page.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM event")
    page.dispose()


def test_the_pages_connection_makes_no_file(tmp_path: Path) -> None:
    """Where the database is missing an empty one would say that nothing was ever there."""
    page = connect(f"sqlite:///{tmp_path / 'a 100% box?'}/callbox.sqlite", read_only=True)
    with pytest.raises(OperationalError, match="unable to open"), page.connect():
        pass
    assert not list(tmp_path.iterdir())
    (tmp_path / "a 100% box?").mkdir()
    (tmp_path / "a 100% box?" / "callbox.sqlite").touch()
    with page.connect() as connection:
        assert not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    page.dispose()


# -- writing ------------------------------------------------------------------------------------------------


def test_a_call_in_virtual_time(engine: Engine) -> None:
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False, batch=3)
    bus.subscribe(writer)
    tell_call(bus, clock, "c1")
    bus.publish("call.recorded", call="c1", path="recordings/c1.wav", ms=42_000, error=None)
    assert writer.stop() == 0
    record = Records(engine).get("c1")
    assert record is not None
    assert (record.number, record.station, record.talk_s, record.recording_ms) == ("13800138000", "801", 42, 42_000)
    assert [row.kind for row in Records(engine).events("c1")][-2:] == ["call.ended", "call.recorded"]


def test_real_time_tells_when_a_record_can_be_read(engine: Engine) -> None:
    async def run() -> list[tuple[int, int]]:
        clock = Clock()
        bus = Bus(clock)
        told: list[tuple[int, int]] = []
        writer = StoreWriter(engine, bus, on_stored=lambda seq, calls: told.append((seq, calls)))
        bus.subscribe(writer)
        writer.start()
        tell_call(bus, clock, "c1")
        assert await writer.flushed()
        assert Records(engine).find().total == 1
        await asyncio.sleep(0)
        assert await asyncio.to_thread(writer.stop) == 0
        return told

    told = asyncio.run(run())
    assert told[-1][0] == 5
    assert sum(calls for _, calls in told) == 1


def test_a_crash_after_flush_loses_nothing(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    tell_call(bus, clock, "c1")
    assert writer.flush()
    # The files as they lie at this moment are what a power cut leaves: write-ahead log, not yet checkpointed.
    (tmp_path / "after").mkdir()
    for name in ("callbox.sqlite", "callbox.sqlite-wal"):
        (tmp_path / "after" / name).write_bytes((tmp_path / name).read_bytes())
    engine.dispose()
    after = open_store(tmp_path / "after")
    assert count(after) == 5
    assert Records(after).find().items[0].id == "c1"
    after.dispose()


def test_locked_database_is_waited_for_and_told(engine: Engine, tmp_path: Path) -> None:
    """Another process holds the database: events are kept, an alarm is raised and cleared, nothing is lost."""

    async def run() -> tuple[list[Event], StoreWriter]:
        clock = Clock()
        bus = Bus(clock)
        heard: list[Event] = []
        raised = asyncio.Event()
        cleared = asyncio.Event()

        def listen(event: Event) -> None:
            if event.kind.startswith("alarm."):
                heard.append(event)
                (raised if event.kind == "alarm.raised" else cleared).set()

        bus.subscribe(listen)
        impatient = create_engine(f"sqlite:///{tmp_path / 'callbox.sqlite'}", connect_args={"timeout": 0})
        writer = StoreWriter(impatient, bus)
        bus.subscribe(writer)
        writer.start()
        other = sqlite3.connect(tmp_path / "callbox.sqlite", check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        tell_call(bus, clock, "c1")
        await asyncio.wait_for(raised.wait(), 10)
        other.rollback()
        other.close()
        await asyncio.wait_for(cleared.wait(), 10)
        assert await writer.flushed()
        await asyncio.to_thread(writer.stop)
        impatient.dispose()
        return heard, writer

    heard, writer = asyncio.run(run())
    assert [event.kind for event in heard] == ["alarm.raised", "alarm.cleared"]
    assert "locked" in heard[0].data["text"]
    assert writer.counters.retries >= 1
    assert writer.counters.lost == 0
    assert count(engine) == 5 + 2  # the alarms are events, too
    assert Records(engine).find().total == 1


def test_full_disk_keeps_events_until_there_is_room(engine: Engine, tmp_path: Path) -> None:
    clock = Clock()
    bus = Bus(clock)
    small = create_engine(f"sqlite:///{tmp_path / 'callbox.sqlite'}")
    with small.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    writer = StoreWriter(small, bus, threaded=False, batch=2000)
    bus.subscribe(writer)
    limited = threading.local()

    from sqlalchemy import event as sa_event

    @sa_event.listens_for(small, "begin")
    def _limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={getattr(limited, 'pages', pages)}")

    for index in range(60):
        bus.publish("box.started", board="x" * 400, country="cn", index=index)
    assert not writer.flush()
    assert writer.counters.retries == 1
    assert count(engine) == 0
    limited.pages = 100_000
    assert writer.stop() == 0
    assert count(engine) == 60
    small.dispose()


def test_an_event_that_cannot_be_stored_is_refused_alone(engine: Engine) -> None:
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    bus.publish("box.started", board="sim-8x8", country="cn")
    bus.publish("box.started", board=object(), country="cn")
    bus.publish("box.started", board="sim-8x8", country="us")
    assert writer.stop() == 0
    assert (writer.counters.written, writer.counters.refused, count(engine)) == (2, 1, 2)


def test_beyond_the_backlog_events_are_counted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.store.writer.BACKLOG_MAX", 3)
    bus = Bus(Clock())
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    for _ in range(5):
        bus.publish("station.idle", station="801")
    assert writer.stop() == 0
    assert (writer.counters.lost, count(engine)) == (2, 3)


# -- after a stop in mid-call -------------------------------------------------------------------------------


def test_open_calls_are_closed_at_the_next_start(engine: Engine) -> None:
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    tell_call(bus, clock, "done")
    tell_call(bus, clock, "open", ended=False)
    bus.publish("call.started", call="ringing", line=4, direction="inbound")
    assert writer.flush()

    assert close_open_calls(engine) == ["open", "ringing"]
    assert next_seq(engine) == 5 + 4 + 1 + 2 + 1
    records = {record.id: record for record in Records(engine).find().items}
    assert {key: (record.result, record.end_cue, record.recovered) for key, record in records.items()} == {
        "done": ("answered", "tone", False),
        "open": ("answered", "box_stopped", True),
        "ringing": ("failed", "box_stopped", True),
    }
    assert records["open"].ended == clock.now
    assert close_open_calls(engine) == []


def test_a_recording_repaired_later_completes_the_record(engine: Engine) -> None:
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    tell_call(bus, clock, "open", ended=False)
    writer.flush()
    close_open_calls(engine)
    later = Bus(clock, next_seq(engine))
    writer = StoreWriter(engine, later, threaded=False)
    later.subscribe(writer)
    later.publish("call.recorded", call="open", path="recordings/open.wav", ms=41_000, error=None)
    writer.stop()
    record = Records(engine).get("open")
    assert record is not None
    assert (record.recording, record.recording_ms, record.recovered) == ("recordings/open.wav", 41_000, True)


# -- asking -------------------------------------------------------------------------------------------------


def test_paging_and_search(engine: Engine) -> None:
    clock = Clock()
    bus = Bus(clock)
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    for index in range(45):
        tell_call(bus, clock, f"c{index:02}", number=f"1380013{index:04}")
    tell_call(bus, clock, "running", ended=False)
    writer.stop()
    records = Records(engine)
    first = records.find(page=1)
    assert (first.total, first.pages, first.items[0].id, first.items[-1].id) == (45, 3, "c44", "c25")
    assert [record.id for record in records.find(page=99).items][-1] == "c00"
    assert records.find(page=-5).page == 1
    assert [record.id for record in records.find(Wanted(search="138 0013-0007")).items] == ["c07"]
    assert records.find(Wanted(search="wang")).total == 45
    assert records.find(Wanted(search="%")).total == 0
    assert records.tally(0) == {"answered": 45, "abandoned": 0, "failed": 0}
    assert records.tally(clock.now)["answered"] == 0
    with Session(engine) as session:
        assert session.get(CallRecord, "running") is not None
