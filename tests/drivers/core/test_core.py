"""The core's C tests, under AddressSanitizer, UndefinedBehaviorSanitizer and, for the rings, ThreadSanitizer."""

from pathlib import Path

from tests.drivers.ctest import DRIVERS, NONE, THREAD, room, run_c

HERE = Path(__file__).parent


def test_rings_between_two_threads(tmp_path: Path) -> None:
    assert "ring: ok" in run_c(HERE / "ring.c", [], tmp_path, sanitize=THREAD)


def test_wav(tmp_path: Path) -> None:
    assert "wav: ok" in run_c(HERE / "wav.c", [DRIVERS / "core" / "wav.c"], tmp_path)


def test_recordings_are_synced_together(tmp_path: Path) -> None:
    flags = [f"-Wl,--wrap={name}" for name in ("fdatasync", "sync_file_range")]
    sources = [DRIVERS / "core" / "stream.c", DRIVERS / "core" / "wav.c"]
    assert "sync: ok" in run_c(HERE / "sync.c", sources, tmp_path, flags=flags)


def test_links(tmp_path: Path) -> None:
    assert "links: ok" in run_c(HERE / "links.c", [DRIVERS / "core" / "links.c"], tmp_path)


def test_core_on_two_wires(tmp_path: Path) -> None:
    assert "core: ok" in run_c(HERE / "core.c", room("core", "dsp", "line", "cards/sim", "cards/spy"), tmp_path)


def test_a_prompt_yields_to_keys(tmp_path: Path) -> None:
    assert "yield: ok" in run_c(HERE / "yield.c", room("core", "dsp", "line", "cards/sim", "cards/spy"), tmp_path)


def test_the_tick_calls_nobody(tmp_path: Path) -> None:
    watched = ("malloc", "calloc", "realloc", "free", "pthread_mutex_lock", "clock_gettime")
    flags = [f"-Wl,--wrap={name}" for name in watched]
    sources = room("core", "dsp", "line", "cards/sim", "cards/spy")
    assert "silent: ok" in run_c(HERE / "silent.c", sources, tmp_path, sanitize=NONE, flags=["-O2", *flags])


def test_a_million_random_orders_leave_every_port_idle(tmp_path: Path) -> None:
    assert "storm: ok" in run_c(HERE / "storm.c", room("core", "dsp", "line", "cards/sim", "cards/spy"), tmp_path)
