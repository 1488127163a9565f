"""What the outside lines have shown over their lives, in words: caller id as the operator sends it, unknown tones."""

from dataclasses import dataclass
from typing import Any

from firmware.api.messages import Snapshot
from webui.translate import _, _l
from webui.words import port_name

SCHEMES = {
    "bell202": _l("FSK, Bell 202"),
    "v23": _l("FSK, V.23"),
    "dtmf": _l("keys (DTMF)"),
    "ntt": _l("number display of NTT"),
}
MOMENTS = {"before_ring": _l("before the first ring"), "after_first_ring": _l("after the first ring")}


@dataclass(frozen=True, slots=True)
class LearnedLine:
    """One line. `differs`: its operator does otherwise than the country's plan says."""

    name: str
    caller_id: str
    differs: bool
    tones: list[str]


def learned_lines(snapshot: Snapshot | None) -> list[LearnedLine]:
    """Every line that has learned anything."""
    lamps = [] if snapshot is None else [lamp for lamp in snapshot.lamps if lamp.kind == "line"]
    return [
        LearnedLine(port_name(lamp), _caller_id(lamp.learned), lamp.learned.differs, _tones(lamp.learned))
        for lamp in lamps
        if lamp.learned is not None
    ]


def _caller_id(learned: Any) -> str:
    if learned.absent:
        return _("The operator sends none.")
    if learned.scheme is None:
        return _("Not known yet.")
    how, when = SCHEMES.get(learned.scheme, learned.scheme), MOMENTS.get(learned.moment or "", "")
    turned = _(", after a polarity reversal") if learned.reversal else ""
    return f"{how}, {when}{turned}"


def _tones(learned: Any) -> list[str]:
    return [_tone(cadence) for cadence in learned.cadences]


def _tone(cadence: dict[str, Any]) -> str:
    times = "/".join(f"{float(ms) / 1000:.2f}" for ms in cadence.get("ms") or ())
    hz, seen = cadence.get("hz"), cadence.get("seen")
    return _("%(hz)s Hz, %(times)s s, heard %(seen)s times", hz=hz, times=times, seen=seen)
