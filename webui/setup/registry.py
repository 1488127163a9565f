"""What a setup page is. A room's page is one of these, named in webui/setup/pages.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from firmware.people import Person, Role
from firmware.setup.base import Section
from webui.setup.control import Values
from webui.setup.shapes import Kind
from webui.setup.words import FIELDS
from webui.translate import _l

Group = Literal["in", "out", "people", "box", "programs"]
GROUPS: dict[Group, Any] = {
    "in": _l("Calls in"),
    "out": _l("Calls out"),
    "people": _l("People and telephones"),
    "box": _l("The box"),
    "programs": _l("Other programs"),
}
SAVED = _l("Saved. It counts from the next call on.")
BUILDERS: frozenset[Role] = frozenset({"owner", "technician"})


@dataclass(frozen=True)
class Extra:
    """A control that is no field of the model: its value is handed to `prepare`. `kind` as in webui/setup/shapes.py."""

    name: str
    kind: Kind = "secret"


@dataclass(frozen=True, slots=True)
class Now:
    """One line of how it stands at this moment. `state`: one of webui/states.py, for colour and shape."""

    state: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button below the form that does something else than saving. `endpoint` is asked by POST; `field`: a text that
    goes with it."""

    endpoint: str
    word: Any
    field: str = ""
    label: Any = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a list, by the key that stands in its address. `there`: not only the standard."""

    key: str
    value: Any
    there: bool = True


def _as_typed(_values: Values, _extras: dict[str, str], _before: Any, _final: bool) -> dict[str, str]:
    return {}


def _allowed(_me: Person, _before: Any, _after: Any) -> str:
    return ""


def _no_more(_after: Any) -> None:
    return


def _nothing_now(_section: Any) -> list[Now]:
    return []


def _as_usual(_path: str) -> Values | None:
    return None


def _nothing(_item: Any) -> dict[str, Any]:
    return {}


def _silent(_section: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One section as a form.

    `name` in the address, `title` and `sentence` (what it is for) in the list of pages, `state` says how it stands
    now. `group`: under which heading it stands. `now`: how the thing stands at this moment, above the form.
    `hidden`: fields that are not shown; `fields`: those that are, in this order (none: all others). `action`: a
    further button. `counts`: said after a change. `prepare` may change the values that were typed, given the
    extras, what was there before, and whether it will be saved now (else it is only being looked at while somebody
    types); what it returns are faults by path. `refuse` says in a sentence why this person may not make this
    change. `undo`: who may take changes back. `saved`: called with what is there now, after a change. `begin`: with
    what a group that is switched on begins, if not with its defaults. `beside`: a template above an item's form
    that says how this very thing stands now, with what `standing` finds.
    """

    name: str
    title: Any
    sentence: Any
    section: type[Section]
    group: Group = "box"
    state: Callable[[Any], str] = _silent
    now: Callable[[Any], list[Now]] = _nothing_now
    roles: frozenset[Role] = BUILDERS
    undo: frozenset[Role] = BUILDERS
    hidden: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    action: Action | None = None
    counts: Any = SAVED
    extras: tuple[Extra, ...] = ()
    prepare: Callable[[Values, dict[str, str], Any, bool], dict[str, str]] = _as_typed
    refuse: Callable[[Person, Any, Any], str] = _allowed
    saved: Callable[[Any], None] = _no_more
    begin: Callable[[str], Values | None] = _as_usual
    beside: str = ""
    standing: Callable[[Any], dict[str, Any]] = _nothing

    def __post_init__(self) -> None:
        if self.fields:
            rest = frozenset(self.model.model_fields) - frozenset(self.fields)
            object.__setattr__(self, "hidden", self.hidden | rest)

    @property
    def model(self) -> type[BaseModel]:
        """What the form is made of."""
        return self.section

    @property
    def covers(self) -> frozenset[str]:
        """The section's fields that are changed here."""
        return frozenset(self.section.model_fields) - self.hidden


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """A section's list of items, each with a form of its own. `field`: the list in the section; `item`: its model;
    `key`: the item's field by which it is told. `columns`: heading and what stands there; the first is the link.
    `empty`: what to do when there is none. `new`: the button's words."""

    field: str
    item: type[BaseModel]
    columns: tuple[tuple[Any, Callable[[Any], Any]], ...]
    empty: Any
    new: Any
    key: str = "id"
    removable: bool = True

    @property
    def model(self) -> type[BaseModel]:
        """What the form is made of."""
        return self.item

    @property
    def covers(self) -> frozenset[str]:
        """The section's field with the list."""
        return frozenset({self.field})

    @property
    def fixed(self) -> str:
        """The control that cannot be changed once the item is there."""
        return self.key

    @property
    def addable(self) -> bool:
        """Whether there may be new ones."""
        return True

    def items(self, section: Section) -> tuple[Any, ...]:
        """What is in the list."""
        return tuple(getattr(section, self.field))

    def entries(self, section: Section) -> list[Entry]:
        """The list as it is shown."""
        return [Entry(str(getattr(one, self.key)), one) for one in self.items(section)]

    def shown(self, entry: Entry) -> Any:
        """What the columns are told."""
        return entry.value

    def title_of(self, entry: Entry) -> str:
        """The heading of its form: what the list calls it."""
        return str(self.columns[0][1](self.shown(entry)))

    def put(self, section: Section, before: Entry | None, key: str, values: Values) -> dict[str, Any]:
        """The section's fields with an item added or changed."""
        items: list[Any] = list(self.items(section))
        if before is None:
            return {self.field: [*items, values]}
        return {self.field: [values if str(getattr(one, self.key)) == before.key else one for one in items]}

    def without(self, section: Section, key: str) -> dict[str, Any]:
        """The section's fields without an item."""
        return {self.field: [one for one in self.items(section) if str(getattr(one, self.key)) != key]}

    def path(self, key: str) -> str:
        """Where its changes stand in history; the whole list where items have no id."""
        return f"{self.field}/{key}" if self.key == "id" else self.field


