"""The flows of a box: those it came with, and those that people made; every published version is kept for ever.

Below the data directory: flows/<name>/draft.json is what somebody works on, as it was sent, also when it cannot be a
flow yet; flows/<name>/000003.json is what callers come into until there is a 000004. A version is written once and
never changed; the file is there whole or not at all. Restoring an old one publishes it again as a new one.
"""

import copy
import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from firmware.errors import UserError
from firmware.ivr.checks import Names, check, errors
from firmware.ivr.document import BYTES_MOST, Document, FlowError, read, written
from firmware.ivr.problems import Problem, refused
from firmware.ivr.way import Published
from firmware.setup.difference import changed, values
from firmware.setup.files import locked
from firmware.setup.files import replace as replace_file

log = logging.getLogger(__name__)

FOLDER = "flows"
DRAFT = "draft.json"
REMOVED = "_removed"  # no flow can be called so
SHIPPED = Path(__file__).with_name("flows")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
VERSION = re.compile(r"(\d{6,9})\.json")

Speak = Callable[[Document], None]
"""Makes prompts of a flow's written texts; PromptError."""


class LibraryError(UserError):
    """What was asked of the library cannot be done; the message says why."""


class Changed(LibraryError):
    """Somebody else has changed the flow since it was looked at, so nothing was done."""


