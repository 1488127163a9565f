"""`callbox import-prompt`: a recording of the customer's own in place of a prompt made here."""

import argparse
from dataclasses import asdict
from typing import Any

from firmware.prompts.library import Library


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Imports; what was done."""
    return asdict(Library(options.data).bring(options.file, options.language, options.name, "upload", ""))


def report(done: dict[str, Any]) -> str:
    """For people."""
    found = "speech" if done["speech"] else "no speech found, kept as sound"
    held = f", peaks held down for {done['limited_ms']} ms" if done["limited_ms"] else ""
    return (
        f"{done['path']}: {done['seconds']:.2f} s{', replaced' if done['replaced'] else ''}\n"
        f"  from {done['source']}; {found}\n"
        f"  gain {done['gain_db']:+.1f} dB to {done['level_dbm0']:.1f} dBm0{held}\n"
        f"  silence cut: {done['trimmed_begin_ms']} ms before, {done['trimmed_end_ms']} ms after"
    )
