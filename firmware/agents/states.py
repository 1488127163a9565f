"""The states of an agent as one table: state × event → state. Pure.

The telephone's events (rings, lifted, ...) are facts; the others are wishes. A wish during a talk or while it rings is
remembered and comes into force when the telephone is at rest: `then` is that state.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

Rest = Literal["ready", "busy", "away"]
State = Literal["signed_out", "ready", "busy", "away", "ringing", "talking", "wrap_up"]
Event = Literal[
    "sign_in", "sign_out",
    "be_ready", "be_busy", "be_away",  # wishes; the box itself sets one away who lets calls ring
    "rings", "rang_out", "lifted", "put_down",  # the telephone; 'talking' is off-hook, dial tone and busy tone too
    "wrap_up", "wrapped_up",  # the work after a queue's call, begun and over
]  # fmt: skip

STATES: Final[tuple[State, ...]] = get_args(State)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)

REST: Final = "at rest"  # wrap_up while that lasts, else what the agent wants

_AT_REST: dict[Event, State | Literal["at rest"]] = {
    "sign_out": "signed_out",
    "be_ready": "ready",
    "be_busy": "busy",
    "be_away": "away",
    "rings": "ringing",
    "lifted": "talking",
    "wrap_up": "wrap_up",
}
TABLE: Final[dict[State, dict[Event, State | Literal["at rest"]]]] = {
    "signed_out": {"sign_in": REST},
    "ready": _AT_REST,
    "busy": _AT_REST,
    "away": _AT_REST,
    "ringing": {
        "sign_out": "signed_out",
        "be_ready": "ringing",
        "be_busy": "ringing",
        "be_away": "ringing",
        "rang_out": REST,
        "lifted": "talking",
        "wrapped_up": "ringing",
    },
    "talking": {
        "sign_out": "signed_out",
        "be_ready": "talking",
        "be_busy": "talking",
        "be_away": "talking",
        "put_down": REST,
        "wrap_up": "talking",
        "wrapped_up": "talking",
    },
    "wrap_up": {
        "sign_out": "signed_out",
        "be_ready": REST,
        "be_busy": REST,
        "be_away": REST,
        "rings": "ringing",
        "lifted": "talking",
        "wrap_up": "wrap_up",  # made longer
        "wrapped_up": REST,
    },
}

_WISHES: dict[Event, Rest] = {"be_ready": "ready", "be_busy": "busy", "be_away": "away"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands. `then`: what he is when the telephone is at rest and no wrap-up runs; `reason`: the code of
    that, where it is 'busy'. `wrapping`: a wrap-up runs."""

    state: State = "signed_out"
    then: Rest = "ready"
    reason: str | None = None
    wrapping: bool = False

    def can(self, event: Event) -> bool:
        """Whether the table knows this event here."""
        return event in TABLE[self.state]

    def after(self, event: Event, reason: str | None = None) -> "Standing":
        """The standing after an event; `reason` belongs to be_busy. A wish ends a wrap-up that runs. KeyError: the
        table does not know the event in this state."""
        to = TABLE[self.state][event]
        now = self
        if event in _WISHES:
            now = replace(now, then=_WISHES[event], reason=reason if event == "be_busy" else None, wrapping=False)
        elif event in ("wrap_up", "wrapped_up"):
            now = replace(now, wrapping=event == "wrap_up")
        elif event in ("sign_in", "sign_out"):
            now = Standing()
        if to == REST:
            to = "wrap_up" if now.wrapping else now.then
        return replace(now, state=to)
