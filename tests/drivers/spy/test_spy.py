"""Traces: written by the spy, read back, replayed; under AddressSanitizer and UndefinedBehaviorSanitizer."""

from pathlib import Path

from tests.drivers.ctest import room, run_c

HERE = Path(__file__).parent


def test_a_trace_replays_to_the_same_events(tmp_path: Path) -> None:
    assert "spy: ok" in run_c(HERE / "spy.c", room("core", "dsp", "line", "cards/sim", "cards/spy"), tmp_path)
