"""What a queue is: the model of `default.toml`, of a box's own `queues.toml`, and later of the page's form.

Everything here is data; what follows from it is decided in `choose`, `overflow` and `waiting`. Times are seconds.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from drivers.binding.plan import Strict
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
from firmware.config.errors import sentences
from firmware.errors import UserError

DEFAULT = Path(__file__).with_name("default.toml")
OWN = "queues.toml"  # in the box's data directory

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Level = Annotated[int, Field(ge=0, le=10)]
Strategy = Literal[
    "longest_idle", "fewest_calls", "least_talk", "round_robin", "ring_all", "linear", "random", "weighted", "skill",
]  # fmt: skip


class QueueError(UserError):
    """The queues cannot be used; a sentence for each mistake."""


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
    agent: StationNumber | None = None
    tier: Annotated[int, Field(ge=0, le=9)] = 0
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    skills: dict[Name, Level] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> "Member":
        if (self.station is None) == (self.agent is None):
            raise ValueError("a member is either an agent or a station: name one of them")
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
                raise ValueError(
                    f"each step must come later and ask for less than the one before: after {after[0]:g} s level "
                    f"{after[1]} follows after {before[0]:g} s level {before[1]}"
                )
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
    """One queue.

    `members`: empty means every station of the box, in its order. `ring_s`: a station rings so long before another is
    tried. `wrap_up_s`: no new call for so long after one. `rest_s`: an agent who let it ring is spared for so long.
    `vip_credit_s`: a caller of priority p stands as if he had come p times so much earlier, so nobody is overtaken for
    longer than that. `weight` says the same of the queue among others that the same agents serve.
    `last_agent_wait_s`: for so long the agent of last time is waited for, 0: preferred if he is free, None: not looked
    for. `handling_s`: handling time assumed before any was measured. `announce_agent`: before the talk the caller hears
    the agent's number, and with `whisper` the agent this prompt, such as the queue's name. `schedule`: the queue is
    open while this schedule of the section "answering" gives one of the entries in `open`. `door`: for members only.
    """

    label: dict[Literal["en", "zh"], str]
    strategy: Strategy = "longest_idle"
    members: tuple[Member, ...] = ()
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
    schedule: Name | None = None
    open: tuple[Name, ...] = ("open",)
    callback: CallBack = CallBack()
    door: Door | None = None
    keys: dict[Key, Exit] = Field(default_factory=dict)
    overflow: tuple[Rule, ...] = ()

    @field_validator("members")
    @classmethod
    def _once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        numbers = [member.number for member in members]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            raise ValueError(f"each number may stand once, but {', '.join(twice)} stands more often")
        return members

    @model_validator(mode="after")
    def _can_be_served(self) -> "Queue":
        if self.strategy == "skill" and self.needs is None:
            raise ValueError("strategy skill needs a table 'needs' that names the skill")
        if self.needs is not None and self.members:
            named = [member for member in self.members if member.agent is None or member.skills]
            best = max((member.skills.get(self.needs.skill, 0) for member in named), default=0)
            least = min((self.needs.level, *(step.level for step in self.needs.relax)))
            if best < least and len(named) == len(self.members):
                raise ValueError(
                    f"nobody can ever take a call: it needs {self.needs.skill} level {least}, the best has {best}"
                )
        if self.needs is not None and not self.members:
            raise ValueError("a queue that needs a skill must name its members with their skills")
        return self

    def targets(self) -> list[Exit]:
        """Everywhere a caller may go from here."""
        door = [] if self.door is None else [self.door.otherwise]
        return [*self.keys.values(), *(rule.to for rule in self.overflow), *door]


class Queues(Strict):
    """The whole document. `vip`: priority (1 to 9) of callers by their number."""

    queues: Annotated[dict[Name, Queue], Field(min_length=1)]
    vip: dict[Number, Annotated[int, Field(ge=1, le=9)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> "Queues":
        for name, queue in self.queues.items():
            for target in queue.targets():
                if isinstance(target, ToQueue) and target.queue not in self.queues:
                    raise ValueError(
                        f"queue {name} leads to queue {target.queue!r}, which is not there; "
                        f"there are {', '.join(self.queues)}"
                    )
                if isinstance(target, ToQueue) and target.queue == name:
                    raise ValueError(f"queue {name} leads to itself")
        return self

    def check_stations(self, stations: list[str]) -> None:
        """QueueError if a member's station is not one of the board's."""
        for name, queue in self.queues.items():
            named = [member.station for member in queue.members if member.station is not None]
            strange = [station for station in named if station not in stations]
            if strange:
                raise QueueError(
                    f"queue {name}: there is no station {', '.join(strange)}; stations are {', '.join(stations)}"
                )


def load_queues(path: Path = DEFAULT) -> Queues:
    """Reads a document of queues; QueueError, a sentence for each mistake."""
    try:
        return Queues.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise QueueError(sentences(str(path), error)) from error
    except OSError as error:
        raise QueueError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise QueueError(f"{path}: not TOML: {error}") from error


def queues_of(data: Path) -> Queues:
    """The box's own queues if its data directory has them, else the standard ones."""
    own = data / OWN
    return load_queues(own if own.exists() else DEFAULT)
