"""Every pinned package has its licence in THIRD_PARTY.md; the lock files hold names, versions and hashes only."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTICE = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locked_packages(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [match[1] for line in lines if (match := re.fullmatch(r"([a-z0-9-]+)==\S+ \\", line))]
    hashes = [line for line in lines if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)]
    assert len(pins) + len(hashes) == len(lines)
    missing = [name for name in pins if not re.search(rf"^\| {re.escape(name)} \| \S", NOTICE, re.MULTILINE)]
    assert missing == []
