"""What a section's model is made of. Rooms import this, never the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Protocol, TypeVar

from pydantic import Field
from pydantic_core import PydanticCustomError

from drivers.binding.plan import Strict

__all__ = ["SECRET", "Check", "Problem", "Reads", "Section", "Slug", "Strict", "wrong"]

# In `Field(json_schema_extra=SECRET)`: never shown, and kept out of history.
SECRET: Final[dict[str, Any]] = {"secret": True}

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Section(Strict):
    """The base of every section: it must be complete without being told anything."""


S = TypeVar("S", bound=Section)


class Reads(Protocol):
    """Whoever can load a section: the store, or a change that is being tried."""

    def load(self, model: type[S]) -> S:
        """The section as it is, or would be."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit together. `text` is a sentence with {names} of `args`, in English: the page
    translates it. `where`: path of the field, such as people/wang/number. One that `blocks` is not let in."""

    section: str
    where: str
    text: str
    args: dict[str, Any] = field(default_factory=dict, hash=False)
    blocks: bool = False

    def words(self) -> str:
        """In English."""
        return self.text.format(**self.args)


Check = Callable[[Reads], list[Problem]]


def wrong(text: str, *, field: str = "", **args: Any) -> PydanticCustomError:
    """To raise in a validator: `text` is a sentence with {names} of `args`, which the page can translate. `field`: the
    one of the item it belongs to, where the validator is that of the whole list."""
    return PydanticCustomError("said", text, {"text": text, "field": field, **args})
