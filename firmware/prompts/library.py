"""The prompts of a box: what came with it, what people brought, and versions of those, so that each can come back.

Below the data directory: prompts/<language>/<name>.wav is what callers hear; prompts/.kept/<language>/<name>/ holds
what it was and is, one WAV and one note for each, named by the moment in ms. Callers who hear a prompt that is replaced
hear it to its end: a file is never written into, only its name is given to another.
"""

import filecmp
import json
import os
import re
import shutil
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from firmware.prompts import ANY, MUSIC, PromptError, built_prompts, texts
from firmware.prompts.importer import NAME, Imported, import_prompt
from firmware.prompts.spoken import spoken
from firmware.setup.files import folder_rights, in_words, locked, rights, sync_directory

FOLDER, KEPT = "prompts", ".kept"
VERSIONS_MOST: Final = 20  # of one prompt; the oldest goes
VERSION = re.compile(r"[0-9]{13}")

How = Literal["upload", "browser", "handset", "microphone", "text", "before"]
HOWS: tuple[How, ...] = get_args(How)


@dataclass(frozen=True, slots=True)
class Version:
    """One that was brought: when (ms since the Unix epoch), how, by whom, what it says if it was made from text.
    `heard`: it is what callers hear now. `how` 'before': it was there before versions were kept."""

    id: str
    how: How
    who: str
    text: str
    seconds: float
    heard: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """`own`: callers hear what people brought; `built`: there is one that came with the box, and what it says."""

    name: str
    language: str
    own: bool
    built: bool
    text: str
    seconds: float


