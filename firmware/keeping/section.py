"""What people say about the box's own work: section "keeping" of the setup."""

from datetime import time
from typing import Annotated

from pydantic import Field

from firmware.setup.base import Section


class Keeping(Section):
    """`night`: when the box works for itself, its local time. `selfcall_keys` lead a caller through the
    menu into a queue. `backups`: so many nightly ones are kept (0: none is
    made), in `backup_folder` (empty: backups/ of the data directory). Unmarked recordings older than `recordings_days`
    are removed (None: never for their age), and the oldest of them when less than `room_gb`, but at most a quarter of
    the disk, is free and `remove_for_room` says so. What callers said to menus (`spoken/`) goes after `spoken_days`,
    but for that of marked calls. `warn_days`: so long before the disk would be full the box tells."""

    night: time = time(3, 30)
    selfcall: bool = True
    selfcall_keys: Annotated[str, Field(pattern=r"^[0-9*#]{0,8}$")] = "1"
    backups: Annotated[int, Field(ge=0, le=366)] = 7
    backup_recordings: bool = False
    backup_folder: Annotated[str, Field(pattern=r"^$|^/", max_length=140)] = ""
    recordings_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    spoken_days: Annotated[int, Field(ge=1, le=36_500)] | None = 180
    room_gb: Annotated[float, Field(ge=0, le=100_000)] = 2.0
    remove_for_room: bool = True
    warn_days: Annotated[int, Field(ge=1, le=365)] = 14
