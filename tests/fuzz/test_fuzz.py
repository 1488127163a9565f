"""Every fuzzer for a while; CALLBOX_FUZZ_SECONDS says how long each (default 20)."""

import os
from pathlib import Path

from tests.fuzz.fuzz import fuzz_all


def test_nothing_breaks_what_reads_outside_data(tmp_path: Path) -> None:
    broken = fuzz_all(tmp_path, int(os.environ.get("CALLBOX_FUZZ_SECONDS", "20")))
    assert not broken, "\n".join(broken)