class NotPublished(LibraryError):
    """A draft has errors; `problems` are all that were found."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        words = [f"{one.node or 'flow'}: {one.words('en')}" for one in errors(problems)]
        super().__init__(f"flow {name} was not published:\n" + "\n".join(words))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Version:
    """One that was published, `at` seconds since the Unix epoch. 0 came with the box."""

    number: int
    at: float
    who: str
    note: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody works on. `document` is as it was sent; `base`: the version it began from."""

    document: Any
    base: int
    at: float
    who: str

    @property
    def stamp(self) -> str:
        """Another for every other draft."""
        whole = json.dumps([self.document, self.base, self.at, self.who], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two versions. `path`: nodes/welcome/tries; `before` and `after` as JSON values."""

    what: Literal["added", "removed", "changed"]
    path: str
    before: Any = None
    after: Any = None

    @property
    def node(self) -> str | None:
        """The node it belongs to; None: the flow itself."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "nodes" and len(parts) > 1 else None


class Library:
    """Reads and writes. `damaged`: files that cannot be read any more; the version before stands in for such a one."""

    def __init__(self, data: Path, now: Callable[[], float], speak: Speak = lambda _: None) -> None:
        self._root = data / FOLDER
        self._now = now
        self._speak = speak
        self.damaged: dict[Path, str] = {}
        self._published = {name: Published(0, document) for name, document in _shipped().items()}

    # -- reading ------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Every flow, also those that are only drafts."""
        own = [folder.name for folder in self._root.iterdir()] if self._root.is_dir() else []
        return sorted({*(name for name in own if NAME.fullmatch(name)), *_shipped()})

    def published(self) -> dict[str, Published]:
        """What callers come into, from now on. Who has got it keeps it, whatever is published later. If the disk cannot
        be read: what there was before."""
        self.damaged.clear()
        try:
            found = {name: self.newest(name) for name in self.names()}
        except OSError as error:
            self.damaged[self._root] = f"{self._root} cannot be read: {error.strerror}"
            log.error("%s", self.damaged[self._root])
        else:
            self._published = {name: one for name, one in found.items() if one is not None}
        return dict(self._published)

    def newest(self, name: str) -> Published | None:
        """The newest version that can be read; None: it was never published."""
        for number in reversed(self._numbers(name)):
            try:
                return Published(number, self.get(name, number))
            except LibraryError as error:
                log.error("%s", error)
                self.damaged[self._file(name, number)] = str(error)
        return None

    def get(self, name: str, version: int) -> Document:
        """A version; LibraryError if it is not there or damaged."""
        if version == 0 and name in _shipped():
            return _shipped()[name]
        file = self._file(name, version)
        try:
            stamp = file.stat()
            return _version(file, stamp.st_mtime_ns, stamp.st_size)
        except FileNotFoundError as error:
            raise LibraryError(
                f"there is no version {version} of flow {name}", code="no_version", name=version
            ) from error
        except (OSError, ValueError, KeyError, TypeError, FlowError) as error:
            raise LibraryError(
                f"{file} is damaged: {error}. Restore another version of flow {name}.",
                code="version_damaged",
                name=version,
            ) from error

    def versions(self, name: str) -> list[Version]:
        """All of them, newest first; a damaged one without who and when."""
        return [self._told(name, number) for number in reversed(self._numbers(name))]

    def draft(self, name: str) -> Draft | None:
        """What somebody works on; None: nobody does."""
        file = self._folder(name) / DRAFT
        try:
            found = json.loads(file.read_bytes())
            return Draft(found["document"], int(found["base"]), float(found["at"]), str(found["who"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryError(
                f"{file} is damaged: {error}. Discard the draft to begin anew.", code="draft_damaged"
            ) from error

    def has_draft(self, name: str) -> bool:
        """Whether somebody works on it."""
        return (self._folder(name) / DRAFT).exists()

    def stamp(self, name: str) -> str:
        """What tells whether somebody has changed it: draft or newest version; "" if there is no such flow."""
        draft, numbers = self.draft(name), self._numbers(name)
        return draft.stamp if draft is not None else f"v{numbers[-1]}" if numbers else ""

    def to_try(self, name: str) -> Document:
        """The draft, or else the newest version, to be gone through by somebody who tries it; a draft's texts are
        spoken now. LibraryError if there is neither or the draft cannot be a flow yet."""
        draft = self.draft(name)
        if draft is None:
            newest = self.newest(name)
            if newest is None:
                raise LibraryError(f"there is no draft of flow {name}", code="no_draft", name=name)
            return newest.document
        try:
            document = Document.model_validate(draft.document)
        except ValidationError as error:
            raise LibraryError("; ".join(one.words("en") for one in refused(error)), code="flow_wrong") from error
        self._speak(document)
        return document

    def problems(self, name: str, document: Any, names: Names) -> list[Problem]:
        """What is wrong with what somebody works on, as it would be published now."""
        try:
            found = Document.model_validate(document)
        except ValidationError as error:
            return refused(error)
        flows = {other: one.document for other, one in self.published().items()}
        return check(found, replace(names, flows=flows | {name: found}), name)

    def compare(self, name: str, before: int, after: int | None) -> list[Change]:
        """What is different between two versions, node by node; `after` None: the draft. Where a node lies on the paper
        does not count."""
        if after is not None:
            return differences(self.get(name, before), self.get(name, after))
        draft = self.draft(name)
        nodes = draft.document.get("nodes") if draft is not None and isinstance(draft.document, dict) else None
        if draft is None or not isinstance(nodes, dict) or not all(isinstance(one, dict) for one in nodes.values()):
            raise LibraryError(f"there is no draft of flow {name} that could be compared", code="no_draft", name=name)
        return _between(written(self.get(name, before)), copy.deepcopy(draft.document))

    # -- writing ------------------------------------------------------------------------------------------

    def save_draft(self, name: str, document: Any, who: str, seen: str | None = None) -> Draft:
        """Keeps what somebody works on; it need not be whole. Changed: it is not what was `seen` any more."""
        self._unchanged(name, seen)
        folder = self._made(name)
        numbers = self._numbers(name)
        with locked(folder / DRAFT):
            self._unchanged(name, seen)
            before = self.draft(name)
            base = before.base if before is not None else numbers[-1] if numbers else 0
            draft = Draft(document, base, self._now(), who)
            _write(folder / DRAFT, {"document": document, "base": base, "at": draft.at, "who": who})
        return draft

    def discard_draft(self, name: str, seen: str | None = None) -> None:
        """As if nobody had worked on it. Changed as in `save_draft`."""
        self._unchanged(name, seen)
        folder = self._folder(name)
        (folder / DRAFT).unlink(missing_ok=True)
        if folder.is_dir() and not self._numbers(name):
            (folder / DRAFT).with_suffix(".lock").unlink(missing_ok=True)
            folder.rmdir()

    def publish(self, name: str, who: str, names: Names, note: str = "", seen: str | None = None) -> Published:
        """The draft becomes the version that callers come into. NotPublished if it has errors; LibraryError if there
        is no draft, or somebody has published since it was begun; Changed as in `save_draft`."""
        self._unchanged(name, seen)
        draft = self.draft(name)
        if draft is None:
            raise LibraryError(f"there is no draft of flow {name}", code="no_draft", name=name)
        newest = self._numbers(name)[-1:] or [0]
        if draft.base != newest[0]:
            raise LibraryError(
                f"version {newest[0]} of flow {name} was published since the draft was begun from version "
                f"{draft.base}. Compare the two, or discard the draft.",
                code="published_since",
                name=newest[0],
            )
        found = self._made_version(name, draft.document, who, names, note)
        self.discard_draft(name)
        return found

    def restore(self, name: str, version: int, who: str, names: Names) -> Published:
        """An old version is published again, as a new one. It is checked anew: what it names may be gone."""
        return self._made_version(name, written(self.get(name, version)), who, names, f"version {version} again")

    def rename(self, name: str, to: str) -> None:
        """It is called otherwise, with its draft and every version. LibraryError if it came with the box, is not there,
        or the new name is taken. Whether something uses it, the caller must know."""
        folder, target = self._own(name), self._folder(to)
        if to in self.names():
            raise LibraryError(f"there is a flow {to} already", code="flow_exists", name=to)
        self._moved(folder, target)

    def remove(self, name: str) -> None:
        """It is in no list any more; its files are kept below `_removed`. LibraryError as of `rename`."""
        folder, kept = self._own(name), self._root / REMOVED
        number = sum(1 for one in kept.glob(f"{name}.*")) if kept.is_dir() else 0
        self._moved(folder, kept / f"{name}.{number + 1}")

    # -- inside -------------------------------------------------------------------------------------------

    def _own(self, name: str) -> Path:
        """The folder of a flow that people made."""
        folder = self._folder(name)
        if name in _shipped():
            raise LibraryError(
                f"flow {name} came with the box; it stays, under its name", code="flow_built_in", name=name
            )
        if not folder.is_dir():
            raise LibraryError(f"there is no flow {name}", code="no_flow", name=name)
        return folder

    def _moved(self, folder: Path, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(target)
        except OSError as error:
            raise LibraryError(
                f"cannot move {folder} to {target}: {error.strerror}", code="not_written", why=error.strerror
            ) from error

    def _unchanged(self, name: str, seen: str | None) -> None:
        if seen is None or seen == self.stamp(name):
            return
        draft, versions = self.draft(name), self.versions(name)
        last = draft or next(iter(versions), None)
        if last is None:
            raise Changed(f"flow {name} was removed or renamed meanwhile", code="flow_removed", name=name)
        raise Changed(
            f"{last.who or 'somebody'} has changed flow {name} meanwhile",
            code="flow_changed" if last.who else "flow_changed_by_somebody",
            name=last.who,
        )

    def _made_version(self, name: str, document: Any, who: str, names: Names, note: str) -> Published:
        problems = self.problems(name, document, names)
        if errors(problems):
            raise NotPublished(name, problems)
        found = Document.model_validate(document)
        self._speak(found)
        folder = self._made(name)
        with locked(folder / DRAFT):
            number = (self._numbers(name)[-1:] or [0])[0] + 1
            whole = {"version": number, "at": self._now(), "who": who, "note": note, "document": written(found)}
            _write(self._file(name, number), whole)
        return Published(number, found)

    def _numbers(self, name: str) -> list[int]:
        """Its versions in order; a file that is damaged counts."""
        folder = self._folder(name)
        files = folder.iterdir() if folder.is_dir() else ()
        own = sorted(int(match[1]) for file in files if (match := VERSION.fullmatch(file.name)))
        return [*([0] if name in _shipped() else []), *own]

    def _told(self, name: str, number: int) -> Version:
        if number == 0:
            return Version(0, 0.0, "", "")
        try:
            found = json.loads(self._file(name, number).read_bytes())
            return Version(number, float(found["at"]), str(found["who"]), str(found["note"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.damaged[self._file(name, number)] = str(error)
            return Version(number, 0.0, "", "")

    def _folder(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise LibraryError(
                f"a flow cannot be called {name!r}: a-z first, then a-z, 0-9, _ and -, at most 32", code="flow_name"
            )
        return self._root / name

    def _file(self, name: str, version: int) -> Path:
        return self._folder(name) / f"{version:06}.json"

    def _made(self, name: str) -> Path:
        folder = self._folder(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"cannot make {folder}: {error.strerror}", code="not_written", why=error.strerror
            ) from error
        return folder


def differences(before: Document, after: Document) -> list[Change]:
    """What is different, by path."""
    return _between(written(before), written(after))


def _between(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    one, other = _without_places(before), _without_places(after)
    paths = list(changed(one, other))
    was, is_ = values(one, paths), values(other, paths)
    found = []
    for path in paths:
        what: Literal["added", "removed", "changed"] = "changed"
        if path not in was:
            what = "added"
        elif path not in is_:
            what = "removed"
        found.append(Change(what, path, was.get(path), is_.get(path)))
    return found


def _without_places(document: dict[str, Any]) -> dict[str, Any]:
    for node in document["nodes"].values():
        node.pop("at", None)
    return document


def shipped(name: str) -> bool:
    """Whether it came with the box."""
    return name in _shipped()


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Document]:
    return {file.stem: read(file.read_bytes(), str(file)) for file in sorted(SHIPPED.glob("*.json"))}


@lru_cache(maxsize=256)
def _version(file: Path, _mtime_ns: int, _size: int) -> Document:
    """By the file's stamp, so that a call begins without reading a file; what a caller walks through is immutable."""
    found = json.loads(file.read_bytes())
    return read(json.dumps(found["document"]), str(file))


def _write(file: Path, content: dict[str, Any]) -> None:
    """Whole or not at all. LibraryError."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    if len(text) > 2 * BYTES_MOST:
        raise LibraryError(f"the flow is too large: {len(text)} characters", code="flow_too_large")
    try:
        replace_file(file, text)
    except OSError as error:
        raise LibraryError(f"cannot write {file}: {error.strerror}", code="not_written", why=error.strerror) from error
