"""Backups when somebody asks, by the real commands in processes of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.api.keeping import BROUGHT, BROUGHT_FILE, BackupMake, BackupRestore, BackupState, OneBackup
from firmware.api.messages import Refused
from firmware.keeping.byhand import ByHand
from firmware.keeping.restore import ready
from tests.firmware.keeping.test_keeper import Home


@pytest.fixture
def home(data: Path) -> Home:
    return Home(data)


async def done(byhand: ByHand) -> dict[str, Any]:
    """The job, once it has ended."""
    while (state := await byhand.state(BackupState()))["job"]["ok"] is None:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.1)
    return state


def by_hand(home: Home, what: Callable[[ByHand], Awaitable[Any]]) -> Any:
    return home.live(lambda keeper: what(ByHand(keeper)))


def test_made_looked_at_restored_and_removed(home: Home) -> None:
    async def all_of_it(byhand: ByHand) -> None:
        assert (await byhand.state(BackupState())) == {
            "folder": str(home.data / "backups"), "kept": [], "brought": None, "job": None,
        }  # fmt: skip
        await byhand.make(BackupMake(who="wang"))
        with pytest.raises(Refused, match="wait until"):
            await byhand.make(BackupMake())
        state = await done(byhand)
        assert state["job"]["ok"] and state["job"]["who"] == "wang" and len(state["kept"]) == 1
        name = state["kept"][0]["name"]

        await byhand.check(OneBackup(name=name))
        found = (await done(byhand))["job"]["found"]
        assert found["recordings"] is False and found["files"] == 4

        await byhand.restore(BackupRestore(name=name))
        assert (await done(byhand))["job"]["ok"] and not ready(home.data)  # no box runs here, so it was taken at once
        assert len((await byhand.state(BackupState()))["kept"]) == 1

        await byhand.remove(OneBackup(name=name))
        assert not (await byhand.state(BackupState()))["kept"]
        with pytest.raises(Refused, match="not there any more") as refused:
            await byhand.check(OneBackup(name=name))
        assert refused.value.code == "gone"

    by_hand(home, all_of_it)
    assert home.told("backup.done")[0]["ok"]


def test_what_is_brought_and_is_no_backup(home: Home) -> None:
    (home.data / BROUGHT_FILE).write_bytes(b"PK\3\4 and nothing of a box")

    async def look(byhand: ByHand) -> None:
        await byhand.check(OneBackup(name=BROUGHT))
        state = await done(byhand)
        assert state["brought"]["bytes"] == 25 and not state["job"]["ok"]
        assert "is not whole" in state["job"]["why"] and state["job"]["code"] == "not_whole"
        await byhand.restore(BackupRestore(name=BROUGHT))
        assert not (await done(byhand))["job"]["ok"] and not ready(home.data)
        await byhand.remove(OneBackup(name=BROUGHT))

    by_hand(home, look)
    assert not (home.data / BROUGHT_FILE).exists()


@pytest.mark.parametrize(
    "name", ["../callbox.sqlite", "callbox.sqlite", "", "callbox-20260101-000000.zip/..", "/etc/passwd"]
)
def test_no_other_file_can_be_named(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        OneBackup(name=name)
