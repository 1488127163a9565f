"""Which agent gets a waiting call, and which caller is next: pure functions of data, with their reasons.

`now` and every time are seconds of one clock. Nothing here remembers: the same arguments give the same choice, and
where chance is asked for it is drawn from a seed, the call and the attempt.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from firmware.acd.model import Needs, Queue
from firmware.reasons import Reason, reason

Presence = Literal["free", "ringing", "talking", "off_hook", "busy", "away", "signed_out"]
ABSENT = frozenset({"away", "signed_out"})


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of the queue as the choice sees him, in the queue's order.

    `number` is his own, or a station's for the agent who sits there. `wraps_up_until` and `rests_until` (after a call
    he let ring) bar him until then. `reserved`: chosen for another call this moment. `calls` and `talk_s` count since
    the queue began to count.
    """

    number: str
    presence: Presence = "free"
    idle_since: float = 0.0
    calls: int = 0
    talk_s: float = 0.0
    wraps_up_until: float = 0.0
    rests_until: float = 0.0
    reserved: bool = False
    tier: int = 0
    weight: float = 1.0
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caller:
    """One who waits. `tried`: how often each agent was rung for this call without an answer."""

    call: str
    since: float
    priority: int = 0
    last_agent: str | None = None
    tried: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """`agents` are rung at once; empty: nobody can take the call. `why` speaks of the choice, `others` of each agent
    who was passed over. `again_at`: when time alone may change the answer; None: only an event can."""

    agents: tuple[str, ...]
    why: tuple[Reason, ...]
    others: Mapping[str, Reason] = field(default_factory=dict)
    again_at: float | None = None


def in_turn(callers: Iterable[tuple[Caller, Queue]]) -> list[Caller]:
    """Waiting callers in the order in which they are offered to agents.

    Each stands as if he had come `vip_credit_s` earlier for each step of priority (his own and the queue's weight).
    That order never changes while they wait, and nobody is overtaken by one who comes more than that credit later: so
    everyone's turn comes."""

    def key(one: tuple[Caller, Queue]) -> tuple[float, float, str]:
        caller, queue = one
        return caller.since - (caller.priority + queue.weight) * queue.vip_credit_s, caller.since, caller.call

    return [caller for caller, _ in sorted(callers, key=key)]


def needed_level(needs: Needs, since: float, now: float) -> tuple[int, float | None]:
    """The level that is enough for one who waits since then, and when it next falls."""
    level = needs.level
    for step in needs.relax:
        if now < since + step.after_s:
            return level, since + step.after_s
        level = step.level
    return level, None


def choose(
    queue: Queue, caller: Caller, agents: Sequence[Agent], now: float, *, after: str | None = None, seed: int = 0
) -> Choice:
    """Who is rung for this caller. `after`: who was chosen last in this queue (for round robin)."""
    others: dict[str, Reason] = {}
    changes: list[float] = []
    relaxed: tuple[Reason, ...] = ()
    level = 0
    if queue.needs is not None:
        level, falls = needed_level(queue.needs, caller.since, now)
        if falls is not None:
            changes.append(falls)
        if level < queue.needs.level:
            relaxed = (reason("skill_relaxed", skill=queue.needs.skill, level=level, waited=now - caller.since),)
    able = []
    for agent in agents:
        bar = _barred(queue, agent, level, now)
        if bar is None:
            able.append(agent)
        else:
            others[agent.number] = bar
            changes += [at for at in (agent.wraps_up_until, agent.rests_until) if at > now]
    last = _last_agent(queue, caller, agents, able, now)
    if last is not None and last.agents:
        return Choice(last.agents, last.why + relaxed, others)
    if last is not None:
        return Choice((), last.why, others, min([*changes, caller.since + (queue.last_agent_wait_s or 0.0)]))
    if not able:
        return Choice((), tuple(others.values()), others, min(changes, default=None))
    asked, passed = _first_asked(caller, able)
    turn = _Turn([agent.number for agent in agents], after, seed)
    chosen, why = _by_strategy(queue, caller, asked, now, turn)
    return Choice(chosen, (why, *passed, *relaxed), others)


def _barred(queue: Queue, agent: Agent, level: int, now: float) -> Reason | None:
    """Why this agent cannot take the call, if he cannot."""
    if agent.presence != "free":
        return reason("not_free", presence=agent.presence)
    if agent.reserved:
        return reason("reserved")
    if agent.wraps_up_until > now:
        return reason("wrapping_up", seconds=agent.wraps_up_until - now)
    if agent.rests_until > now:
        return reason("resting", seconds=agent.rests_until - now)
    if queue.needs is not None and agent.skills.get(queue.needs.skill, 0) < level:
        has = agent.skills.get(queue.needs.skill, 0)
        return reason("unskilled", skill=queue.needs.skill, needed=level, level=has)
    return None


