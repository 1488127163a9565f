"""One thing that the doctor does at one line: its steps, its findings, what it came to."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from firmware.doctor.findings import Finding, Verdict, worst

What = Literal["examine", "quick", "call", "loop"]
STEPS: dict[What, tuple[str, ...]] = {
    "quick": ("battery", "dial_tone", "digit", "quiet", "release"),
    "examine": ("battery", "dial_tone", "digit", "quiet", "echo", "release"),
    "call": ("waiting", "ringing", "answered", "hang_up"),
    "loop": ("dial_tone", "ring", "there", "back", "release"),
}


@dataclass(slots=True)
class Job:
    """`why`: it ended before its end: 'rung', 'glare', 'emergency', 'stopped', 'in_use', 'nobody_called', 'no_ring',
    'error'; None: it did not. `offer`: a hang-up tone that was measured and may be used: hz, ms, calls, cuts.
    `gains`: the line's own, dB, received and sent, which no level has in it. `received`: the caller id as it came
    over the line (firmware/doctor/received.py)."""

    id: str
    line: int
    what: What
    who: str
    at: float
    step: str = ""
    findings: list[Finding] = field(default_factory=list)
    done: bool = False
    why: str | None = None
    sound: bool = False
    offer: dict[str, Any] | None = None
    gains: tuple[float, float] = (0.0, 0.0)
    received: dict[str, Any] | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found."""
        return worst(self.findings)

    def data(self) -> dict[str, Any]:
        """For the page and for the file."""
        return asdict(self) | {"verdict": self.verdict, "steps": list(STEPS[self.what])}
