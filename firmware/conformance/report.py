"""The table for people: on the terminal, and as docs/conformance.md."""

import platform
import subprocess
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from firmware.bench import machine
from firmware.conformance.rows import Row

TITLES = {
    "dtmf": "Digits (DTMF)", "talkoff": "Speech and music, which are nothing",
    "keys": "A key over a prompt",
    "crosstalk": "One signal taken for another", "callerid": "Caller ID",
    "progress": "Progress tones", "sending": "What the box sends",
    "timing": "Flash, pulse, ring, loop, polarity", "mixing": "Conference and levels",
    "companding": "A-law and µ-law", "echo": "Echo cancelling",
}  # fmt: skip
SIGNS = {"at least": "≥", "at most": "≤", "exactly": "="}


def number(value: float) -> str:
    """Short, without a false precision."""
    return "–" if value != value else f"{value:.4g}"


def report(found: Mapping[str, Any]) -> str:
    """The command's result for the terminal: one line per row, failing ones marked and explained."""
    lines = []
    for group, of in groupby(found["rows"], key=lambda row: row["group"]):
        lines.append(TITLES.get(group, group))
        for row in of:
            measured = number(float("nan") if row["measured"] is None else row["measured"])
            limit = f"{SIGNS[row['bound']]} {number(row['limit'])} {row['unit']}"
            lines.append(f"  {'ok  ' if row['pass'] else 'FAIL'} {measured:>8}  ({limit})  {row['requirement']}")
            if not row["pass"] and row["note"]:
                lines.append(f"{'':17}{row['note']}")
    lines.append(
        f"{len(found['rows'])} requirements, {found['failing']} not met ({found['mode']} mode, {found['seconds']} s)"
    )
    return "\n".join(lines)


def written(rows: Sequence[Row], told: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    failing = [row for row in rows if not row.passed]
    parts = [
        HEAD.format(
            **told, rows=len(rows), groups_word=", ".join(told["groups"]), countries_word=", ".join(told["countries"])
        ),
        _where(),
        RECIPES,
    ]
    if failing:
        parts.append("## Not met\n\n" + _markdown(failing, with_group=True))
    for group, of in groupby(rows, key=lambda row: row.group):
        parts.append(f"## {TITLES.get(group, group)}\n\n" + _markdown(list(of)))
    return "\n\n".join(parts) + "\n"


HEAD = """# Conformance

Written by `callbox conformance --report`; do not edit. Mode: **{mode}**, {date}, {seconds} s, groups:
{groups_word}; countries: {countries_word}. **{rows} requirements, {failing} not met.**

Standards are named as documents and tables; their texts were not at hand when the limits were written down, the
figures come from the design's table of field figures (its marks tell measured, read and remembered ones apart) and
from the project's own list of figures ("callbox figure"). "Compare" is the figure of spandsp 0.0.6 as Debian ships
it, measured by the project, or what is published of Asterisk."""

RECIPES = """## How it is measured

- Signals come from `firmware/conformance/` (numpy); nothing in it is shared with `drivers/dsp`. Every trial is
  seeded by its name, so a row repeats exactly: `callbox conformance --only GROUP`.
- Ears are those of a port, fed tick by tick (10 ms) after A-law or µ-law coding and a line noise of -65 dBm0.
- Digits: all sixteen keys in random order, random phase, hard keying, random place against the tick.
- Speech and music: five minutes per seed, in turn Mandarin, English, music, speech over music; espeak-ng with
  random sentences, 28 voice variants, 110 to 240 words a minute; music by additive synthesis in six styles; -10 to
  -28 dBm0. Full mode listens to 10 h for tones and caller id and to the first 2 h of it for digits. No recording of
  real people is in it: the tapes that the field uses (Mitel, Bellcore) are not to be had.
- Lines, rings and mixing: the simulated card with a core at both ends, in virtual time.
- A key over a prompt: the caller's receiver file on the simulated card, from the key's first sample as it leaves his
  telephone to the prompt's last one (1 ms frames, -46 dBm0) in his ear; the wire takes one tick of 10 ms each way."""


def _where() -> str:
    found = machine()
    lines = [f"- {name}: {value}" for name, value in found.items()]
    lines += [
        f"- numpy: {np.__version__}",
        f"- espeak-ng: {_espeak()}",
        f"- system: {platform.platform()}",
        f"- source: {_source()}",
    ]
    return "## Machine\n\n" + "\n".join(lines)


def _espeak() -> str:
    said = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=False).stdout
    return said.split("Data at")[0].removeprefix("eSpeak NG text-to-speech:").strip() or "unknown"


def _source() -> str:
    """The commit, and whether the tree was as committed; unknown outside a checkout."""
    here = Path(__file__).resolve().parents[2]
    try:
        commit = _git(here, "rev-parse", "--short=12", "HEAD")
        changed = _git(here, "status", "--porcelain", "--", "drivers", "firmware", "board-config")
    except (OSError, subprocess.CalledProcessError):
        return "not a checkout"
    return f"commit {commit}" + (", with uncommitted changes" if changed else "")


def _git(here: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=here, check=True, capture_output=True, text=True).stdout.strip()


def _markdown(rows: Sequence[Row], with_group: bool = False) -> str:
    first = "| group " if with_group else ""
    lines = [
        f"{first}| requirement | clause | limit | measured | pass | compare | counted |",
        "| --- " * (7 + with_group) + "|",
    ]
    for row in rows:
        cells = [row.group] if with_group else []
        cells += [
            row.requirement, row.clause,
            f"{SIGNS[row.bound]} {number(row.limit)} {row.unit}", f"{number(row.measured)} {row.unit}",
            "yes" if row.passed else "**no**", row.compare, row.note,
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)
