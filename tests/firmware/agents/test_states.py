"""The agent's table of states: row by row, and against an independent account of the same facts."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.agents.states import EVENTS, REST, STATES, TABLE, Event, Rest, Standing, State

WISHES: dict[Event, Rest] = {"be_ready": "ready", "be_busy": "busy", "be_away": "away"}


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        (Standing(), "sign_in", Standing("ready")),
        (Standing("ready"), "sign_out", Standing()),
        (Standing("ready"), "be_busy", Standing("busy", "busy", "2")),
        (Standing("busy", "busy", "2"), "be_ready", Standing("ready")),
        (Standing("busy", "busy", "2"), "be_away", Standing("away", "away")),
        (Standing("ready"), "rings", Standing("ringing")),
        (Standing("busy", "busy", "2"), "rings", Standing("ringing", "busy", "2")),  # a call of the house
        (Standing("ringing", "busy", "2"), "rang_out", Standing("busy", "busy", "2")),
        (Standing("ringing"), "be_away", Standing("ringing", "away")),
        (Standing("ringing"), "lifted", Standing("talking")),
        (Standing("ready"), "lifted", Standing("talking")),
        (Standing("talking"), "put_down", Standing("ready")),
        (Standing("talking"), "be_busy", Standing("talking", "busy", "2")),
        (Standing("talking", "busy", "2"), "put_down", Standing("busy", "busy", "2")),
        (Standing("talking"), "wrap_up", Standing("talking", wrapping=True)),
        (Standing("talking", wrapping=True), "put_down", Standing("wrap_up", wrapping=True)),
        (Standing("wrap_up", wrapping=True), "wrapped_up", Standing("ready")),
        (Standing("wrap_up", "busy", "2", True), "wrapped_up", Standing("busy", "busy", "2")),
        (Standing("wrap_up", wrapping=True), "be_ready", Standing("ready")),
        (Standing("wrap_up", wrapping=True), "be_busy", Standing("busy", "busy", "2")),
        (Standing("wrap_up", wrapping=True), "wrap_up", Standing("wrap_up", wrapping=True)),  # made longer
        (Standing("wrap_up", wrapping=True), "lifted", Standing("talking", wrapping=True)),
        (Standing("wrap_up", wrapping=True), "rings", Standing("ringing", wrapping=True)),
        (Standing("talking", wrapping=True), "wrapped_up", Standing("talking")),
        (Standing("talking", wrapping=True), "sign_out", Standing()),
    ],
)
def test_one_step(before: Standing, event: Event, after: Standing) -> None:
    assert before.after(event, "2") == after


def test_every_state_has_a_row_and_every_target_exists() -> None:
    assert set(TABLE) == set(STATES)
    for row in TABLE.values():
        assert set(row) <= set(EVENTS)
        assert set(row.values()) <= {*STATES, REST}


@pytest.mark.parametrize("state", STATES)
def test_everybody_who_is_there_may_go_and_may_want(state: State) -> None:
    if state != "signed_out":
        assert {"sign_out", *WISHES} <= set(TABLE[state])


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "sign_in"])
def test_who_is_not_there_does_nothing(event: Event) -> None:
    assert not Standing().can(event)
    with pytest.raises(KeyError):
        Standing().after(event)


class AgentMachine(RuleBasedStateMachine):
    """The facts, each kept by itself: what the state must be follows from them without the table."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing()
        self.there = self.up = self.rung = self.wrapping = False
        self.wants: Rest = "ready"
        self.reason: str | None = None

    def does(self, event: Event, reason: str | None = None) -> None:
        assert self.standing.can(event), f"{event} is missing in state {self.standing.state}"
        self.standing = self.standing.after(event, reason)

    @precondition(lambda self: not self.there)
    @rule()
    def signs_in(self) -> None:
        self.does("sign_in")
        self.there, self.wants, self.reason, self.wrapping = True, "ready", None, False
        if self.up:
            self.does("lifted")
        elif self.rung:
            self.does("rings")

    @precondition(lambda self: self.there)
    @rule()
    def signs_out(self) -> None:
        self.does("sign_out")
        self.there = False

    @precondition(lambda self: self.there)
    @rule(event=st.sampled_from(sorted(WISHES)), reason=st.sampled_from(["1", "2"]))
    def wants_something(self, event: Event, reason: str) -> None:
        self.does(event, reason)
        self.wants, self.wrapping = WISHES[event], False
        self.reason = reason if event == "be_busy" else None

    @precondition(lambda self: not self.up and not self.rung)
    @rule()
    def telephone_rings(self) -> None:
        if self.there:
            self.does("rings")
        self.rung = True

    @precondition(lambda self: self.rung)
    @rule()
    def telephone_stops(self) -> None:
        if self.there:
            self.does("rang_out")
        self.rung = False

    @precondition(lambda self: not self.up)
    @rule()
    def lifts(self) -> None:
        if self.there:
            self.does("lifted")
        self.up, self.rung = True, False

    @precondition(lambda self: self.up)
    @rule(after_queue_call=st.booleans())
    def puts_down(self, after_queue_call: bool) -> None:
        if self.there:
            if after_queue_call:
                self.does("wrap_up")
                self.wrapping = True
            self.does("put_down")
        self.up = False

    @precondition(lambda self: self.there and self.wrapping)
    @rule()
    def wrap_up_ends(self) -> None:
        self.does("wrapped_up")
        self.wrapping = False

    @precondition(lambda self: self.there and self.wrapping and not self.up and not self.rung)
    @rule()
    def wrap_up_is_made_longer(self) -> None:
        self.does("wrap_up")

    @invariant()
    def state_follows_from_the_facts(self) -> None:
        if not self.there:
            wanted: State = "signed_out"
        elif self.up:
            wanted = "talking"
        elif self.rung:
            wanted = "ringing"
        else:
            wanted = "wrap_up" if self.wrapping else self.wants
        assert self.standing.state == wanted
        if self.there:
            assert (self.standing.then, self.standing.reason) == (self.wants, self.reason)
            assert self.standing.wrapping == self.wrapping


TestAgent = AgentMachine.TestCase
