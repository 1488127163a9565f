"""From one version's tables to the next and back, with the power going anywhere, and never on an empty database."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from firmware.bus import Bus
from firmware.store import database, handover, presence
from firmware.store.database import FILE, StoreError, connect, next_seq, open_store
from firmware.store.records import Records
from firmware.store.schema import MIGRATIONS, prepare, revision, revisions
from firmware.store.writer import StoreWriter

NEWER = "9999"


def tell(engine: Engine, *calls: str) -> None:
    """Ended calls, through the bus."""
    bus = Bus(lambda: 1_800_000_000.0, next_seq(engine))
    writer = StoreWriter(engine, bus, threaded=False)
    bus.subscribe(writer)
    for call in calls:
        bus.publish("call.started", call=call, line=1, direction="inbound")
        bus.publish("call.ended", call=call, line=1, side="caller", cue="tone", result="abandoned")
    assert writer.flush()


def older(data: Path, *calls: str) -> Path:
    """A database as the version before this one left it."""
    engine = open_store(data)
    tell(engine, *calls)
    script = Config()
    script.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        script.attributes["connection"] = connection
        command.downgrade(script, "-1")
    engine.dispose()
    return data / FILE


def content(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as file:
        return [
            file.execute("SELECT * FROM event ORDER BY seq").fetchall(),
            file.execute("SELECT version_num FROM alembic_version").fetchall(),
        ]


def test_forward_by_a_copy_and_the_old_one_is_kept(tmp_path: Path) -> None:
    path = older(tmp_path, "c1", "c2")
    before = content(path)
    engine = open_store(tmp_path)
    assert revision(engine) == revisions()[-1]
    assert next_seq(engine) == 5 and Records(engine).get("c2") is not None
    engine.dispose()
    (kept,) = (tmp_path / "versions").iterdir()
    assert content(kept) == before
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_rehearsal_changes_nothing(tmp_path: Path) -> None:
    path = older(tmp_path, "c1")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    told = handover.rehearse(path)
    assert (told["how"], told["to"], told["events"], told["calls"]) == ("forward", revisions()[-1], 2, 1)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name in before} == before
    assert not [file.name for file in tmp_path.iterdir() if "rehearsal" in file.name]


def test_a_migration_that_fails_leaves_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = older(tmp_path, "c1")
    before = content(path)

    def lose_some(engine: Engine, where: str) -> Engine:
        done = prepare(engine, where)
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM event WHERE seq = 1")
        return done

    monkeypatch.setattr(handover, "prepare", lose_some)
    for take in (handover.take_over, handover.rehearse):
        with pytest.raises(StoreError, match="could not be migrated.*not changed"):
            take(path)
    assert content(path) == before


@pytest.mark.parametrize("step", range(4))
def test_the_power_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Before each step that changes a name; then the box starts again."""

    class PowerCutError(BaseException):
        pass

    path = older(tmp_path, "c1")
    left = [step]

    def counted(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise PowerCutError
            left[0] -= 1
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", counted(os.link))
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(handover, "sync_directory", counted(handover.sync_directory))
        with pytest.raises(PowerCutError):
            handover.take_over(path)
    engine = open_store(tmp_path)
    assert next_seq(engine) == 3 and revision(engine) == revisions()[-1]
    engine.dispose()


def test_back_to_the_version_before(tmp_path: Path) -> None:
    """The newer one ran for a while: its calls are there afterwards, and its database is kept."""
    older(tmp_path, "c1")
    engine = open_store(tmp_path)
    tell(engine, "c2")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{NEWER}'")
        connection.exec_driver_sql("ALTER TABLE call_record ADD COLUMN invented INTEGER")
    engine.dispose()
    assert handover.rehearse(tmp_path / FILE)["how"] == "back"
    engine = open_store(tmp_path)
    records = Records(engine)
    assert next_seq(engine) == 5
    assert {call: records.get(call) is not None for call in ("c1", "c2")} == {"c1": True, "c2": True}
    engine.dispose()
    assert [kept.name for kept in (tmp_path / "versions").iterdir() if "given-up" in kept.name] == [
        f"callbox-{NEWER}-given-up.sqlite"
    ]


def test_a_newer_one_without_a_way_back_is_refused(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{NEWER}'")
    engine.dispose()
    with pytest.raises(StoreError, match="newer version of callbox.*Nothing was changed"):
        open_store(tmp_path)


@pytest.mark.parametrize("loss", ["gone", "empty", "without tables", "without events"])
def test_never_on_an_empty_database_where_one_was(tmp_path: Path, loss: str) -> None:
    engine = open_store(tmp_path)
    tell(engine, "c1")
    engine.dispose()
    open_store(tmp_path).dispose()
    path = tmp_path / FILE
    path.unlink()
    if loss == "empty":
        path.touch()
    elif loss == "without tables":
        with closing(sqlite3.connect(path)) as file:
            file.execute("CREATE TABLE other (x)")
            file.commit()
    elif loss == "without events":
        prepare(connect(f"sqlite:///{path}"), "").dispose()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(StoreError, match=r"this box had one.*Nothing was changed.*callbox restore"):
        open_store(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    (tmp_path / presence.MARKER).unlink()
    open_store(tmp_path).dispose()  # on purpose


def test_a_box_cut_off_before_its_first_event_starts_again(tmp_path: Path) -> None:
    open_store(tmp_path).dispose()
    open_store(tmp_path).dispose()
    assert not (tmp_path / presence.MARKER).exists()


def test_files_of_migrations_are_named_by_their_revision() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
