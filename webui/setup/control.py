"""A control of a form: what a template shows of one field."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from webui.setup.shapes import Kind, Shape

Values = dict[str, Any]
Sources = Callable[[str], list[tuple[str, str]]]


@dataclass
class Control:
    """One field as it is shown. `fields`: of a group or of a union's variant; `rows`: each a group of its own; `usual`:
    the default in words, if something else stands there; `quiet`: it has no place of its own for faults; `picture`:
    what is drawn of a week."""

    name: str
    kind: Kind
    label: str
    help: str
    value: Any
    error: str = ""
    shape: Shape = field(default_factory=lambda: Shape("text"))
    choices: list[tuple[str, str]] = field(default_factory=list)
    fields: list["Control"] = field(default_factory=list)
    rows: list["Control"] = field(default_factory=list)
    fixed: bool = False
    usual: str = ""
    quiet: bool = False
    picture: list[Any] = field(default_factory=list)

    @property
    def id(self) -> str:
        """For HTML."""
        return "f-" + self.name.replace(".", "-")

    @property
    def wrong(self) -> bool:
        """Whether anything of it is."""
        return any(one.error for one in self.leaves())

    def leaves(self) -> Iterator["Control"]:
        """Itself and everything below."""
        yield self
        for below in (*self.fields, *self.rows):
            yield from below.leaves()
