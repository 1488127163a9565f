"""Intents about backups: made when somebody asks, looked at, restored."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.api.message import Message

BROUGHT = "brought"
BROUGHT_FILE = f".restore-{BROUGHT}.zip"  # below the data directory; no part of a backup, left alone by a restore

STOPPED = "stopped"  # the code of what a box refuses that answers no calls, as it cannot use its database

Who = Annotated[str, Field(max_length=64)]
BackupName = Annotated[str, Field(pattern=rf"^(callbox-[0-9]{{8}}-[0-9]{{6}}\.zip|{BROUGHT})$")]


class BackupMake(Message):
    """Makes a backup now, beside the nightly ones; how it goes is told by `backup.state`, the end by `backup.done`.
    `who` wants it, for the log."""

    recordings: bool = False
    who: Who = ""


class OneBackup(Message):
    """A backup of the box's list, or the one that was brought (`brought`). `who` wants it, for the log."""

    name: BackupName
    who: Who = ""


class BackupRestore(OneBackup):
    """Puts a backup in place of what the box keeps: it is checked and made ready first, then the box starts again with
    it, as soon as no call is under way or at once."""

    when: Literal["idle", "now"] = "idle"


class BackupState(Message):
    """The backups that there are, and what was asked for last."""


BACKUPS: dict[str, type[Message]] = {
    "backup.check": OneBackup,
    "backup.make": BackupMake,
    "backup.remove": OneBackup,
    "backup.restore": BackupRestore,
    "backup.state": BackupState,
}
