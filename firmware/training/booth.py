"""The socket through which people at the page hold training telephones: words and sound, each telephone in one hand.

It never waits for a page: one that does not read is hung up on and counted, as is one that sends what makes no sense or
more than a voice can. The tick knows nothing of it.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from firmware.api.server import listener_at
from firmware.api.telephones import (
    DOWN,
    SOCKET,
    SOUND,
    WANTED,
    WORDS,
    Call,
    Ended,
    Malformed,
    Press,
    Reach,
    Take,
    Unpacker,
    packed,
    spoken,
)  # fmt: skip
from firmware.training.inhand import Extension, InHand, No
from firmware.training.live import Training
from firmware.training.outsider import Outsider

log = logging.getLogger(__name__)

TICK_S = 0.01  # so often the taps are read
TELL_S = 1.0  # so often the page is told what was lost
BUFFER_MAX = 32 * 1024  # bytes that a page has not read: two seconds of sound
FLOOD = 150  # messages a second; a voice makes fifty
READ = 16 * 1024


@dataclass(slots=True)
class BoothCounters:
    """Pages that held a telephone, and those hung up on because they did not read, flooded, or made no sense."""

    taken: int = 0
    slow: int = 0
    flood: int = 0
    malformed: int = 0


@dataclass(slots=True, eq=False)
class _Hand:
    """A page that holds a telephone."""

    name: str
    by: str
    telephone: InHand
    writer: asyncio.StreamWriter
    clock: int = 0  # the newest of the page
    clock_at: float = float("-inf")  # when it came
    frame: int = 0
    told_at: float = float("-inf")
    over: bool = False
    came: int = 0  # messages in this second
    second: int = 0

    def words(self, **what: Any) -> None:
        """Tells the page something."""
        if not self.writer.is_closing():
            self.writer.write(packed(WORDS, json.dumps(what, ensure_ascii=False).encode()))


class Booth:
    """`async with` serves it."""

    def __init__(self, data: Path, training: Training) -> None:
        self.counters = BoothCounters()
        self._path = data / SOCKET
        self._training = training
        self._hands: dict[str, _Hand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._taking = asyncio.Lock()

    @asynccontextmanager
    async def open(self, mode: int = 0o600) -> AsyncIterator["Booth"]:
        """Listens; `mode` are the socket's rights. ApiError if that cannot be."""
        server = await asyncio.start_unix_server(self._serve, sock=listener_at(self._path, mode))
        sounds = asyncio.create_task(self._sounds(), name="sound of training telephones")
        try:
            yield self
        finally:
            server.close()
            self._path.unlink(missing_ok=True)
            for hand in list(self._hands.values()):
                self._hang_up_on(hand, "stopping")
            sounds.cancel()
            await asyncio.gather(sounds, *self._tasks, return_exceptions=True)

    # -- sound to the pages ----------------------------------------------------------------------------------

    async def _sounds(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time() if self._hands else TELL_S / 4)
            for hand in list(self._hands.values()):
                self._sound(hand, loop.time())

    def _sound(self, hand: _Hand, now: float) -> None:
        sound = hand.telephone.sound
        for frame in sound.hear():
            self._frame(hand, now, frame)
        if now - hand.told_at >= TELL_S:
            hand.told_at = now
            hand.words(counters=asdict(sound.counters) | {"ahead_ms": sound.ahead_ms})
        if hand.writer.transport.get_write_buffer_size() > BUFFER_MAX:
            self.counters.slow += 1
            self._hang_up_on(hand, "slow")

    def _frame(self, hand: _Hand, now: float, samples: bytes) -> None:
        age = min(max(0, round(1000 * (now - hand.clock_at))), 65_535) if hand.clock_at > 0 else 65_535
        head = DOWN.pack(hand.frame, hand.clock, age, min(hand.telephone.sound.waiting_ms, 65_535))
        hand.frame = (hand.frame + 1) % 65_536
        hand.writer.write(packed(SOUND, head + samples))

    # -- one page --------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        unpacker = Unpacker()
        hand: _Hand | None = None
        try:
            while came := await reader.read(READ):
                for kind, payload in unpacker.messages(came):
                    if hand is None:
                        hand = await self._takes(kind, payload, writer)
                        if hand is None:
                            return
                    elif not hand.over:
                        await self._message(hand, kind, payload)
        except (Malformed, ValidationError) as error:
            self.counters.malformed += 1
            log.warning("a training telephone's page made no sense: %s", error)
            _farewell(writer, "malformed")
        except ConnectionError:
            pass
        finally:
            self._tasks.discard(task)
            if hand is not None and self._hands.get(hand.name) is hand:
                await self._gives_back(hand)
            writer.close()

    async def _takes(self, kind: int, payload: bytes, writer: asyncio.StreamWriter) -> _Hand | None:
        """The first message; None: he does not get it, and was told."""
        if kind != WORDS:
            raise Malformed("sound before a telephone was taken")
        wanted = Take.model_validate_json(payload)
        async with self._taking:
            before = self._hands.get(wanted.telephone)
            if before is not None and not wanted.over:
                _farewell(writer, "held", before.by)
                return None
            if before is not None:
                self._hang_up_on(before, "taken_over", wanted.name)
                telephone = before.telephone
            else:
                try:
                    telephone = await self._training.take(wanted.telephone)
                except KeyError:
                    _farewell(writer, "unknown")
                    return None
                except No as error:
                    _farewell(writer, error.code)
                    return None
            self.counters.taken += 1
            hand = self._hands[wanted.telephone] = _Hand(wanted.telephone, wanted.name, telephone, writer)
        telephone.on_change = lambda: hand.words(state=telephone.state())
        hand.words(state=telephone.state(), lines=self._training.lines)
        return hand

    async def _gives_back(self, hand: _Hand) -> None:
        async with self._taking:
            if self._hands.get(hand.name) is hand:
                del self._hands[hand.name]
                hand.telephone.on_change = lambda: None
                await self._training.give_back(hand.name)

    def _hang_up_on(self, hand: _Hand, why: Ended, by: str = "") -> None:
        """The page is told why, if it reads, and gets nothing more."""
        hand.over = True
        if why == "slow":
            hand.writer.transport.abort()
        else:
            _farewell(hand.writer, why, by)

    async def _message(self, hand: _Hand, kind: int, payload: bytes) -> None:
        now = asyncio.get_running_loop().time()
        if int(now) != hand.second:
            hand.second, hand.came = int(now), 0
        hand.came += 1
        if hand.came > FLOOD:
            self.counters.flood += 1
            self._hang_up_on(hand, "flood")
        elif kind == SOUND:
            self._spoken(hand, payload, now)
        else:
            await self._asked(hand, payload)

    def _spoken(self, hand: _Hand, payload: bytes, now: float) -> None:
        number, clock, samples = spoken(payload)
        hand.clock, hand.clock_at = clock, now
        if samples:
            hand.telephone.sound.say(number, samples)
        elif not hand.telephone.sound.open:
            self._frame(hand, now, b"")

    async def _asked(self, hand: _Hand, payload: bytes) -> None:
        wanted = WANTED.validate_json(payload)
        try:
            if self._training.is_alone and wanted.do in ("call", "pick_up"):
                raise No("selfcall")
            await _does(hand.telephone, wanted)
        except No as error:
            hand.words(refused=error.code)
        hand.words(state=hand.telephone.state())


