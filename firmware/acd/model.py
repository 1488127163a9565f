"""What a queue is: section "queues" of the setup.

Everything here is data; what follows from it is decided in `choose`, `overflow` and `waiting`. Times are seconds.
"""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from firmware.calls.places import (
    HangUp,
    Name,
    Number,
    StationNumber,
    Target,
    ToFlow,
    ToNumber,
    ToQueue,
    ToRoom,
    ToStation,
    ToVoicemail,
    target_words,
)
from firmware.setup.base import Section, Strict, wrong

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Level = Annotated[int, Field(ge=0, le=10)]
Strategy = Literal[
    "longest_idle", "fewest_calls", "least_talk", "round_robin", "ring_all", "linear", "random", "weighted", "skill",
]  # fmt: skip


class ToCallback(Strict):
    """The caller is asked for his number and called back when his turn comes: his place is kept. Who does not want that
    goes on waiting."""

    kind: Literal["callback"] = "callback"


Exit = Annotated[
    ToStation | ToQueue | ToFlow | ToVoicemail | ToNumber | ToRoom | HangUp | ToCallback, Field(discriminator="kind")
]
"""Where one who waits may go: every place of a call, and his own one kept for a callback."""


def exit_words(to: Exit) -> str:
    """As people say it."""
    return "callback" if isinstance(to, ToCallback) else target_words(to)


class Waited(Strict):
    """The caller has waited longer than `after_s`."""

    when: Literal["waited"]
    after_s: Seconds
    to: Exit


class Length(Strict):
    """So many already wait in front of a caller who comes: looked at once, as he comes in."""

    when: Literal["length"]
    most: Annotated[int, Field(ge=0, le=1000)]
    to: Exit


class ExpectedWait(Strict):
    """A caller who comes would wait longer than `most_s`: looked at once, as he comes in."""

    when: Literal["expected_wait"]
    most_s: Seconds
    to: Exit


class Closed(Strict):
    """The queue's hours are over, whether the caller comes or already waits (`leave`)."""

    when: Literal["closed"]
    leave: bool = False
    to: Exit


class NoAgents(Strict):
    """Nobody of the queue is present; with `ready_only` nobody who is busy counts as present. `leave`: also those who
    wait already."""

    when: Literal["no_agents"]
    leave: bool = False
    ready_only: bool = False
    to: Exit


Rule = Annotated[Waited | Length | ExpectedWait | Closed | NoAgents, Field(discriminator="when")]


class Member(Strict):
    """One who serves the queue: an agent by his own number, wherever he has signed in, or whoever sits at a station.
    `tier`: those of a higher one are asked only if none of a lower one can take the call. `weight`: his share of the
    calls under the strategy 'weighted'. `skills`: levels, 0 to 10; where there are none, those of the person."""

    station: StationNumber | None = None
    agent: StationNumber | None = Field(default=None, json_schema_extra={"refers": "agents"})
    tier: Annotated[int, Field(ge=0, le=9)] = 0
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    skills: dict[Name, Level] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> "Member":
        if (self.station is None) == (self.agent is None):
            raise wrong("A member is either an agent or a station: name one of them.")
        return self

    @property
    def number(self) -> str:
        """The agent's or the station's."""
        return self.agent or self.station or ""


class Relaxed(Strict):
    """After so long a wait a lower level is enough."""

    after_s: Annotated[float, Field(gt=0, le=86_400)]
    level: Level


class Needs(Strict):
    """The skill that the queue's calls need, and how that need fades while the caller waits."""

    skill: Name
    level: Annotated[int, Field(ge=1, le=10)] = 1
    relax: tuple[Relaxed, ...] = ()

    @model_validator(mode="after")
    def _falls(self) -> "Needs":
        for before, after in zip(((0.0, self.level), *self._steps), self._steps, strict=False):
            if after[0] <= before[0] or after[1] >= before[1]:
                raise wrong(
                    "Each step must come later and ask for less than the one before: after {after} s level {level} "
                    "follows after {before} s level {above}.",
                    field="relax", after=f"{after[0]:g}", level=after[1], before=f"{before[0]:g}", above=before[1],
                )  # fmt: skip
        return self

    @property
    def _steps(self) -> tuple[tuple[float, int], ...]:
        return tuple((step.after_s, step.level) for step in self.relax)


class Announce(Strict):
    """What a waiting caller hears between the music. The first position after `first_s`, then every `every_s`; not
    sooner than `at_least_s` after another announcement. `message` comes every `message_every_s`."""

    position: bool = True
    wait: bool = True
    first_s: Seconds = 15.0
    every_s: Annotated[float, Field(ge=10, le=3600)] = 45.0
    at_least_s: Annotated[float, Field(ge=5, le=3600)] = 10.0
    position_most: Annotated[int, Field(ge=1, le=1000)] = 20
    message: str | None = None
    message_every_s: Annotated[float, Field(ge=10, le=3600)] = 120.0


class CallBack(Strict):
    """Who asked for it is called so often at most, and not again for `retry_s` after each time in vain."""

    tries: Annotated[int, Field(ge=0, le=20)] = 3
    retry_s: Annotated[float, Field(ge=10, le=86_400)] = 600.0


