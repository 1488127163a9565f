"""The socket of the training telephones: who gets one, what is refused, and whom it hangs up on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.binding.simcard import SimCard
from firmware.api.server import ApiError
from firmware.api.telephones import DOWN, FRAME_BYTES, HEAD, LONGEST, SOCKET, SOUND, UP, WORDS, Unpacker, packed
from firmware.clock import run_stepped
from firmware.config import load_board, load_country
from firmware.prompts import Prompts
from firmware.training.booth import BUFFER_MAX, FLOOD, Booth
from firmware.training.live import Training
from firmware.training.world import World

Story = Callable[["Hall"], Awaitable[None]]
FRAME = UP.pack(0, 0) + bytes(FRAME_BYTES)


class Page:
    """One end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._unpacker = Unpacker()
        self._came: list[tuple[int, bytes]] = []

    def asks(self, **what: Any) -> None:
        self.writer.write(packed(WORDS, json.dumps(what).encode()))

    def says(self, frame: bytes = FRAME) -> None:
        self.writer.write(packed(SOUND, frame))

    async def next(self, kind: int = WORDS) -> bytes | None:
        """The next message of a kind; None: it was hung up on."""
        async with asyncio.timeout(20):
            while True:
                while self._came:
                    found, payload = self._came.pop(0)
                    if found == kind:
                        return payload
                came = await self.reader.read(4096)
                if not came:
                    return None
                self._came += self._unpacker.messages(came)

    async def told(self, key: str) -> Any:
        """The next words about that."""
        while (payload := await self.next()) is not None:
            words = json.loads(payload)
            if key in words:
                return words if key == "ended" else words[key]
        return None

    async def state(self, wanted: str) -> dict[str, Any]:
        while True:
            found: dict[str, Any] = await self.told("state")
            if found["state"] == wanted:
                return found


class Hall:
    """A booth at a world that has no box at its other end."""

    def __init__(self, booth: Booth, training: Training, world: World, data: Path) -> None:
        self.booth, self.training, self.world, self.data = booth, training, world, data

    async def page(self) -> Page:
        return Page(*await asyncio.open_unix_connection(str(self.data / SOCKET)))

    async def empty(self) -> None:
        """Every telephone has been given back."""
        async with asyncio.timeout(120):
            while self.training._hands:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    async def takes(self, telephone: str, by: str = "Li", **more: Any) -> Page:
        page = await self.page()
        page.asks(do="take", telephone=telephone, who=by.lower(), name=by, **more)
        return page


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    def play(story: Story) -> None:
        board = load_board("sim-8x8")
        card = SimCard(board.port_specs, board.wires, load_country("cn"), record_sync_ms=0)

        async def whole() -> None:
            world = World(card.far, board)
            training = Training(world, Prompts("zh"))
            async with Booth(tmp_path, training).open() as booth:
                await story(Hall(booth, training, world, tmp_path))
            await training.stop()
            assert not (tmp_path / SOCKET).exists()
            assert (len(card.far.inlets_free), len(card.far.taps_free)) == (16, 16)

        try:
            run_stepped(whole(), [card.box, card.far])
        finally:
            card.close()

    return play