KEY = "@"


@dataclass(frozen=True, kw_only=True)
class NamedPage(ListPage):
    """Likewise for a section's dict: items have a name that is no field of theirs. Columns are told an `Entry`.
    `known`: the names that there can be and their words, each shown also while only the standard (`item()`) holds;
    None: people choose names."""

    known: Callable[[], Mapping[str, str]] | None = None

    @property
    def fixed(self) -> str:
        """The name."""
        return KEY

    @property
    def addable(self) -> bool:
        """Not where the names are known."""
        return self.known is None

    def entries(self, section: Section) -> list[Entry]:
        """With a standard one for each known name that has none."""
        there: Mapping[str, Any] = getattr(section, self.field)
        known = () if self.known is None else self.known()
        names = dict.fromkeys((*known, *there))
        return [Entry(name, there[name] if name in there else self.item(), name in there) for name in names]

    def shown(self, entry: Entry) -> Any:
        """Key and value."""
        return entry

    def put(self, section: Section, before: Entry | None, key: str, values: Values) -> dict[str, Any]:
        """By its name."""
        return {self.field: {**getattr(section, self.field), key: values}}

    def without(self, section: Section, key: str) -> dict[str, Any]:
        """Its name is free, or the standard holds again."""
        there = getattr(section, self.field)
        return {self.field: {name: one for name, one in there.items() if name != key}}

    def path(self, key: str) -> str:
        """By its name."""
        return f"{self.field}/{key}"

    @property
    def key_words(self) -> tuple[str, str]:
        """Label and help of the name."""
        label, help_ = FIELDS[f"{self.section.__name__}.{self.field}.{KEY}"]
        return str(label), str(help_)


@dataclass(frozen=True, kw_only=True)
class LinkPage:
    """A page with a blueprint of its own that stands in the list all the same. `endpoint` is where it begins."""

    name: str
    title: Any
    sentence: Any
    endpoint: str
    group: Group = "box"
    state: Callable[[], str] = lambda: ""
    roles: frozenset[Role] = BUILDERS
