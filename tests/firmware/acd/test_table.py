"""The comparison in docs/queues.md names tests: every one of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_test_that_the_table_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "queues.md").read_text("utf-8")))
    rooms = ("acd", "agents", "owed", "prompts")
    folders = (*(f"tests/firmware/{room}" for room in rooms), "tests/journeys")
    sources = [file.read_text("utf-8") for folder in folders for file in (ROOT / folder).glob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    assert len(named) > 60 and named <= there, sorted(named - there)