def test_a_telephone_is_in_one_hand(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        li = await hall.takes("801")
        assert (await li.state("idle"))["sound"] is False
        chen = await hall.takes("801", "Chen")
        assert await chen.told("ended") == {"ended": "held", "by": "Li"}
        li.asks(do="pick_up")
        await li.state("off_hook")
        chen = await hall.takes("801", "Chen", over=True)
        assert await li.told("ended") == {"ended": "taken_over", "by": "Chen"}
        assert (await chen.told("state"))["state"] == "off_hook", "with the call that is on it"
        li.says()
        chen.asks(do="hang_up")
        await chen.state("idle")
        chen.writer.close()
        await hall.empty()
        assert await (await hall.takes("801", "Wang")).state("idle")
        assert hall.booth.counters.taken == 3

    play(story)


def test_sound_comes_and_clocks_go_back(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        page = await hall.takes("801")
        page.says(UP.pack(7, 4_000_000_000))
        payload = await page.next(SOUND)
        assert payload is not None and DOWN.unpack(payload)[:2] == (0, 4_000_000_000), "a header alone, on-hook, too"
        page.asks(do="pick_up")
        for number in range(3):
            payload = await page.next(SOUND)
            assert payload is not None and len(payload) == DOWN.size + FRAME_BYTES
            assert DOWN.unpack_from(payload)[:2] == (1 + number, 4_000_000_000)
        assert (await page.told("counters"))["missing"] == 0

    play(story)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x07\x01\x00x",
        HEAD.pack(WORDS, LONGEST + 1),
        packed(WORDS, b"{"),
        packed(WORDS, b'{"do": "dance"}'),
        packed(WORDS, b'{"do": "press", "digits": "12x"}'),
        packed(WORDS, b'{"do": "call", "line": 0}'),
        packed(WORDS, b'{"do": "hang_up", "more": 1}'),
        packed(WORDS, b"[" * 4000),
        packed(WORDS, b"\xff\xfe"),
        packed(SOUND, bytes(UP.size + 1)),
        packed(SOUND, bytes(UP.size + FRAME_BYTES + 2)),
        packed(SOUND, b""),
    ],
)
def test_what_makes_no_sense_ends_it(play: Callable[[Story], None], sent: bytes) -> None:
    async def story(hall: Hall) -> None:
        page = await hall.takes("801")
        page.writer.write(sent)
        assert (await page.told("ended"))["ended"] == "malformed"
        assert hall.booth.counters.malformed == 1
        await hall.empty()

    play(story)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (packed(SOUND, FRAME), "malformed"),
        (packed(WORDS, b'{"do": "pick_up"}'), "malformed"),
        (packed(WORDS, b'{"do": "take", "telephone": "../801", "who": "x", "name": "x"}'), "malformed"),
        (packed(WORDS, b'{"do": "take", "telephone": "899", "who": "x", "name": "x"}'), "unknown"),
        (packed(WORDS, b'{"do": "take", "telephone": "out9", "who": "x", "name": "x"}'), "unknown"),
    ],
)
def test_who_gets_none(play: Callable[[Story], None], first: bytes, why: str) -> None:
    async def story(hall: Hall) -> None:
        page = await hall.page()
        page.writer.write(first)
        assert await page.told("ended") == {"ended": why, "by": ""}
        assert not hall.training._hands

    play(story)


def test_a_page_that_does_not_read_is_hung_up_on(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        page = await hall.takes("801")
        page.asks(do="pick_up")
        await page.state("off_hook")
        page.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await hall.empty()
        assert hall.booth.counters.slow == 1
        assert not hall.world.telephones["801"].offhook
        assert BUFFER_MAX < 64 * 1024

    play(story)


def test_more_than_a_voice_can_say(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        page = await hall.takes("out1")
        for _ in range(FLOOD + 50):
            page.says()
        assert (await page.told("ended"))["ended"] == "flood"

    play(story)


def test_what_cannot_be_done_is_said(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        out, desk = await hall.takes("out1"), await hall.takes("801")
        for page, asked in (
            (out, {"do": "flash"}), (out, {"do": "refuse"}), (out, {"do": "announce"}), (out, {"do": "pick_up"}),
            (out, {"do": "press", "digits": "1"}), (desk, {"do": "call"}), (desk, {"do": "reach"}),
            (desk, {"do": "flash"}), (desk, {"do": "refuse"}), (desk, {"do": "speak"}),
        ):  # fmt: skip
            page.asks(**asked)
            assert await page.told("refused") == "not_now", asked
        out.asks(do="call", line=60)
        assert await out.told("refused") == "no_line"
        out.asks(do="reach", number="139", busy=True)
        out.asks(do="silent")
        out.asks(do="hang_up")
        await out.state("idle")

    play(story)


def test_the_box_calls_itself_meanwhile(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        hall.training.start()
        li = await hall.takes("801")
        await li.state("idle")
        async with hall.training.alone():
            assert (await (await hall.takes("802")).told("ended"))["ended"] == "selfcall"
            li.asks(do="pick_up")
            assert await li.told("refused") == "selfcall"
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert "agent 802" in names and "agent 801" not in names
        li.writer.close()
        await hall.empty()
        assert "agent 801" in {task.get_name() for task in asyncio.all_tasks()}

    play(story)


def test_two_booths_at_one_place(play: Callable[[Story], None]) -> None:
    async def story(hall: Hall) -> None:
        with pytest.raises(ApiError, match="another box"):
            async with Booth(hall.data, hall.training).open():
                pass

    play(story)
