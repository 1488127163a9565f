"""What a setup page is. A room's page is one of these, named in webui/setup/pages.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from firmware.people import Person, Role
from firmware.setup.base import Section
from webui.setup.forms import Values
from webui.setup.shapes import Kind

BUILDERS: frozenset[Role] = frozenset({"owner", "technician"})


@dataclass(frozen=True)
class Extra:
    """A control that is no field of the model: its value is handed to `prepare`. `kind` as in webui/setup/shapes.py."""

    name: str
    kind: Kind = "secret"


def _as_typed(_values: Values, _extras: dict[str, str], _before: Any, _final: bool) -> dict[str, str]:
    return {}


def _allowed(_me: Person, _before: Any, _after: Any) -> str:
    return ""


def _no_more(_after: Any) -> None:
    return


def _nothing(_item: Any) -> dict[str, Any]:
    return {}


def _silent(_section: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One section as a form.

    `name` in the address, `title` and `sentence` (what it is for) in the list of pages, `state` says how it stands now.
    `hidden`: fields that are not shown. `prepare` may change the values that were typed, given the extras, what was
    there before, and whether it will be saved now (else it is only being looked at while somebody types); what it
    returns are faults by path. `refuse` says in a sentence why this person may not make this change. `undo`: who may
    take changes back. `saved`: called with what is there now, after a change.
    `beside`: a template above the form that says how this very thing stands now, with what `standing` finds.
    """

    name: str
    title: Any
    sentence: Any
    section: type[Section]
    state: Callable[[Any], str] = _silent
    roles: frozenset[Role] = BUILDERS
    undo: frozenset[Role] = BUILDERS
    hidden: frozenset[str] = frozenset()
    extras: tuple[Extra, ...] = ()
    prepare: Callable[[Values, dict[str, str], Any, bool], dict[str, str]] = _as_typed
    refuse: Callable[[Person, Any, Any], str] = _allowed
    saved: Callable[[Any], None] = _no_more
    beside: str = ""
    standing: Callable[[Any], dict[str, Any]] = _nothing

    @property
    def model(self) -> type[BaseModel]:
        """What the form is made of."""
        return self.section


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """A section's list of items, each with a form of its own. `field`: the list in the section; `item`: its model,
    which has a field `id`. `columns`: heading and what stands there; the first is the link. `empty`: what to do when
    there is none. `new`: the button's words; empty: no more can be added."""

    field: str
    item: type[BaseModel]
    columns: tuple[tuple[Any, Callable[[Any], Any]], ...]
    empty: Any
    new: Any
    removable: bool = True

    @property
    def model(self) -> type[BaseModel]:
        """What the form is made of."""
        return self.item

    def heading(self, item: Any) -> str:
        """Above an item's form."""
        return str(getattr(item, "name", "") or item.id)

    def items(self, section: Section) -> tuple[Any, ...]:
        """What is in the list."""
        return tuple(getattr(section, self.field))


@dataclass(frozen=True, kw_only=True)
class LinkPage:
    """A page with a blueprint of its own that stands in the list all the same. `endpoint` is where it begins."""

    name: str
    title: Any
    sentence: Any
    endpoint: str
    state: Callable[[], str] = lambda: ""
    roles: frozenset[Role] = BUILDERS
