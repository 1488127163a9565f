"""The setup below one data directory: `setup.json`, one table for each section, and its history.

Nothing is decided here. Page and box both read it; the file is the truth, so that neither need tell the other what
stands in it, only that it changed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python
from tinydb import TinyDB

from firmware.config.errors import sentences
from firmware.errors import UserError
from firmware.setup.base import Problem, Section
from firmware.setup.difference import Missing, at, changed, is_order, put, remove, values
from firmware.setup.files import AtomicStorage, in_words, locked
from firmware.setup.history import Entry, History
from firmware.setup.secrets import holds, masked, without
from firmware.setup.sections import SECTIONS, Registered

FILE = "setup.json"
S = TypeVar("S", bound=Section)


class SetupError(UserError):
    """The setup cannot be read, written or undone; the message says what happened and what to do."""


class SetupInvalid(SetupError):
    """A change that would not be valid; nothing was changed. `errors` as pydantic tells them (empty if it is only
    that sections would not fit together), `problems` what would block."""

    def __init__(self, words: str, errors: list[ErrorDetails], problems: list[Problem]) -> None:
        super().__init__(words, code="not_valid")
        self.errors = errors
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Trial:
    """The setup as it would be with one section changed."""

    setup: "Setup"
    section: Section

    def load(self, model: type[S]) -> S:
        """The changed section, or what is there."""
        return self.section if isinstance(self.section, model) else self.setup.load(model)


class Setup:
    """Safe for any number of threads and processes. `sections` takes the place of the registry in tests."""

    def __init__(
        self, data: Path, *, now: Callable[[], float] = time.time, sections: Mapping[str, Registered] = SECTIONS
    ) -> None:
        self.path = data / FILE
        self._history = History(data)
        self._now = now
        self._sections = dict(sections)
        self._names = {registered.model: name for name, registered in sections.items()}
        self._seen: tuple[object, dict[str, Section]] = (None, {})

    # -- read ---------------------------------------------------------------------------------------------

    def load(self, model: type[S]) -> S:
        """The section; its defaults if nobody has changed it. Raises SetupError."""
        name = self.name_of(model)
        stamp = self._stamp()
        if self._seen[0] != stamp:
            self._seen = (stamp, {})
        kept = self._seen[1]
        if name not in kept:
            kept[name] = self._read(name)
        found = kept[name]
        assert isinstance(found, model)
        return found

    def name_of(self, model: type[Section]) -> str:
        """The section's name in the document; ValueError if it is not in firmware/setup/sections.py."""
        if model not in self._names:
            raise ValueError(f"{model.__name__} is no section; name it in firmware/setup/sections.py")
        return self._names[model]

    def model_of(self, section: str) -> type[Section]:
        """The other way round; SetupError."""
        if section not in self._sections:
            raise SetupError(
                f"there is no section {section!r}; there are {', '.join(sorted(self._sections))}", code="no_section"
            )
        return self._sections[section].model

    def has(self, model: type[Section]) -> bool:
        """Whether the section was ever changed. Raises SetupError."""
        with in_words(self.path, "read", SetupError):
            return bool(self._open().table(self.name_of(model)).all())

    def problems(self) -> list[Problem]:
        """What does not fit together across sections, by every room's checks. Raises SetupError."""
        return self._problems(self)

    # -- change -------------------------------------------------------------------------------------------

    def change(self, model: type[S], change: Callable[[S], S | dict[str, Any]], *, who: str, fits: bool = True) -> S:
        """Under the lock: `change` gets the section and returns it anew, or only the fields to set. The new section.

        `who`: the id of the person, or what did it. `fits` False: also what does not fit together. Raises
        SetupInvalid and SetupError; what `change` raises passes through. In all these cases nothing was changed.
        """
        with self._changing():
            now = self.load(model)
            wanted = self._valid(model, _fields(now, change(now)))
            self._write(now, wanted, who, None, fits=fits)
            return wanted

    def check(self, model: type[S], change: Callable[[S], S | dict[str, Any]]) -> None:
        """Raises what `change` would, and changes nothing."""
        now = self.load(model)
        self._fits(self._valid(model, _fields(now, change(now))))

    def history(self, section: str | None = None, limit: int = 100) -> list[Entry]:
        """The newest changes, of one section or of all."""
        with in_words(self._history.path, "read", SetupError):
            found = (entry for entry in self._history.newest() if section in (None, entry.section))
            return list(islice(found, limit))

    def undo(self, number: int, *, who: str) -> str:
        """Takes the change `number` back; the section's name. Refused by SetupError if the same fields were changed
        since, or were secrets."""
        with self._changing():
            with in_words(self._history.path, "read", SetupError):
                entry = next((entry for entry in self._history.newest() if entry.id == number), None)
            if entry is None:
                raise SetupError(f"there is no change {number} in the history", code="no_change")
            model = self.model_of(entry.section)
            now = self.load(model)
            wanted = self._valid(model, _undone(entry, now))
            self._write(now, wanted, who, number)
            return entry.section

    # -- inside -------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with ExitStack() as stack:
            with in_words(self.path, "write", SetupError):
                stack.enter_context(locked(self.path))
            yield

    def _stamp(self) -> object:
        with in_words(self.path, "read", SetupError):
            try:
                found = self.path.stat()
            except FileNotFoundError:
                return "none"
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _open(self) -> TinyDB:
        return TinyDB(self.path, storage=AtomicStorage)

    def _read(self, name: str) -> Section:
        model = self._sections[name].model
        with in_words(self.path, "read", SetupError):
            documents = self._open().table(name).all()
        try:
            return model.model_validate(dict(documents[0]) if documents else {})
        except ValidationError as error:
            raise SetupError(
                f"{sentences(f'{self.path}: {name}', error)}\nNothing was changed.", code="not_valid"
            ) from error

    def _valid(self, model: type[S], fields: dict[str, Any]) -> S:
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            words = f"{sentences(self.name_of(model), error)}\nNothing was changed."
            raise SetupInvalid(words, error.errors(include_url=False), []) from error

    def _problems(self, setup: "Setup | _Trial") -> list[Problem]:
        checks = [check for registered in self._sections.values() for check in registered.checks]
        return [problem for check in checks for problem in check(setup)]

    def _fits(self, wanted: Section) -> None:
        """SetupInvalid if it brings a problem that blocks and was not there before."""
        known = {(one.where, one.text) for one in self._problems(self) if one.blocks}
        fresh = [one for one in self._problems(_Trial(self, wanted)) if one.blocks]
        fresh = [one for one in fresh if (one.where, one.text) not in known]
        if fresh:
            raise SetupInvalid("\n".join(one.words() for one in fresh) + "\nNothing was changed.", [], fresh)

    def _write(self, now: Section, wanted: Section, who: str, undoes: int | None, *, fits: bool = True) -> None:
        """History first: a change that nobody can name must not be."""
        before, after = now.model_dump(mode="json"), wanted.model_dump(mode="json")
        paths = list(changed(before, after))
        if not paths:
            return
        if fits:
            self._fits(wanted)
        with in_words(self.path, "write", SetupError):
            newest = next(self._history.newest(), None)
            entry = Entry(
                id=newest.id + 1 if newest else 1, at=self._now(), who=who, section=self.name_of(type(wanted)),
                before=values(masked(now), paths), after=values(masked(wanted), paths), undoes=undoes,
            )  # fmt: skip
            length = self._history.add(entry)
            try:
                self._replace(entry.section, after)
            except BaseException:
                with suppress(OSError):
                    self._history.take_back(length)
                raise

    def _replace(self, name: str, document: dict[str, Any]) -> None:
        """In one write of the file: the table's old document must not be gone before the new one is there."""
        table = self._open().table(name)
        if table.all():

            def anew(kept: MutableMapping[str, Any]) -> None:
                kept.clear()
                kept.update(document)

            table.update(anew)
        else:
            table.insert(document)


