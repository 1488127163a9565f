"""`./box system-test bench`: this box's figures beside those of Asterisk 22.10.1 with chan_dahdi on the same channels,
measured the same way (design: docs/dahdi.md). A table for the guide."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware.bench import machine
from tests.system import guest

START_S = 2400
HOST_PER_GUEST = 10  # seconds of the host per second of eight calls, on one that does much else
RING_CYCLE_MS = 5000  # China's
# What is zero on a healthy box (tests/system/inside/bench.py, which has only the guest's modules).
LOST = ("ticks_missed", "card_errors", "surprises", "events_lost", "play_starved", "record_lost", "commands_refused")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `limit`: what no one of `values` may exceed; None: nothing is asked."""

    what: str
    values: tuple[float, ...]
    limit: float | None
    asterisk: str
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or max(self.values) <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        """As it stands in the table."""
        least, most = min(self.values), max(self.values)
        shown = (f"{least:,}" if least == most else f"{least:,}–{most:,}") + self.note
        verdict = "" if self.limit is None else "yes" if self.holds else "**no**"
        return self.what, shown, "" if self.limit is None else f"{self.limit:,}", verdict, self.asterisk


def rows(eight: dict[str, Any], ends: dict[str, Any], keys: dict[str, Any]) -> list[Row]:
    """The table. M: a million of the guest's instructions."""
    taps, wires = eight["taps"], keys["on_the_wires"]
    losses = sum(side[name] for side in (eight["box"], eight["farends"]) for name in LOST)
    rings, late = eight["ring_to_answer_ms"], f", {eight['box']['ticks']:,} ticks"
    return [
        Row("recorded call in talk, M per call-second", (eight["talk_M_per_call_s"],), 3.2, "6.0–6.5"),
        Row("set-up, M per call above idle", (eight["set_up_above_idle_M_per_call"],), 30, "25–34"),
        Row("tear-down, M per call above idle", (eight["tear_down_above_idle_M_per_call"],), None, "1.3–8"),
        Row("idle, M per second", (eight["idle_M_per_s"],), None, ""),
        Row("line to station, wire to wire, recorded, ms", tuple(taps["delay_ms"].values()), 16, "19.9–22.0"),
        Row("slips on that way", (taps["slips"],), 0, "some", f" in {taps['seconds_measured']} s"),
        Row("ticks missed, blocks late or lost, anything else lost, both ends", (losses,), 0, "", late),
        Row("longest tick, 16 ports, ms", (eight["box"]["tick_us_max"] / 1000,), None, ""),
        Row("guest busy, %", (eight["guest_busy_percent"],), None, ""),
        Row("ring start to off-hook, caller id sent, ms", (rings[0], rings[-1]), None, ""),
        Row("ring start to off-hook, none sent, ms; one ring cycle", (ends["without_number"]["ring_to_answer_ms"],),
            RING_CYCLE_MS, "11,060 by default; 1,050 if it waits for none"),
        Row("agent on-hook to line free, flash window 300 ms, ms", (ends["agent"]["ms"],), 450, "1,251"),
        Row("busy tone 350/350 to line free, ms", (ends["busy"]["ms"],), 2300, "3,200"),
        Row("loop drop to line free, ms", (ends["loop_drop"]["ms"],), None, "2–16, lost within 600 ms of the answer"),
        Row("key to prompt silent, on the wires, ms", (wires["least"], wires["most"]), 45, "29",
            f", median {wires['median']}, {wires['keys']} keys"),
        Row("resident memory with eight calls, MB", (eight["resident_MB"],), 120, "14.7, minimal modules"),
        Row("threads with eight calls", (eight["threads"],), None, "51"),
    ]  # fmt: skip


def table(found: Sequence[Row]) -> str:
    """In Markdown."""
    head = ("on the same channels", "callbox", "asked at most", "kept", "Asterisk 22.10.1")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *(row.cells for row in found))]
    return "\n".join(lines)


def main() -> int:
    """Boots, measures, prints; 1 if a limit was not kept."""
    parser = argparse.ArgumentParser(prog="./box system-test bench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--talk", type=int, default=60, help="seconds that eight calls talk at once")
    options = parser.parse_args()
    run = guest.run(
        ["hangups", "keys"], [f"eight:{options.talk}"], name="bench", seconds=START_S + HOST_PER_GUEST * options.talk
    )  # fmt: skip
    found = rows(run.results["eight"], run.results["hangups"], run.results["keys"])
    print(table(found))
    host = machine()
    print(
        f"\n{time.strftime('%Y-%m-%d')}, a guest of QEMU whose clock counts instructions (Nehalem, one processor) on "
        f"{host['cores']} cores of {host['cpu']}, Python {host['python']}, eight calls for {options.talk} s"
    )
    broken = [row.what for row in found if not row.holds]
    if broken:
        print(f"not kept: {'; '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
