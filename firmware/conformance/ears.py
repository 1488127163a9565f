"""The box's ears over test signals, fed as a port feeds them: one tick of 10 ms at a time."""

from dataclasses import dataclass

from drivers.binding.events import Ear, PortEvent
from drivers.binding.listener import Listener
from drivers.binding.plan import Plan
from firmware.conformance.signals import Pcm

TICK = 80  # samples


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of news; `told`: samples heard when the box told it (the end of that tick)."""

    event: PortEvent
    told: int


def listen(plan: Plan, ears: Ear, pcm: Pcm) -> list[Heard]:
    """Everything that new ears tell of this sound."""
    data = pcm.tobytes()
    with Listener(plan, ears) as listener:
        return [
            Heard(event, (begin + 2 * TICK) // 2)
            for begin in range(0, len(data), 2 * TICK)
            for event in listener.feed(data[begin : begin + 2 * TICK])
        ]


def events(plan: Plan, ears: Ear, pcm: Pcm) -> list[PortEvent]:
    """The same, where it does not matter when it was told: four times as fast."""
    with Listener(plan, ears) as listener:
        return listener.feed(pcm.tobytes())
