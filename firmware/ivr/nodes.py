"""The nodes of a flow: what each is told, and by which exits it may be left.

A node is data; what is done at it stands in `asking`, `doing` and `leaving`. Every node has `exits`: name of an exit →
id of the node behind it. `needs` are those that must lead somewhere, `may` those that can. Of a `may` without a node
behind it the exit in `instead` is taken; any other that leads nowhere leads to the flow's fallback. `silent` are the
exits that a caller takes who never presses a key; the first also if the question cannot be played.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from drivers.binding.plan import Strict
from firmware.calls.places import Name
from firmware.ivr.values import Comparison, Text, Value, Variable

Language = Literal["zh", "en"]
NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
ExitName = Annotated[str, Field(pattern=r"^[a-z0-9*#][a-z0-9_-]{0,31}$")]
PromptName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Keys = Annotated[str, Field(pattern=r"^[0-9*#]{1,12}$")]
Seconds = Annotated[float, Field(gt=0, le=60)]

DIGITS_MOST = 40
FIELDS_MOST = 30


# -- what is said ---------------------------------------------------------------------------------------------


class NamedPrompt(Strict):
    """A prompt by its name. `language`: always in this one, as the sentence that asks for the language must be."""

    kind: Literal["prompt"] = "prompt"
    name: PromptName
    language: Language | None = None


class WrittenPrompt(Strict):
    """A text that is spoken into a prompt when the flow is published. Variables do not stand in it: say those with
    parts of their own."""

    kind: Literal["text"] = "text"
    text: dict[Language, Annotated[str, Field(min_length=1, max_length=1_000)]] = Field(min_length=1)


class SpokenValue(Strict):
    """A number, an order number digit by digit, a telephone number, a date (2026-11-22), a time (14:05), a weekday, or
    a duration in seconds, put together from parts of speech."""

    kind: Literal["number", "ordinal", "position", "digits", "telephone", "date", "time", "weekday", "duration"]
    value: Text


class SpokenMoney(Strict):
    """An amount of money."""

    kind: Literal["money"] = "money"
    value: Text
    currency: Literal["CNY", "USD", "GBP", "EUR"] = "CNY"


PromptPart = Annotated[NamedPrompt | WrittenPrompt | SpokenValue | SpokenMoney, Field(discriminator="kind")]
Prompt = Annotated[tuple[PromptPart, ...], Field(max_length=30)]
SomePrompt = Annotated[tuple[PromptPart, ...], Field(min_length=1, max_length=30)]


def say(*names: str) -> tuple[NamedPrompt, ...]:
    """A prompt of named ones."""
    return tuple(NamedPrompt(name=name) for name in names)


NO_INPUT, WRONG_INPUT = say("no_input"), say("wrong_input")
CHOOSE_LANGUAGE = (
    NamedPrompt(name="language_choice", language="zh"),
    NamedPrompt(name="language_choice", language="en"),
)


def _chinese_or_english() -> dict[str, Language]:
    return {"1": "zh", "2": "en"}


class Node(Strict):
    """What all have. `label` and `at` are the editor's: words on the node and its place on the paper."""

    kind: str
    label: Annotated[str, Field(max_length=80)] = ""
    at: tuple[float, float] | None = None
    exits: dict[ExitName, NodeId] = Field(default_factory=dict)

    needs: ClassVar[tuple[str, ...]] = ()
    may: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[dict[str, str]] = {}
    silent: ClassVar[tuple[str, ...] | None] = None  # None: every exit; it waits for nobody
    ends: ClassVar[bool] = False  # the flow may end here

    def required(self) -> tuple[str, ...]:
        """Exits that must lead somewhere."""
        return self.needs

    def possible(self) -> tuple[str, ...]:
        """All that it may have."""
        return (*self.required(), *self.may)

    def unused(self) -> tuple[str, ...]:
        """Fields that mean nothing as the others are."""
        return ()


# -- talking and asking ---------------------------------------------------------------------------------------


class Play(Node):
    """Says something. `interruptible`: a key stops it, and is kept for the next question."""

    kind: Literal["play"]
    prompt: SomePrompt
    interruptible: bool = False
    needs = ("next",)


class Menu(Node):
    """Asks for one key. Its exits are the keys; `otherwise` is left by after `tries` without a good one. `into` keeps
    the key."""

    kind: Literal["menu"]
    prompt: SomePrompt
    wait_s: Seconds = 5.0
    tries: Annotated[int, Field(ge=1, le=10)] = 2
    no_input: Prompt = NO_INPUT
    wrong_input: Prompt = WRONG_INPUT
    into: Variable | None = None
    needs = ("otherwise",)
    may = tuple("1234567890*#")
    silent = ("otherwise",)


