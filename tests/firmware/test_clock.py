"""Virtual time: timers and ticks from one counter, and no waiting for what cannot come."""

import asyncio
import os
import signal
import threading

import pytest

from drivers.binding.simcard import SimCard
from firmware.clock import SILENCE_MS, NothingToWaitFor, SteppedLoop, run_stepped
from firmware.config import load_board, load_country


def test_time_passes_only_by_waiting() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        times = [loop.time()]
        for seconds in (0.01, 1.0, 3600.0, 0.004):
            await asyncio.sleep(seconds)
            times.append(loop.time())
        return times

    assert run_stepped(main(), []) == [0.0, 0.01, 1.01, 3601.01, 3601.02]


def test_timers_fire_in_order_at_their_tick() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        fired: list[tuple[str, float]] = []
        for name, seconds in (("late", 0.5), ("soon", 0.02), ("between", 0.25)):
            loop.call_later(seconds, lambda name=name: fired.append((name, loop.time())))
        await asyncio.sleep(1)
        return fired

    assert run_stepped(main(), []) == [("soon", 0.02), ("between", 0.25), ("late", 0.5)]


def test_waiting_for_nothing_fails_and_names_the_task() -> None:
    async def main() -> None:
        asyncio.current_task().set_name("who waits")  # type: ignore[union-attr]
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingToWaitFor, match=r"who waits at .*main"):
        run_stepped(main(), [])


def test_a_silent_card_ends_the_wait_too() -> None:
    board = load_board("sim-8x8")
    card = SimCard(board.port_specs, board.wires, load_country("cn"))

    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    try:
        with pytest.raises(NothingToWaitFor, match="at 60"):
            run_stepped(main(), [card.box, card.far])
        assert card.box.tick == card.far.tick >= SILENCE_MS // 10
    finally:
        card.close()


def test_a_timeout_ends_a_wait() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 7200)
        return asyncio.get_running_loop().time()

    assert run_stepped(main(), []) == 7200.0


def test_time_stands_still_while_a_thread_works() -> None:
    async def main() -> tuple[str, float]:
        release = threading.Event()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(None, lambda: release.wait(10) and "done")
        loop.call_soon(release.set)
        return str(await work), loop.time()

    assert run_stepped(main(), []) == ("done", 0.0)


def test_a_signal_is_noticed_in_the_middle_of_a_long_wait() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, told.set)
        loop.call_later(5, os.kill, os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(1e6):
            await told.wait()
        return loop.time()

    assert 5.0 <= run_stepped(main(), []) < 30.0


def test_real_descriptors_are_polled() -> None:
    async def main() -> bytes:
        reader, writer = os.pipe()
        loop = asyncio.get_running_loop()
        got: asyncio.Future[bytes] = loop.create_future()
        loop.add_reader(reader, lambda: got.done() or got.set_result(os.read(reader, 9)))
        loop.call_later(3, os.write, writer, b"news")
        try:
            return await asyncio.wait_for(got, 60)
        finally:
            loop.remove_reader(reader)
            os.close(reader)
            os.close(writer)

    assert run_stepped(main(), []) == b"news"


def test_the_loop_counts_in_ticks() -> None:
    loop = SteppedLoop(tick_ms=20)
    try:
        loop.run_until_complete(asyncio.sleep(1))
        assert (loop.ticks, loop.time()) == (50, 1.0)
    finally:
        loop.close()
