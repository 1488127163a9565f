"""`callbox run`: the box in real time with its page, until Ctrl-C or SIGTERM."""

import asyncio
import errno
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import DatabaseError

from drivers.binding.dahdicard import DahdiCard
from drivers.binding.engine import CoreError, Engine
from drivers.binding.media import Media
from drivers.binding.plan import Plan
from drivers.binding.simcard import SimCard
from drivers.binding.trace import TraceFile
from firmware.api.messages import Counters, Nothing
from firmware.api.server import Handler
from firmware.box import Box, Wiring
from firmware.config import Board, load_board, load_country
from firmware.errors import UserError
from firmware.keeping.alone import alone
from firmware.keeping.byhand import ByHand
from firmware.keeping.keeper import House, Keeper
from firmware.keeping.reserve import use_if_full
from firmware.keeping.restart import Restart
from firmware.keeping.restore import complete
from firmware.keeping.section import Keeping
from firmware.logfile import LogFile
from firmware.panel.front import Front
from firmware.panel.section import Devices
from firmware.prompts import Prompts
from firmware.selfcall.night import SelfCall
from firmware.selfcall.result import Box as Touched
from firmware.settings import SettingsFile
from firmware.setup.files import rights
from firmware.setup.site import Site
from firmware.setup.store import Setup
from firmware.setup.takeover import take_over
from firmware.sound import sockets
from firmware.sound.section import SoundSockets, wired
from firmware.sound.sockets import Sockets
from firmware.store.database import FILE
from firmware.store.schema import unusable
from firmware.training.booth import Booth
from firmware.training.live import Training
from firmware.training.world import World
from firmware.watchdog import watched

log = logging.getLogger(__name__)

PATH_MOST = 140  # bytes: a recording's whole path must fit into a command of the core (drivers/linecard.h)
PAGE_WITHIN_S = 30.0
PAGE_AGAIN_S = 1.0
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
STOP_WITHIN_S = 5.0


# Of a real card that cannot be had: codes of what it is said by (drivers/binding/dahdicard.py).
CARD_FAULTS = {
    errno.ENODEV: "card_missing", errno.ENXIO: "card_other", errno.EPROTOTYPE: "card_other", errno.EBUSY: "card_busy",
}  # fmt: skip


class RunError(UserError):
    """The box cannot run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line said; None: what is set up."""

    data: Path
    board: str | None = None
    country: str | None = None
    http: str | None = None
    trace: Path | None = None
    page: bool = True  # False: something else starts the page


def run(options: RunOptions) -> int:
    """Runs until it is told to stop; 0. RunError, ConfigError, StoreError, SettingsError, PromptError in words."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    data = _data_directory(options.data)
    with alone(data), _log_file(data):
        while _once(options, data):
            log.info("starting again, as was asked for")
    return 0


@contextmanager
def _log_file(data: Path) -> Iterator[None]:
    """The log goes into a file, too."""
    try:
        file = LogFile(data)
    except OSError as error:  # a full disk: calls are answered without it
        log.warning("no log is kept in %s: %s", data, error.strerror)
        yield
        return
    file.setFormatter(logging.Formatter(LOG_FORMAT))
    logging.getLogger().addHandler(file)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(file)
        file.close()


def _once(options: RunOptions, data: Path) -> bool:
    """One life of the box; True if it is to be started again at once."""
    use_if_full(data)
    old = complete(data)
    if old is not None:
        log.warning("restored from a backup; the data of before lie in %s", old)
    http = options.http or SettingsFile(data).ensure().http
    setup = Setup(data)
    take_over(setup, data)
    wanted = {"board": options.board, "country": options.country}
    ordered = {key: value for key, value in wanted.items() if value is not None}
    site = setup.load(Site).model_copy(update=ordered)
    if options.page:
        address_is_free(http)
    board, plan = wired(load_board(site.board), setup.load(SoundSockets)), load_country(site.country)
    card = _open_card(board, plan, options.trace)
    try:
        return asyncio.run(_whole(card, board, site, data, http if options.page else None, tuple(ordered)))
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # locked, or a disk that fails: the next start may find it otherwise
            raise
        # Damaged where the first look did not come. Starting anew again and again would change nothing.
        raise unusable(str(data / FILE), error) from error
    finally:
        _tell_of_trace(card.box.counters())
        card.close()


@dataclass(frozen=True, slots=True)
class Card:
    """The board's card: the box's engine, and that of the training world where the card is the simulated one."""

    box: Engine
    far: Engine | None
    close: Callable[[], None]

    @property
    def engines(self) -> list[Engine]:
        """All of them, the box's first: its card is the clock."""
        return [self.box] if self.far is None else [self.box, self.far]