class Digits(Node):
    """Collects `least` to `most` digits, ended by `end_key` or by `between_s` without one. `secret`: not written down
    anywhere but in the variable, as of a PIN."""

    kind: Literal["digits"]
    prompt: SomePrompt
    into: Variable
    least: Annotated[int, Field(ge=1, le=DIGITS_MOST)] = 1
    most: Annotated[int, Field(ge=1, le=DIGITS_MOST)] = 20
    end_key: Literal["#", "*", ""] = "#"
    first_s: Seconds = 8.0
    between_s: Seconds = 4.0
    tries: Annotated[int, Field(ge=1, le=10)] = 2
    no_input: Prompt = NO_INPUT
    wrong_input: Prompt = WRONG_INPUT
    secret: bool = False
    needs = ("next", "otherwise")
    silent = ("otherwise",)

    @model_validator(mode="after")
    def _some_length(self) -> "Digits":
        if self.most < self.least:
            raise ValueError(f"at most {self.most} digits, but at least {self.least}")
        return self


class LanguageChoice(Node):
    """Asks for the caller's language; without an answer it stays as it is. Without `keys`, `language` is simply set."""

    kind: Literal["language"]
    prompt: Prompt = CHOOSE_LANGUAGE
    keys: dict[Key, Language] = Field(default_factory=_chinese_or_english)
    language: Language | None = None
    wait_s: Seconds = 5.0
    needs = ("next",)
    silent = ("next",)

    def unused(self) -> tuple[str, ...]:
        return () if self.language is None else ("prompt", "keys", "wait_s")


class Question(Strict):
    """One question of a survey: an answer is one of `keys`."""

    id: Variable
    prompt: SomePrompt
    keys: Keys = "12345"


class Survey(Node):
    """Asks questions after a call, each twice at most; then, if `comment_s` is more than 0, for a spoken comment of at
    most that length. Who does not answer the first question leaves by `no_answer`."""

    kind: Literal["survey"]
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=10)] = (
        Question(id="satisfaction", prompt=say("survey_question")),
    )
    comment_s: Annotated[int, Field(ge=0, le=300)] = 0
    comment_prompt: Prompt = say("survey_comment")
    wait_s: Seconds = 5.0
    needs = ("next",)
    may = ("no_answer",)
    instead: ClassVar[dict[str, str]] = {"no_answer": "next"}
    silent = ("no_answer", "next")

    def unused(self) -> tuple[str, ...]:
        return () if self.comment_s else ("comment_prompt",)


class Callback(Node):
    """Takes a number to be called back: the caller's own, if it is known and he agrees by 1, or one he enters.
    `queue`: whose agents shall call."""

    kind: Literal["callback"]
    queue: Name
    own_prompt: Prompt = say("callback_own")
    enter_prompt: SomePrompt = say("callback_enter")
    done_prompt: Prompt = say("callback_done")
    least: Annotated[int, Field(ge=3, le=DIGITS_MOST)] = 7
    needs = ("next", "no_number")
    silent = ("no_number",)


class Record(Node):
    """Records the caller after a tone, until a key, `silence_s` of silence or `most_s`. `into` gets the file's name."""

    kind: Literal["record"]
    prompt: Prompt = ()
    into: Variable
    most_s: Annotated[int, Field(ge=1, le=600)] = 120
    silence_s: Annotated[float, Field(ge=1, le=30)] = 4.0
    stop_keys: Keys = "0123456789*#"
    needs = ("next", "empty")
    may = ("failed",)
    instead: ClassVar[dict[str, str]] = {"failed": "empty"}
    silent = ("failed", "empty", "next")


# -- deciding and looking up ----------------------------------------------------------------------------------


class Branch(Strict):
    """Left by `exit` if all (or any) of these hold."""

    exit: ExitName
    match: Literal["all", "any"] = "all"
    when: Annotated[tuple[Comparison, ...], Field(min_length=1, max_length=20)]


class Condition(Node):
    """The first branch that holds, else `otherwise`."""

    kind: Literal["condition"]
    branches: Annotated[tuple[Branch, ...], Field(min_length=1, max_length=20)]
    needs = ("otherwise",)

    @model_validator(mode="after")
    def _each_its_own(self) -> "Condition":
        if any(branch.exit == "otherwise" for branch in self.branches):
            raise ValueError("no branch may be called otherwise: that is the exit of none")
        return self

    def required(self) -> tuple[str, ...]:
        return (*dict.fromkeys(branch.exit for branch in self.branches), *self.needs)


class Hours(Node):
    """Left by the entry that a schedule gives now (hours, holidays, promotions, night switch); by `otherwise` if that
    entry has no exit here."""

    kind: Literal["hours"]
    schedule: Name
    needs = ("otherwise",)

    def possible(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.exits, *self.needs)))  # which entries there are, the schedule knows


class SetVariables(Node):
    """Sets variables, in this order. `note`: these are told with the call, for the agent's page and the record."""

    kind: Literal["set"]
    values: Annotated[dict[Variable, Value], Field(min_length=1, max_length=FIELDS_MOST)]
    note: tuple[Variable, ...] = ()
    needs = ("next",)


