"""What the documents point at is there: files behind links, headings behind anchors, and paths that are named."""

import re
import subprocess
from pathlib import Path

import pytest

from firmware.api.messages import INTENTS

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:board-config|docs|drivers|examples|firmware|image-build|tests|webui)/[\w./-]*[\w/])`")
MARK = re.compile(r"<!-- ([a-z0-9-]+) -->")  # by which the page's question marks find a place
ELSEWHERE = {"drivers/dahdi/", "webui/setup/NAME.py"}  # in DAHDI's own source; any name


def documents() -> list[str]:
    """All that are tracked."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


def anchors(text: str) -> set[str]:
    """As GitHub and the page make them of headings."""
    found = set(MARK.findall(text))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("document", documents())
def test_what_it_points_at_is_there(document: str) -> None:
    path, text = ROOT / document, _text(document)
    lost = []
    for link in LINK.findall(text):
        target, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        there = path if not target else (path.parent / target).resolve()
        if not there.exists() or (anchor and anchor not in anchors(there.read_text(encoding="utf-8"))):
            lost.append(link)
    lost += [name for name in NAMED.findall(text) if not (ROOT / name).exists() and name not in ELSEWHERE]
    assert not lost, f"{document} points at what is not there: {', '.join(lost)}"


def test_every_room_stands_in_the_table() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "firmware").glob("*/__init__.py")}
    rooms |= {path.name for path in (ROOT / "drivers").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert {room for room in rooms if f"{room}/" not in text} == set()


def test_tests_that_are_named_are_there() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", written)) | {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = {
        name for document in documents() for name in re.findall(r"`(?:[\w/]+/)?(test_\w+(?:\.py)?)`", _text(document))
    }
    assert named and named <= there, named - there


def test_every_intent_stands_in_the_table() -> None:
    table = _text("docs/api.md").split("| intent |")[1].split("\n\n")[0]
    named = {name for row in table.splitlines()[1:] for name in re.findall(r"`(\w+(?:\.\w+)?)`", row.split(" | ")[0])}
    assert named == set(INTENTS)


def _text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")