async def _does(telephone: InHand, wanted: Any) -> None:
    """Raises No."""
    match wanted:
        case Press(digits=digits):
            telephone.press(digits)
        case Call() if isinstance(telephone, Outsider):
            telephone.call(wanted)
        case Reach() if isinstance(telephone, Outsider):
            telephone.reach = wanted
        case Call() | Reach():
            raise No("not_now")
        case _:
            action = _moves(telephone).get(wanted.do)
            if action is None:
                raise No("not_now")
            done = action()
            if done is not None:
                await done


def _moves(telephone: InHand) -> dict[str, Callable[[], Awaitable[None] | None]]:
    """What a hand can do with it."""
    moves: dict[str, Callable[[], Awaitable[None] | None]] = {
        "pick_up": telephone.pick_up, "hang_up": telephone.hang_up, "speak": telephone.speak,
        "silent": telephone.silent,
    }  # fmt: skip
    if isinstance(telephone, Extension):
        moves["flash"] = telephone.flash
    if isinstance(telephone, Outsider):
        moves |= {"refuse": telephone.refuse, "announce": telephone.announce}
    return moves


def _farewell(writer: asyncio.StreamWriter, why: str, by: str = "") -> None:
    with contextlib.suppress(ConnectionError):
        writer.write(packed(WORDS, json.dumps({"ended": why, "by": by}, ensure_ascii=False).encode()))
    writer.close()
