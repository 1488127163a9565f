"""The core through its Python objects, on simulated wires without noise, in virtual time."""

import asyncio
import errno
import gc
import os
import subprocess
import sys
import wave
import weakref
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.binding import events
from drivers.binding._core import lib
from drivers.binding.engine import CoreError, Engine, Inlet, Player, Port
from drivers.binding.events import Ear, Kind, Played, PortEvent
from drivers.binding.media import Media
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.clock import run_stepped
from firmware.config import load_country

RATE = 8000
CLEAN = SimWire(companding="linear", loss=0, echo_loss=100, far_echo_loss=100, noise=-100, hum=-100)
Samples = NDArray[np.int16]


@pytest.fixture
def card() -> Iterator[SimCard]:
    ports: list[tuple[str, str]] = [("fxo", f"line {n}") for n in range(1, 9)] + [
        ("fxs", f"80{n}") for n in range(1, 9)
    ]
    card = SimCard(ports, [CLEAN] * 16, load_country("cn"), record_sync_ms=0)  # type: ignore[arg-type]
    yield card
    card.close()
    card.close()


def run(card: SimCard, story: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await story()

    run_stepped(main(), [card.box, card.far])


def write(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def read(path: Path) -> tuple[Samples, Samples]:
    with wave.open(str(path), "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    return frames[0::2], frames[1::2]


def sine(hz: float, seconds: float, peak: int = 8000) -> Samples:
    return (peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


def noise(seconds: float, seed: int) -> Samples:
    return np.random.default_rng(seed).integers(-8000, 8000, int(seconds * RATE)).astype(np.int16)


def power_at(samples: Samples, hz: float) -> float:
    """Amplitude of one frequency, over whole cycles of a second."""
    part = samples[: len(samples) // RATE * RATE].astype(float)
    return float(2 * abs(np.exp(-2j * np.pi * hz * np.arange(len(part)) / RATE) @ part) / len(part))


async def record_player(engine: Engine, path: Path, play: Callable[[Player], Awaitable[None]]) -> Samples:
    """What a player makes, recorded on the left channel."""
    recorder = engine.recorder()
    recorder.start(path)
    with engine.player() as player:
        await engine.link(player.source, recorder.left)
        await asyncio.sleep(0.05)
        await play(player)
    await recorder.stop()
    return read(path)[0]


def found(whole: Samples, part: Samples) -> int:
    """Where `part` begins in `whole`, sample for sample."""
    places = [at for at in np.flatnonzero(whole == part[0]) if np.array_equal(whole[at : at + len(part)], part)]
    assert len(places) == 1, f"{len(places)} places"
    return int(places[0])


def test_names_and_numbers_are_those_of_the_header() -> None:
    for enum, prefix in ((Kind, "LC_EV_"), (events.LineState, "LC_LINE_"), (events.Feed, "LC_FEED_")):
        for member in enum:
            assert getattr(lib, prefix + member.name) == member
    for ear in Ear:
        assert getattr(lib, f"LC_EAR_{ear.name}") == ear
    assert lib.LC_EV_KINDS == len(Kind) + 1 and lib.LC_LINE_STATES == len(events.LineState)


def test_a_list_is_played_without_a_gap(card: SimCard, tmp_path: Path) -> None:
    parts = [noise(seconds, seed) for seed, seconds in enumerate((0.5, 0.003, 1.0, 0.0101, 0.7, 0.2, 0.25))]
    files = [write(tmp_path / f"{index}.wav", part) for index, part in enumerate(parts)]

    async def story() -> None:
        async def play(player: Player) -> None:
            played = await player.files(files)
            assert not played.stopped and abs(played.ms - 2663) <= len(parts)

        heard = await record_player(card.box, tmp_path / "out.wav", play)
        whole = np.concatenate(parts)
        at = found(heard, whole)
        assert not heard[:at].any() and not heard[at + len(whole) :].any()

    run(card, story)
    assert card.box.counters()["play_starved"] == 0


def test_a_missing_file_in_a_list_is_told(card: SimCard, tmp_path: Path) -> None:
    file = write(tmp_path / "there.wav", noise(0.2, 1))

    async def story() -> None:
        with card.box.player() as player:
            with pytest.raises(CoreError) as caught:
                await player.files([file, tmp_path / "absent.wav", file])
            assert caught.value.errno == errno.ENOENT
            assert await player.file(file) == Played(200, False)

    run(card, story)


def test_pause_seek_and_gain(card: SimCard, tmp_path: Path) -> None:
    samples = noise(2.0, 3)
    file = write(tmp_path / "in.wav", samples)

    async def story() -> None:
        async def paused(player: Player) -> None:
            done = player.file(file)
            await asyncio.sleep(0.5)
            await player.pause()
            await asyncio.sleep(1.0)
            await player.resume()
            assert (await done).ms == 2000

        heard = await record_player(card.box, tmp_path / "paused.wav", paused)
        first, second = found(heard, samples[:3000]), found(heard, samples[5000:])
        assert (second - 5000) - first == pytest.approx(RATE, abs=120)

        async def jumped(player: Player) -> None:
            done = player.file(file)
            await asyncio.sleep(0.2)
            await player.seek(1500)
            await done

        heard = await record_player(card.box, tmp_path / "jumped.wav", jumped)
        assert 1500 + 160 < found(heard, samples[12100:]) < 1600 + 1000

        async def softer(player: Player) -> None:
            await player.gain(-20)
            await player.file(file)

        heard = await record_player(card.box, tmp_path / "softer.wav", softer)
        assert np.abs(heard).max() == pytest.approx(800, abs=2)

    run(card, story)


def test_a_gain_does_not_stay_with_the_slot(card: SimCard, tmp_path: Path) -> None:
    file = write(tmp_path / "in.wav", noise(0.3, 3))

    async def story() -> None:
        for _ in range(40):  # every slot once more
            with card.box.player() as player:
                player.gain(-40)
                await player.file(file)

        async def play(player: Player) -> None:
            await player.file(file)

        heard = await record_player(card.box, tmp_path / "out.wav", play)
        assert np.abs(heard).max() > 7900

    run(card, story)


def test_sixteen_in_conference_hear_all_but_themselves(card: SimCard, tmp_path: Path) -> None:
    """Each far end sends a frequency of its own, -28 dBm0 or so; the sum of fifteen stays below clipping."""
    box, far = card.box, card.far
    tones = [300 + 200 * index for index in range(16)]

    async def story() -> None:
        recorders = []
        for index, (port, other) in enumerate(zip(box.ports, far.ports, strict=True)):
            await (port if port.kind == "fxo" else other).seize()
            player, recorder = far.player(), far.recorder()
            player.file(write(tmp_path / f"{index}.wav", sine(tones[index], 1, 1000)), repeat=True)
            far.link(player.source, other.sink)
            for listener in box.ports:
                if listener is not port:
                    box.link(port.source, listener.sink)
            recorders.append(recorder)
        await asyncio.sleep(0.5)
        for index, recorder in enumerate(recorders):
            recorder.start(tmp_path / f"heard-{index}.wav")
            far.link(far.ports[index].source, recorder.left)
        await asyncio.sleep(2.2)
        for index, recorder in enumerate(recorders):
            await recorder.stop()
            heard = read(tmp_path / f"heard-{index}.wav")[0][800:]
            for other, hz in enumerate(tones):
                assert power_at(heard, hz) == pytest.approx(0 if other == index else 1000, abs=3), (index, other)

    run(card, story)
    assert card.box.counters()["clipped"] == 0


def test_listen_whisper_and_barge_are_links(card: SimCard, tmp_path: Path) -> None:
    """A supervisor joins caller and agent: first hears both, then speaks to the agent alone, then to both."""
    box, far = card.box, card.far
    caller, agent, supervisor = box.ports[0], box.ports[8], box.ports[9]
    ends = [far.ports[port.index] for port in (caller, agent, supervisor)]

    async def levels(name: str) -> list[list[float]]:
        recorders = []
        for index, end in enumerate(ends):
            recorder = far.recorder()
            recorder.start(tmp_path / f"{name}-{index}.wav")
            far.link(end.source, recorder.left)
            recorders.append(recorder)
        await asyncio.sleep(1.1)
        for recorder in recorders:
            await recorder.stop()
        heard = [read(tmp_path / f"{name}-{index}.wav")[0][400:] for index in range(3)]
        return [[round(power_at(samples, hz), -2) for hz in (500, 700, 900)] for samples in heard]

    async def story() -> None:
        await caller.seize()
        for end, hz in zip(ends, (500, 700, 900), strict=True):
            if end.kind == "fxo":
                await end.seize()
            player = far.player()
            player.file(write(tmp_path / f"{hz}.wav", sine(hz, 1, 4000)), repeat=True)
            far.link(player.source, end.sink)
        box.bridge(caller, agent)
        box.link(caller.source, supervisor.sink)
        box.link(agent.source, supervisor.sink)
        await asyncio.sleep(0.1)
        assert await levels("listen") == [[0, 4000, 0], [4000, 0, 0], [4000, 4000, 0]]
        box.link(supervisor.source, agent.sink)
        await asyncio.sleep(0.1)
        assert await levels("whisper") == [[0, 4000, 0], [4000, 0, 4000], [4000, 4000, 0]]
        box.link(supervisor.source, caller.sink, gain_db=-6.0206)
        await asyncio.sleep(0.1)
        assert await levels("barge") == [[0, 4000, 2000], [4000, 0, 4000], [4000, 4000, 0]]
        supervisor.clear()
        await asyncio.sleep(0.1)
        assert await levels("gone") == [[0, 4000, 0], [4000, 0, 0], [0, 0, 0]]

    run(card, story)


def test_a_refused_order_is_raised_where_awaited_and_counted_where_not(card: SimCard) -> None:
    async def story() -> None:
        with pytest.raises(CoreError, match="go off-hook, 801") as caught:
            await card.box.ports[8].seize()
        assert caught.value.errno == errno.EINVAL
        card.box.ports[8].seize()
        await asyncio.sleep(0.05)
        assert card.box.counters()["orders_refused"] == 1
        with pytest.raises(KeyError, match="no tone 'boing'; it has dial"), card.box.player() as player:
            player.tone("boing")
        with pytest.raises(ValueError, match="too long"):
            card.box.ports[8].ring("1" * 300)

    run(card, story)


def test_slots_run_out_in_words_and_come_back(card: SimCard) -> None:
    async def story() -> None:
        players = [card.box.player() for _ in range(32)]
        with pytest.raises(CoreError, match="no free player: all are in use"):
            card.box.player()
        players[5].close()
        players[5].close()
        card.box.player().close()

    run(card, story)


def test_a_recording_that_cannot_be_made_is_told_and_the_rest_goes_on(card: SimCard, tmp_path: Path) -> None:
    errors: list[int] = []

    async def story() -> None:
        recorder = card.box.recorder()
        recorder.on_error = errors.append
        recorder.start(tmp_path / "no" / "folder.wav")
        await asyncio.sleep(1)
        ended = await recorder.stop()
        assert ended.error == errno.ENOENT

    run(card, story)
    assert errors == [errno.ENOENT]
    assert card.box.counters()["record_lost"] >= RATE * 0.9


def test_news_of_a_port_is_typed(card: SimCard) -> None:
    news: list[PortEvent] = []

    async def story() -> None:
        port: Port = card.box.ports[0]
        port.on_event = news.append
        card.far.ports[0].ring("13800138000", "Wang")
        port.listen(Ear.CALLERID)
        await asyncio.sleep(3)

    run(card, story)
    callers = [event for event in news if event.kind is Kind.CALLERID]
    assert [event.text[:2] for event in callers] == [("13800138000", "Wang")] and callers[0].value == 1


def test_who_cannot_deal_with_a_ports_news_is_counted_and_other_ports_are_heard(
    card: SimCard, caplog: pytest.LogCaptureFixture
) -> None:
    news: list[PortEvent] = []

    def clumsy(_: PortEvent) -> None:
        raise KeyError("planted")

    async def story() -> None:
        card.box.ports[0].on_event = clumsy
        card.box.ports[1].on_event = news.append
        card.far.ports[0].ring("13800138000", "Wang")
        card.far.ports[1].ring("13900139000", "Li")
        await asyncio.sleep(3)

    run(card, story)
    failed = card.box.counters()["handler_errors"]
    assert failed >= 1 and Kind.RING in {event.kind for event in news}
    assert sum("news of line 1" in record.getMessage() for record in caplog.records) == failed


def test_closing_releases_everything() -> None:
    card = SimCard([("fxo", "line 1")], [CLEAN], load_country("cn"))
    engine = weakref.ref(card.box)
    card.close()
    with pytest.raises(ValueError, match="closed"):
        card.box.ports[0].seize()
    del card
    gc.collect()
    assert engine() is None


def test_what_a_port_sent_comes_a_tick_later(card: SimCard, tmp_path: Path) -> None:
    samples = noise(0.5, 7)
    file = write(tmp_path / "noise.wav", samples)
    seen: list[Kind] = []

    async def story() -> None:
        port = card.box.ports[0]
        port.watchers.append(lambda event: seen.append(event.kind))
        await port.seize()
        recorder = card.box.recorder()
        recorder.start(tmp_path / "both.wav")
        with card.box.player() as player:
            for source, sink in (
                (player.source, port.sink),
                (player.source, recorder.left),
                (port.sent, recorder.right),
            ):
                await card.box.link(source, sink)
            await player.file(file)
            await asyncio.sleep(0.1)
        await recorder.stop()

    run(card, story)
    made, sent = read(tmp_path / "both.wav")
    assert found(sent, samples) == found(made, samples) + 80
    assert Kind.LINE_STATE in seen  # whoever watches is told, though nobody else listens


def test_a_tap_gives_python_what_is_linked_to_it(card: SimCard, tmp_path: Path) -> None:
    samples = noise(1.5, 9)
    file = write(tmp_path / "in.wav", samples)

    async def story() -> None:
        heard = b""
        with card.box.player() as player, card.box.tap() as tap:
            await card.box.link(player.source, tap.sink)
            done = player.file(file)
            while not done.done():
                await asyncio.sleep(0.1)
                heard += tap.read()
            heard += tap.read()
        assert found(np.frombuffer(heard, np.int16), samples) == 0
        with card.box.player() as player, card.box.tap() as tap:
            await card.box.link(player.source, tap.sink)
            await player.file(file)  # nobody reads: a second is kept, the rest counted
            assert len(tap.read()) // 2 + card.box.counters()["tap_lost"] == len(samples)
            assert tap.read() == b""

    run(card, story)
    assert card.box.counters()["tap_lost"] > 0


def test_an_inlet_says_what_python_gives_it(card: SimCard) -> None:
    """Block by block, silence while there is less than one; more than it holds is not taken."""
    engine, samples = card.far, noise(0.2, 11)
    given = samples.astype(np.int16).tobytes()

    async def story() -> None:
        inlet = engine.inlet()
        with engine.tap() as tap:
            await engine.link(inlet.source, tap.sink)
            assert inlet.put(given[:200]) == 100 and inlet.waiting == 100
            await asyncio.sleep(0.05)
            assert (len(tap.read()) // 2, inlet.waiting) == (80, 20), "less than a block waits for the rest"
            assert inlet.put(given[200:]) == len(samples) - 100
            await asyncio.sleep(0.3)
            rest = np.frombuffer(tap.read(), np.int16)
            assert found(rest, samples[80:]) == 0 and inlet.waiting == 0
            assert inlet.put(bytes(2 * inlet.HOLDS + 2)) == inlet.HOLDS
            inlet.close()
            inlet.close()
            await asyncio.sleep(0.1)
            tap.read()  # the tick in which the link faded
            await asyncio.sleep(0.5)
            assert tap.read() == b"" and inlet.waiting < 80, "unlinked, it is said to nobody"
        inlets = [engine.inlet() for _ in range(len(engine.inlets_free))]
        with pytest.raises(CoreError, match="no free inlet"):
            engine.inlet()
        for one in inlets:
            one.close()
        with pytest.raises(CoreError, match="No such device"):
            Inlet(card.box, 0).put(bytes(2))

    run(card, story)


def test_real_time_ticks_and_gives_the_thread_its_priority_back(card: SimCard) -> None:
    async def live() -> int:
        loop = asyncio.get_running_loop()
        for engine in (card.box, card.far):
            engine.attach(loop)
        media = Media([card.box, card.far])
        try:
            raised = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
            assert raised == (os.SCHED_RR if media.fifo else os.SCHED_OTHER)
            await card.box.ports[0].seize()  # an order is applied and acknowledged by the media thread
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "import os; print(os.sched_getscheduler(0))", stdout=asyncio.subprocess.PIPE
            )
            return int((await child.communicate())[0])
        finally:
            media.close()
            media.close()

    assert asyncio.run(live()) == os.SCHED_OTHER
    assert os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER
    assert card.box.counters()["ticks"] > 0


AS_A_USER = """
import os
from drivers.binding.media import Media
from drivers.binding.plan import SimWire
from drivers.binding.simcard import SimCard
from firmware.config import load_country
card = SimCard([("fxo", "line 1")], [SimWire()], load_country("cn"))
media = Media([card.box])
if os.geteuid() == 0:
    os.setuid(65534)
media.close()
card.close()
print(os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)
"""


def test_a_user_without_rights_may_stop_it_too() -> None:
    """As on the appliance: real-time priority by a limit, and no capability."""
    done = subprocess.run([sys.executable, "-c", AS_A_USER], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{os.SCHED_OTHER}\n", "")