def _tell_of_trace(counted: dict[str, int]) -> None:
    """How the trace came out, if one was written."""
    if "trace_ticks" not in counted:
        return
    log.info("the trace has %d ticks, %d bytes", counted["trace_ticks"], counted["trace_bytes"])
    if counted["trace_lost"]:
        log.warning("the trace lacks %d ticks: the disk was too slow, or the file is full", counted["trace_lost"])
    if counted["trace_error"]:
        log.error("the trace could not be written to its end: %s", os.strerror(counted["trace_error"]))


def _open_card(board: Board, plan: Plan, trace_to: Path | None) -> Card:
    """RunError in words when a real card cannot be had, or its trace not be written."""
    inlets, headsets = sockets.inlets(board), sockets.headsets(board)
    trace = None if trace_to is None else TraceFile(_unused(trace_to), version("callbox"))
    try:
        if board.card == "dahdi":
            real = DahdiCard(
                board.port_specs, board.dahdi.channels, plan, tick_ms=board.tick_ms, sound=board.dahdi,
                inlets=inlets, headsets=headsets, trace=trace,
            )  # fmt: skip
            return Card(real.engine, None, real.close)
        sim = SimCard(
            board.port_specs, board.wires, plan, tick_ms=board.tick_ms, inlets=inlets, headsets=headsets, trace=trace
        )
        return Card(sim.box, sim.far, sim.close)
    except CoreError as error:
        code = CARD_FAULTS.get(error.errno or 0, "") if board.card == "dahdi" else ""
        raise RunError(str(error.strerror), code=code) from error


def _unused(path: Path) -> Path:
    """That path or, when there is such a file, the same with -2, -3 ...: a trace never replaces another."""
    number = 2
    unused = path
    while unused.exists():
        unused = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return unused


async def _whole(card: Card, board: Board, site: Site, data: Path, http: str | None, ordered: tuple[str, ...]) -> bool:
    """Starts in this order, stops in the opposite one; True if it is to be started again. `http`: where the page is to
    answer, None: something else starts it."""
    stop, signals = stop_signal()
    box = Box(
        Wiring(
            card.box, board, site.board, card.box.plan, site.spoken, data, time.time, real_time=True,
            recording=site.recording, ordered=ordered,
        )
    )  # fmt: skip
    training = (
        None if card.far is None else Training(World(card.far, board), Prompts(site.spoken, own=data / "prompts"))
    )

    with _media(card) as media, sockets.opened(card.box, board, box.bus) as sound:
        restart = Restart(stop, lambda: len(box.calls))
        front = Front(box.bus, board, box.setup.load(Devices))
        box.changes.on_change(Devices, front.use)
        selfcall = SelfCall(partial(_touched, box, card.box, data), board, training)
        keeper = _keeper(box, selfcall)
        byhand = ByHand(keeper)
        handlers: dict[str, Handler] = {
            "counters": _counters(card, box, front, media, sound, time.time()), "box.restart": restart.ask,
            "call.mark": keeper.mark, "sound.state": sound.state, "selfcall.make": selfcall.ask, **front.handlers,
            **byhand.handlers,
        }  # fmt: skip
        if training is not None:
            handlers["training.call"] = training.call
        async with _running(box, handlers, stop), AsyncExitStack() as stack:
            if http is not None:
                address = await stack.enter_async_context(page(data, http))
                print(f"callbox: the page is at {address}", flush=True)  # noqa: T201 - what the user waits for
            if training is not None:
                training.start()
                await stack.enter_async_context(Booth(data, training).open(rights(data)))
            sound.start()
            await keeper.start()
            front.start()
            await stack.enter_async_context(watched(card.box))
            try:
                await asyncio.wait([stop])
            finally:
                restart.close()
                front.close()
                await byhand.close()
                await keeper.stop()
                if training is not None:
                    await training.stop()
    return restart.due and not signals


def _touched(box: Box, engine: Engine, data: Path) -> Touched:
    """What a self-call may touch of the box."""
    keys = box.setup.load(Keeping).selfcall_keys
    records = box.recordings.mode != "never"
    return Touched(engine, box.bus, engine.plan, box.lines, box.stations, data, keys, records)


def _keeper(box: Box, selfcall: SelfCall) -> Keeper:
    """What the box does for itself."""

    async def made() -> None:
        await selfcall.make()

    return Keeper(
        House(
            box.wiring.data, box.bus, box.store, box.wiring.now, box.writer.flushed, lambda: len(box.calls),
            lambda: box.setup.load(Keeping), box.live.remember, made,
        )
    )  # fmt: skip


