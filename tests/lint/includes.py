"""C includes point one way: core → line, cards, dsp; line → dsp; cards and dsp need nobody."""

import re
from pathlib import Path

# What a room of drivers/ may include of other rooms; card.h and the headers at the top are for all.
MAY_INCLUDE = {
    "core": {"core", "line", "dsp", "cards"},
    "line": {"line", "dsp"},
    "dsp": {"dsp"},
    "cards": {"cards", "dsp"},
}
SEAM = "cards/card.h"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def check(root: Path) -> list[str]:
    """Every `#include "room/…"` against the table."""
    findings = []
    drivers = root / "drivers"
    for path in sorted(drivers.rglob("*.[ch]")):
        room = path.relative_to(drivers).parts[0]
        if room not in MAY_INCLUDE:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match or "/" not in match[1]:
                continue
            # From the include root as the style asks, or by a relative way that gets there all the same.
            target = match[1]
            if target.startswith(".") or (path.parent / target).exists():
                target = str((path.parent / target).resolve()).removeprefix(f"{drivers.resolve()}/")
            other = target.split("/")[0]
            if target == SEAM and room == "line":
                continue
            if other not in MAY_INCLUDE[room]:
                findings.append(f"{path.relative_to(root)}:{number}: {room} may not include {match[1]}")
    return findings