class Library:
    """Of one box. `now`: seconds since the Unix epoch. PromptError in words; then nothing was changed."""

    def __init__(self, data: Path, now: Callable[[], float] = time.time, built: Path | None = None) -> None:
        self._data = data
        self._own = data / FOLDER
        self._now = now
        self._built = built or built_prompts()
        self._texts = texts()

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def languages(self) -> list[str]:
        """Those that are spoken, then `any`, for music and sounds."""
        return [*sorted(self._texts["voices"]), ANY]

    def all(self, language: str) -> list[Prompt]:
        """Every prompt of a language by name, without the parts that numbers and dates are said with."""
        self._known(language, "x")
        parts = frozenset(self._texts["parts"].get(language, ()))
        folders = (self._own / language, self._built / language)
        names = {file.stem for folder in folders for file in folder.glob("*.wav")} - parts
        return [self.prompt(language, name) for name in sorted(names)]

    def prompt(self, language: str, name: str) -> Prompt:
        """One, whether it can be heard or not."""
        self._known(language, name)
        built = (self._built / language / f"{name}.wav").is_file()
        own = self._file(language, name).is_file()
        text = str(self._texts["prompts"].get(name, {}).get(language, ""))
        return Prompt(name, language, own, built, text, self._seconds(language, name) if own or built else 0.0)

    def sound(self, language: str, name: str, version: str | None = None) -> Path:
        """The file of what callers hear, or of a version ('built': what came with the box)."""
        self._known(language, name)
        match version:
            case None:
                wanted = [self._file(language, name), self._built_file(language, name)]
            case "built":
                wanted = [self._built_file(language, name)]
            case _:
                wanted = [self._version(language, name, version)]
        for file in wanted:
            if file.is_file():
                return file
        raise PromptError(f"there is no prompt {name!r} in language {language!r}", code="no_prompt")

    def versions(self, language: str, name: str) -> list[Version]:
        """Everything that was brought, the newest first."""
        self._known(language, name)
        folder, heard = self._folder(language, name), self._file(language, name)
        found: list[Version] = []
        for file in sorted(folder.glob("*.wav"), reverse=True):
            if VERSION.fullmatch(file.stem):
                same = heard.is_file() and filecmp.cmp(file, heard, shallow=False)
                note = _note(file)
                how = note.get("how", "before")
                found.append(
                    Version(
                        file.stem, how if how in HOWS else "before", str(note.get("who", "")),
                        str(note.get("text", "")), _length(file), same and not any(one.heard for one in found),
                    )
                )  # fmt: skip
        return found

    # -- changing ------------------------------------------------------------------------------------------------

    def bring(self, file: Path, language: str, name: str, how: How, who: str) -> Imported:
        """Any sound file becomes what callers hear: brought to the telephone's form and level, as the importer does."""
        with self._changing(language, name):
            done = import_prompt(file, name, language, self._data)
            self._keep(language, name, how, who, "")
        return done

    def say(self, text: str, language: str, name: str, who: str) -> float:
        """The box's own voice speaks the text; how many seconds it takes."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "spoken.wav"
            spoken(text, language, file)
            with self._changing(language, name):
                self._put(file, language, name)
                self._keep(language, name, "text", who, text)
        return _length(self._file(language, name))

    def put_back(self, language: str, name: str, version: str) -> None:
        """A version is what callers hear again."""
        with self._changing(language, name):
            self._put(self._version(language, name, version), language, name)

    def remove(self, language: str, name: str) -> None:
        """The own one is heard no more: the one that came with the box is, if there is one. Its versions are kept."""
        with self._changing(language, name):
            file = self._file(language, name)
            if not file.is_file():
                raise PromptError(f"there is no own prompt {name!r} in language {language!r}", code="no_prompt")
            file.unlink()
            sync_directory(file.parent)

    def rename(self, language: str, name: str, wanted: str) -> None:
        """Its versions go with it."""
        with self._changing(language, name):
            self._known(language, wanted)
            if self._file(language, wanted).exists() or self._built_file(language, wanted).exists():
                raise PromptError(f"there is a prompt {wanted!r} already", code="prompt_exists")
            if not self._file(language, name).is_file():
                raise PromptError(f"there is no own prompt {name!r} in language {language!r}", code="no_prompt")
            target = self._folder(language, wanted)
            if target.exists():  # of one that was removed
                shutil.rmtree(target)
            self._folder(language, name).rename(target)
            self._file(language, name).rename(self._file(language, wanted))
            sync_directory(target.parent)
            sync_directory(self._own / language)

    # -- inside --------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self, language: str, name: str) -> Iterator[None]:
        """One at a time; what is heard now is kept first."""
        self._known(language, name)
        with in_words(self._own, "write", PromptError):
            for folder in (self._own, self._own / language, self._own / KEPT, self._own / KEPT / language):
                _made(folder)
            _made(self._folder(language, name))
            with locked(self._own / KEPT / "changing"):
                file = self._file(language, name)
                if file.is_file() and not any(one.heard for one in self.versions(language, name)):
                    self._keep(language, name, "before", "", "")
                yield

    def _keep(self, language: str, name: str, how: How, who: str, text: str) -> None:
        """What callers hear from now on is a version."""
        folder = self._folder(language, name)
        stamp = int(self._now() * 1000)
        while (folder / f"{stamp:013}.wav").exists():
            stamp += 1
        target = folder / f"{stamp:013}.wav"
        target.with_suffix(".json").write_text(json.dumps({"how": how, "who": who, "text": text}), "utf-8")
        os.link(self._file(language, name), target)
        sync_directory(folder)
        for old in sorted(folder.glob("*.wav"))[:-VERSIONS_MOST]:
            old.with_suffix(".json").unlink(missing_ok=True)
            old.unlink()

    def _put(self, file: Path, language: str, name: str) -> None:
        """`file`'s content under the name that callers' calls look for, whole or not at all."""
        if not file.is_file():
            raise PromptError(f"there is no such version of prompt {name!r}", code="no_prompt_version")
        target = self._file(language, name)
        fresh = target.with_name(f".{name}.{os.getpid()}.part")
        try:
            shutil.copyfile(file, fresh)
            fresh.chmod(rights(target.parent) | 0o444)
            with fresh.open("rb") as opened:
                os.fsync(opened.fileno())
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        sync_directory(target.parent)

    def _known(self, language: str, name: str) -> None:
        if language not in self.languages:
            raise PromptError(
                f"no prompts in language {language!r}; there are {', '.join(self.languages)}", code="no_prompt_language"
            )
        if not NAME.fullmatch(name):
            raise PromptError(f"a prompt cannot be called {name!r}: a-z, 0-9, _ and -, at most 64", code="prompt_name")

    def _file(self, language: str, name: str) -> Path:
        return self._own / language / f"{name}.wav"

    def _built_file(self, language: str, name: str) -> Path:
        return self._built / language / f"{name}.wav"

    def _folder(self, language: str, name: str) -> Path:
        return self._own / KEPT / language / name

    def _version(self, language: str, name: str, version: str) -> Path:
        if not VERSION.fullmatch(version):
            raise PromptError(f"there is no version {version!r} of prompt {name!r}", code="no_prompt_version")
        return self._folder(language, name) / f"{version}.wav"

    def _seconds(self, language: str, name: str) -> float:
        return _length(self.sound(language, name))


def built_in(name: str) -> bool:
    """Whether the box itself says it: without it callers would miss something."""
    recipe = texts()
    return name == MUSIC or name in recipe["prompts"] or any(name in parts for parts in recipe["parts"].values())


def _made(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(folder_rights(folder.parent) | (folder.parent.stat().st_mode & 0o2000))


def _length(file: Path) -> float:
    """Seconds; 0 of what is no WAV."""
    try:
        with wave.open(str(file), "rb") as opened:
            return opened.getnframes() / opened.getframerate()
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        return 0.0


def _note(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
