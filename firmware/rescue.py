"""`callbox rescue`: a box that cannot use its database lets a backup be looked at and restored by its page.

It answers no calls and changes nothing by itself. It holds the data directory and serves the socket as the box would,
but for backups alone; everything else is refused with the reason. What a restore replaces is kept aside, as ever.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from firmware.api.keeping import STOPPED
from firmware.api.messages import INTENTS, SOCKET, Message, Refused
from firmware.api.server import ApiServer, Handler
from firmware.errors import UserError
from firmware.keeping.alone import alone
from firmware.keeping.byhand import ByHand, Keepless
from firmware.keeping.reserve import use_if_full
from firmware.keeping.restart import Restart
from firmware.keeping.restore import complete
from firmware.run import LOG_FORMAT, address_is_free, page, stop_signal
from firmware.setup.files import rights
from firmware.snapshot import Snapshot
from firmware.store.database import FILE, open_store
from firmware.store.presence import MARKER
from firmware.store.schema import StoreError, damaged, unusable

log = logging.getLogger(__name__)


def rescue(data: Path, http: str | None) -> dict[str, Any]:
    """Until a backup was restored, the box is to be started again, or it is told to end. `http`: where the page is to
    answer, None: something else starts it. UserError if the database is well."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    data = data.absolute()
    if not data.is_dir():
        raise UserError(f"there is no box's data in {data}. Choose the directory with --data")
    if http is not None:
        address_is_free(http)
    with alone(data):
        use_if_full(data)
        why = reason(data)
        if why is None:
            raise UserError(f"the box can use its database in {data}; start it with callbox run")
        log.error("%s", why)
        if not asyncio.run(_wait(data, why, http)):
            return {"again": False, "restored": False, "replaced": None}
        old = complete(data)
        return {"again": True, "restored": old is not None, "replaced": str(old) if old and old.exists() else None}


def report(result: dict[str, Any]) -> str:
    """For people."""
    if not result["restored"]:
        return "nothing was restored"
    before = f"; the data of before lie in {result['replaced']}" if result["replaced"] else ""
    return f"restored the backup{before}. Start the box with callbox run"


def reason(data: Path) -> StoreError | None:
    """Why the box cannot use its database, as it says at its start; None: it can, or never had one."""
    path = data / FILE
    if not path.exists() and not path.with_name(MARKER).exists():
        return None
    try:
        store = open_store(data)
        try:
            with store.connect() as database:
                found = str(database.scalar(text("PRAGMA quick_check(1)")))
        finally:
            store.dispose()
    except StoreError as error:
        return error
    except DatabaseError as error:
        return unusable(str(path), error)
    return None if found == "ok" else damaged(str(path), "database disk image is malformed")


async def _wait(data: Path, why: StoreError, http: str | None) -> bool:
    """Whether the box is to be started again."""
    stop, _ = stop_signal()
    restart = Restart(stop, lambda: 0)
    byhand = ByHand(Keepless(data))

    async def refuse(_: Message) -> dict[str, Any]:
        raise Refused(str(why), code=STOPPED, why=why.code)

    handlers: dict[str, Handler] = dict.fromkeys(set(INTENTS) - {"hello"}, refuse)
    handlers |= {**byhand.handlers, "box.restart": restart.ask}
    api = ApiServer(data / SOCKET, _no_snapshot, handlers, version=version("callbox"))
    await api.start(rights(data))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(api.stop)
        if http is not None:
            address = await stack.enter_async_context(page(data, http))
            print(f"callbox: the page is at {address}", flush=True)  # noqa: T201 - what the user waits for
        try:
            await asyncio.wait([stop])
        finally:
            restart.close()
            await byhand.close()
    return restart.due


def _no_snapshot() -> Snapshot:
    raise AssertionError("whoever asks for one is refused")