def _last_agent(
    queue: Queue, caller: Caller, agents: Sequence[Agent], able: Sequence[Agent], now: float
) -> Choice | None:
    """The agent of last time, or the patience to wait for him; None: he does not matter."""
    patience = queue.last_agent_wait_s
    if patience is None or caller.last_agent is None or caller.tried.get(caller.last_agent):
        return None
    if any(agent.number == caller.last_agent for agent in able):
        return Choice((caller.last_agent,), (reason("last_agent"),))
    present = any(agent.number == caller.last_agent and agent.presence not in ABSENT for agent in agents)
    until = caller.since + patience
    if present and now < until:
        why = reason("waits_for_last_agent", station=caller.last_agent, seconds=until - now)
        return Choice((), (why,))
    return None


def _first_asked(caller: Caller, able: Sequence[Agent]) -> tuple[list[Agent], tuple[Reason, ...]]:
    """Of those who can: the ones rung least often for this very call, of these the lowest tier. Why the rest is not."""
    passed: tuple[Reason, ...] = ()
    fewest = min(caller.tried.get(agent.number, 0) for agent in able)
    fresh = [agent for agent in able if caller.tried.get(agent.number, 0) == fewest]
    tried = sorted(station for station, times in caller.tried.items() if times > fewest)
    if tried:
        passed = (reason("did_not_answer", stations=", ".join(tried)),)
    tier = min(agent.tier for agent in fresh)
    if tier:
        passed = (*passed, reason("tier", below=tier - 1))
    return [agent for agent in fresh if agent.tier == tier], passed


@dataclass(frozen=True, slots=True)
class _Turn:
    order: Sequence[str]  # every member, in the queue's order
    after: str | None
    seed: int


def _by_strategy(
    queue: Queue, caller: Caller, able: Sequence[Agent], now: float, turn: _Turn
) -> tuple[tuple[str, ...], Reason]:
    """Of those who may be asked. Where they are equal: longest idle, then the queue's order; so the choice repeats."""
    free = len(able)
    idle = sorted(able, key=lambda agent: agent.idle_since)  # stable: the queue's order decides last
    match queue.strategy:
        case "ring_all":
            return tuple(agent.number for agent in able), reason("ring_all", free=free)
        case "linear":
            return (able[0].number,), reason("linear", free=free)
        case "random":
            attempt = sum(caller.tried.values())
            draw = Random(f"{turn.seed} {caller.call} {attempt}")  # noqa: S311 - repeatable, not secret
            return (draw.choice(able).number,), reason("random", free=free)
        case "round_robin":
            return _round_robin(able, turn.order, turn.after)
        case "fewest_calls":
            chosen = min(idle, key=lambda agent: agent.calls)
            why = reason("fewest_calls", calls=chosen.calls, free=free)
        case "least_talk":
            chosen = min(idle, key=lambda agent: agent.talk_s)
            why = reason("least_talk", seconds=chosen.talk_s, free=free)
        case "weighted":
            # Sainte-Laguë's divisors: the shares come to the weights, as seats do to votes.
            chosen = min(idle, key=lambda agent: (2 * agent.calls + 1) / agent.weight)
            why = reason("weighted", weight=chosen.weight, calls=chosen.calls)
        case "skill":
            assert queue.needs is not None  # the model sees to it
            skill = queue.needs.skill
            chosen = max(idle, key=lambda agent: agent.skills.get(skill, 0))
            why = reason("skilled", skill=skill, level=chosen.skills.get(skill, 0), free=free)
        case "longest_idle":
            chosen = idle[0]
            why = reason("longest_idle", seconds=max(0.0, now - chosen.idle_since), free=free)
    return (chosen.number,), why


def _round_robin(able: Sequence[Agent], order: Sequence[str], after: str | None) -> tuple[tuple[str, ...], Reason]:
    """The first able one behind `after` in the queue's order, which goes in a circle."""
    if after is None or after not in order:
        return (able[0].number,), reason("round_robin_first")
    seat = order.index(after)
    chosen = min(able, key=lambda agent: (order.index(agent.number) - seat - 1) % len(order))
    return (chosen.number,), reason("round_robin", after=after)