def _counters(card: Card, box: Box, front: Front, media: Media, sound: Sockets, since: float) -> Handler:
    """What was lost or late, for the page's screen Health."""

    async def counters(_: Nothing) -> dict[str, Any]:
        return Counters(
            since=since, version=version("callbox"), tick_ms=card.box.tick_ms, lines=len(box.lines),
            fifo=media.fifo, locked=media.locked, box=card.box.counters(),
            far=None if card.far is None else card.far.counters(),
            store=asdict(box.writer.counters), api=asdict(box.api.counters) if box.api else {},
            subscriber_errors=box.bus.subscriber_errors, setup_errors=box.changes.failed, smdr=front.counters(),
            sound=sound.counters(),
        ).model_dump()  # fmt: skip

    return counters


@asynccontextmanager
async def _running(box: Box, handlers: dict[str, Handler], stop: "asyncio.Future[str]") -> AsyncIterator[None]:
    await box.start()
    try:
        await box.serve(version("callbox"), handlers)
        yield
    finally:
        await box.stop(stop.result() if stop.done() else "a fault")


@contextmanager
def _media(card: Card) -> Iterator[Media]:
    """The media thread over both ends of the card. What was not permitted is told once."""
    loop = asyncio.get_running_loop()
    for engine in card.engines:
        engine.attach(loop)
    media = Media(card.engines)
    missing = [word for word, had in (("real-time priority", media.fifo), ("locked memory", media.locked)) if not had]
    if missing:
        log.warning(
            "no %s for the media thread: under load, sound may stutter (it is counted)", " and no ".join(missing)
        )
    try:
        yield media
    finally:
        media.close()


@asynccontextmanager
async def page(data: Path, http: str) -> AsyncIterator[str]:
    """The page's process; its address once it answers. One that ends by itself is started again, and no call notices.
    It ends when we do, even if we are killed: its input ends."""
    process, address = await _start_page(data, http)
    processes = [process]
    again = urlsplit(address).netloc if http.endswith(":0") else http
    keeping = asyncio.create_task(_keep_page(data, again, processes), name="the page's process")
    try:
        yield address
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        await _stop_page(processes[-1])


async def _keep_page(data: Path, http: str, processes: list[asyncio.subprocess.Process]) -> None:
    """Starts another one whenever the last of `processes` has ended."""
    while True:
        ended = await processes[-1].wait()
        log.error("the page has ended by itself (status %d); calls go on, it is started again", ended)
        try:
            processes.append((await _start_page(data, http))[0])
        except RunError as error:
            log.error("%s; tried again in %.0f s", error, PAGE_AGAIN_S)
            await asyncio.sleep(PAGE_AGAIN_S)


async def _start_page(data: Path, http: str) -> tuple[asyncio.subprocess.Process, str]:
    """RunError if it does not answer in time."""
    command = [sys.executable, "-m", "webui", "--data", str(data), "--http", http, "--until-eof"]
    process = await asyncio.create_subprocess_exec(
        *command, "--version-text", version("callbox"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is ours to pass on, after the calls
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PAGE_WITHIN_S):
            line = await process.stdout.readline()
        if not line:
            raise RunError("the page could not be started; the reason stands above")
        return process, str(json.loads(line)["ready"])
    except TimeoutError as error:
        await _stop_page(process)
        raise RunError(f"the page did not answer within {PAGE_WITHIN_S:.0f} s") from error
    except BaseException:
        await _stop_page(process)
        raise


async def _stop_page(process: asyncio.subprocess.Process) -> None:
    """By its input's end and SIGTERM; killed if that does not help. Fine if it has ended."""
    assert process.stdin is not None
    process.stdin.close()
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def stop_signal() -> tuple["asyncio.Future[str]", list[str]]:
    """Done when Ctrl-C or SIGTERM comes; its result says which. And every signal that came, also after that."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[str] = loop.create_future()
    signals: list[str] = []

    def told(name: str) -> None:
        signals.append(name)
        if not stop.done():
            stop.set_result(name)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told, number.name)
    return stop, signals


def _data_directory(data: Path) -> Path:
    """Makes it if need be; RunError without the right to write there."""
    data = data.absolute()
    if len(os.fsencode(data)) > PATH_MOST:
        raise RunError(f"{data}: the path is too long, at most {PATH_MOST} bytes")
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make the data directory {data}: {error.strerror}") from error
    if os.statvfs(data).f_flag & os.ST_RDONLY:
        raise RunError(
            f"the disk of {data} is read-only, so nothing could be kept. Nothing was changed. The system makes it so "
            "when the disk has a fault: start the machine again; if that does not help, replace the disk and restore a "
            "backup",
            code="disk_read_only",
        )
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise RunError(f"no right to write in {data}; give it to the user who runs the box, or choose with --data")
    return data


def address_is_free(http: str) -> None:
    """RunError if nobody could listen there; asked before anything starts."""
    host, colon, port = http.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise RunError(f"{http!r} is no address; write HOST:PORT, for example 127.0.0.1:8080")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        raise RunError(f"cannot serve the page at {http}: {error.strerror}; choose another with --http") from error
