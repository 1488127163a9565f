"""Who gets the call, and which caller is next: tables, then what must hold for any data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.acd.choose import Agent, Caller, Choice, choose, in_turn, needed_level
from firmware.acd.model import Queue
from firmware.reasons import reason

NOW = 1000.0
NEEDS_ENGLISH = {"skill": "english", "level": 7, "relax": [{"after_s": 30, "level": 4}, {"after_s": 60, "level": 0}]}


def queue(strategy: str = "longest_idle", **more: Any) -> Queue:
    return Queue.model_validate({"id": "sales", "strategy": strategy, **more})


def picked(strategy: str, agents: list[Agent], after: str | None = None, **caller: Any) -> tuple[str, ...]:
    return choose(queue(strategy), Caller("c1", NOW - 10, **caller), agents, NOW, after=after).agents


@pytest.mark.parametrize(
    ("strategy", "agents", "chosen"),
    [
        ("longest_idle", [], ()),
        ("longest_idle", [Agent("801", "talking")], ()),
        ("longest_idle", [Agent("801", idle_since=10), Agent("802", idle_since=5)], ("802",)),
        ("longest_idle", [Agent("802", idle_since=5), Agent("801", idle_since=5)], ("802",)),  # the queue's order
        ("longest_idle", [Agent("801", "off_hook"), Agent("802", idle_since=90)], ("802",)),
        ("longest_idle", [Agent("801", reserved=True), Agent("802", idle_since=90)], ("802",)),
        ("longest_idle", [Agent("801", wraps_up_until=NOW + 1), Agent("802", idle_since=90)], ("802",)),
        ("longest_idle", [Agent("801", rests_until=NOW + 1), Agent("802", idle_since=90)], ("802",)),
        ("longest_idle", [Agent("801", wraps_up_until=NOW)], ("801",)),
        ("longest_idle", [Agent("801", tier=1), Agent("802", idle_since=90)], ("802",)),
        ("longest_idle", [Agent("801", tier=1), Agent("802", "away")], ("801",)),
        ("fewest_calls", [Agent("801", calls=3), Agent("802", calls=2, idle_since=99)], ("802",)),
        ("fewest_calls", [Agent("801", calls=2, idle_since=9), Agent("802", calls=2, idle_since=8)], ("802",)),
        ("least_talk", [Agent("801", talk_s=60, calls=1), Agent("802", talk_s=59, calls=9)], ("802",)),
        ("linear", [Agent("803", idle_since=99), Agent("801", idle_since=1)], ("803",)),
        ("linear", [Agent("803", "talking"), Agent("801")], ("801",)),
        ("ring_all", [Agent("801"), Agent("802", "talking"), Agent("803")], ("801", "803")),
        ("ring_all", [Agent("801", tier=1), Agent("802"), Agent("803", tier=1)], ("802",)),
        ("weighted", [Agent("801", calls=2, weight=1), Agent("802", calls=3, weight=3)], ("802",)),
        ("weighted", [Agent("801", calls=1, weight=1), Agent("802", calls=5, weight=3)], ("801",)),
    ],
)
def test_strategies(strategy: str, agents: list[Agent], chosen: tuple[str, ...]) -> None:
    assert picked(strategy, agents) == chosen


@pytest.mark.parametrize(
    ("after", "busy", "chosen"),
    [(None, "", "801"), ("801", "", "802"), ("803", "", "801"), ("801", "802", "803"), ("802", "803", "801"),
     ("801", "802 803", "801"), ("899", "", "801"), ("802", "802", "803")],
)  # fmt: skip
def test_round_robin(after: str | None, busy: str, chosen: str) -> None:
    agents = [Agent(number, "talking" if number in busy else "free") for number in ("801", "802", "803")]
    assert picked("round_robin", agents, after) == (chosen,)


def test_round_robin_gives_everyone_the_same_number_of_calls() -> None:
    agents, after, calls = [Agent(str(number)) for number in range(801, 809)], None, dict[str, int]()
    for _ in range(80):
        (after,) = picked("round_robin", agents, after)
        calls[after] = calls.get(after, 0) + 1
    assert set(calls.values()) == {10}


def test_weights_are_shares() -> None:
    weights, calls = {"801": 1.0, "802": 2.0, "803": 5.0}, dict.fromkeys(("801", "802", "803"), 0)
    for _ in range(80):
        agents = [Agent(number, calls=calls[number], weight=weights[number]) for number in calls]
        calls[picked("weighted", agents)[0]] += 1
    assert calls == {"801": 10, "802": 20, "803": 50}


def test_chance_comes_from_the_seed() -> None:
    agents = [Agent(str(number)) for number in range(801, 809)]

    def draws(seed: int) -> list[str]:
        callers = [Caller(f"c{number}", 0) for number in range(800)]
        return [choose(queue("random"), caller, agents, NOW, seed=seed).agents[0] for caller in callers]

    assert draws(1) == draws(1) != draws(2)
    assert all(60 < draws(1).count(agent.number) < 140 for agent in agents)


@pytest.mark.parametrize(
    ("tried", "chosen"),
    [({}, "801"), ({"801": 1}, "802"), ({"801": 1, "802": 1}, "803"), ({"801": 1, "802": 1, "803": 1}, "801"),
     ({"801": 2, "802": 1, "803": 1}, "802")],
)  # fmt: skip
def test_who_did_not_answer_comes_last(tried: dict[str, int], chosen: str) -> None:
    agents = [Agent("801"), Agent("802"), Agent("803")]
    assert picked("linear", agents, tried=tried) == (chosen,)


SKILLED = [
    Agent("801", skills={"english": 9}, idle_since=90),
    Agent("802", skills={"english": 4}, idle_since=50),
    Agent("803", idle_since=10),
]


@pytest.mark.parametrize(
    ("strategy", "waited", "away", "chosen", "again"),
    [
        ("skill", 0, "", "801", None),
        ("longest_idle", 0, "", "801", None),
        ("longest_idle", 29.9, "801", "", 30.0),
        ("longest_idle", 30, "801", "802", None),
        ("longest_idle", 59, "801 802", "", 60.0),
        ("longest_idle", 60, "801 802", "803", None),
        ("longest_idle", 60, "", "803", None),  # everybody will do: the longest idle
        ("skill", 60, "", "801", None),  # everybody will do, but the best first
    ],
)
def test_skills_relax(strategy: str, waited: float, away: str, chosen: str, again: float | None) -> None:
    members = [{"station": agent.number, "skills": dict(agent.skills)} for agent in SKILLED]
    agents = [Agent(a.number, "away" if a.number in away else "free", a.idle_since, skills=a.skills) for a in SKILLED]
    choice = choose(queue(strategy, needs=NEEDS_ENGLISH, members=members), Caller("c", 0), agents, waited)
    assert (choice.agents, choice.again_at) == ((chosen,) if chosen else (), again)


@pytest.mark.parametrize(
    ("patience", "agent", "tried", "waited", "chosen", "again"),
    [
        (None, Agent("801"), {}, 0, "802", None),
        (0, Agent("801"), {}, 0, "801", None),
        (0, Agent("801", "talking"), {}, 0, "802", None),
        (30, Agent("801", "talking"), {}, 10, "", 30.0),
        (30, Agent("801", "talking"), {}, 30, "802", None),
        (30, Agent("801", wraps_up_until=20), {}, 10, "", 20.0),
        (30, Agent("801", "away"), {}, 10, "802", None),
        (30, Agent("801"), {"801": 1}, 10, "802", None),
    ],
)
def test_the_agent_of_last_time(
    patience: float | None, agent: Agent, tried: dict[str, int], waited: float, chosen: str, again: float | None
) -> None:
    agents = [agent, Agent("802", idle_since=-99)]
    caller = Caller("c", 0, last_agent="801", tried=tried)
    choice = choose(queue(last_agent_wait_s=patience), caller, agents, waited)
    assert (choice.agents, choice.again_at) == ((chosen,) if chosen else (), again)


def test_the_choice_says_why() -> None:
    agents = [Agent("801", idle_since=NOW - 60), Agent("802", idle_since=NOW - 30), Agent("803"), Agent("804", "away")]
    choice = choose(queue(), Caller("c", 0, tried={"803": 1}), agents, NOW)
    assert choice.agents == ("801",)
    assert [one.words() for one in choice.why] == ["idle for 60 s, longest of 2 free", "did not answer this call: 803"]
    assert choice.others == {"804": reason("not_free", presence="away")}


@pytest.mark.parametrize(
    ("callers", "order"),
    [
        ([("a", 0, 0), ("b", 1, 0)], "ab"),
        ([("a", 1, 0), ("b", 0, 0)], "ba"),
        ([("a", 0, 0), ("b", 299, 1)], "ba"),  # a VIP stands as if he had come five minutes earlier
        ([("a", 0, 0), ("b", 301, 1)], "ab"),  # but no longer
        ([("a", 0, 0), ("b", 599, 2), ("c", 299, 1)], "cba"),
        ([("b", 0, 0), ("a", 0, 0)], "ab"),
    ],
)
def test_who_is_next(callers: list[tuple[str, float, int]], order: str) -> None:
    turn = in_turn((Caller(call, since, priority), queue()) for call, since, priority in callers)
    assert "".join(caller.call for caller in turn) == order


# -- what must hold for any data -------------------------------------------------------------------------------

TIMES = st.floats(0, 2000)
AGENTS = st.lists(
    st.builds(
        Agent, number=st.sampled_from([str(number) for number in range(801, 817)]),
        presence=st.sampled_from(["free", "free", "free", "talking", "ringing", "off_hook", "away"]),
        idle_since=TIMES, calls=st.integers(0, 50), talk_s=TIMES, wraps_up_until=TIMES, rests_until=TIMES,
        reserved=st.booleans(), tier=st.integers(0, 2), weight=st.floats(0.1, 10),
        skills=st.dictionaries(st.just("english"), st.integers(0, 10)),
    ), max_size=16, unique_by=lambda agent: agent.number,
)  # fmt: skip
CALLERS = st.builds(
    Caller, call=st.text("abc", min_size=1, max_size=4), since=TIMES, priority=st.integers(0, 9),
    last_agent=st.none() | st.sampled_from(["801", "802", "803"]),
    tried=st.dictionaries(st.sampled_from(["801", "802", "803"]), st.integers(1, 3)),
)  # fmt: skip
QUEUES = st.builds(
    lambda strategy, patience, needs: queue(
        strategy, last_agent_wait_s=patience, needs=needs, members=[{"station": "801", "skills": {"english": 9}}]
    ),
    st.sampled_from(
        [
            "longest_idle",
            "fewest_calls",
            "least_talk",
            "round_robin",
            "ring_all",
            "linear",
            "random",
            "weighted",
            "skill",
        ]
    ),
    st.none() | st.floats(0, 500),
    st.just(NEEDS_ENGLISH),
)
WHERE = st.none() | st.sampled_from(["801", "802", "899"])


def able(agent: Agent, one: Queue, caller: Caller, now: float) -> bool:
    assert one.needs is not None
    level, _ = needed_level(one.needs, caller.since, now)
    return (
        agent.presence == "free" and not agent.reserved and max(agent.wraps_up_until, agent.rests_until) <= now
        and agent.skills.get("english", 0) >= level
    )  # fmt: skip


def ask(one: Queue, caller: Caller, agents: list[Agent], now: float, after: str | None) -> Choice:
    return choose(one, caller, agents, now, after=after, seed=1)


@given(QUEUES, CALLERS, AGENTS, TIMES, WHERE)
def test_only_who_can_take_it_is_rung(
    one: Queue, caller: Caller, agents: list[Agent], now: float, after: str | None
) -> None:
    choice = ask(one, caller, agents, now, after)
    by_number = {agent.number: agent for agent in agents}
    assert all(able(by_number[station], one, caller, now) for station in choice.agents)
    assert len(choice.agents) <= 1 or one.strategy == "ring_all"
    assert len(set(choice.agents)) == len(choice.agents)
    assert choice.why or not agents
    assert all(sentence.words() for sentence in (*choice.why, *choice.others.values()))
    assert ask(one, caller, agents, now, after) == choice


@given(QUEUES, CALLERS, AGENTS, TIMES, WHERE)
def test_nobody_waits_while_somebody_can(
    one: Queue, caller: Caller, agents: list[Agent], now: float, after: str | None
) -> None:
    """Unless the agent of last time is waited for, and that not longer than said."""
    choice = ask(one, caller, agents, now, after)
    if not choice.agents and any(able(agent, one, caller, now) for agent in agents):
        assert [sentence.id for sentence in choice.why] == ["waits_for_last_agent"]
        assert choice.again_at is not None and choice.again_at <= caller.since + (one.last_agent_wait_s or 0)


@given(QUEUES, CALLERS, AGENTS, TIMES, WHERE, st.floats(0, 1))
def test_until_the_time_told_nothing_changes_by_itself(
    one: Queue, caller: Caller, agents: list[Agent], now: float, after: str | None, part: float
) -> None:
    choice = ask(one, caller, agents, now, after)
    if choice.agents:
        return
    until = now + 10_000 if choice.again_at is None else choice.again_at
    assert until > now
    later = now + (until - now) * part
    if later < until:
        assert not ask(one, caller, agents, later, after).agents


@given(st.lists(CALLERS, max_size=20, unique_by=lambda caller: caller.call))
def test_nobody_is_overtaken_for_longer_than_the_credit(callers: list[Caller]) -> None:
    one = queue(vip_credit_s=60)
    order = in_turn((caller, one) for caller in callers)
    assert sorted(order, key=lambda caller: caller.call) == sorted(callers, key=lambda caller: caller.call)
    for index, first in enumerate(order):
        for second in order[index + 1 :]:
            assert first.since - second.since <= 60 * (first.priority - second.priority) + 1e-6
