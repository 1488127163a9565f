"""What the box must know before anything is set up: where its page answers, and the key of its sessions. One readable
TinyDB document, replaced as a whole and never half written; all else is the setup (firmware/setup/).

Both processes read it; each change takes a lock file, reads, validates, and replaces the file in one rename, so a
power cut leaves either the old document or the new one. A file that cannot be understood is never overwritten.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from tinydb import TinyDB

from firmware.errors import UserError
from firmware.setup.files import AtomicStorage, in_words, locked

FILE = "settings.json"
TABLE = "box"
MOVED = ("board", "country", "language", "recording")  # are section "box" of the setup since
OWNER = "admin_password"  # argon2 hash; of the very first versions, which had one person; an owner since


class SettingsError(UserError):
    """The settings cannot be read or written; the message says what happened and what to do."""


class Settings(BaseModel):
    """Everything the box keeps about itself. Unknown keys are errors, so that a typing mistake is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    http: Annotated[str, Field(pattern=r"^[^\s]+:\d{1,5}$")] = "127.0.0.1:8080"
    secret_key: Annotated[str, Field(min_length=32)] = Field(default_factory=lambda: secrets.token_hex(32))

    @model_validator(mode="before")
    @classmethod
    def _without_moved(cls, found: Any) -> Any:
        """A file of an earlier version has more (firmware/setup/takeover.py)."""
        if not isinstance(found, dict):
            return found
        return {key: value for key, value in found.items() if key not in (*MOVED, OWNER)}


class SettingsFile:
    """The settings below one data directory. Nothing is cached: the file is the truth for both processes."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def load(self) -> Settings:
        """The settings, standard values before the first `change`. Raises SettingsError."""
        with self._in_words("read"):
            documents = self._open().table(TABLE).all()
            return Settings.model_validate(dict(documents[0])) if documents else Settings()

    def change(self, change: Callable[[Settings], dict[str, Any]]) -> Settings:
        """Under the lock: `change` gets the present settings and returns the fields to set. The new settings.

        Raises SettingsError; what `change` raises passes through and nothing is written.
        """
        with self._in_words("write"), locked(self.path):
            now = self.load()
            wanted = Settings.model_validate(now.model_dump() | change(now))
            table = self._open().table(TABLE)
            document = wanted.model_dump()
            if table.all():
                table.update(document)
            else:
                table.insert(document)
            return wanted

    def ensure(self) -> Settings:
        """Writes the standard values if there is no file yet, so that the secret key stays the same. The settings."""
        return self.load() if self.path.exists() else self.change(lambda _: {})

    def _open(self) -> TinyDB:
        return TinyDB(self.path, storage=AtomicStorage)

    @contextmanager
    def _in_words(self, doing: str) -> Iterator[None]:
        with in_words(self.path, doing, SettingsError):
            try:
                yield
            except ValidationError as error:
                first = error.errors()[0]
                key = ".".join(str(part) for part in first["loc"])
                raise SettingsError(
                    f"{self.path}: {key or 'settings'}: {first['msg']}, not {first.get('input')!r}. "
                    f"Nothing was changed."
                ) from error
