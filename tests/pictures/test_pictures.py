"""The guides: every link leads somewhere, every picture is used, and all of them together stay small."""

import re
from pathlib import Path

from tests.pictures.__main__ import KEPT
from tests.pictures.camera import ROOT

GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PICTURES = ROOT / "docs/pictures"
MOST = 2_500_000  # bytes


def links(guide: Path) -> set[str]:
    found = re.findall(r"\]\(([^)#]+)[^)]*\)", guide.read_text())
    return {link for link in found if not re.match(r"\w+:", link)}


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{guide.name}: {link}" for guide in GUIDES for link in links(guide) if not (guide.parent / link).exists()
    ]
    assert broken == []


def test_the_index_leads_to_every_guide() -> None:
    guides = {guide.name for guide in GUIDES if guide.name.startswith("guide-")}
    assert guides | {"architecture.md", "api.md", "development.md"} <= links(ROOT / "docs/README.md")


def test_every_picture_is_taken_by_the_script_and_used() -> None:
    kept = {f"{name}.png" for name in KEPT}
    used = {Path(link).name for guide in GUIDES for link in links(guide) if link.endswith(".png")}
    assert {picture.name for picture in PICTURES.glob("*.png")} == kept
    assert used == kept, kept ^ used
    assert sum(picture.stat().st_size for picture in PICTURES.iterdir()) < MOST
