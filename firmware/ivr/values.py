"""Variables of a call in a flow: how they stand in texts, how they are compared, how they are changed.

There is no language in it: no loop, no call, no attribute. A text may only name variables, `${number}`, so the most
that a text can do is to become long, and that is limited. Everything here is pure and total: it never raises.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from string import Template
from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Strict

TEXT_MOST = 2_000  # characters of a text with its variables filled in
VALUE_MOST = 1_000  # characters of a variable
VARIABLES_MOST = 200

# What the call itself says; a flow may read these and not set them.
FACTS: dict[str, str] = {
    "number": "the caller's number, empty if it is not known",
    "name": "the caller's name as the line sent it, or empty",
    "line": "the line's number",
    "called": "the line's own number, or else its name, as it is set up; or empty",
    "language": "zh or en: what the caller hears",
    "earlier_calls": "how often this number called before",
    "last_station": "the station that last spoke with this number, or empty",
    "today": "the date, as 2026-11-22",
    "now": "the time, as 14:05",
    "flow": "the name of the flow",
}

Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Variables = Mapping[str, str]


class _Braces(Template):
    """Only ${name}; a $ by itself is a $, so that prices can be written."""

    flags = re.VERBOSE
    pattern = r"""
        \$(?:
            (?P<escaped>\$(?=\{)) |
            (?P<named>(?!)) |
            \{(?P<braced>[a-z][a-z0-9_]{0,31})\} |
            (?P<invalid>(?!))
        )
    """  # type: ignore[assignment] # the base class makes a pattern of it


Text = Annotated[str, Field(max_length=TEXT_MOST)]


class _Filled(Mapping[str, str]):
    """Variables as a template takes them: one that is not there is empty; each may be changed on its way in."""

    def __init__(self, variables: Variables, change: Callable[[str], str]) -> None:
        self._variables = variables
        self._change = change

    def __getitem__(self, name: str) -> str:
        return self._change(self._variables.get(name, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def fill(text: str, variables: Variables, change: Callable[[str], str] = str) -> str:
    """`text` with its variables, each as `change` makes it; at most TEXT_MOST characters. One not set is empty."""
    return _Braces(text).safe_substitute(_Filled(variables, change))[:TEXT_MOST]


def named(text: str) -> set[str]:
    """The variables that a text names."""
    return {found["braced"] for found in _Braces.pattern.finditer(text) if found["braced"]}  # type: ignore[attr-defined]


class Comparison(Strict):
    """`left` is held against `right`. 'less' and its like compare numbers and are false where one side is none;
    `one_of` has the choices in `right`, with commas between."""

    left: Text
    is_: Annotated[
        Literal[
            "equal", "not_equal", "less", "at_most", "more", "at_least", "begins_with", "ends_with", "contains",
            "one_of", "empty", "not_empty",
        ],
        Field(alias="is"),
    ]  # fmt: skip
    right: Text = ""

    def holds(self, variables: Variables) -> bool:
        """Whether it is so."""
        return COMPARE[self.is_](fill(self.left, variables), fill(self.right, variables))


def number(text: str) -> Decimal | None:
    """A number written as people write it; None if it is none, or one that nobody would write."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and len(text) <= 40 and abs(found.adjusted()) <= 18 else None


def _numbers(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def compared(left: str, right: str) -> bool:
        one, other = number(left), number(right)
        return one is not None and other is not None and compare(one, other)

    return compared


COMPARE: dict[str, Callable[[str, str], bool]] = {
    "equal": lambda left, right: left == right,
    "not_equal": lambda left, right: left != right,
    "less": _numbers(lambda left, right: left < right),
    "at_most": _numbers(lambda left, right: left <= right),
    "more": _numbers(lambda left, right: left > right),
    "at_least": _numbers(lambda left, right: left >= right),
    "begins_with": lambda left, right: left.startswith(right),
    "ends_with": lambda left, right: left.endswith(right),
    "contains": lambda left, right: right in left,
    "one_of": lambda left, right: left in [choice.strip() for choice in right.split(",")],
    "empty": lambda left, _: not left,
    "not_empty": lambda left, _: bool(left),
}


class ToText(Strict):
    """The variable becomes this text."""

    do: Literal["text"] = "text"
    text: Text


class Calculate(Strict):
    """The variable becomes `left` plus or minus `right`; what is no number counts as 0."""

    do: Literal["add", "subtract"]
    left: Text
    right: Text


class Part(Strict):
    """The variable becomes the first or the last `length` characters of `text`."""

    do: Literal["first", "last"]
    text: Text
    length: Annotated[int, Field(ge=1, le=100)]


Value = Annotated[ToText | Calculate | Part, Field(discriminator="do")]


def worked_out(value: ToText | Calculate | Part, variables: Variables) -> str:
    """What the variable becomes, at most VALUE_MOST characters."""
    match value:
        case ToText(text=text):
            return fill(text, variables)[:VALUE_MOST]
        case Calculate(do=do, left=left, right=right):
            one, other = (number(fill(side, variables)) or Decimal(0) for side in (left, right))
            return f"{one + other if do == 'add' else one - other:f}"
        case Part(do="first", text=text, length=length):
            return fill(text, variables)[:length]
        case Part(text=text, length=length):
            return fill(text, variables)[-length:]


def texts_of(value: ToText | Calculate | Part) -> list[str]:
    """Its texts, for those who look for variables."""
    return [value.left, value.right] if isinstance(value, Calculate) else [value.text]
