"""`./box system-test bench`: this box's figures beside those of Asterisk 22.10.1 with chan_dahdi on the same channels,
measured the same way (design: docs/dahdi.md). A table for the guide."""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from firmware.bench import machine
from tests.system import guest

START_S = 2400
HOST_PER_GUEST = 10  # seconds of the host per second of eight calls, on one that does much else

Row = tuple[str, str, str, str]  # what, ours, asked, Asterisk's


def _span(least: float, most: float) -> str:
    return f"{least:,}" if least == most else f"{least:,}–{most:,}"


def rows(eight: dict[str, Any], ends: dict[str, Any]) -> list[Row]:
    """The table. M: a million of the guest's instructions."""
    taps, delay = eight["taps"], eight["taps"]["delay_ms"]
    rings = eight["ring_to_answer_ms"]
    return [
        ("recorded call in talk, M per call-second", f"{eight['talk_M_per_call_s']}", "3.2", "6.0–6.5"),
        ("set-up, M per call above idle", f"{eight['set_up_above_idle_M_per_call']}", "30", "25–34"),
        ("tear-down, M per call above idle", f"{eight['tear_down_above_idle_M_per_call']}", "", "1.3–8"),
        ("idle, M per second", f"{eight['idle_M_per_s']}", "", ""),
        ("line to station, wire to wire, recorded, ms", _span(delay["least"], delay["most"]), "16", "19.9–22.0"),
        ("slips in so many seconds", f"{taps['slips']} in {taps['seconds_measured']}", "0", "some"),
        ("ring start to off-hook, caller id sent, ms", _span(rings[0], rings[-1]), "", ""),
        (
            "ring start to off-hook, none sent, ms", f"{ends['without_number']['ring_to_answer_ms']:,}", "5,000",
            "11,060 by default; 1,050 if it waits for none",
        ),
        ("agent on-hook to line free, flash window 300 ms, ms", f"{ends['agent']['ms']:,}", "450", "1,251"),
        ("busy tone 350/350 to line free, ms", f"{ends['busy']['ms']:,}", "2,300", "3,200"),
        ("loop drop to line free, ms", f"{ends['loop_drop']['ms']:,}", "", "2–16"),
        ("resident memory with eight calls, MB", f"{eight['resident_MB']}", "120", "14.7, minimal modules"),
        ("threads with eight calls", f"{eight['threads']}", "", "51"),
    ]  # fmt: skip


def table(found: Sequence[Row]) -> str:
    """In Markdown."""
    head: Row = ("on the same channels", "callbox", "asked at most", "Asterisk 22.10.1")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * 4, *found)]
    return "\n".join(lines)


def main() -> int:
    """Boots, measures, prints."""
    parser = argparse.ArgumentParser(prog="./box system-test bench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--talk", type=int, default=60, help="seconds that eight calls talk at once")
    options = parser.parse_args()
    run = guest.run(
        ["hangups"], [f"eight:{options.talk}"], name="bench", seconds=START_S + HOST_PER_GUEST * options.talk
    )  # fmt: skip
    print(table(rows(run.results["eight"], run.results["hangups"])))
    host = machine()
    print(
        f"\n{time.strftime('%Y-%m-%d')}, a guest of QEMU whose clock counts instructions (Nehalem, one processor) on "
        f"{host['cores']} cores of {host['cpu']}, Python {host['python']}, eight calls for {options.talk} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