class Lookup(Node):
    """Asks the box's own records one of the questions of `lookups`. `into`: variable → field of the answer."""

    kind: Literal["lookup"]
    query: Name
    arguments: Annotated[dict[Variable, Text], Field(max_length=FIELDS_MOST)] = Field(default_factory=dict)
    into: Annotated[dict[Variable, Variable], Field(max_length=FIELDS_MOST)] = Field(default_factory=dict)
    needs = ("found", "not_found")
    may = ("failed",)
    instead: ClassVar[dict[str, str]] = {"failed": "not_found"}


class Http(Node):
    """Asks another computer. Variables are encoded as they go into `url` and `body` (sent as JSON). An answer of
    200 to 299 leaves by `next`, if it is JSON where `into` wants it (variable → path such as data.items.0.name);
    anything else by `failed`. `status_into` gets the status, or what went wrong."""

    kind: Literal["http"]
    method: Literal["GET", "POST"] = "GET"
    url: Annotated[str, Field(pattern=r"^https?://", max_length=1_000)]
    headers: Annotated[dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")], Text], Field(max_length=20)] = (
        Field(default_factory=dict)
    )
    body: Annotated[dict[str, Text], Field(max_length=FIELDS_MOST)] | None = None
    into: Annotated[
        dict[Variable, Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=FIELDS_MOST)
    ] = Field(default_factory=dict)
    status_into: Variable | None = None
    timeout_s: Annotated[float, Field(ge=0.5, le=15)] = 5.0
    needs = ("next", "failed")


class SubFlow(Node):
    """Goes through another flow and comes back by the exit that its `return` names. `give`: its variables at the
    start; `take`: variable here → variable there. `failed`: it is not there, or flows are nested too deeply."""

    kind: Literal["sub_flow"]
    flow: Name
    give: Annotated[dict[Variable, Text], Field(max_length=FIELDS_MOST)] = Field(default_factory=dict)
    take: Annotated[dict[Variable, Variable], Field(max_length=FIELDS_MOST)] = Field(default_factory=dict)
    needs = ("next",)
    may = ("failed",)

    def possible(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.needs, *self.may, *self.exits)))  # its returns name the others


class Sms(Node):
    """Sends a short message. Boxes without the part leave by `not_available`."""

    kind: Literal["sms"]
    to: Text = "${number}"
    text: Annotated[str, Field(min_length=1, max_length=500)]
    needs = ("next", "not_available")


class Fax(Node):
    """Receives a fax. Boxes without the part leave by `not_available`."""

    kind: Literal["fax"]
    into: Variable = "fax"
    needs = ("next", "not_available")


# -- leaving --------------------------------------------------------------------------------------------------


class Place(Node):
    """Leads out of the flow. If the caller comes back from there, the flow goes on behind the exit that says why."""

    ends: ClassVar[bool] = True


class ToQueueNode(Place):
    """Waits in a queue. `priority`: 0 to 9, as of a VIP who proved himself."""

    kind: Literal["queue"]
    queue: Name
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    may = ("left", "not_possible")


class Transfer(Place):
    """Put through to a station, an outside number or a conference room; the address may come from variables. A station
    or number rings for `ring_s`; None: as long as it usually does."""

    kind: Literal["transfer"]
    to: Literal["station", "number", "room"]
    address: Annotated[str, Field(min_length=1, max_length=200)]
    ring_s: Annotated[float, Field(ge=10, le=180)] | None = None
    may = ("busy", "no_answer", "not_possible")


class ToVoicemailNode(Place):
    """Leaves a message in a box: a station's number, a queue's name, or 'general'."""

    kind: Literal["voicemail"]
    box: Annotated[str, Field(min_length=1, max_length=200)]
    may = ("not_possible",)


class GoTo(Node):
    """Goes on in another flow and does not come back. Variables stay."""

    kind: Literal["flow"]
    flow: Name
    ends: ClassVar[bool] = True


class Return(Node):
    """The end of a sub-flow: goes on behind `by` of the node that called it. In a flow that nobody called, it is its
    fallback."""

    kind: Literal["return"]
    by: ExitName = "next"
    ends: ClassVar[bool] = True


class HangUpNode(Node):
    """Says goodbye, if there is something to say, and hangs up."""

    kind: Literal["hang_up"]
    prompt: Prompt = say("goodbye")
    ends: ClassVar[bool] = True


AnyNode = Annotated[
    Play | Menu | Digits | LanguageChoice | Survey | Callback | Record | Condition | Hours | SetVariables | Lookup
    | Http | SubFlow | Sms | Fax | ToQueueNode | Transfer | ToVoicemailNode | GoTo | Return | HangUpNode,
    Field(discriminator="kind"),
]  # fmt: skip