class Door(Strict):
    """Only members come in, by card and PIN (section "vip"); everybody else goes to `otherwise`."""

    otherwise: Target = HangUp()


class Queue(Strict):
    """One queue; `id` is its name in rules, flows and records, `label` what people read.

    `members`: empty means every station of the box, in its order. `ring_s`: a station rings so long before another is
    tried. `wrap_up_s`: no new call for so long after one. `rest_s`: an agent who let it ring is spared for so long.
    `vip_credit_s`: a caller of priority p stands as if he had come p times so much earlier, so nobody is overtaken for
    longer than that. `weight` says the same of the queue among others that the same agents serve.
    `last_agent_wait_s`: for so long the agent of last time is waited for, 0: preferred if he is free, None: not looked
    for. `handling_s`: handling time assumed before any was measured. `announce_agent`: before the talk the caller hears
    the agent's number, and with `whisper` the agent this prompt, such as the queue's name. `schedule`: the queue is
    open while this schedule of the section "answering" gives one of the entries in `open`. `door`: for members only.
    """

    id: Name
    label: dict[Literal["en", "zh"], Annotated[str, Field(max_length=40)]] = Field(default_factory=dict)
    strategy: Strategy = "longest_idle"
    members: Annotated[tuple[Member, ...], Field(max_length=200)] = ()
    ring_s: Annotated[float, Field(ge=5, le=300)] = 20.0
    wrap_up_s: Seconds = 0.0
    rest_s: Seconds = 5.0
    weight: Annotated[int, Field(ge=0, le=9)] = 0
    vip_credit_s: Seconds = 300.0
    last_agent_wait_s: Seconds | None = 0.0
    needs: Needs | None = None
    handling_s: Annotated[float, Field(gt=0, le=86_400)] = 180.0
    entry_prompt: str | None = "queue_entry"
    announce: Announce = Announce()
    announce_agent: bool = False
    whisper: str | None = None
    schedule: Name | None = Field(default=None, json_schema_extra={"refers": "schedules"})
    open: tuple[Name, ...] = ("open",)
    callback: CallBack = CallBack()
    door: Door | None = None
    keys: dict[Key, Exit] = Field(default_factory=dict)
    overflow: Annotated[tuple[Rule, ...], Field(max_length=20)] = ()

    @field_validator("members")
    @classmethod
    def _once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        numbers = [member.number for member in members]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            raise wrong("Each number may stand once, but {numbers} stands more often.", numbers=", ".join(twice))
        return members

    @model_validator(mode="after")
    def _can_be_served(self) -> "Queue":
        if self.strategy == "skill" and self.needs is None:
            raise wrong("To choose by skill, say which skill the queue's calls need.", field="needs")
        if self.needs is not None and self.members:
            named = [member for member in self.members if member.agent is None or member.skills]
            best = max((member.skills.get(self.needs.skill, 0) for member in named), default=0)
            least = min((self.needs.level, *(step.level for step in self.needs.relax)))
            if best < least and len(named) == len(self.members):
                raise wrong(
                    "Nobody can ever take a call: it needs {skill} level {level}, the best has {best}.",
                    field="members", skill=self.needs.skill, level=least, best=best,
                )  # fmt: skip
        if self.needs is not None and not self.members:
            raise wrong("A queue that needs a skill must name its members with their skills.", field="members")
        return self

    def targets(self) -> list[Exit]:
        """Everywhere a caller may go from here."""
        door = [] if self.door is None else [self.door.otherwise]
        return [*self.keys.values(), *(rule.to for rule in self.overflow), *door]


STANDARD = (
    Queue(id="sales", label={"en": "Sales", "zh": "销售"}, handling_s=180),
    Queue(id="service", label={"en": "Service", "zh": "售后服务"}, handling_s=240),
    Queue(id="operator", label={"en": "Operator", "zh": "总机"}, handling_s=60),
)


class Queues(Section):
    """All of them; the first also takes whoever is sent to one that is no longer there. `vip`: priority (1 to 9) of
    callers by their number."""

    queues: Annotated[tuple[Queue, ...], Field(min_length=1, max_length=100)] = STANDARD
    vip: Annotated[dict[Number, Annotated[int, Field(ge=1, le=9)]], Field(max_length=5000)] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _whole(self) -> "Queues":
        names = [queue.id for queue in self.queues]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise wrong("There are two queues with the name {queue}.", field="id", queue=twice[0])
        for queue in self.queues:
            for target in queue.targets():
                if isinstance(target, ToQueue) and target.queue not in names:
                    raise wrong(
                        "Queue {queue} leads to queue {other}, which is not there; there are {queues}.",
                        queue=queue.id, other=target.queue, queues=", ".join(names),
                    )  # fmt: skip
                if isinstance(target, ToQueue) and target.queue == queue.id:
                    raise wrong("Queue {queue} leads to itself.", queue=queue.id)
        return self

    def by_name(self) -> dict[str, Queue]:
        """In their order."""
        return {queue.id: queue for queue in self.queues}

    def strange_stations(self, stations: Collection[str]) -> list[tuple[str, str]]:
        """Queue and station of each member whose station is none of the board's."""
        return [
            (queue.id, member.station)
            for queue in self.queues
            for member in queue.members
            if member.station is not None and member.station not in stations
        ]
