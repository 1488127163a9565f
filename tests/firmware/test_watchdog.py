"""systemd hears from a box whose ticks and orders go round, and not from one where either stands still."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.binding.simcard import SimCard
from firmware.clock import run_stepped
from firmware.config import load_board, load_country
from firmware.notify import tell
from firmware.watchdog import feed, wanted_s, watched


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


@pytest.fixture
def card() -> Iterator[SimCard]:
    board = load_board("sim-8x8")
    card = SimCard(board.port_specs, board.wires, load_country("cn"), tick_ms=board.tick_ms)
    yield card
    card.close()


def heard(listener: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listener.recv(4096).decode())
        except BlockingIOError:
            return found


def test_fed_while_all_goes_round(systemd: socket.socket, card: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

    async def live() -> None:
        async with watched(card.box):
            await asyncio.sleep(26)

    run_stepped(live(), [card.box, card.far])
    assert heard(systemd) == ["READY=1", *["WATCHDOG=1"] * 5, "STOPPING=1"]
    assert card.box.counters()["commands_refused"] == 0 and len(card.box.taps_free) > 0


def test_not_fed_while_the_card_stands_still(systemd: socket.socket, card: SimCard) -> None:
    """Its clock runs on, and no tick is made: the order never comes back."""

    async def live() -> None:
        card.box.attach(asyncio.get_running_loop())
        feeding = asyncio.create_task(feed(card.box, 0.01))
        done, _ = await asyncio.wait([feeding], timeout=0.2)
        assert not done
        feeding.cancel()

    asyncio.run(live())
    assert heard(systemd) == []


@pytest.mark.parametrize(("usec", "pid", "seconds"), [("", None, None), ("0", None, None), ("500", "1", None),
                                                      ("30000000", None, 30.0)])  # fmt: skip
def test_what_is_wanted(monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, seconds: float | None) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert wanted_s() == seconds


def test_without_systemd_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not tell("READY=1")