def _fields(now: Section, wanted: Section | dict[str, Any]) -> dict[str, Any]:
    """As they would stand in the file, so that models which were only copied are validated, too."""
    found = wanted if isinstance(wanted, dict) else wanted.model_dump()
    return now.model_dump(mode="json") | {name: to_jsonable_python(value) for name, value in found.items()}


def _undone(entry: Entry, now: Section) -> dict[str, Any]:
    """The section without what `entry` did. SetupError."""
    shown = masked(now)
    document: dict[str, Any] = now.model_dump(mode="json")
    paths = sorted(entry.before.keys() | entry.after.keys(), key=lambda path: (is_order(path), path))
    for path in paths:
        try:
            there = at(shown, path)
        except Missing:
            there = None
        if not is_order(path) and there != entry.after.get(path):
            raise SetupError(
                f"{path} was changed again since, so change {entry.id} cannot be undone; change it by hand",
                code="changed_since",
            )
        if path not in entry.before:
            remove(document, path)
            continue
        value = entry.before[path]
        if holds(value) and not isinstance(value, dict | list):
            raise SetupError(f"{path} is a secret, and old secrets are not kept; set it anew", code="secret_gone")
        try:
            put(document, path, without(value))
        except Missing as error:
            words = f"{path} has no place any more, so change {entry.id} cannot be undone"
            raise SetupError(words, code="no_place") from error
    return document
